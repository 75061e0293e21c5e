/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports as HTML: titles and table rows in the order in which they stand, for parsers that go by
 * structure. Not a browser: wrong nesting, missing end tags and a cut end are taken as they come. A web
 * archive (.mht) is read through its transfer encoding; of its parts only text/html.
 */
#ifndef CASELINE_PARSERS_HTML_H
#define CASELINE_PARSERS_HTML_H

#include "analyzer/base/str.h"

#define HTML_CELLS_MAX 32
#define HTML_CELL_BYTES_MAX ((size_t)16 * 1024)

enum html_item_kind {
	HTML_TITLE,              /* h1 to h6, or a span of class sectionTitle; cell[0] is its text */
	HTML_ROW,                /* a table's row; one that holds a table ends where that begins */
	HTML_TABLE,              /* a table begins */
	HTML_TEXT,               /* other text between tags, in cell[0] */
};

struct html_item {
	enum html_item_kind kind;
	struct str cell[HTML_CELLS_MAX];   /* white space folded; an image's text counts */
	size_t n;
	bool head;               /* all cells are th */
	bool cut;                /* more cells, or more text, than there is room for */
	struct str name;         /* class of a title's, row's or text's element, else empty */
	struct str link;         /* href of the first link within, else empty */
	uint64_t line, offset;   /* where it begins in the member */
};

struct html;

struct html *html_open(const uint8_t *p, size_t n);
/* Views hold until the next call. */
bool html_next(struct html *h, struct html_item *out);
void html_close(struct html *h);

#endif
