/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openfiles /query, in any language: who has which files of a share open. As CSV and as a table under a
 * ruler of '='; without /v four columns, with it seven and the host first.
 *
 *   "HV01","123","DOM\adm","Windows","0","Read","C:\…"
 *   134218   HVN1$                Windows    E:\Shares\vmstore\SQL01.vhdx
 */
#include "parsers/csv.h"
#include "parsers/label.h"
#include "parsers/ruler.h"
#include "parsers/text.h"

enum { SHORT = 4, LONG = 7 };

static bool is_path(struct str s)
{
	return str_find(s, STR(":\\")) == 1 || str_starts(s, STR("\\\\"));
}

/* Host and id before who in the long form; before the path how it is open, of local files by what. */
static void give(struct sink *out, const struct str *cell, size_t n, uint64_t line, uint64_t offset)
{
	uint64_t id;
	bool host = n >= SHORT && !str_to_u64(cell[0], 10, &id);

	if (n < SHORT || !is_path(cell[n - 1]) || !str_to_u64(cell[host], 10, &id))
		return;
	sink_fact(out, STR("file.open"), line, offset);
	label_put(out, "path", cell[n - 1]);
	label_put(out, "accessed_by", cell[1 + host]);
	label_put(out, "computer", host ? cell[0] : STR(""));
	if (n > SHORT)
		label_put(out, n - host > 5 ? "mode" : "process", cell[n - 2]);
}

static void parse_csv(const struct member_view *m, struct sink *out)
{
	struct csv *csv = csv_open(m->data, (size_t)m->held);
	struct csv_record row;

	while (csv_next(csv, &row)) {
		struct str cell[LONG];

		for (size_t i = 0; i < row.n && i < LONG; i++)
			cell[i] = str_trim(row.column[i]);
		if (row.n >= SHORT && row.n <= LONG)
			give(out, cell, row.n, row.line, row.offset);
	}
	csv_close(csv, out);
}

static void parse_table(const struct member_view *m, struct sink *out)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct ruler ruler = { .n = 0 };
	struct text_line line;

	while (text_next(t, &line)) {
		struct str cell[LONG];

		if (ruler_read(line.text, &ruler) || (ruler.n != SHORT && ruler.n != LONG))
			continue;
		for (size_t i = 0; i < ruler.n; i++)
			cell[i] = ruler_cell(&ruler, line.text, i);
		give(out, cell, ruler.n, line.number, line.offset);
	}
	text_close(t);
}

/* A quoted record whose last value is a path, with an id in the first or second place. */
static bool is_record(struct str line)
{
	struct str rest = str_trim(line), part, last = STR("");
	size_t values = 0, id_at = SIZE_MAX;
	uint64_t id;

	if (!str_starts(rest, STR("\"")) || !str_ends(rest, STR("\"")))
		return false;
	for (size_t i = 0; str_split(&rest, '"', &part); i++) {
		if (i % 2 == 0)
			continue;
		if (values < 2 && id_at == SIZE_MAX && str_to_u64(part, 10, &id))
			id_at = values;
		values++;
		last = part;
	}
	return id_at != SIZE_MAX && is_path(last) && values >= SHORT && values <= LONG;
}

static bool is_row(const struct ruler *r, struct str line)
{
	uint64_t id;

	return (r->n == SHORT || r->n == LONG) && str_to_u64(ruler_cell(r, line, r->n == LONG), 10, &id) &&
		is_path(ruler_cell(r, line, r->n - 1));
}

static bool is_table(struct str text, bool *records)
{
	struct ruler ruler = { .n = 0 };
	struct str line;

	for (int i = 0; i < 400 && str_line(&text, &line); i++) {
		*records = is_record(line);
		if (*records || (!ruler_read(line, &ruler) && is_row(&ruler, line)))
			return true;
	}
	return false;
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	size_t head = m->held < HEAD_BYTES ? (size_t)m->held : HEAD_BYTES;
	char *text = arena_alloc(m->a, HEAD_BYTES * 3);
	bool records = false;

	(void)e;
	if (is_table(str_make(text, text_head(m->data, head, text, HEAD_BYTES * 3)), &records) && records)
		parse_csv(m, out);
	else
		parse_table(m, out);
	return 0;
}

static int bid(const struct probe *p)
{
	bool records;

	return is_table(str_sub(p->text, 0, 32768), &records) ? 76 : 0;
}

const struct parser parser_openfiles = {
	.name = "openfiles",
	.about = "openfiles /query as table or CSV, with /v or without, in any language: who holds which files",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
