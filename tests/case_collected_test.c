/* SPDX-License-Identifier: Apache-2.0 */
/* When what has no time of its own was so: stamps above texts, phases of a run, two looks in one bundle. */
#include <criterion/criterion.h>

#include "parsers/stamp.h"
#include "tests/make_case.h"
#include "tests/make_facts.h"

static const char *const clock_pairs[] = { "zone", "W. Europe Standard Time", NULL };
static const char *const info_pairs[] = { "name", "HV01", NULL };

/* A member of HV01 that holds a fact without a time, below a text that may be stamped. */
static void add_text(struct made *m, const char *path, const char *text)
{
	struct sink *s = made_member(m, path);
	struct member_view v = { .data = (const uint8_t *)text, .held = strlen(text), .size = strlen(text) };

	fact_put(s, "host.info", info_pairs);
	fact_put(s, "host.clock", clock_pairs);
	stamp_put(&v, s);
	made_close(s);
}

/* When the facts of a member were so, as text. */
static struct str told_at(const struct made *m, uint32_t member)
{
	static char text[RFC3339_BYTES];

	for (uint32_t i = 0; i < m->file.segments.n; i++)
		if (m->file.segments.v[i].member == member)
			return str_of(time_rfc3339(case_row_time(&m->file, i, 0, 0), text));
	return STR("nothing");
}

static void expect_at(const struct made *m, uint32_t member, const char *time)
{
	struct str got = told_at(m, member);

	cr_expect(str_starts(got, str_of(time)), "member %u: %.*s, expected %s", member, STR_ARG(got), time);
}

Test(case_collected, a_stamp_above_a_text_is_local_time)
{
	struct made m;

	made_start(&m);
	add_text(&m, "HV01_a.txt", "[02/12/2026 21:28:02] VSSAdmin.exe list writers\r\nx\r\n");
	add_text(&m, "HV01_b.txt", "====\r\n20260712 08:15:20.123 : handle.exe -a\r\n====\r\nx\r\n");
	made_must_build(&m);
	expect_at(&m, 0, "2026-02-12T20:28:02");
	expect_at(&m, 1, "2026-07-12T06:15:20");
	made_free(&m);
}

Test(case_collected, what_looks_like_a_stamp_is_none)
{
	struct made m;

	made_start(&m);
	add_text(&m, "HV01_a.txt", "[13/12/2026 21:28:02] x\r\n[02/12/2026 21:28:02]\r\n[02-12-2026 21:28:02] x\r\n");
	add_text(&m, "HV01_b.txt", "20260712 08:15:20.123 : no frame\r\n");
	add_text(&m, "HV01_c.txt", "1\r\n2\r\n3\r\n4\r\n5\r\n[02/12/2026 21:28:02] too late\r\n");
	made_must_build(&m);
	cr_expect_eq(m.file.hosts.v[0].collected_100ns, TIME_NONE);
	made_free(&m);
}

Test(case_collected, files_of_a_phase_share_its_stamp)
{
	struct made m;

	made_start(&m);
	add_text(&m, "HV01_Handle_Start_.txt", "====\n20260112 08:15:20.000 : handle.exe\n====\n");
	add_text(&m, "HV01_Handle_Stop_.txt", "====\n20260112 10:05:00.000 : handle.exe\n====\n");
	add_text(&m, "HV01_Writers_Start_.txt", "x\n");
	add_text(&m, "HV01_Writers_Stop_.txt", "x\n");
	made_must_build(&m);
	expect_at(&m, 2, "2026-01-12T07:15:20");
	expect_at(&m, 3, "2026-01-12T09:05:00");
	made_free(&m);
}

Test(case_collected, two_looks_in_folders_have_their_files_times)
{
	struct made m;
	int64_t t;

	made_start(&m);
	add_text(&m, "after/HV01_writers.txt", "x\n");
	add_text(&m, "before/HV01_writers.txt", "x\n");
	add_text(&m, "collected.txt", "[02/12/2026 12:00:00] x\n");
	for (uint32_t i = 0; i < 2; i++) {
		cr_assert(time_parse_rfc3339(i ? STR("2026-02-10T10:00:00Z") : STR("2026-02-12T11:30:00Z"), &t));
		m.ev.members.v[i].modified_100ns = t;
		m.ev.members.v[i].facts = 2;
	}
	made_must_build(&m);
	expect_at(&m, 0, "2026-02-12T10:30:00");
	expect_at(&m, 1, "2026-02-10T09:00:00");
	made_free(&m);
}
