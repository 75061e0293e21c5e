/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual disks: real images whole, cut and with bytes changed. */
#include "tests/vm_facts.h"

#define MIB ((size_t)1024 * 1024)

static const char head_file[] = "dissect.hypervisor/differencing.head4MiB.avhdx";

Test(vm_disk, the_head_of_an_avhdx_tells_identity_and_parent)
{
	size_t n;
	uint8_t *p = facts_corpus(head_file, &n);
	struct buf out = { 0 };

	facts_of_window("vhdx", "c.avhdx", p, n, n, 0, &out);
	cr_expect(facts_have(&out, "finding=head-only"));
	cr_expect(facts_have(&out, "kind=differencing size_bytes=8589934592"));
	cr_expect(facts_have(&out, "data_write_id={B298D413-F67E-412A-9A72-C7C7FC9B6CB5}"));
	cr_expect(facts_have(&out, "parent_link_id={FF34003B-11ED-4CF8-A166-B2BE05E20B80}"));
	cr_expect(facts_have(&out, "allocated_bytes=67108864"), "%s", out.p);
	buf_free(&out);
	free(p);
}

/* Each " name=value" of the cut stands in the whole's answer too. */
static void expect_subset(const struct buf *part, const struct buf *whole, size_t at)
{
	static const char *const names[] = { " kind=", " size_bytes=", " data_write_id=", " parent_link_id=",
		" virtual_disk_id=", " parent_path=", " block_bytes=", " allocated_bytes=",
		" sector_bytes=", " log_dirty=" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *v = strstr(part->p, names[i]), *w = strstr(whole->p, names[i]);
		size_t n = v ? strcspn(v + 1, " \n") + 1 : 0;

		cr_expect(!v || (w && strncmp(v, w, n) == 0), "cut at %zu: %.*s", at, (int)n, v);
	}
}

static void try_cuts(const char *file, const char *parser, size_t real_size)
{
	size_t n;
	uint8_t *p = facts_corpus(file, &n);
	struct buf whole = { 0 };

	facts_of_window(parser, "x", p, n, n, 0, &whole);
	for (size_t held = 8; held < n; held += n / 61) {
		struct buf part = { 0 };

		facts_of_window(parser, "x", p, real_size ? real_size : n, held, 0, &part);
		cr_expect(facts_have(&part, "note held "), "cut at %zu: %s", held, part.p);
		cr_expect(!facts_have(&part, "finding="), "cut at %zu: %s", held, part.p);
		expect_subset(&part, &whole, held);
		buf_free(&part);
	}
	buf_free(&whole);
	free(p);
}

Test(vm_disk, any_part_of_an_avhdx_tells_a_subset)
{
	try_cuts(head_file, "vhdx", 70 * MIB);
}

Test(vm_disk, any_part_of_a_vhd_tells_a_subset)
{
	try_cuts("dfvfs/fat-differential.vhd", "vhd", 0);
	try_cuts("dfvfs/ext2.vhd", "vhd", 0);
}

Test(vm_disk, a_changed_byte_makes_that_copy_invalid)
{
	static const struct { size_t at; const char *finding; } flips[] = {
		{ 0x10000 + 40, "finding=header-invalid" }, { 0x20000 + 40, "finding=header-invalid" },
		{ 0x30000 + 20, "finding=region-copy-invalid" },
		{ 0x40000 + 20, "finding=region-copy-invalid" } };
	size_t n;
	uint8_t *p = facts_corpus(head_file, &n);

	for (size_t i = 0; i < sizeof(flips) / sizeof(flips[0]); i++) {
		struct buf out = { 0 };

		p[flips[i].at] ^= 0x10;
		facts_of_window("vhdx", "x", p, 70 * MIB, n, 0, &out);
		cr_expect(facts_have(&out, flips[i].finding), "%zx: %s", flips[i].at, out.p);
		cr_expect(facts_have(&out, "parent_link_id={FF34003B-11ED-4CF8-A166-B2BE05E20B80}"));
		p[flips[i].at] ^= 0x10;
		buf_free(&out);
	}
	free(p);
}

Test(vm_disk, a_vhd_without_its_tail_is_read_by_the_copy)
{
	size_t n;
	uint8_t *p = facts_corpus("dfvfs/fat-differential.vhd", &n);
	struct buf out = { 0 };

	memset(p + n - 512, 0, 512);
	facts_of_window("vhd", "x.vhd", p, n, n, 0, &out);
	cr_expect(facts_have(&out, "finding=footer-copy-used"));
	cr_expect(facts_have(&out, "parent_path=C:\\Projects\\dfvfs\\test_data\\fat-parent.vhd"));
	buf_free(&out);
	free(p);
}

static void expect_agreement(const char *file, const char *parser, const char *said)
{
	size_t n;
	uint8_t *p = facts_corpus(file, &n);
	struct buf out = { 0 };

	facts_of_window(parser, "x", p, n, n, 0, &out);
	cr_expect(!facts_have(&out, "readers-disagree") && !facts_have(&out, "note"), "%s", out.p);
	cr_expect(facts_have(&out, said), "%s", out.p);
	buf_free(&out);
	free(p);
}

Test(vm_disk, real_images_agree_with_the_second_reader)
{
	expect_agreement("dfvfs/ext2.vhd", "vhd", "size_bytes=4212736");
	expect_agreement("dfvfs/fat-differential.vhd", "vhd", "kind=differencing");
	expect_agreement("dfvfs/image-differential.vhd", "vhd", "kind=differencing");
	expect_agreement(head_file, "vhdx", "kind=differencing");
}
