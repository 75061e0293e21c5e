/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diskpart's lists of disks, volumes and virtual disks, and `detail disk`, in any language: columns
 * under a ruler of dashes, known by how many there are; details known by their order.
 *
 *   Disk ###  Status         Size     Free     Dyn  Gpt
 *   --------  -------------  -------  -------  ---  ---
 *   Disk 0    Online          127 GB      0 B        *
 */
#include "parsers/banner.h"
#include "parsers/label.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

#define COLUMNS_MAX 10
#define DETAILS_MAX 20

struct columns {
	size_t from[COLUMNS_MAX], to[COLUMNS_MAX], n;
};

struct reader {
	struct sink *out;
	struct arena *a;
	struct columns columns;
	struct str before, title;              /* the line above; of details: the disk's model */
	struct str detail[DETAILS_MAX];        /* values of `detail disk`, in order */
	size_t details;
	struct str of_disk;                    /* the disk that a list of its volumes stands under */
	uint64_t line, offset;
};

static bool read_ruler(struct str line, struct columns *c)
{
	c->n = 0;
	for (size_t i = 0; i < line.n;) {
		size_t start;

		if (line.p[i] != ' ' && line.p[i] != '-')
			return false;
		for (; i < line.n && line.p[i] == ' '; i++)
			;
		for (start = i; i < line.n && line.p[i] == '-'; i++)
			;
		if (i == start)
			break;
		if (c->n == COLUMNS_MAX || i - start < 2)
			return false;
		c->from[c->n] = start;
		c->to[c->n++] = i;
	}
	return c->n >= 4 && c->from[0] >= 2;
}

static size_t byte_at(struct str s, size_t cell)
{
	size_t i = 0, at = 0;

	while (i < s.n && at < cell)
		at += label_cells(utf8_next(s, &i));
	return i;
}

static struct str cell(const struct columns *c, struct str row, size_t i)
{
	size_t from = byte_at(row, c->from[i]);
	size_t to = i + 1 < c->n ? byte_at(row, c->to[i]) : row.n;

	return str_trim(str_sub(row, from, to - from));
}

/* "Disk 12": 12. A star before it marks the selected one. */
static bool number_of(struct str s, uint64_t *n)
{
	return str_to_u64(str_from(s, (size_t)(str_rchr(s, ' ') + 1)), 10, n);
}

static void put_size(struct sink *out, const char *name, struct str s)
{
	uint64_t bytes;

	if (value_size(s, &bytes))
		sink_put_u64(out, name, bytes);
}

static void put_disk(struct reader *r, struct str row, uint64_t number)
{
	sink_put_u64(r->out, "number", number);
	label_put(r->out, "status", cell(&r->columns, row, 1));
	put_size(r->out, "size_bytes", cell(&r->columns, row, 2));
}

static void put_volume(struct reader *r, struct str row)
{
	uint64_t disk;

	label_put(r->out, "letter", cell(&r->columns, row, 1));
	label_put(r->out, "label", cell(&r->columns, row, 2));
	label_put(r->out, "file_system", cell(&r->columns, row, 3));
	label_put(r->out, "kind", cell(&r->columns, row, 4));
	put_size(r->out, "size_bytes", cell(&r->columns, row, 5));
	label_put(r->out, "health", cell(&r->columns, row, 6));
	label_put(r->out, "info", cell(&r->columns, row, 7));
	if (number_of(r->of_disk, &disk))
		sink_put_u64(r->out, "disk", disk);
}

static void put_row(struct reader *r, const struct text_line *line)
{
	struct str row = line->text;
	uint64_t number;

	if (row.n && row.p[0] == '*')
		row = str_from(row, 1);
	if (row.n < line->text.n)
		row = arena_printf(r->a, " %.*s", STR_ARG(row));
	if (!number_of(cell(&r->columns, row, 0), &number))
		return;
	if (r->columns.n == 6) {
		sink_fact(r->out, STR("disk"), line->number, line->offset);
		put_disk(r, row, number);
	} else if (r->columns.n == 8) {
		sink_fact(r->out, STR("volume"), line->number, line->offset);
		put_volume(r, row);
	} else if (r->columns.n == 5) {
		sink_fact(r->out, STR("disk.attached"), line->number, line->offset);
		if (number_of(cell(&r->columns, row, 1), &number))
			sink_put_u64(r->out, "number", number);
		label_put(r->out, "state", cell(&r->columns, row, 2));
		label_put(r->out, "path", cell(&r->columns, row, 4));
	}
}

/* Id, type, status, path, target, LUN, location, then whether it is read-only now. */
static void end_details(struct reader *r)
{
	static const char *const names[] = { "id", "bus", "status", "port", "target", "lun", "location" };
	uint64_t number;

	if (r->details >= 6) {
		sink_fact(r->out, STR("disk"), r->line, r->offset);
		if (number_of(r->of_disk, &number))
			sink_put_u64(r->out, "number", number);
		label_put(r->out, "model", r->title);
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && i < r->details; i++)
			label_put(r->out, names[i], r->detail[i]);
		if (r->details >= 8 && str_chr(r->detail[6], '#') > 0)
			label_put(r->out, "read_only", r->detail[7]);
	}
	r->details = 0;
}

static bool is_detail(struct str line)
{
	return line.n && line.p[0] != ' ' && (str_find(line, STR(" : ")) > 0 || str_find(line, STR(": ")) > 0);
}

/* "Disk 1 is now the selected disk.": its only number, whatever the language. */
static struct str selected(struct str line)
{
	struct str found = STR(""), word;
	size_t n = 0;
	uint64_t number;

	while (str_split(&line, ' ', &word)) {
		if (!str_to_u64(word, 10, &number))
			continue;
		found = word;
		n++;
	}
	return n == 1 ? found : STR("");
}

static void take_line(struct reader *r, const struct text_line *line)
{
	struct str s = str_trim(line->text);
	bool first = !r->details;
	struct columns ruler;

	if (!s.n) {
		end_details(r);
		r->columns.n = 0;
	} else if (read_ruler(line->text, &ruler)) {
		end_details(r);
		r->columns = ruler;
	} else if (r->columns.n) {
		put_row(r, line);
	} else if (is_detail(line->text) && r->details < DETAILS_MAX) {
		if (first) {
			r->title = r->before;
			r->line = line->number;
			r->offset = line->offset;
		}
		r->detail[r->details++] = arena_str(r->a, value_after_colon(line->text));
	} else if (selected(s).n && line->text.p[0] != ' ') {
		r->of_disk = arena_str(r->a, selected(s));
	}
	r->before = arena_str(r->a, s);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out, .a = m->a };
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;
	struct banner banner = { 0 };

	(void)e;
	while (text_next(t, &line)) {
		banner_line(&banner, out, line.text, line.number, line.offset);
		take_line(&r, &line);
	}
	end_details(&r);
	text_close(t);
	return 0;
}

/* "###" in a header above its ruler, or diskpart's banner. */
static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 16384), line, before = STR("");
	struct columns c;

	while (str_line(&rest, &line)) {
		if (str_find(before, STR("###")) > 0 && read_ruler(line, &c))
			return 75;
		before = line;
	}
	return str_ifind(p->text, STR("Microsoft DiskPart")) >= 0 ||
	       (str_istarts(p->name, STR("detail disk")) && str_find(p->text, STR(" : ")) > 0) ? 70 : 0;
}

const struct parser parser_diskpart = {
	.name = "diskpart",
	.about = "diskpart's lists of disks, volumes and virtual disks, and detail disk, in any language",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
