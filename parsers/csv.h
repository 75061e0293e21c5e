/* SPDX-License-Identifier: Apache-2.0 */
/* Records of separated values: any separator, quotes, line ends within quotes. */
#ifndef CASELINE_PARSERS_CSV_H
#define CASELINE_PARSERS_CSV_H

#include "parsers/segment.h"
#include "parsers/text.h"

#define CSV_COLUMNS_MAX 300

struct csv_record {
	struct str column[CSV_COLUMNS_MAX];
	size_t n;
	uint64_t line, offset;   /* where it begins */
	bool cut;                /* too long, too many columns, or its quotes never close */
};

struct csv;

/* The separator is found in the first record: the one of , ; tab | that stands there most often. */
struct csv *csv_open(const uint8_t *p, size_t n);
/* Views hold until the next call. Empty lines and PowerShell's #TYPE are passed over. */
bool csv_next(struct csv *c, struct csv_record *out);
char csv_separator(const struct csv *c);
/* Tells `out` what was cut. NULL is fine. */
void csv_close(struct csv *c, struct sink *out);

/* The column of that name in a header (ASCII case folded), SIZE_MAX where it is absent. */
size_t csv_column(const struct csv_record *header, const char *name);

#endif
