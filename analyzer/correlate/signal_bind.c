/* SPDX-License-Identifier: Apache-2.0 */
/* Which things a row names, as the bindings of a signal tell. */
#include "analyzer/correlate/codes.h"
#include "analyzer/correlate/signal_parts.h"

/* The first code of a text that tells of a failure; a leading 0x0 only says that a step went well. */
static bool failing_code(struct str text, uint32_t *code)
{
	size_t at = 0;

	while (code_next(text, &at, code))
		if (*code)
			return true;
	return false;
}

bool bind_value(const struct signal_bind *b, const struct event_view *v, struct buf *out)
{
	size_t from = out->n;

	if (b->value.n) {
		buf_puts(out, b->value);
		return true;
	}
	for (size_t i = 0; i < b->fields.n; i++) {
		struct str value, found;
		uint32_t code;

		out->n = from;
		if (!view_text(v, b->fields.v[i], out) || out->n == from)
			continue;
		value = str_make(out->p + from, out->n - from);
		if (b->pattern) {
			if (!pattern_find(b->pattern, value, &found))
				continue;
			memmove(out->p + from, found.p, found.n);
			out->n = from + found.n;
			value = str_make(out->p + from, found.n);
		}
		if (!b->code)
			return true;
		if (failing_code(value, &code)) {
			out->n = from;
			buf_code(out, code);
			return true;
		}
	}
	out->n = from;
	return false;
}

static void add_slot(struct slots *slots, enum entity_type t, uint32_t spelling)
{
	for (size_t i = 0; i < slots->n; i++)
		if (slots->v[i].type == t && slots->v[i].spelling == spelling)
			return;
	if (spelling != MAP_NONE && slots->n < SLOTS_MAX)
		slots->v[slots->n++] = (struct slot){ t, spelling };
}

static uint32_t slot_of(const struct slots *slots, enum entity_type t)
{
	for (size_t i = 0; i < slots->n; i++)
		if (slots->v[i].type == t)
			return slots->v[i].spelling;
	return MAP_NONE;
}

/*
 * The disk under a volume, the target behind a disk. Disk numbers are given anew at each boot, and
 * facts tell those of the collection.
 */
static void add_below(struct sightings *s, const struct event_view *v, struct slots *slots)
{
	if (v->host == HOST_NONE || (v->time_100ns != TIME_NONE &&
		!case_same_boot(s->c, v->host, v->time_100ns, s->c->hosts.v[v->host].collected_100ns)))
		return;
	for (size_t i = 0; i < slots->n; i++) {
		enum entity_type class = entity_class(slots->v[i].type), below;

		if (class != ENTITY_VOLUME && class != ENTITY_DISK)
			continue;
		below = class == ENTITY_VOLUME ? ENTITY_DISK : ENTITY_TARGET;
		if (slot_of(slots, below) == MAP_NONE)
			add_slot(slots, below, entity_below(s->en, slots->v[i].spelling, v->host));
	}
}

void bind_row(struct sightings *s, const struct signal *signal, const struct event_view *v,
	struct buf *scratch, struct slots *slots)
{
	struct entities *en = s->en;
	struct str guest = { 0 };

	slots->n = 0;
	for (size_t i = 0; i < signal->binds.n; i++) {
		const struct signal_bind *b = &signal->binds.v[i];
		enum entity_type t = entity_type(b->name);
		struct str text;

		scratch->n = 0;
		if (t == ENTITY_NONE || slot_of(slots, t) != MAP_NONE || !bind_value(b, v, scratch))
			continue;
		text = buf_str(scratch);
		add_slot(slots, t, entity_intern(en, t, text, v->host));
		if (t == ENTITY_PATH && entity_path_names_volume(text))
			add_slot(slots, ENTITY_VOLUME, entity_intern(en, ENTITY_VOLUME, text, v->host));
		if (t == ENTITY_GUEST)
			guest = arena_str(s->a, text);
	}
	add_below(s, v, slots);
	entity_tie(en, slot_of(slots, ENTITY_VM), slot_of(slots, ENTITY_VM_ID), v->ref);
	entity_vm_on(en, slot_of(slots, ENTITY_VM), v->host);
	entity_vm_on(en, slot_of(slots, ENTITY_VM_ID), v->host);
	if (guest.n)
		entity_guest_of(en, guest, slot_of(slots, ENTITY_VM) != MAP_NONE
						   ? slot_of(slots, ENTITY_VM)
						   : slot_of(slots, ENTITY_VM_ID));
}
