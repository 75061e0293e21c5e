/* SPDX-License-Identifier: Apache-2.0 */
/*
 * .vmgs: a generation 2 VM's firmware variables, TPM and the like. What is in it and whether it is
 * sound is told, never its content: secrets lie there. Two headers, at the first two sectors of 512 or
 * 4096 bytes; a table of 64 files, of which the number says what it is.
 */
#include <libdeflate.h>

#include "parsers/label.h"
#include "parsers/vhdx/image.h"

#define BLOCK ((uint64_t)4096)
#define HEADER_BYTES 168u
#define FILES 64u
#define ENTRY_BYTES 64u

struct vmgs {
	struct image image;
	const uint8_t *header;
};

static bool has_signature(const uint8_t *h)
{
	return h && memcmp(h, "GUESTRTS", 8) == 0;
}

static bool checksum_ok(const uint8_t *h)
{
	uint8_t copy[HEADER_BYTES];

	memcpy(copy, h, HEADER_BYTES);
	memset(copy + 12, 0, 4);
	return le32(h + 12) == libdeflate_crc32(0, copy, HEADER_BYTES);
}

static void finding(struct vmgs *v, const char *word, uint64_t offset, const char *detail)
{
	v->image.findings++;
	sink_fact(v->image.out, STR("vm.config.finding"), 0, offset);
	sink_put(v->image.out, "path", v->image.m->name);
	sink_put(v->image.out, "finding", str_of(word));
	sink_put(v->image.out, "detail", str_of(detail));
}

/* Of two sound headers the one that follows the other counts; numbers go round at their end. */
static void read_headers(struct vmgs *v)
{
	uint64_t second = has_signature(image_at(&v->image, 512, HEADER_BYTES)) ? 512 : BLOCK;
	const uint64_t places[2] = { 0, second };

	for (size_t i = 0; i < 2; i++) {
		const uint8_t *h = image_at(&v->image, places[i], HEADER_BYTES);

		if (!h)
			continue;
		if (!has_signature(h) || le32(h + 20) != HEADER_BYTES || !checksum_ok(h))
			finding(v, "header-invalid", places[i], "checksum, size or signature of a header is wrong");
		else if (!v->header || le32(h + 16) == le32(v->header + 16) + 1)
			v->header = h;
	}
}

/* The names of what is there, by number. */
static void put_files(struct vmgs *v)
{
	static const char *const names[FILES] = { [1] = "nvram", "tpm-ppi", "tpm", "rtc-skew", "attestation",
		"key-protector", "unique-id", "firmware", "custom-uefi", "watchdog", "hardware-key-protector",
		[13] = "guest-secret-key", "hibernation-firmware", "platform-seed", "provenance" };
	uint64_t at = le32(v->header + 24) * BLOCK;
	const uint8_t *t = image_at(&v->image, at, FILES * ENTRY_BYTES);
	struct buf list = { 0 };

	if (!t && !image_has(&v->image, at, FILES * ENTRY_BYTES))
		finding(v, "table-invalid", at, "the file ends before its table of files");
	for (uint32_t i = 1; t && i < FILES; i++) {
		const uint8_t *e = t + (size_t)i * ENTRY_BYTES;
		uint64_t from = le32(e) * BLOCK, room = le32(e + 4) * BLOCK;

		if (!le32(e + 4) || !names[i])
			continue;
		if (!image_has(&v->image, from, room) || le64(e + 8) > room)
			finding(v, "table-invalid", at + i * ENTRY_BYTES, "a file within lies outside of it");
		buf_printf(&list, "%s%s", list.n ? "," : "", names[i]);
	}
	if (list.n)
		sink_put(v->image.out, "holds", buf_str(&list));
	buf_free(&list);
}

static void put_state(struct vmgs *v)
{
	const struct member_view *m = v->image.m;
	struct sink *out = v->image.out;
	char version[24];

	sink_fact(out, STR("vm.guest_state"), 0, 0);
	sink_put(out, "path", m->name);
	label_put_id(out, "id", str_sub(m->name, 0, m->name.n > 5 ? m->name.n - 5 : 0));
	sink_put_u64(out, "size_bytes", m->size);
	if (!v->header)
		return;
	snprintf(version, sizeof(version), "%u.%u", le32(v->header + 8) >> 16, le32(v->header + 8) & 0xffff);
	sink_put(out, "version", str_of(version));
	sink_put_u64(out, "sequence", le32(v->header + 16));
	if (le32(v->header + 8) < 0x00030000)
		return;
	sink_put(out, "encrypted", le16(v->header + 32) ? STR("true") : STR("false"));
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct vmgs v = { .image = { .m = m, .out = out, .head = m->data, .held = m->held } };

	image_note_held(&v.image);
	read_headers(&v);
	put_state(&v);
	if (v.header)
		put_files(&v);
	if (!v.header && m->held >= BLOCK + HEADER_BYTES)
		return err_set(e, E_DAMAGED, "neither header of the guest state is sound");
	return 0;
}

static int bid(const struct probe *p)
{
	const uint8_t *h = (const uint8_t *)p->head.p;

	if (p->head.n >= 8 && has_signature(h))
		return 95;
	return p->head.n >= 520 && has_signature(h + 512) ? 90 : 0;
}

const struct parser parser_vmgs = {
	.name = "vmgs",
	.about = "guest state of generation 2 VMs (.vmgs): what it holds and whether it is sound, no content",
	.data_type = "fact",
	.version = 1,
	.needs = NEEDS_WINDOW,
	.bid = bid,
	.parse = parse,
};
