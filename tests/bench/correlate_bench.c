/* SPDX-License-Identifier: Apache-2.0 */
/* correlate_bench BUNDLE...: what each step behind the reading costs, an event and in all. */
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

#include "analyzer/correlate/correlate.h"
#include "analyzer/correlate/knowledge.h"
#include "analyzer/correlate/learn.h"

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void step(const char *name, double *since, size_t events)
{
	double now = seconds();

	printf("%-28s %8.2f s %8.0f ns an event\n", name, now - *since, (now - *since) * 1e9 / (double)events);
	*since = seconds();
}

int main(int argc, char **argv)
{
	struct ingest_options o = { 0 };
	struct case_options bind = { .since_100ns = TIME_NONE, .until_100ns = TIME_NONE };
	struct evidence ev = { 0 };
	struct case_file file = { 0 };
	struct knowledge *kb = NULL;
	struct result result = { 0 };
	struct err e = { 0 };
	struct rusage self;
	double since = seconds();
	int rc = knowledge_load(NULL, &kb, &e);

	if (!rc)
		rc = ingest_run(&o, (const char *const *)argv + 1, (size_t)(argc - 1), &ev, &e);
	since = seconds();
	if (!rc)
		rc = case_build(&ev, &bind, &file, &e);
	if (!rc) {
		printf("%zu events, %zu facts\n", file.timeline_count, file.facts.n);
		step("hosts, clocks, timeline", &since, file.timeline_count + 1);
		case_learn(&file, kb, &bind);
		step("clocks learnt", &since, file.timeline_count + 1);
		correlate(kb, &file, NULL, &result);
		step("correlate", &since, file.timeline_count + 1);
	}
	getrusage(RUSAGE_SELF, &self);
	printf("%zu incidents, %ld MB in the parent%s%s\n", result.incidents.n, self.ru_maxrss / 1024,
		rc ? ": " : "", rc ? e.text : "");
	result_free(&result);
	knowledge_free(kb);
	case_free(&file);
	evidence_free(&ev);
	return rc != 0;
}
