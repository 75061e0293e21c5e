/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events that say something about the logs and clocks themselves: a log was emptied, so what came
 * before is gone; a clock was set, so the times on either side are not one scale.
 */
#include <stdlib.h>

#include "analyzer/correlate/learn.h"

#define STEPS_MAX 200
#define STEP_MIN (1 * TICKS_SECOND)   /* time services trim clocks by less all day */

struct reader {
	struct case_file *c;
	struct row_scratch scratch;
};

static bool first_text(const struct event_view *v, const struct str_list *names, struct buf *out)
{
	out->n = 0;
	for (size_t i = 0; i < names->n; i++)
		if (event_text(v, names->v[i], out) && out->n)
			return true;
	return false;
}

static void mark_cleared(struct reader *r, const struct kb_mark *mark, const struct event_view *v)
{
	struct buf name = { 0 };
	struct str log = first_text(v, &mark->log, &name) ? buf_str(&name) : v->kind->channel;

	for (size_t i = 0; i < r->c->coverage.n; i++) {
		struct coverage *cov = &r->c->coverage.v[i];

		if (cov->host != v->host || !str_ieq(cov->source, log) || cov->facts ||
			cov->to_100ns == TIME_NONE || v->time_100ns > cov->to_100ns)
			continue;
		cov->cleared_100ns = v->time_100ns;
		if (cov->from_100ns < v->time_100ns)
			cov->from_100ns = v->time_100ns;
	}
	buf_free(&name);
}

static bool field_time(const struct event_view *v, struct str name, int64_t *out)
{
	struct buf text = { 0 };
	bool known = event_text(v, name, &text) && time_parse_rfc3339(buf_str(&text), out);

	buf_free(&text);
	return known;
}

static void mark_step(struct reader *r, const struct kb_mark *mark, const struct event_view *v)
{
	struct clock_step step = { .at_100ns = v->time_100ns, .ref = v->ref };
	struct host *h;
	int64_t from, to;

	if (v->host == HOST_NONE || !field_time(v, mark->from, &from) ||
		!field_time(v, mark->to, &to) || llabs(to - from) < STEP_MIN)
		return;
	h = &r->c->hosts.v[v->host];
	step.by_ms = (to - from) / TICKS_MS;
	h->clock_steps++;
	if (h->steps.n < STEPS_MAX)
		vec_push(&h->steps, step);
}

static void look_at(struct reader *r, const struct kb_mark *mark, const struct moment *m)
{
	struct event_view v;

	case_view(r->c, m->ref, &v);
	if (predicate_row(mark->match, r->c, &v, &r->scratch) != TRUTH_YES)
		return;
	if (mark->kind == MARK_CLEARED)
		mark_cleared(r, mark, &v);
	else if (mark->kind == MARK_CLOCK_STEP)
		mark_step(r, mark, &v);
	else if (v.host != HOST_NONE)
		vec_push(&r->c->hosts.v[v.host].boots, v.time_100ns);
}

/* Kinds that no mark asks about are passed over: one look a kind. */
static uint8_t *find_kinds(const struct knowledge *kb, const struct segment *s, bool *any)
{
	size_t n = segment_kinds(s);
	uint8_t *asked = xmalloc(n + 1);

	*any = false;
	for (uint32_t k = 0; k < n; k++) {
		asked[k] = 0;
		for (size_t i = 0; i < kb->marks.n; i++)
			asked[k] |= predicate_kind(kb->marks.v[i].match, segment_kind(s, k)) != TRUTH_NO;
		*any |= asked[k] != 0;
	}
	return asked;
}

void case_read_marks(struct case_file *c, const struct knowledge *kb)
{
	struct reader r = { .c = c };
	uint8_t **asked = xmalloc((c->segments.n + 1) * sizeof(*asked));
	bool any = false, here;

	for (size_t s = 0; s < c->segments.n; s++) {
		asked[s] = find_kinds(kb, c->segments.v[s].segment, &here);
		any |= here;
	}
	for (size_t i = 0; any && i < c->timeline_count; i++) {
		const struct moment *m = &c->timeline[i];
		const struct segment *seg = c->segments.v[m->ref.segment].segment;

		for (size_t k = 0; asked[m->ref.segment][segment_row_kinds(seg)[m->ref.row]] &&
				   k < kb->marks.n; k++)
			look_at(&r, &kb->marks.v[k], m);
	}
	for (size_t s = 0; s < c->segments.n; s++)
		free(asked[s]);
	free(asked);
	row_scratch_free(&r.scratch);
}
