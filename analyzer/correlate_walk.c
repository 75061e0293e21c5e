/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an impact back to its root. Links are stepped by weight: of all ways to an episode the one
 * whose weakest link is strongest counts. An episode that something observed explains is no root.
 */
#include <stdlib.h>

#include "analyzer/correlate_parts.h"

#define NODES_MAX 400
#define SAME_SIGNAL_MAX 4    /* causes of one signal for one effect: best joined, then nearest */
#define AWAY_MIN 3
#define TWIN_WITHIN TICKS_MINUTE
#define TWIN_MILLI 850
#define STORY_MILLI 50       /* so much weaker may a longer, better told chain be */

static int by_weight(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;
	int64_t p = llabs(x->gap_100ns), q = llabs(y->gap_100ns);

	if (x->weight_milli != y->weight_milli)
		return x->weight_milli > y->weight_milli ? -1 : 1;
	if (p != q)
		return p < q ? -1 : 1;
	return x->cause < y->cause ? -1 : x->cause > y->cause;
}

/* The episodes of `signal` that this link may step to. */
static void edges_of_signal(struct correlator *k, uint32_t link, uint32_t signal, uint32_t effect,
	struct edges *out)
{
	const struct link *l = &k->kb->links.v[link];
	const struct episode *to = episode_at(k, effect);
	int64_t slack = l->within_100ns + l->after_100ns + k->longest_100ns[signal] + TICKS_DAY;
	size_t from = out->n, end, i = episodes_of(k->s, signal, &end);

	for (; i < end; i++) {
		const struct episode *e = &k->s->episodes.v[i];
		struct edge edge;

		if (!e->fact && !to->fact && llabs(to->start_100ns - e->start_100ns) > slack)
			continue;
		if (edge_between(k, link, (uint32_t)i, effect, &edge) && !is_background(k, (uint32_t)i))
			vec_push(out, edge);
	}
	if (out->n - from > 1)
		qsort(out->v + from, out->n - from, sizeof(*out->v), by_weight);
	if (out->n - from > SAME_SIGNAL_MAX)
		out->n = from + SAME_SIGNAL_MAX;
}

static const struct edges *own_edges(struct correlator *k, uint32_t episode)
{
	struct edges *out = &k->own_edges[episode];
	uint32_t signal = episode_at(k, episode)->signal;

	if (out->known)
		return out;
	out->known = true;
	for (size_t i = 0; i < k->by_effect[signal].n; i++) {
		uint32_t link = k->by_effect[signal].v[i];
		const struct signal_refs *causes = &k->kb->links.v[link].causes;

		for (size_t c = 0; c < causes->n; c++)
			edges_of_signal(k, link, causes->v[c], episode, out);
	}
	return out;
}

/* The same happening as another host saw it: one signal, one shared thing, moments apart. */
static bool is_twin(const struct correlator *k, const struct episode *a, const struct episode *b)
{
	static const enum entity_type types[] = { ENTITY_CSV, ENTITY_TARGET, ENTITY_NODE,
		ENTITY_CLUSTER };
	uint32_t entity;

	if (a->host == b->host || a->fact || b->fact ||
		llabs(a->start_100ns - b->start_100ns) > TWIN_WITHIN)
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (episodes_share(k->s, a, b, types[i], &entity))
			return true;
	return false;
}

static bool has_cause(const struct edges *list, uint32_t cause)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].cause == cause)
			return true;
	return false;
}

/* What explains a happening on one host explains it on the others. */
static void add_twins(struct correlator *k, uint32_t episode, struct edges *out)
{
	const struct episode *e = episode_at(k, episode);
	size_t end, i = episodes_of(k->s, e->signal, &end);

	for (; i < end; i++) {
		const struct edges *theirs;

		if (!is_twin(k, e, &k->s->episodes.v[i]))
			continue;
		theirs = own_edges(k, (uint32_t)i);
		for (size_t n = 0; n < theirs->n; n++) {
			struct edge edge = theirs->v[n];

			if (edge.cause == episode || has_cause(out, edge.cause))
				continue;
			edge.effect = episode;
			edge.twin = true;
			edge.host_only = false;
			edge.same_row = false;
			if (edge.timed)
				edge.gap_100ns = e->start_100ns - edge.cause_100ns;
			if (edge.weight_milli > TWIN_MILLI)
				edge.weight_milli = TWIN_MILLI;
			vec_push(out, edge);
		}
	}
}

