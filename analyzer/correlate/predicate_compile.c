/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "analyzer/correlate/codes.h"
#include "analyzer/correlate/predicate_parts.h"

struct compiler {
	struct arena *a;
	const char *file;
	struct predicate *p;
	struct err *e;
};

struct field_name {
	const char *name;
	enum test_field field;
};

static const struct field_name field_names[] = {
	{ "provider", FIELD_PROVIDER }, { "Provider_Name", FIELD_PROVIDER }, { "source", FIELD_SOURCE },
	{ "id", FIELD_ID }, { "EventID", FIELD_ID }, { "channel", FIELD_CHANNEL },
	{ "level", FIELD_LEVEL }, { "computer", FIELD_COMPUTER }, { "data_type", FIELD_DATA_TYPE },
	{ "fact", FIELD_FACT }, { "host", FIELD_HOST }, { "any", FIELD_ANY },
};

static const char *const op_names[] = { [OP_EQUAL] = "equal", [OP_CONTAINS] = "contains",
	[OP_STARTS] = "startswith", [OP_ENDS] = "endswith", [OP_RE] = "re", [OP_GT] = "gt",
	[OP_GTE] = "gte", [OP_LT] = "lt", [OP_LTE] = "lte", [OP_EXISTS] = "exists",
	[OP_CODE] = "code" };

static int read_modifiers(struct compiler *c, const struct yaml *at, struct str rest,
	struct test *t)
{
	struct str word;

	while (str_split(&rest, '|', &word)) {
		size_t i;

		if (str_ieq(word, STR("all"))) {
			t->all = true;
			continue;
		}
		if (str_ieq(word, STR("cased"))) {
			t->cased = true;
			continue;
		}
		for (i = 1; i < sizeof(op_names) / sizeof(*op_names); i++)
			if (str_ieq(word, str_of(op_names[i])))
				break;
		if (i == sizeof(op_names) / sizeof(*op_names))
			return yaml_error(c->e, c->file, at,
				"unknown modifier '|%.*s'; expected contains, startswith, endswith, re, all, "
				"cased, gt, gte, lt, lte, exists or code", STR_ARG(word));
		t->op = (enum test_op)i;
	}
	return 0;
}

static void read_field(struct test *t, struct str name)
{
	t->field = FIELD_ROW;
	t->name = name;
	for (size_t i = 0; i < sizeof(field_names) / sizeof(*field_names); i++)
		if (str_ieq(name, str_of(field_names[i].name)))
			t->field = field_names[i].field;
}

static bool read_level(struct str s, uint64_t *level)
{
	static const char *const names[] = { "always", "critical", "error", "warning", "information",
		"verbose" };

	if (str_to_u64(s, 10, level))
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_ieq(s, str_of(names[i]))) {
			*level = i;
			return true;
		}
	return str_ieq(s, STR("info")) ? (*level = LEVEL_INFO, true) : false;
}

static bool read_number(struct str s, uint64_t *v)
{
	return str_istarts(s, STR("0x")) ? str_to_u64(str_from(s, 2), 16, v) : str_to_u64(s, 10, v);
}

/* Facts have texts under the names `id` and `level`; GUIDs there are no mistake. */
static bool wants_number(const struct test *t)
{
	return t->field == FIELD_ID || t->field == FIELD_LEVEL ||
	       (t->op >= OP_GT && t->op <= OP_LTE);
}

static int read_value(struct compiler *c, const struct yaml *at, struct test *t, size_t i)
{
	struct test_value *v = &t->values[i];

	if (at->kind != YAML_TEXT)
		return yaml_error(c->e, c->file, at, "a text or a list of texts was expected");
	v->text = at->text;
	v->glob = str_chr(at->text, '*') >= 0 || str_chr(at->text, '?') >= 0;
	if (t->op == OP_CODE && !code_parse(at->text, &t->codes[i]))
		return yaml_error(c->e, c->file, at, "'%.*s' is no error code", STR_ARG(at->text));
	if (t->op == OP_EXISTS && !str_eq(at->text, STR("true")) && !str_eq(at->text, STR("false")))
		return yaml_error(c->e, c->file, at, "exists takes true or false");
	if (t->op == OP_RE) {
		int rc = pattern_compile(c->file, at, at->text, t->cased, &v->re, c->e);

		if (rc)
			return rc;
		vec_push(&c->p->patterns, v->re);
	}
	v->is_number = t->field == FIELD_LEVEL ? read_level(at->text, &v->number)
					       : read_number(at->text, &v->number);
	if (wants_number(t) && !v->is_number && !str_starts(at->text, STR("{")))
		return yaml_error(c->e, c->file, at, "'%.*s' is no number", STR_ARG(at->text));
	return 0;
}

