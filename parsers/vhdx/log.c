/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of a VHDX file that was not closed: updates of its tables that are not in place yet. They
 * are applied to a copy of the head, never to the file. The log is a ring of 4 KiB sectors: an entry
 * may begin near its end and go on at its start.
 */
#include "parsers/vhdx/log.h"

#define CHECK_BYTES_MAX ((uint64_t)64 * 1024 * 1024)   /* of checksums, over all candidates */

/* The bytes of an entry in one piece; one that wraps is put together in the arena. */
static const uint8_t *entry_bytes(struct log *l, uint64_t at, uint64_t bytes)
{
	uint64_t first = l->bytes - at;
	uint8_t *copy;

	if (bytes <= first)
		return l->p + at;
	copy = arena_alloc(l->a, (size_t)bytes);
	memcpy(copy, l->p + at, (size_t)first);
	memcpy(copy + first, l->p, (size_t)(bytes - first));
	return copy;
}

/* False with a reason where an entry of this log is not sound; false without one where none is there. */
static bool read_entry(struct log *l, uint64_t at, const uint8_t guid[16], struct log_entry *e)
{
	const uint8_t *p = l->p + at;
	uint64_t bytes = le32(p + 8);

	if (memcmp(p, "loge", 4) != 0 || memcmp(p + 32, guid, 16) != 0)
		return false;
	*e = (struct log_entry){ .at = at, .bytes = bytes, .tail = le32(p + 12), .sequence = le64(p + 16) };
	if (!bytes || bytes % LOG_SECTOR || bytes > l->bytes || !e->sequence) {
		e->fault = "its length or number is wrong";
		return false;
	}
	if (l->checked + bytes > CHECK_BYTES_MAX) {
		l->cut = true;
		return false;
	}
	l->checked += bytes;
	e->p = entry_bytes(l, at, bytes);
	if (le32(e->p + 4) != vhdx_crc32c(e->p, (size_t)bytes, 4))
		e->fault = "its checksum is wrong";
	else
		log_entry_check(e);
	return !e->fault;
}

/* The damaged entry with the highest number is kept: only one newer than what is replayed matters. */
static void find_entries(struct log *l, const uint8_t guid[16])
{
	for (uint64_t at = 0; at < l->bytes; at += LOG_SECTOR) {
		struct log_entry e = { 0 };

		if (l->n == LOG_ENTRIES_MAX) {
			l->cut = true;
			return;
		}
		if (read_entry(l, at, guid, &e))
			l->e[l->n++] = e;
		else if (e.fault && (!l->bad.fault || e.sequence > l->bad.sequence))
			l->bad = e;
	}
}

/* Entries are in the order of their places. */
static const struct log_entry *entry_at(const struct log *l, uint64_t at)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (l->e[mid].at < at)
			low = mid + 1;
		else
			high = mid;
	}
	return low < l->n && l->e[low].at == at ? &l->e[low] : NULL;
}

static const struct log_entry *entry_after(const struct log *l, const struct log_entry *e)
{
	const struct log_entry *next = entry_at(l, (e->at + e->bytes) % l->bytes);

	return next && next->sequence == e->sequence + 1 ? next : NULL;
}

/* Entries from the head's tail to the head, which follow each other without a gap; 0: incomplete. */
static size_t sequence_to(const struct log *l, const struct log_entry *head, const struct log_entry **list)
{
	const struct log_entry *e = entry_at(l, head->tail);
	uint64_t bytes = 0;
	size_t n = 0;

	for (; e && bytes + e->bytes <= l->bytes; e = entry_after(l, e)) {
		bytes += e->bytes;
		list[n++] = e;
		if (e == head)
			return n;
	}
	return 0;
}

/* The newest complete sequence. Its head is an entry that none follows. */
static size_t choose_sequence(const struct log *l, const struct log_entry **best,
	const struct log_entry **spare)
{
	size_t found = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct log_entry *head = &l->e[i];
		size_t n;

		if ((found && head->sequence <= best[found - 1]->sequence) || entry_after(l, head))
			continue;
		n = sequence_to(l, head, spare);
		if (!n)
			continue;
		memcpy(best, spare, n * sizeof(*best));
		found = n;
	}
	return found;
}

static void not_replayed(struct vhdx *v, uint64_t offset, const char *why)
{
	image_finding(&v->image, "log-not-replayed", offset,
		"%s; the file's tables may be older than what was last written", why);
}

/* A damaged entry newer than the head: its updates are lost, what is read is the state before it. */
static void tell_damaged(struct vhdx *v, const struct log *l, const struct log_entry *head)
{
	if (l->bad.fault && (!head || l->bad.sequence > head->sequence))
		image_finding(&v->image, "log-entry-invalid", v->log_offset + l->bad.at,
			"log entry %llu is left out: %s", (unsigned long long)l->bad.sequence, l->bad.fault);
	if (l->cut)
		image_finding(&v->image, "log-entry-invalid", v->log_offset,
			"the log has more entries than are looked at");
}

/* Sound entries newer than the head: some of those before them are gone. */
static bool has_newer(const struct log *l, const struct log_entry *head)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->e[i].sequence > head->sequence)
			return true;
	return false;
}

static void replay(struct vhdx *v, const struct log_entry **list, size_t n)
{
	const struct log_entry *head = list[n - 1];
	uint64_t outside = log_replay(v, list, n);

	v->flushed_bytes = le64(head->p + 48);
	if (v->flushed_bytes <= v->image.m->size)
		v->image.grown = le64(head->p + 56);
	image_finding(&v->image, "log-dirty", v->log_offset, outside ?
		"%zu log entries were not in place yet; read as if they were, but for %llu updates outside "
		"of the part that is held" :
		"%zu log entries were not in place yet; read as if they were", n,
		(unsigned long long)outside);
}

static const char *place_log(struct vhdx *v, struct log *l)
{
	v->log_offset = le64(v->header + 72);
	l->bytes = le32(v->header + 68);
	if (le16(v->header + 64))
		return "the log is of an unknown version";
	if (v->log_offset < VHDX_MIB || v->log_offset % VHDX_MIB || !l->bytes || l->bytes % VHDX_MIB)
		return "the header gives the log no possible place";
	l->p = image_at(&v->image, v->log_offset, l->bytes);
	return l->p ? NULL : "the log is not held";
}

void vhdx_read_log(struct vhdx *v)
{
	struct arena *a = v->image.m->a;
	struct log *l = arena_alloc(a, sizeof(*l));
	const struct log_entry **list = arena_array(a, const struct log_entry *, LOG_ENTRIES_MAX);
	const struct log_entry **spare = arena_array(a, const struct log_entry *, LOG_ENTRIES_MAX);
	const char *why = place_log(v, l);
	size_t n;

	if (why) {
		not_replayed(v, v->log_offset, why);
		return;
	}
	l->a = a;
	find_entries(l, v->header + 48);
	n = choose_sequence(l, list, spare);
	tell_damaged(v, l, n ? list[n - 1] : NULL);
	if (n)
		replay(v, list, n);
	if (!n)
		not_replayed(v, v->log_offset, "the log holds no complete sequence of entries");
	else if (has_newer(l, list[n - 1]))
		not_replayed(v, v->log_offset, "the log's newest entries do not follow one another");
	else
		v->log_replayed = !l->cut;
}
