/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PowerShell's Format-Table: labels, under each a ruler of dashes as wide as the label, then rows.
 * A column's values may be wider than its ruler, to the right or (numbers) to the left, so the cut
 * between two columns is a place that is blank in all rows of the table. What ends in an ellipsis
 * was cut by PowerShell, and is told as such.
 */
#include "parsers/label.h"
#include "parsers/ps_map.h"
#include "parsers/ps_table.h"
#include "parsers/text.h"

#define COLUMNS_MAX 64
#define CELLS_MAX 12000
#define ROWS_MAX 100000
#define HEAD_LINES 3
#define WINDOW_MIN 70            /* narrower tables are not wrapped */

struct table_row {
	struct str text;
	uint64_t line, offset;
};

struct table {
	struct str label[COLUMNS_MAX];
	size_t from[COLUMNS_MAX], to[COLUMNS_MAX];   /* cells of the ruler */
	size_t cut[COLUMNS_MAX];                     /* where the column's values begin */
	size_t n, widest;                            /* columns; cells of the longest row */
	VEC(struct table_row) rows;
	struct arena *a;
};

/* The byte at which cell `cell` of the text begins; its end where there are fewer. */
static size_t byte_at(struct str text, size_t cell)
{
	size_t i = 0, at = 0;

	while (i < text.n && at < cell)
		at += label_cells(utf8_next(text, &i));
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

/* The lines above a ruler, oldest first: labels too wide for their column are wrapped. */
struct heads {
	struct str line[HEAD_LINES], ruler;
	size_t n;
};

static void heads_add(struct heads *h, struct str line)
{
	if (!str_trim(line).n) {
		h->n = 0;
		return;
	}
	if (h->n == HEAD_LINES) {
		memmove(h->line, h->line + 1, (HEAD_LINES - 1) * sizeof(h->line[0]));
		h->n--;
	}
	h->line[h->n++] = line;
}

static struct str label_at(struct str labels, size_t from, size_t to)
{
	size_t a = byte_at(labels, from), b = byte_at(labels, to);

	return str_sub(labels, a, b - a);
}

/* The columns of a ruler, as cells. */
static size_t spans_of(struct str ruler, size_t *from, size_t *to)
{
	size_t n = 0;

	for (size_t i = 0; i < ruler.n;) {
		size_t start;

		while (i < ruler.n && ruler.p[i] == ' ')
			i++;
		start = i;
		while (i < ruler.n && ruler.p[i] == '-')
			i++;
		if (start == i || n == COLUMNS_MAX)
			break;
		from[n] = start;
		to[n++] = i;
	}
	return n;
}

/* True where a line has nothing but in the columns, and, if `all`, something in each. */
static bool stands_on(struct str line, const size_t *from, const size_t *to, size_t n, bool all)
{
	size_t at = 0;

	for (size_t c = 0; c < n; c++) {
		struct str label = label_at(line, from[c], to[c]);

		if (str_trim(label_at(line, at, from[c])).n || (all && !str_trim(label).n))
			return false;
		at = to[c];
	}
	return !str_trim(str_from(line, byte_at(line, at))).n;
}

static bool fills(struct str line, const size_t *from, const size_t *to, size_t n)
{
	for (size_t c = 0; c < n; c++) {
		struct str label = label_at(line, from[c], to[c]);

		if (!label.n || label.p[0] == ' ' || label.p[label.n - 1] == ' ')
			return false;
	}
	return true;
}

/* How many of the lines above a ruler are its labels; 0 where they do not stand on each other. */
static size_t columns_of(const struct heads *h, struct str ruler, size_t *from, size_t *to, size_t *n)
{
	*n = spans_of(ruler, from, to);
	if (!*n || !h->n)
		return 0;
	if (fills(h->line[h->n - 1], from, to, *n))
		return 1;
	for (size_t k = 1; k <= h->n; k++) {
		struct str line = h->line[h->n - k];

		if (!stands_on(line, from, to, *n, false))
			return 0;
		if (k > 1 && stands_on(line, from, to, *n, true))
			return k;
	}
	return 0;
}

/* What a label or cell is made of when it goes on below. */
struct pieces {
	struct str whole, last;
	struct label_wrap wrap;
};

static void pieces_add(struct pieces *p, struct arena *a, struct str rest, size_t room)
{
	if (!rest.n)
		return;
	p->wrap.room = room;
	if (!p->whole.n)
		p->whole = rest;
	else
		p->whole = arena_printf(a, "%.*s%s%.*s", STR_ARG(p->whole),
			label_goes_on(&p->wrap, p->last, rest) ? "" : " ", STR_ARG(rest));
	p->last = rest;
}

/* Two words of the ruler may be one label. */
static void name_columns(struct table *t, const struct heads *h, size_t lines, const struct ps_map *map)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		struct pieces p = { 0 };

		for (size_t k = lines; k > 0; k--)
			pieces_add(&p, t->a, str_trim(label_at(h->line[h->n - k], t->from[i], t->to[i])),
				t->to[i] - t->from[i]);
		t->label[i] = arena_str(t->a, p.whole);
	}
	for (size_t i = 0; i < t->n; i++) {
		size_t from = t->from[i];
		struct str label = t->label[i];

		if (i + 1 < t->n && t->from[i + 1] == t->to[i] + 1) {
			struct str both = arena_printf(t->a, "%.*s %.*s", STR_ARG(label),
				STR_ARG(t->label[i + 1]));

			if (ps_map_is_label(map, both)) {
				label = both;
				i++;
			}
		}
		t->from[n] = from;
		t->to[n] = t->to[i];
		t->label[n++] = label;
	}
	t->n = n;
}

