/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "analyzer/correlate/knowledge.h"
#include "analyzer/correlate/predicate.h"
#include "tests/make_case.h"

/* One event: provider disk, id 153, channel System, level 3, Data \Device\Harddisk1\DR1 and 7. */
static void one_event(struct made *m, struct event_view *v)
{
	struct kind k = { .data_type = STR("windows:evtx:record"), .provider = STR("disk"),
		.source = STR("partmgr"), .channel = STR("Microsoft-Windows-VHDMP/Operational"),
		.computer = STR("HV01"), .id = 153, .has_id = true, .level = 3 };
	struct row r = { .time_100ns = 133601472000000000, .number = 1, .basis = BASIS_UTC };
	struct case_options o = { .since_100ns = TIME_NONE, .until_100ns = TIME_NONE };
	struct err e = { 0 };
	struct sink *s;

	made_start(m);
	s = made_member(m, "a.evtx");
	r.kind = sink_kind(s, &k);
	sink_row(s, &r);
	sink_field_text(s, SECTION_EVENTDATA, 0, STR("\\Device\\Harddisk1\\DR1"));
	sink_field_number(s, SECTION_EVENTDATA, sink_text(s, STR("Count")), VALUE_UINT, 7);
	made_close(s);
	cr_assert_eq(made_build(m, &o, &e), 0);
	case_view(&m->file, m->file.timeline[0].ref, v);
}

static enum truth ask(const char *yaml)
{
	struct made m;
	struct event_view v;
	struct arena *a = arena_new();
	struct err e = { 0 };
	struct predicate *p = NULL;
	struct row_scratch scratch = { 0 };
	enum truth kind, row;
	struct yaml *at = yaml_parse(a, "t", str_of(yaml), &e);

	cr_assert(at, "%s", e.text);
	cr_assert_eq(predicate_compile(a, "t", at, &p, &e), 0, "%s", e.text);
	one_event(&m, &v);
	kind = predicate_kind(p, v.kind);
	row = predicate_row(p, &m.file, &v, &scratch);
	cr_expect(kind == TRUTH_UNKNOWN || kind == row, "the kind says %d, the row %d", kind, row);
	predicate_free(p);
	row_scratch_free(&scratch);
	made_free(&m);
	arena_free(a);
	return row;
}

#define YES(yaml) cr_expect_eq(ask(yaml), TRUTH_YES, "%s", yaml)
#define NO(yaml) cr_expect_eq(ask(yaml), TRUTH_NO, "%s", yaml)
#define OPEN(yaml) cr_expect_eq(ask(yaml), TRUTH_UNKNOWN, "%s", yaml)

Test(predicate, kinds_decide_what_rows_share)
{
	YES("{provider: disk, id: 153}");
	YES("{provider: partmgr}");
	YES("{provider: [x, d?sk]}");
	YES("{id: [1, 153]}");
	YES("{EventID: 153, Provider_Name: DISK}");
	YES("{channel: Microsoft-Windows-VHDMP-Operational}");
	YES("{channel: Microsoft-Windows-VHDMP%4Operational}");
	YES("{level|lte: 3, id|gt: 100}");
	YES("{level: warning}");
	NO("{id: 154}");
	NO("{provider: disk, id: 7}");
	NO("{fact: disk}");
	NO("{not: {id: 153}}");
}

Test(predicate, rows_decide_the_rest)
{
	YES("{data.0|startswith: '\\Device\\harddisk'}");
	YES("{data.0: '*DR1'}");
	YES("{Count: 7, Count|gte: 7}");
	YES("{any|contains: harddisk1}");
	YES("{any|contains|all: [device, dr1]}");
	YES("{data.0|re: 'Harddisk(\\d+)'}");
	YES("{Missing|exists: false, Count|exists: true}");
	YES("[{id: 1}, {Count: 7}]");
	NO("{data.0|contains|cased: harddisk1}");
	NO("{Missing: x}");
	NO("{any|contains|all: [device, nowhere]}");
	NO("{Count|lt: 7}");
}

Test(predicate, what_cannot_be_told_is_neither)
{
	OPEN("{message|contains: x}");
	OPEN("{not: {message|contains: x}}");
	OPEN("{data.0|gt: 5}");
	YES("[{message|contains: x}, {id: 153}]");
	NO("{message|contains: x, id: 1}");
}

static void refused(const char *yaml, const char *part)
{
	struct arena *a = arena_new();
	struct err e = { 0 };
	struct predicate *p = NULL;
	struct yaml *at = yaml_parse(a, "t", str_of(yaml), &e);

	cr_assert(at);
	cr_expect_neq(predicate_compile(a, "t", at, &p, &e), 0, "%s", yaml);
	cr_expect(strstr(e.text, part), "'%s' lacks '%s'", e.text, part);
	predicate_free(p);
	arena_free(a);
}

Test(predicate, faults_are_told_with_their_place)
{
	refused("{id: abc}", "t:1:6: 'abc' is no number");
	refused("{a|near: x}", "unknown modifier '|near'");
	refused("{a|re: '('}", "pattern");
	refused("{a|code: [oops]}", "'oops' is no error code");
	refused("{}", "match everything");
	refused("{a: []}", "the list is empty");
	refused("{a: {b: c}}", "a text or a list");
}

Test(predicate, ids_narrow_what_is_looked_at)
{
	struct arena *a = arena_new();
	struct err e = { 0 };
	struct predicate *p;
	uint32_t ids[8];

	predicate_compile(a, "t", yaml_parse(a, "t", STR("[{id: [1, 2]}, {id: 3, provider: x}]"), &e),
		&p, &e);
	cr_expect_eq(predicate_ids(p, ids, 8), 3);
	predicate_free(p);
	predicate_compile(a, "t", yaml_parse(a, "t", STR("[{id: 1}, {provider: x}]"), &e), &p, &e);
	cr_expect_eq(predicate_ids(p, ids, 8), 0);
	predicate_free(p);
	predicate_compile(a, "t", yaml_parse(a, "t", STR("{not: {id: 1}, provider: x}"), &e), &p, &e);
	cr_expect_eq(predicate_ids(p, ids, 8), 0);
	predicate_free(p);
	arena_free(a);
}
