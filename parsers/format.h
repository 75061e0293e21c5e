/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text formats that are data: the YAML files in parsers/formats, built in, and folders that the user names.
 * One parser, `format`, bids with each of them. docs/formats.md describes the files.
 */
#ifndef CASELINE_PARSERS_FORMAT_H
#define CASELINE_PARSERS_FORMAT_H

#include "analyzer/base/arena.h"
#include "analyzer/base/err.h"
#include "analyzer/base/str.h"

struct format_info {
	const char *name, *about, *data_type;
	const char *file;        /* where it was read from */
	unsigned bid;
};

/*
 * Reads the built-in formats and every YAML file of the folders, compiles their patterns and checks
 * their samples. Called once, before the workers are forked: it holds what the parser bids with
 * until formats_free. A format of a name that is there already takes its place. On failure nothing
 * is held and the message is "file:line:column: …".
 */
int formats_load(const char *const dirs[], size_t n, struct err *e);
void formats_free(void);
/* The format that bids for a base name and the first bytes as text; NULL where none does. */
const struct format_info *format_for(struct str name, struct str text);
/* The formats in bidding order; *count tells how many. Holds until formats_free. */
const struct format_info *formats_list(size_t *count);

#endif
