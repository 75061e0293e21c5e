/* SPDX-License-Identifier: Apache-2.0 */
/* How failures become incidents, told on small stories. */
#include <criterion/criterion.h>

#include "analyzer/correlate/correlate.h"
#include "analyzer/correlate/knowledge_test.h"
#include "tests/knowledge_world.h"

struct story {
	struct knowledge *kb;
	struct kb_case c;
	struct result r;
	struct buf yaml;
};

static void begin(struct story *s)
{
	*s = (struct story){ 0 };
	buf_puts(&s->yaml, STR("schema: caseline.knowledge/1\ntests:\n"
			       "  - name: story\n    cause: file-locked\n    expect: fire\n    rows:\n"));
}

static void event(struct story *s, const char *at, const char *host, const char *what)
{
	buf_printf(&s->yaml, "      - {at: %s, host: %s, %s}\n", at, host, what);
}

static void checkpoint(struct story *s, const char *at, const char *vm, const char *guid,
	const char *code)
{
	char what[400];

	snprintf(what, sizeof(what),
		"provider: Microsoft-Windows-Hyper-V-VMMS, id: 18012, channel: "
		"Microsoft-Windows-Hyper-V-VMMS-Admin, fields: {VmName: %s, VmId: '%s', E: '%s'}",
		vm, guid, code);
	event(s, at, "HV01", what);
}

#define RESET "provider: storahci, id: 129, channel: System, data: ['\\Device\\RaidPort1']"
#define OK "provider: storahci, id: 130, channel: System, data: ['\\Device\\RaidPort1']"
#define WRITER "provider: VSS, id: 8229, channel: Application, data: ['0x800423F4', SqlServerWriter]"
#define G1 "{11111111-2222-3333-4444-555555555551}"
#define G2 "{11111111-2222-3333-4444-555555555552}"
#define LOCKED "%%2147942432"
#define OTHER "0x80004005"

static void correlate_story(struct story *s, const char *about)
{
	struct correlate_options o = { .about = str_of(about) };
	struct err e = { 0 };

	s->kb = small_world();
	knowledge_add(s->kb, "story", buf_str(&s->yaml), true);
	for (size_t i = 0; i < s->kb->problems.n; i++)
		cr_assert(!s->kb->problems.v[i].error, "%.*s", STR_ARG(s->kb->problems.v[i].text));
	cr_assert_eq(kb_case_build(&s->kb->tests.v[s->kb->tests.n - 1], NULL, &s->c, &e), 0, "%s",
		e.text);
	correlate(s->kb, &s->c.file, &o, &s->r);
}

static void end(struct story *s)
{
	result_free(&s->r);
	kb_case_free(&s->c);
	knowledge_free(s->kb);
	buf_free(&s->yaml);
}

#define IS(view, text) cr_expect(str_eq(view, STR(text)), "'%.*s'", STR_ARG(view))

Test(incident, the_same_failure_every_night_is_one_with_a_rhythm)
{
	struct story s;

	begin(&s);
	for (int day = 0; day < 5; day++) {
		char at[20];

		snprintf(at, sizeof(at), "%d", day * 86400 + day * 30);
		checkpoint(&s, at, "SQL01", G1, LOCKED);
	}
	correlate_story(&s, "");
	cr_assert_eq(s.r.incidents.n, 1);
	cr_expect_eq(s.r.incidents.v[0].occurrences, 5);
	IS(s.r.incidents.v[0].rhythm, "every day at about 08:00 UTC, 5 times");
	cr_expect_eq(s.r.incidents.v[0].last_100ns - s.r.incidents.v[0].first_100ns,
		4 * TICKS_DAY + 120 * TICKS_SECOND);
	end(&s);
}

Test(incident, failures_of_two_vms_for_their_own_reasons_stay_two)
{
	struct story s;

	begin(&s);
	checkpoint(&s, "0", "SQL01", G1, LOCKED);
	checkpoint(&s, "20", "WEB02", G2, LOCKED);
	correlate_story(&s, "");
	cr_assert_eq(s.r.incidents.n, 2);
	cr_expect_eq(s.r.incidents.v[0].vms.n, 1);
	end(&s);
}

Test(incident, one_root_that_breaks_two_vms_is_one)
{
	struct story s;

	begin(&s);
	event(&s, "0", "HV01", RESET);
	event(&s, "10", "HV01", WRITER);
	checkpoint(&s, "20", "SQL01", G1, OTHER);
	checkpoint(&s, "25", "WEB02", G2, OTHER);
	correlate_story(&s, "");
	cr_assert_eq(s.r.incidents.n, 1);
	IS(s.r.incidents.v[0].cause, "storage-io-reset");
	cr_assert_eq(s.r.incidents.v[0].vms.n, 2);
	IS(s.r.incidents.v[0].vms.v[0], "SQL01");
	IS(s.r.incidents.v[0].vms.v[1], "WEB02");
	cr_expect_eq(s.r.incidents.v[0].chain.n, 3);
	cr_expect_eq(s.r.incidents.v[0].end_100ns - s.r.incidents.v[0].start_100ns,
		25 * TICKS_SECOND);
	end(&s);
}

