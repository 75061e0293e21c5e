/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text as evidence holds it: lines as UTF-8, whatever the encoding: UTF-16LE and BE with or without
 * BOM, UTF-8, and 8-bit code pages; two encodings in one file are switched at the line where they
 * change (a header by Out-File, then bytes that cmd.exe appended). Bytes that are no valid text
 * become U+FFFD or their CP1252 letter, never nothing. CR, LF, CRLF and form feeds end a line.
 */
#ifndef CASELINE_PARSERS_TEXT_H
#define CASELINE_PARSERS_TEXT_H

#include "analyzer/base/buf.h"

#define TEXT_LINE_MAX ((size_t)1024 * 1024)   /* a longer line is cut, and says so */

struct text_line {
	struct str text;         /* UTF-8 without the line end; holds until the next call */
	uint64_t number;         /* from 1 */
	uint64_t offset;         /* of its first byte in the member */
	uint32_t length;         /* bytes in the member, line end left out */
	bool cut;                /* longer than TEXT_LINE_MAX */
};

struct text_reader;

/* Reads `n` bytes at `p`, which must outlive the reader. */
struct text_reader *text_open(const uint8_t *p, size_t n);
bool text_next(struct text_reader *t, struct text_line *out);
/* The same line again at the next call. */
void text_back(struct text_reader *t);
/* True where no line end stands behind the line: of `held` bytes it is the last, and may be cut. */
static inline bool text_unended(const struct text_line *line, uint64_t held)
{
	return line->offset + line->length >= held;
}
struct sink;
/*
 * As text_next, for lists in which a word that breaks off may be another one: a last line without its
 * end is told as lost and not given.
 */
bool text_next_whole(struct text_reader *t, struct text_line *out, uint64_t held, struct sink *sink);
void text_close(struct text_reader *t);
/* The code page chosen for bytes that are no UTF-8: "ibm-850", "windows-1252" …; NULL: none needed. */
const char *text_code_page(const struct text_reader *t);

/* The whole head as UTF-8 in `out`; 0 where it is no text. For bids. */
size_t text_head(const uint8_t *p, size_t n, char *out, size_t room);

#endif
