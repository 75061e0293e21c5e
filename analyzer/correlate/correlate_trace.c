/* SPDX-License-Identifier: Apache-2.0 */
/* Why a cause was concluded, or what it lacked: rule by rule, with the nearest miss. */
#include <stdlib.h>

#include "analyzer/correlate/correlate_parts.h"

#define PAIRS_MAX 300000         /* looked at for the nearest misses of one incident */
#define TRACE_BYTES_MAX 12000

struct trace {
	struct correlator *k;
	struct buf *out;
	uint64_t pairs, pairs_max;   /* 0: all */
};

struct miss {
	uint32_t cause, effect, link;
	int64_t gap_100ns;
	bool found, time_fits;
};

static void put_milli(struct buf *out, int milli)
{
	buf_printf(out, "%d.%03d", milli / 1000, milli % 1000);
}

static void put_time(struct buf *out, const struct episode *e)
{
	char text[RFC3339_BYTES];

	if (e->fact)
		buf_puts(out, STR("when the bundle was taken"));
	else
		buf_printf(out, "at %s", time_rfc3339(e->start_100ns, text));
}

static void put_episode(const struct trace *t, uint32_t episode)
{
	const struct episode *e = episode_at(t->k, episode);

	buf_printf(t->out, "%.*s \"", STR_ARG(episode_signal(t->k->s, e)->id));
	episode_title(t->k->s, e, t->out);
	buf_puts(t->out, STR("\" "));
	put_time(t->out, e);
}

static void trace_candidate(const struct trace *t, const struct failure *f, size_t i)
{
	const struct candidate *c = &f->candidates.v[i];

	buf_puts(t->out, i == f->chosen ? STR("  concluded: ") : STR("  reached: "));
	put_episode(t, c->root);
	for (size_t n = c->links; n-- > 0;) {
		buf_puts(t->out, STR("\n    then "));
		put_episode(t, c->chain[n].effect);
		buf_puts(t->out, STR(", weight "));
		put_milli(t->out, c->chain[n].weight_milli);
		buf_printf(t->out, ": %.*s", STR_ARG(t->k->kb->links.v[c->chain[n].link].why));
	}
	buf_puts(t->out, STR("\n    score "));
	put_milli(t->out, c->score_milli);
	for (size_t n = 0; n < c->parts.n; n++) {
		const struct score_part *part = &c->parts.v[n];

		buf_puts(t->out, part->cap ? STR("\n      at most ") : part->milli < 0 ? STR("\n      -")
			: n ? STR("\n      +") : STR("\n      "));
		put_milli(t->out, abs(part->milli));
		buf_printf(t->out, " %.*s", STR_ARG(part->name));
		if (part->why.n)
			buf_printf(t->out, ": %.*s", STR_ARG(part->why));
	}
	if (c->beaten)
		buf_printf(t->out, "\n    failed: %.*s: something observed explains it in turn",
			STR_ARG(episode_signal(t->k->s, episode_at(t->k, c->root))->id));
	else if (i != f->chosen)
		buf_printf(t->out, "\n    failed: %.*s: %s",
			STR_ARG(episode_signal(t->k->s, episode_at(t->k, c->root))->id),
			f->chosen == SIZE_MAX ? "its score is too low" : "another cause scores better");
	buf_putc(t->out, '\n');
}

static int64_t gap_of(const struct episode *cause, const struct episode *effect)
{
	return cause->fact || effect->fact ? 0 : effect->start_100ns - cause->start_100ns;
}

static void nearer(struct correlator *k, struct miss *best, uint32_t link, uint32_t cause,
	uint32_t effect)
{
	const struct link *l = &k->kb->links.v[link];
	int64_t gap = gap_of(episode_at(k, cause), episode_at(k, effect));
	bool fits = gap <= l->within_100ns && -gap <= l->after_100ns;

	if (best->found && (best->time_fits > fits ||
				   (best->time_fits == fits && llabs(best->gap_100ns) <= llabs(gap))))
		return;
	*best = (struct miss){ cause, effect, link, gap, true, fits };
}

struct skipped {
	uint32_t effects[8];         /* signals to which a link holds already */
	size_t n;
};

static bool is_skipped(const struct skipped *skip, uint32_t effect)
{
	for (size_t i = 0; i < skip->n; i++)
		if (skip->effects[i] == effect)
			return true;
	return false;
}

