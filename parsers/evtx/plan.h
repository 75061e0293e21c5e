/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans: what a fragment of binary XML gives, worked out once. A template definition is compiled
 * at its first use in a chunk; a record is then a table of values and a walk over its plan, with no
 * tree in between. A fragment without a template is compiled the same way and used once.
 *
 * A plan holds three lists of steps: what belongs to the row's kind, what belongs to the row
 * itself, and what becomes a field. Steps hold indices, no pointers, and live as long as the chunk.
 */
#ifndef CASELINE_PARSERS_EVTX_PLAN_H
#define CASELINE_PARSERS_EVTX_PLAN_H

#include "analyzer/base/buf.h"
#include "parsers/evtx/binxml.h"

/* Where in an event a fragment stands. */
enum place {
	AT_ROOT, AT_EVENT, AT_SYSTEM, AT_EVENTDATA, AT_USERDATA,
	AT_DATA,         /* below an element of EventData; the path says which */
	AT_WRAPPER,      /* below the one element of UserData */
	AT_ERROR,        /* ProcessingErrorData */
	AT_RENDERING,    /* RenderingInfo */
};

enum target {
	/* of the kind */
	TO_PROVIDER, TO_GUID, TO_SOURCE, TO_EVENT_ID, TO_QUALIFIERS, TO_VERSION, TO_LEVEL, TO_TASK,
	TO_OPCODE, TO_KEYWORDS, TO_CHANNEL, TO_COMPUTER,
	/* of the row */
	TO_TIME, TO_NUMBER, TO_PID, TO_TID, TO_USER, TO_MESSAGE,
	TO_FIELD,
};

enum step_list { STEPS_KIND, STEPS_ROW, STEPS_FIELD, STEP_LISTS };

#define NO_SLOT UINT16_MAX
#define NAME_NONE 0u               /* an unnamed value */

struct step {
	uint8_t target, section;
	uint8_t place;             /* of a fragment that stands here */
	bool keep_null;            /* one of several unnamed values: null keeps its number */
	bool hex;                  /* a text here is bytes in hex */
	bool guid;                 /* a text here is a GUID */
	uint16_t slot;             /* the only piece is this slot, or NO_SLOT */
	uint32_t piece, pieces;
	uint32_t name;
	uint32_t name_piece, name_pieces;  /* a name that the record tells */
	uint32_t path;             /* name of the place, for a fragment that stands here */
};

enum piece_kind { PIECE_TEXT, PIECE_SLOT, PIECE_INSTANCE };

struct piece {
	enum piece_kind kind;
	uint16_t slot;
	uint32_t at, n;            /* in the set's texts; of an instance: in the chunk */
};

struct plan_name {
	uint32_t at, n;            /* UTF-8 in the set's texts */
	uint32_t id, epoch;        /* the sink's text id, good while the epoch is the sink's */
};

struct step_range {
	uint32_t first, n;
};

struct plan {
	uint32_t offset;           /* of the definition or fragment */
	uint32_t next;             /* in the hash chain, + 1 */
	uint8_t place;
	uint32_t path;
	bool bad;                  /* the bytes make no sense: its records are refused */
	bool fragments;            /* has a step that reads a fragment whatever the values are */
	struct step_range steps[STEP_LISTS];
};

#define PLAN_SLOTS 512u

struct plan_set {
	VEC(struct plan) plans;
	VEC(struct step) steps[STEP_LISTS];
	VEC(struct piece) pieces;
	VEC(struct plan_name) names;
	struct buf texts;
	uint32_t heads[PLAN_SLOTS];
	uint64_t compiled_bytes;
};

void plan_set_reset(struct plan_set *set);   /* for the next chunk */
void plan_set_free(struct plan_set *set);

#define PLAN_BAD UINT32_MAX

/* The index of the plan of the template definition at `offset`, read at that place; or PLAN_BAD. */
uint32_t plan_of_template(struct plan_set *set, const struct bx *chunk, uint32_t offset,
	enum place place, uint32_t path);
/* The same of elements that stand in the record itself, from r->pos to r->end. */
uint32_t plan_of_fragment(struct plan_set *set, const struct bx *r, enum place place,
	uint32_t path);

static inline struct str plan_name_text(const struct plan_set *set, uint32_t name)
{
	return str_make(set->texts.p + set->names.v[name].at, set->names.v[name].n);
}

#endif
