/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systeminfo, in any language: labels end in a colon and are padded to a column, so rows are known by
 * what their values look like and by their order:
 *
 *   Host Name:                 HV01
 *   OS Name:                   Microsoft Windows Server 2022 Datacenter
 *   OS Version:                10.0.20348 N/A Build 20348
 *   …
 *   System Locale:             de;German (Germany)
 *   Time Zone:                 (UTC+01:00) Amsterdam, Berlin, …
 *   Hotfix(s):                 3 Hotfix(s) Installed.
 *                              [01]: KB5012345
 */
#include "parsers/label.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

#define DATES_MAX 2

struct reader {
	struct sink *out;
	struct str name, os, version, culture, zone, date[DATES_MAX];
	size_t dates;
	bool booted;             /* the last date is when it started */
	uint64_t line, offset, clock_line, clock_offset;
};

/* The value behind "label:  value"; the label's colon is followed by blanks. */
static struct str value_of(struct str line)
{
	ptrdiff_t at = str_find(line, STR(": "));

	if (value_indent(line) > 0 || at <= 0)
		return STR("");
	return str_trim(str_from(line, (size_t)at + 2));
}

static bool is_version(struct str v)
{
	return str_starts(v, STR("10.0.")) || str_starts(v, STR("6."));
}

/* "de;German (Germany)", "en-gb;English" */
static bool is_locale(struct str v)
{
	ptrdiff_t at = str_chr(v, ';');

	return at >= 2 && at <= 10 && str_chr(str_sub(v, 0, (size_t)at), ' ') < 0;
}

static void read_hotfix(struct reader *r, const struct text_line *line)
{
	struct str v = value_after_colon(line->text);

	if (!str_istarts(v, STR("KB")) || value_indent(line->text) == 0)
		return;
	sink_fact(r->out, STR("host.hotfix"), line->number, line->offset);
	sink_put(r->out, "id", v);
}

/* A selection of lines may begin with another value. */
static bool is_host_name(struct str v)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] == ' ' || v.p[i] == ',' || v.p[i] == '/' || v.p[i] == '\\' || v.p[i] == ':' || v.p[i] == ';')
			return false;
	return v.n <= 63;
}

static void read_value(struct reader *r, const struct text_line *line, struct str v, struct arena *a)
{
	int64_t t;
	uint8_t flags;
	struct str rest;

	if (!r->line) {
		r->name = is_host_name(v) ? arena_str(a, v) : STR("");
		r->line = line->number;
		r->offset = line->offset;
		if (r->name.n)
			return;
	}
	if (!r->os.n && str_ifind(v, STR("Windows")) >= 0) {
		r->os = arena_str(a, v);
	} else if (!r->version.n && is_version(v)) {
		r->version = arena_str(a, v);
	} else if (!r->culture.n && is_locale(v)) {
		r->booted |= r->dates > 0;
		r->culture = arena_str(a, str_sub(v, 0, (size_t)str_chr(v, ';')));
	} else if (!r->zone.n && (str_starts(v, STR("(UTC")) || str_starts(v, STR("(GMT")))) {
		r->zone = arena_str(a, v);
		r->clock_line = line->number;
		r->clock_offset = line->offset;
	} else if (r->dates < DATES_MAX && value_date(v, &t, &flags, &rest)) {
		r->date[r->dates++] = arena_str(a, v);
		r->booted |= str_find(line->text, STR("Boot")) >= 0;
	}
}

static void put_facts(struct reader *r)
{
	ptrdiff_t build = str_rchr(r->version, ' ');

	if (r->name.n || r->os.n || r->dates) {
		sink_fact(r->out, STR("host.info"), r->line, r->offset);
		label_put(r->out, "name", r->name);
		label_put(r->out, "os", r->os);
		label_put(r->out, "version", r->version);
		if (build > 0)
			sink_put(r->out, "build", str_from(r->version, (size_t)build + 1));
		/* Installed first, booted last; of one alone the lines behind it tell that it is the second. */
		if (r->dates > 1 || (r->dates && !r->booted))
			sink_put(r->out, "install_time_raw", r->date[0]);
		if (r->dates > 1 || r->booted)
			sink_put(r->out, "boot_time_raw", r->date[r->dates - 1]);
	}
	if (r->zone.n || r->culture.n) {
		sink_fact(r->out, STR("host.clock"), r->clock_line, r->clock_offset);
		if (r->zone.n)
			sink_put(r->out, "zone", r->zone);
		if (r->culture.n)
			sink_put(r->out, "culture", r->culture);
	}
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out };
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;

	(void)e;
	while (text_next(t, &line)) {
		struct str v = value_of(line.text);

		if (v.n)
			read_value(&r, &line, v, m->a);
		else
			read_hotfix(&r, &line);
	}
	put_facts(&r);
	text_close(t);
	return 0;
}

/* A label column with a Windows version and a time zone in it. */
static int bid(const struct probe *p)
{
	struct str head = str_sub(p->text, 0, 8192);
	bool zone = str_find(head, STR("(UTC")) >= 0 || str_find(head, STR("(GMT")) >= 0;
	bool windows = str_find(head, STR("Microsoft Windows")) >= 0;
	bool version = str_find(head, STR(" 10.0.")) >= 0 || str_find(head, STR(" 6.")) >= 0;

	if (windows && version && zone && str_find(head, STR(":  ")) >= 0)
		return 75;
	return str_ifind(p->name, STR("systeminfo")) >= 0 && str_find(head, STR(":  ")) >= 0 ? 60 : 0;
}

const struct parser parser_systeminfo = {
	.name = "systeminfo",
	.about = "systeminfo in any language: host, version, boot time, zone, culture, hotfixes",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
