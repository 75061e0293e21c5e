/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about episodes: what they name, whether they share it, how they are called. */
#include "analyzer/correlate/signal_parts.h"
#include "analyzer/correlate/wording.h"

const struct signal *episode_signal(const struct sightings *s, const struct episode *e)
{
	return &s->kb->signals.v[e->signal];
}

int64_t episode_onset(const struct episode *e)
{
	return e->fact ? e->held_since_100ns : e->start_100ns;
}

const struct sighting *episode_row_before(const struct sightings *s, const struct episode *e,
	int64_t time_100ns)
{
	size_t low = e->first, high = e->first + e->count;

	while (low < high) {   /* the first row later than time */
		size_t mid = low + (high - low) / 2;

		if (s->rows.v[mid].time_100ns <= time_100ns)
			low = mid + 1;
		else
			high = mid;
	}
	return &s->rows.v[low > e->first ? low - 1 : e->first];
}

static bool fits(const struct sightings *s, const struct slot *slot, enum entity_type t)
{
	if (t == ENTITY_CSV)
		return entity_class(slot->type) == ENTITY_VOLUME && entity_is_csv(s->en, slot->spelling);
	return entity_class(slot->type) == entity_class(t);
}

uint32_t episode_entity(const struct sightings *s, const struct episode *e, enum entity_type t)
{
	const struct tuple *tuple = &s->tuples.v[e->tuple];

	for (size_t i = 0; t == ENTITY_VM && i < tuple->count; i++)   /* a GUID is surer than a name */
		if (s->slots.v[tuple->first + i].type == ENTITY_VM_ID)
			return s->slots.v[tuple->first + i].spelling;
	for (size_t i = 0; i < tuple->count; i++)
		if (fits(s, &s->slots.v[tuple->first + i], t))
			return s->slots.v[tuple->first + i].spelling;
	return MAP_NONE;
}

uint32_t episode_vm(const struct sightings *s, const struct episode *e)
{
	uint32_t vm = episode_entity(s, e, ENTITY_VM);

	return vm != MAP_NONE ? entity_of(s->en, vm) : entity_guest_vm(s->en, e->host);
}

static uint32_t host_entity(const struct sightings *s, uint32_t host)
{
	return host == HOST_NONE ? MAP_NONE : entity_of(s->en, s->host_spelling[host]);
}

/* One names the other's host as a node, or both name the same node. */
static bool share_node(const struct sightings *s, const struct episode *a, const struct episode *b,
	uint32_t *entity)
{
	uint32_t x = episode_entity(s, a, ENTITY_NODE), y = episode_entity(s, b, ENTITY_NODE);

	if (x == MAP_NONE && y == MAP_NONE)
		return false;
	x = x == MAP_NONE ? host_entity(s, a->host) : entity_of(s->en, x);
	y = y == MAP_NONE ? host_entity(s, b->host) : entity_of(s->en, y);
	*entity = x;
	return x == y && x != MAP_NONE;
}

/* Numbers that a boot gives out anew. */
static bool of_one_boot(enum entity_type t)
{
	return t == ENTITY_DISK || t == ENTITY_PORT || t == ENTITY_LUN || t == ENTITY_PID;
}

static bool same_boot(const struct sightings *s, const struct episode *a, const struct episode *b)
{
	return a->fact || b->fact || a->host != b->host ||
	       case_same_boot(s->c, a->host, a->end_100ns, b->start_100ns) ||
	       case_same_boot(s->c, a->host, a->start_100ns, b->end_100ns);
}

bool episodes_share(const struct sightings *s, const struct episode *a, const struct episode *b,
	enum entity_type t, uint32_t *entity)
{
	const struct tuple *x = &s->tuples.v[a->tuple], *y = &s->tuples.v[b->tuple];

	*entity = MAP_NONE;
	if (t == ENTITY_HOST)
		return a->host == b->host && a->host != HOST_NONE;
	if (t == ENTITY_NODE || t == ENTITY_GUEST)
		return share_node(s, a, b, entity);
	if (entity_class(t) == ENTITY_VM) {
		*entity = episode_vm(s, a);
		return *entity != MAP_NONE && *entity == episode_vm(s, b);
	}
	for (size_t i = 0; i < x->count; i++)
		for (size_t k = 0; k < y->count; k++) {
			const struct slot *p = &s->slots.v[x->first + i], *q = &s->slots.v[y->first + k];

			if (fits(s, p, t) && fits(s, q, t) &&
				entity_of(s->en, p->spelling) == entity_of(s->en, q->spelling) &&
				(!of_one_boot(t) || same_boot(s, a, b))) {
				*entity = p->spelling;
				return true;
			}
		}
	return false;
}

bool signal_binding(const struct sightings *s, uint32_t signal, struct ref at, struct str name,
	struct buf *out)
{
	const struct signal *sig = &s->kb->signals.v[signal];
	struct event_view v;
	size_t from = out->n;

	case_view(s->c, at, &v);
	if (str_eq(name, STR("host"))) {
		buf_puts(out, case_host_name(s->c, v.host));
		return out->n > from;
	}
	for (size_t i = 0; i < sig->binds.n; i++)
		if (str_eq(sig->binds.v[i].name, name) && bind_value(&sig->binds.v[i], &v, out))
			return true;
	for (size_t i = 0; i < sig->binds.n; i++)   /* a VM is called by its name where one is known */
		if (str_eq(name, STR("vm")) && str_eq(sig->binds.v[i].name, STR("vm_id")) &&
			bind_value(&sig->binds.v[i], &v, out)) {
			uint32_t vm = entity_intern(s->en, ENTITY_VM_ID,
				str_make(out->p + from, out->n - from), v.host);

			out->n = from;
			if (vm != MAP_NONE)
				buf_puts(out, entity_name(s->en, vm));
			return out->n > from;
		}
	if (str_eq(name, STR("vm")) && entity_guest_vm(s->en, v.host) != MAP_NONE) {
		buf_puts(out, entity_name(s->en, entity_guest_vm(s->en, v.host)));
		return true;
	}
	return view_text(&v, name, out) && out->n > from;
}

struct asker {
	const struct sightings *s;
	const struct episode *e;
};

static bool ask(void *with, struct str name, struct buf *out)
{
	const struct asker *a = with;

	return signal_binding(a->s, a->e->signal, a->e->ref, name, out);
}

void episode_title(const struct sightings *s, const struct episode *e, struct buf *out)
{
	struct asker a = { s, e };

	wording_fill(s->kb, episode_signal(s, e)->title, ask, &a, out);
}
