/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/correlate/predicate.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "analyzer/correlate/codes.h"
#include "analyzer/correlate/predicate_parts.h"

#define MATCH_LIMIT 100000
#define CHANNEL_BYTES 256

struct pattern {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
};

int pattern_compile(const char *file, const struct yaml *at, struct str text, bool cased,
	struct pattern **out, struct err *e)
{
	uint32_t flags = PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_MULTILINE | (cased ? 0 : PCRE2_CASELESS);
	PCRE2_SIZE offset;
	int code;
	struct pattern *p;
	pcre2_code *re = pcre2_compile((PCRE2_SPTR)text.p, text.n, flags | PCRE2_MATCH_INVALID_UTF,
		&code, &offset, NULL);

	if (!re) {
		unsigned char message[200];

		pcre2_get_error_message(code, message, sizeof(message));
		return yaml_error(e, file, at, "pattern, at character %zu: %s", (size_t)offset, message);
	}
	p = xmalloc(sizeof(*p));
	p->code = re;
	pcre2_jit_compile(re, PCRE2_JIT_COMPLETE);
	p->data = pcre2_match_data_create_from_pattern(re, NULL);
	p->context = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(p->context, MATCH_LIMIT);
	*out = p;
	return 0;
}

void pattern_free(struct pattern *p)
{
	if (!p)
		return;
	pcre2_match_data_free(p->data);
	pcre2_match_context_free(p->context);
	pcre2_code_free(p->code);
	free(p);
}

bool pattern_find(const struct pattern *p, struct str text, struct str *group)
{
	int rc = pcre2_match(p->code, (PCRE2_SPTR)(text.p ? text.p : ""), text.n, 0, 0, p->data,
		p->context);
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(p->data);
	size_t i = rc > 1 && at[2] != PCRE2_UNSET ? 2 : 0;

	if (rc <= 0)
		return false;
	if (group)
		*group = str_sub(text, at[i], at[i + 1] - at[i]);
	return true;
}

static bool as_number(struct str s, double *v)
{
	char text[40], *end;

	s = str_trim(s);
	if (s.n == 0 || s.n >= sizeof(text))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = 0;
	*v = strtod(text, &end);
	return *end == 0;
}

static enum truth compare_number(enum test_op op, struct str s, uint64_t wanted)
{
	double v, w = (double)wanted;

	if (!as_number(s, &v))
		return TRUTH_UNKNOWN;
	return (op == OP_GT ? v > w : op == OP_GTE ? v >= w : op == OP_LT ? v < w : v <= w)
		       ? TRUTH_YES : TRUTH_NO;
}

static bool test_text(const struct test *t, const struct test_value *v, struct str s)
{
	switch (t->op) {
	case OP_CONTAINS:
		return (t->cased ? str_find(s, v->text) : str_ifind(s, v->text)) >= 0;
	case OP_STARTS:
		return t->cased ? str_starts(s, v->text) : str_istarts(s, v->text);
	case OP_ENDS:
		return t->cased ? str_ends(s, v->text) : str_iends(s, v->text);
	case OP_RE:
		return pattern_find(v->re, s, NULL);
	default:
		if (t->cased)
			return str_eq(s, v->text);
		return v->glob ? str_glob(v->text, s) : str_ieq(s, v->text);
	}
}

/* One value of the row against all that the test asks for. */
static enum truth test_values(const struct test *t, struct str s)
{
	enum truth best = TRUTH_NO;

	if (t->op == OP_CODE)
		return code_among(s, t->codes, t->count) ? TRUTH_YES : TRUTH_NO;
	for (size_t i = 0; i < t->count; i++) {
		enum truth one = t->op >= OP_GT && t->op <= OP_LTE
					 ? compare_number(t->op, s, t->values[i].number)
				 : test_text(t, &t->values[i], s) ? TRUTH_YES : TRUTH_NO;

		if (t->all ? one != TRUTH_YES : one == TRUTH_YES)
			return one;
		if (one == TRUTH_UNKNOWN)
			best = one;
	}
	return t->all ? TRUTH_YES : best;
}

/* Dash, slash and %4 stand for one another in channel names. */
static struct str channel_fold(struct str s, char out[CHANNEL_BYTES])
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < CHANNEL_BYTES; i++) {
		bool escaped = s.p[i] == '%' && i + 1 < s.n && s.p[i + 1] == '4';

		i += escaped;
		out[n++] = escaped || s.p[i] == '/' ? '-' : s.p[i];
	}
	return str_make(out, n);
}

static enum truth test_channel(const struct test *t, struct str channel)
{
	char have[CHANNEL_BYTES], want[CHANNEL_BYTES];
	struct str s = channel_fold(channel, have);

