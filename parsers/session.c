/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people paste: a console with prompts, commands and their output, or a PowerShell transcript.
 * It is cut at the prompts; each output goes to the parser that bids for it, under the command as
 * its name; PowerShell's error records between are told on their own. A transcript's head names the
 * machine, and with -IncludeInvocationHeader the time of each command. In a mail all of it may stand
 * behind "> ".
 */
#include "parsers/session.h"

#include <stdlib.h>

#include "parsers/banner.h"
#include "parsers/label.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

#define PART_LINES_MAX 400000u
#define HEADER_LINES_MAX 40
#define NAME_BYTES_MAX 120
#define COMMAND_BYTES_MAX 4000
#define UNKNOWN_TOLD 5
#define QUOTED_WITHIN 400       /* lines of a mail before its first quoted command */

struct reader {
	struct sink *out;
	struct arena *a;         /* of the part at hand */
	VEC(struct session_line) lines;
	VEC(uint64_t) offsets;
	struct session_line command;
	struct prompt prompt;
	struct str file;         /* the member's name */
	bool open;               /* a command was typed */
	bool bare;               /* no prompt so far */
	bool in_header, timed;
	bool framed;             /* the line before was one of '=' */
	struct banner banner;
	size_t header_lines;
	int64_t time_100ns;
	struct buf server;       /* the one that all commands ran on, while they agree */
	bool servers_differ;
	uint64_t unknown;
	struct buf unknown_names;
};

/* A part's name: its command, as far as a file could be called so. */
static struct str part_name(struct reader *r)
{
	struct str command = str_sub(r->bare ? r->file : r->prompt.command, 0, NAME_BYTES_MAX);
	char *p = arena_cstr(r->a, command);

	for (size_t i = 0; i < command.n; i++)
		if (p[i] == '/' || p[i] == '\\')
			p[i] = ' ';
	return arena_printf(r->a, "%s.txt", p);
}

static const struct parser *choose(struct str name, struct str text)
{
	struct probe probe = { .name = name, .path = name, .head = str_sub(text, 0, HEAD_BYTES),
		.text = str_sub(text, 0, HEAD_BYTES), .size = text.n };
	const struct parser *best = NULL;
	int most = 0;

	for (size_t i = 0; parser_list[i]; i++) {
		const struct parser *p = parser_list[i];
		int bid = p->text && !str_eq(str_of(p->name), STR("session")) ? p->bid(&probe) : 0;

		if (bid > most) {
			most = bid;
			best = p;
		}
	}
	return best;
}

static void count_unknown(struct reader *r)
{
	if (r->unknown++ < UNKNOWN_TOLD) {
		buf_puts(&r->unknown_names, r->unknown > 1 ? STR(", ") : STR(""));
		buf_puts(&r->unknown_names, str_sub(r->prompt.command, 0, 60));
	}
}

/* Lines [from, to) of the output go to the parser that wants them; false where none does. */
static bool hand_over(struct reader *r, size_t from, size_t to)
{
	struct sink_part part = { 0 };
	struct member_view m = { .a = r->a };
	struct err e = { 0 };
	struct buf text = { 0 };
	const struct parser *p;

	for (; from < to && !str_trim(r->lines.v[from].text).n; from++)
		;
	for (; to > from && !str_trim(r->lines.v[to - 1].text).n; to--)
		;
	if (from == to)
		return true;
	r->offsets.n = 0;
	for (size_t i = from; i < to; i++) {
		buf_puts(&text, r->lines.v[i].text);
		buf_putc(&text, '\n');
		vec_push(&r->offsets, r->lines.v[i].offset);
	}
	m.name = part_name(r);
	p = choose(m.name, buf_str(&text));
	m.data = (const uint8_t *)text.p;
	m.held = m.size = m.to = text.n;
	part = (struct sink_part){ r->lines.v[from].number, r->offsets.v, r->offsets.n };
	sink_part(r->out, &part);
	if (p && p->parse(&m, r->out, &e) != 0)
		sink_note(r->out, NOTE_DAMAGED, 0, 0, 0, "%s: %s", p->name, e.text);
	sink_part(r->out, NULL);
	buf_free(&text);
	return p != NULL;
}

