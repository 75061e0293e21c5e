/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts saved beside a log: DIR/LocaleMetaData/NAME_LCID.MTA has those of DIR/NAME.evtx, by record
 * number. Where there are several languages, English is taken, else the first.
 */
#include <stdlib.h>

#include "analyzer/case/case_parts.h"

struct record_text {
	uint64_t record;
	struct ref ref;
};

struct record_texts {
	struct record_text *v;   /* by record */
	size_t n;
};

bool case_holds_texts(const struct member *m)
{
	return str_eq(m->parser, STR("mta"));
}

/* "DIR/NAME" of both "DIR/NAME.evtx" and "DIR/LocaleMetaData/NAME_1033.MTA"; false where neither. */
static bool log_name(const struct member *m, struct buf *out)
{
	const struct str folder = STR("LocaleMetaData");
	struct str dir = str_sub(m->path, 0, m->path.n - m->name.n), name = m->name;
	ptrdiff_t dot = str_rchr(name, '.'), score = str_rchr(name, '_');

	out->n = 0;
	if (str_eq(m->parser, STR("evtx")) && dot > 0)
		name.n = (size_t)dot;
	else if (!case_holds_texts(m) || score <= 0 || dir.n <= folder.n ||
		 !str_ieq(str_sub(dir, dir.n - 1 - folder.n, folder.n), folder))
		return false;
	else {
		name.n = (size_t)score;
		dir.n -= folder.n + 1;
	}
	buf_puts(out, dir);
	buf_puts(out, name);
	return true;
}

static bool is_english(const struct member *m)
{
	return str_ifind(m->name, STR("_1033.")) >= 0;
}

/* The members of texts by the log they belong to: index + 1 as the map's number. */
static struct map *list_texts(const struct case_file *c)
{
	struct map *by_log = map_new(true);
	struct buf name = { 0 };

	for (size_t m = 0; m < c->ev->members.n; m++) {
		const struct member *member = &c->ev->members.v[m];
		uint32_t key;
		uint64_t had;

		if (!case_holds_texts(member) || !log_name(member, &name))
			continue;
		key = map_intern(by_log, buf_str(&name), NULL);
		had = map_get(by_log, key);
		if (!had || (is_english(member) && !is_english(&c->ev->members.v[had - 1])))
			map_set(by_log, key, m + 1);
	}
	buf_free(&name);
	return by_log;
}

static int by_record(const void *a, const void *b)
{
	const struct record_text *x = a, *y = b;

	return (x->record > y->record) - (x->record < y->record);
}

static struct record_texts *read_texts(struct case_file *c, uint32_t member)
{
	const struct member *m = &c->ev->members.v[member];
	struct record_texts *t = arena_array(c->a, struct record_texts, 1);
	size_t rows = 0;

	for (size_t i = 0; i < m->segment_count; i++)
		rows += segment_rows(m->segments[i]);
	t->v = arena_array(c->a, struct record_text, rows + 1);
	for (uint32_t s = 0; s < c->segments.n; s++) {
		const struct case_segment *cs = &c->segments.v[s];

		for (uint32_t r = 0; cs->member == member && r < segment_rows(cs->segment); r++) {
			struct row row;

			segment_row(cs->segment, r, &row);
			t->v[t->n++] = (struct record_text){ row.number, { s, r } };
		}
	}
	qsort(t->v, t->n, sizeof(*t->v), by_record);
	return t;
}

void case_bind_texts(struct case_file *c)
{
	struct map *by_log = list_texts(c);
	struct record_texts *texts = NULL;
	uint32_t last = UINT32_MAX;
	struct buf name = { 0 };

	for (size_t s = 0; s < c->segments.n && map_count(by_log); s++) {
		struct case_segment *cs = &c->segments.v[s];
		const struct member *m = &c->ev->members.v[cs->member];
		uint32_t key;

		if (!str_eq(m->parser, STR("evtx")) || !log_name(m, &name))
			continue;
		key = map_find(by_log, buf_str(&name));
		if (key == MAP_NONE)
			continue;
		if (cs->member != last)
			texts = read_texts(c, (uint32_t)map_get(by_log, key) - 1);
		last = cs->member;
		cs->texts = texts;
	}
	buf_free(&name);
	map_free(by_log);
}

struct str case_text_of(const struct case_file *c, const struct record_texts *t, uint64_t record)
{
	const struct record_text key = { .record = record };
	const struct record_text *found = bsearch(&key, t->v, t->n, sizeof(*t->v), by_record);
	struct row row;

	if (!found)
		return STR("");
	segment_row(c->segments.v[found->ref.segment].segment, found->ref.row, &row);
	return row.message;
}
