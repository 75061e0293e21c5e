/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event records as XML, as `wevtutil qe /f:xml`, Get-WinEvent's ToXml() and Event Viewer give them:
 * <Event> elements one after the other, with or without a root around them, in UTF-8 or UTF-16. Each
 * is read on its own, so that a damaged one costs itself only. No entity is expanded.
 */
#include <expat.h>

#include "parsers/parser.h"
#include "parsers/text.h"

#define RECORD_MAX ((size_t)4 * 1024 * 1024)
#define FIELDS_MAX 4096
#define DEPTH_MAX 32

enum place { IN_OTHER, IN_SYSTEM, IN_EVENT_DATA, IN_USER_DATA, IN_RENDERING };

struct value {
	struct str name, text;
	enum field_section section;
};

/* One record. Texts are of its own arena. */
struct record {
	struct arena *a;
	struct kind kind;
	struct row row;
	struct str wrapper;          /* the element inside UserData */
	VEC(struct value) values;
};

struct reader {
	XML_Parser x;
	struct record *r;
	struct buf text;
	struct str name;             /* of the value being read */
	enum place place;
	unsigned depth;
	bool leaf, stopped;
};

static struct str local_name(const char *name)
{
	const char *colon = strchr(name, ':');

	return str_of(colon ? colon + 1 : name);
}

static struct str attribute(const char **at, const char *name)
{
	for (; at[0]; at += 2)
		if (strcmp(at[0], name) == 0)
			return str_of(at[1]);
	return STR("");
}

static struct str kept(const struct reader *r, struct str s)
{
	return arena_str(r->r->a, s);
}

static uint64_t number_of(struct str s)
{
	uint64_t n = 0;

	if (!str_starts(s, STR("0x")) || !str_to_u64(str_from(s, 2), 16, &n))
		str_to_u64(s, 10, &n);
	return n;
}

static void system_attributes(struct reader *r, struct str name, const char **at)
{
	struct kind *k = &r->r->kind;
	struct row *row = &r->r->row;

	if (str_eq(name, STR("Provider"))) {
		k->provider = kept(r, attribute(at, "Name"));
		k->source = kept(r, attribute(at, "EventSourceName"));
		k->provider_guid = kept(r, attribute(at, "Guid"));
		if (!k->provider.n)
			k->provider = k->source;
	} else if (str_eq(name, STR("EventID"))) {
		k->qualifiers = (uint16_t)number_of(attribute(at, "Qualifiers"));
	} else if (str_eq(name, STR("TimeCreated"))) {
		if (time_parse_rfc3339(attribute(at, "SystemTime"), &row->time_100ns))
			row->basis = BASIS_UTC;
	} else if (str_eq(name, STR("Execution"))) {
		row->pid = (uint32_t)number_of(attribute(at, "ProcessID"));
		row->tid = (uint32_t)number_of(attribute(at, "ThreadID"));
	} else if (str_eq(name, STR("Security"))) {
		row->user = kept(r, attribute(at, "UserID"));
	}
}

static void system_value(struct reader *r, struct str name, struct str v)
{
	struct kind *k = &r->r->kind;
	uint64_t n = number_of(v);

	if (str_eq(name, STR("EventID"))) {
		k->id = (uint32_t)n & 0xffff;
		k->has_id = v.n > 0;
	} else if (str_eq(name, STR("Level"))) {
		k->level = n <= LEVEL_VERBOSE ? (uint8_t)n : LEVEL_UNKNOWN;
	} else if (str_eq(name, STR("Version"))) {
		k->version = (uint8_t)n;
	} else if (str_eq(name, STR("Task"))) {
		k->task = (uint16_t)n;
	} else if (str_eq(name, STR("Opcode"))) {
		k->opcode = (uint8_t)n;
	} else if (str_eq(name, STR("Keywords"))) {
		k->keywords = n;
	} else if (str_eq(name, STR("EventRecordID"))) {
		r->r->row.number = n;
	} else if (str_eq(name, STR("Channel"))) {
		k->channel = kept(r, v);
	} else if (str_eq(name, STR("Computer"))) {
		k->computer = kept(r, v);
	}
}

static enum place place_of(struct str name)
{
	return str_eq(name, STR("System"))	      ? IN_SYSTEM
	       : str_eq(name, STR("EventData"))	      ? IN_EVENT_DATA
	       : str_eq(name, STR("UserData"))	      ? IN_USER_DATA
	       : str_eq(name, STR("RenderingInfo"))   ? IN_RENDERING
						      : IN_OTHER;
}

