/* SPDX-License-Identifier: Apache-2.0 */
/* Logs of VHDX images that were not closed: whole, around the ring's end, torn, out of reach. */
#include "fixtures/vhdx_write.h"
#include "parsers/vhdx/vhdx.h"
#include "tests/vm_facts.h"

#define MIB ((size_t)1024 * 1024)
#define ITEMS (2 * MIB + 0x10000)

static const uint8_t log_id[16] = { 9, 9, 9 };

struct image_file {
	struct buf b, out;
	uint8_t sector[3][4096];
};

/* Sectors 0 to 2 give the disk the ids CC…, DD…, EE…. */
static struct image_file *image_new(uint32_t present)
{
	struct vhdx_spec s = { .size_bytes = 64 * MIB, .block_bytes = MIB, .sector_bytes = 512,
		.present = present };
	struct image_file *f = memset(xmalloc(sizeof(*f)), 0, sizeof(*f));

	memset(s.data_write_id, 0xaa, 16);
	memset(s.disk_id, 0xbb, 16);
	vhdx_write(&s, &f->b);
	for (size_t i = 0; i < 3; i++) {
		memcpy(f->sector[i], f->b.p + ITEMS, 4096);
		memset(f->sector[i] + 64, (int)(0xcc + 0x11 * i), 16);
	}
	for (unsigned i = 0; i < 2; i++)
		vhdx_seal_header((uint8_t *)f->b.p, i, log_id);
	return f;
}

static void image_free(struct image_file *f)
{
	buf_free(&f->b);
	buf_free(&f->out);
	free(f);
}

/* An entry that gives the disk the id of that sector. */
static struct vhdx_log_spec entry_of(struct image_file *f, uint64_t at, uint64_t sequence, size_t id)
{
	struct vhdx_log_spec e = { .at = at, .tail = at, .sequence = sequence, .log_id = log_id,
		.flushed_bytes = f->b.n, .last_bytes = f->b.n, .n = 1 };

	e.updates[0] = (struct vhdx_update){ .offset = ITEMS, .sector = f->sector[id] };
	return e;
}

static uint64_t write_entry(struct image_file *f, const struct vhdx_log_spec *e)
{
	return vhdx_log_write((uint8_t *)f->b.p, e);
}

static void read_part(struct image_file *f, size_t size, size_t held)
{
	f->out.n = 0;
	facts_of_window("vhdx", "x.vhdx", (const uint8_t *)f->b.p, size, held, 0, &f->out);
}

static bool has_id(struct image_file *f, const char *four)
{
	char text[60];

	snprintf(text, sizeof(text), "virtual_disk_id={%s%s-%s-%s-%s-%s%s%s}", four, four, four, four, four, four,
		four, four);
	return facts_have(&f->out, text);
}

Test(vm_log, an_entry_that_goes_over_the_rings_end_is_read)
{
	struct image_file *f = image_new(1);
	struct vhdx_log_spec old = entry_of(f, 0x8000, 5, 0), e = entry_of(f, MIB - 4096, 6, 1);

	write_entry(f, &old);
	write_entry(f, &e);
	read_part(f, f->b.n, f->b.n);
	cr_expect(has_id(f, "DDDD"), "%s", f->out.p);
	cr_expect(facts_have(&f->out, "log_dirty=true log_replayed=true"), "%s", f->out.p);
	image_free(f);
}

Test(vm_log, a_sequence_over_the_rings_end_is_followed)
{
	struct image_file *f = image_new(1);
	struct vhdx_log_spec e = entry_of(f, MIB - 8192, 0x100000005, 0);
	uint64_t tail = e.at;

	for (size_t i = 0; i < 3; i++) {
		uint64_t next = write_entry(f, &e);

		e = entry_of(f, next, e.sequence + 1, (i + 1) % 3);
		e.tail = tail;
	}
	read_part(f, f->b.n, f->b.n);
	cr_expect(has_id(f, "EEEE"), "%s", f->out.p);
	cr_expect(facts_have(&f->out, "3 log entries"), "%s", f->out.p);
	image_free(f);
}

