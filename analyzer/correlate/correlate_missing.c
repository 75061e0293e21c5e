/* SPDX-License-Identifier: Apache-2.0 */
/* What the case does not hold but would decide, and what it holds that came to nothing. */
#include <stdlib.h>

#include "analyzer/correlate/correlate_parts.h"

#define RULES_ASKED 4

static void add_decides(struct missing *m, struct str cause)
{
	for (size_t i = 0; i < m->decides.n; i++)
		if (str_eq(m->decides.v[i], cause))
			return;
	vec_push(&m->decides, cause);
}

static void add_missing(struct correlator *k, struct missing *item, struct str cause)
{
	for (size_t i = 0; i < k->out->missing.n; i++) {
		struct missing *old = &k->out->missing.v[i];

		if (str_eq(old->what, item->what) && str_eq(old->host, item->host)) {
			add_decides(old, cause);
			return;
		}
	}
	add_decides(item, cause);
	vec_push(&k->out->missing, *item);
}

static int64_t instant(const struct episode *e)
{
	return e->fact ? TIME_NONE : e->start_100ns;
}

/* A log that is here but was overwritten before the time in question. */
static bool wrapped_before(const struct correlator *k, uint32_t host, struct str source)
{
	for (size_t i = 0; i < k->c->coverage.n; i++)
		if (k->c->coverage.v[i].host == host && str_ieq(k->c->coverage.v[i].source, source) &&
			k->c->coverage.v[i].wrapped)
			return true;
	return false;
}

static void ask_rule(struct correlator *k, const struct failure *f, const struct rule *rule,
	uint32_t root)
{
	for (size_t i = 0; i < rule->missing.n; i++) {
		const struct rule_missing *m = &rule->missing.v[i];
		const struct episode *e = episode_at(k, m->on == AT_IMPACT ? f->impact : root);
		int64_t at = instant(e);
		struct missing item = { .host = case_host_name(k->c, e->host) };
		struct incident none = { 0 };

		if (source_here(k, e->host, m->source, at, at))
			continue;
		item.what = fill_template(k, m->what, f, &none);
		item.why = fill_template(k, m->why, f, &none);
		item.command = fill_command(k, m->command, f, &none);
		item.before_wrap = wrapped_before(k, e->host, m->source);
		add_missing(k, &item, rule->cause);
	}
}

static void ask_unseen(struct correlator *k, const struct candidate *c)
{
	for (size_t i = 0; i < c->unseen.n; i++) {
		const struct rule_support *s = c->unseen.v[i];
		const struct signal *signal = s->signals.n ? &k->kb->signals.v[s->signals.v[0]] : NULL;
		const struct episode *root = episode_at(k, c->root);
		struct missing item = { .host = case_host_name(k->c, root->host), .command = STR("") };

		if (!signal || !signal->seen_in.n || source_here(k, root->host, signal->seen_in.v[0],
								    instant(root), instant(root)))
			continue;
		item.what = arena_printf(k->a, "%.*s of the time around the failure",
			STR_ARG(signal->seen_in.v[0]));
		item.why = s->why;
		add_missing(k, &item, c->rule->cause);
	}
}

const struct rule *undetermined_rule(const struct knowledge *kb)
{
	for (size_t i = 0; i < kb->rules.n; i++)
		if (str_eq(kb->rules.v[i].id, STR(RULE_UNDETERMINED)))
			return &kb->rules.v[i];
	return NULL;
}

void tell_missing(struct correlator *k, const struct failure *lead)
{
	const struct rule *none = undetermined_rule(k->kb);
	size_t asked = 0;

	for (size_t i = 0; i < lead->candidates.n && asked < RULES_ASKED; i++) {
		const struct candidate *c = &lead->candidates.v[i];

		if (c->beaten)
			continue;
		asked++;
		ask_rule(k, lead, c->rule, c->root);
		ask_unseen(k, c);
	}
	if (lead->chosen != SIZE_MAX)
		return;
	if (none)
		ask_rule(k, lead, none, lead->impact);
	for (size_t r = 0; r < k->kb->rules.n && asked < RULES_ASKED; r++) {
		const struct rule *rule = &k->kb->rules.v[r];
		uint32_t signal = episode_at(k, lead->impact)->signal;
		bool links = false;

		for (size_t i = 0; i < k->by_effect[signal].n && rule->roots.n; i++) {
			const struct link *l = &k->kb->links.v[k->by_effect[signal].v[i]];

			for (size_t n = 0; n < l->causes.n; n++)
				links |= l->causes.v[n] == rule->roots.v[0];
		}
		if (links && rule->missing.n) {
			ask_rule(k, lead, rule, lead->impact);
			asked++;
		}
	}
}

