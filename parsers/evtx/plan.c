/* SPDX-License-Identifier: Apache-2.0 */
/* The set of plans of one chunk. How an element becomes steps is in compile.c. */
#include "parsers/evtx/plan.h"

#include <stdlib.h>

#include "parsers/evtx/compile.h"

/*
 * Hostile definitions may overlap: each costs its own bytes, and together no more than this. Real
 * chunks compile less than their own size.
 */
#define COMPILED_BYTES_MAX ((uint64_t)512 * 1024)

void plan_set_reset(struct plan_set *set)
{
	set->plans.n = 0;
	for (int i = 0; i < STEP_LISTS; i++)
		set->steps[i].n = 0;
	set->names.n = 0;
	set->texts.n = 0;
	buf_reserve(&set->texts, 1);     /* so that an empty range is no offset from NULL */
	set->pieces.n = 0;
	vec_push(&set->pieces, (struct piece){ 0 });
	set->compiled_bytes = 0;
	memset(set->heads, 0, sizeof(set->heads));
	vec_push(&set->names, (struct plan_name){ 0 });
}

void plan_set_free(struct plan_set *set)
{
	free(set->plans.v);
	for (int i = 0; i < STEP_LISTS; i++)
		free(set->steps[i].v);
	free(set->pieces.v);
	free(set->names.v);
	buf_free(&set->texts);
}

static struct plan *plan_new(struct plan_set *set, uint32_t offset, enum place place,
	uint32_t path)
{
	struct plan p = { .offset = offset, .place = (uint8_t)place, .path = path };

	for (int i = 0; i < STEP_LISTS; i++)
		p.steps[i].first = (uint32_t)set->steps[i].n;
	vec_push(&set->plans, p);
	return &set->plans.v[set->plans.n - 1];
}

static void compile(struct plan_set *set, struct bx r, struct plan *p)
{
	set->compiled_bytes += r.end - r.pos;
	p->bad = set->compiled_bytes > COMPILED_BYTES_MAX ||
		 !compile_fragment(set, &r, p->place, p->path, &p->fragments);
	for (int i = 0; i < STEP_LISTS; i++) {
		if (p->bad)
			set->steps[i].n = p->steps[i].first;
		p->steps[i].n = (uint32_t)set->steps[i].n - p->steps[i].first;
	}
}

static bool same_path(const struct plan_set *set, uint32_t a, uint32_t b)
{
	return a == b || str_eq(plan_name_text(set, a), plan_name_text(set, b));
}

static uint32_t find(struct plan_set *set, uint32_t offset, enum place place, uint32_t path)
{
	uint32_t at = set->heads[offset / 4 % PLAN_SLOTS];

	for (; at; at = set->plans.v[at - 1].next) {
		const struct plan *p = &set->plans.v[at - 1];

		if (p->offset == offset && p->place == place && same_path(set, p->path, path))
			return at - 1;
	}
	return PLAN_BAD;
}

static uint32_t unless_bad(const struct plan_set *set, uint32_t plan)
{
	return set->plans.v[plan].bad ? PLAN_BAD : plan;
}

uint32_t plan_of_template(struct plan_set *set, const struct bx *chunk, uint32_t offset,
	enum place place, uint32_t path)
{
	uint32_t at = find(set, offset, place, path);
	uint32_t *head = &set->heads[offset / 4 % PLAN_SLOTS];
	struct plan *p;
	struct bx body;

	if (at != PLAN_BAD)
		return unless_bad(set, at);
	if (!bx_definition(chunk, offset, &body))
		return PLAN_BAD;
	p = plan_new(set, offset, place, path);
	p->next = *head;
	*head = (uint32_t)set->plans.n;
	compile(set, body, p);
	return unless_bad(set, (uint32_t)set->plans.n - 1);
}

/* Whether start tags carry a dependency id is not told: without is the rule outside templates. */
uint32_t plan_of_fragment(struct plan_set *set, const struct bx *r, enum place place,
	uint32_t path)
{
	struct plan *p = plan_new(set, r->pos, place, path);
	struct bx body = *r;

	body.dependency = false;
	compile(set, body, p);
	if (p->bad) {
		body.dependency = true;
		compile(set, body, p);
	}
	return unless_bad(set, (uint32_t)set->plans.n - 1);
}