Test(vm_log, the_newest_complete_sequence_counts)
{
	struct image_file *f = image_new(1);
	struct vhdx_log_spec a = entry_of(f, 0, 8, 0), b = entry_of(f, 0x10000, 5, 1),
		c = entry_of(f, 0x20000, 20, 2);

	c.tail = 0x30000;
	write_entry(f, &b);
	write_entry(f, &a);
	read_part(f, f->b.n, f->b.n);
	cr_expect(has_id(f, "CCCC"), "%s", f->out.p);
	write_entry(f, &c);
	read_part(f, f->b.n, f->b.n);
	cr_expect(has_id(f, "CCCC"), "%s", f->out.p);
	cr_expect(facts_have(&f->out, "finding=log-not-replayed detail=the log's newest"), "%s", f->out.p);
	cr_expect(facts_have(&f->out, "log_replayed=false"));
	image_free(f);
}

Test(vm_log, a_torn_sector_ends_the_sequence_before_it)
{
	struct image_file *f = image_new(1);
	struct vhdx_log_spec a = entry_of(f, 0, 8, 0), b = entry_of(f, 0x2000, 9, 1);

	b.tail = 0;
	b.torn = true;
	write_entry(f, &a);
	write_entry(f, &b);
	read_part(f, f->b.n, f->b.n);
	cr_expect(has_id(f, "CCCC"), "%s", f->out.p);
	cr_expect(facts_have(&f->out, "finding=log-entry-invalid detail=log entry 9 is left out: a data sector "
		"carries another"), "%s", f->out.p);
	image_free(f);
}

Test(vm_log, a_log_of_damage_alone_leaves_the_values_unsure)
{
	struct image_file *f = image_new(1);
	struct vhdx_log_spec a = entry_of(f, 0, 8, 0);

	write_entry(f, &a);
	f->b.p[MIB + 5000] ^= 1;
	read_part(f, f->b.n, f->b.n);
	cr_expect(has_id(f, "BBBB"), "%s", f->out.p);
	cr_expect(facts_have(&f->out, "finding=log-entry-invalid detail=log entry 8"), "%s", f->out.p);
	cr_expect(facts_have(&f->out, "finding=log-not-replayed"));
	cr_expect(facts_have(&f->out, "log_dirty=true log_replayed=false"));
	image_free(f);
}

Test(vm_log, a_log_that_is_not_held_is_told)
{
	struct image_file *f = image_new(1);
	struct vhdx_log_spec a = entry_of(f, 0, 8, 0);

	write_entry(f, &a);
	read_part(f, f->b.n, MIB + MIB / 2);
	cr_expect(facts_have(&f->out, "finding=log-not-replayed detail=the log is not held"), "%s", f->out.p);
	image_free(f);
}

Test(vm_log, updates_out_of_reach_are_counted)
{
	struct image_file *f = image_new(4);
	struct vhdx_log_spec a = entry_of(f, 0, 8, 0);

	a.n = 2;
	a.updates[1] = (struct vhdx_update){ .offset = 5 * MIB, .zero_bytes = 4096 };
	write_entry(f, &a);
	read_part(f, f->b.n, 4 * MIB);
	cr_expect(facts_have(&f->out, "but for 1 updates outside"), "%s", f->out.p);
	cr_expect(has_id(f, "CCCC"), "%s", f->out.p);
	image_free(f);
}

Test(vm_log, a_file_shorter_than_its_log_says_is_truncated_but_a_head_is_not)
{
	struct image_file *f = image_new(4);
	struct vhdx_log_spec a = entry_of(f, 0, 8, 0);

	write_entry(f, &a);
	read_part(f, 4 * MIB, 4 * MIB);
	cr_expect(facts_have(&f->out, "finding=head-only"), "%s", f->out.p);
	cr_expect(!facts_have(&f->out, "finding=truncated"), "%s", f->out.p);
	read_part(f, 6 * MIB, 6 * MIB);
	cr_expect(facts_have(&f->out, "finding=truncated detail=the log was written"), "%s", f->out.p);
	image_free(f);
}

Test(vm_log, a_file_that_the_log_will_grow_is_not_truncated)
{
	struct image_file *f = image_new(4);
	struct vhdx_log_spec a = entry_of(f, 0, 8, 0);

	a.flushed_bytes = 6 * MIB;
	write_entry(f, &a);
	read_part(f, 6 * MIB, 6 * MIB);
	cr_expect(!facts_have(&f->out, "finding=truncated"), "%s", f->out.p);
	image_free(f);
}
