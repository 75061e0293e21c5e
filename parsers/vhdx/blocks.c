/* SPDX-License-Identifier: Apache-2.0 */
/* The table of blocks of a VHDX file: how much is allocated, and whether it lies in the file. */
#include "parsers/vhdx/vhdx.h"

enum { FULLY_PRESENT = 6, PARTIALLY_PRESENT = 7 };

struct walk {
	uint64_t present, first, end, outside, overlaps, reserved, no_bitmap, on_tables, placed;
	uint64_t blocks, ratio;
	VEC(uint64_t) starts;
};

static int compare_starts(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static bool meets(uint64_t at, uint64_t n, uint64_t other, uint64_t other_n)
{
	return other_n && at < other + other_n && other < at + n;
}

/* Where a block or a bitmap lies: within the file, and on none of the file's own tables. */
static void take_place(struct vhdx *v, struct walk *w, uint64_t at, uint64_t bytes)
{
	uint64_t log = v->header ? le64(v->header + 72) : 0, log_bytes = log ? le32(v->header + 68) : 0;

	w->placed++;
	w->first = at < w->first ? at : w->first;
	w->end = at + bytes > w->end ? at + bytes : w->end;
	w->outside += !image_has(&v->image, at, bytes);
	w->on_tables += at < VHDX_MIB || meets(at, bytes, log, log_bytes) ||
			meets(at, bytes, v->bat_offset, v->bat_bytes) ||
			meets(at, bytes, v->meta_offset, v->meta_bytes);
}

static void take_block(struct vhdx *v, struct walk *w, uint64_t entry, bool bitmap_there)
{
	unsigned state = entry & 7;
	uint64_t at = (entry >> 20) * VHDX_MIB;

	if (state == 4 || state == 5) {
		w->reserved++;
		return;
	}
	if (state != FULLY_PRESENT && state != PARTIALLY_PRESENT)
		return;
	w->present++;
	if (state == PARTIALLY_PRESENT && (!bitmap_there || !(v->flags & VHDX_HAS_PARENT)))
		w->no_bitmap++;
	take_place(v, w, at, v->block_bytes);
	vec_push(&w->starts, at);
}

static void find_overlaps(const struct vhdx *v, struct walk *w)
{
	if (w->starts.n > 1)
		qsort(w->starts.v, w->starts.n, sizeof(uint64_t), compare_starts);
	for (size_t i = 1; i < w->starts.n; i++)
		w->overlaps += w->starts.v[i] - w->starts.v[i - 1] < v->block_bytes;
}

static void tell_walk(struct vhdx *v, const struct walk *w)
{
	uint64_t size = v->image.m->size;

	v->head_only = image_is_head(&v->image, w->first, w->outside, w->placed);
	if (w->outside && v->head_only)
		image_finding(&v->image, "head-only", size,
			"%llu of %llu blocks and bitmaps are not in the file: only its head was collected",
			(unsigned long long)w->outside, (unsigned long long)w->placed);
	else if (w->outside)
		image_finding(&v->image, "truncated", size, "%llu of %llu blocks and bitmaps reach past "
			"the file's end; it should have at least %llu bytes", (unsigned long long)w->outside,
			(unsigned long long)w->placed, (unsigned long long)w->end);
	if (w->overlaps)
		image_finding(&v->image, "block-overlap", v->bat_offset, "%llu blocks lie on others",
			(unsigned long long)w->overlaps);
	if (w->on_tables)
		image_finding(&v->image, "block-overlap", v->bat_offset,
			"%llu blocks lie on the file's own tables", (unsigned long long)w->on_tables);
	if (w->reserved)
		image_finding(&v->image, "bat-invalid", v->bat_offset, "%llu entries have a state that "
			"does not exist", (unsigned long long)w->reserved);
	if (w->no_bitmap)
		image_finding(&v->image, "bat-invalid", v->bat_offset, "%llu blocks are partly present "
			"without a bitmap or a parent", (unsigned long long)w->no_bitmap);
}

void vhdx_read_blocks(struct vhdx *v)
{
	struct walk w = { .first = UINT64_MAX };
	uint64_t entries;
	const uint8_t *t;

	w.ratio = ((uint64_t)1 << 23) * v->sector_bytes / v->block_bytes;
	w.blocks = (v->size_bytes + v->block_bytes - 1) / v->block_bytes;
	entries = v->flags & VHDX_HAS_PARENT ? (w.blocks + w.ratio - 1) / w.ratio * (w.ratio + 1) :
					       w.blocks + (w.blocks - 1) / w.ratio;
	if (entries * 8 > v->bat_bytes) {
		image_finding(&v->image, "bat-invalid", v->bat_offset, "the table of blocks is too small");
		return;
	}
	t = image_at(&v->image, v->bat_offset, entries * 8);
	if (!t) {
		if (!image_has(&v->image, v->bat_offset, entries * 8))
			image_finding(&v->image, "truncated", v->image.m->size,
				"the file ends in its table of blocks");
		return;
	}
	for (uint64_t i = 0, n = 0; i < entries && n < w.blocks; i++) {
		uint64_t bitmap = i / (w.ratio + 1) * (w.ratio + 1) + w.ratio;

		if (i == bitmap) {
			if ((le64(t + i * 8) & 7) == FULLY_PRESENT)
				take_place(v, &w, (le64(t + i * 8) >> 20) * VHDX_MIB, VHDX_MIB);
			continue;
		}
		take_block(v, &w, le64(t + i * 8), bitmap < entries && (le64(t + bitmap * 8) & 7) == FULLY_PRESENT);
		n++;
	}
	find_overlaps(v, &w);
	tell_walk(v, &w);
	v->allocated_bytes = w.present * v->block_bytes;
	v->growth_bytes = (w.blocks - w.present) * v->block_bytes;
	v->has_blocks = true;
	free(w.starts.v);
}
