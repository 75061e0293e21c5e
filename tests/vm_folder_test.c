/* SPDX-License-Identifier: Apache-2.0 */
/* What lies beside disks: change tracking, saved states, lists that differ. */
#include <criterion/criterion.h>

#include "analyzer/case/derive.h"
#include "tests/make_case.h"

static struct sink *member_by(struct made *m, const char *path, const char *parser)
{
	struct sink *s = made_member(m, path);

	m->ev.members.v[m->ev.members.n - 1].parser = str_of(parser);
	return s;
}

static void fact(struct sink *s, const char *type, const char *const *pairs)
{
	sink_fact(s, str_of(type), 1, 0);
	for (; *pairs; pairs += 2)
		sink_put(s, pairs[0], str_of(pairs[1]));
}

#define FACT(s, type, ...) fact((s), (type), (const char *const[]){ __VA_ARGS__, NULL })

static void finish(struct made *m, struct buf *out)
{
	fact_list facts;
	struct err e = { 0 };
	struct arena *a = arena_new();

	cr_assert_eq(made_build(m, NULL, &e), 0, "%s", e.text);
	facts_of(&m->file, "chain.finding", &facts);
	for (size_t i = 0; i < facts.n; i++)
		buf_printf(out, "%.*s %.*s\n", STR_ARG(fact_text(&facts.v[i], "finding", a)),
			STR_ARG(fact_text(&facts.v[i], "path", a)));
	buf_putc(out, '\0');
	free(facts.v);
	arena_free(a);
	made_free(m);
}

Test(vm_folder, change_tracking_without_its_disk_or_its_twin_is_told)
{
	struct made m;
	struct buf out = { 0 };
	struct sink *s;

	made_start(&m);
	s = member_by(&m, "HV01_dir.txt", "dir_listing");
	FACT(s, "file", "path", "D:\\VM\\a.vhdx");
	FACT(s, "file", "path", "D:\\VM\\a.vhdx.rct");
	FACT(s, "file", "path", "D:\\VM\\a.vhdx.mrt");
	FACT(s, "file", "path", "D:\\VM\\b.vhdx.rct");
	FACT(s, "file", "path", "D:\\VM\\b.vhdx.mrt");
	FACT(s, "file", "path", "D:\\VM\\c.vhdx");
	FACT(s, "file", "path", "D:\\VM\\c.vhdx.rct");
	made_close(s);
	finish(&m, &out);
	cr_expect_str_eq(out.p, "tracking-orphan D:\\VM\\b.vhdx.rct\ntracking-orphan D:\\VM\\b.vhdx.mrt\n"
		"tracking-pair D:\\VM\\c.vhdx.rct\n");
	buf_free(&out);
}

Test(vm_folder, a_saved_state_of_a_vm_that_is_off_is_told)
{
	static const char *const states[] = { "Off", "Saved" };

	for (size_t i = 0; i < 2; i++) {
		struct made m;
		struct buf out = { 0 };
		struct sink *s;

		made_start(&m);
		s = member_by(&m, "HV01_vm.txt", "ps_list");
		FACT(s, "vm", "name", "SQL01", "id", "{A}", "state", states[i]);
		FACT(s, "vm.runtime", "id", "{A}", "saved", "true");
		FACT(s, "vm.runtime", "id", "{B}", "saved", "true");
		made_close(s);
		finish(&m, &out);
		cr_expect_str_eq(out.p, i ? "" : "saved-state-left \n");
		buf_free(&out);
	}
}

Test(vm_folder, a_configuration_and_a_list_that_name_other_disks_are_told)
{
	struct made m;
	struct buf out = { 0 };
	struct sink *s;

	made_start(&m);
	s = member_by(&m, "HV01_info.txt", "ps_list");
	FACT(s, "vm.disk", "vm", "SQL01", "path", "D:\\VM\\a.vhdx");
	FACT(s, "vm.disk", "vm", "SQL01", "path", "D:\\VM\\b.vhdx");
	made_close(s);
	s = member_by(&m, "HV01_x.vmcx", "vmcx");
	FACT(s, "vm.disk", "vm", "SQL01", "path", "D:\\VM\\a_1.vhdx");
	FACT(s, "vm.disk", "vm", "SQL01", "path", "D:\\VM\\b.vhdx");
	made_close(s);
	finish(&m, &out);
	cr_expect_str_eq(out.p, "sources-disagree D:\\VM\\a_1.vhdx\n");
	buf_free(&out);
}
