/* SPDX-License-Identifier: Apache-2.0 */
/* Written VHDX images in every state of health. */
#include "fixtures/vhdx_write.h"
#include "parsers/vhdx/image.h"
#include "tests/vm_facts.h"

#define MIB ((size_t)1024 * 1024)

static struct vhdx_spec child_spec(void)
{
	struct vhdx_spec s = { .size_bytes = 64 * MIB, .block_bytes = MIB, .sector_bytes = 512, .present = 2,
		.differencing = true, .linkage = STR("{11111111-2222-3333-4444-555555555555}"),
		.path = STR("D:\\VMs\\base.vhdx"), .relative = STR(".\\base.vhdx") };

	memset(s.data_write_id, 0xaa, 16);
	memset(s.disk_id, 0xbb, 16);
	return s;
}

static void facts_of(const struct buf *b, size_t size, struct buf *out)
{
	out->n = 0;
	facts_of_window("vhdx", "x.avhdx", (const uint8_t *)b->p, size, size, 0, out);
}

Test(vm_written, both_readers_agree_on_a_sound_image)
{
	struct vhdx_spec s = child_spec();
	struct buf b = { 0 }, out = { 0 };

	vhdx_write(&s, &b);
	facts_of(&b, b.n, &out);
	cr_expect(!facts_have(&out, "finding") && !facts_have(&out, "note"), "%s", out.p);
	cr_expect(facts_have(&out, "parent_link_id={11111111-2222-3333-4444-555555555555}"));
	cr_expect(facts_have(&out, "parent_relative=.\\base.vhdx"));
	cr_expect(facts_have(&out, "allocated_bytes=2097152 growth_bytes=65011712"));
	buf_free(&b);
	buf_free(&out);
}

Test(vm_written, each_value_is_compared_with_the_second_reader)
{
	struct vhdx_spec s = child_spec();
	struct buf b = { 0 }, out = { 0 };
	struct image_opinion wrong = { .size_bytes = MIB, .sector_bytes = 4096, .kind = 4 };
	struct sink *sink = sink_new("vhdx", 1, facts_take, &out);
	struct member_view m = { .name = STR("x.avhdx") };
	struct image image = { .m = &m, .out = sink };

	vhdx_write(&s, &b);
	m.data = (const uint8_t *)b.p;
	m.held = m.size = b.n;
	image_ask_second(&image, &wrong);
	cr_assert_eq(sink_finish(sink), 0);
	buf_putc(&out, '\0');
	cr_expect_eq(image.findings, 4, "%s", out.p);
	cr_expect(facts_have(&out, "the parent's identifier is {00000000-0000-0000-0000-000000000000}; libvhdi "
		"reads {11111111-2222-3333-4444-555555555555}"), "%s", out.p);
	sink_free(sink);
	buf_free(&b);
	buf_free(&out);
}

Test(vm_written, a_waiting_log_is_read_as_if_it_were_in_place)
{
	struct vhdx_spec s = child_spec();
	struct buf b = { 0 }, out = { 0 };

	memset(s.log_id, 1, 16);
	memset(s.logged_disk_id, 0xcc, 16);
	vhdx_write(&s, &b);
	facts_of(&b, b.n, &out);
	cr_expect(facts_have(&out, "finding=log-dirty"));
	cr_expect(facts_have(&out, "virtual_disk_id={CCCCCCCC-CCCC-CCCC-CCCC-CCCCCCCCCCCC}"), "%s", out.p);
	b.p[MIB + 5000] ^= 1;
	facts_of(&b, b.n, &out);
	cr_expect(facts_have(&out, "no complete sequence"), "%s", out.p);
	cr_expect(facts_have(&out, "virtual_disk_id={BBBBBBBB-BBBB-BBBB-BBBB-BBBBBBBBBBBB}"), "%s", out.p);
	buf_free(&b);
	buf_free(&out);
}

Test(vm_written, missing_blocks_copies_and_links_are_told)
{
	struct vhdx_spec s = child_spec();
	struct buf b = { 0 }, out = { 0 };

	s.linkage2 = STR("{99999999-2222-3333-4444-555555555555}");
	vhdx_write(&s, &b);
	facts_of(&b, b.n - MIB, &out);
	cr_expect(facts_have(&out, "finding=truncated"), "%s", out.p);
	cr_expect(facts_have(&out, "finding=linkage2-set"));
	memcpy(b.p + 3 * MIB + 8, b.p + 3 * MIB, 8);
	memset(b.p + 0x10000, 0, 4096);
	facts_of(&b, b.n, &out);
	cr_expect(facts_have(&out, "finding=block-overlap"), "%s", out.p);
	cr_expect(facts_have(&out, "finding=header-invalid"));
	b.n = 0;
	s.linkage = STR("");
	vhdx_write(&s, &b);
	facts_of(&b, b.n, &out);
	cr_expect(facts_have(&out, "finding=linkage-missing"), "%s", out.p);
	buf_free(&b);
	buf_free(&out);
}
