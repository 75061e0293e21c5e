/* SPDX-License-Identifier: Apache-2.0 */
/* Logs for tests that need events of some number and size, and do not care what they say. */
#ifndef CASELINE_TESTS_MAKE_EVTX_H
#define CASELINE_TESTS_MAKE_EVTX_H

#include <criterion/criterion.h>

#include "analyzer/base/clock.h"
#include "fixtures/evtx_write.h"

/* `chunks` times `records` events, numbered from 1; each takes its share of a chunk, at most 40. */
static inline void evtx_make(struct buf *out, unsigned chunks, unsigned records)
{
	struct evtx_writer *w = evtx_writer_new();
	size_t share = 58000 / records / 2 - 250;
	char *text = xmalloc(share);
	struct err e = { 0 };

	memset(text, 'x', share);
	for (uint64_t i = 1; i <= (uint64_t)chunks * records; i++) {
		struct evtx_value v = { .name = STR("Text"), .type = EVTX_STRING,
			.data = str_make(text, share) };
		struct evtx_record r = { .provider = STR("disk"), .id = 153, .qualifiers = 0x8004,
			.level = 3, .record_id = i, .channel = STR("System"), .computer = STR("HV01"),
			.time_100ns = INT64_C(133600000000000000) + (int64_t)i * TICKS_SECOND,
			.content = EVTX_EVENT_DATA, .values = &v, .count = 1 };

		cr_assert_eq(evtx_writer_add(w, &r, &e), 0, "%s", e.text);
	}
	free(text);
	evtx_writer_end(w, false, out);
}

#endif
