/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "analyzer/case/case_skew.h"
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
