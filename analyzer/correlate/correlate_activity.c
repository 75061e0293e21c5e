/* SPDX-License-Identifier: Apache-2.0 */
/* What had a start and an end: each start with the first end of the same thing. */
#include <stdlib.h>

#include "analyzer/correlate/correlate_parts.h"

#define ACTIVITIES_MAX 20000

/* Of two that begin together, the one that says that something failed. */
static bool comes_first(const struct correlator *k, const struct episode *a, const struct episode *b)
{
	if (a->start_100ns != b->start_100ns)
		return a->start_100ns < b->start_100ns;
	return episode_signal(k->s, a)->impact && !episode_signal(k->s, b)->impact;
}

/* The first episode of these signals, of the same thing, that begins in [from, until]. */
static uint32_t first_of(const struct correlator *k, const struct signal_refs *refs,
	const struct episode *start, int64_t from_100ns, int64_t until_100ns)
{
	uint32_t found = UINT32_MAX;

	for (size_t i = 0; i < refs->n; i++) {
		size_t end, at = episodes_of(k->s, refs->v[i], &end);

		for (at = later_than(k, at, end, from_100ns); at < end; at++) {
			const struct episode *e = episode_at(k, (uint32_t)at);

			if (e->start_100ns > until_100ns)
				break;
			if (e == start || e->fact || !same_object(k, start, e))
				continue;
			if (found == UINT32_MAX || comes_first(k, e, episode_at(k, found)))
				found = (uint32_t)at;
			break;
		}
	}
	return found;
}

static void place_in_lane(struct correlator *k, const struct kb_activity *kind,
	const struct episode *from, const struct episode *to, struct activity *a)
{
	for (size_t i = 0; i < kind->lane.n; i++) {
		enum entity_type t = entity_type(kind->lane.v[i]);
		uint32_t entity = t == ENTITY_VM ? episode_vm(k->s, from) : episode_entity(k->s, from, t);

		if (entity == MAP_NONE && to)
			entity = t == ENTITY_VM ? episode_vm(k->s, to) : episode_entity(k->s, to, t);
		if (entity == MAP_NONE)
			continue;
		a->lane = kind->lane.v[i];
		a->on = arena_str(k->a, entity_name(k->s->en, entity));
		return;
	}
	a->lane = STR("host");
	a->on = a->host;
}

static void tell_activity(struct correlator *k, const struct kb_activity *kind, uint32_t start)
{
	const struct episode *from = episode_at(k, start);
	int64_t until = from->start_100ns + kind->longest_100ns;
	uint32_t again = first_of(k, &kind->from, from, from->start_100ns + 1, until), end;
	struct buf b = { 0 };
	struct activity a = { .name = kind->name, .start_100ns = from->start_100ns,
		.end_100ns = TIME_NONE, .outage = kind->outage, .from = from->ref,
		.to = { .segment = UINT32_MAX }, .host = case_host_name(k->c, from->host) };

	/* What begins anew before an end was seen has lost its end. */
	if (again != UINT32_MAX)
		until = episode_at(k, again)->start_100ns - 1;
	end = first_of(k, &kind->to, from, from->start_100ns, until);
	if (end != UINT32_MAX) {
		const struct episode *to = episode_at(k, end);

		a.end_100ns = to->start_100ns;
		a.to = to->ref;
		a.failed = episode_signal(k->s, to)->impact;
	}
	place_in_lane(k, kind, from, end == UINT32_MAX ? NULL : episode_at(k, end), &a);
	episode_title(k->s, from, &b);
	a.title = arena_str(k->a, buf_str(&b));
	buf_free(&b);
	vec_push(&k->out->activities, a);
}

static int by_start(const void *a, const void *b)
{
	const struct activity *x = a, *y = b;
	int order;

	if (x->start_100ns != y->start_100ns)
		return x->start_100ns < y->start_100ns ? -1 : 1;
	order = str_cmp(x->lane, y->lane);
	if (!order)
		order = str_cmp(x->on, y->on);
	if (!order)
		order = str_cmp(x->name, y->name);
	return order ? order : str_cmp(x->host, y->host);
}

void tell_activities(struct correlator *k)
{
	for (size_t i = 0; i < k->kb->activities.n; i++) {
		const struct kb_activity *kind = &k->kb->activities.v[i];

		for (size_t f = 0; f < kind->from.n; f++) {
			size_t end, at = episodes_of(k->s, kind->from.v[f], &end);

			for (; at < end && k->out->activities.n < ACTIVITIES_MAX; at++)
				if (!episode_at(k, (uint32_t)at)->fact)
					tell_activity(k, kind, (uint32_t)at);
		}
	}
	if (k->out->activities.n)
		qsort(k->out->activities.v, k->out->activities.n, sizeof(*k->out->activities.v), by_start);
}
