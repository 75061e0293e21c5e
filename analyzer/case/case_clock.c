/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clock of each host: which zone its civil stamps are in, in which order day and month stand, and
 * by how much the user says it was off. EVTX is UTC and needs no zone.
 */
#include <stdlib.h>

#include "analyzer/case/case_parts.h"
#include "analyzer/case/zone.h"

const char *time_source_name(enum time_source source)
{
	static const char *const names[] = { "utc", "zone", "offset", "assumed" };

	return names[source];
}

static void set_zone(struct case_file *c, uint32_t host, struct str name, struct str why)
{
	struct clock *k = &c->clocks->of[host];
	struct zone *z = zone_open(name);
	struct host *h = &c->hosts.v[host];

	/* A name that knows daylight saving outranks a bare offset, whichever came first. */
	if (!z || (k->zone && (zone_is_fixed(z) || !zone_is_fixed(k->zone)))) {
		zone_close(z);
		return;
	}
	zone_close(k->zone);
	k->zone = z;
	h->zone = arena_str(c->a, name);
	h->zone_why = arena_str(c->a, why);
	h->time_source = zone_is_fixed(z) ? TIME_FROM_OFFSET : TIME_FROM_ZONE;
}

static void set_minutes(struct case_file *c, uint32_t host, int64_t minutes, struct str why)
{
	struct str name = arena_printf(c->a, "UTC%c%02lld:%02lld", minutes < 0 ? '-' : '+',
		(long long)(llabs(minutes) / 60), (long long)(llabs(minutes) % 60));

	set_zone(c, host, name, why);
}

static void set_offset(struct case_file *c, uint32_t host, const struct field *f, struct str why)
{
	int64_t minutes;

	if (f->type == VALUE_INT || f->type == VALUE_UINT)
		minutes = (int64_t)f->number;
	else if (!str_to_i64(f->bytes, &minutes))
		return;
	if (minutes < -14 * 60 || minutes > 14 * 60)
		return;
	set_minutes(c, host, minutes, why);
}

/* One moment as the log has it and in UTC: whole quarters of an hour lie between, a second or so apart. */
static void set_distance(struct case_file *c, uint32_t host, const struct field *civil,
	const struct field *utc, struct str why)
{
	int64_t apart, quarters;

	if (civil->type != VALUE_TIME || utc->type != VALUE_TIME)
		return;
	apart = (int64_t)civil->number - (int64_t)utc->number;
	quarters = (apart + (apart < 0 ? -450 : 450) * TICKS_SECOND) / (900 * TICKS_SECOND);
	if (llabs(apart - quarters * 900 * TICKS_SECOND) <= 5 * TICKS_SECOND && llabs(quarters) <= 56)
		set_minutes(c, host, quarters * 15, why);
}

static void learn_from_clock_fact(struct case_file *c, struct ref at, uint32_t host)
{
	const struct case_segment *cs = &c->segments.v[at.segment];
	struct str why = c->ev->members.v[cs->member].path;
	struct host *h = &c->hosts.v[host];
	struct field f, utc;

	if (segment_find(cs->segment, at.row, STR("now_civil_utc"), &f) &&
		segment_find(cs->segment, at.row, STR("now_utc"), &utc))
		set_distance(c, host, &f, &utc, why);
	if (segment_find(cs->segment, at.row, STR("zone"), &f))
		set_zone(c, host, f.bytes, why);
	if (segment_find(cs->segment, at.row, STR("offset_minutes"), &f))
		set_offset(c, host, &f, why);
	if (segment_find(cs->segment, at.row, STR("culture"), &f) && !h->culture.n)
		h->culture = arena_str(c->a, f.bytes);
	if (case_collected_utc(c, at) > h->collected_100ns)
		h->collected_100ns = case_collected_utc(c, at);
}

static void learn_from_info_fact(struct case_file *c, struct ref at, uint32_t host)
{
	const struct segment *s = c->segments.v[at.segment].segment;
	struct field f;

	if (segment_find(s, at.row, STR("os"), &f) && !c->hosts.v[host].os.n)
		c->hosts.v[host].os = arena_str(c->a, f.bytes);
}

static void learn_from_registry(struct case_file *c, struct ref at, uint32_t host)
{
	const struct case_segment *cs = &c->segments.v[at.segment];
	struct str why = c->ev->members.v[cs->member].path;
	struct field name, data;
	uint64_t bias;

	if (!segment_find(cs->segment, at.row, STR("name"), &name) ||
		!segment_find(cs->segment, at.row, STR("data"), &data))
		return;
	if (str_ieq(name.bytes, STR("TimeZoneKeyName")))
		set_zone(c, host, data.bytes, why);
	/* Minutes from local time to UTC, at the moment of the collection. */
	else if (str_ieq(name.bytes, STR("ActiveTimeBias")) && str_istarts(data.bytes, STR("0x")) &&
		 str_to_u64(str_from(data.bytes, 2), 16, &bias) && llabs((int32_t)bias) <= 14 * 60)
		set_minutes(c, host, -(int64_t)(int32_t)bias, why);
}

