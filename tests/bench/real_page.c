/* SPDX-License-Identifier: Apache-2.0 */
/*
 * real_page EVENTS report.html BUNDLE...: the page of real evidence. Where that holds fewer events than
 * asked for, all of them come again, later by the span of the whole, until there are as many; their
 * values come again too, so that such a page packs better than one of as many different events.
 * With 0 the evidence stands as it is.
 */
#include <stdlib.h>

#include "analyzer/base/text.h"
#include "analyzer/correlate/correlate.h"
#include "analyzer/correlate/knowledge.h"
#include "analyzer/correlate/learn.h"
#include "parsers/format.h"
#include "tests/bench/page_time.h"

static void repeat(struct case_file *c, size_t events)
{
	size_t n = c->timeline_count;
	int64_t span = n ? c->last_100ns - c->first_100ns + TICKS_SECOND : 0;

	if (!n || events <= n)
		return;
	c->timeline = xrealloc(c->timeline, events * sizeof(*c->timeline));
	for (size_t i = n; i < events; i++) {
		c->timeline[i] = c->timeline[i % n];
		c->timeline[i].time_100ns += (int64_t)(i / n) * span;
	}
	c->timeline_count = events;
	c->last_100ns = c->timeline[events - 1].time_100ns;
}

int main(int argc, char **argv)
{
	struct case_options bind = { .since_100ns = TIME_NONE, .until_100ns = TIME_NONE };
	struct ingest_options o = { 0 };
	struct evidence ev = { 0 };
	struct case_file file = { 0 };
	struct knowledge *kb = NULL;
	struct result result = { 0 };
	struct err e = { 0 };
	uint64_t events;
	int rc;

	if (argc < 4 || !str_to_u64(str_of(argv[1]), 10, &events)) {
		fprintf(stderr, "usage: real_page EVENTS report.html BUNDLE...\n");
		return 2;
	}
	rc = formats_load(NULL, 0, &e) || knowledge_load(NULL, &kb, &e) ||
		ingest_run(&o, (const char *const *)argv + 3, (size_t)(argc - 3), &ev, &e) ||
		case_build(&ev, &bind, &file, &e);
	if (!rc) {
		case_learn(&file, kb, &bind);
		correlate(kb, &file, NULL, &result);
		repeat(&file, events);
		rc = write_one(report_html,
			&(struct report_input){ .c = &file, .result = &result, .kb = kb, .version = "bench",
				.knowledge_hash = STR(""), .options = STR(""), .report_bytes = UINT64_MAX },
			argv[2], file.timeline_count);
	} else {
		fprintf(stderr, "real_page: %s\n", e.text);
	}
	result_free(&result);
	knowledge_free(kb);
	case_free(&file);
	evidence_free(&ev);
	return rc != 0;
}