static int by_str(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static int by_what(const void *a, const void *b)
{
	const struct missing *x = a, *y = b;

	return str_eq(x->host, y->host) ? str_cmp(x->what, y->what) : str_cmp(x->host, y->host);
}

void finish_missing(struct correlator *k)
{
	struct result *out = k->out;

	for (size_t i = 0; i < out->missing.n; i++)
		qsort(out->missing.v[i].decides.v, out->missing.v[i].decides.n, sizeof(struct str), by_str);
	if (out->missing.n)
		qsort(out->missing.v, out->missing.n, sizeof(*out->missing.v), by_what);
}

static void observe(struct correlator *k, struct observation *seen)
{
	for (size_t i = 0; i < k->out->observations.n; i++) {
		struct observation *old = &k->out->observations.v[i];

		if (!str_eq(old->signal, seen->signal) || !str_eq(old->host, seen->host) ||
			!str_eq(old->why, seen->why))
			continue;
		old->count += seen->count;
		if (seen->first_100ns < old->first_100ns) {
			old->first_100ns = seen->first_100ns;
			old->ref = seen->ref;
			old->title = seen->title;
		}
		if (seen->last_100ns > old->last_100ns)
			old->last_100ns = seen->last_100ns;
		return;
	}
	vec_push(&k->out->observations, *seen);
}

static struct str title_text(struct correlator *k, const struct episode *e)
{
	struct buf b = { 0 };
	struct str text;

	episode_title(k->s, e, &b);
	text = arena_str(k->a, buf_str(&b));
	buf_free(&b);
	return text;
}

static void observe_episode(struct correlator *k, uint32_t episode, const char *why)
{
	const struct episode *e = episode_at(k, episode);
	struct observation seen = { .signal = episode_signal(k->s, e)->id, .title = title_text(k, e),
		.host = case_host_name(k->c, e->host), .count = 1,
		.first_100ns = e->fact ? e->observed_100ns : e->start_100ns,
		.last_100ns = e->fact ? e->observed_100ns : e->end_100ns,
		.why = str_of(why), .ref = e->ref };

	observe(k, &seen);
}

static int by_observation(const void *a, const void *b)
{
	const struct observation *x = a, *y = b;
	int order = str_cmp(x->signal, y->signal);

	if (!order)
		order = str_cmp(x->host, y->host);
	if (!order)
		order = str_cmp(x->why, y->why);
	return order ? order : x->first_100ns < y->first_100ns ? -1 : x->first_100ns > y->first_100ns;
}

/* Signals that are a success or an end, and never a cause, are no oddity. */
static bool is_oddity(const struct correlator *k, uint32_t signal)
{
	for (size_t i = 0; i < k->kb->links.n; i++)
		for (size_t n = 0; n < k->kb->links.v[i].causes.n; n++)
			if (k->kb->links.v[i].causes.v[n] == signal)
				return true;
	return false;
}

void tell_observations(struct correlator *k)
{
	for (size_t i = 0; i < k->s->harmless.n; i++) {
		const struct harmless *h = &k->s->harmless.v[i];
		struct episode e = { .signal = h->row.signal, .host = h->row.host, .ref = h->row.ref };
		struct observation seen = { .signal = k->kb->signals.v[h->row.signal].id,
			.title = title_text(k, &e), .host = case_host_name(k->c, h->row.host), .count = 1,
			.first_100ns = h->row.time_100ns, .last_100ns = h->row.time_100ns,
			.why = h->because, .ref = h->row.ref };

		observe(k, &seen);
	}
	for (size_t i = 0; i < k->cancelled.n; i++)
		observe_episode(k, k->cancelled.v[i], "a later try of the same succeeded");
	for (uint32_t i = 0; i < k->s->episodes.n; i++) {
		const struct episode *e = episode_at(k, i);

		if (k->told[i] || episode_signal(k->s, e)->impact || !is_oddity(k, e->signal))
			continue;
		observe_episode(k, i, k->background[i] > 0
			? "it comes as often away from failures as before them" : "");
	}
	if (k->out->observations.n)
		qsort(k->out->observations.v, k->out->observations.n, sizeof(*k->out->observations.v),
			by_observation);
}
