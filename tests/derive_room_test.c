/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "analyzer/case/derive.h"
#include "tests/make_case.h"

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

/* How often a finding of a type is told of a VM. */
static size_t told(const struct made *m, const char *type, const char *finding, const char *name)
{
	fact_list facts;
	size_t n = 0;
	struct arena *a = arena_new();

	facts_of(&m->file, type, &facts);
	for (size_t i = 0; i < facts.n; i++)
		n += str_eq(fact_text(&facts.v[i], "finding", a), str_of(finding)) &&
		     str_ieq(fact_text(&facts.v[i], "vm", a), str_of(name));
	free(facts.v);
	arena_free(a);
	return n;
}

static void build(struct made *m)
{
	struct err e = { 0 };

	cr_assert_eq(made_build(m, NULL, &e), 0, "%s", e.text);
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
	build(&m);
	cr_expect_eq(told(&m, "chain.finding", "no-room", "SQL01"), 1);
	cr_expect_eq(told(&m, "chain.finding", "no-room", "WEB02"), 0, "one disk, listed twice");
	cr_expect_eq(told(&m, "chain.finding", "no-room", "APP03"), 0, "a base disk");
	cr_expect_eq(told(&m, "chain.finding", "no-room", "APP04"), 0, "the volume's room is unknown");
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
	build(&m);
	cr_expect_eq(told(&m, "vm.finding", "version-unsupported", "OLD"), 1);
	cr_expect_eq(told(&m, "vm.finding", "version-unsupported", "GOOD"), 0);
	cr_expect_eq(told(&m, "vm.finding", "version-unsupported", "PLAIN"), 0);
	cr_expect_eq(told(&m, "vm.finding", "version-unsupported", "NEW"), 0, "the list is cut");
	made_free(&m);
}