Test(incident, two_vms_of_one_name_stay_apart)
{
	struct story s;

	begin(&s);
	checkpoint(&s, "0", "SQL01", G1, LOCKED);
	checkpoint(&s, "20", "SQL01", G2, LOCKED);
	correlate_story(&s, "");
	cr_expect_eq(s.r.incidents.n, 2);
	end(&s);
}

Test(incident, an_end_that_was_logged_makes_it_recovered)
{
	struct story s;

	begin(&s);
	event(&s, "0", "HV01", RESET);
	checkpoint(&s, "20", "SQL01", G1, OTHER);
	event(&s, "60", "HV01", OK);
	correlate_story(&s, "");
	cr_assert_eq(s.r.incidents.n, 1);
	cr_expect_eq(s.r.incidents.v[0].state, INCIDENT_RECOVERED);
	end(&s);
}

Test(incident, what_nothing_explains_is_undetermined_with_rivals)
{
	struct story s;

	begin(&s);
	checkpoint(&s, "0", "SQL01", G1, OTHER);
	correlate_story(&s, "");
	cr_assert_eq(s.r.incidents.n, 1);
	IS(s.r.incidents.v[0].cause, "undetermined");
	cr_expect_leq(s.r.incidents.v[0].confidence_milli, 200);
	cr_expect_gt(s.r.incidents.v[0].rivals.n, 0);
	cr_expect_gt(s.r.missing.n, 0);
	end(&s);
}

Test(incident, a_join_by_host_and_time_alone_is_little_believed)
{
	struct story s;

	begin(&s);
	event(&s, "0", "HV01", RESET);
	checkpoint(&s, "20", "SQL01", G1, OTHER);
	correlate_story(&s, "");
	cr_assert_eq(s.r.incidents.n, 1);
	cr_expect_leq(s.r.incidents.v[0].confidence_milli, 450);
	end(&s);
}

Test(incident, another_host_explains_nothing)
{
	struct story s;

	begin(&s);
	event(&s, "0", "HV02", RESET);
	checkpoint(&s, "20", "SQL01", G1, OTHER);
	correlate_story(&s, "");
	cr_assert_eq(s.r.incidents.n, 1);
	IS(s.r.incidents.v[0].cause, "undetermined");
	end(&s);
}

Test(incident, what_the_user_named_comes_first_and_says_why)
{
	struct story s;

	begin(&s);
	checkpoint(&s, "0", "SQL01", G1, LOCKED);
	checkpoint(&s, "20", "WEB02", G2, OTHER);
	correlate_story(&s, "web02");
	cr_assert_eq(s.r.incidents.n, 2);
	IS(s.r.incidents.v[0].about, "the VM WEB02");
	IS(s.r.incidents.v[1].about, "");
	cr_expect_eq(s.r.incidents.v[0].rank, 1);
	end(&s);
}

Test(incident, the_harmless_is_observed_and_too_few_are_nothing)
{
	struct story s;

	begin(&s);
	event(&s, "0", "HV01", "provider: Pauses, id: 5120, data: [brief]");
	event(&s, "5", "HV01", "provider: Many, id: 7");
	event(&s, "9", "HV01", "provider: Many, id: 7");
	correlate_story(&s, "");
	cr_expect_eq(s.r.incidents.n, 0);
	cr_assert_eq(s.r.observations.n, 1);
	IS(s.r.observations.v[0].why, "snapshots do that");
	end(&s);
}

Test(incident, a_state_worth_mending_is_observed_with_what_to_do)
{
	struct story s;

	begin(&s);
	event(&s, "0", "HV01", "fact: driver, fields: {name: megasas, tuned: 'false'}");
	event(&s, "0", "HV01", "fact: driver, fields: {name: bnxt, tuned: 'false'}");
	event(&s, "0", "HV01", "fact: driver, fields: {name: ixgbe, tuned: 'true'}");
	correlate_story(&s, "");
	cr_expect_eq(s.r.incidents.n, 0);
	cr_assert_eq(s.r.observations.n, 2);
	IS(s.r.observations.v[0].title, "bnxt is not tuned");
	IS(s.r.observations.v[0].why, "it works");
	IS(s.r.observations.v[0].advice, "Tune bnxt.");
	IS(s.r.observations.v[1].command, "tune megasas <level>");
	end(&s);
}

