/* SPDX-License-Identifier: Apache-2.0 */
/* The two headers and the two region tables of a VHDX file, each with its checksum. */
#include "parsers/vhdx/vhdx.h"

uint32_t vhdx_crc32c(const uint8_t *p, size_t n, size_t zero_from)
{
	uint32_t table[256], crc = ~0u;

	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int k = 0; k < 8; k++)
			c = c & 1 ? c >> 1 ^ 0x82f63b78u : c >> 1;
		table[i] = c;
	}
	for (size_t i = 0; i < n; i++)
		crc = table[(crc ^ (i - zero_from < 4 ? 0 : p[i])) & 255] ^ crc >> 8;
	return ~crc;
}

static bool header_valid(const uint8_t *h)
{
	return memcmp(h, "head", 4) == 0 && le32(h + 4) == vhdx_crc32c(h, VHDX_HEADER_BYTES, 4);
}

/* With one copy out of reach nothing says which is current: then no header is told. */
void vhdx_read_headers(struct vhdx *v)
{
	const uint8_t *h[2];
	bool ok[2];

	for (size_t i = 0; i < 2; i++) {
		h[i] = image_at(&v->image, (i + 1) * 0x10000, VHDX_HEADER_BYTES);
		if (!h[i] && !image_has(&v->image, (i + 1) * 0x10000, VHDX_HEADER_BYTES))
			image_finding(&v->image, "truncated", v->image.m->size, "the file ends before header %zu",
				i + 1);
		if (!h[i])
			return;
		ok[i] = header_valid(h[i]);
	}
	for (size_t i = 0; i < 2; i++)
		if (!ok[i])
			image_finding(&v->image, ok[1 - i] ? "header-invalid" : "headers-invalid",
				(i + 1) * 0x10000, "checksum or signature of header %zu is wrong", i + 1);
	if (!ok[0] && !ok[1])
		return;
	v->header = ok[0] && (!ok[1] || le64(h[0] + 8) > le64(h[1] + 8)) ? h[0] : h[1];
	if (ok[0] && ok[1] && memcmp(h[0] + 32, h[1] + 32, 16) != 0)
		image_finding(&v->image, "headers-disagree", 0x10000,
			"the two headers tell different data write ids; the newer one counts");
	v->dirty = !image_is_zero(v->header + 48, 16);
}

static bool table_valid(const uint8_t *t)
{
	return memcmp(t, "regi", 4) == 0 && le32(t + 8) <= VHDX_ENTRIES_MAX &&
	       le32(t + 4) == vhdx_crc32c(t, VHDX_TABLE_BYTES, 4);
}

static const uint8_t bat_guid[16] = { 0x66, 0x77, 0xc2, 0x2d, 0x23, 0xf6, 0x00, 0x42, 0x9d, 0x64,
	0x11, 0x5e, 0x9b, 0xfd, 0x4a, 0x08 };
static const uint8_t metadata_guid[16] = { 0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47, 0x9a, 0x4b, 0xb8, 0xfe,
	0x57, 0x5f, 0x05, 0x0f, 0x88, 0x6e };

static void take_region(struct vhdx *v, const uint8_t *entry)
{
	uint64_t offset = le64(entry + 16), bytes = le32(entry + 24);
	bool bat = memcmp(entry, bat_guid, 16) == 0, meta = memcmp(entry, metadata_guid, 16) == 0;

	if (!bat && !meta) {
		if (le32(entry + 28) & 1)
			image_finding(&v->image, "region-unknown", 0x30000, "a required region is not known");
		return;
	}
	if (offset < VHDX_MIB || offset % VHDX_MIB || !bytes || bytes % VHDX_MIB) {
		image_finding(&v->image, "region-invalid", 0x30000, "%s lies at %llu, %llu bytes",
			bat ? "the table of blocks" : "metadata", (unsigned long long)offset,
			(unsigned long long)bytes);
		return;
	}
	*(bat ? &v->bat_offset : &v->meta_offset) = offset;
	*(bat ? &v->bat_bytes : &v->meta_bytes) = bytes;
}

void vhdx_read_regions(struct vhdx *v)
{
	const uint8_t *t[2], *good = NULL;

	for (size_t i = 0; i < 2; i++) {
		uint64_t at = 0x30000 + i * 0x10000;

		t[i] = image_at(&v->image, at, VHDX_TABLE_BYTES);
		if (!t[i])
			continue;
		if (table_valid(t[i]))
			good = good ? good : t[i];
		else
			image_finding(&v->image, "region-copy-invalid", at,
				"checksum or signature of region table %zu is wrong", i + 1);
	}
	if (!good) {
		if (t[0] && t[1])
			image_finding(&v->image, "regions-invalid", 0x30000, "no region table is sound");
		return;
	}
	if (t[0] && t[1] && table_valid(t[1]) && good == t[0] &&
		memcmp(t[0], t[1], VHDX_TABLE_BYTES) != 0)
		image_finding(&v->image, "region-copies-differ", 0x30000, "the two region tables differ");
	for (uint32_t i = 0; i < le32(good + 8); i++)
		take_region(v, good + 16 + (size_t)i * 32);
	if (v->bat_offset && v->meta_offset && v->bat_offset < v->meta_offset + v->meta_bytes &&
		v->meta_offset < v->bat_offset + v->bat_bytes)
		image_finding(&v->image, "region-invalid", 0x30000,
			"metadata and the table of blocks lie on each other");
}
