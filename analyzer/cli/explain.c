/* SPDX-License-Identifier: Apache-2.0 */
/* caseline explain and knowledge: what the program knows, from the same data that it concludes with. */
#include <stdio.h>

#include "analyzer/cli/coverage.h"
#include "analyzer/cli/knowing.h"
#include "analyzer/cli/known.h"
#include "analyzer/correlate/knowledge_test.h"

int command_explain(const struct options *o, struct err *e)
{
	struct knowledge *kb = NULL;
	int rc = o->words.n ? knowing_load(o, &kb, e) :
		err_set(e, E_USAGE, "explain what? An event (VSS/12293), a code (0x800423F4), a cause, a writer …");

	for (size_t i = 0; i < o->words.n && !rc; i++)
		if (!known_print(kb, str_of(o->words.v[i])))
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
		known_list(kb);
	else if (str_eq(verb, STR("test")))
		rc = test(kb, e);
	else if (str_eq(verb, STR("coverage")))
		rc = coverage_print(kb, o, e);
	else if (str_eq(verb, STR("show")) && o->words.n > 1)
		rc = known_print(kb, str_of(o->words.v[1])) ? 0 :
			err_set(e, E_INPUT, "nothing is known of '%s'", o->words.v[1]);
	else
		rc = err_set(e, E_USAGE, "knowledge: expected check, coverage, list, show ID or test");
	knowledge_free(kb);
	return rc;
}
