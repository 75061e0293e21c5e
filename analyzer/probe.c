/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the head of a member shows: whether it is text, for bids (UTF-16 with or without BOM, else bytes
 * without NULs), and what kind of thing it is where nobody bids.
 */
#include <stdlib.h>

#include "analyzer/base/text.h"
#include "analyzer/worker.h"

static size_t put(struct buf *b, char *out, size_t room)
{
	size_t n = b->n < room ? b->n : room;

	if (n)
		memcpy(out, b->p, n);
	buf_free(b);
	return n;
}

/* Half of the bytes zero, all on one side, is UTF-16 of something mostly ASCII. */
static int utf16_order(const uint8_t *p, size_t n)
{
	size_t low = 0, high = 0;

	if (n >= 2 && p[0] == 0xff && p[1] == 0xfe)
		return 1;
	if (n >= 2 && p[0] == 0xfe && p[1] == 0xff)
		return -1;
	n = n > 4096 ? 4096 : n & ~(size_t)1;
	for (size_t i = 0; i + 1 < n; i += 2) {
		high += p[i + 1] == 0 && p[i] != 0;
		low += p[i] == 0 && p[i + 1] != 0;
	}
	if (high > n / 4 && low < n / 64 + 1)
		return 1;
	return low > n / 4 && high < n / 64 + 1 ? -1 : 0;
}

static bool has_controls(const uint8_t *p, size_t n)
{
	size_t bad = 0;

	for (size_t i = 0; i < n; i++)
		bad += p[i] == 0 || (p[i] < 0x20 && p[i] != '\t' && p[i] != '\n' && p[i] != '\r' &&
					    p[i] != '\f' && p[i] != 0x1b);
	return bad > n / 512;
}

size_t probe_text(const uint8_t *head, size_t n, char *out, size_t room)
{
	int order = utf16_order(head, n);
	struct buf b = { 0 };

	if (n == 0 || (!order && has_controls(head, n)))
		return 0;
	if (order > 0) {
		buf_utf16le(&b, head, n);
	} else if (order < 0) {
		uint8_t *swapped = xmalloc(n);

		for (size_t i = 0; i + 1 < n; i += 2) {
			swapped[i] = head[i + 1];
			swapped[i + 1] = head[i];
		}
		buf_utf16le(&b, swapped, n & ~(size_t)1);
		free(swapped);
	} else {
		buf_put(&b, head, n);
	}
	return put(&b, out, room);
}

void probe_make(struct probe *p, struct str head, char text[PROBE_TEXT_BYTES])
{
	p->head = str_sub(head, 0, HEAD_BYTES);
	p->text = str_make(text, probe_text((const uint8_t *)p->head.p, p->head.n, text,
					 PROBE_TEXT_BYTES));
}

static const char *type_by_magic(struct str head)
{
	static const struct {
		const char *type, *bytes;
		size_t at, n;
	} known[] = {
		{ "png", "\x89PNG", 0, 4 }, { "jpeg", "\xff\xd8\xff", 0, 3 }, { "minidump", "MDMP", 0, 4 },
		{ "kernel dump", "PAGEDU", 0, 6 }, { "procmon log", "PML_", 0, 4 }, { "pdf", "%PDF", 0, 4 },
		{ "program", "MZ", 0, 2 }, { "registry hive", "regf", 0, 4 }, { "iso", "CD001", 32769, 5 },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_starts(str_from(head, known[i].at), str_make(known[i].bytes, known[i].n)))
			return known[i].type;
	return NULL;
}

struct str probe_type(const struct probe *p)
{
	const char *type = type_by_magic(p->head);

	if (type)
		return str_of(type);
	if (str_iends(p->name, STR(".etl")))
		return STR("etl");
	if (str_iends(p->name, STR(".blg")))
		return STR("blg");
	return p->text.n ? STR("text") : STR("binary");
}
