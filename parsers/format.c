/* SPDX-License-Identifier: Apache-2.0 */
/* Text logs by the formats that were loaded: one event a stamped line, with what follows it. */
#include "parsers/format.h"

#include <stdlib.h>

#include "parsers/format_load.h"
#include "parsers/text.h"

#define BID_LINES 200
#define COMMIT_LINES 1024
#define MESSAGE_BYTES_MAX ((size_t)64 * 1024)

struct reader {
	const struct format *f;
	struct format_engine *g;
	struct sink *out;
	struct format_match m;       /* of the event at hand; its views are into line[at] */
	struct row row;
	struct buf line[2], more;    /* the stamped line and the one looked at; the whole message */
	int at;
	bool open, cut;
	uint64_t before, before_at;  /* lines in front of the first stamp */
	uint64_t last_commit, stopped_line, stopped_at;
};

/* ---- bids ---- */

static bool named(const struct format *f, struct str name)
{
	for (size_t i = 0; i < f->file_count; i++)
		if (str_glob(f->files[i], name))
			return true;
	return false;
}

static bool states_fact(struct format_engine *g, const struct format *f, struct str line)
{
	size_t *ovector;

	for (size_t i = 0; i < f->facts; i++)
		if (format_find(g, &f->fact[i].pattern, line, &ovector))
			return true;
	return false;
}

/* Enough lines of the head fit. */
static bool lines_fit(struct format_engine *g, const struct format *f, struct str text)
{
	struct str line;
	struct format_match m;
	size_t seen = 0, fit = 0;

	for (int i = 0; i < BID_LINES && str_line(&text, &line); i++) {
		if (!str_trim(line).n)
			continue;
		seen++;
		fit += format_line(g, f, line, &m) || states_fact(g, f, line);
		if (fit && !f->share)
			return true;
	}
	return fit && fit * 100 >= seen * f->share;
}

static const struct format *choose(struct str name, struct str text)
{
	struct format_engine *g;
	size_t n, *ovector;
	const struct format *const *list = format_set(&n, &g);

	for (size_t i = 0; text.n && i < n; i++) {
		const struct format *f = list[i];
		bool any = !f->file_count && !f->head.code;

		if (!any && !named(f, name) &&
			!(f->head.code && format_find(g, &f->head, str_sub(text, 0, 16384), &ovector)))
			continue;
		format_name(g, f, name);
		if (lines_fit(g, f, text))
			return f;
	}
	return NULL;
}

const struct format_info *format_for(struct str name, struct str text)
{
	const struct format *f = choose(name, text);

	return f ? &f->info : NULL;
}

static int bid(const struct probe *p)
{
	const struct format *f = choose(p->name, p->text);

	return f ? (int)f->bid : 0;
}

/* ---- rows ---- */

static struct str message_of(const struct reader *r)
{
	return buf_str(&r->more);
}

struct names {
	struct str v[FORMAT_LISTS_MAX + FORMAT_NAMED_MAX];
	size_t n;
};

static bool has_name(const struct names *names, struct str name)
{
	for (size_t i = 0; i < names->n; i++)
		if (str_eq(names->v[i], name))
			return true;
	return false;
}

static bool is_bare_hex(struct str v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!((v.p[i] >= '0' && v.p[i] <= '9') || ((v.p[i] | 32) >= 'a' && (v.p[i] | 32) <= 'f')))
			return false;
	return v.n == 8;
}

static void put_hint(struct reader *r, struct str name, struct str v, struct names *given)
{
	char code[11] = "0x";

	/* "800423F4" alone might be any number: as a code it is written as codes are. */
	if (str_eq(name, STR("code")) && is_bare_hex(v)) {
		memcpy(code + 2, v.p, 8);
		v = str_make(code, 10);
	}
	sink_field_text(r->out, SECTION_EVENTDATA, sink_text(r->out, name), v);
	given->v[given->n++] = name;
}

