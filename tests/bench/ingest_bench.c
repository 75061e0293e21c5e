/* SPDX-License-Identifier: Apache-2.0 */
/* ingest_bench [-j JOBS] [-l] BUNDLE...: reads the bundles as analyze does, and says how fast. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/ingest/evidence.h"

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct ingest_options o = { 0 };
	struct evidence ev = { 0 };
	struct err e = { 0 };
	uint64_t bytes = 0, events = 0;
	struct rusage self;
	double start = seconds(), took;
	int c, rc;

	while ((c = getopt(argc, argv, "j:l")) != -1) {
		if (c == 'j')
			o.jobs = (unsigned)strtoul(optarg, NULL, 10);
		o.inventory_only = o.inventory_only || c == 'l';
	}
	rc = ingest_run(&o, (const char *const *)argv + optind, (size_t)(argc - optind), &ev, &e);
	took = seconds() - start;
	for (size_t i = 0; i < ev.members.n; i++) {
		bytes += ev.members.v[i].bytes;
		events += ev.members.v[i].events;
	}
	getrusage(RUSAGE_SELF, &self);
	printf("%s: %zu members, %.1f MB, %llu events, %.2f s, %.0f MB/s, %ld MB in the parent\n",
		rc ? e.text : "read", ev.members.n, (double)bytes / 1e6, (unsigned long long)events, took,
		(double)bytes / 1e6 / took, self.ru_maxrss / 1024);
	evidence_free(&ev);
	return rc != 0;
}
