/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "analyzer/correlate/knowledge_test.h"
#include "tests/knowledge_world.h"

static void no_errors(const struct knowledge *kb)
{
	for (size_t i = 0; i < kb->problems.n; i++)
		cr_expect(!kb->problems.v[i].error, "%.*s", STR_ARG(kb->problems.v[i].text));
}

Test(knowledge, the_engines_own_world_behaves)
{
	struct knowledge *kb = small_world();
	struct buf out = { 0 };
	size_t run;

	no_errors(kb);
	cr_expect_eq(knowledge_test_all(kb, &out, &run), 0, "\n%.*s", STR_ARG(buf_str(&out)));
	cr_expect_gt(run, 5);
	buf_free(&out);
	knowledge_free(kb);
}

Test(knowledge, every_built_in_entry_loads)
{
	struct knowledge *kb;
	struct err e = { 0 };

	cr_assert_eq(knowledge_load(NULL, &kb, &e), 0, "%s", e.text);
	no_errors(kb);
	cr_expect_geq(kb->causes.n, 43);
	knowledge_free(kb);
}

Test(knowledge, every_built_in_test_holds, .timeout = 120)
{
	struct knowledge *kb;
	struct err e = { 0 };
	struct buf out = { 0 };

	cr_assert_eq(knowledge_load(NULL, &kb, &e), 0, "%s", e.text);
	cr_expect_eq(knowledge_test_all(kb, &out, NULL), 0, "\n%.*s", STR_ARG(buf_str(&out)));
	buf_free(&out);
	knowledge_free(kb);
}
