/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the case can tell and what it can't: which span of which log of which host is here. A log
 * that was never overwritten reaches back to the host's beginning, and a log that was taken live
 * reaches up to the collection, however quiet it was.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/case/case_parts.h"

struct finder {
	struct case_file *c;
	struct map *keys;            /* "host\x1fsource" -> index into found */
	VEC(struct coverage) found;
	VEC(uint64_t) first_number;  /* lowest record number a source has, UINT64_MAX if none */
};

static struct coverage *source_of(struct finder *f, uint32_t host, struct str source, size_t *index)
{
	struct str key = arena_printf(f->c->a, "%08x%.*s", host, STR_ARG(source));
	bool added;
	uint32_t i = map_intern(f->keys, key, &added);

	if (added) {
		struct coverage cov = { .host = host, .source = source,
			.from_100ns = INT64_MAX, .to_100ns = INT64_MIN, .filter = STR(""),
			.cleared_100ns = TIME_NONE };

		vec_push(&f->found, cov);
		vec_push(&f->first_number, UINT64_MAX);
	}
	*index = i;
	return &f->found.v[i];
}

/* One segment's rows, kind by kind, so that the map is asked once a kind. */
static void cover_segment(struct finder *f, uint32_t at)
{
	struct case_file *c = f->c;
	const struct case_segment *cs = &c->segments.v[at];
	size_t kinds = segment_kinds(cs->segment), rows = segment_rows(cs->segment);
	size_t *of_kind = xmalloc((kinds + 1) * sizeof(*of_kind));

	for (uint32_t k = 0; k < kinds; k++) {
		const struct kind *kind = segment_kind(cs->segment, k);

		source_of(f, cs->kind_host[k], case_source_name(kind), &of_kind[k])->facts =
			str_eq(kind->data_type, STR("fact"));
	}
	for (uint32_t r = 0; r < rows; r++) {
		uint32_t k = segment_row_kinds(cs->segment)[r];
		struct coverage *cov = &f->found.v[of_kind[k]];
		int64_t t = case_row_time(c, at, r, cs->kind_host[k]);

		cov->rows++;
		if (t == TIME_NONE)
			continue;
		if (t < cov->from_100ns)
			cov->from_100ns = t;
		if (t > cov->to_100ns)
			cov->to_100ns = t;
	}
	free(of_kind);
}

static void note_first_number(struct finder *f, uint32_t at)
{
	const struct case_segment *cs = &f->c->segments.v[at];
	size_t rows = segment_rows(cs->segment);

	for (uint32_t r = 0; r < rows; r++) {
		struct row row;
		size_t i;

		segment_row(cs->segment, r, &row);
		if (row.flags & (ROW_LINE | ROW_FACT | ROW_RECOVERED) || !row.number)
			continue;
		source_of(f, cs->kind_host[row.kind],
			case_source_name(segment_kind(cs->segment, row.kind)), &i);
		assert(i < f->first_number.n);
		if (row.number < f->first_number.v[i])
			f->first_number.v[i] = row.number;
		return;   /* record numbers rise through a file: its first row is enough */
	}
}

/* The span of everything a host gave. */
static void host_span(const struct finder *f, uint32_t host, int64_t *from, int64_t *to)
{
	*from = INT64_MAX;
	*to = INT64_MIN;
	for (size_t i = 0; i < f->found.n; i++) {
		const struct coverage *cov = &f->found.v[i];

		if (cov->host != host || cov->from_100ns > cov->to_100ns || cov->to_100ns == TIME_NONE)
			continue;
		if (cov->from_100ns < *from)
			*from = cov->from_100ns;
		if (cov->to_100ns > *to)
			*to = cov->to_100ns;
	}
}

static void learn_filters(struct finder *f)
{
	struct case_file *c = f->c;

	for (size_t i = 0; i < c->facts.n; i++) {
		const struct case_segment *cs = &c->segments.v[c->facts.v[i].segment];
		uint32_t row = c->facts.v[i].row, kind = segment_row_kinds(cs->segment)[row];
		struct field source, text;

		if (!str_eq(segment_kind(cs->segment, kind)->provider, STR("log.filter")) ||
			!segment_find(cs->segment, row, STR("source"), &source) ||
			!segment_find(cs->segment, row, STR("text"), &text))
			continue;
		for (size_t k = 0; k < f->found.n; k++)
			if (f->found.v[k].host == cs->kind_host[kind] &&
				str_ieq(f->found.v[k].source, source.bytes))
				f->found.v[k].filter = arena_str(c->a, text.bytes);
	}
}

static void stretch(struct finder *f)
{
	for (size_t i = 0; i < f->found.n; i++) {
		struct coverage *cov = &f->found.v[i];
		int64_t from, to;

		if (cov->from_100ns > cov->to_100ns) {
			cov->from_100ns = cov->to_100ns = TIME_NONE;
			continue;
		}
		if (f->first_number.v[i] == UINT64_MAX)
			continue;
		host_span(f, cov->host, &from, &to);
		cov->wrapped = f->first_number.v[i] > 1;
		if (!cov->wrapped)
			cov->from_100ns = from;
		cov->to_100ns = to;
	}
}

