/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/base/text.h"

#include <stdio.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

void buf_utf8(struct buf *b, uint32_t c)
{
	char u[4];
	size_t n;

	if (c < 0x80) {
		u[0] = (char)c;
		n = 1;
	} else if (c < 0x800) {
		u[0] = (char)(0xc0 | c >> 6);
		u[1] = (char)(0x80 | (c & 0x3f));
		n = 2;
	} else if (c < 0x10000) {
		u[0] = (char)(0xe0 | c >> 12);
		u[1] = (char)(0x80 | (c >> 6 & 0x3f));
		u[2] = (char)(0x80 | (c & 0x3f));
		n = 3;
	} else {
		u[0] = (char)(0xf0 | (c >> 18 & 7));
		u[1] = (char)(0x80 | (c >> 12 & 0x3f));
		u[2] = (char)(0x80 | (c >> 6 & 0x3f));
		u[3] = (char)(0x80 | (c & 0x3f));
		n = 4;
	}
	buf_put(b, u, n);
}

/* Copies leading ASCII as bytes and tells how many units it took; `to` has room for all of them. */
static size_t ascii_run(char *to, const uint8_t *p, size_t units)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; i + 8 <= units; i += 8) {
		__m128i w = _mm_loadu_si128((const void *)(p + 2 * i));
		__m128i high = _mm_and_si128(w, _mm_set1_epi16((short)0xff80));

		if (_mm_movemask_epi8(_mm_cmpeq_epi8(high, _mm_setzero_si128())) != 0xffff)
			break;
		_mm_storel_epi64((void *)(to + i), _mm_packus_epi16(w, w));
	}
#endif
	for (; i < units && p[2 * i] < 0x80 && p[2 * i + 1] == 0; i++)
		to[i] = (char)p[2 * i];
	return i;
}

void buf_utf16le(struct buf *b, const uint8_t *p, size_t size_bytes)
{
	size_t units = size_bytes / 2, i = 0;

	buf_reserve(b, units * 3);
	while (i < units) {
		size_t run = ascii_run(b->p + b->n, p + 2 * i, units - i);
		uint32_t c;

		b->n += run;
		i += run;
		if (i == units)
			break;
		c = p[2 * i] | (uint32_t)p[2 * i + 1] << 8;
		i++;
		if (c >= 0xd800 && c < 0xdc00 && i < units && (p[2 * i + 1] & 0xfc) == 0xdc) {
			uint32_t low = p[2 * i] | (uint32_t)p[2 * i + 1] << 8;

			c = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
			i++;
		}
		buf_utf8(b, c);
	}
}

int32_t utf8_next(struct str s, size_t *i)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char lead = (unsigned char)s.p[*i];
	size_t n = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
	uint32_t c = n == 1 ? lead : n == 2 ? lead & 0x1f : n == 3 ? lead & 0x0f : lead & 7;

	if (n == 0 || lead > 0xf4 || s.n - *i < n)
		return -1 - (int32_t)(unsigned char)s.p[(*i)++];
	for (size_t k = 1; k < n; k++) {
		unsigned char t = (unsigned char)s.p[*i + k];

		if ((t & 0xc0) != 0x80)
			return -1 - (int32_t)(unsigned char)s.p[(*i)++];
		c = c << 6 | (t & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return -1 - (int32_t)(unsigned char)s.p[(*i)++];
	*i += n;
	return (int32_t)c;
}

/* Bytes from `i` on that are ASCII, eight at a time. */
static size_t ascii_bytes(struct str s, size_t i)
{
	size_t from = i;
	uint64_t w;

	for (; i + 8 <= s.n; i += 8) {
		memcpy(&w, s.p + i, 8);
		if (w & 0x8080808080808080u)
			break;
	}
	while (i < s.n && (unsigned char)s.p[i] < 0x80)
		i++;
	return i - from;
}

bool utf8_valid(struct str s)
{
	for (size_t i = ascii_bytes(s, 0); i < s.n; i += ascii_bytes(s, i))
		if (utf8_next(s, &i) < 0)
			return false;
	return true;
}

char *guid_format(const uint8_t raw[16], char out[GUID_BYTES])
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	static const char digits[] = "0123456789ABCDEF";
	char *p = out;

	*p++ = '{';
	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = digits[raw[order[i]] >> 4];
		*p++ = digits[raw[order[i]] & 15];
	}
	*p++ = '}';
	*p = '\0';
	return out;
}

static int hex_digit(char c)
{
	c = ascii_lower(c);
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool guid_parse(struct str s, uint8_t raw[16])
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	size_t at = 0;

	if (s.n == 38 && s.p[0] == '{' && s.p[37] == '}')
		s = str_sub(s, 1, 36);
	if (s.n != 36)
		return false;
	for (size_t i = 0; i < 16; i++, at += 2) {
		int high, low;

		if (at == 8 || at == 13 || at == 18 || at == 23)
			if (s.p[at++] != '-')
				return false;
		high = hex_digit(s.p[at]);
		low = hex_digit(s.p[at + 1]);
		if (high < 0 || low < 0)
			return false;
		raw[order[i]] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool json_plain(int32_t c)
{
	return c >= 0x20 && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' &&
	       (c < 0x7f || c > 0x9f) && c != 0x2028 && c != 0x2029;
}

unsigned utf8_surrogate(struct str s, size_t at)
{
	const unsigned char *p = (const unsigned char *)s.p + at;

	if (s.n - at < 3 || p[0] != 0xed || (p[1] & 0xe0) != 0xa0 || (p[2] & 0xc0) != 0x80)
		return 0;
	return 0xd000u | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
}

static void json_escape(struct buf *b, int32_t c)
{
	switch (c) {
	case '"':
		buf_put(b, "\\\"", 2);
		break;
	case '\\':
		buf_put(b, "\\\\", 2);
		break;
	case '\n':
		buf_put(b, "\\n", 2);
		break;
	case '\r':
		buf_put(b, "\\r", 2);
		break;
	case '\t':
		buf_put(b, "\\t", 2);
		break;
	default:
		buf_printf(b, "\\u%04x", (unsigned)c);
	}
}

/* Bytes from `i` on that stand in JSON as they are. */
static size_t plain_run(struct str s, size_t i)
{
	size_t from = i;

	while (i < s.n && (unsigned char)s.p[i] < 0x7f && json_plain(s.p[i]))
		i++;
	return i - from;
}

void json_string(struct buf *b, struct str s)
{
	buf_putc(b, '"');
	for (size_t i = 0; i < s.n;) {
		size_t at = i, run = plain_run(s, i);
		unsigned surrogate;
		int32_t c;

		if (run) {
			buf_put(b, s.p + i, run);
			i += run;
			continue;
		}
		surrogate = utf8_surrogate(s, at);
		c = utf8_next(s, &i);
		if (surrogate) {
			i = at + 3;
			buf_printf(b, "‹U+%04X›", surrogate);
		} else if (c < 0) {
			buf_printf(b, "‹0x%02X›", (unsigned)(-1 - c));
		} else if (json_plain(c)) {
			buf_put(b, s.p + at, i - at);
		} else {
			json_escape(b, c);
		}
	}
	buf_putc(b, '"');
}

void buf_hex(struct buf *b, uint64_t v, int width)
{
	buf_printf(b, "0x%0*llx", width, (unsigned long long)v);
}