/* What the line itself tells comes before what the file's name tells. */
static void put_hints(struct reader *r)
{
	struct names given = { .n = 0 };
	size_t *ovector;
	struct group first = { .number = 1 };

	for (size_t i = 0; i < r->f->hints; i++) {
		const struct format_hint *h = &r->f->hint[i];
		struct str v, text = message_of(r);

		if (i && str_eq(h->field, r->f->hint[i - 1].field) &&
			format_find(r->g, &r->f->hint[i - 1].pattern, text, &ovector))
			continue;
		if (!format_find(r->g, &h->pattern, text, &ovector))
			continue;
		v = str_trim(format_group(ovector, &first, text));
		if (v.n)
			put_hint(r, h->field, v, &given);
	}
	for (size_t i = 0; i < r->g->named_count; i++)
		if (!has_name(&given, r->g->named[i].name))
			put_hint(r, r->g->named[i].name, r->g->named[i].value, &given);
}

static uint32_t number_of(struct str s)
{
	uint64_t v;

	return str_to_u64(s, 10, &v) && v <= UINT32_MAX ? (uint32_t)v : 0;
}

static void close_event(struct reader *r)
{
	const struct str *part = r->m.part;
	struct kind k = { .data_type = r->f->data_type, .provider = r->f->provider,
		.source = part[USE_COMPONENT], .computer = part[USE_COMPUTER], .level = r->m.level,
		.id = number_of(part[USE_ID]), .has_id = part[USE_ID].n > 0 && number_of(part[USE_ID]) };

	if (!r->open)
		return;
	r->open = false;
	r->row.kind = sink_kind(r->out, &k);
	r->row.message = message_of(r);
	r->row.pid = number_of(part[USE_PID]);
	r->row.tid = number_of(part[USE_TID]);
	r->row.user = part[USE_USER];
	sink_row(r->out, &r->row);
	for (size_t i = 0; i < r->m.fields; i++)
		sink_field_text(r->out, SECTION_EVENTDATA, sink_text(r->out, r->m.field[i].name),
			r->m.field[i].value);
	put_hints(r);
	if (r->row.basis != BASIS_UTC && part[USE_TIME].n)
		sink_field_text(r->out, SECTION_META, sink_text(r->out, STR("raw_time")), part[USE_TIME]);
	if (r->cut)
		sink_note(r->out, NOTE_LIMIT, r->row.offset, 0, 0,
			"the text of line %llu is cut after %zu bytes", (unsigned long long)r->row.number,
			MESSAGE_BYTES_MAX);
}

static void place_row(struct reader *r, const struct text_line *line)
{
	r->row.number = line->number;
	r->row.offset = line->offset;
	r->row.length = line->length;
	r->row.time_100ns = r->m.time_100ns;
	r->row.basis = r->m.basis;
	r->row.flags = r->m.flags | ROW_LINE;
	r->open = true;
	r->cut = false;
}

/* Between rows, so that what was interned is not held across it. */
static void may_commit(struct reader *r, const struct text_line *line)
{
	if (line->number - r->last_commit < COMMIT_LINES)
		return;
	r->last_commit = line->number;
	sink_commit_point(r->out, line->offset);
}

static void add_text(struct reader *r, struct str s)
{
	size_t room = r->more.n < MESSAGE_BYTES_MAX ? MESSAGE_BYTES_MAX - r->more.n : 0;

	while (s.n > room && room && ((unsigned char)s.p[room] & 0xc0) == 0x80)
		room--;
	r->cut = r->cut || s.n > room;
	buf_put(&r->more, s.p, s.n < room ? s.n : room);
}

static bool open_event(struct reader *r, const struct text_line *line)
{
	struct buf *spare = &r->line[!r->at];
	struct format_match found;

	spare->n = 0;
	buf_puts(spare, line->text);
	if (!format_line(r->g, r->f, buf_str(spare), &found))
		return false;
	close_event(r);
	may_commit(r, line);
	r->at = !r->at;
	r->m = found;
	r->more.n = 0;
	place_row(r, line);
	add_text(r, r->m.part[USE_MESSAGE]);
	return true;
}

