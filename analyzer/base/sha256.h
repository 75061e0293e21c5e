/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 through libcrypto, whole or in pieces. */
#ifndef CASELINE_BASE_SHA256_H
#define CASELINE_BASE_SHA256_H

#include "analyzer/base/str.h"

struct sha256;

struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *s, const void *p, size_t n);
/* Writes 64 lower-case hex digits and NUL, and frees `s`. */
void sha256_end(struct sha256 *s, char hex[65]);
void sha256_hex(const void *p, size_t n, char hex[65]);
void sha256_raw(const void *p, size_t n, uint8_t raw[32]);

#endif