	for (size_t i = 0; i < t->count; i++) {
		struct test_value v = t->values[i];

		v.text = channel_fold(v.text, want);
		if (test_text(t, &v, s))
			return TRUTH_YES;
	}
	return TRUTH_NO;
}

static enum truth test_kind_number(const struct test *t, uint64_t number)
{
	char text[24];

	for (size_t i = 0; t->op == OP_EQUAL && i < t->count; i++)
		if (t->values[i].number == number)
			return TRUTH_YES;
	if (t->op == OP_EQUAL)
		return TRUTH_NO;
	return test_values(t, str_make(text, (size_t)snprintf(text, sizeof(text), "%llu",
						     (unsigned long long)number)));
}

static enum truth test_kind(const struct test *t, const struct kind *k)
{
	enum truth is;

	switch (t->field) {
	case FIELD_PROVIDER:
		is = test_values(t, k->provider);
		return is == TRUTH_YES || !k->source.n ? is : test_values(t, k->source);
	case FIELD_SOURCE:
		return test_values(t, k->source);
	case FIELD_ID:
		return k->has_id ? test_kind_number(t, k->id) : TRUTH_NO;
	case FIELD_CHANNEL:
		return test_channel(t, k->channel);
	case FIELD_LEVEL:
		return k->level == LEVEL_UNKNOWN ? TRUTH_UNKNOWN : test_kind_number(t, k->level);
	case FIELD_COMPUTER:
		return test_values(t, k->computer);
	case FIELD_DATA_TYPE:
		return test_values(t, k->data_type);
	case FIELD_FACT:
		return str_eq(k->data_type, STR("fact")) ? test_values(t, k->provider) : TRUTH_NO;
	default:
		return TRUTH_UNKNOWN;
	}
}

static bool kind_is_fact(const struct kind *k)
{
	return str_eq(k->data_type, STR("fact"));
}

/* The message and every value, a line each. */
static bool put_any(const struct event_view *v, struct buf *out)
{
	size_t n = segment_field_count(v->segment, v->ref.row), from = out->n;

	buf_puts(out, v->row.message);
	for (size_t i = 0; i < n; i++) {
		struct field f;

		segment_field(v->segment, v->ref.row, i, &f);
		if (f.section == SECTION_META || f.type == VALUE_BINARY)
			continue;
		buf_putc(out, '\n');
		buf_field(out, &f);
	}
	return out->n > from;
}

bool view_text(const struct event_view *v, struct str name, struct buf *out)
{
	struct field f;

	if (kind_is_fact(v->kind) && segment_find(v->segment, v->ref.row, name, &f)) {
		buf_field(out, &f);
		return true;
	}
	if (str_eq(name, STR("any")))
		return put_any(v, out);
	return event_text(v, name, out);
}

void row_scratch_free(struct row_scratch *s)
{
	buf_free(&s->text);
	buf_free(&s->any);
	free(s->codes.v);
}

static struct str any_of(const struct event_view *v, struct row_scratch *s)
{
	if (s->segment != v->segment || s->row != v->ref.row) {
		s->has_any = s->has_codes = false;
		s->segment = v->segment;
		s->row = v->ref.row;
	}
	if (!s->has_any) {
		s->any.n = 0;
		put_any(v, &s->any);
		s->has_any = true;
	}
	return buf_str(&s->any);
}

static bool has_code(const struct test *t, const struct event_view *v, struct row_scratch *s)
{
	struct str any = any_of(v, s);
	size_t at = 0;
	uint32_t code;

	if (!s->has_codes) {
		s->codes.n = 0;
		while (code_next(any, &at, &code))
			vec_push(&s->codes, code);
		s->has_codes = true;
	}
	for (size_t i = 0; i < s->codes.n; i++)
		for (size_t k = 0; k < t->count; k++)
			if (s->codes.v[i] == t->codes[k])
				return true;
	for (size_t k = 0; k < t->count; k++)
		if (t->codes[k] < 0x10000 && code_word(any, t->codes[k]))
			return true;
	return false;
}

static enum truth test_any(const struct test *t, const struct event_view *v,
	struct row_scratch *scratch)
{
	size_t n = segment_field_count(v->segment, v->ref.row);
	enum truth best;

	if (t->op == OP_CODE)
		return has_code(t, v, scratch) ? TRUTH_YES : TRUTH_NO;
	if (t->op == OP_CONTAINS)
		return test_values(t, any_of(v, scratch));
	best = v->row.message.n ? test_values(t, v->row.message) : TRUTH_NO;
	for (size_t i = 0; i < n && best != TRUTH_YES; i++) {
		struct field f;

		segment_field(v->segment, v->ref.row, i, &f);
		if (f.section == SECTION_META)
			continue;
		scratch->text.n = 0;
		buf_field(&scratch->text, &f);
		best = test_values(t, buf_str(&scratch->text));
	}
	return best;
}

