/* SPDX-License-Identifier: Apache-2.0 */
/* What always holds of the correlator, tried on every test case of the built-in knowledge. */
#include <criterion/criterion.h>

#include "analyzer/correlate/correlate.h"
#include "analyzer/correlate/knowledge_test.h"
#include "tests/knowledge_world.h"

static struct knowledge *built_in(void)
{
	struct knowledge *kb;
	struct err e = { 0 };

	cr_assert_eq(knowledge_load(NULL, &kb, &e), 0, "%s", e.text);
	return kb;
}

static void put_result(const struct result *r, struct buf *b)
{
	for (size_t i = 0; i < r->incidents.n; i++) {
		const struct incident *in = &r->incidents.v[i];

		buf_printf(b, "%u %.*s %.*s %.*s %d %s %lld %lld %.*s\n", in->rank, STR_ARG(in->id),
			STR_ARG(in->rule), STR_ARG(in->host), in->confidence_milli,
			incident_state_name(in->state), (long long)in->start_100ns,
			(long long)in->end_100ns, STR_ARG(in->title));
		for (size_t k = 0; k < in->evidence.n; k++)
			buf_printf(b, "  %s %.*s %.*s\n", evidence_role_name(in->evidence.v[k].role),
				STR_ARG(in->evidence.v[k].signal), STR_ARG(in->evidence.v[k].summary));
	}
}

/* Runs test `i` of the knowledge, varied. */
static void run(const struct knowledge *kb, size_t i, const struct kb_vary *vary, struct result *r,
	struct kb_case *c)
{
	struct err e = { 0 };

	cr_assert_eq(kb_case_build(&kb->tests.v[i], vary, c, &e), 0, "%s", e.text);
	correlate(kb, &c->file, NULL, r);
}

static void same_text(const struct knowledge *kb, const struct kb_vary *as,
	const struct kb_vary *vary)
{
	for (size_t i = 0; i < kb->tests.n; i++) {
		struct kb_case c1, c2;
		struct result r1, r2;
		struct buf b1 = { 0 }, b2 = { 0 };

		run(kb, i, as, &r1, &c1);
		run(kb, i, vary, &r2, &c2);
		put_result(&r1, &b1);
		put_result(&r2, &b2);
		cr_expect(str_eq(buf_str(&b1), buf_str(&b2)), "%.*s:\n%.*s\nbecame\n%.*s",
			STR_ARG(kb->tests.v[i].name), STR_ARG(buf_str(&b1)), STR_ARG(buf_str(&b2)));
		buf_free(&b1);
		buf_free(&b2);
		result_free(&r1);
		result_free(&r2);
		kb_case_free(&c1);
		kb_case_free(&c2);
	}
}

Test(laws, the_order_of_members_changes_nothing, .timeout = 60)
{
	struct knowledge *kb = built_in();

	same_text(kb, NULL, &(struct kb_vary){ .reverse = true });
	knowledge_free(kb);
}

Test(laws, noise_changes_nothing, .timeout = 60)
{
	struct knowledge *kb = built_in();

	same_text(kb, &(struct kb_vary){ .noise = 1 }, &(struct kb_vary){ .noise = 300 });
	knowledge_free(kb);
}

static int confidence_of(const struct result *r, struct str cause)
{
	int best = 0;

	for (size_t i = 0; i < r->incidents.n; i++)
		if (str_eq(r->incidents.v[i].cause, cause) && r->incidents.v[i].confidence_milli > best)
			best = r->incidents.v[i].confidence_milli;
	return best;
}

Test(laws, evidence_twice_is_believed_no_more, .timeout = 60)
{
	struct knowledge *kb = built_in();

	for (size_t i = 0; i < kb->tests.n; i++) {
		struct kb_case c1, c2;
		struct result r1, r2;
		struct str cause = kb->tests.v[i].cause;

		run(kb, i, NULL, &r1, &c1);
		run(kb, i, &(struct kb_vary){ .twice = true }, &r2, &c2);
		cr_expect_eq(r1.incidents.n, r2.incidents.n, "%.*s: %zu became %zu incidents",
			STR_ARG(kb->tests.v[i].name), r1.incidents.n, r2.incidents.n);
		cr_expect_leq(confidence_of(&r2, cause), confidence_of(&r1, cause), "%.*s",
			STR_ARG(kb->tests.v[i].name));
		result_free(&r1);
		result_free(&r2);
		kb_case_free(&c1);
		kb_case_free(&c2);
	}
	knowledge_free(kb);
}

