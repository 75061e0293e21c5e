/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Failover cluster log, 2012 R2 to 2025 (Get-ClusterLog):
 *
 *   [=== Cluster ===]
 *   UTC = localtime + time zone offset;the time zone offset of this machine is -60 minutes…
 *   Current node: name (NODE1) id (1)
 *   [=== Cluster Logs ===]
 *   00000fe4.00001628::2022/12/15-14:26:02.654 WARN  [QUORUM] Node 1: Lost quorum (1)
 *
 * Stamps are UTC unless the head says that local time was used; 2012 R2 has no head and is UTC.
 * Lines without a stamp continue the one before. Blocks of the head are separated values.
 */
#include "parsers/parser.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

#define COMMIT_LINES 512
#define COLUMNS_MAX 48

struct reader {
	struct sink *out;
	struct arena *a;
	bool local_time;
	struct str block;            /* "Resources", "" once the log itself has begun */
	struct str column[COLUMNS_MAX];
	size_t columns;              /* 0: the block's header line is still to come */
	struct row row;              /* the event at hand, not yet given */
	struct kind kind;
	struct buf message;
	char component[48], resource[256];
	bool open;
	uint64_t strange;
};

struct stamp {
	uint32_t pid, tid;
	int64_t civil_100ns;
};

static bool take(struct str *s, const char *literal)
{
	if (!str_starts(*s, str_of(literal)))
		return false;
	*s = str_from(*s, strlen(literal));
	return true;
}

static bool take_number(struct str *s, int base, size_t digits, uint64_t *out)
{
	if (s->n < digits || !str_to_u64(str_sub(*s, 0, digits), base, out))
		return false;
	*s = str_from(*s, digits);
	return true;
}

/* Blanks are dropped where documents show them: within the stamp. */
static void blanks(struct str *s)
{
	while (s->n && s->p[0] == ' ')
		*s = str_from(*s, 1);
}

static bool take_stamp(struct str *s, struct stamp *out)
{
	uint64_t pid, tid, y, mo, d, h, mi, se, ms;
	struct civil c;

	if (!take_number(s, 16, 8, &pid) || !take(s, ".") || !take_number(s, 16, 8, &tid) ||
		!take(s, "::"))
		return false;
	blanks(s);
	if (!take_number(s, 10, 4, &y) || !take(s, "/") || !take_number(s, 10, 2, &mo) ||
		!take(s, "/") || !take_number(s, 10, 2, &d))
		return false;
	blanks(s);
	if (!take(s, "-") || !take_number(s, 10, 2, &h) || !take(s, ":") ||
		!take_number(s, 10, 2, &mi) || !take(s, ":") || !take_number(s, 10, 2, &se) ||
		!take(s, ".") || !take_number(s, 10, 3, &ms))
		return false;
	c = (struct civil){ (int)y, (int)mo, (int)d, (int)h, (int)mi, (int)se, (int)ms * 10000 };
	out->pid = (uint32_t)pid;
	out->tid = (uint32_t)tid;
	return civil_to_ticks(&c, &out->civil_100ns);
}

static uint8_t level_of(struct str word)
{
	if (str_starts(word, STR("ERR")))
		return LEVEL_ERROR;
	if (str_starts(word, STR("WARN")))
		return LEVEL_WARNING;
	if (str_starts(word, STR("CRIT")))
		return LEVEL_CRITICAL;
	return str_starts(word, STR("DBG")) ? LEVEL_VERBOSE : LEVEL_INFO;
}

static void copy(char *out, size_t room, struct str s)
{
	size_t n = s.n < room - 1 ? s.n : room - 1;

	memcpy(out, s.p, n);
	out[n] = '\0';
}

