/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/cli/known.h"

#include <stdio.h>

#include "analyzer/base/text.h"
#include "analyzer/correlate/codes.h"
#include "analyzer/correlate/wording.h"

#define NEAR_MAX 8

/* No case is at hand: places stay to be filled in, and what is to be done again is tried again. */
static bool no_case(void *with, struct str name, struct buf *out)
{
	(void)with;
	if (!str_eq(name, STR("repeat")))
		return false;
	buf_puts(out, STR("try"));
	return true;
}

static void print_filled(const struct knowledge *kb, const char *before, struct str template)
{
	struct buf b = { 0 };

	if (!template.n)
		return;
	wording_fill_command(kb, template, no_case, NULL, &b);
	printf("%s%.*s\n", before, STR_ARG(buf_str(&b)));
	buf_free(&b);
}

static void print_list(const char *label, const struct str_list *list)
{
	if (!list->n)
		return;
	printf("%s: ", label);
	for (size_t i = 0; i < list->n; i++)
		printf("%s%.*s", i ? ", " : "", STR_ARG(list->v[i]));
	putchar('\n');
}

static void print_confidence(const char *before, char letter)
{
	printf("%s%s\n", before, letter == 'V' ? "confirmed by a primary source"
		: letter == 'C' ? "told by one other source" : "field memory: it never stands alone");
}

static bool has_root(const struct rule *rule, uint32_t signal)
{
	for (size_t i = 0; i < rule->roots.n; i++)
		if (rule->roots.v[i] == signal)
			return true;
	return false;
}

/* What the rules take such a record for, whose causes begin with it. */
static void print_signals(const struct knowledge *kb, const struct kb_event *ev, uint32_t id)
{
	struct kind k = { .data_type = STR("windows:evtx:record"), .channel = ev->channel, .id = id,
		.has_id = true, .level = LEVEL_ERROR };

	if (!ev->providers.n || str_chr(ev->providers.v[0], '*') >= 0)
		return;
	k.provider = ev->providers.v[0];
	for (uint32_t s = 0; s < kb->signals.n; s++) {
		const struct signal *sig = &kb->signals.v[s];
		enum truth fits = predicate_kind(sig->match, &k);
		uint32_t ids[64];

		/* What the row must decide counts where the id was asked for, not where any id would do. */
		if (fits == TRUTH_NO || (fits == TRUTH_UNKNOWN && !predicate_ids(sig->match, ids, 64)))
			continue;
		printf("  may be the signal %.*s", STR_ARG(sig->id));
		for (size_t r = 0, n = 0; r < kb->rules.n; r++)
			if (has_root(&kb->rules.v[r], s))
				printf("%s%.*s", n++ ? ", " : ", a root of ", STR_ARG(kb->rules.v[r].id));
		putchar('\n');
	}
}

static void print_event(const struct knowledge *kb, const struct kb_event *ev, uint32_t id)
{
	printf("event ");
	for (size_t i = 0; i < ev->providers.n; i++)
		printf("%s%.*s", i ? ", " : "", STR_ARG(ev->providers.v[i]));
	printf(" %u", id);
	if (ev->channel.n)
		printf(" (%.*s)", STR_ARG(ev->channel));
	putchar('\n');
	print_filled(kb, "  ", ev->say);
	if (ev->about.n)
		printf("  %.*s\n", STR_ARG(ev->about));
	print_list("  fields", &ev->fields);
	if (ev->role.n)
		printf("  role: %.*s\n", STR_ARG(ev->role));
	print_signals(kb, ev, id);
	print_confidence("  ", ev->confidence);
}

static bool provider_fits(const struct kb_event *ev, struct str provider)
{
	if (!provider.n)
		return true;
	for (size_t i = 0; i < ev->providers.n; i++)
		if (str_glob(ev->providers.v[i], provider) || str_ifind(ev->providers.v[i], provider) >= 0)
			return true;
	return false;
}

static size_t print_events(const struct knowledge *kb, struct str provider, uint64_t id)
{
	size_t found = 0;

	for (size_t i = 0; i < kb->events.n; i++) {
		const struct kb_event *ev = &kb->events.v[i];

		for (size_t k = 0; k < ev->ids.n; k++)
			if (ev->ids.v[k] == id && provider_fits(ev, provider)) {
				print_event(kb, ev, ev->ids.v[k]);
				found++;
			}
	}
	return found;
}

