/* SPDX-License-Identifier: Apache-2.0 */
/* Small cases from the rows that a test in a knowledge file lists. */
#include <stdlib.h>

#include "analyzer/correlate/knowledge_test.h"

#define FIRST_100NS (INT64_C(133601472000000000))   /* 2024-05-14T00:00:00Z */
#define NUMBER_FIRST 1

struct maker {
	struct kb_case *out;
	const struct kb_test *t;
	struct kb_vary vary;
	struct err *e;
	struct map *members;         /* "HOST/channel" in order of first sight */
	size_t seen;                 /* rows listed */
};

struct spec {
	const struct yaml *at;
	int64_t time_100ns;
	uint32_t member;
	size_t order;
};

/* Seconds with a sign and up to three decimals, or a duration: 90, -1.5, 10m, -2h. */
static bool read_at(struct str s, int64_t *ticks)
{
	static const struct {
		char unit;
		int64_t ticks;
	} units[] = { { 's', TICKS_SECOND }, { 'm', TICKS_MINUTE }, { 'h', TICKS_HOUR },
		{ 'd', TICKS_DAY } };
	int64_t unit = TICKS_SECOND, whole, part = 0, scale = 1;
	bool minus = str_starts(s, STR("-"));
	struct str left;

	s = str_from(s, minus ? 1 : 0);
	for (size_t i = 0; s.n && i < 4; i++)
		if (s.p[s.n - 1] == units[i].unit) {
			unit = units[i].ticks;
			s.n--;
			break;
		}
	if (!str_split(&s, '.', &left) || !str_to_i64(left, &whole))
		return false;
	for (size_t i = 0; i < s.n && i < 6; i++)
		scale *= 10;
	if (s.n && (s.n > 6 || !str_to_i64(s, &part)))
		return false;
	*ticks = (minus ? -1 : 1) * (whole * unit + part * unit / scale);
	return true;
}

static struct str member_key(struct maker *m, const struct yaml *at)
{
	struct str host = yaml_text(at, "host", STR("HV01")), file = yaml_text(at, "fact", STR(""));

	if (file.n)
		return arena_printf(m->out->ev.a, "%.*s/~%.*s", STR_ARG(host), STR_ARG(file));
	file = yaml_text(at, "channel", yaml_text(at, "data_type", STR("System")));
	return arena_printf(m->out->ev.a, "%.*s/%.*s", STR_ARG(host), STR_ARG(file));
}

static int check_keys(struct maker *m, const struct yaml *at)
{
	static const char *const keys[] = { "at", "host", "provider", "source", "id", "channel", "level",
		"data", "fields", "message", "user", "pid", "fact", "computer", "data_type", "task",
		NULL };

	return yaml_only(m->e, m->t->place.file, at, keys);
}

