/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mpclaim -s -d, -s -d N and -v: MPIO disks and their paths.
 *
 *   MPIO Disk1   Disk 2       RR           Microsoft DSM
 *
 *   MPIO Disk1: 02 Paths, Round Robin, Symmetric Access
 *    Controlling DSM: Microsoft DSM
 *    SN: 6002AE000000013B006E3B
 *   0000000077030002 Active/Optimized   003|000|002|000   0
 */
#include <stdlib.h>

#include "parsers/label.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

#define PATHS_MAX 256

struct path {
	struct str id, state;
	uint64_t address[4];     /* port, bus, target, LUN */
	uint64_t line, offset;
};

struct reader {
	struct sink *out;
	struct arena *a;
	bool open, two_words;    /* two_words: a state "A/B" was seen */
	struct str disk, policy, serial, dsm, access;
	uint64_t count, line, offset;
	VEC(struct path) paths;
};

/* "MPIO Disk12" in any language: the number behind the name. */
static struct str disk_number(struct str s)
{
	size_t i = s.n;

	while (i && s.p[i - 1] >= '0' && s.p[i - 1] <= '9')
		i--;
	return str_from(s, i);
}

/* "003|000|002|000" */
static bool address(struct str s, uint64_t out[4])
{
	struct str part;
	size_t n = 0;

	while (str_split(&s, '|', &part))
		if (n == 4 || part.n != 3 || !str_to_u64(part, 10, &out[n++]))
			return false;
	return n == 4;
}

static bool path_line(struct str line, struct path *p)
{
	struct str rest = str_trim(line), word;
	size_t at = 0;
	uint64_t id;

	if (rest.n < 30 || !str_split(&rest, ' ', &p->id) || p->id.n != 16 ||
		!str_to_u64(p->id, 16, &id))
		return false;
	while (at < rest.n && str_chr(str_from(rest, at), '|') >= 0) {
		ptrdiff_t blank = str_chr(str_from(rest, at), ' ');

		word = blank < 0 ? str_from(rest, at) : str_sub(rest, at, (size_t)blank);
		if (address(word, p->address)) {
			p->state = str_trim(str_sub(rest, 0, at));
			return true;
		}
		at += word.n + 1;
	}
	return false;
}

static void put_paths(struct reader *r)
{
	for (size_t i = 0; i < r->paths.n; i++) {
		const struct path *p = &r->paths.v[i];

		sink_fact(r->out, STR("mpio.path"), p->line, p->offset);
		sink_put(r->out, "disk", r->disk);
		sink_put(r->out, "path_id", p->id);
		label_put(r->out, "state", p->state);
		sink_put_u64(r->out, "port", p->address[0]);
		sink_put_u64(r->out, "target", p->address[2]);
		sink_put_u64(r->out, "lun", p->address[3]);
	}
}

/*
 * Only active paths have a state of two words, "Active/Optimized", in any language. Where no path shows
 * that, words of another language stay unknown, and so does the count.
 */
static bool count_active(struct reader *r, uint64_t *active)
{
	static const char *const others[] = { "Standby", "Unavailable", "Failed", "Transitioning", "Removed",
		"Pending" };

	*active = 0;
	for (size_t i = 0; i < r->paths.n; i++)
		r->two_words |= str_chr(r->paths.v[i].state, '/') > 0;
	for (size_t i = 0; i < r->paths.n; i++) {
		struct str state = r->paths.v[i].state;
		bool up = str_chr(state, '/') > 0 || str_istarts(state, STR("Active"));
		bool known = up || (r->two_words && state.n);

		*active += up;
		for (size_t k = 0; k < sizeof(others) / sizeof(others[0]); k++)
			known |= str_istarts(state, str_of(others[k]));
		if (!known)
			return false;
	}
	return r->paths.n > 0;
}

static void end_disk(struct reader *r)
{
	uint64_t active;

	if (!r->open)
		return;
	r->open = false;
	sink_fact(r->out, STR("mpio.disk"), r->line, r->offset);
	sink_put(r->out, "disk", r->disk);
	sink_put_u64(r->out, "paths", r->count);
	if (count_active(r, &active) && r->paths.n == r->count)
		sink_put_u64(r->out, "active_paths", active);
	label_put(r->out, "policy", r->policy);
	label_put(r->out, "access", r->access);
	label_put(r->out, "dsm", r->dsm);
	label_put(r->out, "serial", r->serial);
	put_paths(r);
	r->paths.n = 0;
	r->serial = r->dsm = STR("");
}

