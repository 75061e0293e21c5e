/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_page [--profile] EVENTS report.html [timeline.jsonl]: writes the page of a made case and says
 * how fast. Hostile texts stand in every place of it, so that the browser test can open it; with
 * --profile the case is one of ordinary events (profile.h), for measuring.
 */
#include <stdio.h>

#include "analyzer/base/text.h"
#include "tests/bench/page_time.h"
#include "tests/bench/profile.h"

int main(int argc, char **argv)
{
	struct made_report m;
	struct err e = {0};
	uint64_t events;
	int rc;

	bool profile = argc > 1 && strcmp(argv[1], "--profile") == 0;

	argc -= profile;
	argv += profile;
	if (argc < 3 || !str_to_u64(str_of(argv[1]), 10, &events)) {
		fprintf(stderr, "usage: report_page [--profile] EVENTS report.html [timeline.jsonl]\n");
		return 2;
	}
	rc = profile ? profile_report(&m, events, &e) : made_report(&m, events, &e);
	if (rc)
		fprintf(stderr, "report_page: %s\n", e.text);
	if (!rc)
		rc = write_one(report_html, &m.in, argv[2], m.made.file.timeline_count);
	if (!rc && argc > 3)
		rc = write_one(report_timeline, &m.in, argv[3], m.made.file.timeline_count);
	made_report_free(&m);
	return rc ? 1 : 0;
}
