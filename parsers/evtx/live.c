/* SPDX-License-Identifier: Apache-2.0 */
/* Which records the file holds alive, so that none is recovered twice. Built from heads alone. */
#include <stdlib.h>

#include "parsers/evtx/reader.h"

struct live_key {
	uint64_t id, time;
};

struct live {
	struct live_key *slots;   /* all zero: free */
	size_t count, used;
};

static size_t slot_of(const struct live *l, struct live_key k)
{
	uint64_t h = (k.id ^ k.time * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xff51afd7ed558ccd);
	size_t at = (h >> 20) & (l->count - 1);

	while ((l->slots[at].id || l->slots[at].time) &&
		(l->slots[at].id != k.id || l->slots[at].time != k.time))
		at = (at + 1) & (l->count - 1);
	return at;
}

static void grow(struct live *l)
{
	struct live old = *l;

	l->count = old.count ? old.count * 2 : 1024;
	l->slots = xmalloc(l->count * sizeof(*l->slots));
	memset(l->slots, 0, l->count * sizeof(*l->slots));
	for (size_t i = 0; i < old.count; i++)
		if (old.slots[i].id || old.slots[i].time)
			l->slots[slot_of(l, old.slots[i])] = old.slots[i];
	free(old.slots);
}

static void add(void *to, uint64_t chunk_at, const struct record *rec)
{
	struct live *l = to;
	struct live_key k = { rec->id, rec->written };
	size_t at;

	(void)chunk_at;
	if (l->used * 2 >= l->count)
		grow(l);
	at = slot_of(l, k);
	l->used += !l->slots[at].id && !l->slots[at].time;
	l->slots[at] = k;
}

static void chunk_heads(const struct bx *chunk, uint64_t chunk_at, bool slack, head_taker take,
	void *to)
{
	uint32_t at = CHUNK_HEAD, end = slack ? chunk->size : le32(chunk->chunk + 48);
	struct record rec;

	if (!slack && memcmp(chunk->chunk, "ElfChnk\0", 8) != 0)
		return;
	if (end > chunk->size)
		end = chunk->size;
	while (at < end) {
		if (record_at(chunk, at, end, &rec)) {
			take(to, chunk_at, &rec);
			at += rec.bytes;
		} else {
			at = (at + 8) & ~7u;
		}
	}
}

void heads_walk(const struct member_view *m, bool slack, head_taker take, void *to)
{
	for (uint64_t at = EVTX_HEADER_BYTES; at < m->held; at += EVTX_CHUNK_BYTES) {
		uint64_t left = m->held - at;
		struct bx chunk = { .chunk = m->data + at };

		chunk.size = left < EVTX_CHUNK_BYTES ? (uint32_t)left : EVTX_CHUNK_BYTES;
		if (chunk.size >= CHUNK_HEAD)
			chunk_heads(&chunk, at, slack, take, to);
	}
}

static struct live *gather(const struct member_view *m)
{
	struct live *l = xmalloc(sizeof(*l));

	*l = (struct live){ 0 };
	grow(l);
	heads_walk(m, false, add, l);
	return l;
}

bool live_has(struct reader *r, const struct record *rec)
{
	struct live_key k = { rec->id, rec->written };
	size_t at;

	if (!r->live)
		r->live = gather(r->m);
	at = slot_of(r->live, k);
	return r->live->slots[at].id || r->live->slots[at].time;
}

void live_free(struct live *l)
{
	if (!l)
		return;
	free(l->slots);
	free(l);
}
