/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event records as people read them:
 *   wevtutil qe /f:text, and what Event Viewer copies: "Log Name: …", "Source: …", "Date: …",
 *     "Event ID: …" … "Computer: …", "Description:" and the text; labels in the user's language, so
 *     they are told by their order
 *   Get-WinEvent | Format-List and Get-EventLog | Format-List: "TimeCreated : …", "Id : …"
 *   Get-WinEvent | Format-Table: "ProviderName: disk" over a table of time, id, level and text
 *   GetEvents.VBS /txt: a row of titles over columns of fixed width, which cut what is longer
 */
#include "parsers/event_inserts.h"
#include "parsers/event_source.h"
#include "parsers/parser.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

#define LABELS_MAX 14
#define TEXT_MAX ((size_t)65536)

struct label_line {
	struct str label, value;
};

/* A labelled line that may turn out to begin a block. */
struct ahead {
	struct str value;
	struct text_line line;
	size_t text_n;               /* how much of the text before it is the record's */
};

struct reader {
	struct sink *out;
	struct arena *a, *lasting;   /* of one record; of the member */
	struct ahead ahead[4];
	size_t aheads, labels;       /* labels: of the head being read, 0 outside one */
	struct kind kind;
	struct row row;
	struct buf text, raw;        /* the message; the stamp as it stood */
	struct str provider;         /* of the table at hand */
	struct str channel;          /* "HV01_evt_System.txt": as the file's name has it */
	size_t id_at, level_at, text_at;    /* its columns */
	struct {                     /* of GetEvents, from where the level begins */
		size_t computer, id, source, task, text;
	} fixed;                     /* text is 0 before the titles */
	bool nameless;               /* a table that names no provider was met */
	bool open, timed, in_text, listed;  /* listed: of Format-List, ended by an empty line */
	uint64_t bad, given, marked;     /* marked: "Event[n]:", a record each */
};

/*
 * "  Label: value", in French also "Label :value". Event Viewer pads labels to 15 columns: behind a
 * longer one the value follows at once.
 */
static bool label_line(struct str line, struct label_line *out)
{
	struct str s = str_trim(line);
	ptrdiff_t colon = str_chr(s, ':');
	bool padded;

	if (colon <= 0 || colon > 40 || (size_t)colon + 1 > s.n)
		return false;
	padded = (size_t)colon + 1 == s.n || strchr(" \t", s.p[colon + 1]) || s.p[colon - 1] == ' ';
	if (!padded && (colon < 14 || strchr("\\/:", s.p[colon + 1])))
		return false;
	out->label = str_trim(str_sub(s, 0, (size_t)colon));
	out->value = str_trim(str_from(s, (size_t)colon + 1));
	return true;
}

static void finish(struct reader *r)
{
	char name[EVENT_SOURCE_BYTES];

	/* A head without "Description:" is none, but where wevtutil marks each record. */
	if (r->open && (!r->labels || r->marked) && r->timed && r->kind.provider.n && r->kind.has_id) {
		r->kind.provider = event_source_name(r->kind.provider, name);
		r->kind.data_type = STR("windows:evtx:export");
		r->row.message = str_trim(buf_str(&r->text));
		r->row.kind = sink_kind(r->out, &r->kind);
		sink_row(r->out, &r->row);
		event_inserts_put(r->out, r->row.message);
		sink_field_text(r->out, SECTION_META, sink_text(r->out, STR("raw_time")),
			buf_str(&r->raw));
		sink_commit_point(r->out, r->row.offset);
		r->given++;
	} else {
		r->bad += r->open;
	}
	r->open = r->in_text = r->listed = false;
	r->labels = 0;
	r->text.n = r->raw.n = 0;
	arena_free(r->a);
	r->a = arena_new();
}

static void begin(struct reader *r, const struct text_line *line)
{
	finish(r);
	r->kind = (struct kind){ .level = LEVEL_UNKNOWN };
	r->row = (struct row){ .basis = BASIS_HOST, .flags = ROW_LINE, .number = line->number,
		.offset = line->offset };
	r->open = true;
	r->timed = false;
}

static bool set_time(struct reader *r, struct str s)
{
	buf_puts(&r->raw, s);
	if (time_parse_rfc3339(s, &r->row.time_100ns)) {
		r->row.basis = str_chr(s, 'Z') >= 0 ? BASIS_UTC : BASIS_HOST;
		r->timed = true;
	} else {
		r->timed = value_date(s, &r->row.time_100ns, &r->row.flags, NULL);
	}
	return r->timed;
}

static void set_id(struct reader *r, struct str s)
{
	uint64_t n;

	if (!str_to_u64(s, 10, &n))
		return;
	r->kind.id = (uint32_t)n & 0xffff;
	r->kind.has_id = true;
}

static void set_text(struct reader *r, struct str *to, struct str s)
{
	*to = arena_str(r->a, s);
}

