/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NAME_Hotfixes of SDP packages: the update client's history and the installed updates, as TXT (columns
 * of fixed width), CSV (title last, its commas unquoted) and HTM (a table a category). Column titles and
 * results are English in any language; titles and dates are not.
 */
#include "parsers/csv.h"
#include "parsers/html.h"
#include "parsers/label.h"
#include "parsers/text.h"

enum { CATEGORY, LEVEL, ID, OPERATION, DATE, CLIENT, BY, RESULT, TITLE, COLUMNS };

static const char *const titles[COLUMNS] = { "Category", "Level", "ID", "Operation", "Date", "Client", "By",
	"Result", "Title" };

struct update {
	struct str cell[COLUMNS];
	uint64_t line, offset;
};

static void put_update(struct sink *out, const struct update *u)
{
	struct str operation = u->cell[OPERATION], result = u->cell[RESULT];
	bool installed = u->cell[ID].n && (!operation.n || str_ieq(operation, STR("Install"))) &&
		(!result.n || str_istarts(result, STR("Completed")));

	if (!u->cell[ID].n && !u->cell[TITLE].n)
		return;
	sink_fact(out, installed ? STR("host.hotfix") : STR("host.update"), u->line, u->offset);
	label_put(out, "id", u->cell[ID]);
	label_put(out, installed ? "installed_on_raw" : "date_raw", u->cell[DATE]);
	label_put(out, "description", u->cell[TITLE]);
	label_put(out, "category", u->cell[CATEGORY]);
	label_put(out, "operation", operation);
	label_put(out, "result", result);
	label_put(out, "user", u->cell[BY]);
}

/* ---- TXT ---- */

struct table {
	size_t from[COLUMNS];    /* in characters */
	bool open;
};

/* "Category             Level  ID …": where each title begins. */
static bool read_head(struct str line, struct table *t)
{
	size_t at = 0;

	for (size_t i = 0; i < COLUMNS; i++) {
		ptrdiff_t found = str_find(str_from(line, at), str_of(titles[i]));

		if (found < 0 || (i == 0 && found > 0))
			return false;
		t->from[i] = at + (size_t)found;
		at = t->from[i] + strlen(titles[i]);
	}
	return t->open = true;
}

static struct str cell_of(struct str line, size_t from, size_t to)
{
	size_t at = 0, i = 0, begin = line.n;

	for (; i < line.n && at < to; at++) {
		if (at == from)
			begin = i;
		utf8_next(line, &i);
	}
	return begin < i ? str_trim(str_sub(line, begin, i - begin)) : STR("");
}

static void parse_text(const struct member_view *m, struct sink *out)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct table table = { .open = false };
	struct text_line line;
	uint64_t odd = 0;

	while (text_next(t, &line)) {
		struct update u = { .line = line.number, .offset = line.offset };

		if (!str_trim(line.text).n || str_starts(line.text, STR("-----")) ||
			read_head(line.text, &table))
			continue;
		for (size_t i = 0; i < COLUMNS && table.open; i++)
			u.cell[i] = cell_of(line.text, table.from[i], i + 1 < COLUMNS ? table.from[i + 1] :
				SIZE_MAX);
		/* Every row says what was done; what does not is the second line of a title. */
		if (u.cell[OPERATION].n || u.cell[RESULT].n)
			put_update(out, &u);
		else
			odd++;
		sink_commit_point(out, line.offset);
	}
	if (odd)
		sink_note(out, NOTE_INFO, 0, 0, odd, "%llu lines are no row of the list", (unsigned long long)odd);
	text_close(t);
}

/* ---- CSV ---- */

/* The title is not quoted: its commas make more columns. */
static struct str title_of(const struct csv_record *r, struct buf *joined)
{
	joined->n = 0;
	for (size_t i = TITLE; i < r->n; i++) {
		if (i > TITLE)
			buf_putc(joined, ',');
		buf_puts(joined, r->column[i]);
	}
	return str_trim(buf_str(joined));
}

