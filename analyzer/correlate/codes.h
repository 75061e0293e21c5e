/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Error codes as evidence writes them: 0x80070020, (0x80070020), -2147024864, 2147942432,
 * %%2147942432, -0x800423F2, "hr = 80070020", "Status: c00000b5", and typed fields. This module
 * finds numbers; what they mean stands in the knowledge files.
 */
#ifndef CASELINE_ANALYZER_CODES_H
#define CASELINE_ANALYZER_CODES_H

#include "analyzer/base/buf.h"

/* The first error code at or after *at, which moves past it; false where none is left. */
bool code_next(struct str text, size_t *at, uint32_t *code);
/* The first error code of a text. */
bool code_first(struct str text, uint32_t *code);
/* One of `codes` occurs in the text. Codes below 0x10000 are also found as plain decimal words. */
bool code_among(struct str text, const uint32_t *codes, size_t n);
/* The number stands in the text as a decimal word. */
bool code_word(struct str text, uint32_t wanted);
/* A code as a knowledge file writes it: 0x… or decimal, signed or not. */
bool code_parse(struct str text, uint32_t *code);
/* Appends "0x80070020"; small numbers as they are written: "0x2". */
void buf_code(struct buf *b, uint32_t code);

#endif
