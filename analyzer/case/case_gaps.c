/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holes inside a log. Windows numbers the records of a log without a break, so a number that no file
 * of the case holds was a record: lost with a damaged chunk, between two saved files, or held back by
 * an export. Where whole stretches of numbers are there and others not, the stretches between are
 * gaps; where numbers are picked out here and there, the log is a selection and its silence proves
 * nothing.
 */
#include <stdlib.h>

#include "analyzer/case/case_parts.h"

#define PICKED_RUNS_MIN 8        /* fewer breaks than this are gaps, whatever their size */

/* Records of one source that follow each other without a break, in one file. */
struct run {
	uint32_t source;             /* index of the coverage */
	uint64_t first, last;        /* record numbers */
	int64_t from_100ns, to_100ns;
};

struct runs {
	struct case_file *c;
	VEC(struct run) list;
};

static uint32_t coverage_index(const struct case_file *c, uint32_t host, struct str source)
{
	size_t low = 0, high = c->coverage.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct coverage *cov = &c->coverage.v[mid];

		if (cov->host < host || (cov->host == host && str_cmp(cov->source, source) < 0))
			low = mid + 1;
		else
			high = mid;
	}
	return (uint32_t)low;
}

static void add_record(struct runs *r, size_t *open, uint32_t source, uint64_t number, int64_t t)
{
	struct run *run = *open == SIZE_MAX ? NULL : &r->list.v[*open];

	if (run && number == run->last + 1) {
		run->last = number;
		run->from_100ns = t < run->from_100ns ? t : run->from_100ns;
		run->to_100ns = t > run->to_100ns ? t : run->to_100ns;
		return;
	}
	*open = r->list.n;
	vec_push(&r->list, (struct run){ source, number, number, t, t });
}

/* Recovered records are out of their place, and lines of a text have no record numbers. */
static void add_segment(struct runs *r, uint32_t at, size_t *open)
{
	const struct case_segment *cs = &r->c->segments.v[at];
	size_t rows = segment_rows(cs->segment), kinds = segment_kinds(cs->segment);
	const uint8_t *flags = segment_flags(cs->segment);
	uint32_t *source = xmalloc((kinds + 1) * sizeof(*source));

	for (uint32_t k = 0; k < kinds; k++) {
		const struct kind *kind = segment_kind(cs->segment, k);

		source[k] = !kind->channel.n ? UINT32_MAX :
			coverage_index(r->c, cs->kind_host[k], case_source_name(kind));
	}
	for (uint32_t i = 0; i < rows; i++) {
		struct row row;
		int64_t t;

		if (flags[i] & (ROW_LINE | ROW_FACT | ROW_RECOVERED))
			continue;
		segment_row(cs->segment, i, &row);
		t = case_row_time(r->c, at, i, cs->kind_host[row.kind]);
		if (row.number && t != TIME_NONE && source[row.kind] != UINT32_MAX)
			add_record(r, &open[source[row.kind]], source[row.kind], row.number, t);
	}
	free(source);
}

static int by_source_and_time(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	if (x->from_100ns != y->from_100ns)
		return x->from_100ns < y->from_100ns ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

/* Adds the next run to those before it, which end at `until`; a break between them is a gap. */
static uint64_t join_run(struct coverage *cov, struct run *until, const struct run *next)
{
	struct coverage_gap gap = { until->to_100ns, next->from_100ns, 0 };

	if (next->first > until->last + 1)
		gap.records = next->first - until->last - 1;
	if ((gap.records || next->last < until->first) && gap.from_100ns < gap.to_100ns)
		vec_push(&cov->gaps, gap);
	if (next->last > until->last || next->from_100ns > until->to_100ns) {
		until->first = next->first;
		until->last = next->last;
	}
	if (next->to_100ns > until->to_100ns)
		until->to_100ns = next->to_100ns;
	return gap.records;
}

/* A log of picked records: more breaks than could come from damage, and more is lacking than here. */
static void judge(struct case_file *c, struct coverage *cov, size_t runs, uint64_t lacking)
{
	if (runs < PICKED_RUNS_MIN || lacking < cov->rows)
		return;
	cov->gaps.n = 0;
	cov->selected = true;
	if (!cov->filter.n)
		cov->filter = arena_printf(c->a,
			"a selection: %llu of about %llu records are here",
			(unsigned long long)cov->rows, (unsigned long long)(cov->rows + lacking));
}

static void join_source(struct case_file *c, const struct run *runs, size_t n)
{
	struct coverage *cov = &c->coverage.v[runs[0].source];
	struct run until = runs[0];
	uint64_t lacking = 0;

	for (size_t i = 1; i < n; i++)
		lacking += join_run(cov, &until, &runs[i]);
	judge(c, cov, n, lacking);
}

void case_find_gaps(struct case_file *c)
{
	struct runs r = { .c = c };
	size_t *open = xmalloc((c->coverage.n + 1) * sizeof(*open));
	uint32_t member = UINT32_MAX;

	for (uint32_t s = 0; s < c->segments.n; s++) {
		for (size_t i = 0; c->segments.v[s].member != member && i < c->coverage.n; i++)
			open[i] = SIZE_MAX;
		member = c->segments.v[s].member;
		add_segment(&r, s, open);
	}
	if (r.list.n)
		qsort(r.list.v, r.list.n, sizeof(*r.list.v), by_source_and_time);
	for (size_t i = 0, end; i < r.list.n; i = end) {
		for (end = i + 1; end < r.list.n && r.list.v[end].source == r.list.v[i].source; end++)
			;
		join_source(c, &r.list.v[i], end - i);
	}
	free(open);
	free(r.list.v);
}
