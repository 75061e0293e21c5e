/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VHDX and AVHDX images: identity, parent, sizes and health from the first 4 MiB. Of two copies of
 * a structure the sound one counts, and the other is told; a log that waits is replayed in memory.
 */
#include "parsers/vhdx/vhdx.h"

static void put_creator(struct vhdx *v)
{
	const uint8_t *p = image_at(&v->image, 8, 512);
	struct buf b = { 0 };
	size_t n = 0;

	while (p && n < 512 && (p[n] || p[n + 1]))
		n += 2;
	if (n) {
		buf_utf16le(&b, p, n);
		sink_put(v->image.out, "creator", buf_str(&b));
	}
	buf_free(&b);
}

static void put_number(struct sink *out, const char *name, uint64_t n)
{
	if (n)
		sink_put_u64(out, name, n);
}

static struct str kind_of(const struct vhdx *v)
{
	if (v->flags & VHDX_HAS_PARENT)
		return STR("differencing");
	return v->flags & VHDX_LEAVE_ALLOCATED ? STR("fixed") : STR("dynamic");
}

static void put_image(struct vhdx *v)
{
	struct sink *out = v->image.out;

	sink_fact(out, STR("disk.image"), 0, 0);
	sink_put(out, "path", v->image.m->name);
	sink_put(out, "format", STR("vhdx"));
	if (v->has_parameters)
		sink_put(out, "kind", kind_of(v));
	put_number(out, "size_bytes", v->size_bytes);
	sink_put_u64(out, "file_bytes", v->image.m->size);
	sink_put_u64(out, "held_bytes", v->image.m->held + v->image.m->tail_held);
	if (v->header) {
		image_put_guid(out, "data_write_id", v->header + 32);
		sink_put(out, "log_dirty", v->dirty ? STR("true") : STR("false"));
		if (v->dirty)
			sink_put(out, "log_replayed", v->log_replayed ? STR("true") : STR("false"));
	}
	if (v->disk_id)
		image_put_guid(out, "virtual_disk_id", v->disk_id);
	if (v->locator && v->flags & VHDX_HAS_PARENT)
		vhdx_put_locator(v);
	put_number(out, "sector_bytes", v->sector_bytes);
	put_number(out, "physical_sector_bytes", v->physical_sector_bytes);
	put_number(out, "block_bytes", v->block_bytes);
	if (v->has_blocks) {
		sink_put_u64(out, "allocated_bytes", v->allocated_bytes);
		sink_put_u64(out, "growth_bytes", v->growth_bytes);
	}
	put_creator(v);
}

/* A head that was cut off on purpose is shorter too; blocks have told it then. */
static void check_flushed(struct vhdx *v)
{
	if (v->flushed_bytes > v->image.m->size && !v->head_only)
		image_finding(&v->image, "truncated", v->image.m->size,
			"the log was written when the file had %llu bytes",
			(unsigned long long)v->flushed_bytes);
}

/* Blocks that are out of reach do not matter: both readers need only the tables before them. */
static void ask_second(struct vhdx *v, size_t findings_before_blocks)
{
	struct image_opinion ours = { .size_bytes = v->size_bytes, .sector_bytes = v->sector_bytes };

	if (findings_before_blocks || !v->header || !v->size_bytes || !v->has_parameters)
		return;
	ours.kind = v->flags & VHDX_HAS_PARENT ? 4 : v->flags & VHDX_LEAVE_ALLOCATED ? 2 : 3;
	memcpy(ours.id, v->header + 32, 16);
	memcpy(ours.parent_id, v->link_id, 16);
	image_ask_second(&v->image, &ours);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct vhdx v = { .image = { .m = m, .out = out, .head = m->data, .held = m->held } };
	size_t findings;

	if (m->held < 8 || memcmp(m->data, "vhdxfile", 8) != 0)
		return err_set(e, E_DAMAGED, "no VHDX file: it does not begin with 'vhdxfile'");
	image_note_held(&v.image);
	vhdx_read_headers(&v);
	if (v.header && v.dirty)
		vhdx_read_log(&v);
	vhdx_read_regions(&v);
	if (v.meta_offset)
		vhdx_read_metadata(&v);
	vhdx_check_locator(&v);
	findings = v.image.findings;
	if (v.bat_offset && v.has_parameters && v.size_bytes && v.sector_bytes)
		vhdx_read_blocks(&v);
	check_flushed(&v);
	ask_second(&v, findings);
	put_image(&v);
	return 0;
}

static int bid(const struct probe *p)
{
	return str_starts(p->head, STR("vhdxfile")) ? 100 : 0;
}

const struct parser parser_vhdx = {
	.name = "vhdx",
	.about = "VHDX and AVHDX images: identity, parent, sizes, state of the log, damage",
	.data_type = "fact",
	.version = 3,
	.needs = NEEDS_WINDOW,
	.bid = bid,
	.parse = parse,
};