static void mark_cells(struct str text, uint8_t *used)
{
	size_t at = 0;

	for (size_t i = 0; i < text.n && at + 1 < CELLS_MAX;) {
		bool blank = text.p[i] == ' ';
		size_t wide = label_cells(utf8_next(text, &i));

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
	static const char dots[] = "\xe2\x80\xa6";

	if (str_ends(*v, STR("...")) || str_ends(*v, str_of(dots)))
		v->n -= 3;
	else if (str_starts(*v, STR("...")) || str_starts(*v, str_of(dots)))
		*v = str_from(*v, 3);
	else
		return false;
	return true;
}

static struct str cell_of(const struct table *t, struct str row, size_t c)
{
	size_t from = byte_at(row, t->cut[c]);
	size_t to = c + 1 < t->n ? byte_at(row, t->cut[c + 1]) : row.n;

	return str_trim(str_sub(row, from, to - from));
}

/* True where a word goes over the column's start: the row does not stand as the ruler does. */
static bool is_split(const struct table *t, struct str row, size_t c)
{
	size_t at = c < t->n ? byte_at(row, t->cut[c]) : 0;

	return at && at < row.n && row.p[at] != ' ' && row.p[at - 1] != ' ';
}

/* Cells that a column has room for. */
static size_t room_of(const struct table *t, size_t c)
{
	return c + 1 < t->n ? t->cut[c + 1] - t->cut[c] - 1 : t->widest - t->cut[c];
}

/* True where the first word of `rest` had no room behind `before`. */
static bool had_no_room(struct str before, struct str rest, size_t room)
{
	ptrdiff_t blank = str_chr(rest, ' ');
	struct str word = blank > 0 ? str_sub(rest, 0, (size_t)blank) : rest;

	return before.n && label_width(before) + 1 + label_width(word) > room;
}

/*
 * Format-Table -Wrap: a line whose first cell is empty, and whose other cells are the rest of what
 * had no room above.
 */
static bool is_rest(const struct table *t, struct str row, struct str before)
{
	size_t filled = 0, left = 0;

	if (t->widest < WINDOW_MIN || t->n < 2 || cell_of(t, row, 0).n)
		return false;
	for (size_t c = 0; c < t->n; c++) {
		struct str v = cell_of(t, row, c), above = cell_of(t, before, c);

		if (v.n && !had_no_room(above, v, room_of(t, c)))
			return false;
		filled += v.n > 0;
		left += !v.n && above.n;
	}
	return filled && left && filled <= (t->n + 1) / 2;
}

static void take_cells(struct table *t, struct pieces *cells, struct str row)
{
	for (size_t c = 0; c < t->n; c++)
		pieces_add(&cells[c], t->a, cell_of(t, row, c), room_of(t, c));
}

static void put_row(struct table *t, size_t *i, struct sink *out, const struct ps_map *map,
	struct str file, struct ps_object *o, uint64_t *unknown)
{
	const struct table_row *row = &t->rows.v[*i];
	struct pieces cells[COLUMNS_MAX] = { 0 };

	*o = (struct ps_object){ .n = t->n, .line = row->line, .offset = row->offset };
	take_cells(t, cells, row->text);
	for (++*i; *i < t->rows.n && is_rest(t, t->rows.v[*i].text, t->rows.v[*i - 1].text); ++*i)
		take_cells(t, cells, t->rows.v[*i].text);
	for (size_t c = 0; c < t->n; c++) {
		o->p[c] = (struct ps_property){ .name = t->label[c], .value = cells[c].whole };
		o->p[c].cut = is_cut(&o->p[c].value) || is_split(t, row->text, c) ||
			is_split(t, row->text, c + 1);
	}
	*unknown += !ps_map_put(map, out, file, o, t->a);
	sink_commit_point(out, row->offset);
}

static void end_table(struct table *t, struct sink *out, const struct ps_map *map, struct str file,
	uint64_t *unknown)
{
	struct ps_object *o = xmalloc(sizeof(*o));

	find_cuts(t);
	for (size_t i = 0; i < t->rows.n;)
		put_row(t, &i, out, map, file, o, unknown);
	t->rows.n = 0;
	t->n = 0;
	t->widest = 0;
	arena_free(t->a);
	t->a = arena_new();
	free(o);
}

static void begin_table(struct table *t, const struct heads *heads, size_t lines,
	const struct ps_map *map)
{
	t->n = spans_of(heads->ruler, t->from, t->to);
	name_columns(t, heads, lines, map);
}

static void add_row(struct table *t, const struct text_line *line)
{
	struct table_row row = { arena_str(t->a, line->text), line->number, line->offset };
	size_t wide = label_width(row.text);

	t->widest = wide > t->widest ? wide : t->widest;
	if (t->rows.n < ROWS_MAX)
		vec_push(&t->rows, row);
}

struct reader {
	struct sink *out;
	const struct ps_map *map;
	struct str file;
	struct table table;
	struct heads heads;
	struct arena *kept;      /* of the heads */
	uint64_t unknown;
};

static void take_line(struct reader *r, const struct text_line *line)
{
	struct table *t = &r->table;
	size_t from[COLUMNS_MAX], to[COLUMNS_MAX], n, lines = 0;
	bool blank = !str_trim(line->text).n;

	/* A line of dashes that is no ruler leaves the table at hand as it is. */
	if (is_ruler(line->text))
		lines = columns_of(&r->heads, line->text, from, to, &n);
	if (lines) {
		t->rows.n -= t->rows.n < lines ? t->rows.n : lines;   /* the labels looked like rows */
		end_table(t, r->out, r->map, r->file, &r->unknown);
		r->heads.ruler = line->text;
		begin_table(t, &r->heads, lines, r->map);
	} else if (t->n && blank) {
		end_table(t, r->out, r->map, r->file, &r->unknown);
	} else if (t->n) {
		add_row(t, line);
	}
	if (blank || lines) {
		r->heads.n = 0;
		arena_free(r->kept);
		r->kept = arena_new();
	} else {
		heads_add(&r->heads, arena_str(r->kept, line->text));
	}
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out, .map = ps_map_load(m->a, e), .file = m->name };
	struct text_reader *reader;
	struct text_line line;

	if (!r.map)
		return e->code;
	r.table.a = arena_new();
	r.kept = arena_new();
	reader = text_open(m->data, (size_t)m->held);
	while (text_next(reader, &line))
		if (line.text.n < CELLS_MAX)
			take_line(&r, &line);
	end_table(&r.table, out, r.map, m->name, &r.unknown);
	if (r.unknown)
		sink_note(out, NOTE_INFO, 0, 0, 0, "%llu rows of a kind that ps-map.yaml does not list",
			(unsigned long long)r.unknown);
	text_close(reader);
	free(r.table.rows.v);
	arena_free(r.table.a);
	arena_free(r.kept);
	return 0;
}

