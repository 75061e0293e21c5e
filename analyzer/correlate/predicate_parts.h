/* SPDX-License-Identifier: Apache-2.0 */
/* How a predicate looks inside; shared by its compiler and its evaluator. */
#ifndef CASELINE_ANALYZER_PREDICATE_PARTS_H
#define CASELINE_ANALYZER_PREDICATE_PARTS_H

#include "analyzer/correlate/predicate.h"

enum node_kind { NODE_AND, NODE_OR, NODE_NOT, NODE_TEST };

enum test_field {
	FIELD_PROVIDER, FIELD_SOURCE, FIELD_ID, FIELD_CHANNEL, FIELD_LEVEL, FIELD_COMPUTER,
	FIELD_DATA_TYPE, FIELD_FACT,
	FIELD_ROW,   /* from here on a row is needed: by name through event_text */
	FIELD_HOST, FIELD_ANY,
};

enum test_op {
	OP_EQUAL, OP_CONTAINS, OP_STARTS, OP_ENDS, OP_RE, OP_GT, OP_GTE, OP_LT, OP_LTE, OP_EXISTS,
	OP_CODE,
};

struct test_value {
	struct str text;
	uint64_t number;         /* where is_number */
	bool is_number, glob;
	struct pattern *re;
};

struct test {
	enum test_field field;
	enum test_op op;
	bool all, cased;
	struct str name;         /* of a row field */
	struct test_value *values;
	uint32_t *codes;
	size_t count;
};

struct node {
	enum node_kind kind;
	struct node *first, *next;   /* of AND, OR, NOT */
	struct test test;
};

struct predicate {
	struct node *root;
	VEC(struct pattern *) patterns;
	bool fact;               /* a `fact` test stands somewhere in it */
};

#endif