/* Of all links from the root: the pair of episodes that came closest. */
static struct miss nearest_miss(struct trace *t, uint32_t signal, const struct skipped *skip)
{
	struct correlator *k = t->k;
	struct miss best = { 0 };
	size_t end, first = episodes_of(k->s, signal, &end);

	for (uint32_t l = 0; l < k->kb->links.n; l++) {
		const struct link *link = &k->kb->links.v[l];
		bool leads = false;

		for (size_t i = 0; i < link->causes.n; i++)
			leads |= link->causes.v[i] == signal;
		for (size_t i = 0; leads && i < link->effects.n; i++) {
			size_t to, e = episodes_of(k->s, link->effects.v[i], &to);

			for (; e < to && !is_skipped(skip, link->effects.v[i]); e++)
				for (size_t c = first; c < end && (!t->pairs_max || t->pairs++ < t->pairs_max); c++)
					nearer(k, &best, l, (uint32_t)c, (uint32_t)e);
		}
	}
	return best;
}

static void put_joins(const struct trace *t, const struct link *l)
{
	for (size_t i = 0; i < l->joins.n; i++) {
		buf_puts(t->out, i ? STR(" or ") : STR(""));
		for (size_t n = 0; n < l->joins.v[i].same.n; n++)
			buf_printf(t->out, "%s%.*s", n ? "+" : "same ", STR_ARG(l->joins.v[i].same.v[n]));
		if (l->joins.v[i].guest)
			buf_puts(t->out, STR("host and guest"));
	}
}

static bool holds(const struct trace *t, const struct miss *miss)
{
	struct edge edge;

	return miss->found && !is_background(t->k, miss->cause) &&
	       edge_between(t->k, miss->link, miss->cause, miss->effect, &edge);
}

/* False where nothing came near. */
static bool put_miss(const struct trace *t, uint32_t signal, const struct miss *near)
{
	const struct miss miss = *near;
	const struct link *l;

	if (!miss.found)
		return false;
	l = &t->k->kb->links.v[miss.link];
	buf_printf(t->out, "  failed: %.*s -> %.*s: ", STR_ARG(t->k->kb->signals.v[signal].id),
		STR_ARG(episode_signal(t->k->s, episode_at(t->k, miss.effect))->id));
	if (is_background(t->k, miss.cause)) {
		buf_puts(t->out, STR("it comes as often away from failures as before them\n"));
	} else if (holds(t, near)) {
		buf_puts(t->out, STR("the link holds, but no impact lies behind it\n"));
	} else if (!miss.time_fits) {
		buf_duration(t->out, llabs(miss.gap_100ns));
		buf_puts(t->out, miss.gap_100ns < 0 ? STR(" after") : STR(" before"));
		buf_puts(t->out, STR(" it; allowed are "));
		buf_duration(t->out, miss.gap_100ns < 0 ? l->after_100ns : l->within_100ns);
		buf_putc(t->out, '\n');
	} else {
		buf_puts(t->out, STR("nothing joins them; needed: "));
		put_joins(t, l);
		buf_putc(t->out, '\n');
	}
	return true;
}

/* What held and led nowhere is told once, and beside it what came nearest of the rest. */
static void trace_miss(struct trace *t, uint32_t signal)
{
	struct skipped skip = { .n = 0 };
	struct miss first = nearest_miss(t, signal, &skip), miss = first;

	if (!put_miss(t, signal, &first))
		buf_printf(t->out, "  failed: %.*s: seen, but nothing that it could cause was\n",
			STR_ARG(t->k->kb->signals.v[signal].id));
	if (!holds(t, &first))
		return;
	while (holds(t, &miss) && skip.n < sizeof(skip.effects) / sizeof(*skip.effects)) {
		skip.effects[skip.n++] = episode_at(t->k, miss.effect)->signal;
		miss = nearest_miss(t, signal, &skip);
	}
	if (!holds(t, &miss))
		put_miss(t, signal, &miss);
}

static void trace_roots(struct trace *t, const struct rule *rule)
{
	for (size_t i = 0; i < rule->roots.n; i++) {
		uint32_t signal = rule->roots.v[i];
		size_t end, first = episodes_of(t->k->s, signal, &end);

		if (first < end) {
			trace_miss(t, signal);
			continue;
		}
		buf_printf(t->out, "  failed: %.*s: ", STR_ARG(t->k->kb->signals.v[signal].id));
		if (t->k->s->below_count[signal])
			buf_printf(t->out, "only %llu record%s, too few to count\n",
				(unsigned long long)t->k->s->below_count[signal],
				t->k->s->below_count[signal] == 1 ? "" : "s");
		else
			buf_puts(t->out, STR("not seen\n"));
	}
}

