/* SPDX-License-Identifier: Apache-2.0 */
/* The UTC of a row by the clock of its host, and what stays in doubt of it. */
#include <stdlib.h>

#include "analyzer/case/case_parts.h"
#include "analyzer/case/zone.h"

static struct zone *zone_of(const struct case_file *c, uint32_t host)
{
	return host == HOST_NONE || !c->clocks ? NULL : c->clocks->of[host].zone;
}

int64_t case_local_to_utc(const struct case_file *c, uint32_t host, int64_t civil_100ns)
{
	struct zone *zone = zone_of(c, host);

	return zone ? zone_to_utc(zone, civil_100ns) : civil_100ns;
}

int64_t case_swapped_date(int64_t t)
{
	struct civil civil;
	int day;

	civil_from_ticks(t, &civil);
	day = civil.day;
	civil.day = civil.month;
	civil.month = day;
	civil_to_ticks(&civil, &t);
	return t;
}

int64_t case_taken(const struct case_file *c, uint32_t host, uint32_t bundle)
{
	int64_t taken = c->taken_100ns ? c->taken_100ns[host * c->ev->bundles.n + bundle] : TIME_NONE;

	return taken == TIME_NONE ? c->hosts.v[host].collected_100ns : taken;
}

/* A zip has local times, other archives and folders UTC. */
int64_t case_modified(const struct case_file *c, uint32_t member, uint32_t host)
{
	const struct member *m = &c->ev->members.v[member];
	struct str holder = c->ev->bundles.v[m->bundle].name;
	ptrdiff_t inner;

	for (size_t at = 0; (inner = str_find(str_from(m->path, at), STR("!/"))) >= 0; at += (size_t)inner + 2)
		holder = str_sub(m->path, 0, at + (size_t)inner);
	if (m->modified_100ns == TIME_NONE || !str_iends(holder, STR(".zip")))
		return m->modified_100ns;
	return case_local_to_utc(c, host, m->modified_100ns);
}

/* When the bundle was taken that a row without a time of its own stands in. */
static int64_t collected(const struct case_file *c, const struct case_segment *cs, uint32_t host)
{
	const struct member *m = &c->ev->members.v[cs->member];
	int64_t taken;

	if (host == HOST_NONE)
		return c->collected_100ns;
	if (m->looked_100ns)
		return m->looked_100ns;
	taken = case_taken(c, host, m->bundle);
	return taken == TIME_NONE ? taken : taken - m->lead_100ns - m->behind_100ns;
}

int64_t case_row_time(const struct case_file *c, uint32_t segment, uint32_t row, uint32_t host)
{
	const struct case_segment *cs = &c->segments.v[segment];
	int64_t t = segment_times(cs->segment)[row];
	uint8_t basis = segment_bases(cs->segment)[row], flags = segment_flags(cs->segment)[row];
	struct zone *zone = zone_of(c, host);

	if (basis == BASIS_NONE || t == TIME_NONE)
		return collected(c, cs, host);
	if (flags & ROW_DATE_MONTH_FIRST && c->ev->members.v[cs->member].date_swap)
		t = case_swapped_date(t);
	if (basis != BASIS_UTC && zone)
		t = zone_to_utc(zone, t);
	if (host != HOST_NONE)
		t += c->hosts.v[host].clock_offset_ms * TICKS_MS;
	return t;
}

/*
 * +1 between the last Sunday of March and October's, -1 between November's first and March's second:
 * nowhere do clocks change within either. 0 in between.
 */
static int season(int64_t t)
{
	struct civil c;
	int day;

	civil_from_ticks(t, &c);
	day = c.month * 100 + c.day;
	if (day > 410 && day < 920)
		return 1;
	return day > 1110 || day < 305 ? -1 : 0;
}

/* A bare offset was read or proven at one date; half a year away it may be an hour more or less. */
int64_t case_season_doubt_ms(const struct case_file *c, uint32_t host, int64_t time_100ns)
{
	const struct host *h = &c->hosts.v[host];
	int64_t known = h->collected_100ns;
	int there;

	if (h->time_source != TIME_FROM_OFFSET || known == TIME_NONE || time_100ns == TIME_NONE ||
		llabs(known - time_100ns) < 3 * TICKS_DAY)
		return 0;
	there = season(time_100ns);
	return there && there == season(known) ? 0 : TICKS_HOUR / TICKS_MS;
}
