/* SPDX-License-Identifier: Apache-2.0 */
/* Writes one output and says how long that took. */
#ifndef CASELINE_TESTS_BENCH_PAGE_TIME_H
#define CASELINE_TESTS_BENCH_PAGE_TIME_H

#include <stdio.h>
#include <time.h>

#include "reports/report.h"

static inline double now_s(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline int write_one(int (*write)(const struct report_input *, FILE *, struct err *),
	const struct report_input *in, const char *path, size_t events)
{
	struct err e = {0};
	double start = now_s(CLOCK_MONOTONIC), busy = now_s(CLOCK_THREAD_CPUTIME_ID),
	       all = now_s(CLOCK_PROCESS_CPUTIME_ID), took;
	FILE *f = fopen(path, "w");
	int rc = f ? write(in, f, &e) : -1;
	long bytes = f ? ftell(f) : 0;

	if (f)
		fclose(f);
	took = now_s(CLOCK_MONOTONIC) - start;
	busy = now_s(CLOCK_THREAD_CPUTIME_ID) - busy;
	all = now_s(CLOCK_PROCESS_CPUTIME_ID) - all;
	if (rc)
		fprintf(stderr, "%s: %s\n", path, e.text);
	else
		printf("%s: %zu events, %.1f MB, %.2f s (processor: %.2f s, of it the main thread %.2f s)\n",
			path, events, (double)bytes / 1e6, took, all, busy);
	return rc;
}

#endif