/* A line without a stamp: part of the event before, or an event at its time. */
static void on_continuation(struct reader *r, const struct text_line *line)
{
	struct str s = str_trim(line->text);

	if (!s.n)
		return;
	if (!r->open) {
		r->before_at = r->before++ ? r->before_at : line->offset;
		return;
	}
	if (r->f->own) {
		close_event(r);
		may_commit(r, line);
		r->more.n = 0;
		r->m.fields = 0;
		r->m.level = LEVEL_UNKNOWN;
		place_row(r, line);
	} else {
		add_text(r, STR("\n"));
	}
	add_text(r, s);
}

/* A field called …_utc is a time, in one of the format's own patterns; others are text. */
static void put_fact_field(struct reader *r, struct str name, struct str v)
{
	int64_t time;
	uint8_t basis, flags;

	for (size_t i = 0; str_ends(name, STR("_utc")) && i < r->f->times; i++)
		if (format_time(r->f->time[i], v, ZONE_UTC, &time, &basis, &flags)) {
			sink_field_number(r->out, SECTION_EVENTDATA, sink_text(r->out, name), VALUE_TIME,
				(uint64_t)time);
			return;
		}
	sink_field_text(r->out, SECTION_EVENTDATA, sink_text(r->out, name), v);
}

static void put_facts(struct reader *r, const struct text_line *line)
{
	size_t *ovector;

	for (size_t i = 0; i < r->f->facts; i++) {
		const struct format_hint *h = &r->f->fact[i];

		if (!format_find(r->g, &h->pattern, line->text, &ovector))
			continue;
		sink_fact(r->out, h->field, line->number, line->offset);
		for (size_t k = 0; k < h->pattern.groups; k++) {
			struct str v = str_trim(format_group(ovector, &h->pattern.group[k], line->text));

			if (v.n)
				put_fact_field(r, h->pattern.group[k].name, v);
		}
	}
}

static void on_line(struct reader *r, const struct text_line *line)
{
	uint64_t stopped = r->g->stopped;

	if (line->cut)
		sink_note(r->out, NOTE_LIMIT, line->offset, 0, 0, "a line of %u bytes is cut", line->length);
	if (!open_event(r, line))
		on_continuation(r, line);
	put_facts(r, line);
	if (r->g->stopped != stopped && !r->stopped_line) {
		r->stopped_line = line->number;
		r->stopped_at = line->offset;
	}
}

static void tell_rest(struct reader *r, uint64_t stopped_before)
{
	if (r->before)
		sink_note(r->out, NOTE_INFO, r->before_at, 0, 0,
			"%llu lines stand before the first stamp of format %s",
			(unsigned long long)r->before, r->f->info.name);
	if (r->stopped_line)
		sink_note(r->out, NOTE_LIMIT, r->stopped_at, 0, 0,
			"a pattern of format %s ran into its limit %llu times, first in line %llu",
			r->f->info.name, (unsigned long long)(r->g->stopped - stopped_before),
			(unsigned long long)r->stopped_line);
}

/* The choice of the bid again: it depends on name and head alone. */
static const struct format *choose_again(const struct member_view *m)
{
	size_t head = m->held < HEAD_BYTES ? (size_t)m->held : HEAD_BYTES;
	char *text = arena_alloc(m->a, HEAD_BYTES * 3);

	return choose(m->name, str_make(text, text_head(m->data, head, text, HEAD_BYTES * 3)));
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .f = choose_again(m), .out = out };
	struct text_reader *t;
	struct text_line line;
	uint64_t stopped;
	size_t n;

	format_set(&n, &r.g);
	if (!r.f)
		return err_set(e, E_UNSUPPORTED, "no text format fits");
	format_name(r.g, r.f, m->name);
	stopped = r.g->stopped;
	t = text_open(m->data, (size_t)m->held);
	while (text_next(t, &line))
		on_line(&r, &line);
	close_event(&r);
	tell_rest(&r, stopped);
	buf_free(&r.line[0]);
	buf_free(&r.line[1]);
	buf_free(&r.more);
	text_close(t);
	return 0;
}

const struct parser parser_format = {
	.name = "format",
	.about = "text logs by data files (parsers/formats, --formats): vendor logs, setup logs, stamped lines",
	.data_type = "text:*",
	.version = 2,
	.text = true,
	.bid = bid,
	.parse = parse,
};
