/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VHD and AVHD images, big-endian: the footer in the last 512 bytes, its copy at the start of all
 * but fixed disks, the header of dynamic and differencing ones, and where the parent is.
 */
#include "parsers/vhdx/image.h"

#define FOOTER_BYTES 512u
#define HEADER_BYTES 1024u
#define LOCATOR_MAX 4096u
#define TICKS_2000 INT64_C(125911584000000000)   /* 2000-01-01 */

enum { FIXED = 2, DYNAMIC = 3, DIFFERENCING = 4 };

struct vhd {
	struct image image;
	const uint8_t *footer, *header;
	uint32_t kind;
	uint64_t allocated_bytes, growth_bytes;
	bool has_blocks;
};

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t be64(const uint8_t *p)
{
	return (uint64_t)be32(p) << 32 | be32(p + 4);
}

static bool checksum_ok(const uint8_t *p, size_t n, size_t at)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += i - at < 4 ? 0 : p[i];
	return ~sum == be32(p + at);
}

static bool footer_ok(const uint8_t *p)
{
	return p && memcmp(p, "conectix", 8) == 0 && checksum_ok(p, FOOTER_BYTES, 64);
}

/* The one at the end counts; the copy at the start stands in where it is damaged or not held. */
static void read_footer(struct vhd *v)
{
	uint64_t size = v->image.m->size;
	const uint8_t *end = size >= FOOTER_BYTES ? image_at(&v->image, size - FOOTER_BYTES, FOOTER_BYTES) :
						    NULL;
	const uint8_t *copy = image_at(&v->image, 0, FOOTER_BYTES);
	bool copied = copy && memcmp(copy, "conectix", 8) == 0;

	if (footer_ok(end))
		v->footer = end;
	else if (footer_ok(copy))
		v->footer = copy;
	if (!v->footer && end && copied && memcmp(end, copy, FOOTER_BYTES) == 0) {
		v->footer = end;
		image_finding(&v->image, "footer-checksum", size - FOOTER_BYTES,
			"both footers have the same wrong checksum and agree in all else");
	} else if (end && !footer_ok(end))
		image_finding(&v->image, copied && footer_ok(copy) ? "footer-copy-used" : "footer-invalid",
			size - FOOTER_BYTES, "the last 512 bytes are no sound footer");
	if (footer_ok(end) && copied && !footer_ok(copy))
		image_finding(&v->image, "footer-copy-invalid", 0, "the copy of the footer is damaged");
	if (!v->footer)
		return;
	v->kind = be32(v->footer + 60);
	if (v->kind < FIXED || v->kind > DIFFERENCING)
		image_finding(&v->image, "footer-invalid", 0, "disk type %u does not exist", v->kind);
}

static void read_header(struct vhd *v)
{
	uint64_t at = be64(v->footer + 16);
	const uint8_t *h;

	if (v->kind != DYNAMIC && v->kind != DIFFERENCING)
		return;
	h = image_at(&v->image, at, HEADER_BYTES);
	if (!h && !image_has(&v->image, at, HEADER_BYTES))
		image_finding(&v->image, "truncated", at, "the file ends before its header");
	if (!h)
		return;
	if (memcmp(h, "cxsparse", 8) != 0 || !checksum_ok(h, HEADER_BYTES, 36)) {
		image_finding(&v->image, "header-invalid", at, "checksum or signature of the header is wrong");
		return;
	}
	v->header = h;
}

static void tell_outside(struct vhd *v, uint64_t outside, uint64_t present, uint64_t first)
{
	if (outside && image_is_head(&v->image, first, outside, present))
		image_finding(&v->image, "head-only", v->image.m->size,
			"%llu of %llu blocks are not in the file: only its head was collected",
			(unsigned long long)outside, (unsigned long long)present);
	else if (outside)
		image_finding(&v->image, "truncated", v->image.m->size,
			"%llu of %llu blocks reach past the file's end", (unsigned long long)outside,
			(unsigned long long)present);
}

