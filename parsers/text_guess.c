/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/text_guess.h"

#include <stdlib.h>
#include <unicode/ucnv.h>

#include "analyzer/base/text.h"

#define SAMPLE_BYTES 65536

/* The first of equals wins, so the commonest stand first. */
static const char *const pages[] = { "windows-1252", "ibm-850", "ibm-437", "windows-932",
	"windows-936", "windows-949", "windows-950", "windows-1251", "ibm-866", "windows-1250",
	"ibm-852", "windows-1253", "ibm-737", "windows-1254", "ibm-857", "windows-1255", "ibm-862",
	"windows-1256", "ibm-864" };

static bool is_plain(uint8_t c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* UTF-16 of something with blanks, digits or Latin letters: zeros on one side only. */
static size_t zeros(const uint8_t *p, size_t n, size_t side)
{
	size_t count = 0;

	for (size_t i = side; i < n; i += 2)
		count += p[i] == 0;
	return count;
}

enum text_width text_width_at(const uint8_t *p, size_t n, enum text_width now)
{
	size_t m = n < 64 ? n & ~(size_t)1 : 64, plain = 0;

	if (n >= 2 && p[0] == 0xff && p[1] == 0xfe)
		return WIDTH_16LE;
	if (n >= 2 && p[0] == 0xfe && p[1] == 0xff)
		return WIDTH_16BE;
	if (m < 4)
		return n == 1 ? WIDTH_8 : now;
	/* An empty line of bytes before wide text: no letter is U+0A0D. */
	if (p[0] == '\r' && p[1] == '\n' && now != WIDTH_16BE)
		return WIDTH_8;
	if (zeros(p, m, 1) >= m / 4 && zeros(p, m, 0) == 0)
		return WIDTH_16LE;
	if (zeros(p, m, 0) >= m / 4 && zeros(p, m, 1) == 0)
		return WIDTH_16BE;
	while (plain < m && plain < 16 && is_plain(p[plain]))
		plain++;
	if (plain == 16 || plain == m)
		return WIDTH_8;
	return now;
}

static bool is_digit_at(const uint8_t *p, size_t n, size_t i)
{
	return i < n && p[i] >= '0' && p[i] <= '9';
}

/*
 * The bytes around what is no ASCII, with the letters beside them, so that a long ASCII head does not
 * hide them. What stands between two digits parts thousands, and is a letter in other pages.
 */
static size_t sample(const uint8_t *p, size_t n, uint8_t *out)
{
	size_t m = 0;

	for (size_t i = 0; i < n && m + 3 < SAMPLE_BYTES; i++) {
		bool before = i > 0 && p[i - 1] >= 0x80, after = i + 1 < n && p[i + 1] >= 0x80;

		if (p[i] >= 0x80 && i && is_digit_at(p, n, i - 1) && is_digit_at(p, n, i + 1))
			continue;
		if (p[i] >= 0x80 || ((before || after) && p[i] >= 0x40))
			out[m++] = p[i];
		else if (m && out[m - 1] != ' ')
			out[m++] = ' ';
	}
	return m;
}

/* A branch that `tree` draws, "├───": only a console's code page has it. */
static bool has_branches(const uint8_t *p, size_t n)
{
	for (size_t i = 1; i + 3 < n; i++)
		if ((p[i] == 0xc3 || p[i] == 0xc0) && p[i + 1] == 0xc4 && p[i + 2] == 0xc4 && p[i + 3] == 0xc4 &&
			(p[i - 1] == '\n' || p[i - 1] == ' '))
			return true;
	return false;
}

const char *text_guess_page(const uint8_t *p, size_t n)
{
	uint8_t *bytes = xmalloc(SAMPLE_BYTES);
	const char *best = NULL;
	int best_score = -1000000;
	size_t m;
	bool lines;

	if (utf8_valid(str_make((const char *)p, n))) {
		free(bytes);
		return NULL;
	}
	m = sample(p, n, bytes);
	lines = has_branches(p, n);
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		int score = text_score(pages[i], bytes, m, lines);

		if (score > best_score) {
			best_score = score;
			best = pages[i];
		}
	}
	free(bytes);
	return best;
}

/* ICU puts SUB for half a character; U+FFFD says so visibly. Bytes from `from` on. */
static void show_lost(struct buf *b, size_t from)
{
	struct buf shown = { 0 };

	if (b->n == from || !memchr(b->p + from, 0x1a, b->n - from))
		return;
	for (size_t i = from; i < b->n; i++)
		if (b->p[i] == 0x1a)
			buf_utf8(&shown, 0xfffd);
		else
			buf_putc(&shown, b->p[i]);
	b->n = from;
	buf_puts(b, buf_str(&shown));
	buf_free(&shown);
}

void text_decode(struct buf *out, const char *page, const uint8_t *p, size_t n)
{
	UErrorCode status = U_ZERO_ERROR;
	UConverter *cnv = ucnv_open(page, &status);
	size_t room = n * 4 + 16;
	int32_t length = 0;

	if (U_SUCCESS(status)) {
		buf_reserve(out, room);
		length = ucnv_toAlgorithmic(UCNV_UTF8, cnv, out->p + out->n, (int32_t)room, (const char *)p,
			(int32_t)n, &status);
		ucnv_close(cnv);
	}
	if (U_SUCCESS(status)) {
		out->n += (size_t)length;
		show_lost(out, out->n - (size_t)length);
	} else {
		buf_put(out, p, n);
	}
}
