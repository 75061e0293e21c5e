/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an impact back to its root. Links are stepped by weight: of all ways to an episode the one
 * whose weakest link is strongest counts. An episode that something observed explains is no root.
 */
#include <stdlib.h>

#include "analyzer/correlate/correlate_parts.h"

#define NODES_MAX 400
#define STORY_MILLI 50       /* so much weaker may a longer, better told chain be */

struct node {
	uint32_t episode, parent;    /* parent: index of the node it was stepped from */
	size_t depth;
	int weight_milli;            /* the weakest link on the way */
	struct edge edge;            /* into the parent */
	bool done;
};

struct walk {
	struct node *v;
	size_t n;
	uint32_t *at;                /* of each episode: its node + 1, 0 = none */
};

static size_t node_of(const struct walk *w, uint32_t episode)
{
	return w->at[episode] ? w->at[episode] - 1 : w->n;
}

static void reach_node(struct walk *w, size_t from, const struct edge *edge)
{
	int weight = edge->weight_milli < w->v[from].weight_milli ? edge->weight_milli
								  : w->v[from].weight_milli;
	size_t at = node_of(w, edge->cause);

	if (w->v[from].depth == DEPTH_MAX || (at == w->n && w->n == NODES_MAX))
		return;
	if (at < w->n && (w->v[at].done || w->v[at].weight_milli >= weight))
		return;
	if (at == w->n)
		w->at[edge->cause] = (uint32_t)++w->n;
	w->v[at] = (struct node){ .episode = edge->cause, .parent = (uint32_t)from,
		.depth = w->v[from].depth + 1, .weight_milli = weight, .edge = *edge };
}

/* The strongest node not yet stepped from; of equals the one nearer to the impact. */
static size_t next_node(const struct walk *w)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < w->n; i++) {
		const struct node *x = &w->v[i], *y = best == SIZE_MAX ? NULL : &w->v[best];

		if (x->done)
			continue;
		if (!y || x->weight_milli > y->weight_milli ||
			(x->weight_milli == y->weight_milli &&
				(x->depth < y->depth || (x->depth == y->depth && x->episode < y->episode))))
			best = i;
	}
	return best;
}

static void walk_back(struct correlator *k, uint32_t impact, struct walk *w)
{
	size_t at;

	w->v = xmalloc(NODES_MAX * sizeof(*w->v));
	w->v[0] = (struct node){ .episode = impact, .weight_milli = 1000 };
	w->n = 1;
	w->at = k->node_at;
	w->at[impact] = 1;
	while ((at = next_node(w)) != SIZE_MAX) {
		const struct edges *edges = edges_into(k, w->v[at].episode);

		w->v[at].done = true;
		for (size_t i = 0; i < edges->n; i++)
			reach_node(w, at, &edges->v[i]);
	}
}

/* Whether the way from the impact to `at` leads over `over`. */
static bool passes(const struct walk *w, size_t at, size_t over)
{
	for (; at; at = w->v[at].parent)
		if (at == over)
			return true;
	return false;
}

static bool rule_fits(const struct correlator *k, const struct rule *rule, uint32_t root,
	uint32_t impact)
{
	const struct signal *end = episode_signal(k->s, episode_at(k, impact));
	bool fits = false;

	for (size_t i = 0; i < rule->roots.n && !fits; i++)
		fits = rule->roots.v[i] == episode_at(k, root)->signal;
	if (!fits || !rule->reached.n)
		return fits;
	for (size_t i = 0; i < rule->reached.n; i++)
		if (str_eq(rule->reached.v[i], end->operation) || str_eq(rule->reached.v[i], end->id))
			return true;
	return false;
}

/* The way over one more episode that the root caused on its way to the impact. */
static size_t longer_way(struct correlator *k, const struct walk *w, size_t root, struct edge *step)
{
	const struct node *direct = &w->v[root];
	int least = direct->edge.host_only ? FLOOR_MILLI : direct->weight_milli - STORY_MILLI;
	size_t best = SIZE_MAX;
	int best_weight = 0;

	for (size_t i = 1; i < w->n; i++) {
		const struct edges *edges = edges_into(k, w->v[i].episode);

		if (i == root || w->v[i].depth > DEPTH_MAX - 1 || passes(w, i, root))
			continue;
		for (size_t n = 0; n < edges->n; n++) {
			const struct edge *e = &edges->v[n];
			int weight = e->weight_milli < w->v[i].weight_milli ? e->weight_milli
									    : w->v[i].weight_milli;

			if (e->cause != direct->episode || weight < least || weight <= best_weight)
				continue;
			best = i;
			best_weight = weight;
			*step = *e;
		}
	}
	return best;
}

/* A chain of one link is told over what lies between, where that joins about as well. */
static void put_chain(struct correlator *k, const struct walk *w, size_t at, struct candidate *c)
{
	size_t from = w->v[at].depth == 1 ? longer_way(k, w, at, &c->chain[DEPTH_MAX - 1]) : SIZE_MAX;
	struct edge last = c->chain[DEPTH_MAX - 1];

	if (from != SIZE_MAX)
		at = from;
	c->links = w->v[at].depth;
	for (size_t n = at, i = c->links; i-- > 0; n = w->v[n].parent)
		c->chain[i] = w->v[n].edge;
	if (from != SIZE_MAX)
		c->chain[c->links++] = last;
}

