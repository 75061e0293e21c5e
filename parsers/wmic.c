/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wmic's tables: names of properties in one line, each column as wide as its widest value and two
 * blanks. Names and hence columns are the same in any language. What an object means is told by
 * parsers/formats/ps-map.yaml.
 */
#include <stdlib.h>

#include "parsers/ps_map.h"
#include "parsers/text.h"

#define COLUMNS_MAX 100

struct head {
	struct str name[COLUMNS_MAX];
	size_t from[COLUMNS_MAX], n;
};

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* "Caption    CSName  HotFixID  ": words of letters with two blanks or more behind each. */
static bool read_head(struct str line, struct head *h)
{
	size_t i = 0;

	h->n = 0;
	while (i < line.n && h->n < COLUMNS_MAX) {
		size_t from = i;

		while (i < line.n && is_letter(line.p[i]))
			i++;
		if (i == from || (i < line.n && line.p[i] != ' '))
			return false;
		h->name[h->n] = str_sub(line, from, i - from);
		h->from[h->n++] = from;
		from = i;
		while (i < line.n && line.p[i] == ' ')
			i++;
		if (i < line.n && i - from < 2)
			return false;
	}
	return h->n >= 4 && i == line.n;
}

/* Columns are counted in characters; the head is ASCII. */
static struct str cell(const struct head *h, struct str line, size_t column)
{
	size_t to = column + 1 < h->n ? h->from[column + 1] : SIZE_MAX, at = 0, i = 0, from = line.n;

	for (; i < line.n && at < to; at++) {
		if (at == h->from[column])
			from = i;
		utf8_next(line, &i);
	}
	return from < i ? str_trim(str_sub(line, from, i - from)) : STR("");
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct ps_map *map = ps_map_load(m->a, e);
	struct text_reader *t;
	struct ps_object *o;
	struct head h = { .n = 0 };
	uint64_t told = 0, other = 0, at = 0;
	struct text_line line;

	if (!map)
		return e->code;
	o = xmalloc(sizeof(*o));
	t = text_open(m->data, (size_t)m->held);
	while (text_next(t, &line)) {
		struct str text = arena_str(m->a, line.text);

		if (!str_trim(text).n || (!h.n && read_head(text, &h)) || !h.n)
			continue;
		o->n = 0;
		o->line = line.number;
		o->offset = line.offset;
		for (size_t i = 0; i < h.n; i++)
			o->p[o->n++] = (struct ps_property){ .name = h.name[i], .value = cell(&h, text, i) };
		if (ps_map_put(map, out, m->name, o, m->a))
			told++;
		else
			at = other++ ? at : line.offset;
	}
	if (other)
		sink_note(out, told ? NOTE_DAMAGED : NOTE_UNSUPPORTED, at, 0, other,
			"%llu objects tell nothing that is known", (unsigned long long)other);
	text_close(t);
	free(o);
	return 0;
}

static int bid(const struct probe *p)
{
	struct str rest = p->text, line = STR("");
	struct head h;

	while (str_line(&rest, &line) && !str_trim(line).n)
		;
	return str_ends(line, STR("  ")) && read_head(line, &h) ? 48 : 0;
}

const struct parser parser_wmic = {
	.name = "wmic",
	.about = "tables of wmic (qfe and others whose objects the map of PowerShell's objects knows)",
	.data_type = "fact",
	.version = 2,
	.text = true,
	.bid = bid,
	.parse = parse,
};
