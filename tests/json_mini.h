/* SPDX-License-Identifier: Apache-2.0 */
/* A small JSON reader for tests: one text into a tree in an arena. Trusts its input's shape. */
#ifndef CASELINE_TESTS_JSON_MINI_H
#define CASELINE_TESTS_JSON_MINI_H

#include "analyzer/base/arena.h"
#include "analyzer/base/buf.h"
#include "analyzer/base/text.h"

enum json_kind { JSON_NULL, JSON_SCALAR, JSON_LIST, JSON_MAP };

struct json {
	enum json_kind kind;
	struct str key, text;      /* text: of a string, number, true or false */
	struct json *first, *next;
};

struct json_reader {
	struct arena *a;
	struct str s;
	size_t at;
};

static inline void json_space(struct json_reader *r)
{
	while (r->at < r->s.n && strchr(" \t\r\n,:", r->s.p[r->at]))
		r->at++;
}

static inline unsigned json_hex4(struct json_reader *r)
{
	uint64_t v = 0;

	str_to_u64(str_sub(r->s, r->at, 4), 16, &v);
	r->at += 4;
	return (unsigned)v;
}

static inline void json_escape_put(struct json_reader *r, struct buf *b)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	char c = r->s.p[r->at++];
	const char *known = strchr(from, c);
	unsigned u;

	if (c != 'u') {
		buf_putc(b, known ? to[known - from] : c);
		return;
	}
	u = json_hex4(r);
	if (u >= 0xd800 && u < 0xdc00 && str_starts(str_from(r->s, r->at), STR("\\u"))) {
		r->at += 2;
		u = 0x10000 + ((u & 0x3ff) << 10) + (json_hex4(r) & 0x3ff);
	}
	buf_utf8(b, u);
}

static inline struct str json_text(struct json_reader *r)
{
	struct buf b = { 0 };
	struct str s;

	r->at++;
	while (r->at < r->s.n && r->s.p[r->at] != '"') {
		char c = r->s.p[r->at++];

		if (c == '\\')
			json_escape_put(r, &b);
		else
			buf_putc(&b, c);
	}
	r->at++;
	s = arena_str(r->a, buf_str(&b));
	buf_free(&b);
	return s;
}

static inline struct json *json_value(struct json_reader *r)
{
	struct json *j = arena_alloc(r->a, sizeof(*j)), **to = &j->first;
	size_t from;

	json_space(r);
	from = r->at;
	switch (r->s.p[r->at]) {
	case '"':
		j->kind = JSON_SCALAR;
		j->text = json_text(r);
		break;
	case '{':
	case '[':
		j->kind = r->s.p[r->at++] == '{' ? JSON_MAP : JSON_LIST;
		for (json_space(r); r->s.p[r->at] != '}' && r->s.p[r->at] != ']'; json_space(r)) {
			struct str key = j->kind == JSON_MAP ? json_text(r) : str_make(NULL, 0);

			*to = json_value(r);
			(*to)->key = key;
			to = &(*to)->next;
		}
		r->at++;
		break;
	default:
		while (r->at < r->s.n && !strchr(",]} \n", r->s.p[r->at]))
			r->at++;
		j->text = str_sub(r->s, from, r->at - from);
		j->kind = str_eq(j->text, STR("null")) ? JSON_NULL : JSON_SCALAR;
	}
	return j;
}

static inline struct json *json_parse(struct arena *a, struct str s)
{
	struct json_reader r = { a, s, 0 };

	return json_value(&r);
}

static inline const struct json *json_get(const struct json *j, const char *key)
{
	for (j = j ? j->first : NULL; j; j = j->next)
		if (str_eq(j->key, str_of(key)))
			return j;
	return NULL;
}

#endif
