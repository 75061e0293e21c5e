/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/text.h"

#include "parsers/segment.h"

#include <stdlib.h>

#include "analyzer/base/text.h"
#include "parsers/text_guess.h"

#define RAW_RUN_BYTES 16

struct text_reader {
	const uint8_t *p;
	size_t n, at;
	enum text_width width;
	const char *page;
	bool page_known;
	uint64_t number;
	struct buf line, swapped;
	struct text_line last;
	bool again;
};

struct text_reader *text_open(const uint8_t *p, size_t n)
{
	struct text_reader *t = xmalloc(sizeof(*t));

	*t = (struct text_reader){ .p = p, .n = n };
	return t;
}

void text_close(struct text_reader *t)
{
	if (!t)
		return;
	buf_free(&t->line);
	buf_free(&t->swapped);
	free(t);
}

bool text_next_whole(struct text_reader *t, struct text_line *out, uint64_t held, struct sink *sink)
{
	if (!text_next(t, out))
		return false;
	if (!text_unended(out, held))
		return true;
	sink_note(sink, NOTE_LOST, out->offset, 0, 0, "the list breaks off");
	return false;
}

void text_back(struct text_reader *t)
{
	t->again = true;
}

/* Bytes to the next end of line, the end left out; *end gets past it. */
static size_t line_bytes_8(const struct text_reader *t, size_t *end)
{
	size_t i = t->at;

	while (i < t->n && t->p[i] != '\n' && t->p[i] != '\r' && t->p[i] != '\f')
		i++;
	*end = i + 1;
	if (i + 1 < t->n && t->p[i] == '\r' && t->p[i + 1] == '\n')
		*end = i + 2;
	if (*end > t->n)
		*end = t->n;
	return i - t->at;
}

static unsigned unit_at(const struct text_reader *t, size_t i)
{
	unsigned a = t->p[i], b = t->p[i + 1];

	return t->width == WIDTH_16LE ? a | b << 8 : b | a << 8;
}

static bool ends_line(unsigned unit)
{
	return unit == '\n' || unit == '\r' || unit == '\f';
}

/*
 * Where 8-bit text begins that was put behind UTF-16 without an end of line: at the raw line end at
 * `i`, back over plain bytes. `i` itself where that is none. Shorter runs could be CJK letters.
 */
static size_t raw_start(const struct text_reader *t, size_t i)
{
	size_t start = i;

	if (i + 1 >= t->n || t->p[i] != '\r' || t->p[i + 1] != '\n')
		return i;
	while (start > t->at && ((t->p[start - 1] >= 0x20 && t->p[start - 1] < 0x7f) ||
				 t->p[start - 1] == '\t'))
		start--;
	return i - start >= RAW_RUN_BYTES ? start : i;
}

static size_t line_bytes_16(const struct text_reader *t, size_t *end)
{
	size_t i = t->at;

	while (i + 1 < t->n && !ends_line(unit_at(t, i))) {
		size_t raw = raw_start(t, i), odd = raw_start(t, i + 1);

		raw = raw < i ? raw : odd < i ? odd : i;
		if (raw < i) {
			*end = raw;
			return raw - t->at;
		}
		i += 2;
	}
	*end = i + 2;
	if (i + 3 < t->n && unit_at(t, i) == '\r' && unit_at(t, i + 2) == '\n')
		*end = i + 4;
	/* "\r\n" of which a cmd.exe redirection made one byte each. */
	if (*end > t->n)
		*end = t->n;
	return (i > t->n ? t->n : i) - t->at;
}

static const char *page_of(struct text_reader *t)
{
	if (!t->page_known) {
		t->page = text_guess_page(t->p + t->at, t->n - t->at);
		t->page_known = true;
	}
	return t->page ? t->page : "windows-1252";
}

static void put_16(struct text_reader *t, size_t bytes)
{
	const uint8_t *p = t->p + t->at;

	if (t->width == WIDTH_16LE) {
		buf_utf16le(&t->line, p, bytes);
		return;
	}
	t->swapped.n = 0;
	for (size_t i = 0; i + 1 < bytes; i += 2) {
		buf_putc(&t->swapped, (char)p[i + 1]);
		buf_putc(&t->swapped, (char)p[i]);
	}
	buf_utf16le(&t->line, (const uint8_t *)t->swapped.p, t->swapped.n);
}

static void put_8(struct text_reader *t, size_t bytes)
{
	const uint8_t *p = t->p + t->at;
	struct str raw = str_make((const char *)p, bytes);

	if (utf8_valid(raw))
		buf_puts(&t->line, raw);
	else
		text_decode(&t->line, page_of(t), p, bytes);
}

/* A BOM, also in the middle where files were joined. */
static void skip_mark(struct text_reader *t)
{
	size_t left = t->n - t->at;
	const uint8_t *p = t->p + t->at;

	if (t->width != WIDTH_8 && left >= 2 && unit_at(t, t->at) == 0xfeff)
		t->at += 2;
	else if (t->width == WIDTH_8 && left >= 3 && p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf)
		t->at += 3;
}

/* NULs are no text; a run of them (a log written ahead) would only blow up lines. */
static void drop_nuls(struct buf *b)
{
	size_t out = 0;

	if (!b->n || !memchr(b->p, 0, b->n))
		return;
	for (size_t i = 0; i < b->n; i++)
		if (b->p[i])
			b->p[out++] = b->p[i];
	b->n = out;
}

bool text_next(struct text_reader *t, struct text_line *out)
{
	size_t end, bytes;

	if (t->again) {
		t->again = false;
		*out = t->last;
		return true;
	}
	if (t->at >= t->n)
		return false;
	t->width = text_width_at(t->p + t->at, t->n - t->at, t->width);
	skip_mark(t);
	bytes = t->width == WIDTH_8 ? line_bytes_8(t, &end) : line_bytes_16(t, &end);
	if (end == t->at) {                  /* the line itself is of bytes, wide text comes after it */
		t->width = WIDTH_8;
		bytes = line_bytes_8(t, &end);
	}
	*out = (struct text_line){ .number = ++t->number, .offset = t->at, .length = (uint32_t)bytes,
		.cut = bytes > TEXT_LINE_MAX };
	t->line.n = 0;
	if (t->width == WIDTH_8)
		put_8(t, out->cut ? TEXT_LINE_MAX : bytes);
	else
		put_16(t, out->cut ? TEXT_LINE_MAX : bytes);
	drop_nuls(&t->line);
	t->at = end;
	out->text = buf_str(&t->line);
	t->last = *out;
	return true;
}

const char *text_code_page(const struct text_reader *t)
{
	return t->page;
}

static bool has_controls(const uint8_t *p, size_t n)
{
	size_t bad = 0;

	for (size_t i = 0; i < n; i++)
		bad += p[i] < 0x20 && p[i] != '\t' && p[i] != '\n' && p[i] != '\r' && p[i] != '\f' &&
		       p[i] != 0x1b;
	return bad > n / 128 + 4;
}

size_t text_head(const uint8_t *p, size_t n, char *out, size_t room)
{
	enum text_width width = text_width_at(p, n, WIDTH_8);
	struct text_reader *t;
	struct text_line line;
	size_t used = 0;

	if (n == 0 || (width == WIDTH_8 && has_controls(p, n)))
		return 0;
	t = text_open(p, n);
	while (text_next(t, &line) && used + line.text.n + 1 <= room) {
		if (line.text.n)
			memcpy(out + used, line.text.p, line.text.n);
		used += line.text.n;
		out[used++] = '\n';
	}
	text_close(t);
	return used;
}