static void parse_csv(const struct member_view *m, struct sink *out)
{
	struct csv *c = csv_open(m->data, (size_t)m->held);
	struct buf title = { 0 };
	struct csv_record r;
	bool head = true;
	uint64_t odd = 0;

	while (csv_next(c, &r)) {
		struct update u = { .line = r.line, .offset = r.offset };

		if (head || r.n < TITLE) {
			odd += !head;
			head = false;
			continue;
		}
		for (size_t i = 0; i < TITLE; i++)
			u.cell[i] = str_trim(r.column[i]);
		u.cell[TITLE] = title_of(&r, &title);
		put_update(out, &u);
		sink_commit_point(out, r.offset);
	}
	if (odd)
		sink_note(out, NOTE_DAMAGED, 0, 0, odd, "%llu records have too few columns",
			(unsigned long long)odd);
	buf_free(&title);
	csv_close(c, out);
}

/* ---- HTM ---- */

/* The columns differ: no category, the level only where one has it; the head tells. */
static void read_html_head(const struct html_item *row, size_t at[COLUMNS])
{
	static const char *const heads[COLUMNS] = { "", "Level", "ID", "Operation", "Date", "Client", "By",
		"Results", "Description" };

	for (size_t i = 0; i < COLUMNS; i++) {
		at[i] = SIZE_MAX;
		for (size_t k = 0; k < row->n && i; k++)
			if (str_eq(row->cell[k], str_of(heads[i])))
				at[i] = k;
	}
}

static void parse_html(const struct member_view *m, struct sink *out)
{
	struct html *h = html_open(m->data, (size_t)m->held);
	struct buf category = { 0 };
	struct html_item item;
	size_t at[COLUMNS], columns = 0;

	while (html_next(h, &item)) {
		struct update u = { .line = item.line, .offset = item.offset };

		if (item.kind == HTML_TITLE) {
			category.n = columns = 0;
			buf_puts(&category, item.n ? item.cell[0] : STR(""));
		} else if (item.kind == HTML_ROW && item.head) {
			read_html_head(&item, at);
			columns = at[ID] != SIZE_MAX && at[DATE] != SIZE_MAX ? item.n : 0;
		} else if (item.kind == HTML_ROW && columns && item.n == columns) {
			for (size_t i = 0; i < COLUMNS; i++)
				u.cell[i] = at[i] < item.n ? item.cell[at[i]] : STR("");
			u.cell[CATEGORY] = buf_str(&category);
			put_update(out, &u);
			sink_commit_point(out, item.offset);
		}
	}
	buf_free(&category);
	html_close(h);
}

enum shape { SHAPE_NONE, SHAPE_TEXT, SHAPE_CSV, SHAPE_HTML };

static enum shape shape_of(struct str text)
{
	struct str rest = str_trim(text), line;
	struct table table;

	if (!str_line(&rest, &line))
		return SHAPE_NONE;
	if (str_starts(line, STR("Category,Level,ID,Operation,Date,Client,By,Result")) ||
		str_starts(line, STR("\"Category\",\"Level\",\"ID\",\"Operation\",\"Date\"")))
		return SHAPE_CSV;
	if (read_head(line, &table))
		return SHAPE_TEXT;
	return str_ifind(text, STR("<html")) >= 0 && str_find(text, STR("Update History</title>")) > 0 ?
		SHAPE_HTML : SHAPE_NONE;
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	char *text = arena_alloc(m->a, 8192 * 3);
	size_t n = text_head(m->data, m->held < 8192 ? (size_t)m->held : 8192, text, 8192 * 3);
	enum shape shape = shape_of(str_make(text, n));

	(void)e;
	if (shape == SHAPE_CSV)
		parse_csv(m, out);
	else if (shape == SHAPE_HTML)
		parse_html(m, out);
	else
		parse_text(m, out);
	return 0;
}

static int bid(const struct probe *p)
{
	return shape_of(str_sub(p->text, 0, 8192)) == SHAPE_NONE ? 0 : 85;
}

const struct parser parser_update_history = {
	.name = "update_history",
	.about = "Hotfixes.TXT, .CSV, .HTM of SDP: installed updates, and what the update client did",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
