/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "analyzer/case/zone.h"
#include "tests/make_case.h"

#define T0 INT64_C(133600000000000000)

Test(zone, windows_and_iana_names_know_daylight_saving_on_each_date)
{
	struct zone *z = zone_open(STR("W. Europe Standard Time"));
	int64_t winter, summer;

	cr_assert_not_null(z);
	cr_assert(time_parse_rfc3339(STR("2024-01-10T12:00:00Z"), &winter));
	cr_assert(time_parse_rfc3339(STR("2024-07-10T12:00:00Z"), &summer));
	cr_assert_eq(zone_to_utc(z, winter), winter - TICKS_HOUR);
	cr_assert_eq(zone_to_utc(z, summer), summer - 2 * TICKS_HOUR);
	cr_assert_eq(zone_offset_minutes(z, summer), 120);
	zone_close(z);
	cr_assert_null(zone_open(STR("Nowhere Standard Time")));
	cr_assert_null(zone_open(STR("")));
}

Test(zone, offsets_of_display_names_are_fixed)
{
	struct zone *z = zone_open(STR("(UTC-05:00) Somewhere (unknown)"));

	cr_assert_not_null(z);
	cr_assert(zone_is_fixed(z));
	cr_assert_eq(zone_to_utc(z, T0), T0 + 5 * TICKS_HOUR);
	zone_close(z);
}

Test(zone, cultures_tell_the_order_of_day_and_month)
{
	bool day_first = false;

	cr_assert(culture_day_first(STR("de-DE"), &day_first) && day_first);
	cr_assert(culture_day_first(STR("en-GB"), &day_first) && day_first);
	cr_assert(culture_day_first(STR("en-US"), &day_first) && !day_first);
}

Test(timeline, merges_members_by_time_then_host_then_place)
{
	struct made m;
	struct sink *s;
	struct err e = { 0 };

	made_start(&m);
	s = made_member(&m, "A.evtx");
	made_event(s, "HV02", "disk", 1, 1, T0);
	made_event(s, "HV02", "disk", 1, 2, T0 + 30);
	made_event(s, "HV02", "disk", 1, 3, T0 + 10);
	made_close(s);
	s = made_member(&m, "B.evtx");
	made_event(s, "HV01", "disk", 1, 1, T0);
	made_event(s, "HV01", "disk", 1, 2, T0 + 20);
	made_close(s);
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	cr_assert_eq(m.file.timeline_count, 5);
	cr_assert_eq(m.file.hosts.n, 2);
	cr_assert(str_eq(case_host_name(&m.file, m.file.timeline[0].host), STR("HV01")));
	for (size_t i = 1; i < 5; i++)
		cr_assert_leq(m.file.timeline[i - 1].time_100ns, m.file.timeline[i].time_100ns);
	cr_assert_eq(case_lower_bound(&m.file, T0 + 20), 3);
	made_free(&m);
}

Test(hosts, short_and_full_names_are_one_host_and_two_domains_are_two)
{
	struct made m;
	struct sink *s;
	struct err e = { 0 };

	made_start(&m);
	s = made_member(&m, "A.evtx");
	made_event(s, "hv01", "disk", 1, 1, T0);
	made_event(s, "HV01.contoso.com", "disk", 1, 2, T0);
	made_event(s, "HV01.fabrikam.com", "disk", 1, 3, T0);
	made_close(s);
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	cr_assert_eq(m.file.hosts.n, 2);
	cr_assert_neq(case_find_host(&m.file, STR("hv01.CONTOSO.com")), HOST_NONE);
	cr_assert_eq(case_find_host(&m.file, STR("hv01.contoso.com")),
		case_find_host(&m.file, STR("HV01")));
	made_free(&m);
}

static void local_fact(struct made *m, const char *path)
{
	struct sink *s = made_member(m, path);

	sink_fact(s, STR("host.clock"), 3, 0);
	sink_put(s, "zone", STR("Tokyo Standard Time"));
	sink_put(s, "culture", STR("ja-JP"));
	made_close(s);
}

Test(clocks, a_fact_in_the_hosts_own_file_places_its_local_stamps)
{
	struct made m;
	struct sink *s;
	struct err e = { 0 };
	struct kind k = { .data_type = STR("text:line"), .level = LEVEL_INFO };
	struct row r = { .time_100ns = T0, .basis = BASIS_HOST, .flags = ROW_LINE, .number = 1 };

	made_start(&m);
	s = made_member(&m, "HV01_evt_System.evtx");
	made_event(s, "HV01", "disk", 1, 1, T0);
	made_close(s);
	s = made_member(&m, "HV01_job.log");
	r.kind = sink_kind(s, &k);
	sink_row(s, &r);
	made_close(s);
	local_fact(&m, "HV01_systeminfo.txt");
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	cr_assert_eq(m.file.timeline_count, 2);
	cr_assert_eq(m.file.timeline[0].time_100ns, T0 - 9 * TICKS_HOUR);
	cr_assert_eq(m.file.hosts.v[0].time_source, TIME_FROM_ZONE);
	made_free(&m);
}

