/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changed virtual disks and configurations of VMs, which are too big for bytes alone. The first byte
 * picks a sound file, the second says whether checksums are put right after the changes (1) and
 * whether the file is cut (2); then come changes: a place within one of the file's structures (three
 * bytes) and a byte that is XORed in.
 */
#include <stdlib.h>

#include "fixtures/vhd_write.h"
#include "fixtures/vhdx_write.h"
#include "fixtures/vmcx_write.h"
#include "parsers/vhdx/vhdx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MIB ((size_t)1024 * 1024)
#define PAGE ((size_t)4096)

struct base {
	const char *parser;
	struct buf file;
	struct { size_t at, n; } places[8];   /* where changes go */
	size_t count;
};

enum { BASES = 7 };

static void place(struct base *b, size_t at, size_t n)
{
	b->places[b->count].at = at;
	b->places[b->count++].n = n;
}

/* Dynamic, differencing with bitmaps, dirty with a log over the ring's end. */
static void make_vhdx(struct base *b, unsigned which)
{
	struct vhdx_spec s = { .size_bytes = 64 * MIB, .block_bytes = MIB, .sector_bytes = 512, .present = 1,
		.data_write_id = { 1 }, .disk_id = { 2 } };
	static const uint8_t zeros[4096];
	struct vhdx_log_spec e = { .at = MIB - PAGE, .tail = MIB - PAGE, .sequence = 3, .n = 2,
		.log_id = (const uint8_t *)"0123456789abcdef" };

	b->parser = "vhdx";
	s.differencing = s.partial = which == 1;
	s.linkage = STR("{11111111-2222-3333-4444-555555555555}");
	s.path = STR("D:\\base.vhdx");
	memcpy(s.log_id, e.log_id, which == 2 ? 16 : 0);
	vhdx_write(&s, &b->file);
	place(b, 0x10000, 80);
	place(b, 0x20000, 80);
	place(b, 0x30000, 112);
	place(b, 2 * MIB, 32 + 6 * 32);
	place(b, 2 * MIB + 0x10000, 600);
	place(b, 3 * MIB, 64 * 9);
	if (which != 2)
		return;
	e.updates[0] = (struct vhdx_update){ .offset = 3 * MIB, .zero_bytes = PAGE };
	e.updates[1] = (struct vhdx_update){ .offset = 3 * MIB, .sector = zeros };
	e.flushed_bytes = e.last_bytes = b->file.n;
	vhdx_log_write((uint8_t *)b->file.p, &e);
	place(b, MIB, 128);
	place(b, 2 * MIB - PAGE, 128);
}

static void make_vhd(struct base *b, enum vhd_kind kind)
{
	struct vhd_spec s = { .kind = kind, .size_bytes = 8 * MIB, .id = { 1 }, .parent_id = { 2 },
		.parent = STR("D:\\base.vhd") };

	b->parser = "vhd";
	vhd_write(&s, &b->file);
	place(b, 0, 96);
	place(b, 512, 1024);
	place(b, 1536, 16);
	place(b, b->file.n - 512, 96);
}

static void make_vmcx(struct base *b, bool dirty)
{
	const struct vmcx_value values[] = {
		{ STR("/configuration/properties/name"), VMCX_TEXT, 0, STR("SQL01") },
		{ STR("/configuration/properties/version"), VMCX_INT, 2560, { 0 } },
		{ STR("/configuration/_A_/controller0/drive0/pathname"), VMCX_TEXT, 0, STR("D:\\a.avhdx") },
		{ STR("/configuration/properties/creation_time"), VMCX_BYTES, 0, STR("12345678") },
		{ STR("/Configurations/VirtualMachines/_1_"), VMCX_TEXT, 0, STR("D:\\a.vmcx") } };

	b->parser = "vmcx";
	vmcx_write(values, 5, &b->file);
	if (dirty)
		vmcx_log_add(&b->file, VMCX_TABLES_AT, b->file.p + VMCX_TABLES_AT, PAGE);
	place(b, 0, 46);
	place(b, PAGE, 46);
	place(b, 2 * PAGE, 8 + 18 * 6);
	place(b, VMCX_TABLES_AT, 700);
	place(b, (size_t)vmcx_log_at(&b->file), 34 + 28 * 2);
}

static const struct base *base_of(unsigned which)
{
	static struct base bases[BASES];
	struct base *b = &bases[which];

	if (b->parser)
		return b;
	if (which < 3)
		make_vhdx(b, which);
	else if (which < 5)
		make_vhd(b, which == 3 ? VHD_DYNAMIC : VHD_DIFFERENCING);
	else
		make_vmcx(b, which == 6);
	return b;
}

static void seal_log(uint8_t *entry, size_t room)
{
	uint32_t n = le32(entry + 8), crc;

	if (n < PAGE || n > room)
		return;
	crc = vhdx_crc32c(entry, n, 4);
	memcpy(entry + 4, &crc, 4);
}

static void seal(const struct base *b, struct buf *file)
{
	uint8_t *p = (uint8_t *)file->p;

	for (unsigned i = 0; i < 2; i++) {
		if (strcmp(b->parser, "vhdx") == 0) {
			vhdx_seal_header(p, i, NULL);
			vhdx_seal_regions(p, i);
			seal_log(p + MIB + i * (MIB - PAGE), i ? PAGE : MIB);
		} else if (strcmp(b->parser, "vmcx") == 0) {
			vmcx_seal_header(file, i);
			vmcx_seal_table(file, VMCX_TABLES_AT);
			vmcx_seal_keys(file, VMCX_TABLES_AT);
		}
	}
}

/* What a parser gives must pass the check that the case relies on. */
static int take(void *to, const void *bytes, size_t size_bytes, uint64_t end_offset)
{
	struct err e = { 0 };
	struct segment *s = segment_open(bytes, size_bytes, &e);

	(void)to, (void)end_offset;
	if (!s)
		abort();
	segment_close(s);
	return 0;
}

static void parse(const struct base *b, const struct buf *file, size_t held)
{
	const struct parser *p = parser_find(str_of(b->parser));
	struct member_view m = { .name = STR("a.vhdx"), .data = (const uint8_t *)file->p, .held = held,
		.size = file->n, .to = held, .a = arena_new() };
	struct sink *s = sink_new(p->name, p->version, take, NULL);
	struct err e = { 0 };

	p->parse(&m, s, &e);
	sink_finish(s);
	sink_free(s);
	arena_free(m.a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct base *b;
	struct buf file = { 0 };
	size_t i = 2;

	if (size < 2)
		return 0;
	b = base_of(data[0] % BASES);
	buf_puts(&file, buf_str(&b->file));
	for (; i + 4 <= size; i += 4) {
		size_t where = data[i] % b->count;
		size_t at = (data[i + 1] | (size_t)data[i + 2] << 8) % b->places[where].n;

		file.p[b->places[where].at + at] ^= (char)data[i + 3];
	}
	if (data[1] & 1)
		seal(b, &file);
	parse(b, &file, data[1] & 2 ? file.n * (data[1] >> 2) / 63 : file.n);
	buf_free(&file);
	return 0;
}
