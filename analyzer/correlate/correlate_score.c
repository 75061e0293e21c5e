/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a rule is to be believed: the weakest link, what supports it, what speaks against it, and
 * the caps of docs/knowledge.md. Each episode counts once, however many rows or copies it has.
 */
#include "analyzer/correlate/correlate_parts.h"

#define HIGHEST_MILLI 950
#define CAP_HOST_AND_TIME 450
#define CAP_HOST_ONLY 700
#define CAP_MEMORY 500
#define MEMORY_ROWS 4096   /* of an episode are looked at */
#define CAP_UNCHECKED 850
#define CAP_CLOCK 600
#define CAP_ORDER_OF_FACT 800
#define CAP_ORDER_OF_EFFECT 600
#define CAP_WITHIN_DEFAULT TICKS_HOUR

void add_part(struct candidate *c, struct str name, struct str why, int milli, bool cap)
{
	struct score_part part = { .name = name, .why = why, .milli = milli, .cap = cap };

	vec_push(&c->parts, part);
}

static const struct episode *anchor_of(const struct correlator *k, const struct failure *f,
	const struct candidate *c, enum rule_where where)
{
	return episode_at(k, where == AT_IMPACT ? f->impact : c->root);
}

/* The instant of the root is that of the row that the chain steps to. */
static int64_t instant_of(const struct correlator *k, const struct failure *f,
	const struct candidate *c, enum rule_where where)
{
	if (where != AT_IMPACT && c->links)
		return c->chain[c->links - 1].cause_100ns;
	return anchor_of(k, f, c, where)->start_100ns;
}

static uint32_t find_support(const struct correlator *k, const struct failure *f,
	const struct candidate *c, const struct rule_support *s)
{
	uint32_t e = find_around(k, &s->signals, anchor_of(k, f, c, s->around),
		instant_of(k, f, c, s->around), s->within_100ns, &s->same);

	return e == c->root || e == f->impact ? EPISODE_NONE : e;
}

/* Whether any signal of a list would have been seen on a host around an instant. */
static bool would_be_seen(const struct correlator *k, const struct signal_refs *refs, uint32_t host,
	int64_t at, int64_t within)
{
	int64_t from = at == TIME_NONE ? TIME_NONE : at - within;
	int64_t to = at == TIME_NONE ? TIME_NONE : at + within;

	for (size_t i = 0; i < refs->n; i++) {
		const struct signal *signal = &k->kb->signals.v[refs->v[i]];

		for (size_t n = 0; n < signal->seen_in.n; n++)
			if (source_here(k, host, signal->seen_in.v[n], from, to))
				return true;
	}
	return false;
}

static bool is_guest_host(const struct correlator *k, uint32_t host)
{
	return entity_guest_vm(k->s->en, host) != MAP_NONE;
}

/* Absent on every other host that would show it, and at least one would. */
static enum truth absent_on_peers(const struct correlator *k, const struct rule_support *s,
	const struct episode *anchor, int64_t at)
{
	enum truth is = TRUTH_UNKNOWN;

	for (uint32_t h = 0; h < k->c->hosts.n; h++) {
		struct episode there = *anchor;

		if (h == anchor->host || is_guest_host(k, h))
			continue;
		there.host = h;
		if (find_around(k, &s->signals, &there, at, s->within_100ns, &s->same) != EPISODE_NONE)
			return TRUTH_NO;
		if (would_be_seen(k, &s->signals, h, at, s->within_100ns))
			is = TRUTH_YES;
	}
	return is;
}

static enum truth is_absent(const struct correlator *k, const struct failure *f,
	const struct candidate *c, const struct rule_support *s)
{
	const struct episode *anchor = anchor_of(k, f, c, s->on == AT_PEERS ? s->around : s->on);
	int64_t at = instant_of(k, f, c, s->around);

	if (s->on == AT_PEERS)
		return absent_on_peers(k, s, anchor, at);
	if (find_around(k, &s->signals, anchor, at, s->within_100ns, &s->same) != EPISODE_NONE)
		return TRUTH_NO;
	return would_be_seen(k, &s->signals, anchor->host, at, s->within_100ns) ? TRUTH_YES
										: TRUTH_UNKNOWN;
}

static int add_absence(struct correlator *k, const struct failure *f, struct candidate *c,
	const struct rule_support *s, int sign)
{
	enum truth is = is_absent(k, f, c, s);

	if (is == TRUTH_UNKNOWN)
		vec_push(&c->unseen, s);
	if (is != TRUTH_YES)
		return 0;
	vec_push(&c->absences, s);
	add_part(c, arena_printf(k->a, "no %.*s", STR_ARG(s->signals.names.v[0])), s->why,
		sign * s->milli, false);
	return sign * s->milli;
}

