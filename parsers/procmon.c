/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Process Monitor's exports as CSV and XML. The columns are told by their names, or, where the head
 * has none that is known, by the order that Process Monitor has unless told otherwise: time of day,
 * process, PID, operation, path, result, detail. A time of day alone has no date, so such rows are
 * facts; the column "Date & Time" makes them events.
 */
#include "parsers/csv.h"
#include "parsers/procmon/collect.h"
#include "parsers/text_value.h"
#include "parsers/xml.h"

enum column { C_TIME, C_PROCESS, C_PID, C_OPERATION, C_PATH, C_RESULT, C_DETAIL, C_DATE, C_DURATION,
	C_USER, COLUMNS };

static const char *const names[COLUMNS] = { "Time of Day", "Process Name", "PID", "Operation", "Path",
	"Result", "Detail", "Date & Time", "Duration", "User" };

/* "7:19:37.0147934 AM": the ticks behind the second. */
static int64_t fraction(struct str s)
{
	ptrdiff_t dot = str_rchr(s, '.');
	int64_t ticks = 0, unit = TICKS_SECOND / 10;

	if (dot < 0)
		dot = str_rchr(s, ',');
	for (size_t i = (size_t)(dot + 1); dot > 0 && i < s.n && unit; i++, unit /= 10) {
		if (s.p[i] < '0' || s.p[i] > '9')
			break;
		ticks += (s.p[i] - '0') * unit;
	}
	return ticks;
}

/* "0.0000112" seconds. */
static int64_t seconds(struct str s)
{
	ptrdiff_t dot = str_chr(s, '.');
	uint64_t whole;

	if (dot < 0)
		dot = str_chr(s, ',');
	if (dot <= 0 || !str_to_u64(str_sub(s, 0, (size_t)dot), 10, &whole) || whole > 1000000)
		return -1;
	return (int64_t)whole * TICKS_SECOND + fraction(s);
}

/* True where the cells make an operation. */
static bool read_operation(const struct str cell[COLUMNS], struct operation *o)
{
	uint64_t pid;

	*o = (struct operation){ .time_100ns = TIME_NONE, .basis = BASIS_HOST, .flags = ROW_LINE,
		.duration_100ns = -1 };
	if (!str_to_u64(str_trim(cell[C_PID]), 10, &pid) || pid > UINT32_MAX)
		return false;
	o->pid = (uint32_t)pid;
	o->process = cell[C_PROCESS];
	o->name = cell[C_OPERATION];
	o->path = cell[C_PATH];
	o->result = str_trim(cell[C_RESULT]);
	o->detail = cell[C_DETAIL];
	o->user = cell[C_USER];
	o->time_raw = cell[C_TIME];
	if (cell[C_DATE].n) {
		uint8_t flags = 0;

		if (value_date(str_trim(cell[C_DATE]), &o->time_100ns, &flags, NULL))
			o->flags |= flags & ROW_DATE_MONTH_FIRST;
		else
			o->time_100ns = TIME_NONE;
		if (o->time_100ns != TIME_NONE)
			o->time_100ns += fraction(cell[C_TIME]);
	}
	if (cell[C_DURATION].n)
		o->duration_100ns = seconds(str_trim(cell[C_DURATION]));
	return true;
}

static void find_columns(const struct csv_record *head, size_t at[COLUMNS])
{
	bool known = csv_column(head, names[C_PROCESS]) != SIZE_MAX;

	for (size_t i = 0; i < COLUMNS; i++)
		at[i] = known ? csv_column(head, names[i]) : i <= C_DETAIL ? i : SIZE_MAX;
}

static void parse_csv(const struct member_view *m, struct collect *c, struct sink *out)
{
	struct csv *csv = csv_open(m->data, (size_t)m->held);
	struct csv_record r;
	size_t at[COLUMNS] = { 0 };
	uint64_t odd = 0, odd_offset = 0;

	if (csv_next(csv, &r))
		find_columns(&r, at);
	while (csv_next(csv, &r)) {
		struct str cell[COLUMNS] = { 0 };
		struct operation o;

		for (size_t i = 0; i < COLUMNS; i++)
			if (at[i] < r.n)
				cell[i] = r.column[at[i]];
		if (r.cut)
			continue;
		if (!read_operation(cell, &o)) {
			odd_offset = odd++ ? odd_offset : r.offset;
			continue;
		}
		o.number = r.line;
		o.offset = r.offset;
		collect_add(c, &o);
	}
	if (odd)
		sink_note(out, NOTE_LOST, odd_offset, 0, odd, "%llu lines are no operations",
			(unsigned long long)odd);
	csv_close(csv, out);
}

