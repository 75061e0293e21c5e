/* SPDX-License-Identifier: Apache-2.0 */
/* Which code page bytes are in, and their decoding through ICU. Private to parsers/text*.c. */
#ifndef CASELINE_PARSERS_TEXT_GUESS_H
#define CASELINE_PARSERS_TEXT_GUESS_H

#include "analyzer/base/buf.h"

enum text_width { WIDTH_8, WIDTH_16LE, WIDTH_16BE };

/* The width of the text that begins here; `now` stays unless the bytes speak against it. */
enum text_width text_width_at(const uint8_t *p, size_t n, enum text_width now);
/* The code page that reads the bytes best; NULL where all of them are ASCII or UTF-8. */
const char *text_guess_page(const uint8_t *p, size_t n);
/* How well a page reads the bytes; `lines`: they draw lines. */
int text_score(const char *page, const uint8_t *p, size_t n, bool lines);
/* Appends bytes of a code page as UTF-8. */
void text_decode(struct buf *out, const char *page, const uint8_t *p, size_t n);

#endif