Test(clocks, options_override_and_wrong_ones_are_named)
{
	struct made m;
	struct sink *s;
	struct err e = { 0 };
	struct case_options o = { .since_100ns = TIME_NONE, .until_100ns = TIME_NONE };

	made_start(&m);
	s = made_member(&m, "A.evtx");
	made_event(s, "HV01", "disk", 1, 1, T0);
	made_close(s);
	vec_push(&o.clocks, STR("HV01=-2.5"));
	cr_assert_eq(made_build(&m, &o, &e), 0);
	cr_assert_eq(m.file.timeline[0].time_100ns, T0 - 25 * TICKS_SECOND / 10);
	case_free(&m.file);
	o.clocks.n = 0;
	vec_push(&o.zones, STR("HV09=UTC"));
	cr_assert_eq(made_build(&m, &o, &e), E_USAGE);
	cr_assert_not_null(strstr(e.text, "HV09"));
	free(o.clocks.v);
	free(o.zones.v);
	made_free(&m);
}

Test(copies, the_same_record_in_two_members_is_one_event)
{
	struct made m;
	struct sink *s;
	struct err e = { 0 };

	made_start(&m);
	for (int i = 0; i < 2; i++) {
		s = made_member(&m, i ? "b/System.evtx" : "a/System.evtx");
		made_event(s, "HV01", "disk", 153, 10, T0);
		made_event(s, "HV01", "disk", 153, 11, T0);
		made_close(s);
	}
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	cr_assert_eq(m.file.timeline_count, 2, "%zu", m.file.timeline_count);
	cr_assert_eq(m.file.copies.n, 2);
	made_free(&m);
}

static void export_row(struct sink *s, uint64_t line, int64_t t, const char *text)
{
	struct kind k = { .data_type = STR("windows:evtx:csv"), .provider = STR("disk"),
		.computer = STR("HV01"), .id = 153, .has_id = true, .level = LEVEL_WARNING };
	struct row r = { .time_100ns = t, .basis = BASIS_UTC, .number = line,
		.flags = ROW_LINE | ROW_PRECISION_S, .message = str_of(text) };

	r.kind = sink_kind(s, &k);
	sink_row(s, &r);
}

Test(copies, an_export_pairs_one_to_one_with_records_whose_text_agrees)
{
	struct made m;
	struct sink *s;
	struct err e = { 0 };

	made_start(&m);
	s = made_member(&m, "System.csv");
	export_row(s, 2, T0, "the IO at disk 4 was retried");
	export_row(s, 3, T0, "the IO at disk 4 was retried");
	export_row(s, 4, T0, "something about disk 9");
	made_close(s);
	s = made_member(&m, "System.evtx");
	made_event(s, "HV01", "disk", 153, 10, T0 + 5);
	sink_put(s, "DiskName", STR("disk 4"));
	made_event(s, "HV01", "disk", 153, 11, T0 + 7);
	sink_put(s, "DiskName", STR("disk 4"));
	made_event(s, "HV01", "disk", 153, 12, T0 + 8);
	sink_put(s, "DiskName", STR("disk 5"));
	made_close(s);
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	cr_assert_eq(m.file.timeline_count, 4);   /* three records, and the text that fits none */
	made_free(&m);
}

Test(coverage, a_log_from_its_first_record_reaches_back_and_up_to_the_collection)
{
	struct made m;
	struct sink *s;
	struct err e = { 0 };

	made_start(&m);
	s = made_member(&m, "Application.evtx");
	made_event(s, "HV01", "VSS", 1, 500, T0);
	made_event(s, "HV01", "VSS", 1, 501, T0 + 100 * TICKS_DAY);
	made_close(s);
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	cr_assert(m.file.coverage.v[0].wrapped);
	cr_assert(case_covers(&m.file, 0, STR("system"), T0, T0 + TICKS_DAY));
	cr_assert(!case_covers(&m.file, 0, STR("System"), T0 - TICKS_DAY, T0));
	cr_assert(!case_covers(&m.file, 0, STR("Security"), T0, T0));
	made_free(&m);
}

