/* SPDX-License-Identifier: Apache-2.0 */
/* The tokenizer of binary XML. */
#include "parsers/evtx/binxml.h"

#define NAME_HEAD 8u         /* next name, hash, length */
#define DEFINITION_HEAD 24u  /* next definition, GUID, size */

static bool has(const struct bx *r, uint32_t n)
{
	return r->end - r->pos >= n;
}

static bool name_at(const struct bx *r, uint32_t at, struct bx_token *t)
{
	if (at > r->size || r->size - at < NAME_HEAD)
		return false;
	t->n = 2u * le16(r->chunk + at + 6);
	t->p = r->chunk + at + NAME_HEAD;
	return t->n <= r->size - at - NAME_HEAD;
}

/* A name is told by its offset; at its first use its bytes stand right behind the offset. */
static bool take_name(struct bx *r, struct bx_token *t)
{
	uint32_t at;

	if (!has(r, 4))
		return false;
	at = le32(r->chunk + r->pos);
	r->pos += 4;
	if (!name_at(r, at, t))
		return false;
	if (at != r->pos)
		return true;
	if (!has(r, NAME_HEAD + t->n + 2))
		return false;
	r->pos += NAME_HEAD + t->n + 2;
	return true;
}

static bool take_open(struct bx *r, struct bx_token *t, bool attributes)
{
	uint32_t head = r->dependency ? 6 : 4;

	if (!has(r, head))
		return false;
	r->pos += head;
	if (!take_name(r, t))
		return false;
	if (!attributes)
		return true;
	if (!has(r, 4))
		return false;
	r->pos += 4;
	return true;
}

static bool take_counted(struct bx *r, struct bx_token *t, unsigned unit_bytes)
{
	if (!has(r, 2))
		return false;
	t->n = unit_bytes * le16(r->chunk + r->pos);
	r->pos += 2;
	if (!has(r, t->n))
		return false;
	t->p = r->chunk + r->pos;
	r->pos += t->n;
	return true;
}

const uint8_t bx_type_sizes[32] = {
	[0x03] = 1, [0x04] = 1, [0x05] = 2, [0x06] = 2, [0x07] = 4, [0x08] = 4, [0x09] = 8,
	[0x0a] = 8, [0x0b] = 4, [0x0c] = 8, [0x0d] = 4, [0x0f] = 16, [0x11] = 8, [0x12] = 16,
	[0x14] = 4, [0x15] = 8,
};

static bool take_value(struct bx *r, struct bx_token *t)
{
	if (!has(r, 1))
		return false;
	t->type = r->chunk[r->pos++];
	if (t->type == 0x01)
		return take_counted(r, t, 2);
	if (t->type == 0x02 || t->type == 0x0e)
		return take_counted(r, t, 1);
	t->n = bx_type_bytes(t->type);
	if ((!t->n && t->type) || !has(r, t->n))
		return false;
	t->p = r->chunk + r->pos;
	r->pos += t->n;
	return true;
}

static bool take_slot(struct bx *r, struct bx_token *t)
{
	if (!has(r, 3))
		return false;
	t->slot = le16(r->chunk + r->pos);
	t->type = r->chunk[r->pos + 2];
	r->pos += 3;
	return true;
}

static bool take_char(struct bx *r, struct bx_token *t)
{
	if (!has(r, 2))
		return false;
	t->slot = le16(r->chunk + r->pos);
	r->pos += 2;
	return true;
}

static bool take_template(struct bx *r, struct bx_token *t)
{
	if (!has(r, 9))
		return false;
	t->definition = le32(r->chunk + r->pos + 5);
	r->pos += 9;
	if (t->definition == r->pos) {
		uint32_t body;

		if (!has(r, DEFINITION_HEAD))
			return false;
		body = le32(r->chunk + r->pos + 20);
		r->pos += DEFINITION_HEAD;
		if (!has(r, body))
			return false;
		r->pos += body;
	}
	if (!has(r, 4))
		return false;
	t->values = le32(r->chunk + r->pos);
	r->pos += 4;
	return t->values <= (r->end - r->pos) / 4;
}

bool bx_skip_values(struct bx *r, const struct bx_token *t)
{
	uint32_t at = r->pos, bytes = 0;

	for (uint32_t i = 0; i < t->values; i++)
		bytes += le16(r->chunk + at + 4 * i);
	r->pos += 4 * t->values;
	if (!has(r, bytes))
		return false;
	r->pos += bytes;
	return true;
}

bool bx_definition(const struct bx *r, uint32_t offset, struct bx *body)
{
	if (offset > r->size || r->size - offset < DEFINITION_HEAD)
		return false;
	*body = *r;
	body->pos = offset + DEFINITION_HEAD;
	body->end = le32(r->chunk + offset + 20);
	if (body->end > r->size - body->pos)
		return false;
	body->end += body->pos;
	body->dependency = true;
	return true;
}

bool bx_next(struct bx *r, struct bx_token *t)
{
	uint8_t code;

	t->at = r->pos;
	t->kind = BX_END;
	if (r->pos >= r->end)
		return true;
	code = r->chunk[r->pos++];
	if (code & 0xb0)
		return false;
	t->kind = code & 0x0f;
	switch (t->kind) {
	case BX_OPEN:
		return take_open(r, t, code & 0x40);
	case BX_VALUE:
		return take_value(r, t);
	case BX_ATTRIBUTE:
	case BX_ENTITY:
	case BX_PI:
		return take_name(r, t);
	case BX_CDATA:
	case BX_PI_DATA:
		return take_counted(r, t, 2);
	case BX_CHAR:
		return take_char(r, t);
	case BX_TEMPLATE:
		return take_template(r, t);
	case BX_SLOT:
	case BX_OPTIONAL_SLOT:
		return take_slot(r, t);
	case BX_HEADER:
		if (!has(r, 3))
			return false;
		r->pos += 3;
		return true;
	case BX_END:
	case BX_OPEN_DONE:
	case BX_EMPTY_DONE:
	case BX_CLOSE:
		return true;
	}
	return true;
}
