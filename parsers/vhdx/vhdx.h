/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a VHDX file, little-endian; sizes and offsets in bytes of the file. */
#ifndef CASELINE_PARSERS_VHDX_VHDX_H
#define CASELINE_PARSERS_VHDX_VHDX_H

#include "parsers/vhdx/image.h"

#define VHDX_MIB ((uint64_t)1024 * 1024)
#define VHDX_HEADER_BYTES ((size_t)4096)
#define VHDX_TABLE_BYTES ((size_t)65536)
#define VHDX_ENTRIES_MAX 2047u
#define VHDX_LOCATORS_MAX 64u

struct vhdx {
	struct image image;
	const uint8_t *header;           /* the current one; NULL: none valid or not all held */
	uint64_t bat_offset, bat_bytes, meta_offset, meta_bytes;  /* 0: not known */
	uint64_t size_bytes;             /* of the virtual disk */
	uint32_t block_bytes, flags, sector_bytes, physical_sector_bytes;
	const uint8_t *disk_id;
	const uint8_t *locator;
	uint32_t locator_bytes;
	uint8_t link_id[16];             /* of the parent; zeros: none */
	bool has_parameters, dirty;
	bool log_replayed;               /* of a dirty file: its tables are as they were last written */
	uint64_t log_offset, flushed_bytes;  /* the file's size when the log was written */
	bool head_only;                  /* the file ends before its first block */
	uint64_t allocated_bytes, growth_bytes;
	bool has_blocks;                 /* the whole table of blocks was held and sound */
};

enum { VHDX_LEAVE_ALLOCATED = 1, VHDX_HAS_PARENT = 2 };

uint32_t vhdx_crc32c(const uint8_t *p, size_t n, size_t zero_from);  /* 4 bytes there count as 0 */
void vhdx_read_headers(struct vhdx *v);
void vhdx_read_regions(struct vhdx *v);
void vhdx_read_log(struct vhdx *v);          /* puts a replayed copy in place of the head */
void vhdx_read_metadata(struct vhdx *v);
void vhdx_put_locator(struct vhdx *v);       /* fields of the row given last */
void vhdx_check_locator(struct vhdx *v);     /* findings */
void vhdx_read_blocks(struct vhdx *v);

#endif