static void some_records(struct sink *s, uint64_t first, int n, int step, int64_t t)
{
	for (int i = 0; i < n; i++)
		made_event(s, "HV01", "disk", 153, first + (uint64_t)(i * step), t + i * TICKS_MINUTE);
}

/* A state has no span of its own and must not lend a log one that begins before all time. */
Test(coverage, a_state_that_comes_before_a_log_stretches_nothing)
{
	struct made m;
	struct sink *s;
	struct err e = { 0 };

	made_start(&m);
	s = made_member(&m, "HV01/a_filters.txt");
	sink_row(s, &(struct row){ .time_100ns = TIME_NONE, .basis = BASIS_NONE, .flags = ROW_FACT,
		.kind = sink_kind(s, &(struct kind){ .data_type = STR("fact"), .provider = STR("filter"),
			.computer = STR("HV01"), .level = LEVEL_UNKNOWN }) });
	made_close(s);
	s = made_member(&m, "HV01/b.evtx");
	made_event(s, "HV01", "disk", 1, 1, T0);
	made_event(s, "HV01", "disk", 1, 2, T0 + TICKS_HOUR);
	made_close(s);
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	cr_expect(case_covers(&m.file, 0, STR("System"), T0, T0 + TICKS_HOUR));
	cr_expect(!case_covers(&m.file, 0, STR("System"), T0 - TICKS_HOUR, T0));
	made_free(&m);
}

Test(coverage, records_that_no_file_holds_are_a_gap_in_which_silence_proves_nothing)
{
	struct made m;
	struct sink *s;
	struct err e = { 0 };
	const struct coverage *cov;

	made_start(&m);
	s = made_member(&m, "a/System.evtx");
	some_records(s, 10, 20, 1, T0);
	some_records(s, 40, 5, 1, T0 + TICKS_HOUR);
	made_close(s);
	s = made_member(&m, "b/System.evtx");
	some_records(s, 42, 9, 1, T0 + TICKS_HOUR + 2 * TICKS_MINUTE);
	made_close(s);
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	cov = &m.file.coverage.v[0];
	cr_assert_eq(cov->gaps.n, 1);
	cr_expect_eq(cov->gaps.v[0].records, 10);
	cr_expect_eq(cov->gaps.v[0].from_100ns, T0 + 19 * TICKS_MINUTE);
	cr_expect_eq(cov->gaps.v[0].to_100ns, T0 + TICKS_HOUR);
	cr_expect(case_covers(&m.file, 0, STR("System"), T0, T0 + 19 * TICKS_MINUTE));
	cr_expect(!case_covers(&m.file, 0, STR("System"), T0, T0 + 20 * TICKS_MINUTE));
	cr_expect(case_covers(&m.file, 0, STR("System"), T0 + TICKS_HOUR,
		T0 + TICKS_HOUR + 9 * TICKS_MINUTE));
	made_free(&m);
}

Test(coverage, a_second_file_that_holds_the_lacking_records_closes_the_gap)
{
	struct made m;
	struct sink *s;
	struct err e = { 0 };

	made_start(&m);
	s = made_member(&m, "a/System.evtx");
	some_records(s, 10, 10, 1, T0);
	some_records(s, 30, 10, 1, T0 + 20 * TICKS_MINUTE);
	made_close(s);
	s = made_member(&m, "b/System.evtx");
	some_records(s, 15, 20, 1, T0 + 5 * TICKS_MINUTE);
	made_close(s);
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	cr_expect_eq(m.file.coverage.v[0].gaps.n, 0);
	made_free(&m);
}

Test(coverage, a_log_of_picked_records_covers_nothing)
{
	struct made m;
	struct sink *s;
	struct err e = { 0 };

	made_start(&m);
	s = made_member(&m, "System.evtx");
	some_records(s, 10, 20, 7, T0);
	made_close(s);
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	cr_expect(m.file.coverage.v[0].selected);
	cr_expect_eq(m.file.coverage.v[0].gaps.n, 0);
	cr_expect(str_find(m.file.coverage.v[0].filter, STR("20 of about 134")) >= 0, "%.*s",
		STR_ARG(m.file.coverage.v[0].filter));
	cr_expect(!case_covers(&m.file, 0, STR("System"), T0, T0 + TICKS_MINUTE));
	made_free(&m);
}

