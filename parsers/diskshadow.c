/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diskshadow and vshadow: list writers status, the writers' metadata with their components, and list
 * shadows. Values are known by their shape and order: the first GUID is the writer's, the second its
 * instance's; of a shadow copy that of its set, then the provider's.
 *
 *   * WRITER "System Writer"
 *       - Status: 5 (VSS_WS_WAITING_FOR_BACKUP_COMPLETE)
 *       - Writer Failure code: 0x00000000 (S_OK)
 *       - Writer ID: {e8132975-6f93-4464-a53e-1050253ae220}
 *       - Instance ID: {7e631031-c695-4229-9da1-a7de057e64cb}
 *       - Component "System Writer:\System Files"
 *          - Name: 'System Files'
 *          - Logical Path: ''
 *          - Full Path: '\System Files'
 *          - Caption: 'System Files'
 *
 *   * Shadow copy ID = {1d5fadb8-6810-414b-9daf-9abbf1ab7443}   %alias%
 *       - Shadow copy set: {37473471-7399-4f49-b63a-030747186ac1}   %VSS_SHADOW_SET%
 *       - Original volume name: \\?\Volume{66a659a9-0000-0000-0000-602200000000}\ [C:\]
 *       - Creation time: 5/14/2024 3:12:46 AM
 *       - Shadow copy device name: \\?\GLOBALROOT\Device\HarddiskVolumeShadowCopy1
 */
#include "parsers/banner.h"
#include "parsers/label.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

#define COMPONENTS_MAX 2000u
#define QUOTED 4                 /* name, logical path, full path, caption */

struct component {
	struct str path, quoted[QUOTED];
	size_t n;
	uint64_t line, offset;
	bool open;
};

/* A shadow copy's lines, in their order. */
struct shadow {
	char id[GUID_BYTES], set_id[GUID_BYTES], provider_id[GUID_BYTES];
	struct str volume, created, device, machine, service_machine, attributes;
	uint64_t line, offset;
	bool open;
};

struct reader {
	struct sink *out;
	struct arena *a;         /* of the writer or shadow copy at hand */
	bool open, told;
	struct str name, state, code;
	uint64_t state_number;
	char class_id[GUID_BYTES], instance_id[GUID_BYTES];
	unsigned guids;
	uint64_t line, offset, components, left_out;
	struct component c;
	struct shadow s;
};

static void end_component(struct reader *r)
{
	struct component *c = &r->c;

	if (!c->open)
		return;
	c->open = false;
	if (r->components++ >= COMPONENTS_MAX) {
		r->left_out++;
		return;
	}
	sink_fact(r->out, STR("vss.component"), c->line, c->offset);
	sink_put(r->out, "writer", r->name);
	label_put(r->out, "writer_id", str_of(r->class_id));
	label_put(r->out, "path", c->path);
	label_put(r->out, "name", c->quoted[0]);
	label_put(r->out, "caption", c->quoted[3]);
}

/* The writer's own lines end with its first component. */
static void put_writer(struct reader *r)
{
	if (!r->open || r->told || !r->guids)
		return;
	r->told = true;
	sink_fact(r->out, STR("vss.writer"), r->line, r->offset);
	sink_put(r->out, "name", r->name);
	label_put(r->out, "class_id", str_of(r->class_id));
	label_put(r->out, "instance_id", str_of(r->instance_id));
	if (r->state.n) {
		sink_put_u64(r->out, "state_number", r->state_number);
		sink_put(r->out, "state", r->state);
	}
	label_put(r->out, "last_error_code", r->code);
}

static void put_shadow(struct reader *r)
{
	const struct shadow *s = &r->s;
	ptrdiff_t letter = str_find(s->volume, STR(" ["));
	char volume[GUID_BYTES];

	if (!s->open)
		return;
	sink_fact(r->out, STR("vss.shadow"), s->line, s->offset);
	label_put(r->out, "set_id", str_of(s->set_id));
	label_put(r->out, "created_raw", s->created);
	sink_put(r->out, "id", str_of(s->id));
	/* "\\?\Volume{…}\ [C:\]", as vssadmin's "(C:)\\?\Volume{…}\" */
	if (letter > 0 && str_find(s->volume, STR(":\\]")) == letter + 3)
		sink_put(r->out, "volume", str_sub(s->volume, (size_t)letter + 2, 2));
	else
		label_put(r->out, "volume", s->volume);
	if (value_guid(s->volume, volume))
		sink_put(r->out, "volume_guid", str_of(volume));
	label_put(r->out, "device", s->device);
	label_put(r->out, "machine", s->machine);
	label_put(r->out, "service_machine", s->service_machine);
	label_put(r->out, "provider_id", str_of(s->provider_id));
	label_put(r->out, "attributes", s->attributes);
}

/* Ends the writer or shadow copy at hand. */
static void end_object(struct reader *r)
{
	put_writer(r);
	end_component(r);
	put_shadow(r);
	sink_commit_point(r->out, r->offset);
	arena_free(r->a);
	*r = (struct reader){ .out = r->out, .a = arena_new(), .components = r->components,
		.left_out = r->left_out };
}

/* "* Shadow copy ID = {…} %alias%", "* SNAPSHOT ID = {…} ..." */
static bool shadow_line(struct str s, char id[GUID_BYTES])
{
	ptrdiff_t at = str_find(s, STR(" = {"));

	return at > 0 && str_starts(s, STR("* ")) && value_guid(str_from(s, (size_t)at), id);
}

/* '* WRITER "name"', or without the quotes. */
static bool writer_line(struct str s, struct str *name)
{
	ptrdiff_t blank;

	if (!str_starts(s, STR("* ")))
		return false;
	s = str_trim(str_from(s, 2));
	blank = str_chr(s, ' ');
	if (blank <= 0)
		return false;
	*name = value_unquoted(str_trim(str_from(s, (size_t)blank + 1)));
	return name->n > 0;
}

