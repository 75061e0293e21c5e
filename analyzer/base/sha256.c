/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/base/sha256.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

/* EVP hides the context; the cast at this boundary keeps libcrypto's name out of our headers. */
static EVP_MD_CTX *context(struct sha256 *s)
{
	return (EVP_MD_CTX *)(void *)s;
}

struct sha256 *sha256_new(void)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	if (!c || !EVP_DigestInit_ex(c, EVP_sha256(), NULL))
		abort();
	return (struct sha256 *)(void *)c;
}

void sha256_add(struct sha256 *s, const void *p, size_t n)
{
	if (!EVP_DigestUpdate(context(s), p, n))
		abort();
}

static void to_hex(const uint8_t raw[32], char hex[65])
{
	for (int i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", raw[i]);
}

void sha256_end(struct sha256 *s, char hex[65])
{
	uint8_t raw[32];
	unsigned n = sizeof(raw);

	if (!EVP_DigestFinal_ex(context(s), raw, &n))
		abort();
	EVP_MD_CTX_free(context(s));
	to_hex(raw, hex);
}

void sha256_raw(const void *p, size_t n, uint8_t raw[32])
{
	unsigned size = 32;

	if (!EVP_Digest(p, n, raw, &size, EVP_sha256(), NULL))
		abort();
}

void sha256_hex(const void *p, size_t n, char hex[65])
{
	uint8_t raw[32];

	sha256_raw(p, n, raw);
	to_hex(raw, hex);
}
