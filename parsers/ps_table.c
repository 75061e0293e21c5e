/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PowerShell's Format-Table: labels, under each a ruler of dashes as wide as the label, then rows.
 * A column's values may be wider than its ruler, to the right or (numbers) to the left, so the cut
 * between two columns is a place that is blank in all rows of the table. What ends in an ellipsis
 * was cut by PowerShell, and is told as such.
 */
#include "parsers/label.h"
#include "parsers/ps_map.h"
#include "parsers/text.h"

#define COLUMNS_MAX 64
#define CELLS_MAX 12000
#define ROWS_MAX 100000

struct table_row {
	struct str text;
	uint64_t line, offset;
};

struct table {
	struct str label[COLUMNS_MAX];
	size_t from[COLUMNS_MAX], to[COLUMNS_MAX];   /* cells of the ruler */
	size_t cut[COLUMNS_MAX];                     /* where the column's values begin */
	size_t n;
	VEC(struct table_row) rows;
	struct arena *a;
};

static size_t cells_of(int32_t c)
{
	bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
		    (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
		    (c >= 0xff01 && c <= 0xff60);

	return wide ? 2 : 1;
}

/* The byte at which cell `cell` of the text begins; its end where there are fewer. */
static size_t byte_at(struct str text, size_t cell)
{
	size_t i = 0, at = 0;

	while (i < text.n && at < cell)
		at += cells_of(utf8_next(text, &i));
	return i;
}

static bool is_ruler(struct str line)
{
	size_t dashes = 0;

	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] != '-' && line.p[i] != ' ')
			return false;
		dashes += line.p[i] == '-';
	}
	return dashes >= 2;
}

/* Columns from labels and ruler; false where they do not stand on each other. */
static bool columns_of(struct str labels, struct str ruler, size_t *from, size_t *to, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < ruler.n;) {
		struct str label;
		size_t start;

		while (i < ruler.n && ruler.p[i] == ' ')
			i++;
		start = i;
		while (i < ruler.n && ruler.p[i] == '-')
			i++;
		if (start == i)
			break;
		label = str_sub(labels, byte_at(labels, start),
			byte_at(labels, i) - byte_at(labels, start));
		if (*n == COLUMNS_MAX || !label.n || label.p[0] == ' ' || label.p[label.n - 1] == ' ')
			return false;
		from[*n] = start;
		to[(*n)++] = i;
	}
	return *n > 0;
}

static struct str label_at(struct str labels, size_t from, size_t to)
{
	size_t a = byte_at(labels, from), b = byte_at(labels, to);

	return str_sub(labels, a, b - a);
}

/* Two words of the ruler may be one label. */
static void name_columns(struct table *t, struct str labels, const struct ps_map *map)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		size_t to = t->to[i], from = t->from[i];

		if (i + 1 < t->n && t->from[i + 1] == to + 1 &&
			ps_map_is_label(map, label_at(labels, from, t->to[i + 1])))
			to = t->to[++i];
		t->from[n] = from;
		t->to[n] = to;
		t->label[n++] = arena_str(t->a, label_at(labels, from, to));
	}
	t->n = n;
}

static void mark_cells(struct str text, uint8_t *used)
{
	size_t at = 0;

	for (size_t i = 0; i < text.n && at + 1 < CELLS_MAX;) {
		bool blank = text.p[i] == ' ';
		size_t wide = cells_of(utf8_next(text, &i));

		for (; wide; wide--, at++)
			used[at] |= !blank;
	}
}

static void find_cuts(struct table *t)
{
	uint8_t *used = arena_alloc(t->a, CELLS_MAX);

	for (size_t i = 0; i < t->rows.n; i++)
		mark_cells(t->rows.v[i].text, used);
	for (size_t c = 1; c < t->n; c++) {
		size_t at = t->from[c] - 1;

		while (at > t->to[c - 1] && at < CELLS_MAX && used[at])
			at--;
		t->cut[c] = at < CELLS_MAX && !used[at] ? at + 1 : t->from[c];
	}
}

static bool is_cut(struct str *v)
{
	if (str_ends(*v, STR("...")))
		v->n -= 3;
	else if (str_ends(*v, STR("\xe2\x80\xa6")))
		v->n -= 3;
	else
		return false;
	return true;
}

static void end_table(struct table *t, struct sink *out, const struct ps_map *map, struct str file,
	uint64_t *unknown)
{
	struct ps_object *o = xmalloc(sizeof(*o));

	find_cuts(t);
	for (size_t i = 0; i < t->rows.n; i++) {
		const struct table_row *row = &t->rows.v[i];

		*o = (struct ps_object){ .n = t->n, .line = row->line, .offset = row->offset };
		for (size_t c = 0; c < t->n; c++) {
			size_t from = byte_at(row->text, t->cut[c]);
			size_t to = c + 1 < t->n ? byte_at(row->text, t->cut[c + 1]) : row->text.n;

			o->p[c].name = t->label[c];
			o->p[c].value = str_trim(str_sub(row->text, from, to - from));
			o->p[c].cut = is_cut(&o->p[c].value);
		}
		*unknown += !ps_map_put(map, out, file, o, t->a);
		sink_commit_point(out, row->offset);
	}
	t->rows.n = 0;
	t->n = 0;
	arena_free(t->a);
	t->a = arena_new();
	free(o);
}

/* Both lines are needed at once, so the labels are kept until the ruler comes. */
static void take_line(struct table *t, const struct text_line *line, struct buf *labels,
	const struct ps_map *map)
{
	size_t from[COLUMNS_MAX], to[COLUMNS_MAX], n;

	/* A line of dashes that is no ruler leaves the table at hand as it is. */
	if (is_ruler(line->text) && columns_of(buf_str(labels), line->text, from, to, &n)) {
		memcpy(t->from, from, sizeof(from));
		memcpy(t->to, to, sizeof(to));
		t->n = n;
		name_columns(t, buf_str(labels), map);
	} else if (t->n && t->rows.n < ROWS_MAX) {
		struct table_row row = { arena_str(t->a, line->text), line->number, line->offset };

		vec_push(&t->rows, row);
	}
	labels->n = 0;
	buf_puts(labels, line->text);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct table t = { .a = arena_new() };
	struct ps_map *map = ps_map_load(m->a, e);
	struct text_reader *reader = text_open(m->data, (size_t)m->held);
	struct text_line line;
	struct buf labels = { 0 };
	uint64_t unknown = 0;

	while (map && text_next(reader, &line)) {
		if (t.n && !str_trim(line.text).n)
			end_table(&t, out, map, m->name, &unknown);
		else if (line.text.n < CELLS_MAX)
			take_line(&t, &line, &labels, map);
	}
	if (map)
		end_table(&t, out, map, m->name, &unknown);
	if (unknown)
		sink_note(out, NOTE_INFO, 0, 0, 0, "%llu rows of a kind that ps-map.yaml does not list",
			(unsigned long long)unknown);
	text_close(reader);
	buf_free(&labels);
	free(t.rows.v);
	arena_free(t.a);
	return map ? 0 : e->code;
}

static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 16384), line, before = STR("");
	size_t from[COLUMNS_MAX], to[COLUMNS_MAX], n;

	while (str_line(&rest, &line)) {
		if (is_ruler(line) && columns_of(before, line, from, to, &n) && n >= 2)
			return 50;
		before = line;
	}
	return 0;
}

const struct parser parser_ps_table = {
	.name = "ps_table",
	.about = "PowerShell Format-Table: VMs, checkpoints, cluster and storage objects",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
