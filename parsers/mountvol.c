/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mountvol in any language, and dosdev: which volume has which letter.
 *
 *     \\?\Volume{2eca078d-5cbc-43d3-aff8-7e8511f60d0e}\
 *         C:\
 *
 *   C: = \Device\HarddiskVolume3
 *   Volume{2eca078d-5cbc-43d3-aff8-7e8511f60d0e} = \Device\HarddiskVolume3
 */
#include <stdlib.h>

#include "parsers/label.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

#define DEVICES_MAX 2000

struct device {
	struct str path, letter, guid;
	uint64_t line, offset;
};

struct reader {
	struct sink *out;
	struct arena *a;
	struct str guid;
	size_t indent;
	uint64_t line, offset;
	bool told;
	VEC(struct device) devices;
};

static bool is_volume_name(struct str s)
{
	char guid[GUID_BYTES];

	return str_istarts(s, STR("\\\\?\\Volume{")) && s.n <= 50 && value_guid(s, guid);
}

static bool is_letter(struct str s)
{
	return s.n >= 2 && s.n <= 3 && s.p[1] == ':' && ascii_lower(s.p[0]) >= 'a' &&
	       ascii_lower(s.p[0]) <= 'z';
}

static void put_volume(struct reader *r, struct str path)
{
	char guid[GUID_BYTES];

	sink_fact(r->out, STR("volume"), r->line, r->offset);
	if (value_guid(r->guid, guid))
		sink_put(r->out, "guid", str_of(guid));
	if (is_letter(path))
		sink_put(r->out, "letter", str_sub(path, 0, 1));
	label_put(r->out, "path", path);
	r->told = true;
}

static void end_volume(struct reader *r)
{
	if (r->guid.n && !r->told)
		put_volume(r, STR(""));
	r->guid = STR("");
}

/* "name = \Device\…": letters and names of one device meet in one fact. */
static void take_device(struct reader *r, const struct text_line *line)
{
	ptrdiff_t eq = str_find(line->text, STR(" = \\Device\\"));
	struct str name, path;
	struct device *d = NULL;
	char guid[GUID_BYTES];

	if (eq <= 0)
		return;
	name = str_trim(str_sub(line->text, 0, (size_t)eq));
	path = str_trim(str_from(line->text, (size_t)eq + 3));
	if (str_chr(path, ' ') > 0)
		path = str_sub(path, 0, (size_t)str_chr(path, ' '));
	if (str_ifind(path, STR("\\Device\\HarddiskVolume")) != 0 || (!is_letter(name) && !value_guid(name, guid)))
		return;
	for (size_t i = 0; i < r->devices.n && !d; i++)
		if (str_ieq(r->devices.v[i].path, path))
			d = &r->devices.v[i];
	if (!d && r->devices.n < DEVICES_MAX) {
		struct device fresh = { .path = arena_str(r->a, path), .line = line->number,
			.offset = line->offset };

		vec_push(&r->devices, fresh);
		d = &r->devices.v[r->devices.n - 1];
	}
	if (d && is_letter(name))
		d->letter = arena_str(r->a, str_sub(name, 0, 1));
	else if (d && value_guid(name, guid))
		d->guid = arena_str(r->a, str_of(guid));
}

static void take_line(struct reader *r, const struct text_line *line)
{
	struct str s = str_trim(line->text);

	if (is_volume_name(s)) {
		end_volume(r);
		r->guid = arena_str(r->a, s);
		r->indent = value_indent(line->text);
		r->line = line->number;
		r->offset = line->offset;
		r->told = false;
	} else if (r->guid.n && s.n && value_indent(line->text) > r->indent) {
		put_volume(r, s.p[0] == '*' ? STR("") : s);
	} else if (s.n) {
		end_volume(r);
		take_device(r, line);
	}
}

static void put_devices(struct reader *r)
{
	for (size_t i = 0; i < r->devices.n; i++) {
		const struct device *d = &r->devices.v[i];

		sink_fact(r->out, STR("volume"), d->line, d->offset);
		label_put(r->out, "letter", d->letter);
		label_put(r->out, "guid", d->guid);
		sink_put(r->out, "device", d->path);
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
	end_volume(&r);
	put_devices(&r);
	text_close(t);
	free(r.devices.v);
	return 0;
}

static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 16384), line, before = STR("");
	size_t devices = 0;

	while (str_line(&rest, &line)) {
		struct str s = str_trim(line);

		if (is_volume_name(str_trim(before)) && s.n && (s.p[0] == '*' || (s.n > 2 && s.p[1] == ':')) &&
			value_indent(line) > value_indent(before))
			return 72;
		devices += str_find(line, STR(" = \\Device\\")) > 0;
		if (devices >= 3)
			return 65;
		before = s.n ? line : before;
	}
	return 0;
}

const struct parser parser_mountvol = {
	.name = "mountvol",
	.about = "mountvol in any language, and dosdev: volumes, their letters and devices",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
