/* SPDX-License-Identifier: Apache-2.0 */
/* VHDX images of every layout, sound and damaged: what stays, what is told, what others say. */
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/vhdx_write.h"
#include "parsers/vhdx/vhdx.h"
#include "tests/vm_facts.h"

#define MIB ((size_t)1024 * 1024)
#define TABLE (3 * MIB)

extern char **environ;

static struct vhdx_spec plain_spec(void)
{
	struct vhdx_spec s = { .size_bytes = 64 * MIB, .block_bytes = MIB, .sector_bytes = 512, .present = 4 };

	memset(s.data_write_id, 0xaa, 16);
	memset(s.disk_id, 0xbb, 16);
	return s;
}

static void facts_of(const struct buf *b, size_t size, size_t held, struct buf *out)
{
	out->n = 0;
	facts_of_window("vhdx", "x.vhdx", (const uint8_t *)b->p, size, held, 0, out);
}

/* Runs a program without its output; its exit status, or -1 where it is not there. */
static int run(const char *const *words)
{
	posix_spawn_file_actions_t quiet;
	int status = 0;
	pid_t pid;
	int rc;

	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
	rc = posix_spawnp(&pid, words[0], &quiet, NULL, (char *const *)(uintptr_t)words, environ);
	posix_spawn_file_actions_destroy(&quiet);
	if (rc || waitpid(pid, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) != 127 ? WEXITSTATUS(status) : -1;
}

static int qemu_check(const struct buf *b)
{
	char path[] = "/tmp/caseline-vhdx-XXXXXX";
	const char *const words[] = { "qemu-img", "check", "-f", "vhdx", path, NULL };
	int fd = mkstemp(path), rc;

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, b->p, b->n), (ssize_t)b->n);
	close(fd);
	rc = run(words);
	unlink(path);
	return rc;
}

static void expect_sound(const struct vhdx_spec *s, const char *said)
{
	struct buf b = { 0 }, out = { 0 };

	vhdx_write(s, &b);
	facts_of(&b, b.n, b.n, &out);
	cr_expect(!facts_have(&out, "finding") && !facts_have(&out, "note"), "%s", out.p);
	cr_expect(facts_have(&out, said), "%s", out.p);
	buf_free(&b);
	buf_free(&out);
}

Test(vm_health, every_layout_is_read_and_the_second_reader_agrees)
{
	struct vhdx_spec s = plain_spec();

	expect_sound(&s, "kind=dynamic size_bytes=67108864");
	s.fixed = true;
	expect_sound(&s, "kind=fixed size_bytes=67108864");
	s.fixed = false;
	s.sector_bytes = 4096;
	expect_sound(&s, "sector_bytes=4096 physical_sector_bytes=4096");
	s.table_first = true;
	expect_sound(&s, "allocated_bytes=4194304 growth_bytes=62914560");
	s.differencing = s.partial = true;
	s.linkage = STR("{11111111-2222-3333-4444-555555555555}");
	s.relative = STR(".\\base.vhdx");
	expect_sound(&s, "kind=differencing");
}

Test(vm_health, qemu_finds_nothing_wrong_with_what_is_sound)
{
	static const char *const there[] = { "qemu-img", "--version", NULL };
	struct vhdx_spec s = plain_spec();
	struct buf b = { 0 };

	if (run(there) != 0)
		cr_skip_test("no qemu-img");
	for (unsigned i = 0; i < 4; i++) {   /* it knows sectors of 512 bytes only */
		s.fixed = i & 1;
		s.table_first = i & 2;
		b.n = 0;
		vhdx_write(&s, &b);
		cr_expect_eq(qemu_check(&b), 0, "layout %u", i);
	}
	b.p[TABLE + 7] = (char)0x7f;
	cr_expect_neq(qemu_check(&b), 0, "a block far outside");
	buf_free(&b);
}

struct change {
	size_t at, n;            /* bytes that are inverted */
};

/* The image with those bytes changed. */
static void changed(const struct change *c, size_t n, struct buf *out)
{
	struct vhdx_spec s = plain_spec();
	struct buf b = { 0 };

	vhdx_write(&s, &b);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < c[i].n; k++)
			b.p[c[i].at + k] = (char)~b.p[c[i].at + k];
	facts_of(&b, b.n, b.n, out);
	buf_free(&b);
}

Test(vm_health, without_a_sound_header_there_is_no_identity_but_there_are_sizes)
{
	static const struct change both[] = { { 0x10000 + 40, 1 }, { 0x20000 + 40, 1 } };
	struct buf out = { 0 };

	changed(both, 2, &out);
	cr_expect(facts_have(&out, "finding=headers-invalid"), "%s", out.p);
	cr_expect(!facts_have(&out, "data_write_id") && !facts_have(&out, "log_dirty"), "%s", out.p);
	cr_expect(facts_have(&out, "size_bytes=67108864"));
	buf_free(&out);
}

Test(vm_health, without_a_sound_region_table_there_is_identity_alone)
{
	static const struct change both[] = { { 0x30000 + 40, 1 }, { 0x40000 + 40, 1 } };
	struct buf out = { 0 };

	changed(both, 2, &out);
	cr_expect(facts_have(&out, "finding=regions-invalid"), "%s", out.p);
	cr_expect(facts_have(&out, "data_write_id={AAAAAAAA"));
	cr_expect(!facts_have(&out, " size_bytes=") && !facts_have(&out, "virtual_disk_id"), "%s", out.p);
	buf_free(&out);
}