/* "[RES] Physical Disk <Cluster Disk 2>: …": the component, and what stands in the first <…>. */
static void find_names(struct reader *r, struct str text)
{
	ptrdiff_t end = text.n && text.p[0] == '[' ? str_chr(text, ']') : -1, from, to;

	r->component[0] = r->resource[0] = '\0';
	if (end > 1)
		copy(r->component, sizeof(r->component), str_sub(text, 1, (size_t)end - 1));
	from = str_chr(text, '<');
	to = str_chr(text, '>');
	if (from >= 0 && to > from + 1)
		copy(r->resource, sizeof(r->resource),
			str_trim(str_sub(text, (size_t)from + 1, (size_t)(to - from - 1))));
}

static void close_event(struct reader *r)
{
	if (!r->open)
		return;
	r->open = false;
	r->kind.source = str_of(r->component);
	r->row.kind = sink_kind(r->out, &r->kind);
	r->row.message = buf_str(&r->message);
	sink_row(r->out, &r->row);
	if (r->resource[0])
		sink_put(r->out, "resource", str_of(r->resource));
}

static void open_event(struct reader *r, const struct text_line *line, const struct stamp *stamp,
	struct str rest, struct str section)
{
	struct str level;

	close_event(r);
	blanks(&rest);
	level = str_sub(rest, 0, 4);
	rest = str_trim(str_from(rest, 4));
	r->kind = (struct kind){ .data_type = STR("windows:cluster:log"), .provider = STR("cluster.log"),
		.channel = section, .level = level_of(level) };
	r->row = (struct row){ .time_100ns = stamp->civil_100ns, .number = line->number,
		.offset = line->offset, .length = line->length, .pid = stamp->pid, .tid = stamp->tid,
		.flags = ROW_LINE | ROW_PRECISION_MS, .basis = r->local_time ? BASIS_HOST : BASIS_UTC };
	r->message.n = 0;
	buf_puts(&r->message, rest);
	find_names(r, rest);
	r->open = true;
}

/* ---- the head ---- */

static void read_offset(struct reader *r, const struct text_line *line)
{
	ptrdiff_t at = str_ifind(line->text, STR("of this machine is "));
	struct str s;
	int64_t minutes;
	size_t n = 0;

	if (at < 0)
		return;
	s = str_from(line->text, (size_t)at + 19);
	while (n < s.n && (s.p[n] == '-' || (s.p[n] >= '0' && s.p[n] <= '9')))
		n++;
	if (n >= s.n || s.p[n] != ' ' || !str_to_i64(str_sub(s, 0, n), &minutes) || minutes < -900 || minutes > 900)
		return;
	/* UTC = local + offset, so a host east of Greenwich prints a negative number. */
	sink_fact(r->out, STR("host.clock"), line->number, line->offset);
	sink_field_number(r->out, SECTION_EVENTDATA, sink_text(r->out, STR("offset_minutes")), VALUE_INT,
		(uint64_t)-minutes);
}

static void read_node(struct reader *r, const struct text_line *line)
{
	ptrdiff_t at = str_ifind(line->text, STR("Current node: name (")), end;
	struct str s;

	if (at < 0)
		return;
	s = str_from(line->text, (size_t)at + 20);
	end = str_chr(s, ')');
	if (end <= 0)
		return;
	sink_fact(r->out, STR("host.info"), line->number, line->offset);
	sink_put(r->out, "name", str_sub(s, 0, (size_t)end));
}

static const char *fact_of_block(struct str block)
{
	static const char *const known[][2] = { { "Nodes", "cluster.node" }, { "Groups", "cluster.group" },
		{ "Resources", "cluster.resource" }, { "Networks", "cluster.network" },
		{ "Volumes", "cluster.volume" } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_ieq(block, str_of(known[i][0])))
			return known[i][1];
	return NULL;
}

static void read_titles(struct reader *r, struct str line)
{
	struct str part;

	while (r->columns < COLUMNS_MAX && str_split(&line, ',', &part)) {
		part = str_trim(part);
		while (part.n && part.p[0] == '_')
			part = str_from(part, 1);
		r->column[r->columns++] = arena_str(r->a, part);
	}
}

