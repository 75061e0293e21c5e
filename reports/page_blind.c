/* SPDX-License-Identifier: Apache-2.0 */
/* Where the case cannot see a host: before its first log begins, after its last ends, in gaps. */
#include <stdlib.h>

#include "reports/page.h"

#define SPANS_MAX 4000

static int compare_spans(const void *va, const void *vb)
{
	const struct page_span *a = va, *b = vb;

	if (a->host != b->host)
		return a->host < b->host ? -1 : 1;
	if (a->from_100ns != b->from_100ns)
		return a->from_100ns < b->from_100ns ? -1 : 1;
	return a->to_100ns < b->to_100ns ? -1 : a->to_100ns > b->to_100ns;
}

static void add_span(page_spans *out, uint32_t host, int64_t from, int64_t to)
{
	if (from < to && out->n < SPANS_MAX)
		vec_push(out, (struct page_span){ host, from, to });
}

static bool is_log(const struct coverage *v, uint32_t host)
{
	return v->host == host && !v->facts && v->from_100ns != TIME_NONE && v->to_100ns != TIME_NONE;
}

static void add_host(const struct case_file *c, uint32_t host, page_spans *out)
{
	int64_t first = INT64_MAX, last = INT64_MIN;

	for (size_t i = 0; i < c->coverage.n; i++) {
		const struct coverage *v = &c->coverage.v[i];

		if (!is_log(v, host))
			continue;
		first = v->from_100ns < first ? v->from_100ns : first;
		last = v->to_100ns > last ? v->to_100ns : last;
		for (size_t k = 0; k < v->gaps.n; k++)
			add_span(out, host, v->gaps.v[k].from_100ns, v->gaps.v[k].to_100ns);
	}
	if (first > last)
		return;
	add_span(out, host, c->first_100ns, first);
	add_span(out, host, last, c->last_100ns);
}

/* Spans that overlap become one. */
static void merge(page_spans *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct page_span *last = n ? &s->v[n - 1] : NULL;

		if (!last || last->host != s->v[i].host || s->v[i].from_100ns > last->to_100ns)
			s->v[n++] = s->v[i];
		else if (s->v[i].to_100ns > last->to_100ns)
			last->to_100ns = s->v[i].to_100ns;
	}
	s->n = n;
}

void page_blind(const struct case_file *c, page_spans *out)
{
	*out = (page_spans){ 0 };
	if (c->first_100ns == TIME_NONE)
		return;
	for (uint32_t h = 0; h < c->hosts.n; h++)
		if (c->hosts.v[h].events)
			add_host(c, h, out);
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), compare_spans);
	merge(out);
}
