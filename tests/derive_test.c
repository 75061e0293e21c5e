/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/make_facts.h"

#define findings(m, finding, path) made_told((m), "chain.finding", (finding), "path", (path))

static void disk(struct sink *s, const char *vm, const char *path, const char *exists)
{
	sink_fact(s, STR("vm.disk"), 1, 0);
	sink_put(s, "vm", str_of(vm));
	sink_put(s, "path", str_of(path));
	sink_put(s, "exists", str_of(exists));
}

static void image(struct sink *s, const char *path, const char *own, const char *link,
	const char *parent)
{
	sink_fact(s, STR("disk.image"), 1, 0);
	sink_put(s, "path", str_of(path));
	sink_put(s, "data_write_id", str_of(own));
	sink_put(s, "virtual_disk_id", STR("{FAMILY}"));
	if (*link)
		sink_put(s, "parent_link_id", str_of(link));
	if (*parent)
		sink_put(s, "parent_path", str_of(parent));
}

static void file(struct sink *s, const char *path)
{
	sink_fact(s, STR("file"), 1, 0);
	sink_put(s, "path", str_of(path));
}

Test(disks, an_avhdx_that_no_chain_reaches_is_an_orphan_and_one_in_a_chain_is_not)
{
	struct made m;
	struct sink *s;

	made_start(&m);
	s = made_member(&m, "HV01_info.txt");
	disk(s, "SQL01", "D:\\VM\\sql_A.avhdx", "true");
	image(s, "D:\\VM\\sql_A.avhdx", "{A}", "{B}", "D:\\vm\\SQL_B.avhdx");
	image(s, "D:\\VM\\sql_B.avhdx", "{B}", "{C}", "\\\\?\\D:\\VM\\sql.vhdx");
	image(s, "D:\\VM\\sql.vhdx", "{C}", "", "");
	file(s, "D:\\VM\\sql_B.avhdx");
	file(s, "d:\\vm\\sql_old.avhdx");
	made_close(s);
	made_close(made_member(&m, "HV01_vmsnapshots.txt"));
	made_must_build(&m);
	cr_assert_eq(findings(&m, "orphan", "d:\\vm\\sql_old.avhdx"), 1);
	cr_assert_eq(findings(&m, "orphan", "D:\\VM\\sql_B.avhdx"), 0);
	cr_assert_eq(findings(&m, "identifier-mismatch", "D:\\VM\\sql_A.avhdx"), 0);
	cr_assert_eq(findings(&m, "active-without-checkpoint", "D:\\VM\\sql_A.avhdx"), 1);
	made_free(&m);
}

Test(disks, without_any_list_of_what_vms_use_nothing_is_an_orphan)
{
	struct made m;
	struct sink *s;

	made_start(&m);
	s = made_member(&m, "HV01_dir.txt");
	file(s, "d:\\vm\\sql_old.avhdx");
	made_close(s);
	made_must_build(&m);
	cr_assert_eq(findings(&m, "orphan", "d:\\vm\\sql_old.avhdx"), 0);
	made_free(&m);
}

Test(disks, without_a_list_of_checkpoints_none_is_missed)
{
	struct made m;
	struct sink *s;

	made_start(&m);
	s = made_member(&m, "HV01_info.txt");
	disk(s, "SQL01", "D:\\VM\\sql_A.avhdx", "true");
	made_close(s);
	made_must_build(&m);
	cr_assert_eq(findings(&m, "active-without-checkpoint", "D:\\VM\\sql_A.avhdx"), 0);
	made_free(&m);
}

Test(disks, a_parent_written_after_its_child_is_told_from_a_wrong_file)
{
	struct made m;
	struct sink *s;

	made_start(&m);
	s = made_member(&m, "HV01_info.txt");
	disk(s, "SQL01", "D:\\VM\\a.avhdx", "true");
	image(s, "D:\\VM\\a.avhdx", "{A}", "{B}", "D:\\VM\\b.vhdx");
	image(s, "D:\\VM\\b.vhdx", "{X}", "", "");
	made_close(s);
	made_must_build(&m);
	cr_assert_eq(findings(&m, "identifier-mismatch", "D:\\VM\\a.avhdx"), 1);
	cr_assert_eq(findings(&m, "parent-written", "D:\\VM\\a.avhdx"), 1);
	cr_assert_eq(findings(&m, "wrong-file", "D:\\VM\\a.avhdx"), 0);
	made_free(&m);
}

Test(disks, a_cycle_ends_and_is_told)
{
	struct made m;
	struct sink *s;

	made_start(&m);
	s = made_member(&m, "HV01_info.txt");
	disk(s, "SQL01", "D:\\VM\\a.avhdx", "true");
	image(s, "D:\\VM\\a.avhdx", "{A}", "{B}", "D:\\VM\\b.avhdx");
	image(s, "D:\\VM\\b.avhdx", "{B}", "{A}", "D:\\VM\\a.avhdx");
	made_close(s);
	made_must_build(&m);
	cr_assert_geq(findings(&m, "cycle", "D:\\VM\\a.avhdx"), 1);
	made_free(&m);
}

Test(disks, a_disk_that_a_vm_names_and_that_is_not_there_is_told_with_the_vm)
{
	struct made m;
	struct sink *s;

	made_start(&m);
	s = made_member(&m, "HV01_info.txt");
	disk(s, "SQL01", "E:\\gone.vhdx", "false");
	made_close(s);
	made_must_build(&m);
	cr_assert_eq(findings(&m, "referenced-missing", "E:\\gone.vhdx"), 1);
	made_free(&m);
}

/* What a bundle tells without a time was so when that bundle was taken. */
Test(derive, facts_of_two_bundles_of_one_host_have_their_own_time)
{
	struct made m;
	struct sink *s;
	struct event_view first, second;
	fact_list facts;

	made_start(&m);
	vec_push(&m.ev.bundles, (struct bundle){ .path = STR("u.zip"), .name = STR("u.zip") });
	s = made_member(&m, "a.txt");
	made_event(s, "HV01", "disk", 153, 1, TICKS_UNIX_EPOCH);
	FACT(s, "vss.writer", "name", "SqlServerWriter");
	made_close(s);
	s = made_member(&m, "b.txt");
	made_event(s, "HV01", "disk", 153, 2, TICKS_UNIX_EPOCH + TICKS_DAY);
	FACT(s, "vss.writer", "name", "SqlServerWriter");
	made_close(s);
	m.ev.members.v[1].bundle = 1;
	made_must_build(&m);
	facts_of(&m.file, "vss.writer", &facts);
	cr_assert_eq(facts.n, 2);
	case_view(&m.file, facts.v[0].ref, &first);
	case_view(&m.file, facts.v[1].ref, &second);
	cr_expect_eq(first.time_100ns, TICKS_UNIX_EPOCH);
	cr_expect_eq(second.time_100ns, TICKS_UNIX_EPOCH + TICKS_DAY);
	free(facts.v);
	made_free(&m);
}
