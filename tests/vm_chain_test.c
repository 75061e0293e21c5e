/* SPDX-License-Identifier: Apache-2.0 */
/* Chains of written disks, from their bytes to what is wrong with them. */
#include "analyzer/case/disk_tree.h"
#include "fixtures/vhdx_write.h"
#include "fixtures/vmcx_write.h"
#include "tests/make_facts.h"
#include "tests/vm_facts.h"

#define MIB ((size_t)1024 * 1024)
#define FOLDER "D:\\VMs\\SQL01\\"

static const char *const ids[] = { "{11111111-0000-4000-8000-000000000000}",
	"{11111111-0000-4000-8000-000000000001}", "{11111111-0000-4000-8000-000000000002}",
	"{11111111-0000-4000-8000-000000000003}" };
static const char *const names[] = { "SQL01.vhdx", "SQL01_1.avhdx", "SQL01_2.avhdx", "SQL01_3.avhdx" };

/* Disk `n` of the chain; 0 is its base. */
static struct vhdx_spec disk_of(size_t n)
{
	static const char *const paths[] = { "", FOLDER "SQL01.vhdx", FOLDER "SQL01_1.avhdx",
		FOLDER "SQL01_2.avhdx" };
	static const char *const relatives[] = { "", ".\\SQL01.vhdx", ".\\SQL01_1.avhdx", ".\\SQL01_2.avhdx" };
	struct vhdx_spec s = { .size_bytes = 64 * MIB, .block_bytes = MIB, .sector_bytes = 512,
		.differencing = n > 0, .path = str_of(paths[n]), .relative = str_of(relatives[n]) };

	guid_parse(str_of(ids[n]), s.data_write_id);
	memset(s.disk_id, 0xbb, 16);
	if (n)
		s.linkage = str_of(ids[n - 1]);
	return s;
}

static void parse_member(struct made *m, const char *parser, const char *path, const struct buf *b)
{
	struct sink *s = made_member(m, path);
	struct member *member = &m->ev.members.v[m->ev.members.n - 1];
	struct member_view v = { .name = member->name, .data = (const uint8_t *)b->p, .held = b->n,
		.size = b->n, .to = b->n, .a = arena_new() };
	struct err e = { 0 };

	member->parser = str_of(parser);
	cr_assert_eq(parser_find(str_of(parser))->parse(&v, s, &e), 0, "%s", e.text);
	made_close(s);
	arena_free(v.a);
}

static void add_disk(struct made *m, const struct vhdx_spec *s, const char *path)
{
	struct buf b = { 0 };

	vhdx_write(s, &b);
	parse_member(m, "vhdx", path, &b);
	buf_free(&b);
}

static void add_vm(struct made *m, const char *path, const char *leaf)
{
	struct vmcx_value v[] = { { STR("/configuration/properties/name"), VMCX_TEXT, 0, STR("SQL01") },
		{ STR("/configuration/_1_/controller0/drive0/pathname"), VMCX_TEXT, 0, str_of(leaf) } };
	struct buf b = { 0 };

	vmcx_write(v, 2, &b);
	parse_member(m, "vmcx", path, &b);
	buf_free(&b);
}

/* Members in the order of their paths. */
static void start(struct made *m, size_t leaf)
{
	char path[80];

	snprintf(path, sizeof(path), FOLDER "%s", names[leaf]);
	made_start(m);
	add_vm(m, "HV01/SQL01.vmcx", path);
}

/* How many disks stand below the VM's leaf. */
static unsigned depth(struct made *m)
{
	struct disk_tree t;
	struct arena *a = arena_new();
	unsigned n = 0;

	disk_tree_read(&t, &m->file, a);
	for (uint32_t i = 0; i < t.nodes.n; i++)
		for (uint32_t at = i; t.nodes.v[i].leaf_of_vm && t.nodes.v[at].parent != DISK_NONE; n++)
			at = t.nodes.v[at].parent;
	disk_tree_free(&t);
	arena_free(a);
	return n;
}