static int by_member(const void *a, const void *b)
{
	const struct spec *x = a, *y = b;

	if (x->member != y->member)
		return x->member < y->member ? -1 : 1;
	if (x->time_100ns != y->time_100ns)
		return x->time_100ns < y->time_100ns ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static uint64_t number_of(const struct yaml *at, const char *key, uint64_t otherwise)
{
	uint64_t v;

	return str_to_u64(yaml_text(at, key, STR("")), 10, &v) ? v : otherwise;
}

static void put_kind(struct maker *m, struct sink *s, const struct yaml *at, struct row *r)
{
	struct kind k = { .provider = yaml_text(at, "provider", STR("")),
		.source = yaml_text(at, "source", STR("")),
		.channel = yaml_text(at, "channel", STR("")),
		.data_type = yaml_text(at, "data_type", STR("windows:evtx:record")),
		.computer = yaml_text(at, "computer", yaml_text(at, "host", STR("HV01"))),
		.level = (uint8_t)number_of(at, "level", LEVEL_ERROR) };

	if (m->vary.suffix)
		k.computer = arena_printf(m->out->ev.a, "%.*s%s", STR_ARG(k.computer), m->vary.suffix);
	k.has_id = yaml_get(at, "id") != NULL;
	k.id = (uint32_t)number_of(at, "id", 0);
	if (yaml_get(at, "fact")) {
		k = (struct kind){ .data_type = STR("fact"), .computer = k.computer,
			.provider = yaml_text(at, "fact", STR("")), .level = LEVEL_UNKNOWN };
		r->flags = ROW_FACT | ROW_LINE;
		r->basis = BASIS_NONE;
		r->time_100ns = TIME_NONE;
	} else if (!k.channel.n && str_eq(k.data_type, STR("windows:evtx:record"))) {
		k.channel = STR("System");
	}
	r->kind = sink_kind(s, &k);
}

static void put_fields(struct sink *s, const struct yaml *at)
{
	const struct yaml *data = yaml_get(at, "data"), *fields = yaml_get(at, "fields");

	for (const struct yaml *c = data ? data->first : NULL; c; c = c->next)
		sink_field_text(s, SECTION_EVENTDATA, data->kind == YAML_MAP ? sink_text(s, c->key) : 0,
			c->text);
	for (const struct yaml *c = fields ? fields->first : NULL; c; c = c->next)
		sink_field_text(s, SECTION_EVENTDATA, sink_text(s, c->key), c->text);
}

static void put_row(struct maker *m, struct sink *s, const struct spec *spec, uint64_t number)
{
	const struct yaml *at = spec->at;
	struct row r = { .time_100ns = FIRST_100NS + spec->time_100ns, .number = number,
		.offset = number * 512, .basis = BASIS_UTC, .user = yaml_text(at, "user", STR("")),
		.message = yaml_text(at, "message", STR("")),
		.pid = (uint32_t)number_of(at, "pid", 0) };

	put_kind(m, s, at, &r);
	sink_row(s, &r);
	put_fields(s, at);
}

static void make_members(struct maker *m, const char *prefix, const struct spec *list, size_t n)
{
	for (size_t i = 0; i < n;) {
		struct member member = { .path = map_key(m->members, list[i].member),
			.type = STR("evtx"), .parser = STR("evtx"), .status = MEMBER_PARSED };
		uint64_t number = NUMBER_FIRST;
		struct sink *s;
		size_t end = i;

		member.path = arena_printf(m->out->ev.a, "%s%.*s", prefix, STR_ARG(member.path));
		member.name = member.path;
		vec_push(&m->out->ev.members, member);
		s = sink_new("evtx", 1, evidence_take, &m->out->ev);
		for (; end < n && list[end].member == list[i].member; end++)
			put_row(m, s, &list[end], number++);
		sink_finish(s);
		sink_free(s);
		i = end;
	}
}

/* Rows of a provider that nobody knows, over the span of the others. */
static void make_noise(struct maker *m, const struct spec *list, size_t n)
{
	struct member member = { .path = STR("noise"), .name = STR("noise"), .type = STR("evtx"),
		.parser = STR("evtx"), .status = MEMBER_PARSED };
	int64_t from = n ? list[0].time_100ns : 0, to = from;
	struct sink *s;

	for (size_t i = 0; i < n; i++) {
		from = list[i].time_100ns < from ? list[i].time_100ns : from;
		to = list[i].time_100ns > to ? list[i].time_100ns : to;
	}
	vec_push(&m->out->ev.members, member);
	s = sink_new("evtx", 1, evidence_take, &m->out->ev);
	for (unsigned i = 0; i < m->vary.noise; i++) {
		struct kind k = { .data_type = STR("windows:evtx:record"), .provider = STR("Noise"),
			.channel = STR("Noise"), .computer = STR("HV01"), .id = 60000 + i % 7,
			.has_id = true, .level = LEVEL_ERROR };
		struct row r = { .time_100ns = FIRST_100NS + from +
				(to - from) * (int64_t)i / (int64_t)m->vary.noise,
			.number = i + 1, .offset = i, .basis = BASIS_UTC };

		r.kind = sink_kind(s, &k);
		sink_row(s, &r);
		sink_field_text(s, SECTION_EVENTDATA, 0, STR("nothing of note"));
	}
	sink_finish(s);
	sink_free(s);
}

static void make_all(struct maker *m, struct spec *list, size_t n)
{
	for (size_t i = 0; m->vary.reverse && i < n; i++)
		list[i].member = UINT32_MAX - list[i].member;
	qsort(list, n, sizeof(*list), by_member);
	for (size_t i = 0; m->vary.reverse && i < n; i++)
		list[i].member = UINT32_MAX - list[i].member;
	if (m->vary.noise)
		make_noise(m, list, n);
	make_members(m, "", list, n);
	if (m->vary.twice)
		make_members(m, "again/", list, n);
}

static int list_rows(struct maker *m, const struct yaml *rows, struct spec *list, size_t *n)
{
	for (const struct yaml *at = rows ? rows->first : NULL; at; at = at->next) {
		struct spec *spec = &list[*n];

		if (check_keys(m, at))
			return m->e->code;
		*spec = (struct spec){ .at = at, .order = *n };
		if (!read_at(yaml_text(at, "at", STR("0")), &spec->time_100ns))
			return yaml_error(m->e, m->t->place.file, yaml_get(at, "at"),
				"'at' is a number of seconds, or 10m, 2h, 1d");
		spec->member = map_intern(m->members, member_key(m, at), NULL);
		m->seen++;
		if (m->seen != m->vary.without)
			(*n)++;
	}
	return 0;
}

int kb_case_build(const struct kb_test *t, const struct kb_vary *vary, struct kb_case *out,
	struct err *e)
{
	struct maker m = { .out = out, .t = t, .e = e, .members = map_new(true) };
	size_t rows = t->rows ? t->rows->count : 0, facts = t->facts ? t->facts->count : 0, n = 0;
	struct spec *list = xmalloc((rows + facts + 1) * sizeof(*list));
	struct case_options options = { .since_100ns = TIME_NONE, .until_100ns = TIME_NONE };
	int rc;

	if (vary)
		m.vary = *vary;
	*out = (struct kb_case){ .ev = { .a = arena_new() } };
	vec_push(&out->ev.bundles, (struct bundle){ .path = STR("test"), .name = STR("test") });
	rc = list_rows(&m, t->rows, list, &n);
	if (!rc)
		rc = list_rows(&m, t->facts, list, &n);
	if (!rc) {
		make_all(&m, list, n);
		rc = case_build(&out->ev, &options, &out->file, e);
	}
	free(list);
	map_free(m.members);
	return rc;
}

void kb_case_free(struct kb_case *c)
{
	case_free(&c->file);
	for (size_t i = 0; i < c->ev.members.n; i++)
		for (size_t s = 0; s < c->ev.members.v[i].segment_count; s++)
			segment_close(c->ev.members.v[i].segments[s]);
	free(c->ev.members.v);
	free(c->ev.bundles.v);
	free(c->ev.losses.v);
	arena_free(c->ev.a);
}
