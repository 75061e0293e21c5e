/* SPDX-License-Identifier: Apache-2.0 */
/* The second step of reading a record: the row and its fields go to the sink. */
#include "analyzer/base/text.h"
#include "parsers/evtx/reader.h"

#define FIELD_COST 16u
/* Values may be used again and again by a hostile template: a record gives no more than this. */
#define RECORD_BUDGET_BYTES ((uint64_t)2 * 1024 * 1024)

/* Appends the pieces; false where every one of them is a null. */
static bool pieces_text(struct reader *r, const struct instance *in, uint32_t piece,
	uint32_t pieces)
{
	bool any = pieces == 0;

	for (uint32_t i = 0; i < pieces; i++) {
		const struct piece *p = &r->plans.pieces.v[piece + i];
		const struct evtx_value *v = r->values.v + in->value + p->slot;

		if (p->kind == PIECE_TEXT) {
			buf_put(&r->joined, r->plans.texts.p + p->at, p->n);
			any = true;
		} else if (p->kind == PIECE_SLOT && p->slot < in->values && !value_is_null(v) &&
			r->joined.n <= UINT16_MAX) {
			value_text(&r->joined, v);
			any = true;
		}
	}
	return any;
}

/* A text of our own as a value: UTF-8 passes through V_ANSI as it is. */
struct evtx_value pieces_value(struct reader *r, const struct instance *in, uint32_t piece,
	uint32_t pieces)
{
	const struct piece *p = r->plans.pieces.v + piece;
	struct evtx_value v = { NULL, 0, V_ANSI };

	if (pieces == 1 && p->kind == PIECE_TEXT) {
		v.p = (const uint8_t *)r->plans.texts.p + p->at;
		v.n = (uint16_t)(p->n < UINT16_MAX ? p->n : UINT16_MAX);
		return v;
	}
	r->joined.n = 0;
	if (!pieces_text(r, in, piece, pieces))
		return (struct evtx_value){ NULL, 0, V_NULL };
	v.p = (const uint8_t *)r->joined.p;
	v.n = (uint16_t)(r->joined.n < UINT16_MAX ? r->joined.n : UINT16_MAX);
	return v;
}

struct evtx_value step_value(struct reader *r, const struct instance *in, const struct step *s)
{
	if (s->slot == NO_SLOT)
		return pieces_value(r, in, s->piece, s->pieces);
	if (s->slot < in->values)
		return r->values.v[in->value + s->slot];
	return (struct evtx_value){ NULL, 0, V_NULL };
}

/* ---- Fields ---- */

static uint32_t name_id(struct reader *r, uint32_t name)
{
	struct plan_name *n = &r->plans.names.v[name];

	if (n->epoch != r->epoch) {
		n->id = sink_text(r->out, plan_name_text(&r->plans, name));
		n->epoch = r->epoch;
	}
	return n->id;
}

static uint32_t step_name_id(struct reader *r, const struct instance *in, const struct step *s)
{
	struct evtx_value v;

	if (s->name)
		return name_id(r, s->name);
	if (!s->name_pieces)
		return 0;
	v = pieces_value(r, in, s->name_piece, s->name_pieces);
	return sink_text(r->out, str_make((const char *)v.p, v.n));
}

