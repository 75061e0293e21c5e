/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tasklist, /svc and /v, in any language: columns under a ruler of '='. Three columns: name, id,
 * services (which go on in lines without a name); else name, id, session and, with /v, the user.
 */
#include "parsers/label.h"
#include "parsers/text.h"

#define COLUMNS_MAX 10

struct reader {
	struct sink *out;
	size_t from[COLUMNS_MAX], to[COLUMNS_MAX], n;
	struct buf name, services;
	uint64_t pid, line, offset;
	bool open;
};

static bool is_ruler(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '=' && text.p[i] != ' ')
			return false;
	return str_starts(text, STR("=====")) && str_find(text, STR("= =")) > 0;
}

static void read_ruler(struct reader *r, struct str text)
{
	r->n = 0;
	for (size_t i = 0; i < text.n && r->n < COLUMNS_MAX; i++) {
		r->from[r->n] = i;
		while (i < text.n && text.p[i] == '=')
			i++;
		r->to[r->n++] = i;
	}
}

/* Columns are counted in characters. */
static struct str cell(const struct reader *r, struct str text, size_t column)
{
	size_t i = 0, at = 0, from = text.n;

	if (column >= r->n)
		return STR("");
	for (; i < text.n; at++) {
		if (at == r->from[column])
			from = i;
		if (at == r->to[column] && column + 1 < r->n)
			break;
		utf8_next(text, &i);
	}
	return from < i ? str_trim(str_sub(text, from, i - from)) : STR("");
}

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
	struct str name = cell(r, line->text, 0), pid = cell(r, line->text, 1);
	uint64_t n;

	if (!name.n && r->open && r->n == 3) {
		buf_putc(&r->services, ' ');
		buf_puts(&r->services, cell(r, line->text, 2));
		return;
	}
	end_process(r);
	if (!name.n || !str_to_u64(pid, 10, &n))
		return;
	r->open = true;
	r->pid = n;
	r->line = line->number;
	r->offset = line->offset;
	r->name.n = 0;
	buf_puts(&r->name, name);
	if (r->n == 3) {
		buf_puts(&r->services, cell(r, line->text, 2));
		return;
	}
	end_process(r);
	label_put(r->out, "session", cell(r, line->text, 2));
	label_put(r->out, "user", r->n >= 8 ? cell(r, line->text, 6) : STR(""));
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct reader r = { .out = out };
	struct text_line line;

	(void)e;
	while (text_next(t, &line)) {
		if (is_ruler(str_trim(line.text))) {
			end_process(&r);
			read_ruler(&r, str_trim(line.text));
		} else if (r.n) {
			take_line(&r, &line);
		}
	}
	end_process(&r);
	buf_free(&r.name);
	buf_free(&r.services);
	text_close(t);
	return 0;
}

/* A ruler, and below it a line with a number in the second column. */
static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 16384), line;
	struct reader r = { 0 };
	uint64_t n;

	while (str_line(&rest, &line)) {
		if (is_ruler(str_trim(line)))
			read_ruler(&r, str_trim(line));
		else if (r.n >= 3 && str_to_u64(cell(&r, line, 1), 10, &n))
			return 70;
	}
	return 0;
}

const struct parser parser_tasklist = {
	.name = "tasklist",
	.about = "tasklist, /svc and /v in any language: processes and their services",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
