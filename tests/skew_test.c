/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "analyzer/correlate/learn.h"
#include "tests/make_case.h"

#define T0 INT64_C(133601445000000000)

static struct knowledge *anchors(void)
{
	static const char text[] = "schema: caseline.knowledge/1\nanchors:\n"
				   "  - {provider: cluster, id: [7, 8], same: [Node], within: 10m}\n";
	struct knowledge *kb = knowledge_new();

	knowledge_add(kb, "anchors.yaml", str_of(text), false);
	knowledge_finish(kb);
	cr_assert_eq(kb->problems.n, 0);
	cr_assert_eq(kb->anchors.n, 1);
	return kb;
}

/* `n` events an hour apart on two hosts, the second's clock ahead; `wrong` of them much more so. */
static void build(struct made *m, struct knowledge *kb, int n, int64_t ahead, int wrong, int64_t shift)
{
	struct err e = { 0 };

	made_start(m);
	for (int host = 0; host < 2; host++) {
		struct sink *s = made_member(m, host ? "b.evtx" : "a.evtx");

		for (int i = 0; i < n; i++) {
			int64_t t = T0 + shift + i * TICKS_HOUR + host * ahead;

			made_event(s, host ? "HV02" : "HV01", "cluster", 7, (uint64_t)i + 1,
				t + (host && i < wrong ? 4 * TICKS_MINUTE : 0));
			sink_put(s, "Node", STR("HV03"));
		}
		made_close(s);
	}
	cr_assert_eq(made_build(m, NULL, &e), 0);
	case_measure_clocks(&m->file, kb);
}

Test(skew, is_measured_from_events_that_both_hosts_record_and_moves_no_row)
{
	struct knowledge *kb = anchors();
	struct made m;

	build(&m, kb, 4, 42 * TICKS_SECOND, 0, 0);
	cr_expect_eq(m.file.hosts.v[1].clock_anchors, 4);
	cr_expect_eq(m.file.hosts.v[1].clock_measured_ms, 42000);
	cr_expect_eq(m.file.hosts.v[1].clock_spread_ms, 0);
	cr_expect_eq(m.file.hosts.v[1].clock_against, 0);
	cr_expect_eq(m.file.hosts.v[1].clock_offset_ms, 0);
	cr_expect_eq(m.file.timeline[0].time_100ns, T0);
	made_free(&m);
	knowledge_free(kb);
}

Test(skew, one_wrong_anchor_does_not_move_it_and_a_shift_of_all_clocks_changes_nothing)
{
	struct knowledge *kb = anchors();
	struct made m;

	build(&m, kb, 5, -90 * TICKS_SECOND, 1, 0);
	cr_expect_eq(m.file.hosts.v[1].clock_anchors, 4);
	cr_expect_eq(m.file.hosts.v[1].clock_measured_ms, -90000);
	made_free(&m);
	build(&m, kb, 5, -90 * TICKS_SECOND, 1, 77 * TICKS_DAY);
	cr_expect_eq(m.file.hosts.v[1].clock_measured_ms, -90000);
	made_free(&m);
	knowledge_free(kb);
}

Test(skew, two_anchors_are_too_few)
{
	struct knowledge *kb = anchors();
	struct made m;

	build(&m, kb, 2, 42 * TICKS_SECOND, 0, 0);
	cr_expect_eq(m.file.hosts.v[1].clock_anchors, 0);
	made_free(&m);
	knowledge_free(kb);
}

/* A beat of events pairs with itself one off: nothing may come of it. */
Test(skew, events_that_repeat_within_the_window_prove_nothing)
{
	struct knowledge *kb = anchors();
	struct made m;
	struct err e = { 0 };

	made_start(&m);
	for (int host = 0; host < 2; host++) {
		struct sink *s = made_member(&m, host ? "b.evtx" : "a.evtx");

		for (int i = 0; i < 50; i++) {
			made_event(s, host ? "HV02" : "HV01", "cluster", 7, (uint64_t)i + 1,
				T0 + (i * 60 + host * 90) * TICKS_SECOND);
			sink_put(s, "Node", STR("HV03"));
		}
		made_close(s);
	}
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	case_measure_clocks(&m.file, kb);
	cr_expect_eq(m.file.hosts.v[1].clock_anchors, 0);
	made_free(&m);
	knowledge_free(kb);
}

Test(skew, a_steady_difference_is_put_right_towards_the_middle_clock)
{
	struct knowledge *kb = anchors();
	struct made m;
	struct err e = { 0 };

	made_start(&m);
	for (int host = 0; host < 3; host++) {
		struct sink *s = made_member(&m, host == 0 ? "a.evtx" : host == 1 ? "b.evtx" : "c.evtx");

		for (int i = 0; i < 4; i++) {
			made_event(s, host == 0 ? "HV01" : host == 1 ? "HV02" : "HV03", "cluster", 7,
				(uint64_t)i + 1, T0 + i * TICKS_HOUR + (host ? 0 : 90 * TICKS_SECOND));
			sink_put(s, "Node", STR("HV09"));
		}
		made_close(s);
	}
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	case_learn(&m.file, kb, NULL);
	cr_expect_eq(m.file.hosts.v[0].clock_offset_ms, -90000, "%lld",
		(long long)m.file.hosts.v[0].clock_offset_ms);
	cr_expect_eq(m.file.hosts.v[1].clock_offset_ms, 0);
	cr_expect_eq(m.file.hosts.v[2].clock_offset_ms, 0);
	for (size_t i = 0; i < m.file.timeline_count; i++)
		cr_expect_eq(m.file.timeline[i].time_100ns, T0 + (int64_t)(i / 3) * TICKS_HOUR);
	cr_expect_eq(m.file.hosts.v[0].events, 4);
	made_free(&m);
	knowledge_free(kb);
}

