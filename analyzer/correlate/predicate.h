/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions on a row, compiled once from knowledge files (docs/knowledge.md, "signals"). What rows
 * share is decided once a kind; only where that leaves the question open is the row looked at.
 */
#ifndef CASELINE_ANALYZER_PREDICATE_H
#define CASELINE_ANALYZER_PREDICATE_H

#include "analyzer/base/yaml.h"
#include "analyzer/case/case.h"

/* Unknown: of a kind, that its rows must be asked; of a row, that it can't be told. */
enum truth { TRUTH_NO, TRUTH_YES, TRUTH_UNKNOWN };

struct predicate;

/* Lives in `a`, but for compiled patterns: predicate_free. */
int predicate_compile(struct arena *a, const char *file, const struct yaml *at,
	struct predicate **out, struct err *e);
void predicate_free(struct predicate *p);                 /* NULL is fine */

enum truth predicate_kind(const struct predicate *p, const struct kind *k);

/* What several predicates ask of one row, found once. Zero to start with. */
struct row_scratch {
	struct buf text;             /* of one value at a time */
	struct buf any;              /* the message and every value, a line each */
	VEC(uint32_t) codes;         /* the error codes in `any` */
	const struct segment *segment;
	uint32_t row;                /* the row that `any` and `codes` are of */
	bool has_any, has_codes;
};

void row_scratch_free(struct row_scratch *s);
enum truth predicate_row(const struct predicate *p, const struct case_file *c,
	const struct event_view *v, struct row_scratch *scratch);
/* Which alternatives a kind leaves open, a bit each; and a row of that kind against only those. */
uint32_t predicate_open(const struct predicate *p, const struct kind *k);
enum truth predicate_open_row(const struct predicate *p, uint32_t open, const struct case_file *c,
	const struct event_view *v, struct row_scratch *scratch);

/* event_text, but a fact's own fields come first: many are called `id`, `name` or `provider`. */
bool view_text(const struct event_view *v, struct str name, struct buf *out);

/*
 * The event ids of which a match must have one, in no order; 0 where ids do not narrow it. For
 * prefiltering only.
 */
size_t predicate_ids(const struct predicate *p, uint32_t *out, size_t max);
/* Whether it can match facts, and events. */
bool predicate_facts(const struct predicate *p);
bool predicate_events(const struct predicate *p);

/* A PCRE2 pattern, case folded, with match limits. Group 1 (else 0) of the first match. */
struct pattern;
int pattern_compile(const char *file, const struct yaml *at, struct str text, bool cased,
	struct pattern **out, struct err *e);
void pattern_free(struct pattern *p);
bool pattern_find(const struct pattern *p, struct str text, struct str *group);

#endif