static bool counted(const uint32_t *list, size_t n, uint32_t episode)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == episode)
			return true;
	return false;
}

static int add_supports(struct correlator *k, const struct failure *f, struct candidate *c)
{
	int sum = 0;

	for (size_t i = 0; i < c->rule->supports.n; i++) {
		const struct rule_support *s = &c->rule->supports.v[i];
		uint32_t e;

		if (s->absent) {
			sum += add_absence(k, f, c, s, 1);
			continue;
		}
		e = find_support(k, f, c, s);
		if (e == EPISODE_NONE || counted(c->supports.v, c->supports.n, e))
			continue;
		vec_push(&c->supports, e);
		add_part(c, episode_signal(k->s, episode_at(k, e))->id, s->why, s->milli, false);
		sum += s->milli;
	}
	return sum;
}

static int add_against(struct correlator *k, const struct failure *f, struct candidate *c)
{
	int sum = 0;

	for (size_t i = 0; i < c->rule->against.n; i++) {
		const struct rule_support *s = &c->rule->against.v[i];
		const struct episode *anchor = anchor_of(k, f, c, s->around);
		uint32_t e;

		if (s->absent) {
			sum += add_absence(k, f, c, s, -1);
			continue;
		}
		e = find_support(k, f, c, s);
		if (e == EPISODE_NONE) {
			if (!would_be_seen(k, &s->signals, anchor->host, instant_of(k, f, c, s->around),
				    s->within_100ns))
				vec_push(&c->unseen, s);
			continue;
		}
		if (counted(c->against.v, c->against.n, e))
			continue;
		vec_push(&c->against, e);
		add_part(c, episode_signal(k->s, episode_at(k, e))->id, s->why, -s->milli, false);
		sum -= s->milli;
	}
	return sum;
}

static bool cap_lifted(const struct correlator *k, const struct failure *f, const struct candidate *c,
	const struct rule_cap *cap)
{
	struct rule_support s = { .signals = cap->unless, .same = cap->same,
		.within_100ns = cap->within_100ns ? cap->within_100ns : CAP_WITHIN_DEFAULT };

	for (size_t i = 0; i < cap->unless.n; i++)
		if (episode_at(k, c->root)->signal == cap->unless.v[i])
			return true;
	for (size_t i = 0; i < c->links; i++)
		for (size_t n = 0; n < cap->unless.n; n++)
			if (episode_at(k, c->chain[i].cause)->signal == cap->unless.v[n])
				return true;
	for (size_t i = 0; i < c->rule->supports.n; i++) {
		const struct rule_support *known = &c->rule->supports.v[i];

		if (!known->absent && known->signals.n && cap->unless.n &&
			known->signals.v[0] == cap->unless.v[0] && !cap->within_100ns)
			s = *known;
	}
	return find_support(k, f, c, &s) != EPISODE_NONE;
}

static int lower(struct candidate *c, int score, int cap, const char *name, const char *why)
{
	add_part(c, str_of(name), str_of(why), cap, true);
	return score < cap ? score : cap;
}

/* What the row's event means is told by field experience alone, and no error code beside it. */
static bool is_memory_row(const struct correlator *k, const struct episode *e, struct ref at)
{
	struct buf code = { 0 };
	struct event_view v;
	const struct kb_event *known;
	bool has_code = signal_binding(k->s, e->signal, at, STR("code"), &code);

	buf_free(&code);
	if (has_code)
		return false;
	case_view(k->c, at, &v);
	known = v.kind->has_id ? knowledge_event(k->kb, v.kind) : NULL;
	return known && known->confidence == 'M';
}

static bool is_memory(const struct correlator *k, uint32_t episode)
{
	const struct episode *e = episode_at(k, episode);

	if (episode_signal(k->s, e)->confidence == 'M')
		return true;
	for (size_t i = 0; i < e->count && i < MEMORY_ROWS; i++)
		if (!is_memory_row(k, e, k->s->rows.v[e->first + i].ref))
			return false;
	return e->count > 0;
}

static bool only_memory(const struct correlator *k, const struct candidate *c)
{
	if (!is_memory(k, c->root))
		return false;
	for (size_t i = 0; i + 1 < c->links; i++)
		if (!is_memory(k, c->chain[i].cause))
			return false;
	for (size_t i = 0; i < c->supports.n; i++)
		if (!is_memory(k, c->supports.v[i]))
			return false;
	return true;
}