/* The best way that each rule of a cause found to one failure, or what the rule lacked. */
static void trace_cause(struct trace *t, const struct failure *f, struct str cause)
{
	for (size_t i = 0; i < t->k->kb->rules.n && t->out->n < TRACE_BYTES_MAX; i++) {
		const struct rule *rule = &t->k->kb->rules.v[i];
		size_t n = 0;

		if (!str_eq(rule->cause, cause))
			continue;
		while (n < f->candidates.n && f->candidates.v[n].rule != rule)
			n++;
		if (n == f->candidates.n && !rule->roots.n)
			continue;
		buf_printf(t->out, "rule %.*s\n", STR_ARG(rule->id));
		if (n < f->candidates.n)
			trace_candidate(t, f, n);
		else
			trace_roots(t, rule);
	}
}

struct str trace_incident(struct correlator *k, const struct failure *f, const struct incident *in)
{
	struct buf out = { 0 };
	struct trace t = { .k = k, .out = &out, .pairs_max = PAIRS_MAX };
	struct str kept;

	trace_cause(&t, f, in->cause);
	for (size_t i = 0; i < in->rivals.n; i++)
		trace_cause(&t, f, in->rivals.v[i].cause);
	kept = arena_str(k->a, buf_str(&out));
	buf_free(&out);
	return kept;
}

struct trace_giving {
	struct trace t;
	void (*take)(void *to, const struct trace_row *row);
	void *to;
};

static void give_row(struct trace_giving *g, const struct rule *rule, const struct failure *f,
	const struct candidate *c)
{
	uint32_t vm = f ? episode_vm(g->t.k->s, episode_at(g->t.k, f->impact)) : MAP_NONE;
	struct trace_row row = { .cause = rule->cause, .rule = rule->id, .text = buf_str(g->t.out),
		.linked = c && c->links, .lacked = !f };

	if (vm != MAP_NONE)
		row.vm = entity_name(g->t.k->s->en, vm);
	g->take(g->to, &row);
	g->t.out->n = 0;
}

static void give_rule(struct trace_giving *g, const struct rule *rule)
{
	for (size_t i = 0; i < g->t.k->failures.n; i++) {
		const struct failure *f = &g->t.k->failures.v[i];

		for (size_t n = 0; n < f->candidates.n; n++)
			if (f->candidates.v[n].rule == rule) {
				trace_candidate(&g->t, f, n);
				give_row(g, rule, f, &f->candidates.v[n]);
			}
	}
	trace_roots(&g->t, rule);
	give_row(g, rule, NULL, NULL);
}

int correlate_trace(const struct knowledge *kb, const struct case_file *c, struct str cause,
	void (*take)(void *to, const struct trace_row *row), void *to, struct err *e)
{
	struct result r = { .a = arena_new() };
	struct correlator k;
	struct buf out = { 0 };
	struct trace_giving g = { { .k = &k, .out = &out, .pairs_max = cause.n ? 0 : PAIRS_MAX * 20 }, take, to };
	bool any = !cause.n;

	correlator_run(&k, kb, c, &r);
	for (size_t i = 0; i < kb->rules.n; i++) {
		const struct rule *rule = &kb->rules.v[i];

		if (cause.n && !str_eq(rule->cause, cause) && !str_eq(rule->id, cause))
			continue;
		any = true;
		give_rule(&g, rule);
	}
	correlator_free(&k);
	result_free(&r);
	buf_free(&out);
	return any ? 0 : err_set(e, E_USAGE, "no rule concludes '%.*s'", STR_ARG(cause));
}

void trace_tell(void *telling, const struct trace_row *row)
{
	struct trace_telling *t = telling;

	if (!t->within)
		buf_printf(&t->out, "rule %.*s\n", STR_ARG(row->rule));
	if (row->lacked ? !t->linked : !t->vm.n || str_ieq(row->vm, t->vm)) {
		buf_puts(&t->out, row->text);
		t->linked |= row->linked;
	}
	t->within = !row->lacked;
	t->linked &= t->within;
}