static void stop(struct reader *r)
{
	r->stopped = true;
	XML_StopParser(r->x, XML_FALSE);
}

static void start(void *to, const char *tag, const char **at)
{
	struct reader *r = to;
	struct str name = local_name(tag);

	if (++r->depth > DEPTH_MAX) {
		stop(r);
		return;
	}
	if (r->depth == 2)
		r->place = place_of(name);
	if (r->depth == 3 && r->place == IN_SYSTEM)
		system_attributes(r, name, at);
	if (r->depth == 3 && r->place == IN_USER_DATA)
		r->r->wrapper = kept(r, name);
	r->name = r->place == IN_EVENT_DATA ? kept(r, attribute(at, "Name")) : kept(r, name);
	r->leaf = true;
	r->text.n = 0;
}

static void put_value(struct reader *r, struct str name, enum field_section section)
{
	struct value v = { name, kept(r, buf_str(&r->text)), section };

	if (r->r->values.n < FIELDS_MAX)
		vec_push(&r->r->values, v);
}

static void end(void *to, const char *tag)
{
	struct reader *r = to;
	struct str name = local_name(tag);

	if (r->leaf && r->depth == 3 && r->place == IN_SYSTEM)
		system_value(r, name, str_trim(buf_str(&r->text)));
	else if (r->leaf && r->depth == 3 && r->place == IN_EVENT_DATA)
		put_value(r, str_eq(name, STR("Binary")) ? STR("Binary") : r->name,
			str_eq(name, STR("Binary")) ? SECTION_BINARY : SECTION_EVENTDATA);
	else if (r->leaf && r->depth >= 4 && r->place == IN_USER_DATA)
		put_value(r, r->name, SECTION_USERDATA);
	else if (r->depth == 3 && r->place == IN_RENDERING && str_eq(name, STR("Message")))
		r->r->row.message = kept(r, buf_str(&r->text));
	r->leaf = false;
	r->text.n = 0;
	r->depth--;
}

static void text(void *to, const char *p, int n)
{
	struct reader *r = to;

	buf_put(&r->text, p, (size_t)n);
}

static void doctype(void *to, const char *name, const char *where, const char *called, int internal)
{
	(void)name;
	(void)where;
	(void)called;
	(void)internal;
	stop(to);
}

static bool read_record(struct record *rec, struct str xml, const char *encoding)
{
	struct reader r = { .x = XML_ParserCreate(encoding), .r = rec };
	bool ok;

	XML_SetUserData(r.x, &r);
	XML_SetElementHandler(r.x, start, end);
	XML_SetCharacterDataHandler(r.x, text);
	XML_SetStartDoctypeDeclHandler(r.x, doctype);
	ok = XML_Parse(r.x, xml.p, (int)xml.n, 1) == XML_STATUS_OK;
	XML_ParserFree(r.x);
	buf_free(&r.text);
	return ok && rec->kind.provider.n && rec->kind.has_id && rec->row.basis == BASIS_UTC;
}

static int nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f' ?
		ascii_lower(c) - 'a' + 10 : -1;
}

static void put_binary(struct sink *out, struct arena *a, struct str hex)
{
	char *bytes = arena_alloc(a, hex.n / 2 + 1);
	size_t n = 0;

	for (size_t i = 0; i + 1 < hex.n; i += 2) {
		int high = nibble(hex.p[i]), low = nibble(hex.p[i + 1]);

		if (high < 0 || low < 0)
			break;
		bytes[n++] = (char)(high << 4 | low);
	}
	sink_field_bytes(out, SECTION_BINARY, sink_text(out, STR("Binary")), VALUE_BINARY, bytes, n);
}

static void give(struct sink *out, struct record *rec, uint64_t offset, size_t length)
{
	rec->kind.data_type = STR("windows:evtx:record");
	rec->row.kind = sink_kind(out, &rec->kind);
	rec->row.offset = offset;
	rec->row.length = (uint32_t)length;
	sink_row(out, &rec->row);
	if (rec->wrapper.n)
		sink_field_text(out, SECTION_USERDATA, sink_text(out, STR("userdata")), rec->wrapper);
	for (size_t i = 0; i < rec->values.n; i++) {
		const struct value *v = &rec->values.v[i];

		if (v->section == SECTION_BINARY)
			put_binary(out, rec->a, v->text);
		else
			sink_field_text(out, v->section, v->name.n ? sink_text(out, v->name) : 0, v->text);
	}
}

