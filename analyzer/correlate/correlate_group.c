/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which failures are one incident: those that share a root, those that lie on each other's way,
 * those of the same cause on the same thing close together, and unexplained ones that are but the
 * echo of an explained one.
 */
#include <stdlib.h>

#include "analyzer/correlate/correlate_parts.h"

#define SAME_CAUSE_WITHIN TICKS_HOUR
#define HAPPENING_WITHIN TICKS_MINUTE
#define ECHO_WITHIN (30 * TICKS_MINUTE)
#define UNEXPLAINED_WITHIN (10 * TICKS_MINUTE)

uint32_t group_of(const struct correlator *k, uint32_t failure)
{
	while (k->failures.v[failure].group != failure)
		failure = k->failures.v[failure].group;
	return failure;
}

static void put_together(struct correlator *k, uint32_t a, uint32_t b)
{
	uint32_t x = group_of(k, a), y = group_of(k, b);

	if (x < y)
		k->failures.v[y].group = x;
	else
		k->failures.v[x].group = y;
}

static void group_by_root(struct correlator *k)
{
	uint32_t *first = xmalloc((k->s->episodes.n + 1) * sizeof(*first));

	memset(first, 0, (k->s->episodes.n + 1) * sizeof(*first));
	for (uint32_t i = 0; i < k->failures.n; i++) {
		uint32_t root = root_of_failure(&k->failures.v[i]);

		if (first[root])
			put_together(k, first[root] - 1, i);
		else
			first[root] = i + 1;
	}
	free(first);
}

/* An impact that lies between another one and its root is a part of that. */
static void group_by_chain(struct correlator *k)
{
	uint32_t *of_impact = xmalloc((k->s->episodes.n + 1) * sizeof(*of_impact));

	memset(of_impact, 0, (k->s->episodes.n + 1) * sizeof(*of_impact));
	for (uint32_t i = 0; i < k->failures.n; i++)
		of_impact[k->failures.v[i].impact] = i + 1;
	for (uint32_t i = 0; i < k->failures.n; i++) {
		const struct failure *f = &k->failures.v[i];
		const struct candidate *c = chosen_of(f);

		for (size_t n = 0; c && n < c->links; n++)
			if (of_impact[c->chain[n].cause])
				put_together(k, i, of_impact[c->chain[n].cause] - 1);
		for (size_t n = 0; n < f->between.n; n++)
			if (of_impact[f->between.v[n]])
				put_together(k, i, of_impact[f->between.v[n]] - 1);
	}
	free(of_impact);
}

static void meet(struct correlator *k, struct map *met, uint32_t failure, uint32_t episode)
{
	const struct rule *rule = chosen_of(&k->failures.v[failure])->rule;
	struct buf key = { 0 };
	bool added;
	uint32_t at;

	buf_printf(&key, "%u %.*s", episode, STR_ARG(rule->cause));
	at = map_intern(met, buf_str(&key), &added);
	if (added)
		map_set(met, at, failure);
	else
		put_together(k, (uint32_t)map_get(met, at), failure);
	buf_free(&key);
}

/* Failures of one cause whose ways lead over the same episode. */
static void group_by_way(struct correlator *k)
{
	struct map *met = map_new(false);

	for (uint32_t i = 0; i < k->failures.n; i++) {
		const struct failure *f = &k->failures.v[i];
		const struct candidate *c = chosen_of(f);

		for (size_t n = 0; c && n < c->links; n++)
			meet(k, met, i, c->chain[n].cause);
		for (size_t n = 0; c && n < f->between.n; n++)
			meet(k, met, i, f->between.v[n]);
	}
	map_free(met);
}

/* A row is told in one incident. */
static void group_by_row(struct correlator *k)
{
	struct map *rows = map_new(false);

	for (uint32_t i = 0; i < k->failures.n; i++) {
		uint32_t episodes[] = { k->failures.v[i].impact, root_of_failure(&k->failures.v[i]) };

		for (size_t n = 0; n < 2; n++) {
			struct ref ref = episode_at(k, episodes[n])->ref;
			bool added;
			uint32_t at = map_intern(rows, str_make((const char *)&ref, sizeof(ref)), &added);

			if (added)
				map_set(rows, at, i);
			else
				put_together(k, (uint32_t)map_get(rows, at), i);
		}
	}
	map_free(rows);
}