static struct knowledge *built_in(void)
{
	struct knowledge *kb;
	struct err e = { 0 };

	cr_assert_eq(knowledge_load(NULL, &kb, &e), 0);
	return kb;
}

static void shut_downs(struct made *m, const char *guest, int64_t behind)
{
	struct sink *s = made_member(m, "host.evtx");

	for (int i = 0; i < 4; i++) {
		made_event(s, "HV01", "Microsoft-Windows-Hyper-V-Worker", 18508, (uint64_t)i + 1,
			T0 + i * TICKS_DAY + (4 + i) * TICKS_SECOND);
		sink_put(s, "VmName", STR("SQL01"));
	}
	made_close(s);
	s = made_member(m, "guest.evtx");
	for (int i = 0; i < 4; i++)
		made_event(s, guest, "Microsoft-Windows-Kernel-General", 13, (uint64_t)i + 1,
			T0 + i * TICKS_DAY - behind);
	made_close(s);
}

Test(skew, a_guest_is_placed_by_the_stops_that_its_host_saw_and_the_host_stays)
{
	struct knowledge *kb = built_in();
	struct made m;
	struct err e = { 0 };
	uint32_t guest;

	made_start(&m);
	shut_downs(&m, "SQL01", 7 * TICKS_MINUTE);
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	case_learn(&m.file, kb, NULL);
	guest = case_find_host(&m.file, STR("SQL01"));
	cr_assert_neq(guest, HOST_NONE);
	cr_expect(m.file.hosts.v[guest].clock_applied);
	cr_expect_eq(m.file.hosts.v[guest].clock_offset_ms / 10000, 42);
	cr_expect_eq(m.file.hosts.v[case_find_host(&m.file, STR("HV01"))].clock_offset_ms, 0);
	made_free(&m);
	knowledge_free(kb);
}

Test(skew, a_guest_of_another_name_is_compared_with_nothing)
{
	struct knowledge *kb = built_in();
	struct made m;
	struct err e = { 0 };

	made_start(&m);
	shut_downs(&m, "WEB07", 7 * TICKS_MINUTE);
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	case_learn(&m.file, kb, NULL);
	for (size_t i = 0; i < m.file.hosts.n; i++)
		cr_expect_eq(m.file.hosts.v[i].clock_anchors, 0);
	made_free(&m);
	knowledge_free(kb);
}

Test(marks, an_emptied_log_covers_nothing_before_that)
{
	struct knowledge *kb = built_in();
	struct made m;
	struct sink *s;
	struct err e = { 0 };
	struct buf b = { 0 };

	made_start(&m);
	s = made_member(&m, "System.evtx");
	made_event(s, "HV01", "disk", 153, 1, T0);
	made_event(s, "HV01", "Microsoft-Windows-Eventlog", 104, 2, T0 + TICKS_HOUR);
	sink_put(s, "Channel", STR("System"));
	made_event(s, "HV01", "disk", 153, 3, T0 + 2 * TICKS_HOUR);
	made_close(s);
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	cr_expect(case_covers(&m.file, 0, STR("System"), T0, T0 + TICKS_HOUR));
	case_learn(&m.file, kb, NULL);
	cr_expect(!case_covers(&m.file, 0, STR("System"), T0, T0 + TICKS_HOUR));
	cr_expect(case_covers(&m.file, 0, STR("System"), T0 + TICKS_HOUR, T0 + 2 * TICKS_HOUR));
	coverage_remarks(&m.file.coverage.v[0], &b);
	cr_expect(str_find(buf_str(&b), STR("emptied at 2024-")) >= 0, "%.*s", (int)b.n, b.p);
	buf_free(&b);
	made_free(&m);
	knowledge_free(kb);
}

static void set_clock(struct sink *s, uint64_t record, int64_t from, int64_t to)
{
	char text[RFC3339_BYTES];

	made_event(s, "HV01", "Microsoft-Windows-Kernel-General", 1, record, to);
	sink_put(s, "NewTime", str_of(time_rfc3339(to, text)));
	sink_put(s, "OldTime", str_of(time_rfc3339(from, text)));
}

Test(marks, a_clock_set_back_is_told_and_doubted_over_what_it_repeats)
{
	struct knowledge *kb = built_in();
	struct made m;
	struct sink *s;
	struct err e = { 0 };
	struct event_view v;

	made_start(&m);
	s = made_member(&m, "System.evtx");
	set_clock(s, 1, T0, T0 + TICKS_MS);      /* a trim, not a step */
	set_clock(s, 2, T0 + TICKS_HOUR, T0 + TICKS_HOUR - 10 * TICKS_MINUTE);
	made_event(s, "HV01", "disk", 153, 3, T0 + TICKS_HOUR - 5 * TICKS_MINUTE);
	made_event(s, "HV01", "disk", 153, 4, T0 + 2 * TICKS_HOUR);
	made_close(s);
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	case_learn(&m.file, kb, NULL);
	cr_assert_eq(m.file.hosts.v[0].steps.n, 1);
	cr_expect_eq(m.file.hosts.v[0].steps.v[0].by_ms, -600000);
	case_view(&m.file, m.file.timeline[2].ref, &v);
	cr_expect_eq(v.doubt_ms, 600000);
	case_view(&m.file, m.file.timeline[3].ref, &v);
	cr_expect_eq(v.doubt_ms, 0);
	made_free(&m);
	knowledge_free(kb);
}
