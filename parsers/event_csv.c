/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event logs as separated values: what an EVTX would give, from exports of it.
 *   Get-WinEvent | Export-Csv -UseCulture    "Message","Id","Level","RecordId","ProviderName","LogName",…
 *   ClusterLogs *.Log (CSV)                  MachineName,LevelDisplayName,TimeCreated,ProviderName,Id,LogName,Message
 *   GetEvents.VBS                            Date,Time,Type/Level,Computer Name,Event Code,Source,…,Description
 *   Get-EventLog | Export-Csv                "EventID","MachineName",…,"Source",…,"TimeGenerated"
 *   Event Viewer, in any language            Level,Date and Time,Source,Event ID,Task Category  (text last)
 * The separator is the machine's. TSS's .txt twin has tabs for `","`. GetEvents' last two lines are
 * statistics and name the log and the time zone.
 */
#include "parsers/csv.h"
#include "parsers/event_inserts.h"
#include "parsers/event_source.h"
#include "parsers/parser.h"
#include "parsers/text_value.h"

struct columns {
	size_t provider, id, level, level_word, channel, computer, time, date, message, record, task,
		user, pid;
};

struct reader {
	struct sink *out;
	struct columns c;
	struct str channel;          /* of the whole file, where no column has it */
	bool us_dates;               /* GetEvents: MM/dd/yyyy always */
	uint64_t bad;
};

static struct str cell(const struct csv_record *r, size_t column)
{
	return column < r->n ? str_trim(r->column[column]) : STR("");
}

static size_t first_of(const struct csv_record *h, const char *a, const char *b)
{
	size_t i = csv_column(h, a);

	return i != SIZE_MAX || !b ? i : csv_column(h, b);
}

static bool find_columns(const struct csv_record *h, struct columns *c)
{
	*c = (struct columns){
		.provider = first_of(h, "ProviderName", "Source"),
		.id = first_of(h, "Id", "EventID"),
		.level = csv_column(h, "Level"),
		.level_word = first_of(h, "LevelDisplayName", "EntryType"),
		.channel = first_of(h, "LogName", "Log"),
		.computer = first_of(h, "MachineName", "Computer Name"),
		.time = first_of(h, "TimeCreated", "TimeGenerated"),
		.date = csv_column(h, "Date"),
		.message = first_of(h, "Message", "Description"),
		.record = first_of(h, "RecordId", "Index"),
		.task = first_of(h, "TaskDisplayName", "Task Category"),
		.user = first_of(h, "UserId", "Username"),
		.pid = csv_column(h, "ProcessId"),
	};
	if (c->id == SIZE_MAX)
		c->id = csv_column(h, "Event Code");
	if (c->level_word == SIZE_MAX)
		c->level_word = csv_column(h, "Type/Level");
	if (c->date != SIZE_MAX)
		c->time = csv_column(h, "Time");
	return c->provider != SIZE_MAX && c->id != SIZE_MAX && c->time != SIZE_MAX;
}

/* Event Viewer's export: five titles in the user's language, then rows with the text as sixth. */
static bool by_position(const struct csv_record *row, struct columns *c)
{
	int64_t t;
	uint64_t id;
	uint8_t flags;

	if (row->n < 5 || !value_date(row->column[1], &t, &flags, NULL) ||
		!str_to_u64(str_trim(row->column[3]), 10, &id))
		return false;
	*c = (struct columns){ .provider = 2, .id = 3, .level_word = 0, .time = 1, .message = 5, .task = 4,
		.level = SIZE_MAX, .channel = SIZE_MAX, .computer = SIZE_MAX, .date = SIZE_MAX,
		.record = SIZE_MAX, .user = SIZE_MAX, .pid = SIZE_MAX };
	return true;
}

static uint8_t level_of(struct str number, struct str word)
{
	uint64_t n;

	if (str_to_u64(number, 10, &n) && n <= LEVEL_VERBOSE)
		return (uint8_t)n;
	return event_level(word);
}

static bool time_of(struct reader *r, const struct csv_record *row, struct row *out, struct buf *raw)
{
	struct str time = cell(row, r->c.time);

	raw->n = 0;
	if (r->c.date != SIZE_MAX)
		buf_printf(raw, "%.*s ", STR_ARG(cell(row, r->c.date)));
	buf_puts(raw, time);
	if (!value_date(buf_str(raw), &out->time_100ns, &out->flags, NULL))
		return false;
	if (r->us_dates)
		out->flags &= (uint8_t)~ROW_DATE_MONTH_FIRST;
	return true;
}

/* GetEvents ends with two lines about the export itself. */
static bool is_statistics(const struct csv_record *row)
{
	for (size_t i = 0; i < row->n; i++)
		if (str_istarts(row->column[i], STR("[Export operation")) ||
			str_ieq(row->column[i], STR("[Info]")))
			return true;
	return false;
}