static void read_block_line(struct reader *r, const struct text_line *line)
{
	const char *type = fact_of_block(r->block);
	struct str rest = line->text, part;
	size_t cells = 1;
	char name[64];

	if (!type || !str_trim(rest).n || str_chr(rest, ',') < 0)
		return;
	if (!r->columns) {
		read_titles(r, rest);
		return;
	}
	for (size_t i = 0; i < rest.n; i++)
		cells += rest.p[i] == ',';
	if (cells < r->columns) {    /* what stands under which title is not known */
		sink_note(r->out, NOTE_DAMAGED, line->offset, 0, 1, "a row of block %.*s lacks columns",
			STR_ARG(r->block));
		return;
	}
	sink_fact(r->out, str_of(type), line->number, line->offset);
	for (size_t i = 0; i < r->columns && str_split(&rest, ',', &part); i++) {
		part = str_trim(part);
		if (!part.n || !r->column[i].n || str_ieq(r->column[i], STR("ignore")))
			continue;
		copy(name, sizeof(name), r->column[i]);
		sink_put(r->out, name, value_unquoted(part));
	}
}

/* "[=== Resources ===]" */
static bool read_heading(struct reader *r, struct str line)
{
	ptrdiff_t end;

	if (!str_starts(line, STR("[===")))
		return false;
	end = str_find(line, STR("===]"));
	r->block = end > 4 ? arena_str(r->a, str_trim(str_sub(line, 4, (size_t)end - 4))) : STR("");
	r->columns = 0;
	return true;
}

static void on_line(struct reader *r, const struct text_line *line)
{
	struct str s = line->text, section = STR("");
	struct stamp stamp;
	ptrdiff_t end;

	if (read_heading(r, s)) {
		close_event(r);
		return;
	}
	if (s.n && s.p[0] == '[' && (end = str_find(s, STR("] "))) > 0 && end < 32) {
		section = str_sub(s, 1, (size_t)end - 1);
		s = str_from(s, (size_t)end + 2);
	}
	if (take_stamp(&s, &stamp)) {
		open_event(r, line, &stamp, s, section);
		return;
	}
	if (str_ifind(line->text, STR("generated using local time")) >= 0)
		r->local_time = true;
	read_offset(r, line);
	read_node(r, line);
	if (r->open && str_trim(line->text).n && r->message.n < 65536) {
		buf_putc(&r->message, '\n');
		buf_puts(&r->message, str_trim(line->text));
	} else if (!r->open) {
		read_block_line(r, line);
	}
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out, .a = m->a, .block = STR("") };
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;

	(void)e;
	while (text_next(t, &line)) {
		on_line(&r, &line);
		if (line.cut)
			sink_note(out, NOTE_LIMIT, line.offset, 0, 0, "a line of %u bytes is cut", line.length);
		if (line.number % COMMIT_LINES == 0) {
			close_event(&r);
			sink_commit_point(out, line.offset);
		}
	}
	close_event(&r);
	buf_free(&r.message);
	text_close(t);
	return 0;
}

static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 16384), line;
	struct stamp stamp;

	if (str_find(rest, STR("[=== Cluster ===]")) >= 0)
		return 95;
	for (int i = 0; i < 40 && str_line(&rest, &line); i++) {
		ptrdiff_t end = line.n && line.p[0] == '[' ? str_find(line, STR("] ")) : -1;

		if (end > 0)
			line = str_from(line, (size_t)end + 2);
		if (take_stamp(&line, &stamp))
			return 90;
	}
	return 0;
}

const struct parser parser_cluster_log = {
	.name = "cluster_log",
	.about = "failover cluster log (Get-ClusterLog), UTC or local, with its state blocks",
	.data_type = "windows:cluster:log",
	.version = 2,
	.text = true,
	.bid = bid,
	.parse = parse,
};
