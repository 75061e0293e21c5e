/* SPDX-License-Identifier: Apache-2.0 */
/* EVTX: the parser's face. See evtx/evtx.h for what is read, evtx/plan.h for how. */
#include "parsers/evtx/evtx.h"

#include <inttypes.h>
#include <libdeflate.h>
#include <stdlib.h>

#include "parsers/evtx/reader.h"

#define SHARD_BYTES ((uint64_t)16 * 1024 * 1024)
#define FLAG_DIRTY 1u
#define FLAG_NO_CHECKSUMS 4u
#define FLAGS_KNOWN 7u

static bool second_reader_asked;

void evtx_use_second_reader(bool yes)
{
	second_reader_asked = yes;
}

static int bid(const struct probe *p)
{
	if (str_starts(p->head, STR("ElfFile\0")))
		return 100;
	if (str_starts(str_from(p->head, EVTX_HEADER_BYTES), STR("ElfChnk\0")))
		return 80;
	return str_iends(p->name, STR(".evtx")) && p->size >= EVTX_HEADER_BYTES ? 20 : 0;
}

/* The file's head tells little that is trusted: whether chunks have checksums, and its damage. */
static void head_read(struct reader *r)
{
	const uint8_t *p = r->m->data;
	uint32_t flags;

	if (r->m->held < 128 || memcmp(p, "ElfFile\0", 8) != 0) {
		sink_note(r->out, NOTE_DAMAGED, 0, 0, 0,
			"the file's head is missing or damaged; its chunks are looked for");
		return;
	}
	flags = le32(p + 120);
	r->no_checksums = (flags & FLAG_NO_CHECKSUMS) && !(flags & ~FLAGS_KNOWN);
	if (!r->no_checksums && libdeflate_crc32(0, p, 120) != le32(p + 124))
		sink_note(r->out, NOTE_DAMAGED, 0, 0, 0,
			"the checksum of the file's head does not match");
	if (flags & FLAG_DIRTY)
		sink_note(r->out, NOTE_INFO, 0, 0, 0,
			"the log was open when it was copied (dirty flag)");
}

static void chunks_read(struct reader *r)
{
	const struct member_view *m = r->m;
	uint64_t at = m->from < EVTX_HEADER_BYTES ? EVTX_HEADER_BYTES : m->from;

	for (; at < m->to && at < m->held; at += EVTX_CHUNK_BYTES) {
		uint64_t left = m->held - at;
		uint32_t bytes = left < EVTX_CHUNK_BYTES ? (uint32_t)left : EVTX_CHUNK_BYTES;

		if (bytes < EVTX_CHUNK_BYTES)
			sink_note(r->out, NOTE_DAMAGED, at, EVTX_CHUNK_BYTES - bytes, 0,
				"the file ends inside a chunk");
		chunk_read(r, at, bytes);
		if (sink_commit_point(r->out, at + bytes)) {
			r->epoch++;
			r->serial++;
		}
	}
}

static void notes_give(struct reader *r)
{
	uint64_t at = r->m->from;

	if (r->slack)
		sink_note(r->out, NOTE_INFO, at, 0, 0,
			"%" PRIu64 " old records in unused space are not read", r->slack);
	if (r->size_copies)
		sink_note(r->out, NOTE_DAMAGED, at, 0, 0,
			"%" PRIu64 " records end with another size than they begin with",
			r->size_copies);
	if (r->notes > NOTES_MAX)
		sink_note(r->out, NOTE_LOST, at, r->more_bytes, r->more_records,
			"%" PRIu64 " more places could not be read", r->notes - NOTES_MAX);
	if (r->limited)
		sink_note(r->out, NOTE_LIMIT, at, 0, 0,
			"records that repeat their values without end were cut short");
	if (r->m->size > r->m->held && r->m->to == r->m->held)
		sink_note(r->out, NOTE_LIMIT, r->m->held, r->m->size - r->m->held, 0,
			"only the first %" PRIu64 " bytes were kept", r->m->held);
}

static void reader_free(struct reader *r)
{
	plan_set_free(&r->plans);
	free(r->values.v);
	free(r->instances.v);
	buf_free(&r->joined);
	buf_free(&r->texts);
	buf_free(&r->key);
	free(r->kinds);
	live_free(r->live);
	second_free(r->second);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .m = m, .out = out, .epoch = 1 };

	if (second_reader_asked)
		return evtx_parse_second(m, out, e);
	r.kinds = xmalloc(sizeof(*r.kinds) * KIND_SLOTS);
	memset(r.kinds, 0, sizeof(*r.kinds) * KIND_SLOTS);
	if (m->from == 0)
		head_read(&r);
	chunks_read(&r);
	notes_give(&r);
	reader_free(&r);
	return 0;
}

/* Ranges of whole chunks; the first also holds the file's head. Wider where `max` asks for it. */
static size_t shards(const struct member_view *m, struct shard *out, size_t max)
{
	uint64_t step = SHARD_BYTES;
	size_t n = 0;

	if (max == 0)
		return 0;
	while (m->held / step + 1 > max)
		step *= 2;
	for (uint64_t at = 0; at < m->held && n < max; n++) {
		uint64_t end = (n + 1) * step + EVTX_HEADER_BYTES;

		out[n] = (struct shard){ at, end < m->held ? end : m->held };
		at = out[n].to;
	}
	return n;
}

static int show(const struct member_view *m, uint64_t number, uint64_t offset, struct buf *out,
	struct err *e)
{
	uint64_t at, left;

	if (offset < EVTX_HEADER_BYTES || offset >= m->held)
		return err_set(e, E_INPUT, "record %" PRIu64 ": offset %" PRIu64
			" is not in the file", number, offset);
	at = offset - (offset - EVTX_HEADER_BYTES) % EVTX_CHUNK_BYTES;
	left = m->held - at;
	return evtx_xml(m->data + at, left < EVTX_CHUNK_BYTES ? (uint32_t)left : EVTX_CHUNK_BYTES,
		(uint32_t)(offset - at), out, e);
}

const struct parser parser_evtx = {
	.name = "evtx",
	.about = "Windows event logs (EVTX), damaged ones too",
	.data_type = EVTX_DATA_TYPE,
	.version = 1,
	.needs = NEEDS_WHOLE,
	.bid = bid,
	.parse = parse,
	.shards = shards,
	.show = show,
};
