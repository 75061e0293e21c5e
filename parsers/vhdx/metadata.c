/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata of a VHDX file: sizes, the disk's id, and where its parent is. No checksum covers it. */
#include "parsers/vhdx/vhdx.h"

/* First four bytes of an item's GUID suffice to tell the known ones apart; all 16 are compared. */
static const struct item {
	uint8_t guid[16];
	uint32_t bytes;          /* 0: any */
} items[] = {
	{ { 0x37, 0x67, 0xa1, 0xca, 0x36, 0xfa, 0x43, 0x4d, 0xb3, 0xb6, 0x33, 0xf0, 0xaa, 0x44, 0xe7, 0x6b }, 8 },
	{ { 0x24, 0x42, 0xa5, 0x2f, 0x1b, 0xcd, 0x76, 0x48, 0xb2, 0x11, 0x5d, 0xbe, 0xd8, 0x3b, 0xf4, 0xb8 }, 8 },
	{ { 0xab, 0x12, 0xca, 0xbe, 0xe6, 0xb2, 0x23, 0x45, 0x93, 0xef, 0xc3, 0x09, 0xe0, 0x00, 0xc7, 0x46 }, 16 },
	{ { 0x1d, 0xbf, 0x41, 0x81, 0x6f, 0xa9, 0x09, 0x47, 0xba, 0x47, 0xf2, 0x33, 0xa8, 0xfa, 0xab, 0x5f }, 4 },
	{ { 0xc7, 0x48, 0xa3, 0xcd, 0x5d, 0x44, 0x71, 0x44, 0x9c, 0xc9, 0xe9, 0x88, 0x52, 0x51, 0xc5, 0x56 }, 4 },
	{ { 0x2d, 0x5f, 0xd3, 0xa8, 0x0b, 0xb3, 0x4d, 0x45, 0xab, 0xf7, 0xd3, 0xd8, 0x48, 0x34, 0xab, 0x0c }, 0 },
};

enum { PARAMETERS, SIZE, DISK_ID, SECTOR_SIZE, PHYSICAL_SECTOR, LOCATOR, ITEMS };

static void take_parameters(struct vhdx *v, const uint8_t *p)
{
	uint32_t block = le32(p);

	if (block < VHDX_MIB || block > 256 * VHDX_MIB || (block & (block - 1))) {
		image_finding(&v->image, "metadata-invalid", v->meta_offset, "block size %u", block);
		return;
	}
	v->block_bytes = block;
	v->flags = le32(p + 4);
	v->has_parameters = true;
}

static void take_sector(struct vhdx *v, uint32_t n, uint32_t *to)
{
	if (n == 512 || n == 4096)
		*to = n;
	else
		image_finding(&v->image, "metadata-invalid", v->meta_offset, "sector size %u", n);
}

static void take_item(struct vhdx *v, size_t item, const uint8_t *p, uint32_t bytes)
{
	switch (item) {
	case PARAMETERS:
		take_parameters(v, p);
		break;
	case SIZE:
		v->size_bytes = le64(p);
		break;
	case DISK_ID:
		v->disk_id = p;
		break;
	case SECTOR_SIZE:
		take_sector(v, le32(p), &v->sector_bytes);
		break;
	case PHYSICAL_SECTOR:
		take_sector(v, le32(p), &v->physical_sector_bytes);
		break;
	default:
		v->locator = p;
		v->locator_bytes = bytes;
	}
}

static void read_entry(struct vhdx *v, const uint8_t *entry)
{
	uint32_t offset = le32(entry + 16), bytes = le32(entry + 20);
	const uint8_t *p;
	size_t i = 0;

	while (i < ITEMS && memcmp(entry, items[i].guid, 16) != 0)
		i++;
	if (i == ITEMS) {
		if (le32(entry + 24) & 4)
			image_finding(&v->image, "metadata-unknown", v->meta_offset,
				"a required item is not known");
		return;
	}
	if (offset < VHDX_TABLE_BYTES || bytes > VHDX_MIB || offset > v->meta_bytes ||
		bytes > v->meta_bytes - offset || (items[i].bytes && bytes < items[i].bytes)) {
		image_finding(&v->image, "metadata-invalid", v->meta_offset, "an item lies at %u, %u bytes",
			offset, bytes);
		return;
	}
	p = image_at(&v->image, v->meta_offset + offset, bytes);
	if (p)
		take_item(v, i, p, bytes);
}

