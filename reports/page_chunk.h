/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One chunk of rows as columns. A column is a byte with its width w (0 to 8) and then w planes of
 * one byte a row, low byte first; width 0 means all zero. In this order:
 *   time       ticks since the row before; the first row has 0
 *   template   index into the page's templates
 *   source     index into the page's sources
 *   number     record, line or offset: zigzag difference to the last row of the same source
 *   for each template that occurs, ascending, for each of its values: a byte with the shape, then
 *              0 a column of numbers, 1 a column of words, 2 and 3 sixteen bytes a GUID in the
 *              order of its digits
 *   words      u32 count, column of lengths in UTF-16 units, u32 bytes, UTF-8
 * A word is 0 for "the next one not met yet", else its index + 1.
 */
#ifndef CASELINE_REPORTS_PAGE_CHUNK_H
#define CASELINE_REPORTS_PAGE_CHUNK_H

#include "analyzer/base/clock.h"
#include "analyzer/base/err.h"
#include "reports/page.h"
#include "reports/page_mine.h"

#define CHUNK_ROWS ((size_t)65536)

struct chunk_row {
	int64_t time_100ns;
	uint64_t number;
	uint32_t source, template, first_value, values;
};

struct chunk_value {
	uint32_t from, n; /* in chunk.text */
};

struct chunk {
	struct buf text; /* all messages, end to end */
	VEC(struct chunk_row) rows;
	VEC(struct chunk_value) values;
	struct buf raw, packed; /* room for packing, kept from chunk to chunk */
};

void chunk_row(struct chunk *c, int64_t time_100ns, uint32_t source, uint64_t number);
/* The message of the row given last; `m` views chunk.text. */
void chunk_message(struct chunk *c, uint32_t template, const struct mined *m);
/* Appends base64 of the columns in zlib form: its checksum tells a changed block. */
int chunk_pack(struct chunk *c, struct buf *base64, size_t *raw_bytes, struct err *e);
/* Empty again, with its room kept. */
void chunk_clear(struct chunk *c);
void chunk_free(struct chunk *c);

#endif
