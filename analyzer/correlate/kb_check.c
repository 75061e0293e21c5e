/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with knowledge that loads: dead ends, causes nobody tests, words nobody knows. */
#include <stdlib.h>

#include "analyzer/correlate/entity.h"
#include "analyzer/correlate/knowledge.h"

static void mark(bool *used, const struct signal_refs *refs)
{
	for (size_t i = 0; i < refs->n; i++)
		used[refs->v[i]] = true;
}

static void mark_rule(bool *used, const struct rule *rule)
{
	mark(used, &rule->roots);
	for (size_t i = 0; i < rule->supports.n; i++)
		mark(used, &rule->supports.v[i].signals);
	for (size_t i = 0; i < rule->against.n; i++)
		mark(used, &rule->against.v[i].signals);
	for (size_t i = 0; i < rule->caps.n; i++)
		mark(used, &rule->caps.v[i].unless);
}

/* A signal that neither is an impact nor leads, supports or ends anything says nothing. */
static void check_reach(struct knowledge *kb)
{
	bool *used = xmalloc(kb->signals.n + 1);

	memset(used, 0, kb->signals.n + 1);
	for (size_t i = 0; i < kb->links.n; i++) {
		mark(used, &kb->links.v[i].causes);
		mark(used, &kb->links.v[i].effects);
	}
	for (size_t i = 0; i < kb->rules.n; i++)
		mark_rule(used, &kb->rules.v[i]);
	for (size_t i = 0; i < kb->activities.n; i++) {
		mark(used, &kb->activities.v[i].from);
		mark(used, &kb->activities.v[i].to);
	}
	for (size_t i = 0; i < kb->signals.n; i++) {
		mark(used, &kb->signals.v[i].success);
		mark(used, &kb->signals.v[i].ends);
	}
	for (size_t i = 0; i < kb->signals.n; i++) {
		const struct signal *s = &kb->signals.v[i];

		if (!used[i] && !s->impact && !s->harmless.n && !s->observe.because.n)
			kb_problem(kb, false, s->place, "the signal '%.*s' leads nowhere", STR_ARG(s->id));
		if (s->count_min == 0 && s->count_100ns)
			kb_problem(kb, true, s->place, "'count' without 'min'");
	}
	free(used);
}

static void check_same(struct knowledge *kb, struct kb_place place, const struct str_list *same)
{
	for (size_t i = 0; i < same->n; i++)
		if (entity_type(same->v[i]) == ENTITY_NONE)
			kb_problem(kb, true, place, "'%.*s' is no entity type", STR_ARG(same->v[i]));
}

static void check_words(struct knowledge *kb)
{
	for (size_t i = 0; i < kb->activities.n; i++)
		check_same(kb, kb->activities.v[i].place, &kb->activities.v[i].lane);
	for (size_t i = 0; i < kb->links.n; i++)
		for (size_t k = 0; k < kb->links.v[i].joins.n; k++)
			check_same(kb, kb->links.v[i].place, &kb->links.v[i].joins.v[k].same);
	for (size_t i = 0; i < kb->rules.n; i++) {
		const struct rule *r = &kb->rules.v[i];

		for (size_t k = 0; k < r->supports.n; k++)
			check_same(kb, r->supports.v[k].place, &r->supports.v[k].same);
		for (size_t k = 0; k < r->against.n; k++)
			check_same(kb, r->against.v[k].place, &r->against.v[k].same);
	}
}

static size_t tests_of(const struct knowledge *kb, struct str cause, const char *expect)
{
	size_t n = 0;

	for (size_t i = 0; i < kb->tests.n; i++)
		n += str_eq(kb->tests.v[i].cause, cause) &&
		     str_eq(kb->tests.v[i].expect, str_of(expect));
	return n;
}

static bool observes(const struct knowledge *kb, struct str signal, const char *expect)
{
	for (size_t i = 0; i < kb->tests.n; i++)
		if (str_eq(kb->tests.v[i].observes, signal) &&
			str_eq(kb->tests.v[i].expect, str_of(expect)))
			return true;
	return false;
}

