/* SPDX-License-Identifier: Apache-2.0 */
/* The oracle's JSON as names and values, and when a value of ours equals one of its texts. */
#ifndef CASELINE_TESTS_EVTX_ORACLE_VALUES_H
#define CASELINE_TESTS_EVTX_ORACLE_VALUES_H

#include <math.h>

#include "parsers/segment.h"
#include "tests/json_mini.h"

/* One value of the oracle, or of ours where `field` tells it. */
struct entry {
	struct str name, text;
	struct field field;
	bool used;
};

typedef VEC(struct entry) entries;

/* ---- Values ---- */

static inline bool same_number(uint64_t n, struct str s)
{
	uint64_t v;
	int64_t i;

	if (str_istarts(s, STR("0x")))
		return str_to_u64(str_from(s, 2), 16, &v) && v == n;
	return (str_to_u64(s, 10, &v) && v == n) || (str_to_i64(s, &i) && (uint64_t)i == n);
}

static inline bool same_time(uint64_t ticks, struct str s)
{
	int64_t t;

	return time_parse_rfc3339(s, &t) && (int64_t)ticks / 10 == t / 10;
}

static inline bool same_float(uint64_t bits, struct str s)
{
	char text[64];
	double ours, theirs;

	if (s.n >= sizeof(text))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	memcpy(&ours, &bits, 8);
	theirs = strtod(text, NULL);
	return fabs(ours - theirs) <= 1e-6 * fabs(ours);
}

static inline bool same_guid(struct str raw, struct str s)
{
	uint8_t theirs[16];

	return raw.n == 16 && guid_parse(s, theirs) && memcmp(raw.p, theirs, 16) == 0;
}

static inline bool same_value(const struct field *f, struct str s)
{
	struct buf b = { 0 };
	bool same;

	switch (f->type) {
	case VALUE_INT: case VALUE_UINT: case VALUE_HEX:
		return same_number(f->number, s);
	case VALUE_TIME:
		return same_time(f->number, s);
	case VALUE_FLOAT:
		return same_float(f->number, s);
	case VALUE_GUID:
		return same_guid(f->bytes, s);
	default:
		buf_field(&b, f);
		same = f->type == VALUE_BINARY ? str_ieq(buf_str(&b), s) : str_eq(buf_str(&b), s);
		buf_free(&b);
		return same;
	}
}

/* ---- The oracle's values by name ---- */

static inline void entry_add(entries *to, struct str name, struct str text)
{
	vec_push(to, (struct entry){ .name = name, .text = text });
}

static inline struct str joined(struct arena *mem, struct str a, const char *by, struct str b)
{
	return a.n ? arena_printf(mem, "%.*s%s%.*s", STR_ARG(a), by, STR_ARG(b)) : b;
}

static inline void flatten(struct arena *mem, entries *to, struct str path, const struct json *j);

static inline void flatten_map(struct arena *mem, entries *to, struct str path,
	const struct json *j)
{
	for (const struct json *k = j->first; k; k = k->next) {
		if (str_eq(k->key, STR("#text"))) {
			flatten(mem, to, path, k);
		} else if (str_eq(k->key, STR("#attributes"))) {
			for (const struct json *a = k->first; a; a = a->next)
				if (!str_starts(a->key, STR("xmlns")))
					flatten(mem, to, joined(mem, path, "@", a->key), a);
		} else {
			flatten(mem, to, joined(mem, path, "/", k->key), k);
		}
	}
}

static inline void flatten(struct arena *mem, entries *to, struct str path, const struct json *j)
{
	if (j->kind == JSON_SCALAR && j->text.n)
		entry_add(to, path, j->text);
	else if (j->kind == JSON_LIST)
		for (const struct json *k = j->first; k; k = k->next)
			flatten(mem, to, path, k);
	else if (j->kind == JSON_MAP)
		flatten_map(mem, to, path, j);
}

static inline void unnamed_of(entries *to, const struct json *j)
{
	const struct json *text = json_get(j, "#text");

	if (j->kind == JSON_MAP && text)
		j = text;
	if (j->kind == JSON_SCALAR)
		entry_add(to, STR("Data"), j->text);
	for (j = j->kind == JSON_LIST ? j->first : NULL; j; j = j->next)
		entry_add(to, STR("Data"), j->text);
}

static inline void event_data(struct arena *mem, entries *named, entries *unnamed,
	const struct json *j)
{
	for (const struct json *k = j ? j->first : NULL; k; k = k->next) {
		const struct json *attributes = json_get(k, "#attributes");
		const struct json *name = json_get(attributes, "Name");

		if (str_eq(k->key, STR("Data")))
			unnamed_of(unnamed, k);
		else if (str_eq(k->key, STR("#attributes")))
			flatten(mem, named, STR("eventdata"), k->first);
		else if (name && json_get(k, "#text"))
			flatten(mem, named, name->text, json_get(k, "#text"));
		else if (!name)
			flatten(mem, named, k->key, k);
	}
}

static inline void user_data(struct arena *mem, entries *named, const struct json *j)
{
	for (const struct json *k = j ? j->first : NULL; k; k = k->next) {
		entry_add(named, STR("userdata"), k->key);
		flatten(mem, named, k->kind == JSON_MAP ? str_make(NULL, 0) : k->key, k);
	}
}

static inline void other_parts(struct arena *mem, entries *named, const struct json *event)
{
	for (const struct json *k = event->first; k; k = k->next) {
		struct str n = k->key;

		if (str_eq(n, STR("RenderingInfo")) || str_eq(n, STR("ProcessingErrorData"))) {
			flatten(mem, named, str_make(NULL, 0), k);
		} else if (!str_eq(n, STR("System")) && !str_eq(n, STR("EventData")) &&
			   !str_eq(n, STR("UserData")) && !str_eq(n, STR("#attributes"))) {
			entry_add(named, STR("userdata"), n);
			flatten(mem, named, str_make(NULL, 0), k);
		}
	}
}

#endif
