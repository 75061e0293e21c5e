/* SPDX-License-Identifier: Apache-2.0 */
/* After the last file: order, names resolved to signals, lookup tables; and the end of it all. */
#include <stdlib.h>

#include "analyzer/correlate/knowledge.h"

static int by_signal(const void *a, const void *b)
{
	return str_cmp(((const struct signal *)a)->id, ((const struct signal *)b)->id);
}

static int by_rule(const void *a, const void *b)
{
	return str_cmp(((const struct rule *)a)->id, ((const struct rule *)b)->id);
}

static int by_cause(const void *a, const void *b)
{
	return str_cmp(((const struct cause_id *)a)->id, ((const struct cause_id *)b)->id);
}

#define SORT(vec, by)                                                       \
	do {                                                                \
		if ((vec).n)                                                \
			qsort((vec).v, (vec).n, sizeof(*(vec).v), (by));    \
	} while (0)

uint32_t knowledge_signal(const struct knowledge *kb, struct str id)
{
	size_t low = 0, high = kb->signals.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = str_cmp(kb->signals.v[mid].id, id);

		if (order == 0)
			return (uint32_t)mid;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return SIGNAL_NONE;
}

static void resolve(struct knowledge *kb, struct signal_refs *refs)
{
	if (!refs->names.n)
		return;
	refs->v = arena_array(kb->a, uint32_t, refs->names.n);
	for (size_t i = 0; i < refs->names.n; i++) {
		uint32_t s = knowledge_signal(kb, refs->names.v[i]);

		if (s == SIGNAL_NONE)
			kb_problem(kb, true, refs->place, "unknown signal '%.*s'",
				STR_ARG(refs->names.v[i]));
		else
			refs->v[refs->n++] = s;
	}
}

static void resolve_rule(struct knowledge *kb, struct rule *rule)
{
	resolve(kb, &rule->roots);
	for (size_t i = 0; i < rule->supports.n; i++)
		resolve(kb, &rule->supports.v[i].signals);
	for (size_t i = 0; i < rule->against.n; i++)
		resolve(kb, &rule->against.v[i].signals);
	for (size_t i = 0; i < rule->caps.n; i++)
		resolve(kb, &rule->caps.v[i].unless);
	if (!knowledge_cause(kb, rule->cause))
		kb_problem(kb, true, rule->place, "unknown cause '%.*s'", STR_ARG(rule->cause));
}

static void index_events(struct knowledge *kb)
{
	for (size_t i = 0; i < kb->events.n; i++)
		for (size_t k = 0; k < kb->events.v[i].ids.n; k++) {
			char key[16];
			uint32_t at = map_intern(kb->event_ids,
				str_make(key, (size_t)snprintf(key, sizeof(key), "%u",
						      kb->events.v[i].ids.v[k])), NULL);

			vec_push(&kb->event_next, (uint32_t)map_get(kb->event_ids, at));
			vec_push(&kb->event_next, (uint32_t)i);
			map_set(kb->event_ids, at, kb->event_next.n - 1);
		}
}

static void index_codes(struct knowledge *kb)
{
	for (size_t i = 0; i < kb->codes.n; i++) {
		char key[16];
		bool added;
		uint32_t at = map_intern(kb->code_index,
			str_make(key, (size_t)snprintf(key, sizeof(key), "%x", kb->codes.v[i].code)),
			&added);

		if (added)
			map_set(kb->code_index, at, i + 1);
	}
}

void knowledge_finish(struct knowledge *kb)
{
	SORT(kb->signals, by_signal);
	SORT(kb->rules, by_rule);
	SORT(kb->causes, by_cause);
	for (size_t i = 0; i < kb->signals.n; i++) {
		resolve(kb, &kb->signals.v[i].success);
		resolve(kb, &kb->signals.v[i].ends);
	}
	for (size_t i = 0; i < kb->links.n; i++) {
		resolve(kb, &kb->links.v[i].causes);
		resolve(kb, &kb->links.v[i].effects);
	}
	for (size_t i = 0; i < kb->activities.n; i++) {
		resolve(kb, &kb->activities.v[i].from);
		resolve(kb, &kb->activities.v[i].to);
	}
	for (size_t i = 0; i < kb->rules.n; i++)
		resolve_rule(kb, &kb->rules.v[i]);
	index_events(kb);
	index_codes(kb);
}

