/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text as evidence holds it: UTF-16LE and GUIDs to UTF-8, JSON and checks. Invalid input survives
 * visibly: a lone surrogate becomes its three-byte form, which json_string and the reports mark.
 */
#ifndef CASELINE_BASE_TEXT_H
#define CASELINE_BASE_TEXT_H

#include "analyzer/base/buf.h"

/* Appends UTF-16LE text as UTF-8; an odd last byte is dropped. Fast for ASCII. */
void buf_utf16le(struct buf *b, const uint8_t *p, size_t size_bytes);
bool utf8_valid(struct str s);
/* Decodes one code point at s.p[*i] and moves *i past it; an invalid byte gives -1 - byte. */
int32_t utf8_next(struct str s, size_t *i);
void buf_utf8(struct buf *b, uint32_t code_point);
/* The lone surrogate whose three-byte form stands at s.p[at], else 0. */
unsigned utf8_surrogate(struct str s, size_t at);

#define GUID_BYTES 39
/* "{66841CD4-6DED-4F4B-8F17-FD23F8DDC3DE}" from the 16 bytes as Windows stores them. */
char *guid_format(const uint8_t raw[16], char out[GUID_BYTES]);
/* Takes either case, with or without braces. */
bool guid_parse(struct str s, uint8_t raw[16]);

/*
 * Appends a quoted JSON string: controls, U+2028, U+2029, '<', '>' and '&' escaped. What is no Unicode
 * is marked, since readers refuse it escaped as well: ‹U+D83D› a lone surrogate, ‹0xFF› a byte.
 */
void json_string(struct buf *b, struct str s);

/* Appends "0x" and lower-case hex digits, at least `width` of them. */
void buf_hex(struct buf *b, uint64_t v, int width);

#endif