/* A VM decides where both name one; else any other thing that both name. */
static bool shares_object(const struct correlator *k, const struct episode *a,
	const struct episode *b)
{
	static const enum entity_type types[] = { ENTITY_CSV, ENTITY_PATH, ENTITY_TARGET, ENTITY_VOLUME,
		ENTITY_DISK, ENTITY_PORT, ENTITY_JOB, ENTITY_RESOURCE, ENTITY_GROUP,
		ENTITY_SNAPSHOT_SET, ENTITY_WRITER };
	uint32_t x = episode_vm(k->s, a), y = episode_vm(k->s, b), entity;

	if (x != MAP_NONE && y != MAP_NONE)
		return x == y;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (episodes_share(k->s, a, b, types[i], &entity))
			return true;
	return false;
}

static bool names_nothing(const struct correlator *k, const struct episode *e)
{
	return k->s->tuples.v[e->tuple].count == 0 && episode_vm(k->s, e) == MAP_NONE;
}

/* Things on one host that say no more than the host are taken as the same. */
static bool same_thing(const struct correlator *k, const struct episode *a, const struct episode *b)
{
	if (shares_object(k, a, b))
		return true;
	return a->host == b->host && (names_nothing(k, a) || names_nothing(k, b));
}

static int64_t gap_between(const struct episode *a, const struct episode *b)
{
	if (a->fact || b->fact)
		return 0;
	if (a->start_100ns > b->end_100ns)
		return a->start_100ns - b->end_100ns;
	return b->start_100ns > a->end_100ns ? b->start_100ns - a->end_100ns : 0;
}

/* One rule on one host within a minute, and nothing that both name differs. */
static bool same_happening(const struct correlator *k, const struct failure *x,
	const struct failure *y)
{
	const struct episode *a = episode_at(k, x->impact), *b = episode_at(k, y->impact);
	const struct episode *p = episode_at(k, root_of_failure(x));
	const struct episode *q = episode_at(k, root_of_failure(y));

	return chosen_of(x)->rule == chosen_of(y)->rule && !a->fact && !b->fact && a->host == b->host &&
	       gap_between(a, b) <= HAPPENING_WITHIN && same_object(k, a, b) && same_object(k, p, q);
}

static bool same_cause(const struct correlator *k, const struct failure *x, const struct failure *y)
{
	const struct candidate *p = chosen_of(x), *q = chosen_of(y);
	const struct episode *a, *b;

	if (!p || !q || !str_eq(p->rule->cause, q->rule->cause))
		return false;
	a = episode_at(k, p->root);
	b = episode_at(k, q->root);
	if (gap_between(a, b) > SAME_CAUSE_WITHIN + zone_slack(k, a, b))
		return false;
	return same_thing(k, a, b) || same_happening(k, x, y) ||
	       shares_object(k, episode_at(k, x->impact), episode_at(k, y->impact));
}

static int64_t time_of(const struct correlator *k, uint32_t failure)
{
	return episode_at(k, k->failures.v[failure].impact)->start_100ns;
}

/* Failures are sorted by time, those without one first; only neighbours in time are compared. */
static void group_by_cause(struct correlator *k)
{
	for (uint32_t i = 0; i < k->failures.n; i++)
		for (uint32_t j = i + 1; j < k->failures.n; j++) {
			int64_t at = time_of(k, i);

			if (at != TIME_NONE && time_of(k, j) - at > TICKS_DAY)
				break;
			if (group_of(k, i) != group_of(k, j) &&
				same_cause(k, &k->failures.v[i], &k->failures.v[j]))
				put_together(k, i, j);
		}
}

/* What names no more than an operation on a host tells of the same operation there. */
static bool same_operation(const struct correlator *k, const struct episode *a,
	const struct episode *b)
{
	struct str x = episode_signal(k->s, a)->operation, y = episode_signal(k->s, b)->operation;
	bool backup = str_eq(x, STR("backup")) || str_eq(x, STR("checkpoint"));

	if (a->host != b->host || (!names_nothing(k, a) && !names_nothing(k, b)))
		return false;
	return str_eq(x, y) || (backup && (str_eq(y, STR("backup")) || str_eq(y, STR("checkpoint"))));
}

static bool is_echo(const struct correlator *k, uint32_t i, uint32_t j, int64_t within)
{
	const struct episode *a = episode_at(k, k->failures.v[i].impact);
	const struct episode *b = episode_at(k, k->failures.v[j].impact);

	if (a->fact || b->fact)
		return false;
	within += pair_doubt(k, &k->s->rows.v[a->first], &k->s->rows.v[b->first]) + zone_slack(k, a, b);
	if (gap_between(a, b) > within)
		return false;
	return shares_object(k, a, b) || same_operation(k, a, b);
}

/* The other failure's way leads over what this one's ends at: its code alone tells no more. */
static bool leads_over(const struct correlator *k, const struct failure *f, uint32_t signal)
{
	const struct candidate *c = chosen_of(f);

	for (size_t n = 0; c && n + 1 < c->links; n++)
		if (episode_at(k, c->chain[n].cause)->signal == signal)
			return true;
	return false;
}

