/* SPDX-License-Identifier: Apache-2.0 */
/* Values as tools print them in any language: sizes, GUIDs, dates, what follows a label's colon. */
#ifndef CASELINE_PARSERS_TEXT_VALUE_H
#define CASELINE_PARSERS_TEXT_VALUE_H

#include "parsers/parser.h"

/* The text behind the first ": " (or a colon of full width), trimmed; empty where there is none. */
struct str value_after_colon(struct str line);
/* The text in '…', "…" or typographic quotes; the whole where there are none. */
struct str value_unquoted(struct str s);
/* "{…}" anywhere in the text, upper case in `out`. */
bool value_guid(struct str s, char out[GUID_BYTES]);
/* "1.93 GB", "1,93 Go", "512 KB", "300 bytes": bytes. */
bool value_size(struct str s, uint64_t *bytes);
/* The number in "[8] …". */
bool value_bracketed(struct str s, uint64_t *n);

/*
 * A date and time in any regional order: "5/14/2024 3:12:46 AM", "14.05.2024 03:12:46",
 * "2024-05-14 03:12:46.123", "10/11/2022, 01:46:02". False where it is none. *flags gets
 * ROW_DATE_MONTH_FIRST where day and month could be swapped (then read month first), and the
 * precision. `rest` gets what follows; NULL: nothing may.
 */
bool value_date(struct str s, int64_t *civil_100ns, uint8_t *flags, struct str *rest);

/* The letter of "X:" in a command or a file's name, in upper case; 0. */
char value_letter(struct str s);
/* Blanks at the start of a line. */
size_t value_indent(struct str line);

#endif
