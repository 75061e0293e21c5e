/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fltmc filters, instances and volumes, alone or one behind the other in one file, in any language:
 *
 *   Filter Name                     Num Instances    Altitude    Frame
 *   ------------------------------  -------------  ------------  -----
 *   bindflt                                 1       409800         0
 *   cbfsconnect2017                                             <Legacy>
 *
 * The ruler gives the columns and their number the table; titles are never read.
 */
#include "parsers/parser.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

#define COLUMNS_MAX 8
#define FIRST_DASHES 16      /* PowerShell's rulers are as wide as a word, these are wider */
#define COMMIT_LINES 1024

struct ruler {
	size_t start[COLUMNS_MAX];
	size_t n;
};

static bool is_blank(struct str s, size_t i)
{
	return i >= s.n || s.p[i] == ' ' || s.p[i] == '\t';
}

/* Nothing but dashes and blanks, four groups or more, the first one wide. */
static bool read_ruler(struct str line, struct ruler *r)
{
	size_t first = 0;

	*r = (struct ruler){ 0 };
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] != '-' && line.p[i] != ' ')
			return false;
		if (line.p[i] == '-' && (i == 0 || line.p[i - 1] == ' ')) {
			if (r->n == COLUMNS_MAX)
				return false;
			r->start[r->n++] = i;
		}
		first += line.p[i] == '-' && r->n == 1;
	}
	return r->n >= 4 && first >= FIRST_DASHES;
}

/* A value that is wider than its column moves the cut behind itself. */
static void cut_columns(const struct ruler *r, struct str line, struct str out[COLUMNS_MAX])
{
	size_t from = 0;

	for (size_t i = 0; i < r->n; i++) {
		size_t to = i + 1 < r->n ? r->start[i + 1] : line.n;

		if (to < from)
			to = from;
		while (to > 0 && to < line.n && !is_blank(line, to) && !is_blank(line, to - 1))
			to++;
		if (to > line.n)
			to = line.n;
		out[i] = str_trim(str_sub(line, from, to - from));
		from = to;
	}
}

/* "409800", "385250.5" */
static bool is_number(struct str s)
{
	size_t digits = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.' && i > 0 && i + 1 < s.n)
			continue;
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		digits++;
	}
	return digits > 0;
}

/* Takes the last word off. */
static struct str take_last(struct str *s)
{
	size_t i;

	*s = str_trim(*s);
	for (i = s->n; i > 0 && !is_blank(*s, i - 1); i--)
		;
	{
		struct str word = str_from(*s, i);

		*s = str_trim(str_sub(*s, 0, i));
		return word;
	}
}

struct filter {
	struct str name, instances, altitude, frame;
	bool legacy;
};

/* Read from the right, since numbers are centred and names may be wider than the ruler. */
static bool read_filter(struct str line, struct filter *f)
{
	*f = (struct filter){ .frame = take_last(&line) };
	if (str_eq(f->frame, STR("<Legacy>"))) {
		*f = (struct filter){ .name = line, .legacy = true };
		return line.n > 0;
	}
	f->altitude = take_last(&line);
	f->instances = take_last(&line);
	f->name = line;
	return f->name.n && is_number(f->frame) && is_number(f->altitude) && is_number(f->instances);
}

static void put(struct sink *out, const char *name, struct str v)
{
	if (v.n)
		sink_put(out, name, v);
}

static bool give_filter(struct sink *out, const struct text_line *line)
{
	struct filter f;

	if (!read_filter(line->text, &f))
		return false;
	sink_fact(out, STR("filter"), line->number, line->offset);
	put(out, "name", f.name);
	put(out, "altitude", f.altitude);
	put(out, "instances", f.instances);
	put(out, "frame", f.frame);
	if (f.legacy)
		put(out, "legacy", STR("true"));
	return true;
}

static bool is_volume(const struct str c[COLUMNS_MAX])
{
	return str_starts(c[1], STR("\\Device\\"));
}

/* fltmc volumes: DOS name (may be empty), device, file system, status. */
static bool give_volume(struct sink *out, const struct text_line *line, const struct str *c)
{
	if (!is_volume(c))
		return false;
	sink_fact(out, STR("volume"), line->number, line->offset);
	put(out, "letter", c[0]);
	put(out, "path", c[1]);
	put(out, "file_system", c[2]);
	put(out, "health", c[3]);
	return true;
}

/* Filter, volume (may be empty), altitude, instance, frame … */
static bool give_instance(struct sink *out, const struct text_line *line, const struct str *c)
{
	if (!c[0].n || !is_number(c[2]))
		return false;
	sink_fact(out, STR("filter.instance"), line->number, line->offset);
	put(out, "name", c[0]);
	put(out, "volume", c[1]);
	put(out, "altitude", c[2]);
	put(out, "instance", c[3]);
	put(out, "frame", c[4]);
	return true;
}

static bool give_row(struct sink *out, const struct ruler *r, const struct text_line *line)
{
	struct str c[COLUMNS_MAX] = { 0 };

	cut_columns(r, line->text, c);
	if (r->n == 4)
		return give_volume(out, line, c) || give_filter(out, line);
	return give_instance(out, line, c);
}

/* "Filter listing failed with error: 0x80070005" in any language: the tool ran and gave nothing. */
static void read_failure(struct sink *out, const struct text_line *line)
{
	ptrdiff_t at = str_find(line->text, STR("0x8"));
	struct str code = at < 0 ? STR("") : str_sub(line->text, (size_t)at, 10);
	uint64_t v;

	if (code.n != 10 || !str_to_u64(str_from(code, 2), 16, &v))
		return;
	sink_fact(out, STR("collection.loss"), line->number, line->offset);
	sink_put(out, "command", STR("fltmc"));
	sink_put(out, "error", code);
}

static void on_line(struct sink *out, struct ruler *r, const struct text_line *line)
{
	struct ruler found;

	if (read_ruler(line->text, &found)) {
		*r = found;
		return;
	}
	if (!str_trim(line->text).n) {
		r->n = 0;
		return;
	}
	if (r->n == 0) {
		read_failure(out, line);
	} else if (!give_row(out, r, line)) {
		sink_note(out, NOTE_DAMAGED, line->offset, line->length, 1,
			"line %llu is no row of the table it stands in", (unsigned long long)line->number);
	}
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;
	struct ruler r = { 0 };

	(void)e;
	while (text_next(t, &line)) {
		if (line.number % COMMIT_LINES == 0)
			sink_commit_point(out, line.offset);
		on_line(out, &r, &line);
	}
	text_close(t);
	return 0;
}

static bool row_fits(const struct ruler *r, struct str line)
{
	struct str c[COLUMNS_MAX] = { 0 };
	struct filter f;

	cut_columns(r, line, c);
	if (r->n == 4)
		return is_volume(c) || read_filter(line, &f);
	return r->n >= 6 && is_number(c[2]) && is_number(c[4]);
}

static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 16384), line;
	struct ruler r;
	bool named = str_ifind(p->name, STR("fltmc")) >= 0;

	if (named && str_find(rest, STR("0x8")) >= 0 && p->size < 4096)
		return 70;
	while (str_line(&rest, &line)) {
		if (!read_ruler(line, &r))
			continue;
		if (str_line(&rest, &line) && row_fits(&r, line))
			return named ? 90 : 75;
	}
	return 0;
}

const struct parser parser_fltmc = {
	.name = "fltmc",
	.about = "fltmc filters, instances, volumes in any language: the file system filters in place",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
