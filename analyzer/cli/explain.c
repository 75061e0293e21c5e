/* SPDX-License-Identifier: Apache-2.0 */
/* caseline explain and knowledge: what the program knows, from the same data that it concludes with. */
#include <stdio.h>

#include "analyzer/base/text.h"
#include "analyzer/cli/coverage.h"
#include "analyzer/cli/knowing.h"
#include "analyzer/correlate/codes.h"
#include "analyzer/correlate/knowledge_test.h"

static void print_list(const char *label, const struct str_list *list)
{
	if (!list->n)
		return;
	printf("  %s: ", label);
	for (size_t i = 0; i < list->n; i++)
		printf("%s%.*s", i ? ", " : "", STR_ARG(list->v[i]));
	putchar('\n');
}

static void print_event(const struct kb_event *ev, uint32_t id)
{
	printf("event ");
	for (size_t i = 0; i < ev->providers.n; i++)
		printf("%s%.*s", i ? ", " : "", STR_ARG(ev->providers.v[i]));
	printf(" %u", id);
	if (ev->channel.n)
		printf(" (%.*s)", STR_ARG(ev->channel));
	printf("\n  %.*s\n", STR_ARG(ev->say));
	if (ev->about.n)
		printf("  %.*s\n", STR_ARG(ev->about));
	print_list("fields", &ev->fields);
	printf("  role %.*s, confidence %c\n", STR_ARG(ev->role), ev->confidence);
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

static size_t explain_event(const struct knowledge *kb, struct str provider, uint64_t id)
{
	size_t found = 0;

	for (size_t i = 0; i < kb->events.n; i++) {
		const struct kb_event *ev = &kb->events.v[i];

		for (size_t k = 0; k < ev->ids.n; k++)
			if (ev->ids.v[k] == id && provider_fits(ev, provider)) {
				print_event(ev, ev->ids.v[k]);
				found++;
			}
	}
	return found;
}

static size_t explain_code(const struct knowledge *kb, struct str text)
{
	uint32_t code;
	const struct kb_code *c;

	if (!code_parse(text, &code))
		return 0;
	c = knowledge_code(kb, code);
	printf("code 0x%08X, signed %d, unsigned %u\n", code, (int32_t)code, code);
	if (!c)
		return 0;
	printf("  %.*s (%.*s), confidence %c\n  %.*s\n", STR_ARG(c->symbol), STR_ARG(c->family),
		c->confidence, STR_ARG(c->say));
	return 1;
}

static void print_thing(const char *what, const struct kb_thing *t)
{
	printf("%s %.*s %.*s\n", what, STR_ARG(t->name), STR_ARG(t->id));
	if (t->service.n)
		printf("  service %.*s; to recover: %.*s; risk: %.*s\n", STR_ARG(t->service),
			STR_ARG(t->recover), STR_ARG(t->risk));
	if (t->vendor.n)
		printf("  %.*s %.*s, %.*s\n", STR_ARG(t->vendor), STR_ARG(t->product), STR_ARG(t->class));
	if (t->altitude)
		printf("  altitude %llu\n", (unsigned long long)t->altitude);
	if (t->say.n)
		printf("  %.*s\n", STR_ARG(t->say));
}

static bool thing_fits(const struct kb_thing *t, struct str what)
{
	struct str bare = str_trim(t->id);

	return str_ieq(t->name, what) || (t->id.n && (str_ieq(t->id, what) ||
		str_ieq(str_sub(bare, 1, bare.n > 2 ? bare.n - 2 : 0), what)));
}

static size_t explain_things(const struct knowledge *kb, struct str what)
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

static void print_rule(const struct rule *r)
{
	printf("\n  rule %.*s\n    %.*s\n", STR_ARG(r->id), STR_ARG(r->explanation));
	for (size_t i = 0; i < r->remedy.n; i++) {
		printf("    %zu. %.*s\n", i + 1, STR_ARG(r->remedy.v[i].step));
		if (r->remedy.v[i].command.n)
			printf("       %.*s\n", STR_ARG(r->remedy.v[i].command));
		if (r->remedy.v[i].risk.n)
			printf("       risk: %.*s\n", STR_ARG(r->remedy.v[i].risk));
	}
	for (size_t i = 0; i < r->references.n; i++)
		printf("    %.*s\n", STR_ARG(r->references.v[i]));
}

static size_t explain_cause(const struct knowledge *kb, struct str what)
{
	const struct cause_id *c = knowledge_cause(kb, what);
	uint32_t s = knowledge_signal(kb, what);

	if (c) {
		printf("cause %.*s (%.*s)\n  %.*s\n", STR_ARG(c->id), STR_ARG(c->class), STR_ARG(c->means));
		for (size_t i = 0; i < kb->rules.n; i++)
			if (str_eq(kb->rules.v[i].cause, what))
				print_rule(&kb->rules.v[i]);
	}
	if (s != SIGNAL_NONE)
		printf("signal %.*s%s\n  %.*s\n", STR_ARG(what),
			kb->signals.v[s].impact ? " (an impact)" : "", STR_ARG(kb->signals.v[s].title));
	return (c != NULL) + (s != SIGNAL_NONE);
}

static size_t explain(const struct knowledge *kb, struct str what)
{
	ptrdiff_t slash = str_rchr(what, '/');
	struct str tail = str_from(what, (size_t)(slash + 1));
	size_t found = explain_cause(kb, what) + explain_things(kb, what);
	uint64_t id;

	if (str_to_u64(tail, 10, &id) && id < 65536)
		found += explain_event(kb, slash > 0 ? str_sub(what, 0, (size_t)slash) : STR(""), id);
	return found ? found : explain_code(kb, what);
}

int command_explain(const struct options *o, struct err *e)
{
	struct knowledge *kb = NULL;
	int rc = o->words.n ? knowing_load(o, &kb, e) :
		err_set(e, E_USAGE, "explain what? An event (VSS/12293), a code (0x800423F4), a cause, a writer …");

	for (size_t i = 0; i < o->words.n && !rc; i++)
		if (!explain(kb, str_of(o->words.v[i])))
			rc = err_set(e, E_INPUT, "nothing is known of '%s'", o->words.v[i]);
	knowledge_free(kb);
	return rc;
}

static void print_problems(const struct knowledge *kb)
{
	for (size_t i = 0; i < kb->problems.n; i++)
		printf("%s: %.*s\n", kb->problems.v[i].error ? "error" : "warning",
			STR_ARG(kb->problems.v[i].text));
}

static int check(struct knowledge *kb, struct err *e)
{
	size_t errors = 0;

	knowledge_check(kb);
	print_problems(kb);
	for (size_t i = 0; i < kb->problems.n; i++)
		errors += kb->problems.v[i].error;
	printf("%zu events, %zu codes, %zu signals, %zu links, %zu rules for %zu causes, %zu tests: %zu errors\n",
		kb->events.n, kb->codes.n, kb->signals.n, kb->links.n, kb->rules.n, kb->causes.n,
		kb->tests.n, errors);
	return errors ? err_set(e, E_USAGE, "the knowledge files have %zu errors", errors) : 0;
}

static int test(const struct knowledge *kb, struct err *e)
{
	struct buf b = { 0 };
	size_t run = 0, failed = knowledge_test_all(kb, &b, &run);

	fwrite(b.p, 1, b.n, stdout);
	buf_free(&b);
	printf("%zu passed, %zu failed\n", run - failed, failed);
	return failed ? err_set(e, E_USAGE, "%zu of the tests in the knowledge files failed", failed) : 0;
}

static int list(const struct knowledge *kb)
{
	for (size_t i = 0; i < kb->causes.n; i++)
		printf("cause   %-30.*s %.*s\n", STR_ARG(kb->causes.v[i].id), STR_ARG(kb->causes.v[i].means));
	for (size_t i = 0; i < kb->rules.n; i++)
		printf("rule    %-30.*s %.*s\n", STR_ARG(kb->rules.v[i].id), STR_ARG(kb->rules.v[i].title));
	for (size_t i = 0; i < kb->signals.n; i++)
		printf("signal  %-30.*s %.*s\n", STR_ARG(kb->signals.v[i].id), STR_ARG(kb->signals.v[i].title));
	return 0;
}

int command_knowledge(const struct options *o, struct err *e)
{
	struct str verb = o->words.n ? str_of(o->words.v[0]) : STR("");
	struct knowledge *kb = NULL;
	int rc = knowing_load(o, &kb, e);

	if (rc)
		;
	else if (str_eq(verb, STR("check")))
		rc = check(kb, e);
	else if (str_eq(verb, STR("list")))
		rc = list(kb);
	else if (str_eq(verb, STR("test")))
		rc = test(kb, e);
	else if (str_eq(verb, STR("coverage")))
		rc = coverage_print(kb, o, e);
	else if (str_eq(verb, STR("show")) && o->words.n > 1)
		rc = explain(kb, str_of(o->words.v[1])) ? 0 :
			err_set(e, E_INPUT, "nothing is known of '%s'", o->words.v[1]);
	else
		rc = err_set(e, E_USAGE, "knowledge: expected check, coverage, list, show ID or test");
	knowledge_free(kb);
	return rc;
}