static void put_error(struct reader *r, const struct session_error *e)
{
	const struct session_line *line = &r->lines.v[e->from];
	struct str server = e->server.n ? e->server : r->prompt.server;
	struct kind k = { .data_type = STR("text:session"), .provider = e->id.n ? STR("PowerShell") : STR("console"),
		.level = LEVEL_ERROR };
	struct row row = { .time_100ns = r->time_100ns, .basis = BASIS_HOST, .number = line->number,
		.offset = line->offset, .flags = ROW_LINE | ROW_PRECISION_S, .message = e->message };

	if (r->timed) {
		k.computer = server;
		row.kind = sink_kind(r->out, &k);
		sink_row(r->out, &row);
	} else {
		sink_fact(r->out, STR("command.error"), line->number, line->offset);
		sink_put(r->out, "text", e->message);
	}
	label_put(r->out, "command", e->command);
	label_put(r->out, "error_id", e->id);
	label_put(r->out, "category", e->category);
	label_put(r->out, "exception", e->exception);
	label_put(r->out, "code", e->code);
	label_put(r->out, "path", e->path);
	label_put(r->out, "server", server);
	label_put(r->out, "line", r->prompt.command);
}

static void put_command(struct reader *r)
{
	char time[RFC3339_BYTES];

	sink_fact(r->out, STR("command"), r->command.number, r->command.offset);
	sink_put(r->out, "line", r->prompt.command);
	sink_put(r->out, "shell", r->prompt.header ? STR("collector") :
		r->prompt.powershell ? STR("powershell") : STR("cmd"));
	label_put(r->out, "folder", r->prompt.folder);
	label_put(r->out, "server", r->prompt.server);
	if (r->timed)
		sink_put(r->out, "started_raw", str_sub(str_of(time_rfc3339(r->time_100ns, time)), 0, 19));
	if (r->server.n && !str_ieq(buf_str(&r->server), r->prompt.server))
		r->servers_differ = true;
	r->server.n = 0;
	buf_puts(&r->server, r->prompt.server);
	r->servers_differ |= !r->prompt.server.n;
}

/* hostname answers with one word. */
static void put_hostname(struct reader *r)
{
	struct str name = STR("");
	size_t words = 0;

	for (size_t i = 0; i < r->lines.n; i++) {
		struct str line = str_trim(r->lines.v[i].text);

		words += line.n > 0;
		name = line.n ? line : name;
	}
	if (words != 1 || r->prompt.server.n || name.n > 63 || str_chr(name, ' ') >= 0)
		return;
	sink_fact(r->out, STR("host.info"), r->command.number, r->command.offset);
	sink_put(r->out, "name", name);
}

/* What a command printed behind its last error record. */
static void end_output(struct reader *r, size_t from)
{
	struct str command = str_trim(r->prompt.command);
	struct session_error e;
	bool read = r->lines.n == 0 || hand_over(r, from, r->lines.n);

	/* Its parser reads lists; what makes or deletes something prints none. */
	if (r->lines.n && str_istarts(command, STR("vssadmin")) && str_ifind(command, STR(" list")) < 0)
		read = false;
	if (str_ieq(command, STR("hostname")) || str_ieq(command, STR("hostname.exe"))) {
		put_hostname(r);
	} else if (!read && session_cmd_error(r->lines.v + from, r->lines.n - from, command, &e, r->a)) {
		e.from += from;
		put_error(r, &e);
	} else if (!read) {
		count_unknown(r);
	}
}