#define TEXT_MAX ((size_t)64 * 1024)

struct events {
	struct collect *c;
	struct buf cell[COLUMNS];
	int in;                  /* enum column, -1 outside */
	bool event;
	uint64_t line, offset;
};

/* "Process_Name", "Date___Time": what no element's name may hold became '_'. */
static int column_named(const char *element)
{
	for (int i = 0; i < COLUMNS; i++) {
		const char *n = names[i], *e = element;

		for (; *n && *e && (*n == *e || (*e == '_' && !(*n >= 'A' && *n <= 'z'))); n++, e++)
			;
		if (!*n && !*e)
			return i;
	}
	return -1;
}

static void on_start(void *to, struct xml *x, const char *name, const char **attributes)
{
	struct events *v = to;

	(void)attributes;
	if (strcmp(name, "event") == 0) {
		v->event = true;
		v->line = xml_line(x);
		v->offset = xml_offset(x);
		for (int i = 0; i < COLUMNS; i++)
			v->cell[i].n = 0;
	}
	v->in = v->event ? column_named(name) : -1;
}

static void on_end(void *to, struct xml *x, const char *name)
{
	struct events *v = to;
	struct str cell[COLUMNS];
	struct operation o;

	(void)x;
	v->in = -1;
	if (strcmp(name, "event") != 0)
		return;
	v->event = false;
	for (int i = 0; i < COLUMNS; i++)
		cell[i] = buf_str(&v->cell[i]);
	if (!read_operation(cell, &o))
		return;
	o.number = v->line;
	o.offset = v->offset;
	collect_add(v->c, &o);
}

static void on_text(void *to, struct str text)
{
	struct events *v = to;

	if (v->in >= 0 && v->cell[v->in].n + text.n < TEXT_MAX)
		buf_puts(&v->cell[v->in], text);
}

static int parse_xml(const struct member_view *m, struct collect *c, struct err *e)
{
	static const struct xml_handler handler = { on_start, on_end, on_text };
	struct events v = { .c = c, .in = -1 };
	int rc = xml_read(m, &handler, &v, e);

	for (int i = 0; i < COLUMNS; i++)
		buf_free(&v.cell[i]);
	return rc;
}

static bool is_xml(struct str head)
{
	return str_find(str_sub(head, 0, 2048), STR("<procmon>")) >= 0;
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct collect *c = collect_new();
	struct str head = str_make((const char *)m->data, m->held < 2048 ? (size_t)m->held : 2048);
	int rc = 0;

	if (is_xml(head))
		rc = parse_xml(m, c, e);
	else
		parse_csv(m, c, out);
	collect_put(c, out, STR(""));
	collect_free(c);
	return rc;
}

/* The first line of data in Process Monitor's own order. */
static bool has_shape(struct str line)
{
	struct str cell[6] = { 0 };
	size_t n = 0;
	uint64_t pid;

	while (n < 6 && line.n > 1 && line.p[0] == '"') {
		ptrdiff_t end = str_chr(str_from(line, 1), '"');

		if (end < 0)
			return false;
		cell[n++] = str_sub(line, 1, (size_t)end);
		line = str_from(line, (size_t)end + 3);
	}
	return n == 6 && fraction(cell[0]) && str_chr(cell[0], ':') > 0 && cell[0].n >= 13 &&
	       str_to_u64(cell[2], 10, &pid) && (str_find(cell[4], STR("\\")) >= 0 || !cell[4].n);
}

static int bid(const struct probe *p)
{
	struct str head = str_sub(p->text, 0, 8192), line;

	if (is_xml(p->text))
		return 85;
	if (!str_line(&head, &line))
		return 0;
	if (str_find(line, STR("Process Name")) >= 0 && str_find(line, STR("Operation")) > 0 &&
		str_find(line, STR("Result")) > 0 && str_find(line, STR("PID")) > 0)
		return 85;
	return str_line(&head, &line) && has_shape(line) ? 75 : 0;
}

const struct parser parser_procmon = {
	.name = "procmon",
	.about = "Process Monitor as CSV and XML: failed and slow operations on files of VMs, shadow copies",
	.data_type = "text:procmon",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
