/* SPDX-License-Identifier: Apache-2.0 */
/* Written VHD images, sound and damaged. */
#include "fixtures/vhd_write.h"
#include "tests/vm_facts.h"

#define MIB ((size_t)1024 * 1024)
#define TABLE_AT 1536

static void facts_of(const struct buf *b, size_t size, size_t held, size_t tail, struct buf *out)
{
	out->n = 0;
	facts_of_window("vhd", "x.vhd", (const uint8_t *)b->p, size, held, tail, out);
}

static void write_disk(enum vhd_kind kind, struct buf *out)
{
	struct vhd_spec s = { .kind = kind, .size_bytes = 16 * MIB, .present = 3, .id = { 0x11, 0x22, 0x33, 0x44 } };

	if (kind == VHD_DIFFERENCING) {
		s.parent_id[0] = 0x99;
		s.parent = STR("D:\\VMs\\base.vhd");
	}
	out->n = 0;
	vhd_write(&s, out);
}

Test(vm_vhd, every_kind_is_read_and_the_second_reader_agrees)
{
	static const char *const said[] = { "kind=fixed size_bytes=16777216", "kind=dynamic size_bytes=16777216",
		"kind=differencing size_bytes=16777216" };
	struct buf b = { 0 }, out = { 0 };

	for (int kind = VHD_FIXED; kind <= VHD_DIFFERENCING; kind++) {
		write_disk((enum vhd_kind)kind, &b);
		facts_of(&b, b.n, b.n, 0, &out);
		cr_expect(!facts_have(&out, "finding") && !facts_have(&out, "note"), "%s", out.p);
		cr_expect(facts_have(&out, said[kind - VHD_FIXED]), "%s", out.p);
		cr_expect(facts_have(&out, "data_write_id={11223344-0000-0000-0000-000000000000}"), "%s", out.p);
	}
	cr_expect(facts_have(&out, "parent_link_id={99000000-0000-0000-0000-000000000000} "
		"parent_path=D:\\VMs\\base.vhd"), "%s", out.p);
	cr_expect(facts_have(&out, "allocated_bytes=6291456 growth_bytes=10485760"), "%s", out.p);
	buf_free(&b);
	buf_free(&out);
}

Test(vm_vhd, head_and_tail_suffice_and_the_copy_stands_in_for_the_tail)
{
	struct buf b = { 0 }, out = { 0 };

	write_disk(VHD_FIXED, &b);
	facts_of(&b, b.n, 65536, 65536, &out);
	cr_expect(facts_have(&out, "kind=fixed") && !facts_have(&out, "finding"), "%s", out.p);
	write_disk(VHD_DYNAMIC, &b);
	facts_of(&b, 65536, 65536, 0, &out);
	cr_expect(facts_have(&out, "kind=dynamic") && facts_have(&out, "finding=footer-copy-used"), "%s", out.p);
	buf_free(&b);
	buf_free(&out);
}

Test(vm_vhd, damage_is_told)
{
	static const struct { size_t at; uint8_t with; const char *finding; } harms[] = {
		{ 20, 1, "finding=footer-copy-invalid" }, { 512 + 100, 1, "finding=header-invalid" },
		{ TABLE_AT, 0x7f, "finding=truncated" } };
	struct buf b = { 0 }, out = { 0 };

	for (size_t i = 0; i < sizeof(harms) / sizeof(harms[0]); i++) {
		write_disk(VHD_DYNAMIC, &b);
		b.p[harms[i].at] ^= (char)harms[i].with;
		facts_of(&b, b.n, b.n, 0, &out);
		cr_expect(facts_have(&out, harms[i].finding), "%zu: %s", harms[i].at, out.p);
	}
	write_disk(VHD_DYNAMIC, &b);
	memcpy(b.p + TABLE_AT + 4, b.p + TABLE_AT, 4);
	facts_of(&b, b.n, b.n, 0, &out);
	cr_expect(facts_have(&out, "detail=1 blocks lie on others"), "%s", out.p);
	memset(b.p + TABLE_AT, 0, 4);
	facts_of(&b, b.n, b.n, 0, &out);
	cr_expect(facts_have(&out, "detail=1 blocks lie on the file's own tables"), "%s", out.p);
	buf_free(&b);
	buf_free(&out);
}
