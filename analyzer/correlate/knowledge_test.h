/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tests that stand beside the rules in the knowledge files: each makes a small case from its
 * rows and facts, correlates it, and compares what came out.
 */
#ifndef CASELINE_ANALYZER_KNOWLEDGE_TEST_H
#define CASELINE_ANALYZER_KNOWLEDGE_TEST_H

#include "analyzer/correlate/knowledge.h"

/* Runs test `i`. True if it holds; else `why` says what came out instead. */
bool knowledge_test(const struct knowledge *kb, size_t i, struct buf *why);
/* Runs all. A line for each that fails: "file:line:column: name: …". How many failed. */
size_t knowledge_test_all(const struct knowledge *kb, struct buf *out, size_t *run);

/* A case from `rows:` and `facts:` of a test; evidence and case are the caller's. */
struct kb_case {
	struct evidence ev;
	struct case_file file;
};

/* Ways to make the same case otherwise, for the laws of the correlator. Zero: as it stands. */
struct kb_vary {
	bool reverse;            /* members, and so segments, in the opposite order */
	bool twice;              /* every member again, as in a second bundle */
	unsigned noise;          /* so many rows that no knowledge speaks of */
	size_t without;          /* leave out this row, from 1 */
	const char *suffix;      /* of every host's name; NULL */
};

int kb_case_build(const struct kb_test *t, const struct kb_vary *vary, struct kb_case *out,
	struct err *e);
void kb_case_free(struct kb_case *c);

#endif
