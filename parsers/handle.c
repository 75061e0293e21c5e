/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open files: handle.exe in its three forms.
 *
 *   vmwp.exe pid: 4321 NT VIRTUAL MACHINE\1BDD…          handle -a: a process, then its handles
 *     24C: File  (RW-)   C:\VMs\SQL01.vhdx               (RW-) is what it lets others do
 *   vmwp.exe   pid: 4321   type: File   24C: C:\…        a search, one line a hit
 *   Process,PID,User,Type,Handle,Name                    -v, or tabs with -vt
 *
 * Only handles that name files are given; the others are counted.
 */
#include "parsers/csv.h"
#include "parsers/parser.h"
#include "parsers/text.h"

#define COMMIT_LINES 1024

struct hit {
	struct str process, pid, user, kind, share, path;
};

struct reader {
	struct sink *out;
	struct buf process, pid, user;   /* of the block at hand */
	uint64_t others, others_at;
};

static bool is_hex(struct str s)
{
	uint64_t v;

	return s.n > 0 && s.n <= 16 && str_to_u64(s, 16, &v);
}

static bool is_path(struct str s)
{
	bool drive = s.n > 2 && s.p[1] == ':' && s.p[2] == '\\';

	return drive || str_starts(s, STR("\\\\")) || str_istarts(s, STR("\\Device\\"));
}

static void put(struct sink *out, const char *name, struct str v)
{
	if (v.n)
		sink_put(out, name, v);
}

static void give(struct reader *r, const struct hit *h, uint64_t line, uint64_t offset)
{
	if (!is_path(h->path) || (!str_ieq(h->kind, STR("File")) && !str_ieq(h->kind, STR("Section")))) {
		r->others_at = r->others++ ? r->others_at : offset;
		return;
	}
	sink_fact(r->out, STR("handle"), line, offset);
	put(r->out, "process", h->process);
	put(r->out, "pid", h->pid);
	put(r->out, "user", h->user);
	put(r->out, "path", h->path);
	put(r->out, "kind", h->kind);
	put(r->out, "share", h->share);
}

static struct str take_word(struct str *s)
{
	size_t n = 0;
	struct str word;

	*s = str_trim(*s);
	while (n < s->n && s->p[n] != ' ' && s->p[n] != '\t')
		n++;
	word = str_sub(*s, 0, n);
	*s = str_trim(str_from(*s, n));
	return word;
}

/* "name pid: 1234 rest" */
static bool read_pid(struct str line, struct hit *h, struct str *rest)
{
	ptrdiff_t at = str_find(line, STR(" pid: "));
	uint64_t v;

	if (at <= 0)
		return false;
	h->process = str_trim(str_sub(line, 0, (size_t)at));
	*rest = str_from(line, (size_t)at + 6);
	h->pid = take_word(rest);
	return str_to_u64(h->pid, 10, &v);
}

/* "24C: C:\path" */
static bool take_number_path(struct str s, struct str *path)
{
	ptrdiff_t at = str_chr(s, ':');

	if (at <= 0 || !is_hex(str_sub(s, 0, (size_t)at)))
		return false;
	*path = str_trim(str_from(s, (size_t)at + 1));
	return true;
}

/* "type: File  [user]  24C: C:\path" behind the pid. */
static bool read_search(struct str rest, struct hit *h)
{
	ptrdiff_t path;

	if (!str_starts(rest, STR("type: ")))
		return false;
	rest = str_from(rest, 6);
	h->kind = take_word(&rest);
	if (take_number_path(rest, &h->path))
		return true;
	/* A user may hold blanks: the number is the word in front of the path. */
	for (path = 1; (size_t)path < rest.n; path++)
		if (rest.p[path - 1] == ' ' && take_number_path(str_from(rest, (size_t)path), &h->path) &&
			is_path(h->path)) {
			h->user = str_trim(str_sub(rest, 0, (size_t)path));
			return true;
		}
	return false;
}

static void set(struct buf *b, struct str s)
{
	b->n = 0;
	buf_puts(b, s);
}

/* "  24C: File  (RW-)   C:\path", "  2E8: Section       \Sessions\…" */
static bool read_entry(struct str line, struct hit *h)
{
	struct str rest;

	if (line.n < 4 || line.p[0] != ' ' || !take_number_path(str_trim(line), &rest))
		return false;
	h->kind = take_word(&rest);
	if (rest.n > 5 && rest.p[0] == '(' && rest.p[4] == ')') {
		h->share = str_sub(rest, 1, 3);
		rest = str_trim(str_from(rest, 5));
	}
	h->path = rest;
	return h->kind.n > 0;
}