static enum truth test_row(const struct test *t, const struct case_file *c,
	const struct event_view *v, struct row_scratch *scratch)
{
	bool there;

	if (t->field == FIELD_ANY)
		return test_any(t, v, scratch);
	if (t->field == FIELD_HOST)
		return v->host == HOST_NONE ? TRUTH_UNKNOWN
					    : test_values(t, case_host_name(c, v->host));
	scratch->text.n = 0;
	there = view_text(v, t->name, &scratch->text);
	if (t->op == OP_EXISTS)
		return there == str_eq(t->values[0].text, STR("true")) ? TRUTH_YES : TRUTH_NO;
	if (!there)   /* a text that nobody rendered may have said anything; a value is there or not */
		return str_ieq(t->name, STR("message")) ? TRUTH_UNKNOWN : TRUTH_NO;
	return test_values(t, buf_str(&scratch->text));
}

struct asked {
	const struct kind *kind;
	const struct case_file *c;
	const struct event_view *v;  /* NULL: of the kind alone */
	struct row_scratch *scratch;
};

/* Facts have fields of their own called `id`, `provider`, `level` … */
static bool own_word(const struct test *t, const struct kind *k)
{
	return t->field < FIELD_DATA_TYPE && kind_is_fact(k);
}

static enum truth node_truth(const struct node *n, const struct asked *q)
{
	enum truth all = n->kind == NODE_AND ? TRUTH_YES : TRUTH_NO;

	if (n->kind == NODE_TEST) {
		if (n->test.field < FIELD_ROW && !own_word(&n->test, q->kind))
			return test_kind(&n->test, q->kind);
		return q->v ? test_row(&n->test, q->c, q->v, q->scratch) : TRUTH_UNKNOWN;
	}
	if (n->kind == NODE_NOT) {
		enum truth is = node_truth(n->first, q);

		return is == TRUTH_UNKNOWN ? is : is == TRUTH_YES ? TRUTH_NO : TRUTH_YES;
	}
	for (const struct node *c = n->first; c; c = c->next) {
		enum truth is = node_truth(c, q);

		if (n->kind == NODE_AND ? is == TRUTH_NO : is == TRUTH_YES)
			return is;
		if (is == TRUTH_UNKNOWN)
			all = is;
	}
	return all;
}

/* The parts of an "any of" list, or the one map. */
static const struct node *alternatives(const struct predicate *p)
{
	return p->root->kind == NODE_OR ? p->root->first : p->root;
}

uint32_t predicate_open(const struct predicate *p, const struct kind *k)
{
	struct asked q = { .kind = k };
	bool list = p->root->kind == NODE_OR;
	uint32_t open = 0, bit = 1;

	for (const struct node *n = alternatives(p); n; n = list ? n->next : NULL) {
		if (!bit)
			return UINT32_MAX;
		if (node_truth(n, &q) != TRUTH_NO)
			open |= bit;
		bit <<= 1;
	}
	return open;
}

/* An alternative that its kind left open: what the kind decided there was decided as true. */
static enum truth open_truth(const struct node *n, const struct asked *q)
{
	enum truth all = TRUTH_YES;

	if (n->kind != NODE_AND)
		return node_truth(n, q);
	for (const struct node *c = n->first; c; c = c->next) {
		enum truth is;

		if (c->kind == NODE_TEST && c->test.field < FIELD_ROW && c->test.field != FIELD_LEVEL &&
			!own_word(&c->test, q->kind))
			continue;
		is = node_truth(c, q);
		if (is == TRUTH_NO)
			return is;
		if (is == TRUTH_UNKNOWN)
			all = is;
	}
	return all;
}

enum truth predicate_open_row(const struct predicate *p, uint32_t open, const struct case_file *c,
	const struct event_view *v, struct row_scratch *scratch)
{
	struct asked q = { .kind = v->kind, .c = c, .v = v, .scratch = scratch };
	bool list = p->root->kind == NODE_OR;
	enum truth best = TRUTH_NO;

	if (open == UINT32_MAX)
		return node_truth(p->root, &q);
	for (const struct node *n = alternatives(p); n && open; n = list ? n->next : NULL, open >>= 1) {
		enum truth is = open & 1 ? open_truth(n, &q) : TRUTH_NO;

		if (is == TRUTH_YES)
			return is;
		if (is == TRUTH_UNKNOWN)
			best = is;
	}
	return best;
}

enum truth predicate_kind(const struct predicate *p, const struct kind *k)
{
	struct asked q = { .kind = k };

	return node_truth(p->root, &q);
}

enum truth predicate_row(const struct predicate *p, const struct case_file *c,
	const struct event_view *v, struct row_scratch *scratch)
{
	struct asked q = { .kind = v->kind, .c = c, .v = v, .scratch = scratch };

	return node_truth(p->root, &q);
}
