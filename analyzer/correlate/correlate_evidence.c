/* SPDX-License-Identifier: Apache-2.0 */
/* The evidence of an incident: each episode once, in its role, cited, at most a dozen a role. */
#include <stdlib.h>

#include "analyzer/correlate/correlate_parts.h"

#define ROLE_MAX 12
#define ALSO_MAX 16
#define KIN_WITHIN (30 * TICKS_MINUTE)
#define KIN_AFTER (10 * TICKS_MINUTE)

struct item {
	uint32_t episode;
	enum evidence_role role;
	bool lead;               /* of the failure that is told */
};

struct items {
	struct item *v;
	size_t n, cap;
};

static void add_item(struct items *items, uint32_t episode, enum evidence_role role, bool lead)
{
	for (size_t i = 0; i < items->n; i++) {
		struct item *old = &items->v[i];

		if (old->episode != episode)
			continue;
		if (role < old->role)
			old->role = role;
		old->lead |= lead;
		return;
	}
	vec_push(items, (struct item){ episode, role, lead });
}

/* An impact of the incident is a consequence even where it lies between. */
static bool is_impact_of(const struct correlator *k, const uint32_t *failures, size_t n,
	uint32_t episode)
{
	for (size_t i = 0; i < n; i++)
		if (k->failures.v[failures[i]].impact == episode)
			return true;
	return false;
}

static void collect(const struct correlator *k, const struct failure *f, bool lead,
	const uint32_t *failures, size_t n, struct items *items)
{
	const struct candidate *c = chosen_of(f);

	add_item(items, root_of_failure(f), c ? ROLE_CAUSE : ROLE_CONSEQUENCE, lead);
	if (f->impact != root_of_failure(f))
		add_item(items, f->impact, ROLE_CONSEQUENCE, lead);
	if (!c)
		return;
	for (size_t i = 0; i + 1 < c->links; i++)
		add_item(items, c->chain[i].cause,
			is_impact_of(k, failures, n, c->chain[i].cause) ? ROLE_CONSEQUENCE : ROLE_SYMPTOM,
			lead);
	for (size_t i = 0; i < f->between.n; i++)
		add_item(items, f->between.v[i],
			is_impact_of(k, failures, n, f->between.v[i]) ? ROLE_CONSEQUENCE : ROLE_SYMPTOM,
			lead);
	for (size_t i = 0; i < c->supports.n; i++)
		add_item(items, c->supports.v[i], ROLE_CONTEXT, lead);
	for (size_t i = 0; i < c->against.n; i++)
		add_item(items, c->against.v[i], ROLE_COUNTER, lead);
}

static bool steps_back_to(struct correlator *k, uint32_t effect, uint32_t cause)
{
	const struct edges *edges = edges_into(k, effect);

	for (size_t i = 0; i < edges->n; i++)
		if (edges->v[i].cause == cause)
			return true;
	return false;
}

/* What else followed from the root. */
static void collect_effects(struct correlator *k, uint32_t root, struct items *items)
{
	uint32_t signal = episode_at(k, root)->signal;

	for (size_t l = 0; l < k->kb->links.n; l++) {
		const struct link *link = &k->kb->links.v[l];
		bool leads = false;

		for (size_t i = 0; i < link->causes.n; i++)
			leads |= link->causes.v[i] == signal;
		for (size_t i = 0; leads && i < link->effects.n; i++) {
			size_t end, e = episodes_of(k->s, link->effects.v[i], &end);

			for (; e < end; e++)
				if (e != root && !k->told[e] && steps_back_to(k, (uint32_t)e, root))
					add_item(items, (uint32_t)e, ROLE_CONSEQUENCE, false);
		}
	}
}

static bool is_kin(struct correlator *k, const struct failure *f, uint32_t episode,
	enum evidence_role *role)
{
	const struct episode *e = episode_at(k, episode);
	const struct episode *root = episode_at(k, root_of_failure(f)), *end = episode_at(k, f->impact);
	int64_t slack = zone_slack(k, e, end), to = root->fact || !end->fact ? end->end_100ns : root->end_100ns;
	int64_t from = (root->fact ? to : root->start_100ns) - KIN_WITHIN;

	*role = e->start_100ns <= to + slack ? ROLE_CAUSE : ROLE_CONSEQUENCE;
	return episode != root_of_failure(f) && !k->told[episode] && e->host == root->host &&
	       e->start_100ns >= from - slack && e->start_100ns <= to + slack + KIN_AFTER &&
	       same_object(k, e, root) && same_object(k, e, end) && !is_background(k, episode);
}

