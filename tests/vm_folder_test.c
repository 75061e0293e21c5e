/* SPDX-License-Identifier: Apache-2.0 */
/* What lies beside disks: change tracking, saved states, lists that differ. */
#include "tests/make_facts.h"

static struct sink *member_by(struct made *m, const char *path, const char *parser)
{
	struct sink *s = made_member(m, path);

	m->ev.members.v[m->ev.members.n - 1].parser = str_of(parser);
	return s;
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
	made_findings(&m, &out);
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
		made_findings(&m, &out);
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
	made_findings(&m, &out);
	cr_expect_str_eq(out.p, "sources-disagree D:\\VM\\a_1.vhdx\n");
	buf_free(&out);
}
