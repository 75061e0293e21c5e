/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one way that text gets into a page. Characters that steer the display (controls, bidi marks,
 * zero-width and lone surrogates) are shown as ‹U+202E› and never take effect.
 */
#ifndef CASELINE_REPORTS_ESCAPE_H
#define CASELINE_REPORTS_ESCAPE_H

#include "analyzer/base/buf.h"

/* Between tags. Text that is not plain ASCII stands in <bdi dir="ltr">. */
void escape_text(struct buf *b, struct str s);
/* In an attribute with double quotes. Only plain text: the caller never passes an address. */
void escape_attribute(struct buf *b, struct str s);
/* No markup at all: the same marks, for data that the page's script shows. */
/* True where escape_plain would change nothing: printable ASCII alone. */
bool escape_is_plain(struct str s);
void escape_plain(struct buf *b, struct str s);
/* Text of several lines, between <pre> and </pre>: line feeds and tabs stay. */
void escape_lines(struct buf *b, struct str s);

/*
 * Markup with holes: {t} text, {a} attribute, {l} lines (each takes a struct str), {c} a C string
 * as text, {n} an unsigned long long, {d} an int, {r} a struct str of our own that is markup
 * already.
 */
void page_put(struct buf *b, const char *markup, ...);

#endif