/*
 * What the same rule calls a cause, seen on the same host around the failure: a log often tells one
 * happening by several events, of which only one was stepped to; later ones say that it went on.
 */
static void collect_kin(struct correlator *k, const struct failure *f, struct items *items)
{
	const struct signal_refs *roots = &chosen_of(f)->rule->roots;
	enum evidence_role role;

	if (episode_at(k, root_of_failure(f))->fact && episode_at(k, f->impact)->fact)
		return;
	for (size_t i = 0; i < roots->n; i++) {
		size_t last, e = episodes_of(k->s, roots->v[i], &last);

		for (; e < last && !k->kb->signals.v[roots->v[i]].impact; e++)
			if (!k->s->episodes.v[e].fact && is_kin(k, f, (uint32_t)e, &role))
				add_item(items, (uint32_t)e, role, false);
	}
}

/* What says that it is over. */
static void collect_endings(struct correlator *k, const uint32_t *failures, size_t n, struct items *items)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t over = ending_of(k, k->failures.v[failures[i]].impact);

		if (over != UINT32_MAX)
			add_item(items, over, ROLE_CONTEXT, false);
	}
}

static int64_t item_time(const struct correlator *k, const struct item *i)
{
	const struct episode *e = episode_at(k, i->episode);

	return e->fact ? e->observed_100ns : e->start_100ns;
}

static int by_weight(const void *a, const void *b, void *with)
{
	const struct item *x = a, *y = b;
	const struct correlator *k = with;
	int64_t p = item_time(k, x), q = item_time(k, y);

	if (x->role != y->role)
		return x->role < y->role ? -1 : 1;
	if (x->lead != y->lead)
		return x->lead ? -1 : 1;
	if (p != q)
		return p < q ? -1 : 1;
	return x->episode < y->episode ? -1 : x->episode > y->episode;
}

static void add_place(struct incident_evidence *out, struct ref at)
{
	for (size_t i = 0; i < out->also.n; i++)
		if (out->also.v[i].segment == at.segment && out->also.v[i].row == at.row)
			return;
	vec_push(&out->also, at);
}

static void add_also(const struct correlator *k, const struct episode *e,
	struct incident_evidence *out)
{
	for (size_t i = 0; i < e->count && out->also.n < ALSO_MAX; i++) {
		const struct sighting *row = &k->s->rows.v[e->first + i];

		if (i)
			add_place(out, row->ref);
		for (uint32_t c = row->copies; c && out->also.n < ALSO_MAX;) {
			const struct copy *copy = &k->c->copies.v[c - 1];

			if (!copy->possible)
				add_place(out, copy->ref);
			c = copy->next;
		}
	}
}

static struct str summary_of(struct correlator *k, const struct episode *e)
{
	struct buf b = { 0 };
	struct str text;

	episode_title(k->s, e, &b);
	if (e->count > 1) {
		buf_printf(&b, " (%zu times", e->count);
		if (!e->fact && e->end_100ns > e->start_100ns) {
			buf_puts(&b, STR(" in "));
			buf_duration(&b, e->end_100ns - e->start_100ns);
		}
		buf_putc(&b, ')');
	}
	if (!e->fact && case_collecting(k->c, e->host, e->start_100ns))
		buf_puts(&b, STR(", while the collection itself ran"));
	text = arena_str(k->a, buf_str(&b));
	buf_free(&b);
	return text;
}

/* A row that shows several signals stands once, with all that it says. */
static bool fold_row(struct correlator *k, struct incident *in, const struct episode *e,
	struct str summary)
{
	for (size_t i = 0; i < in->evidence.n; i++) {
		struct incident_evidence *old = &in->evidence.v[i];

		if (old->ref.segment != e->ref.segment || old->ref.row != e->ref.row)
			continue;
		if (str_find(old->summary, summary) < 0)
			old->summary = arena_printf(k->a, "%.*s; %.*s", STR_ARG(old->summary),
				STR_ARG(summary));
		add_also(k, e, old);
		if (e->count > old->rows)
			old->rows = e->count;
		return true;
	}
	return false;
}

