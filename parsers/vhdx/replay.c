/* SPDX-License-Identifier: Apache-2.0 */
/* What one entry of a VHDX file's log says, and how it changes the file's head. */
#include "parsers/vhdx/log.h"

#define COPY_BYTES_MAX ((uint64_t)64 * 1024 * 1024)

static bool is_data(const uint8_t *descriptor)
{
	return memcmp(descriptor, "desc", 4) == 0;
}

/* Where the data sectors begin: the descriptors fill whole sectors before them. */
static uint64_t data_at(const struct log_entry *e)
{
	uint64_t count = le32(e->p + 24);

	return (count * 32 + 64 + LOG_SECTOR - 1) / LOG_SECTOR * LOG_SECTOR;
}

/* A sector written by another entry carries another number: a write that tore, though sums agree. */
static const char *sector_fault(const struct log_entry *e, const uint8_t *sector)
{
	if (memcmp(sector, "data", 4) != 0)
		return "a data sector has no signature";
	if (le32(sector + 4) != e->sequence >> 32 || le32(sector + LOG_SECTOR - 4) != (uint32_t)e->sequence)
		return "a data sector carries another entry's number";
	return NULL;
}

static const char *descriptor_fault(const struct log_entry *e, const uint8_t *d)
{
	if (!is_data(d) && memcmp(d, "zero", 4) != 0)
		return "a descriptor has no signature";
	if (le64(d + 24) != e->sequence)
		return "a descriptor carries another entry's number";
	if (le64(d + 16) % LOG_SECTOR || (!is_data(d) && le64(d + 8) % LOG_SECTOR))
		return "an update does not begin or end at a sector";
	return NULL;
}

void log_entry_check(struct log_entry *e)
{
	uint64_t count = le32(e->p + 24), data = data_at(e);

	if (data > e->bytes) {
		e->fault = "it has more descriptors than it can hold";
		return;
	}
	if (e->tail % LOG_SECTOR)
		e->fault = "its tail is no sector";
	for (uint64_t i = 0; i < count && !e->fault; i++) {
		const uint8_t *d = e->p + 64 + i * 32;

		e->fault = descriptor_fault(e, d);
		if (e->fault || !is_data(d))
			continue;
		if (LOG_SECTOR > e->bytes - data) {
			e->fault = "a data sector is missing";
			return;
		}
		e->fault = sector_fault(e, e->p + data);
		data += LOG_SECTOR;
	}
}

static bool apply_zero(uint8_t *copy, uint64_t held, const uint8_t *d)
{
	uint64_t at = le64(d + 16), n = le64(d + 8);

	if (at >= held)
		return n == 0;
	memset(copy + at, 0, (size_t)(n < held - at ? n : held - at));
	return n <= held - at;
}

/* The sector's own signature and numbers stand where the descriptor keeps the update's bytes. */
static bool apply_data(uint8_t *copy, uint64_t held, const uint8_t *d, const uint8_t *sector)
{
	uint64_t at = le64(d + 16);

	if (at > held || LOG_SECTOR > held - at)
		return false;
	memcpy(copy + at, d + 8, 8);
	memcpy(copy + at + 8, sector + 8, LOG_SECTOR - 12);
	memcpy(copy + at + LOG_SECTOR - 4, d + 4, 4);
	return true;
}

static uint64_t apply_entry(uint8_t *copy, uint64_t held, const struct log_entry *e)
{
	uint64_t count = le32(e->p + 24), data = data_at(e), outside = 0;

	for (uint64_t i = 0; i < count; i++) {
		const uint8_t *d = e->p + 64 + i * 32;

		if (is_data(d)) {
			outside += !apply_data(copy, held, d, e->p + data);
			data += LOG_SECTOR;
		} else {
			outside += !apply_zero(copy, held, d);
		}
	}
	return outside;
}

uint64_t log_replay(struct vhdx *v, const struct log_entry **list, size_t n)
{
	struct image *image = &v->image;
	uint64_t outside = 0;
	uint8_t *copy;

	if (image->held > COPY_BYTES_MAX)
		image->held = COPY_BYTES_MAX;
	copy = arena_dup(image->m->a, image->head, (size_t)image->held);
	for (size_t i = 0; i < n; i++)
		outside += apply_entry(copy, image->held, list[i]);
	image->head = copy;
	return outside;
}