bool ps_table_begins(const struct member_view *m)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	size_t from[COLUMNS_MAX], to[COLUMNS_MAX], n;
	struct arena *kept = arena_new();
	struct heads heads = { 0 };
	struct text_line line;
	bool found = false;

	while (!found && text_next(t, &line)) {
		found = is_ruler(line.text) && columns_of(&heads, line.text, from, to, &n) && n >= 2;
		if (!str_trim(line.text).n && arena_used(kept) > 65536) {
			arena_free(kept);
			kept = arena_new();
		}
		heads_add(&heads, line.text.n < CELLS_MAX ? arena_str(kept, line.text) : STR(""));
	}
	arena_free(kept);
	text_close(t);
	return found;
}

static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 16384), line;
	size_t from[COLUMNS_MAX], to[COLUMNS_MAX], n;
	struct heads heads = { 0 };

	while (str_line(&rest, &line)) {
		if (is_ruler(line) && columns_of(&heads, line, from, to, &n) && n >= 2)
			return 50;
		heads_add(&heads, line);
	}
	return 0;
}

const struct parser parser_ps_table = {
	.name = "ps_table",
	.about = "PowerShell Format-Table: VMs, checkpoints, cluster and storage objects",
	.data_type = "fact",
	.version = 3,
	.text = true,
	.bid = bid,
	.parse = parse,
};
