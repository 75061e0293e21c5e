/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/cli/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define TERMINAL_EVERY_S 0.1
#define PLAIN_EVERY_S 10.0

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void progress_start(struct progress *p, bool wanted)
{
	*p = (struct progress){ .on = wanted, .terminal = isatty(STDERR_FILENO) == 1 };
	p->started = p->last = now_s();
}

static void put_bytes(struct buf *b, uint64_t n)
{
	static const char *const units[] = { "B", "KB", "MB", "GB", "TB" };
	double v = (double)n;
	size_t u = 0;

	for (; v >= 1000 && u < 4; u++)
		v /= 1000;
	buf_printf(b, u ? "%.1f %s" : "%.0f %s", v, units[u]);
}

static void put_time_left(struct buf *b, const struct progress *p, const struct ingest_progress *n)
{
	double spent = p->last - p->started, rate;

	if (spent < 2 || !n->bytes_done || n->bytes_seen <= n->bytes_done)
		return;
	rate = (double)n->bytes_done / spent;
	buf_printf(b, ", about %.0f s left", (double)(n->bytes_seen - n->bytes_done) / rate + 1);
}

void progress_show(void *progress, const struct ingest_progress *n)
{
	struct progress *p = progress;
	double t = now_s();
	struct buf b = { 0 };

	if (!p->on || t - p->last < (p->terminal ? TERMINAL_EVERY_S : PLAIN_EVERY_S))
		return;
	p->last = t;
	buf_printf(&b, "%llu of %llu members, ", (unsigned long long)n->members_done,
		(unsigned long long)n->members_seen);
	put_bytes(&b, n->bytes_done);
	buf_printf(&b, ", %llu events", (unsigned long long)n->events);
	put_time_left(&b, p, n);
	fprintf(stderr, p->terminal ? "\r\033[K%.*s" : "caseline: %.*s\n", (int)b.n, b.p);
	p->shown = true;
	buf_free(&b);
}

void progress_end(struct progress *p)
{
	if (p->shown && p->terminal)
		fprintf(stderr, "\r\033[K");
	p->shown = false;
}