static bool told_by_its_row(const struct candidate *c)
{
	for (size_t n = 0; n < c->links; n++)
		if (!c->chain[n].same_row)
			return false;
	return c->links > 0;
}

/* A retry that ends with the same code, where the try before it was traced further back. */
static void leave_retries_unexplained(struct correlator *k)
{
	for (uint32_t i = 0; i < k->failures.n; i++) {
		struct failure *f = &k->failures.v[i];
		const struct candidate *c = chosen_of(f);
		uint32_t signal = c ? episode_at(k, c->root)->signal : 0;
		bool again = false;

		for (uint32_t j = 0; c && told_by_its_row(c) && j < i && !again; j++)
			again = leads_over(k, &k->failures.v[j], signal) && is_echo(k, i, j, ECHO_WITHIN) &&
				shares_object(k, episode_at(k, f->impact),
					episode_at(k, k->failures.v[j].impact));
		if (again)
			f->chosen = SIZE_MAX;
	}
}

static void group_echoes(struct correlator *k)
{
	for (uint32_t i = 0; i < k->failures.n; i++) {
		int64_t best = INT64_MAX;
		uint32_t to = UINT32_MAX;

		for (uint32_t j = 0; j < k->failures.n && !chosen_of(&k->failures.v[i]); j++) {
			int64_t gap = gap_between(episode_at(k, k->failures.v[i].impact),
				episode_at(k, k->failures.v[j].impact));

			if (j == i || !chosen_of(&k->failures.v[j]) || gap >= best ||
				!is_echo(k, i, j, ECHO_WITHIN))
				continue;
			best = gap;
			to = j;
		}
		if (to != UINT32_MAX)
			put_together(k, i, to);
	}
}

static void group_unexplained(struct correlator *k)
{
	for (uint32_t i = 0; i < k->failures.n; i++)
		for (uint32_t j = i + 1; j < k->failures.n && !chosen_of(&k->failures.v[i]); j++) {
			const struct episode *a = episode_at(k, k->failures.v[i].impact);
			const struct episode *b = episode_at(k, k->failures.v[j].impact);

			if (a->start_100ns != TIME_NONE && b->start_100ns - a->end_100ns > UNEXPLAINED_WITHIN)
				break;
			if (chosen_of(&k->failures.v[j]))
				continue;
			if (is_echo(k, i, j, UNEXPLAINED_WITHIN) ||
				(!a->fact && !b->fact && same_thing(k, a, b)))
				put_together(k, i, j);
		}
}

/* What must agree for a later failure to be the same thing again. */
static struct str repeat_key(struct correlator *k, uint32_t failure)
{
	const struct failure *f = &k->failures.v[failure];
	const struct candidate *c = chosen_of(f);
	const struct episode *root = episode_at(k, root_of_failure(f));
	uint32_t vm = episode_vm(k->s, episode_at(k, f->impact));
	static const enum entity_type types[] = { ENTITY_CSV, ENTITY_TARGET, ENTITY_VOLUME, ENTITY_DISK,
		ENTITY_PORT, ENTITY_WRITER, ENTITY_RESOURCE, ENTITY_SERVICE };
	struct buf b = { 0 };
	struct str key;

	if (vm == MAP_NONE)
		vm = episode_vm(k->s, root);
	buf_printf(&b, "%u|%u", root->host, vm);
	if (c)
		buf_printf(&b, "|%.*s", STR_ARG(c->rule->id));
	else
		buf_printf(&b, "|?%u", root->signal);
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		uint32_t e = episode_entity(k->s, root, types[i]);

		buf_printf(&b, "|%u", e == MAP_NONE ? e : entity_of(k->s->en, e));
	}
	key = arena_str(k->a, buf_str(&b));
	buf_free(&b);
	return key;
}

static void group_repeats(struct correlator *k)
{
	struct map *seen = map_new(false);

	for (uint32_t i = 0; i < k->failures.n; i++) {
		bool added;
		uint32_t at = map_intern(seen, repeat_key(k, i), &added);

		if (added)
			map_set(seen, at, i);
		else
			put_together(k, (uint32_t)map_get(seen, at), i);
	}
	map_free(seen);
}

void group_failures(struct correlator *k)
{
	leave_retries_unexplained(k);
	group_by_root(k);
	group_by_chain(k);
	group_by_way(k);
	group_by_row(k);
	group_by_cause(k);
	group_echoes(k);
	group_unexplained(k);
	group_repeats(k);
}