/* What tells a reader to do something is shown where it speaks and where it does not. */
static void check_observed(struct knowledge *kb)
{
	for (size_t i = 0; i < kb->signals.n; i++) {
		const struct signal *s = &kb->signals.v[i];

		if (s->observe.advice.n && !(observes(kb, s->id, "fire") && observes(kb, s->id, "silent")))
			kb_problem(kb, true, s->place, "'%.*s' gives advice and lacks a test where it is "
				"observed, or one where it is not", STR_ARG(s->id));
	}
	for (size_t i = 0; i < kb->tests.n; i++)
		if (kb->tests.v[i].observes.n && knowledge_signal(kb, kb->tests.v[i].observes) == SIGNAL_NONE)
			kb_problem(kb, true, kb->tests.v[i].place, "unknown signal '%.*s'",
				STR_ARG(kb->tests.v[i].observes));
}

static void check_tests(struct knowledge *kb)
{
	for (size_t i = 0; i < kb->rules.n; i++) {
		const struct rule *r = &kb->rules.v[i];

		if (!r->remedy.n)
			kb_problem(kb, false, r->place, "the rule '%.*s' has no remedy", STR_ARG(r->id));
		for (size_t k = 0; k < r->missing.n; k++)
			if (!r->missing.v[k].command.n)
				kb_problem(kb, false, r->place, "no command collects '%.*s'",
					STR_ARG(r->missing.v[k].what));
		if (i && str_eq(kb->rules.v[i - 1].cause, r->cause))
			continue;
		if (!tests_of(kb, r->cause, "fire"))
			kb_problem(kb, true, r->place, "no test shows that '%.*s' fires", STR_ARG(r->cause));
		if (!tests_of(kb, r->cause, "silent"))
			kb_problem(kb, true, r->place, "no test shows where '%.*s' stays silent",
				STR_ARG(r->cause));
		if (!tests_of(kb, r->cause, "near") && !str_eq(r->id, STR(RULE_UNDETERMINED)))
			kb_problem(kb, true, r->place, "no test shows a near miss of '%.*s'",
				STR_ARG(r->cause));
	}
	for (size_t i = 0; i < kb->tests.n; i++)
		if (!kb->tests.v[i].observes.n && !knowledge_cause(kb, kb->tests.v[i].cause))
			kb_problem(kb, true, kb->tests.v[i].place, "unknown cause '%.*s'",
				STR_ARG(kb->tests.v[i].cause));
}

/* Each known failure pattern is shown by a test: an item of the coverage with a cause is one. */
static void check_patterns(struct knowledge *kb)
{
	for (size_t i = 0; i < kb->coverage.n; i++) {
		const struct kb_coverage *c = &kb->coverage.v[i];
		bool shown = !c->cause.n;

		for (size_t k = 0; k < kb->tests.n && !shown; k++)
			shown = str_eq(kb->tests.v[k].pattern, c->item) && str_eq(kb->tests.v[k].cause, c->cause);
		if (!shown)
			kb_problem(kb, true, c->place, "no test shows the pattern '%.*s'", STR_ARG(c->item));
	}
}

static bool ends_a_rule(const struct knowledge *kb, uint32_t signal)
{
	for (size_t i = 0; i < kb->rules.n; i++)
		for (size_t k = 0; k < kb->rules.v[i].roots.n; k++)
			if (kb->rules.v[i].roots.v[k] == signal)
				return true;
	return false;
}

/* A root that is no impact and causes nothing can never be the end of a chain. */
static void check_roots(struct knowledge *kb)
{
	for (size_t s = 0; s < kb->signals.n; s++) {
		bool causes = kb->signals.v[s].impact || kb->signals.v[s].standing;

		for (size_t i = 0; i < kb->links.n && !causes; i++)
			for (size_t k = 0; k < kb->links.v[i].causes.n; k++)
				causes |= kb->links.v[i].causes.v[k] == s;
		if (!causes && ends_a_rule(kb, (uint32_t)s))
			kb_problem(kb, false, kb->signals.v[s].place,
				"the signal '%.*s' is the root of a rule, but no link leads from it",
				STR_ARG(kb->signals.v[s].id));
	}
}

void knowledge_check(struct knowledge *kb)
{
	check_reach(kb);
	check_words(kb);
	check_patterns(kb);
	check_roots(kb);
	check_tests(kb);
	check_observed(kb);
	kb_check_coverage(kb);
}