static uint32_t host_of_file(const char *path)
{
	struct made m;
	struct sink *s;
	struct err e = { 0 };
	struct kind k = { .data_type = STR("text:line"), .level = LEVEL_INFO };
	struct row r = { .time_100ns = T0, .basis = BASIS_HOST, .flags = ROW_LINE, .number = 1 };
	uint32_t is_hv01;

	made_start(&m);
	s = made_member(&m, path);
	r.kind = sink_kind(s, &k);
	sink_row(s, &r);
	made_close(s);
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	is_hv01 = str_eq(case_host_name(&m.file, m.file.timeline[0].host), STR("HV-01"));
	if (!is_hv01)
		is_hv01 = 2 * str_eq(case_host_name(&m.file, m.file.timeline[0].host), STR("UNKNOWN"));
	made_free(&m);
	return is_hv01;
}

Test(hosts, file_names_of_collectors_tell_the_host_where_no_record_does)
{
	const char *const named[] = { "HV-01-System.csv", "HV-01_evt_Application.csv",
		"x/HV-01_240514-031500__Log-Warn-Err-Info.txt",
		"HV-01-Microsoft-Windows-VHDMP-Operational.csv", "support/HV-01_vssadmin_list_writers.txt",
		"TSS_HV-01_240514-031500_SHA/job.log", "Node_HV-01/fltmc.txt",
		"tss_240514-011500_HV-01_psSDP_HyperV.zip!/stdout.log", "HV-01.contoso.com_cluster.log" };

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		cr_expect_eq(host_of_file(named[i]), 1, "%s", named[i]);
	cr_expect_eq(host_of_file("job.log"), 2);
}

static bool third_is_on_hv02(const char *path)
{
	const char *const paths[] = { "a/HV-01-System.csv", "b/HV-02-System.csv", path };
	struct made m;
	struct err e = { 0 };
	bool found = false;

	made_start(&m);
	for (size_t i = 0; i < 3; i++) {
		struct kind k = { .data_type = STR("text:line"), .level = LEVEL_INFO };
		struct row r = { .time_100ns = T0 + (int64_t)i, .basis = BASIS_HOST, .flags = ROW_LINE };
		struct sink *s = made_member(&m, paths[i]);

		r.kind = sink_kind(s, &k);
		sink_row(s, &r);
		made_close(s);
	}
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	found = str_eq(case_host_name(&m.file, m.file.timeline[2].host), STR("HV-02"));
	made_free(&m);
	return found;
}

Test(hosts, a_known_hosts_name_tells_as_a_folder_or_behind_the_files_name)
{
	cr_expect(third_is_on_hv02("logs/hv-02/x/writers.txt"));
	cr_expect(third_is_on_hv02("c/writers_HV-02.txt"));
	cr_expect(third_is_on_hv02("c/writers HV-02.tar.txt") == false);
	cr_expect(third_is_on_hv02("c/HV-025/writers.txt") == false);
}

Test(coverage, the_span_of_a_collectors_own_log_is_known_as_its_run)
{
	struct made m;
	struct sink *s;
	struct err e = { 0 };
	struct kind k = { .data_type = STR("text:collection:log"), .provider = STR("TSS") };
	struct row r = { .time_100ns = T0, .basis = BASIS_UTC, .flags = ROW_LINE, .number = 1 };

	made_start(&m);
	s = made_member(&m, "HV01_240514-031500__Log-Warn-Err-Info.txt");
	r.kind = sink_kind(s, &k);
	sink_row(s, &r);
	r.time_100ns = T0 + TICKS_HOUR;
	sink_row(s, &r);
	made_close(s);
	s = made_member(&m, "System.evtx");
	made_event(s, "HV01", "disk", 153, 1, T0 + TICKS_MINUTE);
	made_close(s);
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	cr_expect(case_collecting(&m.file, 0, T0 + TICKS_MINUTE));
	cr_expect(!case_collecting(&m.file, 0, T0 - 1));
	cr_expect(!case_collecting(&m.file, HOST_NONE, T0));
	made_free(&m);
}

Test(hosts, a_name_that_damage_made_is_no_host_of_its_own)
{
	struct made m;
	struct sink *s;
	struct err e = { 0 };

	made_start(&m);
	s = made_member(&m, "System.evtx");
	made_event(s, "HV01", "disk", 153, 1, T0);
	made_event(s, "HV01\xea\x94\xae\xea\x97\x86", "disk", 153, 2, T0 + 1);
	made_close(s);
	s = made_member(&m, "Anwendung.evtx");
	made_event(s, "B\xc3\x9cRO-7", "disk", 153, 1, T0);
	made_close(s);
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	cr_expect_eq(m.file.hosts.n, 2);
	cr_expect_neq(case_find_host(&m.file, STR("B\xc3\x9cRO-7")), HOST_NONE);
	made_free(&m);
}
