/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens of Windows binary XML inside one chunk. Every position is an offset in the chunk, every
 * read is checked against `end` (names and template definitions: against the chunk's size). A token
 * owns nothing: its texts are UTF-16LE bytes in the chunk.
 */
#ifndef CASELINE_PARSERS_EVTX_BINXML_H
#define CASELINE_PARSERS_EVTX_BINXML_H

#include "analyzer/base/le.h"
#include "analyzer/base/str.h"

#define BX_DEPTH_MAX 32          /* fragments inside fragments */
#define BX_ELEMENT_DEPTH_MAX 64  /* elements inside elements of one fragment */

struct bx {
	const uint8_t *chunk;
	uint32_t size;           /* of the chunk */
	uint32_t pos, end;
	bool dependency;         /* start tags carry a dependency id: in definitions */
};

enum bx_kind {
	BX_END, BX_OPEN, BX_OPEN_DONE, BX_EMPTY_DONE, BX_CLOSE, BX_VALUE, BX_ATTRIBUTE, BX_CDATA,
	BX_CHAR, BX_ENTITY, BX_PI, BX_PI_DATA, BX_TEMPLATE, BX_SLOT, BX_OPTIONAL_SLOT, BX_HEADER,
};

struct bx_token {
	enum bx_kind kind;
	uint8_t type;            /* of a value or slot */
	uint16_t slot;           /* or the unit of a BX_CHAR */
	const uint8_t *p;        /* name, text or value */
	uint32_t n;              /* its bytes */
	uint32_t at;             /* where the token starts */
	uint32_t definition;     /* BX_TEMPLATE: offset of its definition */
	uint32_t values;         /* BX_TEMPLATE: how many; r->pos is at their descriptors */
};

/* Takes one token; false where the bytes make none. At the end the token is BX_END. */
bool bx_next(struct bx *r, struct bx_token *t);

/* Behind a BX_TEMPLATE: moves past its descriptors and values. */
bool bx_skip_values(struct bx *r, const struct bx_token *t);

/* The body of a template definition; false where it does not lie in the chunk. */
bool bx_definition(const struct bx *r, uint32_t offset, struct bx *body);

/* Bytes of one value of a fixed-size type, 0 where the size is told elsewhere. */
extern const uint8_t bx_type_sizes[32];

static inline unsigned bx_type_bytes(uint8_t type)
{
	return type < sizeof(bx_type_sizes) ? bx_type_sizes[type] : 0;
}

#endif
