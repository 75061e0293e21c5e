/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader's state while it goes through one member, shared by the files of this folder only.
 *
 * A record is read in two steps: it is prepared (every fragment and value found and checked,
 * nothing given out), then given to the sink. So one that makes no sense is refused as a whole.
 */
#ifndef CASELINE_PARSERS_EVTX_READER_H
#define CASELINE_PARSERS_EVTX_READER_H

#include "parsers/evtx/evtx.h"
#include "parsers/evtx/plan.h"
#include "parsers/evtx/value.h"
#include "parsers/parser.h"

/* One template with its values, or a fragment without a template. In the order of the steps. */
struct instance {
	uint32_t plan;           /* PLAN_BAD: an empty fragment, or values whose template is lost */
	uint32_t value, values;  /* in the reader's list */
	bool nested;             /* some value is a fragment */
	bool more;               /* another instance follows in the same fragment */
};

#define KIND_KEY_BYTES 232u
#define KIND_SLOTS 256u

struct kind_entry {
	uint32_t serial, kind, key_bytes;
	char key[KIND_KEY_BYTES];
};

struct record {
	uint64_t id;
	uint64_t written;        /* FILETIME of the header */
	uint32_t at, bytes;      /* in the chunk; the whole record */
};

#define NOTES_MAX 1000u

struct second;
struct live;

struct reader {
	const struct member_view *m;
	struct sink *out;
	struct bx chunk;         /* pos 0, end = size */
	uint64_t chunk_at;       /* of the chunk in the member */
	bool no_checksums;       /* the file says that it has none */

	struct plan_set plans;
	VEC(struct evtx_value) values;
	VEC(struct instance) instances;
	unsigned tries;          /* instances begun in this record */
	bool damaged;            /* this record has values that do not fit */
	uint32_t epoch;          /* raised when the sink's text ids become void */
	uint32_t serial;         /* raised with each chunk and epoch: what kinds[] holds for */
	uint64_t record_budget, chunk_budget;   /* bytes that may still be given out */
	uint64_t work;           /* steps prepared in this chunk */
	struct buf joined, texts, key;
	struct kind_entry *kinds;

	struct live *live;       /* what the file holds, gathered when first needed */
	struct second *second;   /* libevtx, opened when first needed */
	uint64_t rows, size_copies, slack;
	uint64_t notes;          /* of damage given one by one; the rest is summed up */
	uint64_t more_bytes, more_records;
	bool limited;
};

/* Finds and checks all of a record; false where our reader refuses it. */
bool record_prepare(struct reader *r, const struct record *rec);
/* Gives a prepared record to the sink. */
void record_give(struct reader *r, const struct record *rec, uint8_t flags);

/* The fragment that stands at a step of an instance, if one does. */
bool step_fragment(const struct reader *r, const struct instance *in, const struct step *s,
	struct bx *fragment);
/* The value of a step; texts in more than one piece are joined in `joined`. */
struct evtx_value step_value(struct reader *r, const struct instance *in, const struct step *s);
struct evtx_value pieces_value(struct reader *r, const struct instance *in, uint32_t piece,
	uint32_t pieces);

/* Takes a value's cost off the budgets; false where they are used up. */
bool reader_spend(struct reader *r, const struct evtx_value *v);

/* The row's kind: system values as the plan tells them, most often found in the cache. */
uint32_t record_kind(struct reader *r);

#define CHUNK_HEAD 512u

/* Reads the chunk that starts at `at` in the member; `bytes` of it are there. */
void chunk_read(struct reader *r, uint64_t at, uint32_t bytes);
/* The record that starts there, if its head makes sense. */
bool record_at(const struct bx *chunk, uint32_t at, uint32_t end, struct record *rec);

/* Every record's head in the member, alive ones only or those in slack too. */
typedef void (*head_taker)(void *to, uint64_t chunk_at, const struct record *rec);
void heads_walk(const struct member_view *m, bool slack, head_taker take, void *to);

/* The file holds a live record of the same number and time. */
bool live_has(struct reader *r, const struct record *rec);
void live_free(struct live *l);

/* libevtx on one record of the reader's chunk: 0 if it gave a row. */
int second_record(struct reader *r, const struct record *rec, uint8_t flags, struct err *e);
void second_free(struct second *s);

#endif
