/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one timeline: all event rows by (time, host, member, place), the same for any number of
 * workers. Rows arrive in the order of members and bytes and mostly in order of time, so a stable
 * merge of the runs that are there is all the sorting it takes.
 */
#include <stdlib.h>

#include "analyzer/case/case_parts.h"

#define TIME_YEAR_9999 INT64_C(2650467743999999999)

static bool before(const struct moment *a, const struct moment *b)
{
	if (a->time_100ns != b->time_100ns)
		return a->time_100ns < b->time_100ns;
	return a->host < b->host;   /* else the order in which they stand: member, then place */
}

static bool wanted(const struct case_options *o, uint32_t only_host, const struct moment *m)
{
	/* A stamp that no calendar of ours can write is damage, and would stretch every span. */
	if (m->time_100ns < 0 || m->time_100ns > TIME_YEAR_9999)
		return false;
	if (!o)
		return true;
	if (o->since_100ns != TIME_NONE && m->time_100ns < o->since_100ns)
		return false;
	if (o->until_100ns != TIME_NONE && m->time_100ns > o->until_100ns)
		return false;
	return !o->host.n || m->host == only_host;
}

static size_t count_events(const struct case_file *c)
{
	size_t n = 0;

	for (size_t s = 0; s < c->segments.n; s++)
		n += segment_rows(c->segments.v[s].segment);
	return n - c->facts.n;
}

static size_t collect(const struct case_file *c, const struct case_options *o, struct moment *out)
{
	uint32_t only = o && o->host.n ? case_find_host(c, o->host) : HOST_NONE;
	size_t n = 0;

	for (uint32_t s = 0; s < c->segments.n; s++) {
		const struct case_segment *cs = &c->segments.v[s];
		const uint32_t *kinds = segment_row_kinds(cs->segment);
		const uint8_t *flags = segment_flags(cs->segment);
		size_t rows = segment_rows(cs->segment);

		for (uint32_t r = 0; r < rows; r++) {
			struct moment m = { .ref = { s, r }, .host = cs->kind_host[kinds[r]] };

			if (flags[r] & ROW_FACT)
				continue;
			m.time_100ns = case_row_time(c, s, r, m.host);
			if (wanted(o, only, &m))
				out[n++] = m;
		}
	}
	return n;
}

static void merge_runs(const struct moment *from, size_t low, size_t mid, size_t high,
	struct moment *to)
{
	size_t a = low, b = mid;

	for (size_t i = low; i < high; i++) {
		if (a < mid && (b >= high || !before(&from[b], &from[a])))
			to[i] = from[a++];
		else
			to[i] = from[b++];
	}
}

/* Ends of the ascending runs that are there already. */
static size_t find_runs(const struct moment *m, size_t n, size_t *ends)
{
	size_t runs = 0;

	for (size_t i = 1; i <= n; i++)
		if (i == n || before(&m[i], &m[i - 1]))
			ends[runs++] = i;
	return runs;
}

static size_t count_runs(const struct moment *m, size_t n)
{
	size_t runs = n > 0;

	for (size_t i = 1; i < n; i++)
		runs += before(&m[i], &m[i - 1]);
	return runs;
}

static struct moment *sort(struct moment *m, size_t n)
{
	size_t runs = count_runs(m, n), *ends;
	struct moment *other;

	if (runs < 2)
		return m;
	ends = xmalloc(runs * sizeof(*ends));
	other = xmalloc(n * sizeof(*other));
	find_runs(m, n, ends);
	while (runs > 1) {
		size_t low = 0, out = 0;
		struct moment *swap = m;

		for (size_t r = 0; r < runs; r += 2) {
			size_t mid = ends[r], high = r + 1 < runs ? ends[r + 1] : mid;

			merge_runs(m, low, mid, high, other);
			ends[out++] = low = high;
		}
		runs = out;
		m = other;
		other = swap;
	}
	free(ends);
	free(other);
	return m;
}

void case_merge(struct case_file *c, const struct case_options *o)
{
	size_t n = count_events(c);
	struct moment *all = xmalloc((n + 1) * sizeof(*all));

	c->timeline_count = collect(c, o, all);
	c->timeline = sort(all, c->timeline_count);
}

size_t case_lower_bound(const struct case_file *c, int64_t time_100ns)
{
	size_t low = 0, high = c->timeline_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (c->timeline[mid].time_100ns < time_100ns)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}