const struct cause_id *knowledge_cause(const struct knowledge *kb, struct str id)
{
	for (size_t i = 0; i < kb->causes.n; i++)
		if (str_eq(kb->causes.v[i].id, id))
			return &kb->causes.v[i];
	return NULL;
}

const struct kb_code *knowledge_code(const struct knowledge *kb, uint32_t code)
{
	char key[16];
	uint32_t at = map_find(kb->code_index,
		str_make(key, (size_t)snprintf(key, sizeof(key), "%x", code)));

	return at == MAP_NONE ? NULL : &kb->codes.v[map_get(kb->code_index, at) - 1];
}

/* How well an entry's provider fits: 3 by name, 2 by event source, 1 by a pattern, 0 not at all. */
static int provider_fit(const struct kb_event *event, const struct kind *k)
{
	int best = 0;

	for (size_t i = 0; i < event->providers.n; i++) {
		struct str p = event->providers.v[i];
		int fit = str_ieq(p, k->provider)			     ? 3
			  : k->source.n && str_ieq(p, k->source)	     ? 2
			  : str_glob(p, k->provider)			     ? 1
			  : k->source.n && str_glob(p, k->source)	     ? 1
									     : 0;

		if (fit > best)
			best = fit;
	}
	return best;
}

const struct kb_event *knowledge_event(const struct knowledge *kb, const struct kind *k)
{
	const struct kb_event *best = NULL;
	int best_fit = 0;
	char key[16];
	uint32_t at;

	if (!k->has_id)
		return NULL;
	at = map_find(kb->event_ids, str_make(key, (size_t)snprintf(key, sizeof(key), "%u", k->id)));
	if (at == MAP_NONE)
		return NULL;
	for (uint64_t i = map_get(kb->event_ids, at); i; i = kb->event_next.v[i - 1]) {
		const struct kb_event *event = &kb->events.v[kb->event_next.v[i]];
		int fit = provider_fit(event, k);

		if (fit && event->channel.n && str_ieq(event->channel, k->channel))
			fit += 1;
		if (fit >= best_fit && fit > 0) {   /* of equals the one written first: the list runs back */
			best = event;
			best_fit = fit;
		}
	}
	return best;
}

const struct kb_state *knowledge_state(const struct knowledge *kb, struct str family, uint64_t v)
{
	for (size_t i = 0; i < kb->states.n; i++)
		if (kb->states.v[i].value == v && str_eq(kb->states.v[i].family, family))
			return &kb->states.v[i];
	return NULL;
}

void signal_drop(struct signal *s)
{
	predicate_free(s->match);
	predicate_free(s->unless);
	for (size_t i = 0; i < s->harmless.n; i++)
		predicate_free(s->harmless.v[i].match);
	for (size_t i = 0; i < s->binds.n; i++)
		pattern_free(s->binds.v[i].pattern);
	free(s->harmless.v);
	free(s->binds.v);
}

void link_drop(struct link *l)
{
	free(l->joins.v);
}

void rule_drop(struct rule *r)
{
	free(r->supports.v);
	free(r->against.v);
	free(r->caps.v);
	free(r->remedy.v);
	free(r->missing.v);
}

void knowledge_free(struct knowledge *kb)
{
	if (!kb)
		return;
	for (size_t i = 0; i < kb->signals.n; i++)
		signal_drop(&kb->signals.v[i]);
	for (size_t i = 0; i < kb->links.n; i++)
		link_drop(&kb->links.v[i]);
	for (size_t i = 0; i < kb->rules.n; i++)
		rule_drop(&kb->rules.v[i]);
	map_free(kb->event_ids);
	map_free(kb->code_index);
	free(kb->binds.v);
	free(kb->events.v);
	free(kb->codes.v);
	free(kb->writers.v);
	free(kb->vss_providers.v);
	free(kb->filters.v);
	free(kb->altitudes.v);
	free(kb->states.v);
	free(kb->anchors.v);
	for (size_t i = 0; i < kb->marks.n; i++)
		predicate_free(kb->marks.v[i].match);
	free(kb->marks.v);
	free(kb->exclusions.v);
	free(kb->signals.v);
	free(kb->links.v);
	free(kb->activities.v);
	free(kb->rules.v);
	free(kb->causes.v);
	free(kb->coverage.v);
	free(kb->products.v);
	free(kb->sources.v);
	free(kb->tests.v);
	free(kb->problems.v);
	free(kb->event_next.v);
	arena_free(kb->a);
}
