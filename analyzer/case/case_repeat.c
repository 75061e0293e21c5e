/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two collections of one host in one bundle, side by side in folders or inner archives ("before/",
 * "after/"): parts that hold files of the same names of the same host. What each tells was so when that
 * part was taken, as its collector's clock, its name, the times of its files or its last event say.
 */
#include <stdlib.h>

#include "analyzer/base/map.h"
#include "analyzer/case/case_parts.h"
#include "analyzer/case/facts.h"

#define BEHIND_MAX (400 * TICKS_DAY)
#define LEVELLED (10 * TICKS_MINUTE)

struct part {
	uint32_t host, bundle;
	bool repeated;                   /* another part has a file of the same name */
	int64_t latest_100ns, modified_100ns;
	int64_t behind_100ns;            /* what its bundle is dated by; negative where it was taken after it */
	int64_t stamp_100ns, named_100ns;    /* as a collector in it says, as its name says; TIME_NONE */
};

#define PART_NONE UINT32_MAX

struct repeats {
	struct case_file *c;
	const uint32_t *hosts;           /* of members */
	uint32_t *part_of;               /* of members; PART_NONE of those without a host */
	struct map *names, *files;
	VEC(struct part) parts;
	bool any;                        /* a part is repeated */
};

/* How much of all paths of a bundle is the same, up to the last '/'; members are sorted by path. */
static size_t common_prefix(const struct evidence *ev, uint32_t first)
{
	uint32_t last = first;
	struct str a = ev->members.v[first].path, b;
	size_t n = 0, folder = 0;

	while (last + 1 < ev->members.n && ev->members.v[last + 1].bundle == ev->members.v[first].bundle)
		last++;
	b = ev->members.v[last].path;
	for (; n < a.n && n < b.n && a.p[n] == b.p[n]; n++)
		if (a.p[n] == '/')
			folder = n + 1;
	return folder;
}

/* "TSS_HV01_260409-081500_…": when the run began, local. */
static int64_t stamp_in_name(const struct case_file *c, uint32_t host, struct str folder)
{
	struct civil v;
	int64_t t;

	for (size_t i = 4; str_starts(folder, STR("TSS_")) && i < folder.n; i++)
		if (civil_by_form(str_from(folder, i), "_YYMMDD-hhmmss", &v) && civil_to_ticks(&v, &t))
			return case_local_to_utc(c, host, t);
	return TIME_NONE;
}

static uint32_t part_named(struct repeats *r, uint32_t member, struct str folder)
{
	uint32_t host = r->hosts[member], bundle = r->c->ev->members.v[member].bundle, id;
	struct buf key = { 0 };
	bool added;

	buf_printf(&key, "%u/%u/%.*s", host, bundle, STR_ARG(folder));
	id = map_intern(r->names, buf_str(&key), &added);
	buf_free(&key);
	if (added)
		vec_push(&r->parts, (struct part){ .host = host, .bundle = bundle, .latest_100ns = TIME_NONE,
			.modified_100ns = TIME_NONE, .stamp_100ns = TIME_NONE,
			.named_100ns = stamp_in_name(r->c, host, folder) });
	return id;
}

/* The rest of the path without digits: stamps stand in names. */
static void note_file(struct repeats *r, uint32_t part, struct str rest)
{
	struct buf key = { 0 };
	uint32_t id;
	bool added;

	buf_printf(&key, "%u/%u/", r->parts.v[part].host, r->parts.v[part].bundle);
	for (size_t i = 0; i < rest.n; i++)
		if (rest.p[i] < '0' || rest.p[i] > '9')
			buf_putc(&key, rest.p[i]);
	id = map_intern(r->files, buf_str(&key), &added);
	buf_free(&key);
	if (added)
		map_set(r->files, id, part);
	else if (map_get(r->files, id) != part)
		r->any = r->parts.v[part].repeated = r->parts.v[map_get(r->files, id)].repeated = true;
}

static void raise_to(int64_t *time_100ns, int64_t other_100ns)
{
	if (other_100ns > *time_100ns)
		*time_100ns = other_100ns;
}

static void place_member(struct repeats *r, uint32_t member, size_t prefix)
{
	const struct member *m = &r->c->ev->members.v[member];
	struct str rest = str_from(m->path, prefix);
	ptrdiff_t slash = str_chr(rest, '/');
	struct str folder = slash < 0 ? STR("") : str_sub(rest, 0, (size_t)slash);
	uint32_t part = part_named(r, member, folder);
	struct part *p;

	if (part >= r->parts.n)
		return;
	p = &r->parts.v[part];
	r->part_of[member] = part;
	raise_to(&p->modified_100ns, case_modified(r->c, member, r->hosts[member]));
	raise_to(&p->stamp_100ns, m->looked_100ns ? m->looked_100ns : TIME_NONE);
	if (m->facts)
		note_file(r, part, str_from(rest, (size_t)(slash + 1)));
}