Test(incident, enough_of_them_count_but_memory_alone_is_capped)
{
	struct story s;

	begin(&s);
	for (int i = 0; i < 3; i++)
		event(&s, i == 0 ? "0" : i == 1 ? "5" : "9", "HV01", "provider: Many, id: 7");
	checkpoint(&s, "20", "SQL01", G1, OTHER);
	correlate_story(&s, "");
	cr_assert_eq(s.r.incidents.n, 1);
	IS(s.r.incidents.v[0].cause, "undetermined");   /* no rule ends at that signal */
	end(&s);
}

Test(incident, one_row_with_two_signals_is_shown_once)
{
	struct story s;
	size_t shown = 0;

	begin(&s);
	checkpoint(&s, "0", "SQL01", G1, LOCKED);
	correlate_story(&s, "");
	cr_assert_eq(s.r.incidents.n, 1);
	for (size_t i = 0; i < s.r.incidents.v[0].evidence.n; i++)
		shown += s.r.incidents.v[0].evidence.v[i].kind == EVIDENCE_EVENT;
	cr_expect_eq(shown, 1);
	IS(s.r.incidents.v[0].title, "A file of SQL01 is open elsewhere");
	end(&s);
}

Test(incident, an_earlier_sight_of_the_same_cause_is_cited_too)
{
	struct story s;

	begin(&s);
	event(&s, "-1200", "HV01", "provider: Microsoft-Windows-Hyper-V-VMMS, id: 19100, fields: "
				   "{VmName: SQL01, VmId: '" G1 "', E: '" LOCKED "'}");
	event(&s, "-1100", "HV01", "provider: Microsoft-Windows-Hyper-V-VMMS, id: 19100, fields: "
				   "{VmName: WEB02, VmId: '" G2 "', E: '" LOCKED "'}");
	checkpoint(&s, "0", "SQL01", G1, LOCKED);
	correlate_story(&s, "");
	cr_assert_eq(s.r.incidents.n, 1);
	cr_expect_eq(s.r.incidents.v[0].evidence.n, 2);
	cr_expect_eq(s.r.incidents.v[0].vms.n, 1);
	end(&s);
}

Test(incident, a_success_that_names_no_vm_makes_no_vm_good)
{
	struct story s;

	begin(&s);
	checkpoint(&s, "0", "SQL01", G1, LOCKED);
	event(&s, "60", "HV01", "provider: Microsoft-Windows-Hyper-V-VMMS, id: 18010");
	correlate_story(&s, "");
	cr_expect_eq(s.r.incidents.n, 1);
	end(&s);
	begin(&s);
	checkpoint(&s, "0", "SQL01", G1, LOCKED);
	event(&s, "60", "HV01",
		"provider: Microsoft-Windows-Hyper-V-VMMS, id: 18010, fields: {VmName: SQL01}");
	correlate_story(&s, "");
	cr_expect_eq(s.r.incidents.n, 0);
	end(&s);
}

/* Resets once in a quarter of an hour, and one failure beside the last: chance, not cause. */
static void often_away(struct story *s, bool with_another_host)
{
	begin(s);
	for (int i = 0; i < 8; i++) {
		char at[20];

		snprintf(at, sizeof(at), "%d", i * 900);
		event(s, at, "HV01", RESET);
	}
	checkpoint(s, "6500", "SQL01", G1, OTHER);
	if (with_another_host)
		event(s, "40d", "FAR01", "provider: Other, id: 1");
	correlate_story(s, "");
}

Test(incident, what_is_common_on_a_host_stays_so_beside_a_host_of_another_month)
{
	struct story s;

	often_away(&s, false);
	cr_assert_eq(s.r.incidents.n, 1);
	IS(s.r.incidents.v[0].cause, "undetermined");
	end(&s);
	often_away(&s, true);
	cr_assert_eq(s.r.incidents.n, 1);
	IS(s.r.incidents.v[0].cause, "undetermined");
	end(&s);
}

static void keep_text(void *to, const struct trace_row *row)
{
	buf_puts(to, row->text);
}

Test(incident, a_trace_says_how_near_it_came)
{
	struct story s;
	struct buf b = { 0 };
	struct err e = { 0 };

	begin(&s);
	event(&s, "-1200", "HV01", RESET);
	checkpoint(&s, "0", "SQL01", G1, OTHER);
	correlate_story(&s, "");
	cr_assert_eq(correlate_trace(s.kb, &s.c.file, STR("storage-io-reset"), keep_text, &b, &e), 0);
	cr_expect_geq(str_find(buf_str(&b), STR("20 min")), 0, "%.*s", STR_ARG(buf_str(&b)));
	cr_expect_geq(str_find(buf_str(&b), STR("allowed are 10 min")), 0, "%.*s",
		STR_ARG(buf_str(&b)));
	cr_expect_neq(correlate_trace(s.kb, &s.c.file, STR("no-such"), keep_text, &b, &e), 0);
	buf_free(&b);
	end(&s);
}
