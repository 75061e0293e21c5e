/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree /f, with lines or as ASCII (/a), in any language:
 *
 *   D:\VM
 *   ├───APP01
 *   │   │   APP01.vhdx
 *   │   └───Virtual Machines
 *
 * A cell of four columns stands for each folder above. Files of VMs become facts, without size or
 * date; the rest is counted.
 */
#include "parsers/dir_listing.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

#define DEPTH_MAX 64
#define CELL 4

struct reader {
	struct sink *out;
	struct buf path;             /* the folder at hand, its root first */
	size_t ends[DEPTH_MAX + 1];  /* of `path` at each depth */
	size_t depth;
	uint64_t files, told;
};

enum line_kind { ROOT, FOLDER, FILE_NAME, NOTHING };

struct entry {
	enum line_kind kind;
	size_t cells;
	struct str name;
};

static bool is_blank(int32_t c)
{
	return c == ' ' || c == 0xa0;
}

/* Lines drawn as such, as ASCII, or as the letters that a wrong code page made of them. */
static bool is_bar(int32_t c)
{
	return c == 0x2502 || c == '|' || c == 0xb3 || is_blank(c);
}

static bool is_branch(int32_t c)
{
	return c == 0x251c || c == 0x2514 || c == '+' || c == '\\' || c == 0xc3 || c == 0xc0;
}

static bool is_dash(int32_t c)
{
	return c == 0x2500 || c == '-' || c == 0xc4;
}

/* One cell at the start of *s, cut off; 'b' branch, '|' bar, 0 neither. */
static char take_cell(struct str *s)
{
	int32_t c[CELL];
	size_t at = 0;

	for (size_t i = 0; i < CELL; i++) {
		if (at >= s->n)
			return 0;
		c[i] = utf8_next(*s, &at);
	}
	if (is_branch(c[0]) && is_dash(c[1]) && is_dash(c[2]) && is_dash(c[3])) {
		*s = str_from(*s, at);
		return 'b';
	}
	if (!is_bar(c[0]) || !is_blank(c[1]) || !is_blank(c[2]) || !is_blank(c[3]))
		return 0;
	*s = str_from(*s, at);
	return '|';
}

/* "D:\VM", or "D:." where the folder is not told. */
static bool is_root(struct str s)
{
	return s.n >= 3 && s.p[1] == ':' && (s.p[2] == '\\' || s.p[2] == '.') &&
	       ((s.p[0] | 0x20) >= 'a' && (s.p[0] | 0x20) <= 'z');
}

static struct entry read_entry(struct str line)
{
	struct entry e = { .kind = NOTHING };
	char cell;

	while ((cell = take_cell(&line)) == '|')
		e.cells++;
	e.name = str_trim(line);
	if (cell == 'b' && e.name.n)
		e.kind = FOLDER;
	else if (e.cells && e.name.n)
		e.kind = FILE_NAME;
	else if (!e.cells && is_root(line))
		e.kind = ROOT;
	return e;
}

static void enter(struct reader *r, size_t depth, struct str name)
{
	if (depth > DEPTH_MAX || depth > r->depth + 1)
		return;
	r->path.n = depth ? r->ends[depth - 1] : 0;
	if (r->path.n && r->path.p[r->path.n - 1] != '\\')
		buf_putc(&r->path, '\\');
	buf_puts(&r->path, name);
	r->ends[depth] = r->path.n;
	r->depth = depth;
}

/* A file stands in the folder above its last cell, before that folder's own folders. */
static void take_file(struct reader *r, const struct text_line *line, const struct entry *e)
{
	if (!r->path.n || e->cells != r->depth + 1)
		return;
	r->files++;
	if (!dir_listing_wants(e->name) || r->path.p[2] == '.')
		return;
	buf_putc(&r->path, '\\');
	buf_puts(&r->path, e->name);
	sink_fact(r->out, STR("file"), line->number, line->offset);
	sink_put(r->out, "path", buf_str(&r->path));
	r->path.n = r->ends[r->depth];
	r->told++;
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct reader r = { .out = out };
	struct text_line line;

	(void)e;
	while (text_next(t, &line)) {
		struct entry entry = read_entry(line.text);

		if (entry.kind == ROOT)
			enter(&r, 0, entry.name);
		else if (entry.kind == FOLDER && r.path.n)
			enter(&r, entry.cells + 1, entry.name);
		else if (entry.kind == FILE_NAME && text_unended(&line, m->held))
			sink_note(out, NOTE_LOST, line.offset, 0, 0, "the listing breaks off");
		else if (entry.kind == FILE_NAME)
			take_file(&r, &line, &entry);
	}
	if (r.files > r.told)
		sink_note(out, NOTE_INFO, 0, 0, 0, "%llu files in the listing, told %llu that VMs use",
			(unsigned long long)r.files, (unsigned long long)r.told);
	buf_free(&r.path);
	text_close(t);
	return 0;
}

/* A root, and folders that hang on it. */
static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 16384), line;
	bool root = false;
	size_t folders = 0;

	while (str_line(&rest, &line)) {
		struct entry e = read_entry(line);

		root |= e.kind == ROOT;
		folders += root && e.kind == FOLDER;
	}
	return folders ? 60 : 0;
}

const struct parser parser_tree = {
	.name = "tree",
	.about = "tree /f in any language: files of VMs and their folders",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
