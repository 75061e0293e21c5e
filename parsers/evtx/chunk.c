/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over the records of one chunk, sound or not. */
#include <inttypes.h>
#include <libdeflate.h>
#include <stdlib.h>

#include "parsers/evtx/reader.h"

#define CHUNK_BUDGET_BYTES ((uint64_t)8 * 1024 * 1024)   /* that its rows may give */
#define RECORD_MAGIC UINT32_C(0x00002a2a)

bool record_at(const struct bx *chunk, uint32_t at, uint32_t end, struct record *rec)
{
	const uint8_t *p = chunk->chunk + at;

	if (at > end || end - at < EVTX_RECORD_MIN || le32(p) != RECORD_MAGIC)
		return false;
	rec->at = at;
	rec->bytes = le32(p + 4);
	rec->id = le64(p + 8);
	rec->written = le64(p + 16);
	return rec->bytes >= EVTX_RECORD_MIN && rec->bytes <= end - at;
}

/* Our reader, then libevtx; what both refuse is noted. */
static void give_one(struct reader *r, const struct record *rec, unsigned flags)
{
	struct err e = { 0 };

	if (le32(r->chunk.chunk + rec->at + rec->bytes - 4) != rec->bytes) {
		r->size_copies++;            /* its end was never written, or written over */
		flags |= ROW_DAMAGED;
	}
	if (record_prepare(r, rec)) {
		record_give(r, rec, (uint8_t)flags);
		return;
	}
	if (second_record(r, rec, (uint8_t)flags, &e) == 0) {
		r->rows++;
		return;
	}
	if (r->notes++ >= NOTES_MAX) {
		r->more_bytes += rec->bytes;
		r->more_records++;
		return;
	}
	sink_note(r->out, NOTE_LOST, r->chunk_at + rec->at, rec->bytes, 1,
		"record %" PRIu64 " can't be read: %s", rec->id, e.text);
}

struct walk {
	uint32_t at, end;
	uint64_t last_id;      /* of the record given last, if any */
	bool any;
	uint8_t flags;
	bool scanning;         /* bytes between records are no loss: slack */
};

static void note_gap(struct reader *r, uint32_t from, uint32_t bytes)
{
	if (r->notes++ < NOTES_MAX)
		sink_note(r->out, NOTE_DAMAGED, r->chunk_at + from, bytes, 0,
			"no record here: %" PRIu32 " bytes passed over", bytes);
	else
		r->more_bytes += bytes;
}

/* The next record from w->at on, past whatever is none. */
static bool walk_next(struct reader *r, struct walk *w, struct record *rec)
{
	uint32_t from = w->at;

	for (; w->at < w->end; w->at = (w->at + 8) & ~7u) {
		if (!record_at(&r->chunk, w->at, w->end, rec))
			continue;
		break;
	}
	if (w->at > w->end)
		w->at = w->end;
	if (w->at > from && !w->scanning)
		note_gap(r, from, w->at - from);
	if (w->at >= w->end)
		return false;
	w->at += rec->bytes;
	return true;
}

static void walk_give(struct reader *r, struct walk *w)
{
	struct record rec;

	while (walk_next(r, w, &rec)) {
		give_one(r, &rec, w->flags);
		w->last_id = rec.id;
		w->any = true;
	}
}

static bool head_sound(const struct reader *r)
{
	const uint8_t *p = r->chunk.chunk;
	uint32_t crc;

	if (r->no_checksums)
		return true;
	crc = libdeflate_crc32(0, p, 120);
	crc = libdeflate_crc32(crc, p + 128, CHUNK_HEAD - 128);
	return crc == le32(p + 124);
}

/* Records right at the free-space offset that go on with the next number: newer than the header. */
static void give_newer(struct reader *r, struct walk *w)
{
	struct record rec;
	uint64_t n = 0;
	uint32_t from = w->at;

	while (w->any && record_at(&r->chunk, w->at, r->chunk.size, &rec) &&
		rec.id == w->last_id + 1) {
		give_one(r, &rec, w->flags | ROW_RECOVERED);
		w->last_id = rec.id;
		w->at += rec.bytes;
		n++;
	}
	if (n)
		sink_note(r->out, NOTE_INFO, r->chunk_at + from, 0, 0,
			"%" PRIu64 " records are newer than the chunk's header, and read", n);
}

static void slack_count(struct reader *r, struct walk w)
{
	struct record rec;

	w.scanning = true;
	w.end = r->chunk.size;
	w.at = (w.at + 7) & ~7u;
	while (walk_next(r, &w, &rec))
		r->slack++;
}

/* Slack of a damaged chunk: what the file does not hold as a live record. */
static void slack_give(struct reader *r, struct walk *w)
{
	struct record rec;

	w->scanning = true;
	w->end = r->chunk.size;
	w->at = (w->at + 7) & ~7u;
	while (walk_next(r, w, &rec))
		if (!live_has(r, &rec))
			give_one(r, &rec, ROW_RECOVERED);
}

static void chunk_sound_read(struct reader *r, uint32_t free_at, bool head_ok)
{
	struct walk w = { .at = CHUNK_HEAD, .end = free_at };

	walk_give(r, &w);
	w.at = w.end;
	give_newer(r, &w);
	if (!head_ok || EVTX_READ_SLACK)
		slack_give(r, &w);
	else
		slack_count(r, w);
}

static bool all_zero(const uint8_t *p, uint32_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

/* No chunk's head, but bytes all the same: whatever looks like a record is tried. */
static void chunk_headless_read(struct reader *r)
{
	struct walk w = { .at = 0, .scanning = true };
	uint64_t before = r->rows;

	if (all_zero(r->chunk.chunk, r->chunk.size))
		return;
	slack_give(r, &w);
	sink_note(r->out, NOTE_DAMAGED, r->chunk_at, r->chunk.size, 0,
		"a chunk without its mark: %" PRIu64 " records recovered", r->rows - before);
}

static bool chunk_check(struct reader *r, uint32_t *free_at)
{
	const uint8_t *p = r->chunk.chunk;
	bool ok = head_sound(r);

	*free_at = le32(p + 48);
	if (!ok)
		sink_note(r->out, NOTE_DAMAGED, r->chunk_at, 0, 0,
			"the checksum of the chunk's head does not match; its records are read");
	if (*free_at < CHUNK_HEAD || *free_at > EVTX_CHUNK_BYTES) {
		*free_at = r->chunk.size;
		return false;
	}
	if (*free_at > r->chunk.size) {
		*free_at = r->chunk.size;
		return ok;
	}
	if (!r->no_checksums &&
		libdeflate_crc32(0, p + CHUNK_HEAD, *free_at - CHUNK_HEAD) != le32(p + 52))
		sink_note(r->out, NOTE_DAMAGED, r->chunk_at + CHUNK_HEAD, 0, 0,
			"the checksum of the chunk's records does not match; they are read");
	return ok;
}

void chunk_read(struct reader *r, uint64_t at, uint32_t bytes)
{
	uint32_t free_at;
	bool ok;

	r->chunk = (struct bx){ .chunk = r->m->data + at, .size = bytes, .end = bytes };
	r->chunk_at = at;
	r->serial++;
	r->chunk_budget = CHUNK_BUDGET_BYTES;
	r->work = 0;
	plan_set_reset(&r->plans);
	if (bytes < CHUNK_HEAD || memcmp(r->chunk.chunk, "ElfChnk\0", 8) != 0) {
		chunk_headless_read(r);
		return;
	}
	ok = chunk_check(r, &free_at);
	chunk_sound_read(r, free_at, ok);
}
