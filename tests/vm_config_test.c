/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations of VMs: real ones whole, cut and with bytes changed. */
#include "tests/vm_facts.h"

static const char vmcx_file[] = "dissect.hypervisor/test.vmcx";
static const char xml_file[] = "dissect.target/B90AC31B-C6F8-479F-9B91-07B894A6A3F6.xml";

Test(vm_config, a_vmcx_tells_its_vm_and_disk)
{
	size_t n;
	uint8_t *p = facts_corpus(vmcx_file, &n);
	struct buf out = { 0 };

	facts_of_window("vmcx", "x.vmcx", p, n, n, 0, &out);
	cr_expect(facts_have(&out, "vm.config name=Other Location id={282874FC-59D6-4F30-BC04-5FDD909C82E0}"
		" version=9.0 subtype=0 generation=1 merge_pending=false snapshots=0"));
	cr_expect(facts_have(&out, "created=2021-08-22T21:41:00"));
	cr_expect(facts_have(&out, "path=C:\\Users\\Public\\Documents\\Hyper-V\\Virtual Hard Disks\\"
		"Other Location.vhdx"));
	cr_expect(facts_have(&out, "name=backup enabled=true"));
	cr_expect(!facts_have(&out, "finding") && !facts_have(&out, "note"), "%s", out.p);
	buf_free(&out);
	free(p);
}

Test(vm_config, a_real_vmrs_has_nothing_wrong_with_it)
{
	size_t n;
	uint8_t *p = facts_corpus("dissect.hypervisor/test.VMRS", &n);
	struct buf out = { 0 };

	facts_of_window("vmcx", "x.VMRS", p, n, n, 0, &out);
	cr_expect(facts_have(&out, "saved=false") && !facts_have(&out, "finding"), "%s", out.p);
	buf_free(&out);
	free(p);
}

Test(vm_config, the_xml_of_2012_r2_tells_the_same_things)
{
	size_t n;
	uint8_t *p = facts_corpus(xml_file, &n);
	struct buf out = { 0 };

	facts_of_window("vm_xml", "x.xml", p, n, n, 0, &out);
	cr_expect(facts_have(&out, "name=Default Generation 1 id={B90AC31B-C6F8-479F-9B91-07B894A6A3F6} "
		"version=5.0"));
	cr_expect(facts_have(&out, "path=C:\\Disks\\Default Generation 1.vhdx"));
	cr_expect(facts_have(&out, "name=guest enabled=false"));
	buf_free(&out);
	free(p);
}

/* Rows of a part: each value is one that the whole gives under the same name. */
static void expect_values(struct buf *part, const struct buf *whole, size_t at)
{
	static const char *const names[] = { " name=", " id=", " version=", " path=", " enabled=",
		" merge_pending=", " created=", " mac=" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (const char *v = strstr(part->p, names[i]); v; v = strstr(v + 1, names[i])) {
			size_t n = strcspn(v + 1, " \n") + 1;

			cr_expect(memmem(whole->p, whole->n, v, n), "cut at %zu: %.*s", at, (int)n, v);
		}
	}
}

static void try_cuts(const char *file, const char *parser, bool windows)
{
	size_t n;
	uint8_t *p = facts_corpus(file, &n);
	struct buf whole = { 0 };

	facts_of_window(parser, "x.vmcx", p, n, n, 0, &whole);
	for (size_t held = 1; held < n; held += n / 97) {
		struct buf part = { 0 };

		facts_of_window(parser, "x.vmcx", p, n, held, 0, &part);
		expect_values(&part, &whole, held);
		cr_expect(!windows || facts_have(&part, "note held "), "cut at %zu: %s", held, part.p);
		buf_free(&part);
	}
	buf_free(&whole);
	free(p);
}

Test(vm_config, any_part_of_a_vmcx_tells_a_subset)
{
	try_cuts(vmcx_file, "vmcx", true);
	try_cuts("dissect.hypervisor/test.VMRS", "vmcx", true);
}

Test(vm_config, any_part_of_the_xml_tells_a_subset)
{
	try_cuts(xml_file, "vm_xml", false);
}

Test(vm_config, a_changed_byte_of_a_checked_structure_is_told)
{
	static const size_t places[] = { 8, 0x1000 + 8, 0x2000 + 8 + 6, 0x3000 + 4, 0x3000 + 40 };
	size_t n;
	uint8_t *p = facts_corpus(vmcx_file, &n);

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct buf out = { 0 };

		p[places[i]] ^= 0x10;
		facts_of_window("vmcx", "x.vmcx", p, n, n, 0, &out);
		cr_expect(facts_have(&out, "-invalid"), "%zx: %s", places[i], out.p);
		p[places[i]] ^= 0x10;
		buf_free(&out);
	}
	free(p);
}

Test(vm_config, a_document_type_ends_the_reading_of_xml)
{
	static const char text[] = "<!DOCTYPE x [<!ENTITY a \"b\">]><configuration><p type=\"string\">&a;"
		"</p></configuration>";
	struct buf out = { 0 };

	facts_of_window("vm_xml", "x.xml", (const uint8_t *)text, sizeof(text) - 1, sizeof(text) - 1, 0, &out);
	cr_expect(facts_have(&out, "error XML breaks off"), "%s", out.p);
	cr_expect(!facts_have(&out, "vm.config"));
	buf_free(&out);
}