static void check_sizes(struct vhdx *v)
{
	if (v->size_bytes && v->sector_bytes && v->size_bytes % v->sector_bytes)
		image_finding(&v->image, "metadata-invalid", v->meta_offset,
			"the disk's size is no multiple of its sector size");
	if (v->size_bytes > (uint64_t)64 << 40) {
		image_finding(&v->image, "metadata-invalid", v->meta_offset, "the disk's size is %llu",
			(unsigned long long)v->size_bytes);
		v->size_bytes = 0;
	}
}

void vhdx_read_metadata(struct vhdx *v)
{
	const uint8_t *t = image_at(&v->image, v->meta_offset, VHDX_TABLE_BYTES);
	uint32_t n;

	if (!t) {
		if (!image_has(&v->image, v->meta_offset, VHDX_TABLE_BYTES))
			image_finding(&v->image, "truncated", v->meta_offset, "the file ends before its metadata");
		return;
	}
	n = le16(t + 10);
	if (memcmp(t, "metadata", 8) != 0 || n > VHDX_ENTRIES_MAX) {
		image_finding(&v->image, "metadata-invalid", v->meta_offset, "no metadata table there");
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		read_entry(v, t + 32 + (size_t)i * 32);
	check_sizes(v);
}

/* ---- The parent locator: pairs of UTF-16LE key and value ---- */

static bool locator_pair(struct vhdx *v, uint32_t i, struct buf *key, struct buf *value)
{
	const uint8_t *e = v->locator + 20 + (size_t)i * 12;
	uint32_t at[2] = { le32(e), le32(e + 4) };
	uint16_t n[2] = { le16(e + 8), le16(e + 10) };

	key->n = value->n = 0;
	for (int k = 0; k < 2; k++) {
		if (at[k] > v->locator_bytes || n[k] > v->locator_bytes - at[k])
			return false;
		buf_utf16le(k ? value : key, v->locator + at[k], n[k]);
	}
	return true;
}

static uint32_t locator_count(const struct vhdx *v)
{
	uint32_t n = v->locator_bytes >= 20 ? le16(v->locator + 18) : 0;

	return n <= VHDX_LOCATORS_MAX && n * 12 + 20 <= v->locator_bytes ? n : 0;
}

static void put_pair(struct sink *out, struct str key, struct str value)
{
	static const char *const names[][2] = { { "parent_linkage", "parent_link_id" },
		{ "parent_linkage2", "parent_link2_id" }, { "absolute_win32_path", "parent_path" },
		{ "relative_path", "parent_relative" }, { "volume_path", "parent_volume_path" } };
	uint8_t raw[16];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!str_ieq(key, str_of(names[i][0])))
			continue;
		if (i > 1)
			sink_put(out, names[i][1], value);
		else if (guid_parse(value, raw) && !image_is_zero(raw, 16))
			image_put_guid(out, names[i][1], raw);
	}
}

void vhdx_put_locator(struct vhdx *v)
{
	struct buf key = { 0 }, value = { 0 };

	for (uint32_t i = 0; i < locator_count(v); i++)
		if (locator_pair(v, i, &key, &value))
			put_pair(v->image.out, buf_str(&key), buf_str(&value));
	buf_free(&key);
	buf_free(&value);
}

static void check_pair(struct vhdx *v, struct str key, struct str value, bool *linked)
{
	uint8_t raw[16];
	bool good = guid_parse(value, raw) && !image_is_zero(raw, 16);

	if (str_ieq(key, STR("parent_linkage"))) {
		*linked = good;
		memcpy(v->link_id, raw, good ? 16 : 0);
	}
	if (str_ieq(key, STR("parent_linkage2")) && good)
		image_finding(&v->image, "linkage2-set", v->meta_offset,
			"a second link to the parent is set: a merge was under way");
}

void vhdx_check_locator(struct vhdx *v)
{
	struct buf key = { 0 }, value = { 0 };
	bool linked = false;

	if (!v->has_parameters || !(v->flags & VHDX_HAS_PARENT))
		return;
	for (uint32_t i = 0; i < locator_count(v); i++) {
		if (locator_pair(v, i, &key, &value))
			check_pair(v, buf_str(&key), buf_str(&value), &linked);
		else
			image_finding(&v->image, "metadata-invalid", v->meta_offset,
				"a text of the parent locator lies outside");
	}
	if (!v->locator && image_at(&v->image, v->meta_offset, v->meta_bytes))
		image_finding(&v->image, "locator-missing", v->meta_offset,
			"a differencing disk that does not name its parent");
	else if (v->locator && !linked)
		image_finding(&v->image, "linkage-missing", v->meta_offset,
			"the link to the parent is missing, zero or no GUID");
	buf_free(&key);
	buf_free(&value);
}
