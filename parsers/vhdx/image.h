/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the readers of virtual disks share: bytes of a window (head and tail of the file), little-
 * endian numbers, and findings. A finding is a fact of type disk.image.finding.
 */
#ifndef CASELINE_PARSERS_VHDX_IMAGE_H
#define CASELINE_PARSERS_VHDX_IMAGE_H

#include "analyzer/base/le.h"
#include "parsers/parser.h"

struct image {
	const struct member_view *m;
	struct sink *out;
	const uint8_t *head;     /* m->data, or a copy with the log replayed */
	uint64_t held;           /* of the head */
	uint64_t grown;          /* the file's size once its log is in place; 0: as it is */
	size_t findings;
};

/* `n` bytes at `offset` of the file; NULL where they are not held. */
const uint8_t *image_at(const struct image *i, uint64_t offset, uint64_t n);
/* True where the file, held or not, reaches that far. */
bool image_has(const struct image *i, uint64_t offset, uint64_t n);
void image_finding(struct image *i, const char *finding, uint64_t offset, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/*
 * True where a file that lacks blocks is the head that somebody collected, not one that was cut off:
 * nothing of its blocks is there, or it is small and lacks most of them.
 */
bool image_is_head(const struct image *i, uint64_t first, uint64_t outside, uint64_t all);
bool image_is_zero(const uint8_t *p, size_t n);
void image_put_guid(struct sink *out, const char *name, const uint8_t raw[16]);
/* "held n of m bytes" where a part is missing. */
void image_note_held(const struct image *i);

/* What a reader says of an image, ours or libvhdi. Zeros: not told. */
struct image_opinion {
	uint64_t size_bytes;             /* of the virtual disk */
	uint32_t sector_bytes;
	uint32_t kind;                   /* 2 fixed, 3 dynamic, 4 differencing */
	uint8_t id[16], parent_id[16];   /* as Windows stores GUIDs */
};

/* What libvhdi says of the held bytes: 0, or negative with its reason. */
int image_second(const struct member_view *m, struct image_opinion *out, struct err *e);
/*
 * Asks libvhdi, and tells where it says something else than `ours`. Only where nothing is wrong with
 * the structures that both read: it checks less, knows no spare copies and replays no log.
 */
void image_ask_second(struct image *i, const struct image_opinion *ours);

#endif