const struct edges *edges_into(struct correlator *k, uint32_t episode)
{
	struct edges *out = &k->edges[episode];
	const struct edges *own;

	if (out->known)
		return out;
	own = own_edges(k, episode);
	out->known = true;
	for (size_t i = 0; i < own->n; i++)
		vec_push(out, own->v[i]);
	add_twins(k, episode, out);
	return out;
}

/* The longest span in which an effect of the signal may follow, twice over for what lies between. */
static int64_t reach_of(const struct correlator *k, uint32_t signal)
{
	int64_t reach = 15 * TICKS_MINUTE;

	for (size_t i = 0; i < k->kb->links.n; i++) {
		const struct link *l = &k->kb->links.v[i];

		for (size_t c = 0; c < l->causes.n; c++)
			if (l->causes.v[c] == signal && l->within_100ns > reach)
				reach = l->within_100ns;
	}
	return 2 * reach;
}

struct spans {
	int64_t inside, total;
	int64_t n_inside, n_away;
};

static bool near_impact(const struct correlator *k, int64_t at, int64_t reach)
{
	for (size_t i = 0; i < k->failures.n; i++) {
		const struct episode *e = episode_at(k, k->failures.v[i].impact);

		if (!e->fact && at >= e->start_100ns - reach && at <= e->end_100ns + TICKS_MINUTE)
			return true;
	}
	return false;
}

/* How long the windows before the impacts are together. Failures are sorted by time. */
static int64_t inside_span(const struct correlator *k, int64_t reach)
{
	int64_t sum = 0, upto = INT64_MIN;

	for (size_t i = 0; i < k->failures.n; i++) {
		const struct episode *e = episode_at(k, k->failures.v[i].impact);
		int64_t from = e->start_100ns - reach, to = e->end_100ns + TICKS_MINUTE;

		if (e->fact)
			continue;
		if (from < upto)
			from = upto;
		if (to > from) {
			sum += to - from;
			upto = to;
		}
	}
	return sum;
}

static bool find_background(struct correlator *k, uint32_t episode)
{
	const struct episode *e = episode_at(k, episode);
	const struct signal *signal = episode_signal(k->s, e);
	int64_t reach = reach_of(k, e->signal);
	struct spans n = { 0 };
	size_t end, i = episodes_of(k->s, e->signal, &end);

	if (e->fact || signal->impact || k->c->first_100ns == TIME_NONE)
		return false;
	for (; i < end; i++) {
		const struct episode *other = &k->s->episodes.v[i];

		if (other->host != e->host || other->fact)
			continue;
		if (near_impact(k, other->start_100ns, reach))
			n.n_inside++;
		else
			n.n_away++;
	}
	if (n.n_away < AWAY_MIN)
		return false;
	n.total = k->c->last_100ns - k->c->first_100ns;
	n.inside = inside_span(k, reach);
	if (n.inside >= n.total)
		return false;
	/* Twice the rate: what comes at all times is near some impact by chance. */
	return (double)n.n_inside * (double)(n.total - n.inside) <=
	       2.0 * (double)n.n_away * (double)n.inside;
}

bool is_background(struct correlator *k, uint32_t episode)
{
	const struct episode *e = episode_at(k, episode);
	size_t end, i = episodes_of(k->s, e->signal, &end);
	int8_t is;

	if (k->background[episode])
		return k->background[episode] > 0;
	is = find_background(k, episode) ? 1 : -1;
	for (; i < end; i++)   /* the answer is that of the signal on this host */
		if (k->s->episodes.v[i].host == e->host && k->s->episodes.v[i].fact == e->fact)
			k->background[i] = is;
	return is > 0;
}

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

static int64_t onset_or_first(const struct correlator *k, uint32_t episode)
{
	return episode_onset(episode_at(k, episode));   /* TIME_NONE sorts before all */
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
				onset_or_first(k, y->root) >= onset_or_first(k, x->root))
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
	int64_t p = onset_or_first(k, x->root), q = onset_or_first(k, y->root);

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
		find_between(k, f, &w);
	}
	for (size_t i = 0; i < w.n; i++)
		k->node_at[w.v[i].episode] = 0;
	free(w.v);
}
