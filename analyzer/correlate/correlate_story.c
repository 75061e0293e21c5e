/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an incident's chain is told: to the failure that a person would call about, and over what lies
 * between a cause and its effect wherever links join that about as well as the short cut does.
 */
#include "analyzer/correlate/correlate_parts.h"

#define SHORTER_MILLI 50     /* so much weaker may a step of the longer way be */

/* How well a failure's way tells the incident: a VM's operation first, then the gravest. */
static int tells_well(const struct correlator *k, const struct failure *f)
{
	const struct episode *e = episode_at(k, f->impact);

	if (e->fact)
		return 0;
	return (episode_vm(k->s, e) != MAP_NONE ? 100 : 0) + (int)episode_signal(k->s, e)->severity;
}

/* The failure whose way from the same root is shown; the lead itself where none tells more. */
const struct failure *story_of(const struct correlator *k, const struct failure *lead,
	const uint32_t *list, size_t n)
{
	const struct failure *best = lead;

	for (size_t i = 0; i < n && chosen_of(lead); i++) {
		const struct failure *f = &k->failures.v[list[i]];

		if (!chosen_of(f) || root_of_failure(f) != root_of_failure(lead) ||
			chosen_of(f)->rule != chosen_of(lead)->rule)
			continue;
		/* Of equals the last: it is what the others led to, for failures are sorted by time. */
		if (tells_well(k, f) >= tells_well(k, best))
			best = f;
	}
	return best;
}

/* The best episode between a cause and its effect, and the two steps that lead over it. */
static bool over_what(struct correlator *k, const struct edge *e, int least, struct edge *first,
	struct edge *second)
{
	const struct edges *into = edges_into(k, e->effect);
	int best = least - 1;

	for (size_t i = 0; i < into->n; i++) {
		const struct edge *b = &into->v[i];
		const struct edges *before = edges_into(k, b->cause);

		for (size_t j = 0; j < before->n && b->cause != e->cause; j++) {
			const struct edge *a = &before->v[j];
			int weight = a->weight_milli < b->weight_milli ? a->weight_milli : b->weight_milli;

			if (a->cause != e->cause || weight <= best || a->gap_100ns < 0 || b->gap_100ns < 0)
				continue;
			best = weight;
			*first = *a;
			*second = *b;
		}
	}
	return best >= least;
}

static bool stands_there(const struct edge *steps, size_t n, uint32_t episode)
{
	for (size_t i = 0; i < n; i++)
		if (steps[i].effect == episode || steps[i].cause == episode)
			return true;
	return false;
}

/* Puts an episode between where one fits; the chain runs from the impact back to the root. */
static bool stretch(struct correlator *k, struct edge *steps, size_t *n, int least)
{
	struct edge first = { 0 }, second = { 0 };

	for (size_t i = 0; i < *n && *n < STORY_MAX; i++) {
		if (!over_what(k, &steps[i], least, &first, &second) ||
			stands_there(steps, *n, second.cause))
			continue;
		memmove(&steps[i + 2], &steps[i + 1], (*n - i - 1) * sizeof(*steps));
		steps[i] = second;
		steps[i + 1] = first;
		++*n;
		return true;
	}
	return false;
}

size_t story_chain(struct correlator *k, const struct failure *f, struct edge steps[STORY_MAX])
{
	const struct candidate *c = chosen_of(f);
	int least = 1000;
	size_t n = 0;

	for (; c && n < c->links; n++) {
		steps[n] = c->chain[n];
		if (steps[n].weight_milli < least)
			least = steps[n].weight_milli;
	}
	least = least - SHORTER_MILLI > FLOOR_MILLI ? least - SHORTER_MILLI : FLOOR_MILLI;
	while (stretch(k, steps, &n, least))
		;
	return n;
}
