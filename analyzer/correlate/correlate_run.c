/* SPDX-License-Identifier: Apache-2.0 */
/* The first half of a correlation: each failure, and the best way to each cause that explains it. */
#include <stdlib.h>

#include "analyzer/correlate/correlate_parts.h"

#define CAP_UNDECIDED 600
#define UNDECIDED_WITHIN 50

static void index_links(struct correlator *k)
{
	k->by_effect = xmalloc((k->kb->signals.n + 1) * sizeof(*k->by_effect));
	memset(k->by_effect, 0, (k->kb->signals.n + 1) * sizeof(*k->by_effect));
	for (uint32_t i = 0; i < k->kb->links.n; i++) {
		const struct signal_refs *effects = &k->kb->links.v[i].effects;

		for (size_t e = 0; e < effects->n; e++)
			vec_push(&k->by_effect[effects->v[e]], i);
	}
}

static void measure_episodes(struct correlator *k)
{
	size_t n = k->s->episodes.n + 1;

	k->edges = xmalloc(n * sizeof(*k->edges));
	k->own_edges = xmalloc(n * sizeof(*k->own_edges));
	memset(k->own_edges, 0, n * sizeof(*k->own_edges));
	k->background = xmalloc(n);
	k->told = xmalloc(n);
	k->node_at = xmalloc(n * sizeof(*k->node_at));
	k->longest_100ns = xmalloc((k->kb->signals.n + 1) * sizeof(*k->longest_100ns));
	memset(k->edges, 0, n * sizeof(*k->edges));
	memset(k->background, 0, n);
	memset(k->told, 0, n);
	memset(k->node_at, 0, n * sizeof(*k->node_at));
	memset(k->longest_100ns, 0, (k->kb->signals.n + 1) * sizeof(*k->longest_100ns));
	for (size_t i = 0; i < k->s->rows.n; i++)
		if (2 * k->s->rows.v[i].doubt_100ns > k->doubt_100ns)
			k->doubt_100ns = 2 * k->s->rows.v[i].doubt_100ns;
	for (size_t i = 0; i < k->s->episodes.n; i++) {
		const struct episode *e = &k->s->episodes.v[i];
		int64_t length = e->end_100ns - e->start_100ns;

		if (length > k->longest_100ns[e->signal])
			k->longest_100ns[e->signal] = length;
	}
}

static bool retried(const struct correlator *k, const struct episode *e)
{
	const struct signal *signal = episode_signal(k->s, e);

	if (!signal->retry_100ns || e->fact)
		return false;
	for (size_t i = 0; i < signal->success.n; i++) {
		size_t end, n = episodes_of(k->s, signal->success.v[i], &end);

		for (; n < end; n++) {
			const struct episode *good = &k->s->episodes.v[n];
			int64_t until = e->end_100ns + signal->retry_100ns, at;

			if (good->fact || good->start_100ns > until)
				continue;
			at = episode_row_before(k->s, good, until)->time_100ns;
			if (at > e->end_100ns && makes_good(k, e, good))
				return true;
		}
	}
	return false;
}

static bool is_root_of_rule(const struct correlator *k, uint32_t signal)
{
	for (size_t i = 0; i < k->kb->rules.n; i++)
		for (size_t r = 0; r < k->kb->rules.v[i].roots.n; r++)
			if (k->kb->rules.v[i].roots.v[r] == signal)
				return true;
	return false;
}

static int by_time(const void *a, const void *b, void *with)
{
	const struct failure *x = a, *y = b;
	const struct correlator *k = with;
	int64_t p = episode_at(k, x->impact)->start_100ns, q = episode_at(k, y->impact)->start_100ns;

	if (p != q)
		return p < q ? -1 : 1;
	return x->impact < y->impact ? -1 : x->impact > y->impact;
}

static void list_failures(struct correlator *k)
{
	for (uint32_t i = 0; i < k->s->episodes.n; i++) {
		const struct signal *signal = episode_signal(k->s, episode_at(k, i));

		if (!signal->impact && !(signal->standing && is_root_of_rule(k, episode_at(k, i)->signal)))
			continue;
		if (retried(k, episode_at(k, i))) {
			vec_push(&k->cancelled, i);
			continue;
		}
		vec_push(&k->failures, (struct failure){ .impact = i, .chosen = SIZE_MAX });
	}
	if (k->failures.n)
		qsort_r(k->failures.v, k->failures.n, sizeof(*k->failures.v), by_time, k);
	for (uint32_t i = 0; i < k->failures.n; i++)
		k->failures.v[i].group = i;
}

/* Two causes that score alike: the better one is named, but neither is believed. */
static void cap_undecided(struct failure *f)
{
	struct candidate *best = f->chosen == SIZE_MAX ? NULL : &f->candidates.v[f->chosen];
	int least = best ? best->score_milli - UNDECIDED_WITHIN : 0;
	bool undecided = false;

	for (size_t i = 0; best && i < f->candidates.n; i++) {
		struct candidate *c = &f->candidates.v[i];

		if (c == best || c->beaten || str_eq(c->rule->cause, best->rule->cause) ||
			c->score_milli < least)
			continue;
		undecided = true;
		if (c->score_milli > CAP_UNDECIDED)
			c->score_milli = CAP_UNDECIDED;
	}
	if (!undecided)
		return;
	add_part(best, STR("cap: undecided"), STR("another cause explains it as well"), CAP_UNDECIDED,
		true);
	if (best->score_milli > CAP_UNDECIDED)
		best->score_milli = CAP_UNDECIDED;
}

void correlator_run(struct correlator *k, const struct knowledge *kb, const struct case_file *c,
	struct result *out)
{
	*k = (struct correlator){ .kb = kb, .c = c, .a = out->a, .out = out };
	k->s = sightings_find(kb, c);
	index_links(k);
	measure_episodes(k);
	list_failures(k);
	for (size_t i = 0; i < k->failures.n; i++) {
		explain(k, &k->failures.v[i]);
		cap_undecided(&k->failures.v[i]);
	}
}

void correlator_free(struct correlator *k)
{
	for (size_t i = 0; i < k->s->episodes.n; i++) {
		free(k->edges[i].v);
		free(k->own_edges[i].v);
	}
	for (size_t i = 0; i < k->kb->signals.n; i++)
		free(k->by_effect[i].v);
	for (size_t i = 0; i < k->failures.n; i++) {
		struct failure *f = &k->failures.v[i];

		for (size_t n = 0; n < f->candidates.n; n++) {
			free(f->candidates.v[n].parts.v);
			free(f->candidates.v[n].supports.v);
			free(f->candidates.v[n].against.v);
			free(f->candidates.v[n].absences.v);
			free(f->candidates.v[n].unseen.v);
		}
		free(f->candidates.v);
		free(f->between.v);
	}
	free(k->edges);
	free(k->own_edges);
	free(k->background);
	free(k->told);
	free(k->node_at);
	free(k->longest_100ns);
	free(k->by_effect);
	free(k->failures.v);
	free(k->cancelled.v);
	sightings_free(k->s);
}