Test(vm_chain, a_base_and_three_children_are_one_tree_and_nothing_is_wrong)
{
	struct made m;
	struct buf out = { 0 };
	struct err e = { 0 };

	start(&m, 3);
	for (size_t i = 0; i < 4; i++) {
		struct vhdx_spec s = disk_of(i);

		add_disk(&m, &s, names[i]);
	}
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	cr_expect_eq(depth(&m), 3);
	case_free(&m.file);
	made_findings(&m, &out);
	cr_expect_eq(out.n, 0, "%s", out.p);
	buf_free(&out);
}

Test(vm_chain, a_base_written_after_its_child_is_told)
{
	struct made m;
	struct buf out = { 0 };
	struct vhdx_spec base = disk_of(0), child = disk_of(1);

	memset(base.data_write_id, 0x77, 16);
	start(&m, 1);
	add_disk(&m, &base, names[0]);
	add_disk(&m, &child, names[1]);
	made_findings(&m, &out);
	cr_expect(strstr(out.p, "identifier-mismatch") && strstr(out.p, "parent-written"), "%s", out.p);
	buf_free(&out);
}

Test(vm_chain, a_merge_under_way_is_no_mismatch)
{
	struct made m;
	struct buf out = { 0 };
	struct vhdx_spec base = disk_of(0), child = disk_of(1);

	memset(base.data_write_id, 0x77, 16);
	child.linkage2 = STR("{77777777-7777-7777-7777-777777777777}");
	start(&m, 1);
	add_disk(&m, &base, names[0]);
	add_disk(&m, &child, names[1]);
	made_findings(&m, &out);
	cr_expect(!strstr(out.p, "mismatch") && strstr(out.p, "merge-under-way"), "%s", out.p);
	buf_free(&out);
}

Test(vm_chain, a_resized_parent_and_other_sectors_are_told)
{
	struct made m;
	struct buf out = { 0 };
	struct vhdx_spec base = disk_of(0), child = disk_of(1);

	base.size_bytes *= 2;
	base.sector_bytes = 4096;
	start(&m, 1);
	add_disk(&m, &base, names[0]);
	add_disk(&m, &child, names[1]);
	made_findings(&m, &out);
	cr_expect(strstr(out.p, "size-differs") && strstr(out.p, "sector-differs"), "%s", out.p);
	buf_free(&out);
}

Test(vm_chain, two_children_of_one_parent_are_a_fork_where_one_is_used)
{
	struct made m;
	struct buf out = { 0 };
	struct vhdx_spec base = disk_of(0), child = disk_of(1), other = disk_of(1);

	memset(other.data_write_id, 0x55, 16);
	start(&m, 1);
	add_disk(&m, &base, names[0]);
	add_disk(&m, &child, names[1]);
	add_disk(&m, &other, "SQL01_other.avhdx");
	made_findings(&m, &out);
	cr_expect(strstr(out.p, "fork"), "%s", out.p);
	buf_free(&out);
}

Test(vm_chain, a_file_that_the_listing_shows_larger_was_collected_in_part)
{
	for (int listed = 0; listed < 2; listed++) {
		struct made m;
		struct buf out = { 0 }, b = { 0 };
		struct vhdx_spec base = disk_of(0);
		struct sink *s;

		base.present = 4;
		vhdx_write(&base, &b);
		b.n -= MIB;
		start(&m, 0);
		s = made_member(&m, "HV01/dir.txt");
		sink_fact(s, STR("file"), 1, 0);
		sink_put(s, "path", STR(FOLDER "SQL01.vhdx"));
		sink_put_u64(s, "size_bytes", listed ? b.n + MIB : b.n);
		made_close(s);
		parse_member(&m, "vhdx", names[0], &b);
		made_findings(&m, &out);
		cr_expect_str_eq(out.p, listed ? "" : "damaged " FOLDER "SQL01.vhdx\n");
		buf_free(&out);
		buf_free(&b);
	}
}

Test(vm_chain, parents_in_a_circle_are_told_once_and_end)
{
	struct made m;
	struct buf out = { 0 };
	struct vhdx_spec one = disk_of(1), two = disk_of(2), leaf = disk_of(3);

	one.linkage = str_of(ids[2]);
	one.path = STR(FOLDER "SQL01_2.avhdx");
	one.relative = STR(".\\SQL01_2.avhdx");
	start(&m, 3);
	add_disk(&m, &one, names[1]);
	add_disk(&m, &two, names[2]);
	add_disk(&m, &leaf, names[3]);
	made_findings(&m, &out);
	cr_expect_str_eq(out.p, "cycle " FOLDER "SQL01_3.avhdx\n");
	buf_free(&out);
}