static bool put_item(struct correlator *k, struct incident *in, const struct item *item)
{
	const struct episode *e = episode_at(k, item->episode);
	struct incident_evidence ev = { .role = item->role,
		.kind = e->fact ? EVIDENCE_FACT : EVIDENCE_EVENT, .time_100ns = e->start_100ns,
		.observed_100ns = e->observed_100ns, .held_since_100ns = e->held_since_100ns,
		.signal = episode_signal(k->s, e)->id, .host = case_host_name(k->c, e->host),
		.ref = e->ref, .rows = e->count, .gap = STR("") };

	k->told[item->episode] = true;
	ev.summary = summary_of(k, e);
	if (fold_row(k, in, e, ev.summary))
		return false;
	add_also(k, e, &ev);
	vec_push(&in->evidence, ev);
	return true;
}

static void put_absences(struct correlator *k, struct incident *in, const struct failure *f)
{
	const struct candidate *c = chosen_of(f);

	for (size_t i = 0; c && i < c->absences.n; i++) {
		const struct rule_support *s = c->absences.v[i];
		bool counter = s >= c->rule->against.v && s < c->rule->against.v + c->rule->against.n;
		struct incident_evidence ev = { .role = counter ? ROLE_COUNTER : ROLE_CONTEXT,
			.kind = EVIDENCE_ABSENCE, .time_100ns = TIME_NONE, .observed_100ns = TIME_NONE,
			.held_since_100ns = TIME_NONE, .signal = s->signals.names.v[0],
			.host = case_host_name(k->c, episode_at(k, c->root)->host), .ref = REF_NONE,
			.gap = STR("") };

		ev.summary = arena_printf(k->a, "Not seen, though the case covers it: %.*s",
			STR_ARG(s->why));
		vec_push(&in->evidence, ev);
	}
}

static int64_t shown_time(const struct incident_evidence *e)
{
	return e->kind == EVIDENCE_FACT	    ? e->observed_100ns
	       : e->kind == EVIDENCE_ABSENCE ? INT64_MAX
					      : e->time_100ns;
}

static int by_role(const void *a, const void *b)
{
	const struct incident_evidence *x = a, *y = b;
	int64_t p = shown_time(x), q = shown_time(y);

	if (x->role != y->role)
		return x->role < y->role ? -1 : 1;
	if (p != q)
		return p < q ? -1 : 1;
	if (!str_eq(x->signal, y->signal))
		return str_cmp(x->signal, y->signal);
	return str_cmp(x->summary, y->summary);
}

static void put_gaps(struct correlator *k, struct incident *in)
{
	int64_t last = TIME_NONE;

	for (size_t i = 0; i < in->evidence.n; i++) {
		struct incident_evidence *e = &in->evidence.v[i];
		struct buf b = { 0 };

		if (e->kind != EVIDENCE_EVENT || e->role > ROLE_CONSEQUENCE)
			continue;
		if (last != TIME_NONE && e->time_100ns >= last) {
			buf_duration(&b, e->time_100ns - last);
			e->gap = arena_str(k->a, buf_str(&b));
			buf_free(&b);
		}
		last = e->time_100ns;
	}
}

static void put_items(struct correlator *k, struct incident *in, const struct items *items)
{
	size_t of_role[ROLE_COUNTER + 1] = { 0 }, left[ROLE_COUNTER + 1] = { 0 };

	for (size_t i = 0; i < items->n; i++) {
		enum evidence_role role = items->v[i].role;

		if (of_role[role] < ROLE_MAX)
			of_role[role] += put_item(k, in, &items->v[i]);
		else
			left[role]++, k->told[items->v[i].episode] = true;
	}
	for (size_t i = 0; i < in->evidence.n; i++) {
		struct incident_evidence *e = &in->evidence.v[i];

		if (left[e->role] && (i + 1 == in->evidence.n || in->evidence.v[i + 1].role != e->role))
			e->summary = arena_printf(k->a, "%.*s (and %zu more of this kind)",
				STR_ARG(e->summary), left[e->role]);
	}
}

void add_evidence(struct correlator *k, struct incident *in, const struct failure *f,
	const uint32_t *failures, size_t n)
{
	struct items items = { 0 };

	collect(k, f, true, failures, n, &items);
	for (size_t i = 0; i < n; i++)
		if (&k->failures.v[failures[i]] != f)
			collect(k, &k->failures.v[failures[i]], false, failures, n, &items);
	if (chosen_of(f)) {
		collect_effects(k, root_of_failure(f), &items);
		collect_kin(k, f, &items);
	}
	collect_endings(k, failures, n, &items);
	qsort_r(items.v, items.n, sizeof(*items.v), by_weight, k);
	put_items(k, in, &items);
	put_absences(k, in, f);
	qsort(in->evidence.v, in->evidence.n, sizeof(*in->evidence.v), by_role);
	put_gaps(k, in);
	free(items.v);
}
