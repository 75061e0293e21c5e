/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of console tools that draw a ruler of '=' under their heads: "===== ======== ===". */
#ifndef CASELINE_PARSERS_RULER_H
#define CASELINE_PARSERS_RULER_H

#include "analyzer/base/str.h"

#define RULER_COLUMNS_MAX 24

struct ruler {
	size_t from[RULER_COLUMNS_MAX], to[RULER_COLUMNS_MAX];   /* in characters */
	size_t n;
};

/* True, and `out` filled, where the line is a ruler of at least two columns. */
bool ruler_read(struct str line, struct ruler *out);
/* The text under one column, trimmed; the last one goes to the end of the line. */
struct str ruler_cell(const struct ruler *r, struct str line, size_t column);

#endif