static void put_row(struct reader *r, const struct csv_record *row)
{
	char name[EVENT_SOURCE_BYTES];
	struct buf raw = { 0 };
	struct row out = { .basis = BASIS_HOST, .number = row->line, .offset = row->offset };
	struct kind k = { .data_type = STR("windows:evtx:export"), .has_id = true };
	struct str id = cell(row, r->c.id), channel = cell(row, r->c.channel);
	uint64_t n;

	if (!str_to_u64(id, 10, &n) || !time_of(r, row, &out, &raw)) {
		r->bad += !is_statistics(row);
		buf_free(&raw);
		return;
	}
	k.id = (uint32_t)n & 0xffff;
	k.qualifiers = (uint16_t)(n >> 16);
	k.provider = event_source_name(cell(row, r->c.provider), name);
	k.channel = channel.n ? channel : r->channel;
	k.computer = cell(row, r->c.computer);
	k.level = level_of(cell(row, r->c.level), cell(row, r->c.level_word));
	out.flags |= ROW_LINE;
	out.message = cell(row, r->c.message);
	out.user = cell(row, r->c.user);
	if (str_to_u64(cell(row, r->c.pid), 10, &n))
		out.pid = (uint32_t)n;
	out.kind = sink_kind(r->out, &k);
	sink_row(r->out, &out);
	event_inserts_put(r->out, out.message);
	sink_field_text(r->out, SECTION_META, sink_text(r->out, STR("raw_time")), buf_str(&raw));
	if (str_to_u64(cell(row, r->c.record), 10, &n))
		sink_field_number(r->out, SECTION_META, sink_text(r->out, STR("record_id")), VALUE_UINT, n);
	buf_free(&raw);
}

static struct str quoted_after(struct str s, const char *label)
{
	ptrdiff_t at = str_ifind(s, str_of(label)), end;

	if (at < 0)
		return STR("");
	s = str_from(s, (size_t)at + strlen(label));
	end = str_chr(s, '\'');
	return end > 0 ? str_sub(s, 0, (size_t)end) : STR("");
}

/* The statistics at the end name the log and the zone; they are read before the rows need them. */
static void read_statistics(struct reader *r, const struct member_view *m)
{
	size_t n = m->held < 8192 ? (size_t)m->held : 8192;
	char *text = arena_alloc(m->a, n * 3 + 1);
	struct str tail = str_make(text, text_head(m->data + m->held - n, n, text, n * 3));
	struct str log = quoted_after(tail, "Log Name: '"), zone = quoted_after(tail, "TimeZone: '");

	if (log.n)
		r->channel = log;
	if (!zone.n)
		return;
	sink_fact(r->out, STR("host.clock"), 0, m->held - n);
	sink_put(r->out, "zone", zone);
}

/* "HV01_evt_System.csv", "HV01-System.csv": the log, as the name has it. */
static struct str channel_in_name(struct str name)
{
	ptrdiff_t dot = str_rchr(name, '.'), at = str_ifind(name, STR("_evt_"));

	if (dot > 0)
		name = str_sub(name, 0, (size_t)dot);
	if (at >= 0)
		return str_from(name, (size_t)at + 5);
	return STR("");
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out, .channel = channel_in_name(m->name) };
	struct csv *csv = csv_open(m->data, (size_t)m->held);
	struct csv_record row;
	bool known = false;

	read_statistics(&r, m);
	while (!known && csv_next(csv, &row)) {
		known = find_columns(&row, &r.c);
		r.us_dates = known && r.c.date != SIZE_MAX;
		if (!known && by_position(&row, &r.c)) {
			known = true;
			put_row(&r, &row);
		}
	}
	while (known && csv_next(csv, &row)) {
		put_row(&r, &row);
		sink_commit_point(out, row.offset);
	}
	csv_close(csv, out);
	if (r.bad)
		sink_note(out, NOTE_DAMAGED, 0, 0, r.bad, "%llu lines are no records",
			(unsigned long long)r.bad);
	return known ? 0 : err_set(e, E_DAMAGED, "no header that names provider, id and time");
}

/* The second line of Event Viewer's export: a level, a date, a source, an id. */
static bool looks_like_viewer(struct str second)
{
	char separator = str_chr(second, '\t') >= 0 ? '\t' : str_chr(second, ';') >= 0 ? ';' : ',';
	struct str part;
	int64_t t;
	uint8_t flags;
	uint64_t id;

	return str_split(&second, separator, &part) && str_split(&second, separator, &part) &&
	       value_date(part, &t, &flags, NULL) && str_split(&second, separator, &part) &&
	       str_split(&second, separator, &part) && str_to_u64(str_trim(part), 10, &id);
}

static int bid(const struct probe *p)
{
	struct str head = str_sub(p->text, 0, 2048), line;
	bool named;

	if (!str_line(&head, &line))
		return 0;
	if (str_starts(line, STR("#TYPE")) && !str_line(&head, &line))
		return 0;
	if (str_starts(line, STR("[")) || str_starts(line, STR("{")))   /* the same as JSON */
		return 0;
	named = str_ifind(line, STR("ProviderName")) >= 0 && str_ifind(line, STR("TimeCreated")) >= 0;
	if (named || str_ifind(line, STR("Date,Time,")) >= 0 || (str_ifind(line, STR("EventID")) >= 0 &&
							str_ifind(line, STR("TimeGenerated")) >= 0))
		return 85;
	return str_line(&head, &line) && looks_like_viewer(line) ? 70 : 0;
}

const struct parser parser_event_csv = {
	.name = "event_csv",
	.about = "event logs exported as CSV or tabbed text (Export-Csv, GetEvents, Event Viewer)",
	.data_type = "windows:evtx:export",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
