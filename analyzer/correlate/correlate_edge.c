/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps back from one episode: what the links allow, what explains the same happening on other
 * hosts, and which signals are too common to step to.
 */
#include <stdlib.h>

#include "analyzer/correlate/correlate_parts.h"

#define SAME_SIGNAL_MAX 4    /* causes of one signal for one effect: best joined, then nearest */
#define AWAY_MIN 3
#define TWIN_WITHIN TICKS_MINUTE
#define TWIN_MILLI 850

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
	int64_t slack = l->within_100ns + l->after_100ns + k->longest_100ns[signal] + k->doubt_100ns;
	size_t from = out->n, end, i = episodes_of(k->s, signal, &end);

	for (; i < end; i++) {
		const struct episode *e = &k->s->episodes.v[i];
		struct edge edge;

		if (!e->fact && !to->fact && e->start_100ns < to->start_100ns - slack) {
			i = later_than(k, i, end, to->start_100ns - slack) - 1;
			continue;
		}
		if (!e->fact && !to->fact && e->start_100ns > to->start_100ns + slack)
			break;
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

	if (!e->fact)
		i = later_than(k, i, end, e->start_100ns - TWIN_WITHIN);
	for (; i < end && k->s->episodes.v[i].start_100ns <= e->start_100ns + TWIN_WITHIN; i++) {
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

/* How long the logs of a host run: another host's bundle does not stretch it. */
static int64_t span_of_host(const struct correlator *k, uint32_t host)
{
	int64_t from = k->c->last_100ns, to = k->c->first_100ns;

	for (size_t i = 0; i < k->c->coverage.n; i++) {
		const struct coverage *cov = &k->c->coverage.v[i];

		if (cov->host != host || cov->facts || cov->from_100ns == TIME_NONE)
			continue;
		from = cov->from_100ns < from ? cov->from_100ns : from;
		to = cov->to_100ns > to ? cov->to_100ns : to;
	}
	return to > from ? to - from : k->c->last_100ns - k->c->first_100ns;
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

		if (other->host != e->host || other->fact || disks_differ(k, e, other))
			continue;
		if (near_impact(k, other->start_100ns, reach))
			n.n_inside++;
		else
			n.n_away++;
	}
	if (n.n_away < AWAY_MIN)
		return false;
	n.total = span_of_host(k, e->host);
	n.inside = inside_span(k, reach);
	if (n.inside >= n.total)
		return false;
	/* Twice the rate: what comes at all times is near some impact by chance. */
	return (double)n.n_inside * (double)(n.total - n.inside) <=
	       2.0 * (double)n.n_away * (double)n.inside;
}

static bool names_disk(const struct correlator *k, const struct episode *e)
{
	return episode_entity(k->s, e, ENTITY_DISK) != MAP_NONE ||
	       episode_entity(k->s, e, ENTITY_PORT) != MAP_NONE ||
	       episode_entity(k->s, e, ENTITY_TARGET) != MAP_NONE;
}

static bool one_disk(const struct correlator *k, const struct episode *a, const struct episode *b)
{
	return names_disk(k, a) == names_disk(k, b) && !disks_differ(k, a, b);
}

bool is_background(struct correlator *k, uint32_t episode)
{
	const struct episode *e = episode_at(k, episode);
	size_t end, i = episodes_of(k->s, e->signal, &end);
	int8_t is;

	if (k->background[episode])
		return k->background[episode] > 0;
	is = find_background(k, episode) ? 1 : -1;
	for (; i < end; i++)   /* the answer is that of the signal on this host and disk */
		if (k->s->episodes.v[i].host == e->host && k->s->episodes.v[i].fact == e->fact &&
			one_disk(k, e, &k->s->episodes.v[i]))
			k->background[i] = is;
	k->background[episode] = is;
	return is > 0;
}