static void on_line(struct reader *r, const struct text_line *line)
{
	struct hit h = { .process = buf_str(&r->process), .pid = buf_str(&r->pid),
		.user = buf_str(&r->user) };
	struct str rest;

	if (read_entry(line->text, &h)) {
		give(r, &h, line->number, line->offset);
	} else if (read_pid(line->text, &h, &rest)) {
		h.user = STR("");
		if (read_search(rest, &h)) {
			give(r, &h, line->number, line->offset);
			return;
		}
		set(&r->process, h.process);
		set(&r->pid, h.pid);
		set(&r->user, rest);
	}
}

static void parse_lines(struct reader *r, const struct member_view *m)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;

	while (text_next(t, &line)) {
		on_line(r, &line);
		if (line.number % COMMIT_LINES == 0)
			sink_commit_point(r->out, line.offset);
	}
	text_close(t);
}

/* ---- separated values ---- */

static struct str cell(const struct csv_record *r, size_t column)
{
	return column < r->n ? str_trim(r->column[column]) : STR("");
}

struct columns {
	size_t process, pid, user, kind, path, share;
};

static bool find_columns(const struct csv_record *h, struct columns *c)
{
	*c = (struct columns){ csv_column(h, "Process"), csv_column(h, "PID"), csv_column(h, "User"),
		csv_column(h, "Type"), csv_column(h, "Name"), csv_column(h, "Share Flags") };
	return c->process != SIZE_MAX && c->pid != SIZE_MAX && c->path != SIZE_MAX;
}

static void give_record(struct reader *r, const struct columns *c, const struct csv_record *row)
{
	struct hit h = { cell(row, c->process), cell(row, c->pid), cell(row, c->user),
		cell(row, c->kind), cell(row, c->share), cell(row, c->path) };

	give(r, &h, row->line, row->offset);
}

static void parse_records(struct reader *r, const struct member_view *m)
{
	struct csv *csv = csv_open(m->data, (size_t)m->held);
	struct csv_record row;
	struct columns c;
	bool known = false;

	while (csv_next(csv, &row)) {
		if (!known && find_columns(&row, &c))
			known = true;
		else if (known)
			give_record(r, &c, &row);
		if (row.line % COMMIT_LINES == 0)
			sink_commit_point(r->out, row.offset);
	}
	csv_close(csv, r->out);
}

enum shape { SHAPE_NONE, SHAPE_LINES, SHAPE_RECORDS };

static bool is_title(struct str line)
{
	return str_ifind(line, STR("Process")) == 0 && str_ifind(line, STR("PID")) > 0 &&
	       str_ifind(line, STR("Name")) > 0;
}

static enum shape shape_of(struct str text, int *lines)
{
	struct str line, rest;
	struct hit h;
	int seen = 0;

	*lines = 0;
	for (int i = 0; i < 400 && str_line(&text, &line); i++) {
		if (is_title(line))
			return SHAPE_RECORDS;
		h = (struct hit){ 0 };
		if (read_pid(line, &h, &rest)) {
			if (read_search(rest, &h))
				(*lines)++;
			seen++;
		} else {
			*lines += read_entry(line, &h) && (h.share.n || str_eq(h.kind, STR("Section")));
		}
	}
	return *lines && (seen || *lines > 1) ? SHAPE_LINES : SHAPE_NONE;
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out };
	size_t head = m->held < HEAD_BYTES ? (size_t)m->held : HEAD_BYTES;
	char *text = arena_alloc(m->a, HEAD_BYTES * 3);
	int lines;

	(void)e;
	if (shape_of(str_make(text, text_head(m->data, head, text, HEAD_BYTES * 3)), &lines) ==
		SHAPE_RECORDS)
		parse_records(&r, m);
	else
		parse_lines(&r, m);
	if (r.others)
		sink_note(out, NOTE_INFO, r.others_at, 0, 0, "%llu handles that name no file are left out",
			(unsigned long long)r.others);
	buf_free(&r.process);
	buf_free(&r.pid);
	buf_free(&r.user);
	return 0;
}

static int bid(const struct probe *p)
{
	int lines;
	enum shape shape = shape_of(str_sub(p->text, 0, 32768), &lines);

	if (shape == SHAPE_NONE)
		return 0;
	return shape == SHAPE_LINES ? 85 : 75;
}

const struct parser parser_handle = {
	.name = "handle",
	.about = "open files: handle.exe (-a, search, -v, -vt)",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
