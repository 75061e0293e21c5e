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
	int64_t stamp_100ns, named_100ns;    /* as a collector in it says, as its name says; TIME_NONE */
};

struct repeats {
	struct case_file *c;
	const uint32_t *hosts;           /* of members */
	int64_t *latest, *stamp;         /* of members: their last event, their collector's clock, UTC */
	uint32_t *part_of;               /* of members */
	struct map *names, *files;
	VEC(struct part) parts;
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
		vec_push(&r->parts, (struct part){ host, bundle, false, TIME_NONE, TIME_NONE, TIME_NONE,
			stamp_in_name(r->c, host, folder) });
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
		r->parts.v[part].repeated = r->parts.v[map_get(r->files, id)].repeated = true;
}

static void place_member(struct repeats *r, uint32_t member, size_t prefix)
{
	const struct member *m = &r->c->ev->members.v[member];
	struct str rest = str_from(m->path, prefix);
	ptrdiff_t slash = str_chr(rest, '/');
	struct str folder = slash < 0 ? STR("") : str_sub(rest, 0, (size_t)slash);
	uint32_t part = part_named(r, member, folder);
	int64_t modified = case_modified(r->c, member, r->hosts[member]);
	struct part *p;

	if (part >= r->parts.n)
		return;
	p = &r->parts.v[part];
	r->part_of[member] = part;
	if (modified > p->modified_100ns)
		p->modified_100ns = modified;
	if (r->stamp[member] > p->stamp_100ns)
		p->stamp_100ns = r->stamp[member];
	if (r->latest[member] > p->latest_100ns)
		p->latest_100ns = r->latest[member];
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
		if (r->hosts[i] != HOST_NONE)
			place_member(r, i, prefix);
	}
}

static void note_latest(struct repeats *r, uint32_t segment, int64_t time_100ns)
{
	int64_t *latest = &r->latest[r->c->segments.v[segment].member];

	if (time_100ns > *latest)
		*latest = time_100ns;
}

static void find_stamps(struct repeats *r)
{
	fact_list clocks;

	for (size_t i = 0; i < r->c->ev->members.n; i++)
		r->stamp[i] = r->c->ev->members.v[i].looked_100ns ? r->c->ev->members.v[i].looked_100ns : TIME_NONE;
	facts_of(r->c, "host.clock", &clocks);
	for (size_t i = 0; i < clocks.n; i++) {
		int64_t *stamp = &r->stamp[r->c->segments.v[clocks.v[i].ref.segment].member];
		int64_t t = case_collected_utc(r->c, clocks.v[i].ref);

		if (t > *stamp)
			*stamp = t;
	}
	free(clocks.v);
}

static void find_latest(struct repeats *r)
{
	const struct case_file *c = r->c;

	for (size_t i = 0; i < c->ev->members.n; i++)
		r->latest[i] = TIME_NONE;
	for (size_t i = 0; i < c->timeline_count; i++) {
		const struct moment *m = &c->timeline[i];

		note_latest(r, m->ref.segment, m->time_100ns);
		for (uint32_t k = m->copies; k; k = c->copies.v[k - 1].next)
			note_latest(r, c->copies.v[k - 1].ref.segment, m->time_100ns);
	}
}

/* Files are no older than what they tell, and not levelled by an unpacking of all. */
struct span {
	int64_t least, most;
	bool by_events, by_files;
};

static void widen(struct span *s, const struct part *p)
{
	int64_t m = p->modified_100ns, t = p->latest_100ns;

	s->by_events &= t != TIME_NONE;
	s->by_files &= m != TIME_NONE && (t == TIME_NONE || (m >= t - TICKS_HOUR && m - t < BEHIND_MAX));
	s->least = m < s->least ? m : s->least;
	s->most = m > s->most ? m : s->most;
}

/*
 * How far a part lies behind what its bundle is dated by, negative where it was taken after it: by the
 * times of its files, else by its last event.
 */
static int64_t behind(const struct repeats *r, const struct part *p)
{
	int64_t latest = p->latest_100ns, back;
	struct span s = { INT64_MAX, INT64_MIN, true, true };

	for (size_t i = 0; i < r->parts.n; i++) {
		const struct part *o = &r->parts.v[i];

		if (!o->repeated || o->host != p->host || o->bundle != p->bundle)
			continue;
		widen(&s, o);
		latest = o->latest_100ns > latest ? o->latest_100ns : latest;
	}
	if (case_taken(r->c, p->host, p->bundle) == TIME_NONE && s.by_files)
		r->c->hosts.v[p->host].collected_100ns = s.most;     /* no event tells more */
	if (p->stamp_100ns != TIME_NONE)
		back = case_taken(r->c, p->host, p->bundle) - p->stamp_100ns;
	else if (p->named_100ns != TIME_NONE)
		back = case_taken(r->c, p->host, p->bundle) - p->named_100ns;
	else if (s.by_files && s.most - s.least >= LEVELLED)
		back = case_taken(r->c, p->host, p->bundle) - p->modified_100ns;
	else
		back = s.by_events ? latest - p->latest_100ns : 0;
	return back > -BEHIND_MAX && back < BEHIND_MAX ? back : 0;
}

void case_find_repeats(struct case_file *c)
{
	size_t n = c->ev->members.n;
	struct repeats r = { .c = c, .hosts = case_hosts_of_members(c), .names = map_new(true),
		.files = map_new(true) };

	r.latest = arena_array(c->a, int64_t, n + 1);
	r.part_of = arena_array(c->a, uint32_t, n + 1);
	r.stamp = arena_array(c->a, int64_t, n + 1);
	find_latest(&r);
	find_stamps(&r);
	place_members(&r);
	for (size_t i = 0; i < n; i++) {
		const struct part *p = r.hosts[i] == HOST_NONE ? NULL : &r.parts.v[r.part_of[i]];

		c->ev->members.v[i].behind_100ns = p && p->repeated ? behind(&r, p) : 0;
	}
	map_free(r.names);
	map_free(r.files);
	free(r.parts.v);
}
