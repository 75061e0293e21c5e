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

#define CLUSTER "provider: Microsoft-Windows-FailoverClustering"

static const char absence[] =
	"schema: caseline.knowledge/1\ntests:\n"
	"  - name: story\n    cause: file-locked\n    expect: silent\n    rows:\n"
	"      - {at: 0, host: HV01, " CLUSTER ", channel: System, id: 1673, data: [HV02]}\n"
	"      - {at: 240, host: HV01, " CLUSTER ", channel: System, id: 1135, data: [HV02]}\n"
	"      - {at: 300, host: HV03, computer: HV03.contoso.local, " CLUSTER ", id: 1062, data: [CLU1]}\n"
	"      - {at: 900, host: HV02, computer: HV02.contoso.local, " CLUSTER ", id: 1062, data: [CLU1]}\n";

static void expect(const struct activity *a, const char *lane, const char *on, int64_t seconds, bool failed)
{
	cr_expect(str_eq(a->lane, str_of(lane)));
	cr_expect(str_eq(a->on, str_of(on)), "'%.*s'", STR_ARG(a->on));
	cr_expect_eq(a->failed, failed);
	if (seconds < 0)
		cr_expect_eq(a->end_100ns, TIME_NONE);
	else
		cr_expect_eq(a->end_100ns - a->start_100ns, seconds * TICKS_SECOND);
}

struct told {
	struct knowledge *kb;
	struct kb_case c;
	struct result r;
};

static void tell(struct told *t, const char *rows)
{
	struct err e = { 0 };

	*t = (struct told){ 0 };
	cr_assert_eq(knowledge_load(NULL, &t->kb, &e), 0, "%s", e.text);
	knowledge_add(t->kb, "story", str_of(rows), true);
	cr_assert_eq(kb_case_build(&t->kb->tests.v[t->kb->tests.n - 1], NULL, &t->c, &e), 0, "%s", e.text);
	correlate(t->kb, &t->c.file, NULL, &t->r);
}

static void told_free(struct told *t)
{
	result_free(&t->r);
	kb_case_free(&t->c);
	knowledge_free(t->kb);
}

Test(activity, each_start_takes_the_first_end_of_the_same_thing)
{
	struct told t;

	tell(&t, story);
	cr_assert_eq(t.r.activities.n, 3);
	expect(&t.r.activities.v[0], "vm", "SQL01", 120, false);
	expect(&t.r.activities.v[1], "vm", "WEB02", -1, false);
	expect(&t.r.activities.v[2], "vm", "WEB02", 60, true);
	told_free(&t);
}

Test(activity, a_node_is_away_until_it_joins_itself)
{
	struct told t;

	tell(&t, absence);
	cr_assert_eq(t.r.activities.n, 2);
	expect(&t.r.activities.v[0], "node", "HV02", 240, false);
	expect(&t.r.activities.v[1], "node", "HV02", 660, false);
	cr_expect(str_eq(t.r.activities.v[1].name, STR("out of the cluster")) && t.r.activities.v[1].outage);
	told_free(&t);
}