static int hex_value(uint8_t c)
{
	c |= 0x20;
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The hex digits in `joined` become bytes in place; false where they are none. */
static bool unhex(struct buf *b)
{
	uint8_t *p = (uint8_t *)b->p;

	if (!b->n || b->n % 2)
		return false;
	for (size_t i = 0; i < b->n; i++)
		if (hex_value(p[i]) < 0)
			return false;
	for (size_t i = 0; i < b->n; i += 2)
		p[i / 2] = (uint8_t)(hex_value(p[i]) << 4 | hex_value(p[i + 1]));
	b->n /= 2;
	return true;
}

/* Texts that stand for bytes: <Binary> and GUIDs of records without templates. */
static bool give_decoded(struct reader *r, const struct step *s, uint32_t name,
	struct evtx_value v)
{
	uint8_t raw[16];
	struct buf text = { 0 };
	bool done = false;

	if (v.type != V_TEXT && v.type != V_ANSI)
		return false;
	value_text(&text, &v);
	if (s->guid && guid_parse(buf_str(&text), raw)) {
		sink_field_bytes(r->out, s->section, name, VALUE_GUID, raw, 16);
		done = true;
	} else if (s->hex && unhex(&text)) {
		sink_field_bytes(r->out, s->section, name, VALUE_BINARY, text.p, text.n);
		done = true;
	}
	buf_free(&text);
	return done;
}

bool reader_spend(struct reader *r, const struct evtx_value *v)
{
	uint64_t cost = FIELD_COST + v->n;

	if (v->type & V_ARRAY)
		cost = FIELD_COST * (1 + (uint64_t)v->n);
	if (cost > r->record_budget || cost > r->chunk_budget) {
		r->record_budget = 0;
		r->limited = true;
		return false;
	}
	r->record_budget -= cost;
	r->chunk_budget -= cost;
	return true;
}

static void give_step(struct reader *r, const struct instance *in, const struct step *s)
{
	struct evtx_value v = step_value(r, in, s);
	uint32_t name;

	if (v.type == V_FRAGMENT && !v.n)
		return;
	if (value_is_null(&v)) {
		if (s->keep_null && reader_spend(r, &v))
			sink_field_number(r->out, s->section, step_name_id(r, in, s), VALUE_NULL,
				0);
		return;
	}
	if (!reader_spend(r, &v))
		return;
	name = s->name || s->name_pieces ? step_name_id(r, in, s) : 0;
	if (s->name_pieces)
		v = step_value(r, in, s);    /* `joined` held the name */
	if ((s->hex || s->guid) && give_decoded(r, s, name, v))
		return;
	value_field(r->out, s->section, name, &v);
}

/* Values whose template is lost. */
static void give_values(struct reader *r, const struct instance *in)
{
	for (uint32_t i = 0; i < in->values; i++) {
		const struct evtx_value *v = &r->values.v[in->value + i];

		if (reader_spend(r, v))
			value_field(r->out, SECTION_EVENTDATA, 0, v);
	}
}

/* The instances of one fragment, from *cursor on; those below are given where they stand. */
static void give_fragment(struct reader *r, size_t *cursor)
{
	bool more = true;

	while (more && *cursor < r->instances.n) {
		const struct instance *in = &r->instances.v[(*cursor)++];
		struct step_range range;

		more = in->more;
		if (in->plan == PLAN_BAD) {
			give_values(r, in);
			continue;
		}
		range = r->plans.plans.v[in->plan].steps[STEPS_FIELD];
		for (uint32_t i = 0; i < range.n; i++) {
			const struct step *s = &r->plans.steps[STEPS_FIELD].v[range.first + i];
			struct bx fragment;

			if (step_fragment(r, in, s, &fragment))
				give_fragment(r, cursor);
			else if (r->record_budget)
				give_step(r, in, s);
		}
	}
}

/* ---- The row ---- */

struct row_parts {
	struct row row;
	bool has_number;
	struct buf user, message;
};

static void row_value(struct row_parts *p, enum target target, const struct evtx_value *v)
{
	uint64_t n = 0;

	switch (target) {
	case TO_TIME:
		value_ticks(v, &p->row.time_100ns);
		break;
	case TO_NUMBER:
		p->has_number = value_number(v, &p->row.number);
		break;
	case TO_PID:
		if (value_number(v, &n))
			p->row.pid = (uint32_t)n;
		break;
	case TO_TID:
		if (value_number(v, &n))
			p->row.tid = (uint32_t)n;
		break;
	case TO_USER:
		p->user.n = 0;
		value_text(&p->user, v);
		break;
	case TO_MESSAGE:
		p->message.n = 0;
		value_text(&p->message, v);
		break;
	default:
		break;
	}
}

static void row_parts_read(struct reader *r, struct row_parts *p)
{
	for (size_t i = 0; i < r->instances.n; i++) {
		const struct instance *in = &r->instances.v[i];
		struct step_range range;

		if (in->plan == PLAN_BAD)
			continue;
		range = r->plans.plans.v[in->plan].steps[STEPS_ROW];
		for (uint32_t j = 0; j < range.n; j++) {
			const struct step *s = &r->plans.steps[STEPS_ROW].v[range.first + j];
			struct evtx_value v = step_value(r, in, s);

			if (!value_is_null(&v) && reader_spend(r, &v))
				row_value(p, s->target, &v);
		}
	}
}

static void give_meta(struct reader *r, const struct record *rec, int64_t created)
{
	struct evtx_value written = { (const uint8_t *)&rec->written, 8, V_FILETIME };
	int64_t ticks;

	if (created != TIME_NONE && value_ticks(&written, &ticks) &&
		(ticks > created + TICKS_SECOND || ticks < created - TICKS_SECOND))
		sink_field_number(r->out, SECTION_META,
			sink_text(r->out, STR("written_time")), VALUE_TIME, (uint64_t)ticks);
}

/* 1980 to 2200: outside it a stamp is damage, and the record header's own time is the better one. */
static bool is_plausible(int64_t ticks)
{
	return ticks >= INT64_C(119600064000000000) && ticks < INT64_C(189026784000000000);
}

/* The row's time: TimeCreated, else when the record was written. */
static void choose_time(const struct record *rec, struct row *row)
{
	struct evtx_value written = { (const uint8_t *)&rec->written, 8, V_FILETIME };
	int64_t ticks;
	bool known = value_ticks(&written, &ticks);

	if (row->time_100ns != TIME_NONE &&
		(is_plausible(row->time_100ns) || !known || !is_plausible(ticks)))
		return;
	if (row->time_100ns != TIME_NONE)
		row->flags |= ROW_DAMAGED;
	row->time_100ns = known ? ticks : TIME_NONE;
	row->basis = known ? BASIS_UTC : BASIS_NONE;
}

void record_give(struct reader *r, const struct record *rec, uint8_t flags)
{
	struct row_parts p = { .row = { .time_100ns = TIME_NONE, .number = rec->id,
		.offset = r->chunk_at + rec->at, .length = rec->bytes, .basis = BASIS_UTC } };
	int64_t created;
	size_t cursor = 0;

	r->record_budget = RECORD_BUDGET_BYTES;
	row_parts_read(r, &p);
	created = p.row.time_100ns;
	if (!p.has_number)
		p.row.number = rec->id;
	p.row.flags = (uint8_t)(flags | (r->damaged ? ROW_DAMAGED : 0));
	choose_time(rec, &p.row);
	p.row.kind = record_kind(r);
	p.row.user = buf_str(&p.user);
	p.row.message = buf_str(&p.message);
	sink_row(r->out, &p.row);
	give_fragment(r, &cursor);
	give_meta(r, rec, created);
	buf_free(&p.user);
	buf_free(&p.message);
	r->rows++;
}