static void end_part(struct reader *r)
{
	size_t from = 0;
	struct session_error e;

	if (r->open && !r->bare)
		put_command(r);
	while (r->open && r->lines.n && session_error_find(r->lines.v, r->lines.n, from, &e, r->a)) {
		if (!hand_over(r, from, e.from) && !r->bare)
			count_unknown(r);
		put_error(r, &e);
		from = e.to;
	}
	if (r->open && !r->bare)
		end_output(r, from);
	else if (r->open && from)
		hand_over(r, from, r->lines.n);
	if (r->lines.n)
		sink_commit_point(r->out, r->lines.v[0].offset);
	r->lines.n = 0;
	r->open = r->bare = false;
	r->timed = false;
	arena_free(r->a);
	r->a = arena_new();
}

static void begin_part(struct reader *r, const struct text_line *line, const struct prompt *p)
{
	bool timed = r->timed && !r->open;

	end_part(r);
	r->in_header = false;
	r->timed = timed;
	r->open = p->command.n > 0;
	r->command = (struct session_line){ .number = line->number, .offset = line->offset };
	r->prompt = *p;
	r->prompt.command = arena_str(r->a, p->command);
	r->prompt.folder = arena_str(r->a, p->folder);
	r->prompt.server = arena_str(r->a, p->server);
}

/* ">> …": the rest of a command, unless a transcript wrote it. */
static void go_on(struct reader *r, struct str line)
{
	struct str command = r->prompt.command, rest = str_trim(str_from(line, 3));

	if (!r->open || r->lines.n || !str_starts(line, STR(">> ")) || command.n > COMMAND_BYTES_MAX ||
		str_starts(rest, STR("TerminatingError(")) ||
		str_starts(rest, STR("CommandInvocation(")) || str_starts(rest, STR("ParameterBinding(")))
		return;
	if (str_ends(command, STR("`")))
		command.n--;
	r->prompt.command = arena_printf(r->a, "%.*s %.*s", STR_ARG(str_trim(command)), STR_ARG(rest));
}

/* "…: 20240514031246" */
static bool stamp_of(struct str line, int64_t *civil_100ns)
{
	struct str v = value_after_colon(line);
	struct civil c;

	return v.n == 14 && civil_by_form(v, "YYYYMMDDhhmmss", &c) && civil_to_ticks(&c, civil_100ns);
}

static bool is_stars(struct str line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] != '*')
			return false;
	return line.n >= 20;
}

/* "Machine: HV01 (Microsoft Windows NT 10.0.17763.0)" */
static void put_machine(struct reader *r, const struct text_line *line)
{
	struct str v = value_after_colon(line->text);
	ptrdiff_t os = str_find(v, STR(" (Microsoft Windows NT "));

	if (os <= 0)
		return;
	sink_fact(r->out, STR("host.info"), line->number, line->offset);
	sink_put(r->out, "name", str_sub(v, 0, (size_t)os));
	v = str_from(v, (size_t)os + 23);
	if (str_ends(v, STR(")")))
		sink_put(r->out, "version", str_sub(v, 0, v.n - 1));
}

/* A line of a transcript's head; the stars below a command's time end the command before. */
static void take_header(struct reader *r, const struct text_line *line)
{
	int64_t t;

	if (is_stars(line->text) || ++r->header_lines > HEADER_LINES_MAX)
		r->in_header = false;
	else if (stamp_of(line->text, &t)) {
		r->time_100ns = t;
		r->timed = r->header_lines == 1;   /* a session's own stamp has a title above it */
	} else {
		put_machine(r, line);
	}
}

/* The lines of '=' above and below a collector's header. */
static bool is_frame(struct str line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] != '=')
			return false;
	return line.n >= 30;
}

static void take_line(struct reader *r, const struct text_line *line)
{
	struct prompt p;
	int64_t t;

	if (!r->prompt.server.n)
		banner_line(&r->banner, r->out, line->text, line->number, line->offset);
	if (r->framed && prompt_parse_header(line->text, &p, &t)) {
		begin_part(r, line, &p);
		r->time_100ns = t;
		r->timed = true;
		return;
	}
	r->framed = is_frame(line->text);
	if (r->framed && r->prompt.header)
		return;
	if (prompt_parse(line->text, &p)) {
		begin_part(r, line, &p);
	} else if (r->in_header) {
		take_header(r, line);
	} else if (is_stars(line->text)) {
		end_part(r);
		r->in_header = true;
		r->header_lines = 0;
	} else if (prompt_is_remark(line->text)) {
		go_on(r, line->text);
	} else if (r->open && r->lines.n < PART_LINES_MAX) {
		struct session_line l = { arena_str(r->a, line->text), line->number, line->offset };

		vec_push(&r->lines, l);
	}
}

