/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages as templates and values, so that a million of them fit a page: what holds a digit,
 * stands in quotes or follows '=' is a value, the rest is the template. Putting the values back
 * between the pieces gives the message byte for byte, whatever the cut.
 */
#ifndef CASELINE_REPORTS_PAGE_MINE_H
#define CASELINE_REPORTS_PAGE_MINE_H

#include "analyzer/base/map.h"
#include "analyzer/base/buf.h"

#define MINE_SLOTS_MAX 32
#define MINE_GAP '\x02' /* stands for a value in a template; messages hold no controls */

struct mined {
	struct str values[MINE_SLOTS_MAX];
	size_t n;
	struct buf template; /* pieces with MINE_GAP between */
};

/* Views of `message`. The template's buffer is reused; free it in the end. */
void mine_message(struct str message, struct mined *out);
/* The coarsest cut: one value, no text. */
void mine_whole(struct str message, struct mined *out);

enum mine_shape { SHAPE_NUMBER, SHAPE_TEXT, SHAPE_GUID_UPPER, SHAPE_GUID_LOWER };
/* Numbers are decimal as %llu writes them, below 10^15. */
enum mine_shape mine_shape(struct str value);

#endif
