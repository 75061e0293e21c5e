/* SPDX-License-Identifier: Apache-2.0 */
/* From rows to sightings: which signals a row shows, and which things it names. */
#include "analyzer/correlate/signal.h"

#include <assert.h>
#include <stdlib.h>

#include "analyzer/correlate/signal_parts.h"

#define IDS_MAX 64

struct id_signal {
	uint32_t id, signal;
};

/* A signal that a kind's rows may show. */
struct maybe {
	uint32_t signal;
	uint32_t open;               /* what of its match the row must decide */
	bool ask;                    /* the kind alone leaves it open */
};

struct span {
	uint32_t first, end;         /* into finder.candidates */
};

/* Signals by what can be decided before looking closer. */
struct finder {
	struct sightings *s;
	VEC(struct id_signal) by_id;     /* events with one of these ids */
	VEC(uint32_t) generic, facts;    /* events whatever their id; facts */
	struct span **spans;             /* of each segment: of each kind */
	VEC(struct maybe) candidates;
	VEC(struct ref) possible;        /* rows that may be copies of others, sorted */
	struct row_scratch scratch;
	struct buf value;
};

static int by_id(const void *a, const void *b)
{
	const struct id_signal *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->signal < y->signal ? -1 : x->signal > y->signal;
}

static void sort_signals(struct finder *f)
{
	const struct knowledge *kb = f->s->kb;

	for (uint32_t i = 0; i < kb->signals.n; i++) {
		const struct predicate *p = kb->signals.v[i].match;
		uint32_t ids[IDS_MAX];
		size_t n = predicate_ids(p, ids, IDS_MAX);

		if (predicate_facts(p))
			vec_push(&f->facts, i);
		if (!predicate_events(p))
			continue;
		for (size_t k = 0; k < n; k++)
			vec_push(&f->by_id, (struct id_signal){ ids[k], i });
		if (n == 0)
			vec_push(&f->generic, i);
	}
	if (f->by_id.n)
		qsort(f->by_id.v, f->by_id.n, sizeof(*f->by_id.v), by_id);
}

static void consider(struct finder *f, uint32_t signal, const struct kind *k)
{
	const struct signal *s = &f->s->kb->signals.v[signal];
	enum truth match = predicate_kind(s->match, k), unless;

	if (match == TRUTH_NO)
		return;
	unless = s->unless ? predicate_kind(s->unless, k) : TRUTH_NO;
	if (unless == TRUTH_YES)
		return;
	vec_push(&f->candidates, (struct maybe){ signal, predicate_open(s->match, k),
		match == TRUTH_UNKNOWN || unless == TRUTH_UNKNOWN });
}

static void consider_kind(struct finder *f, const struct kind *k)
{
	size_t low = 0, high = f->by_id.n;

	if (str_eq(k->data_type, STR("fact"))) {
		for (size_t i = 0; i < f->facts.n; i++)
			consider(f, f->facts.v[i], k);
		return;
	}
	for (size_t i = 0; i < f->generic.n; i++)
		consider(f, f->generic.v[i], k);
	while (k->has_id && low < high) {
		size_t mid = low + (high - low) / 2;

		if (f->by_id.v[mid].id < k->id)
			low = mid + 1;
		else
			high = mid;
	}
	for (; k->has_id && low < f->by_id.n && f->by_id.v[low].id == k->id; low++)
		if (low == 0 || f->by_id.v[low - 1].id != k->id ||
			f->by_id.v[low - 1].signal != f->by_id.v[low].signal)
			consider(f, f->by_id.v[low].signal, k);
}

/* Kinds that read alike have the same candidates, in whichever segment they lie. */
static struct span known_kind(struct finder *f, struct map *known, const struct kind *k)
{
	struct buf *key = &f->value;
	struct span span;
	uint32_t at;
	bool added;

	key->n = 0;
	buf_put(key, &k->id, sizeof(k->id));
	buf_putc(key, (char)k->level);
	buf_putc(key, k->has_id ? '1' : '0');
	buf_printf(key, "%.*s\n%.*s\n%.*s\n%.*s\n%.*s", STR_ARG(k->provider), STR_ARG(k->source),
		STR_ARG(k->channel), STR_ARG(k->computer), STR_ARG(k->data_type));
	at = map_intern(known, buf_str(key), &added);
	if (added) {
		span.first = (uint32_t)f->candidates.n;
		consider_kind(f, k);
		span.end = (uint32_t)f->candidates.n;
		map_set(known, at, (uint64_t)span.end << 32 | span.first);
	}
	span.first = (uint32_t)map_get(known, at);
	span.end = (uint32_t)(map_get(known, at) >> 32);
	return span;
}

static void consider_segments(struct finder *f)
{
	const struct case_file *c = f->s->c;
	struct map *known = map_new(false);

	f->spans = xmalloc((c->segments.n + 1) * sizeof(*f->spans));
	for (size_t i = 0; i < c->segments.n; i++) {
		const struct segment *seg = c->segments.v[i].segment;
		size_t kinds = segment_kinds(seg);

		f->spans[i] = xmalloc((kinds + 1) * sizeof(**f->spans));
		for (uint32_t k = 0; k < kinds; k++)
			f->spans[i][k] = known_kind(f, known, segment_kind(seg, k));
	}
	map_free(known);
}