static int by_host_and_source(const void *a, const void *b)
{
	const struct coverage *x = a, *y = b;

	if (x->host != y->host)
		return x->host < y->host ? -1 : 1;
	return str_cmp(x->source, y->source);
}

static void learn_collected(struct case_file *c)
{
	for (size_t i = 0; i < c->coverage.n; i++) {
		const struct coverage *cov = &c->coverage.v[i];
		struct host *h;

		if (cov->host == HOST_NONE || cov->to_100ns == TIME_NONE)
			continue;
		h = &c->hosts.v[cov->host];
		if (h->collected_100ns < cov->to_100ns)
			h->collected_100ns = cov->to_100ns;
		if (!cov->facts && str_starts(cov->source, STR("text:collection"))) {
			h->collecting_from_100ns = cov->from_100ns;
			h->collecting_to_100ns = cov->to_100ns;
		}
	}
}

bool case_collecting(const struct case_file *c, uint32_t host, int64_t time_100ns)
{
	const struct host *h = host == HOST_NONE ? NULL : &c->hosts.v[host];

	return h && h->collecting_from_100ns != TIME_NONE && time_100ns != TIME_NONE &&
	       time_100ns >= h->collecting_from_100ns && time_100ns <= h->collecting_to_100ns;
}

void case_find_coverage(struct case_file *c)
{
	struct finder f = { .c = c, .keys = map_new(true) };

	for (uint32_t s = 0; s < c->segments.n; s++) {
		cover_segment(&f, s);
		note_first_number(&f, s);
	}
	learn_filters(&f);
	stretch(&f);
	for (size_t i = 0; i < f.found.n; i++)
		vec_push(&c->coverage, f.found.v[i]);
	if (c->coverage.n)
		qsort(c->coverage.v, c->coverage.n, sizeof(*c->coverage.v), by_host_and_source);
	case_find_gaps(c);
	learn_collected(c);
	map_free(f.keys);
	free(f.found.v);
	free(f.first_number.v);
}

bool coverage_holds(const struct coverage *cov, int64_t from_100ns, int64_t to_100ns)
{
	if (cov->from_100ns == TIME_NONE || cov->selected || cov->from_100ns > from_100ns ||
		cov->to_100ns < to_100ns)
		return false;
	for (size_t i = 0; i < cov->gaps.n; i++)
		if (cov->gaps.v[i].from_100ns < to_100ns && cov->gaps.v[i].to_100ns > from_100ns)
			return false;
	return true;
}

static void remark(struct buf *out, size_t start, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void remark(struct buf *out, size_t start, const char *format, ...)
{
	char text[300];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (out->n > start)
		buf_puts(out, STR("; "));
	buf_puts(out, str_of(text));
}

static void remark_gaps(const struct coverage *cov, size_t start, struct buf *out)
{
	const struct coverage_gap *longest = &cov->gaps.v[0];
	char from[RFC3339_BYTES], to[RFC3339_BYTES];
	uint64_t records = 0;

	for (size_t i = 0; i < cov->gaps.n; i++) {
		const struct coverage_gap *g = &cov->gaps.v[i];

		records += g->records;
		if (g->to_100ns - g->from_100ns > longest->to_100ns - longest->from_100ns)
			longest = g;
	}
	remark(out, start, "%zu gap%s, records lacking: %llu%s %s to %s", cov->gaps.n,
		cov->gaps.n == 1 ? "" : "s", (unsigned long long)records,
		cov->gaps.n == 1 ? "," : ", the longest", time_rfc3339(longest->from_100ns, from),
		time_rfc3339(longest->to_100ns, to));
}

void coverage_remarks(const struct coverage *cov, struct buf *out)
{
	char when[RFC3339_BYTES];
	size_t start = out->n;

	if (cov->cleared_100ns != TIME_NONE)
		remark(out, start, "the log was emptied at %s", time_rfc3339(cov->cleared_100ns, when));
	else if (cov->wrapped)
		remark(out, start, "older records are not in it (overwritten, or left out by the export)");
	if (cov->filter.n)
		remark(out, start, "%.*s", STR_ARG(cov->filter));
	if (cov->gaps.n)
		remark_gaps(cov, start, out);
}

bool case_covers(const struct case_file *c, uint32_t host, struct str source, int64_t from_100ns,
	int64_t to_100ns)
{
	for (size_t i = 0; i < c->coverage.n; i++) {
		const struct coverage *cov = &c->coverage.v[i];

		if (cov->host == host && str_ieq(cov->source, source))
			return coverage_holds(cov, from_100ns, to_100ns);
	}
	return false;
}
