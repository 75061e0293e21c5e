/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a head is text, for bids: UTF-16 with or without BOM, else bytes without NULs. */
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
