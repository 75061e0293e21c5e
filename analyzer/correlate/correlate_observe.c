/* SPDX-License-Identifier: Apache-2.0 */
/* What was seen and is no part of an incident: oddities, harmless rows, states worth mending. */
#include <stdlib.h>

#include "analyzer/correlate/correlate_parts.h"
#include "analyzer/correlate/wording.h"

#define TITLES_MAX 20   /* of one signal on one host; further ones count with the last */

struct asker {
	const struct correlator *k;
	const struct episode *e;
};

static bool ask(void *with, struct str name, struct buf *out)
{
	const struct asker *a = with;

	return signal_binding(a->k->s, a->e->signal, a->e->ref, name, out);
}

static struct str filled(struct correlator *k, const struct episode *e, struct str template,
	bool command)
{
	struct asker a = { k, e };
	struct buf b = { 0 };
	struct str text;

	if (command)
		wording_fill_command(k->kb, template, ask, &a, &b);
	else
		wording_fill(k->kb, template, ask, &a, &b);
	text = arena_str(k->a, buf_str(&b));
	buf_free(&b);
	return text;
}

/* States with advice are told one by one, all else by signal, host and reason. */
static struct observation *same_as(struct correlator *k, const struct observation *seen, bool advised)
{
	struct observation *last = NULL;
	size_t titles = 0;

	for (size_t i = 0; i < k->out->observations.n; i++) {
		struct observation *old = &k->out->observations.v[i];

		if (!str_eq(old->signal, seen->signal) || !str_eq(old->host, seen->host) ||
			!str_eq(old->reason, seen->reason))
			continue;
		if (!advised || str_eq(old->title, seen->title))
			return old;
		last = old;
		titles++;
	}
	return titles < TITLES_MAX ? NULL : last;
}

static void begin(struct correlator *k, const struct episode *e, struct observation *seen, bool harmless)
{
	const struct signal_observe *o = &k->kb->signals.v[e->signal].observe;

	seen->title = arena_str(k->a, seen->title);
	seen->why = harmless ? seen->reason : filled(k, e, o->because, false);
	seen->advice = filled(k, e, o->advice, false);
	seen->command = filled(k, e, o->command, true);
	vec_push(&k->out->observations, *seen);
}

static void add(struct correlator *k, struct observation *old, const struct observation *seen)
{
	old->count += seen->count;
	if (seen->first_100ns < old->first_100ns) {
		old->first_100ns = seen->first_100ns;
		old->ref = seen->ref;
		old->title = arena_str(k->a, seen->title);
	}
	if (seen->last_100ns > old->last_100ns)
		old->last_100ns = seen->last_100ns;
}

/* `why`: another reason than what the signal says of itself. */
static void tell(struct correlator *k, const struct episode *e, struct str why)
{
	const struct signal *s = &k->kb->signals.v[e->signal];
	struct asker a = { k, e };
	struct buf title = { 0 };
	struct observation seen = { .signal = s->id, .host = case_host_name(k->c, e->host), .count = 1,
		.first_100ns = e->fact ? e->observed_100ns : e->start_100ns,
		.last_100ns = e->fact ? e->observed_100ns : e->end_100ns,
		.reason = why.n ? why : s->observe.because, .ref = e->ref };
	struct observation *old;

	wording_fill(k->kb, s->title, ask, &a, &title);
	seen.title = buf_str(&title);
	old = same_as(k, &seen, s->observe.advice.n > 0);
	if (old)
		add(k, old, &seen);
	else
		begin(k, e, &seen, why.n > 0);
	buf_free(&title);
}

/* An episode of facts may hold several things that are no entities: drivers, checks. */
static void tell_episode(struct correlator *k, const struct episode *e, struct str why)
{
	struct episode one = *e;

	if (!e->fact || !episode_signal(k->s, e)->observe.advice.n) {
		tell(k, e, why);
		return;
	}
	for (size_t i = 0; i < e->count; i++) {
		one.ref = k->s->rows.v[e->first + i].ref;
		tell(k, &one, why);
	}
}

static int by_observation(const void *a, const void *b)
{
	const struct observation *x = a, *y = b;
	int order = (x->advice.n == 0) - (y->advice.n == 0);

	if (!order)
		order = str_cmp(x->signal, y->signal);
	if (!order)
		order = str_cmp(x->host, y->host);
	if (!order)
		order = str_cmp(x->why, y->why);
	if (!order && x->first_100ns != y->first_100ns)
		return x->first_100ns < y->first_100ns ? -1 : 1;
	return order ? order : str_cmp(x->title, y->title);
}

/* Signals that are a success or an end, and never a cause, are no oddity. */
static bool is_oddity(const struct correlator *k, uint32_t signal)
{
	if (k->kb->signals.v[signal].observe.because.n)
		return true;
	for (size_t i = 0; i < k->kb->links.n; i++)
		for (size_t n = 0; n < k->kb->links.v[i].causes.n; n++)
			if (k->kb->links.v[i].causes.v[n] == signal)
				return true;
	return false;
}

static void tell_signal(struct correlator *k, uint32_t signal)
{
	size_t end, i = episodes_of(k->s, signal, &end);

	for (; i < end; i++)
		if (!k->told[i])
			tell_episode(k, episode_at(k, (uint32_t)i), k->background[i] > 0
				? STR("it comes as often away from failures as before them") : STR(""));
}

void tell_observations(struct correlator *k)
{
	for (size_t i = 0; i < k->s->harmless.n; i++) {
		const struct harmless *h = &k->s->harmless.v[i];
		struct episode e = { .signal = h->row.signal, .host = h->row.host, .ref = h->row.ref,
			.start_100ns = h->row.time_100ns, .end_100ns = h->row.time_100ns };

		tell(k, &e, h->because);
	}
	for (size_t i = 0; i < k->cancelled.n; i++)
		tell(k, episode_at(k, k->cancelled.v[i]), STR("a later try of the same succeeded"));
	for (uint32_t s = 0; s < k->kb->signals.n; s++)
		if (!k->kb->signals.v[s].impact && is_oddity(k, s))
			tell_signal(k, s);
	if (k->out->observations.n)
		qsort(k->out->observations.v, k->out->observations.n, sizeof(*k->out->observations.v),
			by_observation);
}
