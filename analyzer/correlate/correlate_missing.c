/* SPDX-License-Identifier: Apache-2.0 */
/* What the case does not hold but would decide, and what it holds that came to nothing. */
#include <stdlib.h>
#include <string.h>

#include "analyzer/correlate/correlate_parts.h"
#include "analyzer/correlate/wording.h"

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

/* The table's entry, the last of a name first (a user's own); that of `*` for what has none. */
static const struct kb_source *source_named(const struct knowledge *kb, struct str source)
{
	const struct kb_source *any = NULL;

	for (size_t i = kb->sources.n; i-- > 0;) {
		if (str_ieq(kb->sources.v[i].source, source))
			return &kb->sources.v[i];
		if (str_eq(kb->sources.v[i].source, STR("*")))
			any = &kb->sources.v[i];
	}
	return any;
}

/* The host inside a VM; HOST_NONE where the case does not hold it. */
static uint32_t guest_of(const struct correlator *k, uint32_t vm)
{
	for (uint32_t i = 0; i < k->c->hosts.n; i++)
		if (entity_guest_vm(k->s->en, i) == vm)
			return i;
	return HOST_NONE;
}

/* Which host speaks of a guest among what failed with it; HOST_NONE where none of them is here. */
static uint32_t host_of_guest(const struct correlator *k, const struct failure *f, uint32_t guest)
{
	uint32_t vm = entity_guest_vm(k->s->en, guest), host = episode_at(k, f->impact)->host;

	if (entity_guest_vm(k->s->en, host) == MAP_NONE)
		return host;
	for (size_t i = 0; i < k->s->episodes.n; i++) {
		const struct episode *e = episode_at(k, (uint32_t)i);

		if (episode_vm(k->s, e) == vm && entity_guest_vm(k->s->en, e->host) == MAP_NONE)
			return e->host;
	}
	return HOST_NONE;
}

/* Asks where the source would stand; false where it is there. `inside`: the failed VM. */
static bool is_absent(struct correlator *k, const struct failure *f, const struct episode *e,
	struct str source, bool inside, struct missing *item)
{
	const struct kb_source *known = source_named(k->kb, source);
	uint32_t host = e->host, vm = episode_vm(k->s, episode_at(k, f->impact));

	item->host = case_host_name(k->c, host);
	if ((inside || (known && known->guest)) && vm != MAP_NONE) {
		host = guest_of(k, vm);
		item->host = host == HOST_NONE ? arena_str(k->a, entity_name(k->s->en, vm))
						: case_host_name(k->c, host);
	}
	if (known && known->hypervisor && entity_guest_vm(k->s->en, host) != MAP_NONE) {
		host = host_of_guest(k, f, host);
		item->host = host == HOST_NONE
			? arena_printf(k->a, "the Hyper-V host of %.*s", STR_ARG(item->host))
			: case_host_name(k->c, host);
	}
	item->before_wrap = host != HOST_NONE && wrapped_before(k, host, source);
	return host == HOST_NONE || !source_here(k, host, source, instant(e), instant(e));
}

static void ask_rule(struct correlator *k, const struct failure *f, const struct rule *rule,
	uint32_t root)
{
	for (size_t i = 0; i < rule->missing.n; i++) {
		const struct rule_missing *m = &rule->missing.v[i];
		const struct episode *e = episode_at(k, m->on == AT_ROOT ? root : f->impact);
		struct missing item = { 0 };
		struct incident none = { 0 };

		if (!is_absent(k, f, e, m->source, m->on == AT_GUEST, &item))
			continue;
		item.what = fill_template(k, m->what, f, &none);
		item.why = fill_template(k, m->why, f, &none);
		item.command = fill_command(k, m->command, f, &none);
		add_missing(k, &item, rule->cause);
	}
}

static bool source_value(void *with, struct str name, struct buf *out)
{
	const struct str *source = with;

	if (!str_eq(name, STR("source")) && !str_eq(name, STR("file")))
		return false;
	for (size_t i = 0; i < source->n; i++)
		buf_putc(out, str_eq(name, STR("file")) && strchr("/ ", source->p[i]) ? '-'
										       : source->p[i]);
	return true;
}

static struct str fill_source(struct correlator *k, struct str template, struct str source)
{
	struct buf b = { 0 };
	struct str text;

	wording_fill_command(k->kb, template, source_value, &source, &b);
	text = arena_str(k->a, buf_str(&b));
	buf_free(&b);
	return text;
}

/* Counter-evidence that could not be looked for. */
static void ask_unseen(struct correlator *k, const struct failure *f, const struct candidate *c)
{
	for (size_t i = 0; i < c->unseen.n; i++) {
		const struct rule_support *s = c->unseen.v[i];
		const struct signal *signal = s->signals.n ? &k->kb->signals.v[s->signals.v[0]] : NULL;
		const struct kb_source *known;
		struct missing item = { 0 };

		if (!signal || !signal->seen_in.n ||
			!is_absent(k, f, episode_at(k, c->root), signal->seen_in.v[0], false, &item))
			continue;
		known = source_named(k->kb, signal->seen_in.v[0]);
		item.what = known ? fill_source(k, known->what, signal->seen_in.v[0])
				  : signal->seen_in.v[0];
		item.command = known ? fill_source(k, known->command, signal->seen_in.v[0]) : STR("");
		item.why = arena_printf(k->a, "it would show what speaks against this: %.*s",
			STR_ARG(s->why));
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
		ask_unseen(k, lead, c);
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

/* What settles most first; of those what will soon be overwritten. */
static int by_worth(const void *a, const void *b)
{
	const struct missing *x = a, *y = b;

	if (x->decides.n != y->decides.n)
		return x->decides.n > y->decides.n ? -1 : 1;
	if (x->before_wrap != y->before_wrap)
		return x->before_wrap ? -1 : 1;
	return str_eq(x->host, y->host) ? str_cmp(x->what, y->what) : str_cmp(x->host, y->host);
}

void finish_missing(struct correlator *k)
{
	struct result *out = k->out;

	for (size_t i = 0; i < out->missing.n; i++)
		qsort(out->missing.v[i].decides.v, out->missing.v[i].decides.n, sizeof(struct str), by_str);
	if (out->missing.n)
		qsort(out->missing.v, out->missing.n, sizeof(*out->missing.v), by_worth);
}
