/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/make_facts.h"

static void disk(struct sink *s, const char *vm, const char *path, const char *bytes)
{
	sink_fact(s, STR("vm.disk"), 1, 0);
	sink_put(s, "vm", str_of(vm));
	sink_put(s, "path", str_of(path));
	sink_put(s, "size_bytes", str_of(bytes));
}

static void volume(struct sink *s, const char *letter, const char *room)
{
	sink_fact(s, STR("volume"), 1, 0);
	sink_put(s, "letter", str_of(letter));
	sink_put(s, "free_bytes", str_of(room));
}

static void vm(struct sink *s, const char *name, const char *version)
{
	sink_fact(s, STR("vm"), 1, 0);
	sink_put(s, "name", str_of(name));
	sink_put(s, "version", str_of(version));
}

Test(room, checkpoint_disks_are_summed_by_vm_and_volume_and_each_counts_once)
{
	struct made m;
	struct sink *s;

	made_start(&m);
	s = made_member(&m, "HV01/a.txt");
	volume(s, "D", "1000");
	disk(s, "SQL01", "D:\\VM\\SQL01_A.avhdx", "600");
	disk(s, "SQL01", "D:\\VM\\SQL01_B.avhdx", "500");
	disk(s, "WEB02", "D:\\VM\\WEB02_A.avhdx", "600");
	disk(s, "WEB02", "d:\\vm\\web02_a.avhdx", "600");
	disk(s, "APP03", "D:\\VM\\APP03.vhdx", "5000");
	disk(s, "APP04", "E:\\VM\\APP04_A.avhdx", "5000");
	made_close(s);
	made_must_build(&m);
	cr_expect_eq(made_told(&m, "chain.finding", "no-room", "vm", "SQL01"), 1);
	cr_expect_eq(made_told(&m, "chain.finding", "no-room", "vm", "WEB02"), 0, "one disk, listed twice");
	cr_expect_eq(made_told(&m, "chain.finding", "no-room", "vm", "APP03"), 0, "a base disk");
	cr_expect_eq(made_told(&m, "chain.finding", "no-room", "vm", "APP04"), 0, "the volume's room is unknown");
	made_free(&m);
}

Test(versions, a_version_is_unsupported_only_where_the_whole_list_lacks_it)
{
	struct made m;
	struct sink *s;

	made_start(&m);
	s = made_member(&m, "HV01/a.txt");
	sink_fact(s, STR("host.hyperv"), 1, 0);
	sink_put(s, "supported_versions", STR("{8.0, 9.0, 10.0}"));
	vm(s, "OLD", "5.0");
	vm(s, "GOOD", "9.0");
	vm(s, "PLAIN", "9");
	made_close(s);
	s = made_member(&m, "HV02/a.txt");
	sink_fact(s, STR("host.hyperv"), 1, 0);
	sink_put(s, "supported_versions", STR("{5.0, 6.2, 7.0, 7.1...}"));
	vm(s, "NEW", "9.0");
	made_close(s);
	made_must_build(&m);
	cr_expect_eq(made_told(&m, "vm.finding", "version-unsupported", "vm", "OLD"), 1);
	cr_expect_eq(made_told(&m, "vm.finding", "version-unsupported", "vm", "GOOD"), 0);
	cr_expect_eq(made_told(&m, "vm.finding", "version-unsupported", "vm", "PLAIN"), 0);
	cr_expect_eq(made_told(&m, "vm.finding", "version-unsupported", "vm", "NEW"), 0, "the list is cut");
	made_free(&m);
}

Test(versions, a_list_with_one_version_a_row_counts_as_one)
{
	struct made m;
	struct sink *s;

	made_start(&m);
	s = made_member(&m, "HV01/a.txt");
	sink_fact(s, STR("host.vm_version"), 1, 0);
	sink_put(s, "version", STR("8.0"));
	sink_fact(s, STR("host.vm_version"), 2, 0);
	sink_put(s, "version", STR("9.0"));
	vm(s, "OLD", "5.0");
	vm(s, "GOOD", "9.0");
	made_close(s);
	made_must_build(&m);
	cr_expect_eq(made_told(&m, "vm.finding", "version-unsupported", "vm", "OLD"), 1);
	cr_expect_eq(made_told(&m, "vm.finding", "version-unsupported", "vm", "GOOD"), 0);
	made_free(&m);
}