/* "MPIO Disk0: 04 Paths, Round Robin, Symmetric Access" */
static bool disk_line(struct reader *r, const struct text_line *line)
{
	struct str s = str_trim(line->text), rest, word;
	ptrdiff_t colon = str_find(s, STR(": "));
	uint64_t paths;

	if (!str_istarts(s, STR("MPIO")) || colon < 6)
		return false;
	rest = str_trim(str_from(s, (size_t)colon + 2));
	if (!disk_number(str_sub(s, 0, (size_t)colon)).n || !str_split(&rest, ' ', &word) ||
		!str_to_u64(word, 10, &paths))
		return false;
	end_disk(r);
	r->open = true;
	r->disk = arena_str(r->a, disk_number(str_sub(s, 0, (size_t)colon)));
	r->count = paths;
	str_split(&rest, ',', &word);
	r->policy = str_split(&rest, ',', &word) ? arena_str(r->a, str_trim(word)) : STR("");
	r->access = arena_str(r->a, str_trim(rest));
	r->line = line->number;
	r->offset = line->offset;
	return true;
}

/* Columns apart by two blanks or more. */
static bool next_column(struct str *rest, struct str *column)
{
	ptrdiff_t gap;

	*rest = str_trim(*rest);
	gap = str_find(*rest, STR("  "));
	*column = gap < 0 ? *rest : str_sub(*rest, 0, (size_t)gap);
	*rest = str_from(*rest, column->n);
	return column->n > 0;
}

static void summary_line(struct reader *r, const struct text_line *line)
{
	struct str rest = line->text, disk, windows, policy, dsm;
	uint64_t number;

	if (!str_istarts(str_trim(rest), STR("MPIO")) || !next_column(&rest, &disk) ||
		!next_column(&rest, &windows) || !next_column(&rest, &policy) ||
		!next_column(&rest, &dsm) || !disk_number(disk).n)
		return;
	sink_fact(r->out, STR("mpio.disk"), line->number, line->offset);
	sink_put(r->out, "disk", disk_number(disk));
	if (str_to_u64(disk_number(windows), 10, &number))
		sink_put_u64(r->out, "number", number);
	sink_put(r->out, "policy", policy);
	sink_put(r->out, "dsm", dsm);
}

static void take_line(struct reader *r, const struct text_line *line)
{
	struct path p = { 0 };
	struct str s = str_trim(line->text);

	if (disk_line(r, line))
		return;
	if (!r->open) {
		summary_line(r, line);
	} else if (path_line(line->text, &p)) {
		p.id = arena_str(r->a, p.id);
		p.state = arena_str(r->a, p.state);
		p.line = line->number;
		p.offset = line->offset;
		if (r->paths.n < PATHS_MAX)
			vec_push(&r->paths, p);
	} else if (str_starts(s, STR("SN:"))) {
		r->serial = arena_str(r->a, value_after_colon(s));
	} else if (!r->dsm.n && !r->serial.n && value_after_colon(s).n) {
		r->dsm = arena_str(r->a, value_after_colon(s));
	}
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out, .a = m->a };
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;

	(void)e;
	while (text_next(t, &line))
		take_line(&r, &line);
	end_disk(&r);
	text_close(t);
	free(r.paths.v);
	return 0;
}

static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 16384), line;
	struct path path;
	bool mpio = false;

	while (str_line(&rest, &line)) {
		struct str s = str_trim(line);

		if (str_istarts(s, STR("MPIO")) && s.n > 10 && s.p[s.n - 1] != ':')
			mpio = true;
		if (mpio && (path_line(line, &path) || str_starts(s, STR("---------------"))))
			return 75;
	}
	return 0;
}

const struct parser parser_mpclaim = {
	.name = "mpclaim",
	.about = "mpclaim -s -d and -v: MPIO disks, their paths and what state these are in",
	.data_type = "fact",
	.version = 2,
	.text = true,
	.bid = bid,
	.parse = parse,
};