/* '- Component "System Writer:\System Files"' */
static bool component_line(struct reader *r, struct str s, struct str *path)
{
	ptrdiff_t open = str_chr(s, '"'), colon;

	if (open < 3 || s.n < 4 || s.p[s.n - 1] != '"')
		return false;
	s = str_sub(s, (size_t)open + 1, s.n - (size_t)open - 2);
	colon = str_find(s, STR(":\\"));
	if (colon < 0 || !str_eq(str_sub(s, 0, (size_t)colon), r->name))
		return false;
	*path = str_from(s, (size_t)colon + 1);
	return true;
}

/* "5 (VSS_WS_WAITING_FOR_BACKUP_COMPLETE)" */
static bool take_state(struct reader *r, struct str s)
{
	ptrdiff_t at = str_find(s, STR(" (VSS_WS_")), end;
	struct str number = at > 0 ? value_after_colon(str_sub(s, 0, (size_t)at)) : STR("");

	if (at <= 0 || !str_to_u64(number, 10, &r->state_number))
		return false;
	s = str_from(s, (size_t)at + 2);
	end = str_chr(s, ')');
	r->state = arena_str(r->a, end < 0 ? s : str_sub(s, 0, (size_t)end));
	return true;
}

static void take_value(struct reader *r, struct str s)
{
	ptrdiff_t hex = str_find(s, STR(": 0x"));

	if (r->c.open) {
		ptrdiff_t quote = str_find(s, STR(": '"));

		if (quote > 0 && r->c.n < QUOTED)
			r->c.quoted[r->c.n++] = arena_str(r->a, value_unquoted(str_from(s, (size_t)quote + 2)));
	} else if (take_state(r, s)) {
		return;
	} else if (hex > 0 && !r->code.n) {
		r->code = arena_str(r->a, str_sub(s, (size_t)hex + 2, 10));
	} else if (str_chr(s, '{') > 0 && r->guids < 2) {
		/* One that can't be read keeps its place. */
		value_guid(s, r->guids++ ? r->instance_id : r->class_id);
	}
}

static void take_shadow(struct reader *r, struct str s)
{
	struct shadow *h = &r->s;
	struct str v = value_after_colon(s);
	char guid[GUID_BYTES];
	int64_t t;
	uint8_t flags;

	if (!v.n)
		return;
	if (v.p[0] == '{' && value_guid(v, guid))
		memcpy(h->set_id[0] ? h->provider_id : h->set_id, guid, GUID_BYTES);
	else if (!h->created.n && value_date(v, &t, &flags, NULL))
		h->created = arena_str(r->a, v);
	else if (!h->volume.n && str_chr(v, '\\') >= 0)
		h->volume = arena_str(r->a, v);
	else if (!h->device.n && str_chr(v, '\\') >= 0)
		h->device = arena_str(r->a, v);
	else if (h->device.n && !h->service_machine.n && str_chr(v, ' ') < 0)
		*(h->machine.n ? &h->service_machine : &h->machine) = arena_str(r->a, v);
	else if (h->provider_id[0] && !h->attributes.n)
		h->attributes = arena_str(r->a, v);
}

static void begin_shadow(struct reader *r, const struct text_line *line, const char *id)
{
	end_object(r);
	r->s = (struct shadow){ .open = true, .line = line->number, .offset = line->offset };
	memcpy(r->s.id, id, GUID_BYTES);
}

static void take_line(struct reader *r, const struct text_line *line)
{
	struct str s = str_trim(line->text), name, path;
	char id[GUID_BYTES];

	if (shadow_line(s, id)) {
		begin_shadow(r, line, id);
	} else if (r->s.open && str_starts(s, STR("- "))) {
		take_shadow(r, s);
	} else if (writer_line(s, &name)) {
		end_object(r);
		r->open = true;
		r->name = arena_str(r->a, name);
		r->line = line->number;
		r->offset = line->offset;
	} else if (r->open && str_starts(s, STR("- ")) && component_line(r, s, &path)) {
		put_writer(r);
		end_component(r);
		r->c = (struct component){ .open = true, .path = arena_str(r->a, path),
			.line = line->number, .offset = line->offset };
	} else if (r->open && str_starts(s, STR("- "))) {
		take_value(r, s);
	}
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out, .a = arena_new() };
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;
	struct banner banner = { 0 };

	(void)e;
	while (text_next(t, &line)) {
		banner_line(&banner, out, line.text, line.number, line.offset);
		take_line(&r, &line);
	}
	end_object(&r);
	if (r.left_out)
		sink_note(out, NOTE_LIMIT, 0, 0, r.left_out, "%llu more components are not told",
			(unsigned long long)r.left_out);
	text_close(t);
	arena_free(r.a);
	return 0;
}

/* A writer's or a shadow copy's line, and a GUID among the next. */
static int bid(const struct probe *p)
{
	struct str rest = p->text, line, name;
	char guid[GUID_BYTES];
	int after = 0;

	while (str_line(&rest, &line)) {
		struct str s = str_trim(line);

		if (writer_line(s, &name) || shadow_line(s, guid))
			after = 6;
		else if (after-- > 0 && str_starts(s, STR("- ")) && value_guid(s, guid))
			return 86;
	}
	return 0;
}

const struct parser parser_diskshadow = {
	.name = "diskshadow",
	.about = "diskshadow and vshadow: state of the writers, their components, shadow copies",
	.data_type = "fact",
	.version = 2,
	.text = true,
	.bid = bid,
	.parse = parse,
};
