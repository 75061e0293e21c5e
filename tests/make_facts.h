/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of a case made in memory, and what the case derives from them. */
#ifndef CASELINE_TESTS_MAKE_FACTS_H
#define CASELINE_TESTS_MAKE_FACTS_H

#include <criterion/criterion.h>

#include "analyzer/case/derive.h"
#include "tests/make_case.h"

static inline void fact_put(struct sink *s, const char *type, const char *const *pairs)
{
	sink_fact(s, str_of(type), 1, 0);
	for (; *pairs; pairs += 2)
		sink_put(s, pairs[0], str_of(pairs[1]));
}

#define FACT(s, type, ...) fact_put((s), (type), (const char *const[]){ __VA_ARGS__, NULL })

static inline void made_must_build(struct made *m)
{
	struct err e = { 0 };

	cr_assert_eq(made_build(m, NULL, &e), 0, "%s", e.text);
}

/* How many facts of a type carry this finding and this value of a field. */
static inline size_t made_told(const struct made *m, const char *type, const char *finding,
	const char *field, const char *value)
{
	fact_list facts;
	size_t n = 0;
	struct arena *a = arena_new();

	facts_of(&m->file, type, &facts);
	for (size_t i = 0; i < facts.n; i++)
		n += str_eq(fact_text(&facts.v[i], "finding", a), str_of(finding)) &&
		     str_ieq(fact_text(&facts.v[i], field, a), str_of(value));
	free(facts.v);
	arena_free(a);
	return n;
}

/* Builds the case, writes a line "finding path" each to out as a C string, frees the case. */
static inline void made_findings(struct made *m, struct buf *out)
{
	fact_list facts;
	struct arena *a = arena_new();

	made_must_build(m);
	facts_of(&m->file, "chain.finding", &facts);
	for (size_t i = 0; i < facts.n; i++)
		buf_printf(out, "%.*s %.*s\n", STR_ARG(fact_text(&facts.v[i], "finding", a)),
			STR_ARG(fact_text(&facts.v[i], "path", a)));
	buf_putc(out, '\0');
	out->n--;
	free(facts.v);
	arena_free(a);
	made_free(m);
}

#endif
