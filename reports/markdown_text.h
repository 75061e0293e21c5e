/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text of the evidence inside Markdown: shown as it is and never taking effect. A word with a
 * character that could mark up, link or mention stands in backquotes, the rest as plain words.
 */
#ifndef CASELINE_REPORTS_MARKDOWN_TEXT_H
#define CASELINE_REPORTS_MARKDOWN_TEXT_H

#include "analyzer/base/buf.h"

/* On one line. `cell`: inside a table, where pipes are escaped. */
void markdown_text(struct buf *b, struct str s, bool cell);
/* All of it in backquotes, on one line: paths and places. */
void markdown_code(struct buf *b, struct str s, bool cell);
/* A fenced block, each line after `indent` blanks; its fence is longer than any in the text. */
void markdown_fence(struct buf *b, struct str s, unsigned indent);

#endif