static void learn_from_facts(struct case_file *c)
{
	for (size_t i = 0; i < c->facts.n; i++) {
		struct ref at = c->facts.v[i];
		const struct case_segment *cs = &c->segments.v[at.segment];
		uint32_t kind = segment_row_kinds(cs->segment)[at.row];
		struct str type = segment_kind(cs->segment, kind)->provider;
		uint32_t host = cs->kind_host[kind];

		if (host == HOST_NONE)
			continue;
		if (str_eq(type, STR("host.clock")))
			learn_from_clock_fact(c, at, host);
		else if (str_eq(type, STR("host.info")))
			learn_from_info_fact(c, at, host);
		else if (str_eq(type, STR("registry.value")))
			learn_from_registry(c, at, host);
	}
}

static int apply_zone(struct case_file *c, struct str option, struct err *e)
{
	ptrdiff_t eq = str_chr(option, '=');
	struct str name = eq > 0 ? str_sub(option, 0, (size_t)eq) : STR("");
	struct str zone = eq > 0 ? str_from(option, (size_t)eq + 1) : option;
	struct zone *z = zone_open(zone);

	if (!z)
		return err_set(e, E_USAGE, "--tz %.*s: no time zone is called '%.*s'; "
			"give an IANA name, a Windows name or UTC+HH:MM", STR_ARG(option), STR_ARG(zone));
	zone_close(z);
	if (name.n && case_find_host(c, name) == HOST_NONE)
		return err_set(e, E_USAGE, "--tz %.*s: the bundles hold no host '%.*s'",
			STR_ARG(option), STR_ARG(name));
	for (uint32_t i = 0; i < c->hosts.n; i++) {
		if (name.n && i != case_find_host(c, name))
			continue;
		zone_close(c->clocks->of[i].zone);
		c->clocks->of[i].zone = NULL;
		set_zone(c, i, zone, STR("--tz"));
	}
	return 0;
}

static int apply_clock(struct case_file *c, struct str option, struct err *e)
{
	ptrdiff_t eq = str_chr(option, '=');
	struct str name = eq > 0 ? str_sub(option, 0, (size_t)eq) : STR("");
	struct str value = eq > 0 ? str_from(option, (size_t)eq + 1) : STR("");
	uint32_t host = name.n ? case_find_host(c, name) : HOST_NONE;
	char text[32], *end = NULL;
	double seconds;

	snprintf(text, sizeof(text), "%.*s", STR_ARG(value));
	seconds = strtod(text, &end);
	if (!value.n || value.n >= sizeof(text) || *end || seconds < -1e9 || seconds > 1e9)
		return err_set(e, E_USAGE, "--clock %.*s: expected HOST=SECONDS, as in HV01=-2.5",
			STR_ARG(option));
	if (host == HOST_NONE)
		return err_set(e, E_USAGE, "--clock %.*s: the bundles hold no host '%.*s'",
			STR_ARG(option), STR_ARG(name));
	c->hosts.v[host].clock_offset_ms = (int64_t)(seconds * 1000);
	c->hosts.v[host].clock_given = true;
	return 0;
}

static int apply_options(struct case_file *c, const struct case_options *o, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; o && i < o->zones.n && !rc; i++)
		rc = apply_zone(c, o->zones.v[i], e);
	for (size_t i = 0; o && i < o->clocks.n && !rc; i++)
		rc = apply_clock(c, o->clocks.v[i], e);
	return rc;
}

struct order_votes {
	uint64_t steps_back, steps_back_swapped, ambiguous;
	int64_t last, last_swapped;
};

static void vote_row(struct order_votes *v, int64_t t, bool ambiguous)
{
	int64_t s = ambiguous ? case_swapped_date(t) : t;

	v->ambiguous += ambiguous;
	if (v->last != TIME_NONE) {
		v->steps_back += t < v->last - TICKS_DAY || t > v->last + 60 * TICKS_DAY;
		v->steps_back_swapped += s < v->last_swapped - TICKS_DAY ||
					 s > v->last_swapped + 60 * TICKS_DAY;
	}
	v->last = t;
	v->last_swapped = s;
}