static bool is_quoted(const struct member_view *m)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct prompt_quoting q = { 0 };
	struct text_line line;
	bool quoted = false;

	while (!quoted && text_next(t, &line) && line.number <= QUOTED_WITHIN)
		quoted = prompt_quoted(&q, line.text);
	text_close(t);
	return quoted;
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	/* What stands before the first prompt is read where it holds an error record. */
	struct reader r = { .out = out, .a = arena_new(), .file = m->name, .open = true, .bare = true };
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	bool quoted = is_quoted(m);
	struct text_line line;

	(void)e;
	while (text_next(t, &line)) {
		if (quoted)
			line.text = prompt_unquoted(line.text);
		take_line(&r, &line);
	}
	end_part(&r);
	if (r.server.n && !r.servers_differ) {
		sink_fact(out, STR("host.info"), 1, 0);
		sink_put(out, "name", buf_str(&r.server));
	}
	if (r.unknown)
		sink_note(out, NOTE_INFO, 0, 0, 0, "no parser reads the output of %llu commands: %.*s",
			(unsigned long long)r.unknown, STR_ARG(buf_str(&r.unknown_names)));
	text_close(t);
	free(r.lines.v);
	free(r.offsets.v);
	buf_free(&r.server);
	buf_free(&r.unknown_names);
	arena_free(r.a);
	return 0;
}

/* Scripts and manuals show consoles that nobody ran. */
static bool is_example(struct str name)
{
	static const char *const ends[] = { ".ps1", ".psm1", ".psd1", ".md", ".htm", ".html", ".xml", ".rtf",
		".cmd", ".bat" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (str_iends(name, str_of(ends[i])))
			return true;
	return false;
}

/*
 * A prompt of PowerShell, or two of cmd, or one among the first lines; else a transcript's head, or two
 * headers of a collector (its run log has a line with its clock, and a format of its own).
 */
static int bid(const struct probe *p)
{
	struct str rest = p->text, line;
	size_t lines = 0, typed = 0, headers = 0;
	bool stars = false, head = false, framed = false, first = false;
	struct prompt_quoting q = { 0 };
	struct prompt prompt;
	int64_t t;

	if (is_example(p->name))
		return 0;
	while (str_line(&rest, &line)) {
		lines += line.n > 0;
		if (prompt_quoted(&q, line))
			return 92;
		if (framed && prompt_parse_header(line, &prompt, &t)) {
			headers++;
			first |= lines <= 2;
		}
		framed = is_frame(line);
		head |= stars && stamp_of(line, &t) && lines < 5;
		stars |= is_stars(line) && lines < 3;
		if (!prompt_parse(line, &prompt) || !prompt.command.n)
			continue;
		typed += prompt.powershell || lines <= 3 ? 2 : 1;
		if (typed >= 2 && lines <= 400)
			return 92;
	}
	if (typed >= 2 || head)
		return typed >= 2 ? 92 : 60;
	if (str_find(p->text, STR("TimeUTC: ")) >= 0)
		return 0;
	if (headers < 2 && str_find(p->text, STR("    + FullyQualifiedErrorId : ")) > 0 &&
		str_find(p->text, STR("    + CategoryInfo ")) > 0)
		return 65;
	/* One command alone: most parsers read on behind its header, some expect the text at the start. */
	return headers >= 2 ? 91 : first ? 48 : 0;
}

const struct parser parser_session = {
	.name = "session",
	.about = "pasted consoles and PowerShell transcripts: each output by its parser, errors as such",
	.data_type = "fact, text:session",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