/* ---- Blocks told by their order: log, source, date, id, task, level … computer, text ---- */

static bool is_block(const struct reader *r)
{
	const struct ahead *l = r->ahead;
	struct str date = l[2].value;
	int64_t t;
	uint8_t flags;
	uint64_t id;

	return r->aheads == 4 && l[0].value.n && l[1].value.n && str_to_u64(l[3].value, 10, &id) &&
	       (time_parse_rfc3339(date, &t) || value_date(date, &t, &flags, NULL));
}

/* Of the last four labelled lines in a row; the text of the record before them ends there. */
static void look_ahead(struct reader *r, const struct text_line *line, struct str value)
{
	if (r->aheads == 4) {
		memmove(r->ahead, r->ahead + 1, 3 * sizeof(*r->ahead));
		r->aheads = 3;
	}
	r->ahead[r->aheads++] = (struct ahead){ arena_str(r->lasting, value), *line, r->text.n };
}

static void begin_block(struct reader *r)
{
	const struct ahead *l = r->ahead;

	r->text.n = l[0].text_n;
	begin(r, &l[0].line);
	set_text(r, &r->kind.channel, l[0].value);
	set_text(r, &r->kind.provider, l[1].value);
	set_time(r, l[2].value);
	set_id(r, l[3].value);
	r->aheads = 0;
	r->labels = 4;
}

/* A labelled line of a block's head, which ends with "Description:". False: it was no head. */
static bool take_head(struct reader *r, const struct label_line *l)
{
	if (!l->value.n && r->labels >= 8) {
		r->labels = 0;           /* "Description:" */
		r->in_text = true;
		return true;
	}
	if (r->labels++ >= LABELS_MAX)
		return false;
	if (r->kind.level == LEVEL_UNKNOWN)
		r->kind.level = event_level(l->value);
	if (l->value.n)
		set_text(r, &r->kind.computer, l->value);    /* the last one stays */
	return true;
}

/* ---- Format-List ---- */

static bool take_property(struct reader *r, const struct text_line *line, const struct label_line *l)
{
	static const char *const firsts[] = { "TimeCreated", "Message", "Index", "EventID", "Id",
		"ProviderName" };
	bool known = true, fresh = false;

	if (str_eq(l->label, STR("TimeCreated")) || str_eq(l->label, STR("TimeGenerated")))
		fresh = r->timed;
	else if (str_eq(l->label, STR("Id")) || str_eq(l->label, STR("EventID")))
		fresh = r->kind.has_id;
	for (size_t i = 0; !r->open && i < sizeof(firsts) / sizeof(firsts[0]); i++)
		fresh |= str_eq(l->label, str_of(firsts[i]));
	if (fresh) {
		begin(r, line);
		r->listed = true;
	}
	if (!r->open || !r->listed)
		return false;
	if (str_eq(l->label, STR("TimeCreated")) || str_eq(l->label, STR("TimeGenerated")))
		set_time(r, l->value);
	else if (str_eq(l->label, STR("Id")) || str_eq(l->label, STR("EventID")))
		set_id(r, l->value);
	else if (str_eq(l->label, STR("InstanceId")) && !r->kind.has_id)
		set_id(r, l->value);   /* Get-EventLog: its low half is the id */
	else if (str_eq(l->label, STR("ProviderName")) || str_eq(l->label, STR("Source")))
		set_text(r, &r->kind.provider, l->value);
	else if (str_eq(l->label, STR("LogName")))
		set_text(r, &r->kind.channel, l->value);
	else if (str_eq(l->label, STR("MachineName")))
		set_text(r, &r->kind.computer, l->value);
	else if (str_eq(l->label, STR("LevelDisplayName")) || str_eq(l->label, STR("EntryType")))
		r->kind.level = event_level(l->value);
	else
		known = str_eq(l->label, STR("Message"));
	r->in_text = str_eq(l->label, STR("Message"));
	if (r->in_text)
		buf_puts(&r->text, l->value);
	return known;
}

/* ---- Format-Table ---- */

static bool take_heading(struct reader *r, struct str line)
{
	ptrdiff_t id = str_find(line, STR(" Id ")), level = str_find(line, STR("LevelDisplayName"));
	ptrdiff_t text = str_find(line, STR("Message"));

	if (str_starts(str_trim(line), STR("ProviderName:"))) {
		finish(r);
		r->provider = arena_str(r->lasting, str_trim(str_from(str_trim(line), 13)));
		return true;
	}
	if (id < 0 || level < id || text < level || str_find(line, STR("TimeCreated")) < 0)
		return false;
	r->nameless |= !r->provider.n;
	if (!r->provider.n)
		return false;
	r->id_at = (size_t)id;
	r->level_at = (size_t)level;
	r->text_at = (size_t)text;
	return true;
}