static void add_candidates(struct correlator *k, struct failure *f, const struct walk *w, size_t at)
{
	for (size_t r = 0; r < k->kb->rules.n; r++) {
		struct candidate c = { .rule = &k->kb->rules.v[r], .root = w->v[at].episode };

		if (!rule_fits(k, c.rule, c.root, f->impact))
			continue;
		put_chain(k, w, at, &c);
		score(k, f, &c);
		vec_push(&f->candidates, c);
	}
}

/* Marks what lies further back than `from`. */
static void mark_behind(struct correlator *k, const struct walk *w, size_t from, bool *behind)
{
	const struct edges *edges = edges_into(k, w->v[from].episode);

	for (size_t i = 0; i < edges->n; i++) {
		size_t at = node_of(w, edges->v[i].cause);

		if (at == w->n || behind[at])
			continue;
		behind[at] = true;
		mark_behind(k, w, at, behind);
	}
}

/* A state of unknown age is taken as being as young as its sight. */
static int64_t onset_or_sight(const struct correlator *k, uint32_t episode)
{
	const struct episode *e = episode_at(k, episode);

	return episode_onset(e) == TIME_NONE ? e->observed_100ns : episode_onset(e);
}

/* In a cycle each lies behind the other; then the earlier one explains the later. */
static void beat(struct correlator *k, struct failure *f, const struct walk *w)
{
	bool *behind = xmalloc(w->n * w->n);

	memset(behind, 0, w->n * w->n);
	for (size_t i = 0; i < f->candidates.n; i++) {
		size_t at = node_of(w, f->candidates.v[i].root);

		mark_behind(k, w, at, behind + at * w->n);
	}
	for (size_t i = 0; i < f->candidates.n; i++)
		for (size_t j = 0; j < f->candidates.n; j++) {
			struct candidate *x = &f->candidates.v[i], *y = &f->candidates.v[j];
			size_t p = node_of(w, x->root), q = node_of(w, y->root);

			if (p == q || !behind[p * w->n + q])
				continue;
			if (behind[q * w->n + p] &&
				onset_or_sight(k, y->root) >= onset_or_sight(k, x->root))
				continue;
			if (y->score_milli >= WEAK_MILLI || y->score_milli >= x->score_milli)
				x->beaten = true;
		}
	free(behind);
}

static int by_score(const void *a, const void *b, void *with)
{
	const struct candidate *x = a, *y = b;
	const struct correlator *k = with;
	int64_t p = onset_or_sight(k, x->root), q = onset_or_sight(k, y->root);

	if (x->beaten != y->beaten)
		return x->beaten ? 1 : -1;
	if (x->score_milli != y->score_milli)
		return x->score_milli > y->score_milli ? -1 : 1;
	if (p != q)
		return p < q ? -1 : 1;
	if (x->rule != y->rule)
		return str_cmp(x->rule->id, y->rule->id);
	return x->root < y->root ? -1 : x->root > y->root;
}

static bool steps_to(struct correlator *k, const struct walk *w, size_t from, const bool *marked)
{
	const struct edges *edges = edges_into(k, w->v[from].episode);

	for (size_t i = 0; i < edges->n; i++) {
		size_t at = node_of(w, edges->v[i].cause);

		if (at < w->n && marked[at])
			return true;
	}
	return false;
}

/* What lies on some way from the impact to the chosen root, beside the chain itself. */
static void find_between(struct correlator *k, struct failure *f, const struct walk *w)
{
	bool *marked = xmalloc(w->n), more = true;
	size_t root = node_of(w, chosen_of(f)->root);

	memset(marked, 0, w->n);
	marked[root] = true;
	while (more) {
		more = false;
		for (size_t i = 1; i < w->n; i++) {
			if (marked[i] || !steps_to(k, w, i, marked))
				continue;
			marked[i] = more = true;
			vec_push(&f->between, w->v[i].episode);
		}
	}
	free(marked);
}

/*
 * To step further back within one cause takes nothing from what a nearer sight of it has shown: or
 * the confidence would fall with each event that is found.
 */
static void keep_nearer_score(struct failure *f)
{
	struct candidate *c = &f->candidates.v[0];

	for (size_t i = 1; i < f->candidates.n; i++) {
		struct candidate *near = &f->candidates.v[i];

		if (!str_eq(near->rule->cause, c->rule->cause) || near->score_milli <= c->score_milli)
			continue;
		c->score_milli = near->score_milli;
		c->parts.n = 0;
		for (size_t n = 0; n < near->parts.n; n++)
			vec_push(&c->parts, near->parts.v[n]);
	}
}

void explain(struct correlator *k, struct failure *f)
{
	struct walk w;

	walk_back(k, f->impact, &w);
	for (size_t i = 0; i < w.n; i++)
		add_candidates(k, f, &w, i);
	beat(k, f, &w);
	if (f->candidates.n)
		qsort_r(f->candidates.v, f->candidates.n, sizeof(*f->candidates.v), by_score, k);
	f->chosen = SIZE_MAX;
	if (f->candidates.n && f->candidates.v[0].score_milli >= FLOOR_MILLI - 50) {
		f->chosen = 0;
		keep_nearer_score(f);
		find_between(k, f, &w);
	}
	for (size_t i = 0; i < w.n; i++)
		k->node_at[w.v[i].episode] = 0;
	free(w.v);
}