static bool is_context(const struct result *r, struct ref at)
{
	bool context = false;

	for (size_t i = 0; i < r->incidents.n; i++)
		for (size_t k = 0; k < r->incidents.v[i].evidence.n; k++) {
			const struct incident_evidence *e = &r->incidents.v[i].evidence.v[k];

			if (e->ref.segment != at.segment || e->ref.row != at.row)
				continue;
			if (e->role != ROLE_CONTEXT)
				return false;
			context = true;
		}
	return context;
}

/* Which row of the test a ref is: each member is one segment, so the row's text decides. */
static bool only_supports(const struct knowledge *kb, size_t test, size_t without,
	const struct result *whole, const struct kb_case *c)
{
	const struct yaml *at = kb->tests.v[test].rows ? kb->tests.v[test].rows->first : NULL;
	struct event_view v;

	for (size_t i = 1; at && i < without; i++)
		at = at->next;
	for (size_t i = 0; at && i < c->file.timeline_count; i++) {
		case_view(&c->file, c->file.timeline[i].ref, &v);
		if (str_eq(v.kind->provider, yaml_text(at, "provider", STR(""))) &&
			is_context(whole, c->file.timeline[i].ref))
			return true;
	}
	return false;
}

static size_t try_without(const struct knowledge *kb)
{
	size_t tried = 0;

	for (size_t i = 0; i < kb->tests.n; i++) {
		size_t rows = kb->tests.v[i].rows ? kb->tests.v[i].rows->count : 0;
		struct kb_case c1;
		struct result r1;

		run(kb, i, NULL, &r1, &c1);
		for (size_t k = 1; k <= rows && rows > 1; k++) {
			struct kb_case c2;
			struct result r2;

			if (!only_supports(kb, i, k, &r1, &c1))
				continue;
			run(kb, i, &(struct kb_vary){ .without = k }, &r2, &c2);
			cr_expect_leq(confidence_of(&r2, kb->tests.v[i].cause),
				confidence_of(&r1, kb->tests.v[i].cause), "%.*s without row %zu",
				STR_ARG(kb->tests.v[i].name), k);
			tried++;
			result_free(&r2);
			kb_case_free(&c2);
		}
		result_free(&r1);
		kb_case_free(&c1);
	}
	return tried;
}

Test(laws, without_a_support_nothing_is_believed_more, .timeout = 60)
{
	struct knowledge *kb = built_in(), *small = small_world();

	try_without(kb);
	cr_expect_gt(try_without(small), 0);
	knowledge_free(kb);
	knowledge_free(small);
}

/* A guest is found by its name, and nodes name each other. */
static bool one_host(const struct kb_test *t)
{
	const struct yaml *lists[] = { t->rows, t->facts };

	for (size_t i = 0; i < 2; i++)
		for (const struct yaml *at = lists[i] ? lists[i]->first : NULL; at; at = at->next)
			if (!str_eq(yaml_text(at, "host", STR("HV01")), STR("HV01")))
				return false;
	return true;
}

Test(laws, the_names_of_hosts_change_nothing, .timeout = 60)
{
	struct knowledge *kb = built_in();

	for (size_t i = 0; i < kb->tests.n; i++) {
		struct kb_case c1, c2;
		struct result r1, r2;
		struct str cause = kb->tests.v[i].cause;

		if (!one_host(&kb->tests.v[i]))
			continue;
		run(kb, i, NULL, &r1, &c1);
		run(kb, i, &(struct kb_vary){ .suffix = "-Q" }, &r2, &c2);
		cr_expect_eq(confidence_of(&r2, cause), confidence_of(&r1, cause), "%.*s: %d became %d",
			STR_ARG(kb->tests.v[i].name), confidence_of(&r1, cause),
			confidence_of(&r2, cause));
		result_free(&r1);
		result_free(&r2);
		kb_case_free(&c1);
		kb_case_free(&c2);
	}
	knowledge_free(kb);
}