/* "5/14/2024 3:12:46 AM   153 Warning   The IO operation …": the ids stand flush right. */
static bool take_table_row(struct reader *r, const struct text_line *line)
{
	struct str date = str_trim(str_sub(line->text, 0, r->text_at ? r->id_at - 3 : 0)), id;
	struct str provider = r->provider;
	int64_t t;
	uint8_t flags;
	uint64_t n;

	if (!r->text_at || line->text.n < r->level_at || !value_date(date, &t, &flags, NULL))
		return false;
	id = str_trim(str_sub(line->text, r->id_at - 3, r->level_at - r->id_at + 3));
	if (!str_to_u64(id, 10, &n))
		return false;
	begin(r, line);
	r->kind.provider = provider;
	set_time(r, date);
	set_id(r, id);
	r->kind.level = event_level(str_from(line->text, r->level_at));
	if (line->text.n > r->text_at)
		buf_puts(&r->text, str_from(line->text, r->text_at));
	return true;
}

/* ---- GetEvents ---- */

static bool take_titles(struct reader *r, struct str line)
{
	ptrdiff_t level = str_find(line, STR("Type/Level")), id = str_find(line, STR("Event"));
	ptrdiff_t computer = str_find(line, STR("Computer")), source = str_find(line, STR("Source"));
	ptrdiff_t task = str_find(line, STR("Task Category")), text = str_find(line, STR("Message"));

	if (!str_starts(line, STR("Date  ")) || level < 0 || computer < level || id < computer ||
		source < id || task < source || text < task)
		return false;
	finish(r);
	r->fixed.computer = (size_t)(computer - level);
	r->fixed.id = (size_t)(id - level);
	r->fixed.source = (size_t)(source - level);
	r->fixed.task = (size_t)(task - level);
	r->fixed.text = (size_t)(text - level);
	return true;
}

/* The column holds 35 letters; these are longer. */
static struct str whole_source(struct str cut)
{
	static const char *const known[] = { "Microsoft-Windows-FailoverClustering",
		"Microsoft-Windows-StorageSpaces-Driver", "Microsoft-Windows-WER-SystemErrorReporting",
		"Microsoft-Windows-Hyper-V-High-Availability", "Microsoft-Windows-Hyper-V-StorageVSP-Admin",
		"Microsoft-Windows-Hyper-V-Guest-Drivers-IcSvc",
		"Microsoft-Windows-Resource-Exhaustion-Detector", "Microsoft-Windows-Security-Auditing" };

	for (size_t i = 0; cut.n == 35 && i < sizeof(known) / sizeof(known[0]); i++)
		if (str_starts(str_of(known[i]), cut))
			return str_of(known[i]);
	return cut;
}

/* "04/09/2026 08:30:00 PM   Warning …": 12 or 24 hours, then three blanks. */
static size_t level_of_row(struct reader *r, struct str line)
{
	size_t end = line.n > 20 && line.p[20] != ' ' ? 22 : 19;

	if (!r->fixed.text || line.n <= end + 3 + r->fixed.source ||
		!set_time(r, str_trim(str_sub(line, 0, end))))
		return 0;
	return end + 3;
}

static bool take_fixed_row(struct reader *r, const struct text_line *line)
{
	struct str s = line->text, computer;
	struct reader trial = { .fixed = r->fixed };
	size_t level = level_of_row(&trial, s);
	ptrdiff_t dot;

	buf_free(&trial.raw);
	if (!level)
		return false;
	begin(r, line);
	level_of_row(r, s);
	r->row.flags &= (uint8_t)~ROW_DATE_MONTH_FIRST;      /* the month stands first, always */
	s = str_from(s, level);
	r->kind.level = event_level(s);
	computer = str_trim(str_sub(s, r->fixed.computer, r->fixed.id - r->fixed.computer));
	dot = str_chr(computer, '.');
	set_text(r, &r->kind.computer, dot > 0 ? str_sub(computer, 0, (size_t)dot) : computer);
	set_id(r, str_trim(str_sub(s, r->fixed.id, r->fixed.source - r->fixed.id)));
	set_text(r, &r->kind.provider,
		whole_source(str_trim(str_sub(s, r->fixed.source, r->fixed.task - r->fixed.source))));
	set_text(r, &r->kind.channel, r->channel);
	if (s.n > r->fixed.text)
		buf_puts(&r->text, str_trim(str_from(s, r->fixed.text)));
	return true;
}

/* ---- The whole ---- */

static void more_text(struct reader *r, struct str line)
{
	if (!r->open || !r->in_text || r->text.n > TEXT_MAX || str_starts(line, STR("Event[")))
		return;
	if (r->text.n)
		buf_putc(&r->text, '\n');
	buf_puts(&r->text, str_trim(line));
}

