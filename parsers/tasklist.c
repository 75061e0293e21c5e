/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tasklist, /svc and /v, in any language: columns under a ruler of '='. Three columns: name, id,
 * services (which go on in lines without a name); else name, id, session and, with /v, the user.
 */
#include "parsers/csv.h"
#include "parsers/label.h"
#include "parsers/ruler.h"
#include "parsers/text.h"

enum { WITH_SERVICES = 3, PLAIN = 5, VERBOSE = 9 };   /* columns of the three forms */

struct reader {
	struct sink *out;
	struct ruler ruler;
	struct buf name, services;
	uint64_t pid, line, offset;
	uint64_t odd, odd_offset;
	bool open;
};

static void end_process(struct reader *r)
{
	if (!r->open)
		return;
	r->open = false;
	sink_fact(r->out, STR("host.process"), r->line, r->offset);
	sink_put(r->out, "name", buf_str(&r->name));
	sink_put_u64(r->out, "pid", r->pid);
	if (r->services.n && !str_eq(buf_str(&r->services), STR("N/A")))
		sink_put(r->out, "services", buf_str(&r->services));
	r->services.n = 0;
}

static void take_line(struct reader *r, const struct text_line *line)
{
	struct str name = ruler_cell(&r->ruler, line->text, 0), pid = ruler_cell(&r->ruler, line->text, 1);
	uint64_t n;

	if (!name.n && r->open && r->ruler.n == WITH_SERVICES) {
		buf_putc(&r->services, ' ');
		buf_puts(&r->services, ruler_cell(&r->ruler, line->text, 2));
		return;
	}
	end_process(r);
	if (!name.n || !str_to_u64(pid, 10, &n)) {
		/* Text at the margin and nothing under the second column is another part's head. */
		if (name.n && pid.n)
			r->odd_offset = r->odd++ ? r->odd_offset : line->offset;
		return;
	}
	r->open = true;
	r->pid = n;
	r->line = line->number;
	r->offset = line->offset;
	r->name.n = 0;
	buf_puts(&r->name, name);
	if (r->ruler.n == WITH_SERVICES) {
		buf_puts(&r->services, ruler_cell(&r->ruler, line->text, 2));
		return;
	}
	end_process(r);
	label_put(r->out, "session", ruler_cell(&r->ruler, line->text, 2));
	label_put(r->out, "user", r->ruler.n >= 8 ? ruler_cell(&r->ruler, line->text, 6) : STR(""));
}

/* The forms have the same columns in any language; the head's words are not read. */
static void parse_csv(const struct member_view *m, struct sink *out)
{
	struct csv *c = csv_open(m->data, (size_t)m->held);
	struct csv_record r;
	uint64_t pid, odd = 0, at = 0;
	bool head = true;

	while (csv_next(c, &r)) {
		if (r.n < WITH_SERVICES || !str_to_u64(str_trim(r.column[1]), 10, &pid)) {
			if (!head)
				at = odd++ ? at : r.offset;
			head = false;
			continue;
		}
		head = false;
		sink_fact(out, STR("host.process"), r.line, r.offset);
		sink_put(out, "name", r.column[0]);
		sink_put_u64(out, "pid", pid);
		if (r.n == WITH_SERVICES && !str_eq(r.column[2], STR("N/A")))
			label_put(out, "services", r.column[2]);
		if (r.n > WITH_SERVICES)
			label_put(out, "session", r.column[2]);
		if (r.n == VERBOSE)
			label_put(out, "user", r.column[6]);
	}
	if (odd)
		sink_note(out, NOTE_DAMAGED, at, 0, odd, "%llu records are no process's", (unsigned long long)odd);
	csv_close(c, out);
}

static int parse_table(const struct member_view *m, struct sink *out)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct reader r = { .out = out };
	struct text_line line;

	while (text_next(t, &line)) {
		struct ruler ruler;

		if (ruler_read(line.text, &ruler)) {
			end_process(&r);
			r.ruler = ruler;
		} else if (r.ruler.n) {
			take_line(&r, &line);
		}
	}
	end_process(&r);
	if (r.odd)
		sink_note(out, NOTE_DAMAGED, r.odd_offset, 0, r.odd, "%llu lines are no process's",
			(unsigned long long)r.odd);
	buf_free(&r.name);
	buf_free(&r.services);
	text_close(t);
	return 0;
}

/* "name","pid",… of one of the three widths; the head has no number, the next line has. */
static bool is_csv(struct str text)
{
	static const struct str ends[] = { { ".exe\"", 5 }, { "Process\"", 8 }, { "System\"", 7 } };
	struct str line;
	ptrdiff_t comma;
	size_t columns = 1;

	if (!str_starts(text, STR("\"")) || !str_line(&text, &line))
		return false;
	for (size_t i = 0; i + 2 < line.n; i++)
		columns += line.p[i] == '"' && line.p[i + 1] == ',' && line.p[i + 2] == '"';
	if ((columns != WITH_SERVICES && columns != PLAIN && columns != VERBOSE) || !str_line(&text, &line))
		return false;
	comma = str_chr(line, ',');
	if (comma < 2 || !str_starts(str_from(line, (size_t)comma), STR(",\"")) || line.p[comma + 2] < '0' ||
		line.p[comma + 2] > '9')
		return false;
	line = str_sub(line, 0, (size_t)comma);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (str_iends(line, ends[i]))
			return true;
	return false;
}

/* The member begins as it would have to for the CSV form. */
static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line = { 0 };
	bool csv;

	(void)e;
	while (text_next(t, &line) && !str_trim(line.text).n)
		;   /* the first line with anything in it */
	csv = str_starts(str_trim(line.text), STR("\""));
	text_close(t);
	if (csv)
		parse_csv(m, out);
	return csv ? 0 : parse_table(m, out);
}

/* A ruler, and below it a line with a number in the second column. */
static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 16384), line;
	struct ruler ruler = { .n = 0 };
	uint64_t n;

	if (is_csv(str_trim(rest)))
		return 75;
	while (str_line(&rest, &line))
		if (!ruler_read(line, &ruler) && ruler.n >= 3 && str_to_u64(ruler_cell(&ruler, line, 1), 10, &n))
			return 70;
	return 0;
}

const struct parser parser_tasklist = {
	.name = "tasklist",
	.about = "tasklist, /svc and /v, as table or CSV, in any language: processes and their services",
	.data_type = "fact",
	.version = 3,
	.text = true,
	.bid = bid,
	.parse = parse,
};