Test(vm_health, one_sound_copy_of_each_suffices)
{
	for (unsigned i = 0; i < 4; i++) {
		const struct change c[] = { { i & 1 ? 0x10000 : 0x20000, 8 }, { i & 2 ? 0x30000 : 0x40000, 8 } };
		struct buf out = { 0 };

		changed(c, 2, &out);
		cr_expect(facts_have(&out, "finding=header-invalid"), "%s", out.p);
		cr_expect(facts_have(&out, "finding=region-copy-invalid"), "%s", out.p);
		cr_expect(facts_have(&out, "data_write_id={AAAAAAAA"), "%s", out.p);
		cr_expect(facts_have(&out, "allocated_bytes=4194304"), "%s", out.p);
		buf_free(&out);
	}
}

Test(vm_health, the_newer_header_counts_and_a_difference_is_told)
{
	struct vhdx_spec s = plain_spec();
	struct buf b = { 0 }, out = { 0 };

	vhdx_write(&s, &b);
	memset(b.p + 0x20000 + 32, 0xdd, 16);
	vhdx_seal_header((uint8_t *)b.p, 1, NULL);
	facts_of(&b, b.n, b.n, &out);
	cr_expect(facts_have(&out, "finding=headers-disagree"), "%s", out.p);
	cr_expect(facts_have(&out, "data_write_id={DDDDDDDD"), "%s", out.p);
	buf_free(&b);
	buf_free(&out);
}

Test(vm_health, region_tables_that_differ_or_overlap_are_told)
{
	struct vhdx_spec s = plain_spec();
	struct buf b = { 0 }, out = { 0 };

	vhdx_write(&s, &b);
	b.p[0x40000 + 44] = 0;
	vhdx_seal_regions((uint8_t *)b.p, 1);
	facts_of(&b, b.n, b.n, &out);
	cr_expect(facts_have(&out, "finding=region-copies-differ"), "%s", out.p);
	memcpy(b.p + 0x30000 + 32, b.p + 0x30000 + 64, 8);
	vhdx_seal_regions((uint8_t *)b.p, 0);
	facts_of(&b, b.n, b.n, &out);
	cr_expect(facts_have(&out, "finding=region-invalid"), "%s", out.p);
	buf_free(&b);
	buf_free(&out);
}

Test(vm_health, the_first_4_mib_of_a_whole_file_tell_all_but_data)
{
	struct vhdx_spec s = plain_spec();
	struct buf b = { 0 }, out = { 0 };

	vhdx_write(&s, &b);
	facts_of(&b, b.n, 4 * MIB, &out);
	cr_expect(!facts_have(&out, "finding"), "%s", out.p);
	cr_expect(facts_have(&out, "note held 4194304 of 8388608 bytes"), "%s", out.p);
	cr_expect(facts_have(&out, "allocated_bytes=4194304"));
	facts_of(&b, 4 * MIB, 4 * MIB, &out);
	cr_expect(facts_have(&out, "finding=head-only"), "%s", out.p);
	cr_expect(!facts_have(&out, "finding=truncated"), "%s", out.p);
	buf_free(&b);
	buf_free(&out);
}

Test(vm_health, a_small_file_without_most_of_its_blocks_is_a_head)
{
	struct vhdx_spec s = plain_spec();
	struct buf b = { 0 }, out = { 0 };

	s.present = 16;
	vhdx_write(&s, &b);
	facts_of(&b, 6 * MIB, 6 * MIB, &out);
	cr_expect(facts_have(&out, "finding=head-only detail=14 of 16"), "%s", out.p);
	facts_of(&b, 16 * MIB, 16 * MIB, &out);
	cr_expect(facts_have(&out, "finding=truncated detail=4 of 16"), "%s", out.p);
	buf_free(&b);
	buf_free(&out);
}

Test(vm_health, a_file_that_ends_within_its_table_of_blocks_is_truncated)
{
	struct vhdx_spec s = plain_spec();
	struct buf b = { 0 }, out = { 0 };

	vhdx_write(&s, &b);
	facts_of(&b, TABLE + 100, TABLE + 100, &out);
	cr_expect(facts_have(&out, "finding=truncated"), "%s", out.p);
	cr_expect(!facts_have(&out, "allocated_bytes"), "%s", out.p);
	facts_of(&b, 7 * MIB, 7 * MIB, &out);
	cr_expect(facts_have(&out, "1 of 4 blocks and bitmaps reach past"), "%s", out.p);
	buf_free(&b);
	buf_free(&out);
}

/* The first block's entry with that value. */
static void expect_entry(uint64_t entry, const char *said)
{
	struct vhdx_spec s = plain_spec();
	struct buf b = { 0 }, out = { 0 };

	vhdx_write(&s, &b);
	for (size_t i = 0; i < 8; i++)
		b.p[TABLE + i] = (char)(entry >> (8 * i));
	facts_of(&b, b.n, b.n, &out);
	cr_expect(facts_have(&out, said), "%llx: %s", (unsigned long long)entry, out.p);
	buf_free(&b);
	buf_free(&out);
}

Test(vm_health, entries_that_can_not_be_are_told)
{
	expect_entry(5 * MIB | 6, "finding=block-overlap detail=1 blocks lie on others");
	expect_entry(2 * MIB | 6, "finding=block-overlap detail=1 blocks lie on the file's own");
	expect_entry(0 | 6, "finding=block-overlap detail=1 blocks lie on the file's own");
	expect_entry(900 * MIB | 6, "finding=truncated detail=1 of 4");
	expect_entry(UINT64_MAX << 20 | 6, "finding=truncated detail=1 of 4");
	expect_entry(4 * MIB | 5, "finding=bat-invalid detail=1 entries have a state");
	expect_entry(4 * MIB | 7, "finding=bat-invalid detail=1 blocks are partly");
}