/* Of a code that is not known its forms are of use where they were asked for as a code. */
static size_t print_code(const struct knowledge *kb, struct str text)
{
	uint32_t code;
	const struct kb_code *c;

	if (!code_first(text, &code) && !code_parse(text, &code)) {
		for (size_t i = 0; i < kb->codes.n; i++)
			if (str_ieq(kb->codes.v[i].symbol, text))
				return print_code(kb, arena_printf(kb->a, "0x%08X", kb->codes.v[i].code));
		return 0;
	}
	c = knowledge_code(kb, code);
	if (!c && code < 0x10000)
		return 0;
	printf("code 0x%08X, signed %d, unsigned %u\n", code, (int32_t)code, code);
	if (!c) {
		printf("  not in the tables\n");
		return 1;
	}
	printf("  %.*s (%.*s)\n  %.*s\n", STR_ARG(c->symbol), STR_ARG(c->family), STR_ARG(c->say));
	print_confidence("  ", c->confidence);
	return 1;
}

static size_t print_states(const struct knowledge *kb, struct str what)
{
	uint64_t value;
	bool number = str_to_u64(what, 10, &value);
	size_t found = 0;

	for (size_t i = 0; i < kb->states.n; i++) {
		const struct kb_state *s = &kb->states.v[i];

		if (number ? s->value != value : !str_ieq(s->symbol, what))
			continue;
		printf("state %llu of %.*s: %.*s\n  %.*s\n", (unsigned long long)s->value, STR_ARG(s->family),
			STR_ARG(s->symbol), STR_ARG(s->say));
		found++;
	}
	return found;
}

static void print_thing(const char *what, const struct kb_thing *t)
{
	printf("%s %.*s", what, STR_ARG(t->name));
	printf(t->id.n ? " %.*s\n" : "\n", STR_ARG(t->id));
	if (t->service.n)
		printf("  lives in service %.*s\n", STR_ARG(t->service));
	if (t->recover.n)
		printf("  to recover: %.*s\n", STR_ARG(t->recover));
	if (t->risk.n)
		printf("  risk: %.*s\n", STR_ARG(t->risk));
	if (t->vendor.n)
		printf("  %.*s%s%.*s: %.*s\n", STR_ARG(t->vendor), t->product.n ? " " : "",
			STR_ARG(t->product), STR_ARG(t->class));
	if (t->altitude)
		printf("  altitude %llu\n", (unsigned long long)t->altitude);
	if (t->say.n)
		printf("  %.*s\n", STR_ARG(t->say));
}

static bool made_by(const struct kb_thing *t, struct str what)
{
	return str_ieq(t->vendor, what) || str_ieq(t->product, what) ||
	       (t->product.n && str_istarts(what, t->vendor) &&
		       str_ieq(str_trim(str_from(what, t->vendor.n)), t->product));
}

/* By name, id with braces or without, a driver's file name, or who made it. */
static bool thing_fits(const struct kb_thing *t, struct str what)
{
	struct str id = t->id.n > 2 ? str_sub(t->id, 1, t->id.n - 2) : t->id, bare = what;

	if (what.n > 4 && str_ieq(str_from(what, what.n - 4), STR(".sys")))
		bare = str_sub(what, 0, what.n - 4);
	return str_ieq(t->name, bare) || (what.n && made_by(t, what)) ||
	       (id.n && (str_ieq(t->id, what) || str_ieq(id, what)));
}

static size_t print_things(const struct knowledge *kb, struct str what)
{
	size_t found = 0;

	for (size_t i = 0; i < kb->writers.n; i++)
		if (thing_fits(&kb->writers.v[i], what) && ++found)
			print_thing("VSS writer", &kb->writers.v[i]);
	for (size_t i = 0; i < kb->vss_providers.n; i++)
		if (thing_fits(&kb->vss_providers.v[i], what) && ++found)
			print_thing("VSS provider", &kb->vss_providers.v[i]);
	for (size_t i = 0; i < kb->filters.n; i++)
		if (thing_fits(&kb->filters.v[i], what) && ++found)
			print_thing("filter driver", &kb->filters.v[i]);
	return found;
}

/* A driver that nobody knows can still be classed by where it stands. */
static size_t print_altitude(const struct knowledge *kb, struct str what)
{
	uint64_t value;
	size_t found = 0;

	if (!str_to_u64(str_sub(what, 0, what.n > 6 && what.p[6] == '.' ? 6 : what.n), 10, &value) ||
		value < 20000)
		return 0;
	for (size_t i = 0; i < kb->altitudes.n; i++)
		if ((double)value >= kb->altitudes.v[i].from && (double)value <= kb->altitudes.v[i].to && ++found)
			printf("altitude %.*s: %.*s\n", STR_ARG(what), STR_ARG(kb->altitudes.v[i].class));
	for (size_t i = 0; i < kb->filters.n; i++)
		if (kb->filters.v[i].altitude == value && ++found)
			print_thing("filter driver", &kb->filters.v[i]);
	return found;
}