static void place_members(struct repeats *r)
{
	const struct evidence *ev = r->c->ev;
	size_t prefix = 0;

	for (uint32_t i = 0; i < ev->members.n; i++) {
		if (i == 0 || ev->members.v[i].bundle != ev->members.v[i - 1].bundle)
			prefix = common_prefix(ev, i);
		r->part_of[i] = PART_NONE;
		if (r->hosts[i] != HOST_NONE)
			place_member(r, i, prefix);
	}
}

/* The part that a row stands in, if it is a repeated one. */
static struct part *part_of_row(struct repeats *r, struct ref at)
{
	uint32_t part = r->part_of[r->c->segments.v[at.segment].member];

	return part != PART_NONE && r->parts.v[part].repeated ? &r->parts.v[part] : NULL;
}

static void find_stamps(struct repeats *r)
{
	fact_list clocks;

	facts_of(r->c, "host.clock", &clocks);
	for (size_t i = 0; i < clocks.n; i++) {
		struct part *p = part_of_row(r, clocks.v[i].ref);

		if (p)
			raise_to(&p->stamp_100ns, case_collected_utc(r->c, clocks.v[i].ref));
	}
	free(clocks.v);
}

static void note_latest(struct repeats *r, struct ref at, int64_t time_100ns)
{
	struct part *p = part_of_row(r, at);

	if (p)
		raise_to(&p->latest_100ns, time_100ns);
}

static void find_latest(struct repeats *r)
{
	const struct case_file *c = r->c;

	for (size_t i = 0; i < c->timeline_count; i++) {
		const struct moment *m = &c->timeline[i];

		note_latest(r, m->ref, m->time_100ns);
		for (uint32_t k = m->copies; k; k = c->copies.v[k - 1].next)
			note_latest(r, c->copies.v[k - 1].ref, m->time_100ns);
	}
}

/* Of all parts of a host in a bundle. Files are no older than what they tell, nor levelled by an unpacking. */
struct span {
	int64_t latest_100ns, least_100ns, most_100ns;
	bool by_events, by_files;
};

static void widen(struct span *s, const struct part *p)
{
	int64_t m = p->modified_100ns, t = p->latest_100ns;

	s->by_events &= t != TIME_NONE;
	s->by_files &= m != TIME_NONE && (t == TIME_NONE || (m >= t - TICKS_HOUR && m - t < BEHIND_MAX));
	s->least_100ns = m < s->least_100ns ? m : s->least_100ns;
	raise_to(&s->most_100ns, m);
	raise_to(&s->latest_100ns, t);
}

static struct span span_of(const struct repeats *r, const struct part *p)
{
	struct span s = { TIME_NONE, INT64_MAX, TIME_NONE, true, true };

	for (size_t i = 0; i < r->parts.n; i++) {
		const struct part *o = &r->parts.v[i];

		if (o->repeated && o->host == p->host && o->bundle == p->bundle)
			widen(&s, o);
	}
	return s;
}

/* When a part was taken, TIME_NONE where only its last event says so. */
static int64_t taken_at(const struct part *p, const struct span *s)
{
	if (p->stamp_100ns != TIME_NONE)
		return p->stamp_100ns;
	if (p->named_100ns != TIME_NONE)
		return p->named_100ns;
	return s->by_files && s->most_100ns - s->least_100ns >= LEVELLED ? p->modified_100ns : TIME_NONE;
}

static void date_part(struct repeats *r, struct part *p)
{
	struct span s = span_of(r, p);
	int64_t taken = taken_at(p, &s), dated, back;

	if (case_taken(r->c, p->host, p->bundle) == TIME_NONE && s.by_files)
		r->c->hosts.v[p->host].collected_100ns = s.most_100ns;     /* no event tells more */
	dated = case_taken(r->c, p->host, p->bundle);
	if (taken != TIME_NONE && dated != TIME_NONE)
		back = dated - taken;
	else
		back = s.by_events ? s.latest_100ns - p->latest_100ns : 0;
	p->behind_100ns = back > -BEHIND_MAX && back < BEHIND_MAX ? back : 0;
}

static void date_parts(struct repeats *r)
{
	find_latest(r);
	find_stamps(r);
	for (size_t i = 0; i < r->parts.n; i++)
		if (r->parts.v[i].repeated)
			date_part(r, &r->parts.v[i]);
}

void case_find_repeats(struct case_file *c)
{
	size_t n = c->ev->members.n;
	struct repeats r = { .c = c, .hosts = case_hosts_of_members(c), .names = map_new(true),
		.files = map_new(true) };

	r.part_of = arena_array(c->a, uint32_t, n + 1);
	place_members(&r);
	if (r.any)
		date_parts(&r);
	for (size_t i = 0; i < n; i++)
		c->ev->members.v[i].behind_100ns =
			r.part_of[i] == PART_NONE ? 0 : r.parts.v[r.part_of[i]].behind_100ns;
	map_free(r.names);
	map_free(r.files);
	free(r.parts.v);
}