static uint32_t intern_tuple(struct sightings *s, const struct slots *slots)
{
	bool added;
	uint32_t i = map_intern(s->tuple_keys,
		str_make((const char *)slots->v, slots->n * sizeof(*slots->v)), &added);

	if (added) {
		struct tuple t = { .first = (uint32_t)s->slots.n, .count = (uint32_t)slots->n };

		for (size_t k = 0; k < slots->n; k++)
			vec_push(&s->slots, slots->v[k]);
		vec_push(&s->tuples, t);
	}
	return i;
}

static void add_sighting(struct finder *f, uint32_t index, const struct event_view *v, uint32_t copies)
{
	const struct signal *signal = &f->s->kb->signals.v[index];
	struct sighting row = { .time_100ns = v->time_100ns, .doubt_100ns = v->doubt_ms * TICKS_MS,
		.utc = v->time_source == TIME_FROM_UTC, .ref = v->ref,
		.signal = index, .host = v->host, .copies = copies };
	struct slots slots;

	for (size_t i = 0; i < signal->harmless.n; i++)
		if (predicate_row(signal->harmless.v[i].match, f->s->c, v, &f->scratch) == TRUTH_YES) {
			vec_push(&f->s->harmless,
				(struct harmless){ row, signal->harmless.v[i].because });
			return;
		}
	memset(&slots, 0, sizeof(slots));
	bind_row(f->s, signal, v, &f->value, &slots);
	row.tuple = intern_tuple(f->s, &slots);
	vec_push(&f->s->rows, row);
}

static int by_ref(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;

	if (x->segment != y->segment)
		return x->segment < y->segment ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

static void list_possible(struct finder *f)
{
	const struct case_file *c = f->s->c;

	for (size_t i = 0; i < c->copies.n; i++)
		if (c->copies.v[i].possible)
			vec_push(&f->possible, c->copies.v[i].ref);
	if (f->possible.n)
		qsort(f->possible.v, f->possible.n, sizeof(*f->possible.v), by_ref);
}

/* A row that may be a copy stays on the timeline but adds no weight. */
static bool may_be_copy(const struct finder *f, struct ref at)
{
	return f->possible.n &&
	       bsearch(&at, f->possible.v, f->possible.n, sizeof(at), by_ref) != NULL;
}

static void look_at(struct finder *f, struct ref at, int64_t time_100ns, uint32_t copies)
{
	const struct case_file *c = f->s->c;
	uint32_t kind = segment_row_kinds(c->segments.v[at.segment].segment)[at.row];
	struct span span = f->spans[at.segment][kind];
	struct event_view v;

	if (span.first == span.end || may_be_copy(f, at))
		return;
	case_view(c, at, &v);
	if (time_100ns != TIME_NONE)
		v.time_100ns = time_100ns;
	for (uint32_t i = span.first; i < span.end; i++) {
		const struct maybe *m = &f->candidates.v[i];
		const struct signal *signal;

		assert(i < f->candidates.n);
		signal = &f->s->kb->signals.v[m->signal];
		if (m->ask) {
			if (predicate_open_row(signal->match, m->open, c, &v, &f->scratch) != TRUTH_YES)
				continue;
			if (signal->unless &&
				predicate_row(signal->unless, c, &v, &f->scratch) == TRUTH_YES)
				continue;
		}
		add_sighting(f, m->signal, &v, copies);
	}
}

static void finder_free(struct finder *f)
{
	for (size_t i = 0; i < f->s->c->segments.n; i++)
		free(f->spans[i]);
	free(f->spans);
	free(f->by_id.v);
	free(f->generic.v);
	free(f->facts.v);
	free(f->candidates.v);
	free(f->possible.v);
	row_scratch_free(&f->scratch);
	buf_free(&f->value);
}

struct sightings *sightings_find(const struct knowledge *kb, const struct case_file *c)
{
	struct arena *a = arena_new();
	struct sightings *s = arena_alloc(a, sizeof(*s));
	struct finder f = { .s = s };

	*s = (struct sightings){ .c = c, .kb = kb, .a = a, .en = entities_new(c),
		.tuple_keys = map_new(false) };
	entities_learn(s->en);
	sort_signals(&f);
	list_possible(&f);
	consider_segments(&f);
	for (size_t i = 0; i < c->timeline_count; i++)
		look_at(&f, c->timeline[i].ref, c->timeline[i].time_100ns, c->timeline[i].copies);
	for (size_t i = 0; i < c->facts.n; i++)
		look_at(&f, c->facts.v[i], TIME_NONE, 0);
	finder_free(&f);
	s->host_spelling = arena_array(a, uint32_t, c->hosts.n + 1);
	for (uint32_t i = 0; i < c->hosts.n; i++)
		s->host_spelling[i] = entity_intern(s->en, ENTITY_HOST, c->hosts.v[i].name, i);
	entities_settle(s->en);
	sightings_merge(s);
	return s;
}

void sightings_free(struct sightings *s)
{
	if (!s)
		return;
	entities_free(s->en);
	map_free(s->tuple_keys);
	free(s->rows.v);
	free(s->episodes.v);
	free(s->slots.v);
	free(s->tuples.v);
	free(s->harmless.v);
	arena_free(s->a);
}