static void print_rule(const struct knowledge *kb, const struct rule *r)
{
	printf("\n  rule %.*s\n", STR_ARG(r->id));
	print_filled(kb, "    ", r->explanation);
	print_list("    begins with", &r->roots.names);
	for (size_t i = 0; i < r->remedy.n; i++) {
		printf("    %zu. ", i + 1);
		print_filled(kb, "", r->remedy.v[i].step);
		print_filled(kb, "       ", r->remedy.v[i].command);
		print_filled(kb, "       risk: ", r->remedy.v[i].risk);
	}
	for (size_t i = 0; i < r->missing.n; i++) {
		print_filled(kb, "    settled by ", r->missing.v[i].what);
		print_filled(kb, "       ", r->missing.v[i].command);
	}
	for (size_t i = 0; i < r->references.n; i++)
		printf("    %.*s\n", STR_ARG(r->references.v[i]));
}

static size_t print_rules(const struct knowledge *kb, struct str what)
{
	const struct cause_id *c = knowledge_cause(kb, what);
	size_t found = 0;

	if (c && ++found)
		printf("cause %.*s (%.*s)\n  %.*s\n", STR_ARG(c->id), STR_ARG(c->class), STR_ARG(c->means));
	for (size_t i = 0; i < kb->rules.n; i++)
		if ((str_eq(kb->rules.v[i].cause, what) || str_eq(kb->rules.v[i].id, what)) && ++found)
			print_rule(kb, &kb->rules.v[i]);
	return found;
}

static size_t print_signal(const struct knowledge *kb, struct str what)
{
	uint32_t at = knowledge_signal(kb, what);
	const struct signal *s;

	if (at == SIGNAL_NONE)
		return 0;
	s = &kb->signals.v[at];
	printf("signal %.*s%s\n", STR_ARG(s->id), s->impact ? ": a failure by itself" : "");
	print_filled(kb, "  ", s->title);
	print_list("  seen in", &s->seen_in);
	print_filled(kb, "  without a failure: ", s->observe.because);
	print_filled(kb, "  to do: ", s->observe.advice);
	print_filled(kb, "  ", s->observe.command);
	print_confidence("  ", s->confidence);
	return 1;
}

static void put_near(struct str name, struct str what, size_t *shown)
{
	if (*shown < NEAR_MAX && str_ifind(name, what) >= 0)
		printf("%s%.*s", (*shown)++ ? ", " : "near: ", STR_ARG(name));
}

static void print_near(const struct knowledge *kb, struct str what)
{
	size_t shown = 0;

	for (size_t i = 0; i < kb->rules.n; i++)
		put_near(kb->rules.v[i].id, what, &shown);
	for (size_t i = 0; i < kb->signals.n; i++)
		put_near(kb->signals.v[i].id, what, &shown);
	for (size_t i = 0; i < kb->writers.n; i++)
		put_near(kb->writers.v[i].name, what, &shown);
	for (size_t i = 0; i < kb->vss_providers.n; i++)
		put_near(kb->vss_providers.v[i].name, what, &shown);
	for (size_t i = 0; i < kb->codes.n; i++)
		put_near(kb->codes.v[i].symbol, what, &shown);
	if (shown)
		putchar('\n');
}

size_t known_print(const struct knowledge *kb, struct str what)
{
	ptrdiff_t slash = str_rchr(what, '/');
	struct str tail = str_from(what, (size_t)(slash + 1));
	size_t found = print_rules(kb, what) + print_signal(kb, what) + print_things(kb, what) +
		       print_states(kb, what) + print_altitude(kb, what);
	uint64_t id;

	if (str_to_u64(tail, 10, &id) && id < 65536)
		found += print_events(kb, slash > 0 ? str_sub(what, 0, (size_t)slash) : STR(""), id);
	if (!found)
		found = print_code(kb, what);
	if (!found && what.n > 2)
		print_near(kb, what);
	return found;
}

static void print_line(const struct knowledge *kb, const char *kind, struct str id, struct str text)
{
	printf("%-7s %-32.*s", kind, STR_ARG(id));
	print_filled(kb, " ", text);
}

void known_list(const struct knowledge *kb)
{
	for (size_t i = 0; i < kb->causes.n; i++)
		print_line(kb, "cause", kb->causes.v[i].id, kb->causes.v[i].means);
	for (size_t i = 0; i < kb->rules.n; i++)
		print_line(kb, "rule", kb->rules.v[i].id, kb->rules.v[i].title);
	for (size_t i = 0; i < kb->signals.n; i++)
		print_line(kb, "signal", kb->signals.v[i].id, kb->signals.v[i].title);
}
