/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of a VHDX file that was not closed: updates of its tables that are not in place yet. They
 * are applied to a copy of the head, never to the file.
 */
#include "parsers/vhdx/vhdx.h"

#define SECTOR ((size_t)4096)
#define CHECK_BYTES_MAX ((uint64_t)64 * 1024 * 1024)   /* of checksums, over all candidates */
#define COPY_BYTES_MAX ((uint64_t)64 * 1024 * 1024)
#define ENTRIES_MAX 1024u

struct entry {
	uint64_t at;             /* in the log */
	uint64_t bytes, sequence, tail;
	const uint8_t *p;
};

struct log {
	const uint8_t *p;
	uint64_t bytes;
	struct entry e[ENTRIES_MAX];
	size_t n;
	uint64_t checked;
};

/* An entry that does not run over the end of the ring; Windows starts anew there in practice. */
static bool read_entry(struct log *l, uint64_t at, const uint8_t guid[16], struct entry *e)
{
	const uint8_t *p = l->p + at;

	if (memcmp(p, "loge", 4) != 0 || memcmp(p + 32, guid, 16) != 0)
		return false;
	*e = (struct entry){ .at = at, .bytes = le32(p + 8), .tail = le32(p + 12),
		.sequence = le64(p + 16), .p = p };
	if (!e->bytes || e->bytes % SECTOR || e->bytes > l->bytes - at ||
		l->checked + e->bytes > CHECK_BYTES_MAX)
		return false;
	l->checked += e->bytes;
	return le32(p + 4) == vhdx_crc32c(p, (size_t)e->bytes, 4);
}

static const struct entry *entry_at(const struct log *l, uint64_t at)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->e[i].at == at)
			return &l->e[i];
	return NULL;
}

/* Entries from the head's tail to the head follow each other without a gap. */
static size_t sequence_to(const struct log *l, const struct entry *head, const struct entry **list)
{
	const struct entry *e = entry_at(l, head->tail);
	size_t n = 0;

	while (e && n < ENTRIES_MAX) {
		list[n++] = e;
		if (e == head)
			return n;
		e = entry_at(l, (e->at + e->bytes) % l->bytes);
		if (e && e->sequence != list[n - 1]->sequence + 1)
			return 0;
	}
	return 0;
}

static void apply_descriptor(uint8_t *copy, uint64_t held, const uint8_t *d, const uint8_t *data)
{
	uint64_t at = le64(d + 16);

	if (memcmp(d, "zero", 4) == 0) {
		uint64_t n = le64(d + 8);

		if (at < held)
			memset(copy + at, 0, (size_t)(n < held - at ? n : held - at));
	} else if (memcmp(d, "desc", 4) == 0 && data && at <= held && SECTOR <= held - at) {
		memcpy(copy + at, d + 8, 8);
		memcpy(copy + at + 8, data + 8, SECTOR - 12);
		memcpy(copy + at + SECTOR - 4, d + 4, 4);
	}
}

static void apply_entry(uint8_t *copy, uint64_t held, const struct entry *e)
{
	uint64_t count = le32(e->p + 24), first = (count * 32 + 64 + SECTOR - 1) / SECTOR * SECTOR;
	uint64_t data = first;

	if (first > e->bytes)
		return;
	for (uint64_t i = 0; i < count; i++) {
		const uint8_t *d = e->p + 64 + i * 32;
		bool has = memcmp(d, "desc", 4) == 0 && data + SECTOR <= e->bytes;

		apply_descriptor(copy, held, d, has ? e->p + data : NULL);
		data += has ? SECTOR : 0;
	}
}

static void replay(struct vhdx *v, struct log *l, const struct entry **list, size_t n)
{
	const struct entry *head = list[n - 1];
	uint8_t *copy;

	if (le64(head->p + 48) > v->image.m->size)
		image_finding(&v->image, "truncated", v->image.m->size,
			"the log was written when the file had %llu bytes",
			(unsigned long long)le64(head->p + 48));
	if (v->image.held > COPY_BYTES_MAX)
		v->image.held = COPY_BYTES_MAX;
	copy = arena_dup(v->image.m->a, v->image.head, (size_t)v->image.held);
	for (size_t i = 0; i < n; i++)
		apply_entry(copy, v->image.held, list[i]);
	v->header = copy + (v->header - v->image.head);
	v->image.head = copy;
	(void)l;
}

static void find_entries(struct log *l, const uint8_t guid[16])
{
	for (uint64_t at = 0; at + SECTOR <= l->bytes && l->n < ENTRIES_MAX; at += SECTOR)
		if (read_entry(l, at, guid, &l->e[l->n]))
			l->n++;
}

void vhdx_read_log(struct vhdx *v)
{
	uint64_t offset = le64(v->header + 72);
	struct log *l = arena_alloc(v->image.m->a, sizeof(*l));
	const struct entry **list = arena_array(v->image.m->a, const struct entry *, ENTRIES_MAX);
	const struct entry *head = NULL;
	size_t n;

	l->bytes = le32(v->header + 68);
	l->p = image_at(&v->image, offset, l->bytes);
	if (!l->p || offset < VHDX_MIB || l->bytes < SECTOR) {
		image_finding(&v->image, "log-dirty", 0x10000, "the log is not held, so not replayed");
		return;
	}
	find_entries(l, v->header + 48);
	for (size_t i = 0; i < l->n; i++)
		if (!head || l->e[i].sequence > head->sequence)
			head = &l->e[i];
	n = head ? sequence_to(l, head, list) : 0;
	image_finding(&v->image, "log-dirty", offset, n ?
		"%zu log entries were not in place yet; read as if they were" :
		"the log holds no complete sequence of entries (%zu)", n);
	if (n)
		replay(v, l, list, n);
}
