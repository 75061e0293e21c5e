/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the readers of virtual disks share: bytes of a window (head and tail of the file), little-
 * endian numbers, and findings. A finding is a fact of type disk.image.finding.
 */
#ifndef CASELINE_PARSERS_VHDX_IMAGE_H
#define CASELINE_PARSERS_VHDX_IMAGE_H

#include "parsers/parser.h"

struct image {
	const struct member_view *m;
	struct sink *out;
	const uint8_t *head;     /* m->data, or a copy with the log replayed */
	uint64_t held;           /* of the head */
	uint64_t grown;          /* the file's size once its log is in place; 0: as it is */
	size_t findings;
};

static inline uint16_t le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t le64(const uint8_t *p)
{
	return le32(p) | (uint64_t)le32(p + 4) << 32;
}

/* `n` bytes at `offset` of the file; NULL where they are not held. */
const uint8_t *image_at(const struct image *i, uint64_t offset, uint64_t n);
/* True where the file, held or not, reaches that far. */
bool image_has(const struct image *i, uint64_t offset, uint64_t n);
void image_finding(struct image *i, const char *finding, uint64_t offset, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
bool image_is_zero(const uint8_t *p, size_t n);
void image_put_guid(struct sink *out, const char *name, const uint8_t raw[16]);
/* "held n of m bytes" where a part is missing. */
void image_note_held(const struct image *i);

/* What libvhdi says of the same bytes. */
struct image_opinion {
	uint64_t size_bytes;
	uint8_t id[16], parent_id[16];   /* as Windows stores GUIDs */
	bool has_parent_id;
};

/* 0, or negative with libvhdi's reason. */
int image_second(const struct member_view *m, struct image_opinion *out, struct err *e);

#endif
