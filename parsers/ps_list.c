/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PowerShell's Format-List: "Name      : value", the colons of one object in one column, long values
 * wrapped under their beginning, a blank line between objects. What an object means is told by
 * parsers/formats/ps-map.yaml.
 */
#include "parsers/label.h"
#include "parsers/ps_map.h"
#include "parsers/ps_table.h"
#include "parsers/text.h"

#define WINDOW_MIN 79

struct reader {
	struct sink *out;
	struct ps_map *map;
	struct str file;
	struct arena *a;         /* of one object */
	struct ps_object *object;
	struct buf value;        /* of the last property, while it may go on */
	size_t colon;
	size_t wide;             /* of the window, by the longest line */
	struct label_wrap wrap;
	size_t piece;            /* where the last line of `value` begins in it */
	uint64_t unknown, unknown_offset;
};

/* "Name   : value" with a name that has no odd letters; gives the colon's column. */
static bool property_line(struct str line, size_t *colon, struct str *name, struct str *value)
{
	size_t i = 0;

	while (i < line.n && line.p[i] != ':' && line.p[i] != '\t' && line.p[i] != '\\')
		i++;
	if (i == 0 || i >= line.n || line.p[i] != ':' || line.p[i - 1] != ' ')
		return false;
	if (i + 1 < line.n && line.p[i + 1] != ' ')
		return false;
	*name = str_trim(str_sub(line, 0, i));
	if (!name->n || str_find(*name, STR("  ")) >= 0 || line.p[0] == ' ')
		return false;
	*colon = i;
	*value = str_from(line, i + 2);
	return true;
}

static void end_value(struct reader *r)
{
	struct ps_object *o = r->object;
	struct str v = str_trim(buf_str(&r->value));

	if (o->n)
		o->p[o->n - 1].value = arena_str(r->a, v);
	r->value.n = 0;
}

static void end_object(struct reader *r)
{
	struct ps_object *o = r->object;

	end_value(r);
	if (o->n > 1 && !ps_map_put(r->map, r->out, r->file, o, r->a)) {
		if (!r->unknown++)
			r->unknown_offset = o->offset;
	}
	if (o->n) {
		arena_free(r->a);
		r->a = arena_new();
		sink_commit_point(r->out, o->offset);
	}
	o->n = 0;
}

static void add_rest(struct reader *r, struct str rest)
{
	if (!label_goes_on(&r->wrap, str_from(buf_str(&r->value), r->piece), rest))
		buf_putc(&r->value, ' ');
	r->piece = r->value.n;
	buf_puts(&r->value, rest);
}

static void take_line(struct reader *r, const struct text_line *line)
{
	struct ps_object *o = r->object;
	struct str name, value;
	size_t colon, indent = 0;

	while (indent < line->text.n && line->text.p[indent] == ' ')
		indent++;
	if (o->n && indent >= r->colon + 2 && indent < line->text.n) {
		add_rest(r, str_from(line->text, r->colon + 2));
		return;
	}
	if (!property_line(line->text, &colon, &name, &value)) {
		end_object(r);
		return;
	}
	if (o->n && (colon != r->colon || str_eq(name, o->p[0].name) || o->n == PS_PROPERTIES_MAX))
		end_object(r);
	end_value(r);
	if (!o->n) {
		o->line = line->number;
		o->offset = line->offset;
		r->colon = colon;
	}
	o->p[o->n++] = (struct ps_property){ .name = arena_str(r->a, name) };
	buf_puts(&r->value, value);
	r->wrap = (struct label_wrap){ .room = r->wide > colon + 2 ? r->wide - colon - 2 : 0 };
	r->piece = 0;
}

/* The longest line, as cells. */
static size_t widest(const struct member_view *m)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;
	size_t most = 0;

	while (text_next(t, &line)) {
		size_t n = label_width(line.text);

		most = n > most ? n : most;
	}
	text_close(t);
	return most;
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out, .map = ps_map_load(m->a, e), .file = m->name };
	struct text_reader *t;
	struct text_line line;

	if (!r.map)
		return e->code;
	r.wide = widest(m);
	if (r.wide < WINDOW_MIN)
		r.wide = SIZE_MAX;       /* no line reaches the edge of a window */
	r.a = arena_new();
	r.object = xmalloc(sizeof(*r.object));
	r.object->n = 0;
	t = text_open(m->data, (size_t)m->held);
	while (text_next(t, &line))
		take_line(&r, &line);
	end_object(&r);
	if (r.unknown)
		sink_note(out, NOTE_INFO, r.unknown_offset, 0, 0,
			"%llu objects of a kind that ps-map.yaml does not list", (unsigned long long)r.unknown);
	text_close(t);
	free(r.object);
	buf_free(&r.value);
	arena_free(r.a);
	/* A script's output may hold both. */
	return ps_table_begins(m) ? parser_ps_table.parse(m, out, e) : 0;
}

/* Four lines on end with their colons in one column, names of one word. */
static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 16384), line, name, value;
	size_t run = 0, best = 0, colon, before = 0;

	while (str_line(&rest, &line)) {
		bool ok = property_line(line, &colon, &name, &value) && str_chr(name, ' ') < 0;

		run = ok && (run == 0 || colon == before) ? run + 1 : ok;
		before = ok ? colon : 0;
		best = run > best ? run : best;
	}
	/* Three may be anything, unless the file is named after a cmdlet. */
	return best >= 4 ? 55 : best >= 3 && str_ifind(p->name, STR("Get-")) >= 0 ? 40 : 0;
}

const struct parser parser_ps_list = {
	.name = "ps_list",
	.about = "PowerShell Format-List: VMs, checkpoints, disks, cluster and storage objects",
	.data_type = "fact",
	.version = 3,
	.text = true,
	.bid = bid,
	.parse = parse,
};