Test(vm_chain, a_log_that_can_not_be_replayed_proves_no_mismatch)
{
	struct made m;
	struct buf out = { 0 }, b = { 0 };
	struct vhdx_spec base = disk_of(0), child = disk_of(1);

	memset(base.data_write_id, 0x77, 16);
	memset(child.log_id, 1, 16);
	vhdx_write(&child, &b);
	b.p[MIB + 5000] ^= 1;
	start(&m, 1);
	add_disk(&m, &base, names[0]);
	parse_member(&m, "vhdx", names[1], &b);
	made_findings(&m, &out);
	cr_expect(!strstr(out.p, "mismatch") && strstr(out.p, "link-unverified"), "%s", out.p);
	buf_free(&b);
	buf_free(&out);
}

Test(vm_chain, without_the_parents_head_the_link_is_unverified)
{
	struct made m;
	struct buf out = { 0 };
	struct vhdx_spec child = disk_of(1);
	struct sink *s;

	start(&m, 1);
	s = made_member(&m, "HV01/dir.txt");
	sink_fact(s, STR("file"), 1, 0);
	sink_put(s, "path", STR(FOLDER "SQL01.vhdx"));
	made_close(s);
	add_disk(&m, &child, names[1]);
	made_findings(&m, &out);
	cr_expect_str_eq(out.p, "link-unverified " FOLDER "SQL01_1.avhdx\n");
	buf_free(&out);
}

/* A listing of the VM's folder, whole or not, without the base. */
static void expect_missing(bool whole, bool other_kind, bool missing)
{
	struct made m;
	struct buf out = { 0 };
	struct vhdx_spec child = disk_of(1);
	struct sink *s;

	start(&m, 1);
	s = made_member(&m, "HV01/dir.txt");
	m.ev.members.v[m.ev.members.n - 1].parser = STR("dir_listing");
	m.ev.members.v[m.ev.members.n - 1].status = whole ? MEMBER_PARSED : MEMBER_PARTLY;
	sink_fact(s, STR("file"), 1, 0);
	sink_put(s, "path", other_kind ? STR(FOLDER "x.avhdx") : STR(FOLDER "other.vhdx"));
	made_close(s);
	add_disk(&m, &child, names[1]);
	made_findings(&m, &out);
	cr_expect_eq(strstr(out.p, "missing-parent") != NULL, missing, "%s", out.p);
	buf_free(&out);
}

Test(vm_chain, a_parent_is_missing_only_where_a_whole_listing_would_show_it)
{
	expect_missing(true, false, true);
	expect_missing(false, false, false);
	expect_missing(true, true, false);
}

Test(vm_chain, bytes_under_another_name_are_placed_by_their_id)
{
	struct made m;
	struct buf out = { 0 };
	struct vhdx_spec base = disk_of(0), middle = disk_of(1), leaf = disk_of(2);
	struct sink *s;

	start(&m, 2);
	s = made_member(&m, "HV01/dir.txt");
	for (size_t i = 0; i < 3; i++) {
		char path[80];

		snprintf(path, sizeof(path), FOLDER "%s", names[i]);
		sink_fact(s, STR("file"), 1, 0);
		sink_put(s, "path", str_of(path));
	}
	made_close(s);
	add_disk(&m, &base, "base.head4MiB.vhdx");
	add_disk(&m, &middle, "middle.head4MiB.avhdx");
	add_disk(&m, &leaf, names[2]);
	made_findings(&m, &out);
	cr_expect_eq(out.n, 0, "%s", out.p);
	buf_free(&out);
}

Test(vm_chain, a_checkpoints_configuration_is_not_what_the_vm_runs_on)
{
	struct made m;
	struct buf out = { 0 };

	made_start(&m);
	add_vm(&m, "HV01/SQL01/Snapshots/A.vmcx", FOLDER "SQL01_1.avhdx");
	made_close(made_member(&m, "HV01/vmsnapshots.txt"));
	made_findings(&m, &out);
	cr_expect_eq(out.n, 0, "%s", out.p);
	buf_free(&out);
}
