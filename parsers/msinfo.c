/* SPDX-License-Identifier: Apache-2.0 */
/*
 * msinfo32 as text (sections in brackets, cells between tabs) and as .nfo (XML: <Category>, <Data> with
 * an element a cell), in any language: the summary is known by its order, drivers and services by how
 * many cells a row has and by the file that it names.
 */
#include "parsers/label.h"
#include "parsers/service.h"
#include "parsers/text.h"
#include "parsers/xml.h"

#define CELLS_MAX 16
#define CELL_BYTES_MAX ((size_t)4096)

/* Places of the summary's rows, and of a driver's and a service's cells. */
enum { OS_NAME = 0, OS_VERSION = 1, SYSTEM_NAME = 4, MANUFACTURER = 5, MODEL = 6, SUMMARY_ROWS = 7 };
enum { DRIVER_CELLS = 11, SERVICE_CELLS = 9 };

struct reader {
	struct sink *out;
	struct arena *a;
	struct str summary[SUMMARY_ROWS];
	size_t summary_rows;
	bool summary_done;
	struct str cells[CELLS_MAX];
	size_t n;
	uint64_t line, offset;
	struct buf text;         /* XML: of the cell at hand */
	uint64_t told;
	unsigned depth, data;    /* XML: where we are, and at what depth <Data> began */
};

static void give_summary(struct reader *r)
{
	static const char *const fields[SUMMARY_ROWS] = { "os", "version", NULL, NULL, "name", "manufacturer",
		"model" };

	r->summary_done = true;
	if (r->summary_rows <= OS_VERSION || r->summary[OS_VERSION].n < 3 ||
		r->summary[OS_VERSION].p[0] < '0' || r->summary[OS_VERSION].p[0] > '9')
		return;   /* a version has digits: else this is no summary */
	r->told++;
	sink_fact(r->out, STR("host.info"), r->line, r->offset);
	for (size_t i = 0; i < r->summary_rows; i++)
		if (fields[i])
			label_put(r->out, fields[i], r->summary[i]);
}

static void give_driver(struct reader *r)
{
	r->told++;
	sink_fact(r->out, STR("host.driver"), r->line, r->offset);
	sink_put(r->out, "name", r->cells[0]);
	label_put(r->out, "path", r->cells[2]);
	service_put_state(r->out, r->cells[6]);
	service_put_start(r->out, r->cells[5]);
}

static void give_service(struct reader *r)
{
	r->told++;
	sink_fact(r->out, STR("service.state"), r->line, r->offset);
	sink_put(r->out, "name", r->cells[1]);
	label_put(r->out, "display", r->cells[0]);
	service_put_state(r->out, r->cells[2]);
	service_put_start(r->out, r->cells[3]);
	label_put(r->out, "path", r->cells[5]);
	label_put(r->out, "account", r->cells[7]);
}

static void take_row(struct reader *r)
{
	if (r->n == 2 && !r->summary_done && r->summary_rows < SUMMARY_ROWS)
		r->summary[r->summary_rows++] = arena_str(r->a, r->cells[1]);
	if (r->summary_rows == SUMMARY_ROWS && !r->summary_done)
		give_summary(r);
	if (r->n == DRIVER_CELLS && str_iends(r->cells[2], STR(".sys")))
		give_driver(r);
	else if (r->n == SERVICE_CELLS && str_ifind(r->cells[5], STR(".exe")) >= 0)
		give_service(r);
	r->n = 0;
}

/* ---- text ---- */

static void take_line(struct reader *r, const struct text_line *line)
{
	struct str rest = line->text, part;

	if (str_chr(rest, '\t') < 0) {
		if (r->summary_rows)
			r->summary_done = true;
		return;
	}
	r->line = line->number;
	r->offset = line->offset;
	r->n = 0;
	while (r->n < CELLS_MAX && str_split(&rest, '\t', &part))
		r->cells[r->n++] = str_trim(part);
	while (r->n && !r->cells[r->n - 1].n)
		r->n--;   /* each row ends in a tab */
	/* The head of the summary has two cells too. */
	if (r->n == 2 && !r->summary_rows && !r->data) {
		r->data = 1;
		return;
	}
	take_row(r);
}

static void parse_text(struct reader *r, const struct member_view *m)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;

	while (text_next(t, &line)) {
		take_line(r, &line);
		if (arena_used(r->a) > 1024 * 1024 && r->summary_done) {
			arena_free(r->a);
			r->a = arena_new();
			sink_commit_point(r->out, line.offset);
		}
	}
	text_close(t);
}

/* ---- .nfo ---- */

static void on_start(void *to, struct xml *x, const char *name, const char **attributes)
{
	struct reader *r = to;

	(void)attributes;
	r->depth++;
	r->text.n = 0;
	if (!r->data && strcmp(name, "Data") == 0) {
		r->data = r->depth;
		r->n = 0;
		r->line = xml_line(x);
		r->offset = xml_offset(x);
	}
}

static void on_end(void *to, struct xml *x, const char *name)
{
	struct reader *r = to;

	(void)name, (void)x;
	if (r->data && r->depth == r->data + 1 && r->n < CELLS_MAX)
		r->cells[r->n++] = arena_str(r->a, str_trim(buf_str(&r->text)));
	if (r->data && r->depth == r->data) {
		r->data = 0;
		take_row(r);
		sink_commit_point(r->out, r->offset);
	}
	r->depth--;
	r->text.n = 0;
}

static void on_text(void *to, struct str text)
{
	struct reader *r = to;

	if (r->data && r->text.n + text.n <= CELL_BYTES_MAX)
		buf_puts(&r->text, text);
}

static const struct xml_handler handler = { on_start, on_end, on_text };

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out, .a = arena_new() };
	int rc = 0;

	if (xml_opens_with(m, STR("<MsInfo>")))
		rc = xml_read(m, &handler, &r, e);
	else
		parse_text(&r, m);
	if (!r.summary_done)
		give_summary(&r);
	if (!r.told)
		sink_note(out, NOTE_INFO, 0, 0, 0, "no summary, driver or service stands in what is here");
	buf_free(&r.text);
	arena_free(r.a);
	return rc;
}

/* "[Section]" in a line of its own and, soon below, a head and rows of two cells. */
static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 4096), line;
	bool section = false;
	int rows = 0;

	if (str_find(rest, STR("<MsInfo>")) >= 0)
		return 90;
	while (str_line(&rest, &line)) {
		ptrdiff_t tab = str_chr(line, '\t');

		section |= str_starts(str_trim(line), STR("[")) && str_ends(str_trim(line), STR("]"));
		rows += section && tab > 0 && str_chr(str_from(line, (size_t)tab + 1), '\t') > 0;
	}
	return rows >= 3 ? 70 : 0;
}

const struct parser parser_msinfo = {
	.name = "msinfo",
	.about = "msinfo32 as text and .nfo, in any language: host, system, drivers, services",
	.data_type = "fact",
	.version = 2,
	.text = true,
	.bid = bid,
	.parse = parse,
};
