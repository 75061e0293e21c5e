/* SPDX-License-Identifier: Apache-2.0 */
/* The first step of reading a record: its fragments and values, found and checked. */
#include "parsers/evtx/reader.h"

#define INSTANCES_MAX 1024u   /* begun for one record; a real one has 1 to 5 */
#define VALUES_MAX 65536u
#define CHUNK_WORK_MAX ((uint64_t)4 * 1024 * 1024)   /* steps of a chunk; a real one has 100,000 */

static bool fragment_prepare(struct reader *r, struct bx b, enum place place, uint32_t path,
	unsigned depth);

static void values_reserve(struct reader *r, uint32_t count)
{
	while (r->values.cap - r->values.n <= count)
		r->values.v = vec_room(r->values.v, r->values.cap, &r->values.cap,
			sizeof(*r->values.v));
}

/* Fills in the values of the instance given last and moves past them. */
static bool values_take(struct reader *r, struct bx *b, uint32_t count)
{
	struct instance *in = &r->instances.v[r->instances.n - 1];
	const uint8_t *descriptor = b->chunk + b->pos;
	struct evtx_value *v;

	b->pos += 4 * count;
	in->value = (uint32_t)r->values.n;
	in->values = count;
	if (r->values.n + count > VALUES_MAX)
		return false;
	values_reserve(r, count);
	v = r->values.v + r->values.n;
	r->values.n += count;
	for (uint32_t i = 0; i < count; i++, descriptor += 4, v++) {
		*v = (struct evtx_value){ b->chunk + b->pos, le16(descriptor), descriptor[2] };
		if (v->n > b->end - b->pos) {
			v->n = (uint16_t)(b->end - b->pos);
			r->damaged = true;
		}
		b->pos += v->n;
		if (v->type == V_FRAGMENT && v->n)
			in->nested = true;
		else if (v->n && v->type != V_TEXT && v->n != bx_type_bytes(v->type) &&
			 !value_fits(v))
			r->damaged = true;
	}
	return true;
}

bool step_fragment(const struct reader *r, const struct instance *in, const struct step *s,
	struct bx *fragment)
{
	const struct evtx_value *v;

	*fragment = r->chunk;
	if (s->slot != NO_SLOT) {
		if (s->slot >= in->values)
			return false;
		v = &r->values.v[in->value + s->slot];
		if (v->type != V_FRAGMENT || !v->n)
			return false;
		fragment->pos = (uint32_t)(v->p - r->chunk.chunk);
		fragment->end = fragment->pos + v->n;
		return true;
	}
	if (s->pieces != 1 || r->plans.pieces.v[s->piece].kind != PIECE_INSTANCE)
		return false;
	fragment->pos = r->plans.pieces.v[s->piece].at;
	fragment->end = fragment->pos + r->plans.pieces.v[s->piece].n;
	return true;
}

static bool instance_empty(struct reader *r)
{
	vec_push(&r->instances, (struct instance){ .plan = PLAN_BAD });
	return ++r->tries <= INSTANCES_MAX;
}

/* A part that makes no sense is left out; what was tried for it still counts. */
static bool part_prepare(struct reader *r, struct bx fragment, const struct step *s,
	unsigned depth)
{
	size_t instances = r->instances.n, values = r->values.n;

	if (fragment_prepare(r, fragment, s->place, s->path, depth))
		return true;
	r->instances.n = instances;
	r->values.n = values;
	r->damaged = true;
	return instance_empty(r);
}

static bool nested_prepare(struct reader *r, struct instance in, unsigned depth)
{
	struct step_range steps = r->plans.plans.v[in.plan].steps[STEPS_FIELD];

	for (uint32_t i = 0; i < steps.n; i++) {
		struct step s = r->plans.steps[STEPS_FIELD].v[steps.first + i];
		struct bx fragment;

		if (step_fragment(r, &in, &s, &fragment) &&
			!part_prepare(r, fragment, &s, depth + 1))
			return false;
	}
	return true;
}

/*
 * One template with its values, or (without `t`) what stands in the record itself. Where the
 * template of an inner part is lost, its values are kept, without their names.
 */
static bool instance_prepare(struct reader *r, struct bx *b, const struct bx_token *t,
	uint32_t plan, unsigned depth)
{
	size_t at = r->instances.n;
	const struct plan *p;

	if ((plan == PLAN_BAD && (!t || depth == 0)) || ++r->tries > INSTANCES_MAX)
		return false;
	vec_push(&r->instances, (struct instance){ .plan = plan });
	if (t && !values_take(r, b, t->values))
		return false;
	if (plan == PLAN_BAD) {
		r->damaged = true;
		return true;
	}
	p = &r->plans.plans.v[plan];
	for (int i = 0; i < STEP_LISTS; i++)
		r->work += p->steps[i].n;
	if (r->work > CHUNK_WORK_MAX)
		return false;
	if (!r->instances.v[at].nested && !p->fragments)
		return true;
	return nested_prepare(r, r->instances.v[at], depth);
}

/* Any number of templates; whatever else stands there is compiled on the spot, up to the end. */
static bool fragment_prepare(struct reader *r, struct bx b, enum place place, uint32_t path,
	unsigned depth)
{
	size_t last = SIZE_MAX;

	if (depth > BX_DEPTH_MAX)
		return false;
	for (;;) {
		struct bx before = b;
		struct bx_token t;
		uint32_t plan;
		size_t at = r->instances.n;

		if (!bx_next(&b, &t))
			return false;
		if (t.kind == BX_HEADER)
			continue;
		if (t.kind == BX_END)
			return last != SIZE_MAX || instance_empty(r);
		if (last != SIZE_MAX)
			r->instances.v[last].more = true;
		last = at;
		if (t.kind != BX_TEMPLATE) {
			plan = plan_of_fragment(&r->plans, &before, place, path);
			return instance_prepare(r, &b, NULL, plan, depth);
		}
		plan = plan_of_template(&r->plans, &r->chunk, t.definition, place, path);
		if (!instance_prepare(r, &b, &t, plan, depth))
			return false;
	}
}

bool record_prepare(struct reader *r, const struct record *rec)
{
	struct bx b = r->chunk;

	b.pos = rec->at + EVTX_RECORD_HEAD;
	b.end = rec->at + rec->bytes - 4;
	r->values.n = 0;
	values_reserve(r, 1);
	r->instances.n = 0;
	r->damaged = false;
	r->tries = 0;
	return fragment_prepare(r, b, AT_ROOT, NAME_NONE, 0);
}