struct chain_facts {
	bool host_only, doubtful, fact_order, effect_order, timed;
};

static struct chain_facts look_at_chain(const struct correlator *k, const struct candidate *c)
{
	struct chain_facts out = { .host_only = c->links > 0, .timed = true };

	for (size_t i = 0; i < c->links; i++) {
		const struct edge *e = &c->chain[i];

		out.host_only &= e->host_only;
		out.timed &= e->timed;
		out.doubtful |= e->doubtful;
		if (e->order_unknown && !episode_at(k, e->cause)->fact)
			out.effect_order = true;
		else if (e->order_unknown)
			out.fact_order = true;
	}
	return out;
}

static int engine_caps(struct correlator *k, struct candidate *c, int score)
{
	struct chain_facts chain = look_at_chain(k, c);

	if (chain.host_only && chain.timed && c->links == 1)
		score = lower(c, score, CAP_HOST_AND_TIME, "cap: host and time only",
			"nothing but the host and the time joins cause and failure");
	else if (chain.host_only)
		score = lower(c, score, CAP_HOST_ONLY, "cap: host only",
			"the links of the chain have nothing but the host in common");
	if (chain.doubtful)
		score = lower(c, score, CAP_CLOCK, "cap: clock doubt",
			"the clocks may be further apart than cause and effect");
	if (chain.effect_order)
		score = lower(c, score, CAP_ORDER_OF_EFFECT, "cap: order unknown",
			"nothing tells since when the state holds, so it may be older than the cause");
	else if (chain.fact_order)
		score = lower(c, score, CAP_ORDER_OF_FACT, "cap: order unknown",
			"the state was seen when the bundle was taken; nothing tells since when it holds");
	if (only_memory(k, c))
		score = lower(c, score, CAP_MEMORY, "cap: unconfirmed knowledge",
			"only field experience says what these events mean");
	for (size_t i = 0; i < c->unseen.n; i++)
		if (c->unseen.v[i] >= c->rule->against.v &&
			c->unseen.v[i] < c->rule->against.v + c->rule->against.n)
			return lower(c, score, CAP_UNCHECKED, "cap: unchecked",
				"the source where counter-evidence would stand is not in the case");
	return score;
}

static struct str join_words(struct correlator *k, const struct edge *e)
{
	const struct link_join *join = &k->kb->links.v[e->link].joins.v[e->join];
	struct buf b = { 0 };
	struct str text;

	if (e->same_row)
		buf_puts(&b, STR("same record"));
	else if (e->twin)
		buf_puts(&b, STR("seen from several hosts"));
	else if (join->guest)
		buf_puts(&b, STR("host and guest"));
	else
		buf_puts(&b, STR("same "));
	for (size_t i = 0; i < join->same.n && !e->same_row && !e->twin; i++)
		buf_printf(&b, "%s%.*s", i ? ", " : "", STR_ARG(join->same.v[i]));
	text = arena_printf(k->a, "weakest link: %.*s", STR_ARG(buf_str(&b)));
	buf_free(&b);
	return text;
}

static int first_part(struct correlator *k, struct candidate *c)
{
	const struct edge *weakest = &c->chain[0];

	if (!c->links) {
		add_part(c, STR("the failure itself names its cause"), STR(""), c->rule->base_milli, false);
		return c->rule->base_milli;
	}
	for (size_t i = 1; i < c->links; i++)
		if (c->chain[i].weight_milli < weakest->weight_milli)
			weakest = &c->chain[i];
	add_part(c, join_words(k, weakest), k->kb->links.v[weakest->link].why, weakest->weight_milli,
		false);
	return weakest->weight_milli;
}

void score(struct correlator *k, const struct failure *f, struct candidate *c)
{
	int sum = first_part(k, c);

	sum += add_supports(k, f, c);
	sum += add_against(k, f, c);
	if (sum < 0)
		sum = 0;
	for (size_t i = 0; i < c->rule->caps.n; i++) {
		const struct rule_cap *cap = &c->rule->caps.v[i];

		if (cap_lifted(k, f, c, cap))
			continue;
		add_part(c, STR("cap: unconfirmed"), cap->why, cap->milli, true);
		if (sum > cap->milli)
			sum = cap->milli;
	}
	if (sum > HIGHEST_MILLI)
		sum = HIGHEST_MILLI;
	c->score_milli = engine_caps(k, c, sum);
}