static int read_values(struct compiler *c, const struct yaml *at, struct test *t)
{
	size_t n = at->kind == YAML_LIST ? at->count : 1, i = 0;
	int rc = 0;

	if (n == 0)
		return yaml_error(c->e, c->file, at, "the list is empty");
	t->values = arena_array(c->a, struct test_value, n);
	t->codes = arena_array(c->a, uint32_t, n);
	t->count = n;
	if (at->kind != YAML_LIST)
		return read_value(c, at, t, 0);
	for (const struct yaml *v = at->first; v && !rc; v = v->next)
		rc = read_value(c, v, t, i++);
	return rc;
}

static int compile_node(struct compiler *c, const struct yaml *at, struct node **out);

static struct node *node_new(struct compiler *c, enum node_kind kind)
{
	struct node *n = arena_alloc(c->a, sizeof(*n));

	n->kind = kind;
	return n;
}

static int compile_test(struct compiler *c, const struct yaml *at, struct node **out)
{
	struct node *n = node_new(c, NODE_TEST);
	struct str rest = at->key, name;
	int rc;

	*out = n;
	if (str_eq(at->key, STR("not"))) {
		n->kind = NODE_NOT;
		return compile_node(c, at, &n->first);
	}
	str_split(&rest, '|', &name);
	read_field(&n->test, name);
	rc = read_modifiers(c, at, rest, &n->test);
	if (!rc)
		rc = read_values(c, at, &n->test);
	if (!rc && n->test.field == FIELD_FACT)
		c->p->fact = true;
	return rc;
}

static int compile_node(struct compiler *c, const struct yaml *at, struct node **out)
{
	struct node **tail;
	int rc = 0;

	if (at->kind == YAML_TEXT)
		return yaml_error(c->e, c->file, at, "a map of conditions, or a list of them, was expected");
	if (!at->first)
		return yaml_error(c->e, c->file, at, "an empty condition would match everything");
	*out = node_new(c, at->kind == YAML_MAP ? NODE_AND : NODE_OR);
	tail = &(*out)->first;
	for (const struct yaml *child = at->first; child && !rc; child = child->next) {
		rc = at->kind == YAML_MAP ? compile_test(c, child, tail) : compile_node(c, child, tail);
		if (!rc)
			tail = &(*tail)->next;
	}
	return rc;
}

int predicate_compile(struct arena *a, const char *file, const struct yaml *at,
	struct predicate **out, struct err *e)
{
	struct predicate *p = arena_alloc(a, sizeof(*p));
	struct compiler c = { .a = a, .file = file, .p = p, .e = e };
	int rc = compile_node(&c, at, &p->root);

	*out = p;
	return rc;
}

void predicate_free(struct predicate *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->patterns.n; i++)
		pattern_free(p->patterns.v[i]);
	free(p->patterns.v);
}

/* Collects the ids below a node; false if a match there needs none of them. */
static bool node_ids(const struct node *n, uint32_t *out, size_t max, size_t *count)
{
	bool any = false, all = true;
	size_t before = *count;

	if (n->kind == NODE_TEST) {
		if (n->test.field != FIELD_ID || n->test.op != OP_EQUAL || n->test.all)
			return false;
		for (size_t i = 0; i < n->test.count; i++) {
			if (*count == max)
				return false;
			out[(*count)++] = (uint32_t)n->test.values[i].number;
		}
		return true;
	}
	if (n->kind == NODE_NOT)
		return false;
	for (const struct node *c = n->first; c; c = c->next) {
		bool has = node_ids(c, out, max, count);

		any |= has;
		all &= has;
		if (has && n->kind == NODE_AND)
			break;
	}
	if (n->kind == NODE_AND ? any : all)
		return true;
	*count = before;
	return false;
}

size_t predicate_ids(const struct predicate *p, uint32_t *out, size_t max)
{
	size_t count = 0;

	return node_ids(p->root, out, max, &count) ? count : 0;
}

/* Whether every match below a node is a fact. */
static bool node_fact(const struct node *n)
{
	bool any = false, all = n->first != NULL;

	if (n->kind == NODE_TEST)
		return n->test.field == FIELD_FACT;
	for (const struct node *c = n->first; c; c = c->next) {
		bool fact = node_fact(c);

		any |= fact;
		all &= fact;
	}
	return n->kind == NODE_AND ? any : n->kind == NODE_OR && all;
}

bool predicate_facts(const struct predicate *p)
{
	return p->fact;
}

bool predicate_events(const struct predicate *p)
{
	return !node_fact(p->root);
}