/* ---- Where records lie: bytes of one or two a letter ---- */

struct spell {
	char begin[16], end[20];
	size_t begin_n, end_n, unit;
	const char *encoding;
};

static size_t widen(char *out, const char *word, size_t unit)
{
	size_t n = 0;

	for (; *word; word++) {
		out[n++] = *word;
		if (unit == 2)
			out[n++] = 0;
	}
	return n;
}

static struct spell spell_of(const struct member_view *m)
{
	bool wide = m->held >= 4 && ((m->data[0] == 0xff && m->data[1] == 0xfe) ||
					    (m->data[0] == '<' && m->data[1] == 0));
	struct spell s = { .unit = wide ? 2 : 1, .encoding = wide ? "UTF-16LE" : "UTF-8" };

	s.begin_n = widen(s.begin, "<Event", s.unit);
	s.end_n = widen(s.end, "</Event>", s.unit);
	return s;
}

/* The next "<Event " or "<Event>": not "<Events>", not "<EventData>". */
static bool next_record(const struct member_view *m, const struct spell *s, uint64_t *at)
{
	while (*at < m->held) {
		const uint8_t *p = memmem(m->data + *at, m->held - *at, s->begin, s->begin_n), *after;

		if (!p)
			return false;
		after = p + s->begin_n;
		*at = (uint64_t)(p - m->data);
		if (after < m->data + m->held && strchr(" >\r\n\t", *after) && *after)
			return true;
		*at += s->begin_n;
	}
	return false;
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct spell s = spell_of(m);
	uint64_t at = 0, bad = 0, first_bad = 0, given = 0;

	while (next_record(m, &s, &at)) {
		size_t room = m->held - at < RECORD_MAX ? (size_t)(m->held - at) : RECORD_MAX;
		const uint8_t *close = memmem(m->data + at, room, s.end, s.end_n);
		struct record rec = { .a = arena_new(), .kind.level = LEVEL_UNKNOWN };
		size_t n = close ? (size_t)(close - (m->data + at)) + s.end_n : s.begin_n;
		struct str xml = str_make((const char *)m->data + at, n);
		bool ok = close && (read_record(&rec, xml, s.encoding) ||
					   (s.unit == 1 && read_record(&rec, xml, "ISO-8859-1")));

		if (ok)
			give(out, &rec, at, n);
		else if (!bad++)
			first_bad = at;
		given += ok;
		arena_free(rec.a);
		free(rec.values.v);
		at += n;
		sink_commit_point(out, at);
	}
	if (bad)
		sink_note(out, NOTE_DAMAGED, first_bad, 0, bad, "%llu records are no whole XML",
			(unsigned long long)bad);
	return given ? 0 : err_set(e, E_DAMAGED, "no event record in it can be read");
}

static int show(const struct member_view *m, uint64_t number, uint64_t offset, struct buf *out,
	struct err *e)
{
	struct spell s = spell_of(m);
	const uint8_t *close;
	size_t n;
	char *utf8;

	(void)number;
	if (offset >= m->held)
		return err_set(e, E_INPUT, "there is no record at byte %llu", (unsigned long long)offset);
	close = memmem(m->data + offset, m->held - offset, s.end, s.end_n);
	n = close ? (size_t)(close - (m->data + offset)) + s.end_n : (size_t)(m->held - offset);
	utf8 = arena_alloc(m->a, n * 3 + 1);
	buf_put(out, utf8, text_head(m->data + offset, n, utf8, n * 3));
	buf_putc(out, '\n');
	return 0;
}

static int bid(const struct probe *p)
{
	struct str head = str_sub(p->text, 0, 4096);

	if (str_find(head, STR("schemas.microsoft.com/win/2004/08/events/event")) < 0)
		return 0;
	return str_find(head, STR("<Event ")) >= 0 && str_find(head, STR("<System>")) >= 0 ? 90 : 0;
}

const struct parser parser_event_xml = {
	.name = "event_xml",
	.about = "event records as XML (wevtutil /f:xml, ToXml, Event Viewer)",
	.data_type = "windows:evtx:record",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
	.show = show,
};
