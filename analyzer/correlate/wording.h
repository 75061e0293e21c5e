/* SPDX-License-Identifier: Apache-2.0 */
/* How rows and templates read for people. One line each, never empty. */
#ifndef CASELINE_ANALYZER_WORDING_H
#define CASELINE_ANALYZER_WORDING_H

#include "analyzer/correlate/knowledge.h"

/*
 * What a row says: its own message, else the catalogue's wording, else its values by name. Facts
 * read as "type: name=value, …".
 */
void event_message(const struct knowledge *kb, const struct event_view *v, struct buf *out);

/* Appends the value of a name; false where there is none. */
typedef bool (*wording_value)(void *with, struct str name, struct buf *out);

/*
 * Fills {name} and {code:name} of a template. A name without a value becomes "a VM", "a file" …,
 * else "unknown". {code:name} gives "0x80070020 (the file is in use)". What stands in square brackets
 * falls away as a whole where a name in it has no value: "failed[ with {code}]".
 */
void wording_fill(const struct knowledge *kb, struct str template, wording_value value, void *with,
	struct buf *out);
/*
 * The same for a command: what is not known stays to be filled in, "<path>". {recover:name} gives
 * what the table of writers says for that writer, {folder:path} and {file:path} the folder and the name
 * of a file, {letter:volume} a drive's letter alone, {guid:name} a GUID without braces.
 */
void wording_fill_command(const struct knowledge *kb, struct str template, wording_value value,
	void *with, struct buf *out);
/* Every error code of `text`, decoded: "0x80070020 (…)"; the text itself where there is none. */
void wording_codes(const struct knowledge *kb, struct str text, struct buf *out);

#endif