static void take_line(struct reader *r, const struct text_line *line)
{
	struct label_line l;
	bool labelled = label_line(line->text, &l);

	if (r->labels && (labelled ? take_head(r, &l) : !str_trim(line->text).n))
		return;
	if (r->labels) {
		r->labels = 0;
		r->open = false;
	}
	if (take_heading(r, line->text) || take_table_row(r, line) || take_titles(r, line->text) ||
		take_fixed_row(r, line))
		return;
	if (r->listed && !line->text.n) {
		finish(r);
		return;
	}
	if (!labelled) {
		r->aheads = 0;
	} else {
		look_ahead(r, line, l.value);
		if (is_block(r)) {
			begin_block(r);
			return;
		}
		if (line->text.p[0] != ' ' && str_find(line->text, STR(" :")) > 0 &&
			take_property(r, line, &l))
			return;
	}
	more_text(r, line->text);
}

static struct str channel_in_name(struct str name)
{
	ptrdiff_t at = str_ifind(name, STR("_evt_")), dot = str_rchr(name, '.');

	return at < 0 || dot < at + 5 ? STR("") : str_sub(name, (size_t)at + 5, (size_t)(dot - at - 5));
}

/* The word behind an option of the command that a console's part is called by. */
static struct str option_of(struct str command, struct str option)
{
	ptrdiff_t at = str_ifind(command, option);
	struct str word, rest = at < 0 ? STR("") : str_trim(str_from(command, (size_t)at + option.n));

	if (!str_split(&rest, ' ', &word))
		return STR("");
	return word.n > 2 && (word.p[0] == '"' || word.p[0] == '\'') ? str_sub(word, 1, word.n - 2) : word;
}

/* Who writes to "Microsoft-Windows-Hyper-V-VMMS-Admin" its name tells; of System it may be anybody. */
static struct str provider_in_command(struct str command)
{
	struct str provider = option_of(command, STR("-ProviderName ")), channel;
	ptrdiff_t end;

	if (provider.n)
		return provider;
	channel = option_of(command, STR("-LogName "));
	end = str_rchr(channel, '/') > 0 ? str_rchr(channel, '/') : str_rchr(channel, '-');
	return end > 0 && str_istarts(channel, STR("Microsoft-Windows-")) ? str_sub(channel, 0, (size_t)end) :
		STR("");
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out, .a = arena_new(), .lasting = m->a,
		.channel = channel_in_name(m->name), .provider = provider_in_command(m->name) };
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;

	(void)e;
	while (text_next(t, &line)) {
		r.marked += str_starts(line.text, STR("Event[")) && str_chr(line.text, ']') > 6;
		take_line(&r, &line);
	}
	finish(&r);
	text_close(t);
	if (r.marked > r.given + r.bad)
		r.bad = r.marked - r.given;
	if (r.nameless)
		sink_note(out, NOTE_LOST, 0, 0, 0, "a table of events names no provider; "
			"Get-WinEvent | Format-List * would");
	if (r.bad)
		sink_note(out, NOTE_DAMAGED, 0, 0, r.bad, "%llu records name no provider, id or time",
			(unsigned long long)r.bad);
	arena_free(r.a);
	buf_free(&r.text);
	buf_free(&r.raw);
	return 0;
}

static bool bids_block(struct str head)
{
	struct reader r = { 0 };
	struct str line;
	struct label_line l;

	while (str_line(&head, &line)) {
		if (!label_line(line, &l)) {
			r.aheads = 0;
			continue;
		}
		if (r.aheads == 4)
			memmove(r.ahead, r.ahead + 1, (--r.aheads) * sizeof(*r.ahead));
		r.ahead[r.aheads++].value = l.value;
		if (is_block(&r))
			return true;
	}
	return false;
}

static int bid(const struct probe *p)
{
	struct str head = str_sub(p->text, 0, 8192);
	bool list = str_find(head, STR("TimeCreated ")) >= 0 && str_find(head, STR("Message")) >= 0 &&
		    str_find(head, STR("Id ")) >= 0 &&
		    (str_find(head, STR("ProviderName")) >= 0 || str_find(head, STR(" LevelDisplayName ")) >= 0);
	bool old = str_find(head, STR("EntryType ")) >= 0 && str_find(head, STR("InstanceId ")) >= 0 &&
		   str_find(head, STR("TimeGenerated ")) >= 0 && str_find(head, STR("Source ")) >= 0;

	bool fixed = str_starts(head, STR("Date       Time ")) && str_find(head, STR("Type/Level")) > 0;

	return list || old || fixed ? 75 : bids_block(head) ? 72 : 0;
}

const struct parser parser_event_list = {
	.name = "event_list",
	.about = "event records as text (wevtutil /f:text, GetEvents, Event Viewer's copy, Get-WinEvent)",
	.data_type = "windows:evtx:export",
	.version = 2,
	.text = true,
	.bid = bid,
	.parse = parse,
};
