/* SPDX-License-Identifier: Apache-2.0 */
/*
 * driverquery, /v and /si, as table or CSV, in any language: known by how many columns there are. Four:
 * module, name, kind, link date, or with /si device, .inf, signed, maker. Fifteen (/v): module, name,
 * description, kind, start mode, state, status … link date (13th), path (14th).
 */
#include "parsers/csv.h"
#include "parsers/label.h"
#include "parsers/ruler.h"
#include "parsers/service.h"
#include "parsers/text.h"

enum { PLAIN = 4, VERBOSE = 15 };

/* /si: TRUE and FALSE are the same words in every language. */
static bool is_signed_list(const struct str *c)
{
	struct str word = str_trim(c[2]);

	return str_ieq(word, STR("TRUE")) || str_ieq(word, STR("FALSE"));
}

static void put_driver(struct sink *out, const struct str *c, size_t n, uint64_t line, uint64_t offset)
{
	if (!c[0].n)
		return;
	sink_fact(out, STR("host.driver"), line, offset);
	sink_put(out, "name", c[0]);
	if (n == PLAIN && is_signed_list(c)) {
		label_put(out, "inf", str_trim(c[1]));
		sink_put(out, "signed", str_ieq(str_trim(c[2]), STR("TRUE")) ? STR("true") : STR("false"));
		label_put(out, "vendor", str_trim(c[3]));
		return;
	}
	label_put(out, "date_raw", str_trim(c[n == PLAIN ? 3 : 12]));
	if (n == PLAIN)
		return;
	label_put(out, "path", str_trim(c[13]));
	service_put_state(out, c[5]);
	service_put_start(out, c[4]);
}

static void parse_csv(const struct member_view *m, struct sink *out)
{
	struct csv *c = csv_open(m->data, (size_t)m->held);
	struct csv_record r;
	uint64_t odd = 0, at = 0;
	bool head = true;

	while (csv_next(c, &r)) {
		if (!head && (r.n == PLAIN || r.n == VERBOSE) && r.column[0].n)
			put_driver(out, r.column, r.n, r.line, r.offset);
		else if (!head)
			at = odd++ ? at : r.offset;
		head = false;
	}
	if (odd)
		sink_note(out, NOTE_DAMAGED, at, 0, odd, "%llu records are no driver's", (unsigned long long)odd);
	csv_close(c, out);
}

static void parse_table(struct text_reader *t, struct sink *out)
{
	struct ruler ruler = { .n = 0 };
	struct str cells[VERBOSE];
	struct text_line line;

	while (text_next(t, &line)) {
		if (ruler_read(line.text, &ruler) || (ruler.n != PLAIN && ruler.n != VERBOSE))
			continue;
		for (size_t i = 0; i < ruler.n; i++)
			cells[i] = ruler_cell(&ruler, line.text, i);
		put_driver(out, cells, ruler.n, line.number, line.offset);
	}
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line = { 0 };
	bool csv;

	(void)e;
	while (text_next(t, &line) && !str_trim(line.text).n)
		;
	csv = str_starts(str_trim(line.text), STR("\""));
	if (csv)
		parse_csv(m, out);
	else
		parse_table(t, out);
	text_close(t);
	return 0;
}

/* The kind of a driver is told in words that end in a blank: "Kernel ", "File System ". */
static bool is_csv(struct str text)
{
	struct str line;
	size_t columns = 1;

	if (!str_starts(text, STR("\"")) || !str_line(&text, &line))
		return false;
	for (size_t i = 0; i + 2 < line.n; i++)
		columns += line.p[i] == '"' && line.p[i + 1] == ',' && line.p[i + 2] == '"';
	return (columns == PLAIN || columns == VERBOSE) && str_line(&text, &line) &&
	       (str_find(line, STR("\"Kernel \"")) > 0 || str_find(line, STR("\"File System \"")) > 0 ||
		       str_find(line, STR(" \",\"")) > 0);
}

static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 16384), line;
	bool named = str_ifind(p->name, STR("driver")) >= 0;
	struct ruler ruler = { .n = 0 };
	uint64_t n;

	if (is_csv(str_trim(rest)))
		return named ? 75 : 50;
	while (str_line(&rest, &line))
		if (!ruler_read(line, &ruler) && (ruler.n == PLAIN || ruler.n == VERBOSE) &&
			ruler_cell(&ruler, line, 0).n && !str_to_u64(ruler_cell(&ruler, line, 1), 10, &n) &&
			!str_to_u64(ruler_cell(&ruler, line, 0), 10, &n))
			return named ? 75 : 55;
	return 0;
}

const struct parser parser_driverquery = {
	.name = "driverquery",
	.about = "driverquery and /v, as table or CSV, in any language: drivers with date, state and path",
	.data_type = "fact",
	.version = 3,
	.text = true,
	.bid = bid,
	.parse = parse,
};
