/* SPDX-License-Identifier: Apache-2.0 */
/* What had a start and an end, with the built-in knowledge. */
#include <criterion/criterion.h>

#include "analyzer/correlate/correlate.h"
#include "analyzer/correlate/knowledge_test.h"

#define VMMS "provider: Microsoft-Windows-Hyper-V-VMMS, channel: Microsoft-Windows-Hyper-V-VMMS-Admin"
#define SQL "fields: {VmName: SQL01, VmId: '11111111-2222-3333-4444-555555555551'}"
#define WEB "fields: {VmName: WEB02, VmId: '11111111-2222-3333-4444-555555555552'}"

static const char story[] =
	"schema: caseline.knowledge/1\ntests:\n"
	"  - name: story\n    cause: file-locked\n    expect: silent\n    rows:\n"
	"      - {at: 0, host: HV01, " VMMS ", id: 19070, " SQL "}\n"
	"      - {at: 60, host: HV01, " VMMS ", id: 19070, " WEB "}\n"
	"      - {at: 90, host: HV02, " VMMS ", id: 19080, fields: {VmName: OTHER}}\n"
	"      - {at: 120, host: HV01, " VMMS ", id: 19080, " SQL "}\n"
	"      - {at: 4000, host: HV01, " VMMS ", id: 19070, " WEB "}\n"
	"      - {at: 4060, host: HV01, " VMMS ", id: 19100, " WEB "}\n";

static void expect(const struct activity *a, const char *on, int64_t seconds, bool failed)
{
	cr_expect(str_eq(a->name, STR("merge")) && str_eq(a->lane, STR("vm")));
	cr_expect(str_eq(a->on, str_of(on)), "'%.*s'", STR_ARG(a->on));
	cr_expect_eq(a->failed, failed);
	if (seconds < 0)
		cr_expect_eq(a->end_100ns, TIME_NONE);
	else
		cr_expect_eq(a->end_100ns - a->start_100ns, seconds * TICKS_SECOND);
}

Test(activity, each_start_takes_the_first_end_of_the_same_thing)
{
	struct knowledge *kb;
	struct kb_case c;
	struct result r = { 0 };
	struct err e = { 0 };

	cr_assert_eq(knowledge_load(NULL, &kb, &e), 0, "%s", e.text);
	knowledge_add(kb, "story", str_of(story), true);
	cr_assert_eq(kb_case_build(&kb->tests.v[kb->tests.n - 1], NULL, &c, &e), 0, "%s", e.text);
	correlate(kb, &c.file, NULL, &r);
	cr_assert_eq(r.activities.n, 3);
	expect(&r.activities.v[0], "SQL01", 120, false);
	expect(&r.activities.v[1], "WEB02", -1, false);
	expect(&r.activities.v[2], "WEB02", 60, true);
	result_free(&r);
	kb_case_free(&c);
	knowledge_free(kb);
}
