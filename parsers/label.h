/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the shape "label : value", as listings print them. Views into the line. */
#ifndef CASELINE_PARSERS_LABEL_H
#define CASELINE_PARSERS_LABEL_H

#include "parsers/parser.h"

/* Cuts at the first ':' that ends the line or stands before a blank; both parts trimmed. */
bool label_split(struct str line, struct str *name, struct str *value);
/* "Running(2)": "Running" and 2. False, and the whole text, where no number stands at the end. */
bool label_number(struct str value, struct str *word, uint64_t *number);
/* Puts `v` as a field unless it is empty. */
void label_put(struct sink *out, const char *name, struct str v);
/* A GUID with or without braces as "{…}" in upper case; any other text as it is. */
void label_put_id(struct sink *out, const char *name, struct str v);
/* The same where it is a GUID; any other text is no identifier, and goes to NAME_raw. */
void label_put_guid(struct sink *out, const char *name, struct str v);
/* The same text in lower case (ASCII), in `a`. */
struct str label_lower(struct arena *a, struct str v);
/* Texts that PowerShell wrapped: it breaks between words in some cultures, anywhere in others. */
struct label_wrap {
	size_t room;             /* cells of a full line */
	bool soft;               /* a break between words was seen */
};

/* True where `rest` goes on in the word that `part` ends with; else a blank stood between. */
bool label_goes_on(struct label_wrap *w, struct str part, struct str rest);

/* Cells of a console that a code point, and a text, take: two for wide letters. */
size_t label_cells(int32_t code_point);
size_t label_width(struct str s);

#endif