static int compare_sectors(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* `sectors` is sorted in place. */
static void tell_overlaps(struct vhd *v, uint32_t *sectors, size_t n, uint64_t bytes, uint64_t table_end)
{
	size_t overlaps = 0, on_tables = 0;

	if (n > 1)
		qsort(sectors, n, sizeof(*sectors), compare_sectors);
	for (size_t i = 0; i < n; i++) {
		overlaps += i && (uint64_t)(sectors[i] - sectors[i - 1]) * 512 < bytes;
		on_tables += (uint64_t)sectors[i] * 512 < table_end;
	}
	if (overlaps)
		image_finding(&v->image, "block-overlap", table_end, "%zu blocks lie on others", overlaps);
	if (on_tables)
		image_finding(&v->image, "block-overlap", table_end, "%zu blocks lie on the file's own tables",
			on_tables);
}

static void read_blocks(struct vhd *v)
{
	uint64_t at = be64(v->header + 16), entries = be32(v->header + 28), block = be32(v->header + 32);
	uint64_t present = 0, outside = 0, first = UINT64_MAX, bitmap = (block / 4096 + 511) / 512 * 512;
	const uint8_t *t = image_at(&v->image, at, entries * 4);
	VEC(uint32_t) sectors = { 0 };

	if (!block || block % 512) {
		image_finding(&v->image, "header-invalid", 512, "block size %llu", (unsigned long long)block);
		return;
	}
	for (uint64_t i = 0; t && i < entries; i++) {
		uint64_t sector = be32(t + i * 4);

		if (sector == UINT32_MAX)
			continue;
		present++;
		vec_push(&sectors, (uint32_t)sector);
		first = sector * 512 < first ? sector * 512 : first;
		outside += !image_has(&v->image, sector * 512, bitmap + block);
	}
	if (!t && !image_has(&v->image, at, entries * 4))
		image_finding(&v->image, "truncated", v->image.m->size, "the file ends in its table of blocks");
	tell_outside(v, outside, present, first);
	tell_overlaps(v, sectors.v, sectors.n, bitmap + block, at + entries * 4);
	free(sectors.v);
	v->allocated_bytes = present * block;
	v->growth_bytes = (entries - present) * block;
	v->has_blocks = t != NULL;
}

static void put_utf16be(struct sink *out, const char *name, const uint8_t *p, size_t n)
{
	uint8_t swapped[512];
	struct buf b = { 0 };
	size_t i = 0;

	for (; i + 1 < n && (p[i] || p[i + 1]); i += 2) {
		swapped[i] = p[i + 1];
		swapped[i + 1] = p[i];
	}
	buf_utf16le(&b, swapped, i);
	if (b.n)
		sink_put(out, name, buf_str(&b));
	buf_free(&b);
}

static bool put_locator(struct vhd *v, const uint8_t *l, const char *code, const char *name)
{
	uint32_t n = be32(l + 8);
	const uint8_t *p = image_at(&v->image, be64(l + 16), n);
	struct buf b = { 0 };

	if (memcmp(l, code, 4) != 0 || !p || !n || n > LOCATOR_MAX)
		return false;
	buf_utf16le(&b, p, n);
	while (b.n && !b.p[b.n - 1])
		b.n--;
	sink_put(v->image.out, name, buf_str(&b));
	buf_free(&b);
	return true;
}

/* GUIDs of a VHD are big-endian throughout. */
static void windows_order(const uint8_t be[16], uint8_t out[16])
{
	static const uint8_t order[8] = { 3, 2, 1, 0, 5, 4, 7, 6 };

	memcpy(out, be, 16);
	for (size_t i = 0; i < 8; i++)
		out[i] = be[order[i]];
}

/* The locators tell the path best; the name in the header is the fallback. */
static void put_parent(struct vhd *v)
{
	bool told = false;

	if (!image_is_zero(v->header + 40, 16)) {
		uint8_t id[16];

		windows_order(v->header + 40, id);
		image_put_guid(v->image.out, "parent_link_id", id);
	}
	for (size_t i = 0; i < 8 && !told; i++)
		told = put_locator(v, v->header + 576 + i * 24, "W2ku", "parent_path");
	if (!told)
		put_utf16be(v->image.out, "parent_path", v->header + 64, 512);
	told = false;
	for (size_t i = 0; i < 8 && !told; i++)
		told = put_locator(v, v->header + 576 + i * 24, "W2ru", "parent_relative");
}

static void put_footer(struct vhd *v)
{
	static const char *const kinds[] = { "fixed", "dynamic", "differencing" };
	struct sink *out = v->image.out;
	uint8_t id[16];

	if (v->kind >= FIXED && v->kind <= DIFFERENCING)
		sink_put(out, "kind", str_of(kinds[v->kind - FIXED]));
	sink_put_u64(out, "size_bytes", be64(v->footer + 48));
	windows_order(v->footer + 68, id);
	image_put_guid(out, "data_write_id", id);
	sink_put_u64(out, "sector_bytes", 512);
	sink_put(out, "creator", str_trim(str_make((const char *)v->footer + 28,
		strnlen((const char *)v->footer + 28, 4))));
	if (be32(v->footer + 24))
		sink_field_number(out, SECTION_EVENTDATA, sink_text(out, STR("created")), VALUE_TIME,
			(uint64_t)(TICKS_2000 + (int64_t)be32(v->footer + 24) * TICKS_SECOND));
	if (v->footer[84])
		sink_put(out, "saved_state", STR("true"));
}

static void put_image(struct vhd *v)
{
	struct sink *out = v->image.out;

	sink_fact(out, STR("disk.image"), 0, 0);
	sink_put(out, "path", v->image.m->name);
	sink_put(out, "format", STR("vhd"));
	sink_put_u64(out, "file_bytes", v->image.m->size);
	sink_put_u64(out, "held_bytes", v->image.m->held + v->image.m->tail_held);
	if (v->footer)
		put_footer(v);
	if (v->header) {
		sink_put_u64(out, "block_bytes", be32(v->header + 32));
		if (v->kind == DIFFERENCING)
			put_parent(v);
	}
	if (v->has_blocks) {
		sink_put_u64(out, "allocated_bytes", v->allocated_bytes);
		sink_put_u64(out, "growth_bytes", v->growth_bytes);
	}
}

static void ask_second(struct vhd *v)
{
	struct image_opinion ours = { .sector_bytes = 512, .kind = v->kind };

	if (v->image.findings || !v->footer || v->image.m->held < v->image.m->size)
		return;
	ours.size_bytes = be64(v->footer + 48);
	windows_order(v->footer + 68, ours.id);
	if (v->header)
		windows_order(v->header + 40, ours.parent_id);
	image_ask_second(&v->image, &ours);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct vhd v = { .image = { .m = m, .out = out, .head = m->data, .held = m->held } };

	(void)e;
	image_note_held(&v.image);
	read_footer(&v);
	if (v.footer)
		read_header(&v);
	if (v.header)
		read_blocks(&v);
	ask_second(&v);
	put_image(&v);
	return 0;
}

/* A fixed disk shows nothing at its start. */
static int bid(const struct probe *p)
{
	if (str_starts(p->head, STR("conectix")))
		return 100;
	return str_iends(p->name, STR(".vhd")) || str_iends(p->name, STR(".avhd")) ? 60 : 0;
}

const struct parser parser_vhd = {
	.name = "vhd",
	.about = "VHD and AVHD images: identity, parent, sizes, damage",
	.data_type = "fact",
	.version = 3,
	.needs = NEEDS_WINDOW,
	.bid = bid,
	.parse = parse,
};
