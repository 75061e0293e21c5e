/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "analyzer/case/zone.h"
#include "tests/make_case.h"

/* 2024-05-14T03:15:00Z */
#define T0 INT64_C(133601445000000000)

static int shown_offset(const char *name, const char *utc)
{
	struct zone *z = zone_open(str_of(name));
	int64_t t;
	int minutes;

	cr_assert_not_null(z, "%s", name);
	cr_assert(!zone_is_fixed(z), "%s", name);
	cr_assert(time_parse_rfc3339(str_of(utc), &t));
	minutes = zone_offset_minutes(z, t);
	zone_close(z);
	return minutes;
}

Test(zone, a_display_name_knows_daylight_saving_on_each_date)
{
	cr_expect_eq(shown_offset("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
		"2024-07-01T00:00:00Z"), 120);
	cr_expect_eq(shown_offset("(UTC+01:00) Amsterdam, Berlin, Bern, Rom, Stockholm, Wien",
		"2024-01-01T00:00:00Z"), 60);
	cr_expect_eq(shown_offset("(UTC-08:00) Pacific Time (US & Canada)",
		"2024-07-01T00:00:00Z"), -420);
	cr_expect_eq(shown_offset("(UTC+01:00) Bruxelles, Copenhague, Madrid, Paris",
			     "2024-07-01T00:00:00Z"), 120);
	cr_expect_eq(shown_offset("(UTC+02:00) Atene, Bucarest", "2024-07-01T00:00:00Z"), 180);
	cr_expect_eq(shown_offset("(UTC) Coordinated Universal Time", "2024-07-01T00:00:00Z"), 0);
	cr_expect_eq(shown_offset("(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi",
		"2024-07-01T00:00:00Z"), 330);
}

Test(zone, one_display_name_of_each_hour_opens)
{
	static const char *const shown[] = { "(UTC-10:00) Hawaii", "(UTC-09:00) Alaska",
		"(UTC-07:00) Arizona", "(UTC-06:00) Central Time (US & Canada)",
		"(UTC-05:00) Eastern Time (US & Canada)", "(UTC-04:00) Atlantic Time (Canada)",
		"(UTC-03:30) Newfoundland", "(UTC-03:00) Brasilia", "(UTC-01:00) Cabo Verde Is.",
		"(UTC+00:00) Dublin, Edinburgh, Lisbon, London", "(UTC+02:00) Athens, Bucharest",
		"(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius",
		"(UTC+03:00) Moscow, St. Petersburg", "(UTC+03:30) Tehran",
		"(UTC+04:00) Abu Dhabi, Muscat", "(UTC+05:00) Islamabad, Karachi",
		"(UTC+07:00) Bangkok, Hanoi, Jakarta", "(UTC+08:00) Kuala Lumpur, Singapore",
		"(UTC+09:00) Osaka, Sapporo, Tokyo", "(UTC+10:00) Canberra, Melbourne, Sydney",
		"(UTC+12:00) Auckland, Wellington", "(UTC+13:00) Nuku'alofa",
		"(UTC+11:00) Chokurdakh", "(UTC-08:00) Baja California" };

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		shown_offset(shown[i], "2024-07-01T00:00:00Z");
}

static void local_row(struct sink *s, const char *host, uint32_t id, uint64_t line, int64_t t)
{
	struct kind k = { .data_type = STR("windows:evtx:csv"), .provider = STR("disk"),
		.computer = str_of(host), .id = id, .has_id = true, .level = LEVEL_WARNING };
	struct row r = { .time_100ns = t, .basis = BASIS_HOST, .number = line,
		.flags = ROW_LINE | ROW_PRECISION_S, .message = STR("text") };

	r.kind = sink_kind(s, &k);
	sink_row(s, &r);
}

/* `n` records at odd distances, exported `minutes` ahead; `stray` of the exports are far off. */
static void build_pairs(struct made *m, int n, int minutes, int stray)
{
	struct err e = { 0 };
	struct sink *s;

	made_start(m);
	s = made_member(m, "System.csv");
	for (int i = 0; i < n; i++)
		local_row(s, "HV01", 153, (uint64_t)i + 2, T0 + i * i * 977 * TICKS_SECOND +
			(i < stray ? 7 * TICKS_HOUR : minutes * TICKS_MINUTE));
	made_close(s);
	s = made_member(m, "System.evtx");
	for (int i = 0; i < n; i++)
		made_event(s, "HV01", "disk", 153, (uint64_t)i + 10,
			T0 + i * i * 977 * TICKS_SECOND + TICKS_MS);
	made_close(s);
	cr_assert_eq(made_build(m, NULL, &e), 0);
}

Test(zone, is_inferred_from_events_that_stand_in_an_evtx_and_its_export)
{
	struct made m;

	build_pairs(&m, 6, 120, 0);
	cr_expect(str_eq(m.file.hosts.v[0].zone, STR("UTC+02:00")));
	cr_expect_eq(m.file.hosts.v[0].time_source, TIME_FROM_OFFSET);
	cr_expect(str_eq(m.file.hosts.v[0].zone_why,
		STR("inferred from 6 records also in System.evtx")));
	cr_expect_eq(m.file.timeline_count, 6);
	made_free(&m);
	build_pairs(&m, 7, -210, 0);
	cr_expect(str_eq(m.file.hosts.v[0].zone, STR("UTC-03:30")));
	made_free(&m);
}

Test(zone, one_wrong_anchor_moves_nothing_and_few_decide_nothing)
{
	struct made m;

	build_pairs(&m, 7, 120, 1);
	cr_expect(str_eq(m.file.hosts.v[0].zone, STR("UTC+02:00")));
	made_free(&m);
	build_pairs(&m, 4, 120, 0);
	cr_expect_eq(m.file.hosts.v[0].time_source, TIME_ASSUMED);
	made_free(&m);
}

Test(zone, a_bare_offset_is_in_doubt_by_an_hour_in_the_other_season)
{
	struct made m;
	struct err e = { 0 };
	struct event_view v;
	struct sink *s;

	made_start(&m);
	s = made_member(&m, "HV01_System.csv");
	local_row(s, "HV01", 1, 2, T0 - 150 * TICKS_DAY);
	local_row(s, "HV01", 1, 3, T0 - TICKS_DAY);
	made_close(s);
	s = made_member(&m, "HV01_systeminfo.txt");
	sink_fact(s, STR("host.clock"), 3, 0);
	sink_put(s, "zone", STR("(UTC+01:00) Somewhere unknown"));
	sink_put(s, "collected_utc", STR("2024-05-14T03:15:00Z"));
	made_close(s);
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	case_view(&m.file, m.file.timeline[0].ref, &v);
	cr_expect_eq(v.doubt_ms, 3601000, "%lld", (long long)v.doubt_ms);
	case_view(&m.file, m.file.timeline[1].ref, &v);
	cr_expect_eq(v.doubt_ms, 1000);
	made_free(&m);
}