/* The reading of a member's dates that leaps about less; stamps that can be read one way are anchors. */
static void vote_member(const struct case_file *c, uint32_t member, struct order_votes *v)
{
	for (size_t s = 0; s < c->segments.n; s++) {
		const struct segment *seg = c->segments.v[s].segment;
		size_t rows = segment_rows(seg);

		if (c->segments.v[s].member != member)
			continue;
		for (size_t r = 0; r < rows; r++)
			if (segment_bases(seg)[r] == BASIS_HOST)
				vote_row(v, segment_times(seg)[r],
					segment_flags(seg)[r] & ROW_DATE_MONTH_FIRST);
	}
}

static bool has_ambiguous(const struct case_segment *cs)
{
	size_t rows = segment_rows(cs->segment);

	for (size_t r = 0; r < rows; r++)
		if (segment_flags(cs->segment)[r] & ROW_DATE_MONTH_FIRST)
			return true;
	return false;
}

static uint32_t host_of_segment(const struct case_segment *cs)
{
	return segment_kinds(cs->segment) ? cs->kind_host[0] : HOST_NONE;
}

static void choose_date_orders(struct case_file *c)
{
	uint32_t done = UINT32_MAX;

	for (size_t s = 0; s < c->segments.n; s++) {
		const struct case_segment *cs = &c->segments.v[s];
		uint32_t host = host_of_segment(cs);
		struct order_votes v = { .last = TIME_NONE };

		if (cs->member == done || !has_ambiguous(cs))
			continue;
		done = cs->member;
		vote_member(c, cs->member, &v);
		if (v.steps_back != v.steps_back_swapped)
			c->ev->members.v[done].date_swap = v.steps_back_swapped < v.steps_back;
		else if (host != HOST_NONE)
			c->ev->members.v[done].date_swap = c->hosts.v[host].day_first;
		if (host != HOST_NONE && v.steps_back != v.steps_back_swapped &&
			!c->hosts.v[host].day_first_known) {
			c->hosts.v[host].day_first = c->ev->members.v[done].date_swap;
			c->hosts.v[host].day_first_known = true;
		}
	}
}

static void infer_zone(struct case_file *c, uint32_t host)
{
	struct inferred_offset found;

	if (c->clocks->of[host].zone)
		return;
	if (case_infer_offset(c, host, &found)) {
		set_minutes(c, host, found.minutes, arena_printf(c->a,
			"inferred from %zu records also in %.*s", found.pairs,
			STR_ARG(c->ev->members.v[found.member].path)));
		return;
	}
}

/* The zone that every host of the case with a known one is in; empty where they differ. */
static struct str common_zone(const struct case_file *c)
{
	struct str zone = STR("");

	for (uint32_t i = 0; i < c->hosts.n; i++) {
		if (!c->clocks->of[i].zone)
			continue;
		if (zone.n && !str_ieq(zone, c->hosts.v[i].zone))
			return STR("");
		zone = c->hosts.v[i].zone;
	}
	return zone;
}

/* A guest or a backup server stands mostly where the other machines of its case stand. */
static void assume_zone(struct case_file *c, uint32_t host, struct str common)
{
	struct host *h = &c->hosts.v[host];

	if (c->clocks->of[host].zone)
		return;
	if (common.n)
		set_zone(c, host, common, STR("assumed: the zone of the other hosts"));
	if (!c->clocks->of[host].zone) {
		h->zone = STR("UTC");
		h->zone_why = STR("assumed: nothing in the bundle names its zone");
	}
	h->time_source = TIME_ASSUMED;
}

int case_bind_clocks(struct case_file *c, const struct case_options *o, struct err *e)
{
	struct str common;
	int rc;

	c->clocks = arena_alloc(c->a, sizeof(*c->clocks));
	c->clocks->n = c->hosts.n;
	c->clocks->of = arena_array(c->a, struct clock, c->hosts.n + 1);
	learn_from_facts(c);
	rc = apply_options(c, o, e);
	for (uint32_t i = 0; i < c->hosts.n; i++) {
		struct host *h = &c->hosts.v[i];

		h->day_first_known = h->culture.n && culture_day_first(h->culture, &h->day_first);
	}
	choose_date_orders(c);
	for (uint32_t i = 0; i < c->hosts.n && !rc; i++)
		infer_zone(c, i);
	common = common_zone(c);
	for (uint32_t i = 0; i < c->hosts.n && !rc; i++)
		assume_zone(c, i, common);
	return rc;
}

void case_free_clocks(struct case_file *c)
{
	for (size_t i = 0; c->clocks && i < c->clocks->n; i++)
		zone_close(c->clocks->of[i].zone);
}
