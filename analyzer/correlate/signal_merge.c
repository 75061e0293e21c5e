/* SPDX-License-Identifier: Apache-2.0 */
/* From sightings to episodes: rows too few to count go, rows close together become one. */
#include <stdlib.h>

#include "analyzer/correlate/signal_parts.h"

struct key_part {
	uint32_t class, root;
};

static int by_part(const void *a, const void *b)
{
	const struct key_part *x = a, *y = b;

	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	return x->root < y->root ? -1 : x->root > y->root;
}

static int by_text(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static struct str tuple_text(struct sightings *s, const struct tuple *t)
{
	struct str parts[32];
	struct buf b = { 0 };
	struct str text;
	size_t n = 0;

	for (; n < t->count && n < 32; n++) {
		const struct slot *slot = &s->slots.v[t->first + n];

		parts[n] = arena_printf(s->a, "%.*s=%.*s",
			STR_ARG(entity_type_name(entity_class(slot->type))),
			STR_ARG(entity_name(s->en, slot->spelling)));
	}
	if (n)
		qsort(parts, n, sizeof(*parts), by_text);
	for (size_t i = 0; i < n; i++)
		if (!i || !str_eq(parts[i], parts[i - 1]))
			buf_printf(&b, "%s%.*s", b.n ? ";" : "", STR_ARG(parts[i]));
	text = arena_str(s->a, buf_str(&b));
	buf_free(&b);
	return text;
}

/* A file that lies in a VM's folder is taken as that VM's where nothing else says whose it is. */
static void add_vm_of_path(struct sightings *s, struct tuple *t)
{
	uint32_t path = MAP_NONE, vm, first = (uint32_t)s->slots.n;

	for (size_t i = 0; i < t->count; i++) {
		const struct slot *slot = &s->slots.v[t->first + i];

		if (entity_class(slot->type) == ENTITY_VM)
			return;
		if (slot->type == ENTITY_PATH)
			path = slot->spelling;
	}
	vm = path == MAP_NONE ? MAP_NONE : entity_vm_of_path(s->en, path);
	if (vm == MAP_NONE)
		return;
	for (size_t i = 0; i < t->count; i++) {
		struct slot slot = s->slots.v[t->first + i];

		vec_push(&s->slots, slot);
	}
	vec_push(&s->slots, (struct slot){ ENTITY_VM, vm });
	t->first = first;
	t->count++;
}

/* Tuples that name the same things in other spellings get one number. */
static void settle_tuples(struct sightings *s)
{
	struct map *keys = map_new(false);

	for (uint32_t i = 0; i < s->tuples.n; i++) {
		struct tuple *t = &s->tuples.v[i];
		struct key_part parts[32];
		size_t n = 0;
		bool added;
		uint32_t at;

		add_vm_of_path(s, t);
		for (size_t k = 0; k < t->count && n < 32; k++) {
			const struct slot *slot = &s->slots.v[t->first + k];
			struct key_part part = { entity_class(slot->type), entity_of(s->en, slot->spelling) };
			size_t d = 0;

			while (d < n && by_part(&parts[d], &part))
				d++;
			if (d == n)
				parts[n++] = part;
		}
		if (n)
			qsort(parts, n, sizeof(*parts), by_part);
		at = map_intern(keys, str_make((const char *)parts, n * sizeof(*parts)), &added);
		if (added)
			map_set(keys, at, i);
		t->same = (uint32_t)map_get(keys, at);
		t->text = tuple_text(s, t);
	}
	map_free(keys);
}

static int ref_order(struct ref a, struct ref b)
{
	if (a.segment != b.segment)
		return a.segment < b.segment ? -1 : 1;
	return a.row < b.row ? -1 : a.row > b.row;
}

static int by_group(const void *a, const void *b)
{
	const struct sighting *x = a, *y = b;

	if (x->signal != y->signal)
		return x->signal < y->signal ? -1 : 1;
	if (x->host != y->host)
		return x->host < y->host ? -1 : 1;
	if (x->tuple != y->tuple)
		return x->tuple < y->tuple ? -1 : 1;
	if (x->time_100ns != y->time_100ns)
		return x->time_100ns < y->time_100ns ? -1 : 1;
	return ref_order(x->ref, y->ref);
}

struct counted {
	uint32_t group;
	int64_t time_100ns;
	size_t row;
};

static int by_counted(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->time_100ns != y->time_100ns)
		return x->time_100ns < y->time_100ns ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

static uint32_t count_group(const struct sightings *s, struct map *groups, const struct signal *signal,
	const struct sighting *row)
{
	uint32_t key[18];
	size_t n = 0;

	memset(key, 0, sizeof(key));
	if (!signal->count_per.n) {
		key[n++] = row->host;
		key[n++] = row->tuple;
	}
	for (size_t i = 0; i < signal->count_per.n && n < 18; i++) {
		enum entity_type t = entity_type(signal->count_per.v[i]);
		struct episode e = { .tuple = row->tuple, .host = row->host };
		uint32_t spelling = t == ENTITY_HOST ? MAP_NONE : episode_entity(s, &e, t);

		key[n++] = t == ENTITY_HOST	   ? row->host
			   : spelling == MAP_NONE ? MAP_NONE
						   : entity_of(s->en, spelling);
	}
	return map_intern(groups, str_make((const char *)key, n * sizeof(*key)), NULL);
}

/* Marks the rows [from, to) of one signal that lie in a span with enough of their group. */
static void mark_counted(struct sightings *s, size_t from, size_t to, bool *gone)
{
	const struct signal *signal = &s->kb->signals.v[s->rows.v[from].signal];
	struct map *groups = map_new(false);
	struct counted *list = xmalloc((to - from) * sizeof(*list));
	size_t n = to - from, low = 0;

	for (size_t i = 0; i < n; i++) {
		const struct sighting *row = &s->rows.v[from + i];

		list[i] = (struct counted){ count_group(s, groups, signal, row), row->time_100ns, from + i };
		gone[from + i] = true;
	}
	qsort(list, n, sizeof(*list), by_counted);
	for (size_t i = 0; i < n; i++) {
		while (list[low].group != list[i].group ||
			(list[i].time_100ns != TIME_NONE &&
				list[i].time_100ns - list[low].time_100ns > signal->count_100ns))
			low++;
		if (i - low + 1 < signal->count_min)
			continue;
		for (size_t k = i + 1; k-- > low && gone[list[k].row];)
			gone[list[k].row] = false;
	}
	for (size_t i = from; i < to; i++)
		s->below_count[signal - s->kb->signals.v] += gone[i];
	free(list);
	map_free(groups);
}

static void drop_uncounted(struct sightings *s)
{
	bool *gone = xmalloc(s->rows.n + 1);
	size_t kept = 0;

	memset(gone, 0, s->rows.n + 1);
	for (size_t i = 0; i < s->rows.n;) {
		size_t end = i;

		while (end < s->rows.n && s->rows.v[end].signal == s->rows.v[i].signal)
			end++;
		if (s->kb->signals.v[s->rows.v[i].signal].count_min > 1)
			mark_counted(s, i, end, gone);
		i = end;
	}
	for (size_t i = 0; i < s->rows.n; i++)
		if (!gone[i])
			s->rows.v[kept++] = s->rows.v[i];
	s->rows.n = kept;
	free(gone);
}

static int64_t fact_time(const struct event_view *v, const char *name)
{
	struct field f;
	int64_t t;

	if (!segment_find(v->segment, v->ref.row, str_of(name), &f))
		return TIME_NONE;
	if (f.type == VALUE_TIME)
		return (int64_t)f.number;
	return f.type == VALUE_TEXT && time_parse_rfc3339(f.bytes, &t) ? t : TIME_NONE;
}

static void date_fact(struct sightings *s, struct episode *e)
{
	struct event_view v;

	case_view(s->c, e->ref, &v);
	e->fact = (v.row.flags & ROW_FACT) != 0;
	if (!e->fact)
		return;
	e->held_since_100ns = fact_time(&v, "held_since");
	e->observed_100ns = v.time_100ns;
	if (e->observed_100ns == TIME_NONE && v.host != HOST_NONE)
		e->observed_100ns = s->c->hosts.v[v.host].collected_100ns;
	if (e->observed_100ns == TIME_NONE)
		e->observed_100ns = s->c->collected_100ns;
}

static bool continues(const struct sightings *s, const struct episode *e, const struct sighting *row)
{
	const struct sighting *last = &s->rows.v[e->first + e->count - 1];

	if (e->signal != row->signal || e->host != row->host || e->tuple != row->tuple)
		return false;
	return row->time_100ns == TIME_NONE || last->time_100ns == TIME_NONE ||
	       row->time_100ns - last->time_100ns <= s->kb->signals.v[e->signal].episode_100ns;
}

static void make_episodes(struct sightings *s)
{
	for (size_t i = 0; i < s->rows.n; i++) {
		const struct sighting *row = &s->rows.v[i];
		struct episode *last = s->episodes.n ? &s->episodes.v[s->episodes.n - 1] : NULL;

		if (last && continues(s, last, row)) {
			last->count++;
			last->end_100ns = row->time_100ns;
			continue;
		}
		vec_push(&s->episodes, (struct episode){ .signal = row->signal, .host = row->host,
			.tuple = row->tuple, .start_100ns = row->time_100ns,
			.end_100ns = row->time_100ns, .observed_100ns = TIME_NONE,
			.held_since_100ns = TIME_NONE, .first = i, .count = 1, .ref = row->ref });
	}
	for (size_t i = 0; i < s->episodes.n; i++)
		date_fact(s, &s->episodes.v[i]);
}

static int by_episode(const void *a, const void *b, void *with)
{
	const struct episode *x = a, *y = b;
	const struct sightings *s = with;
	int order;

	if (x->signal != y->signal)
		return x->signal < y->signal ? -1 : 1;
	if (x->start_100ns != y->start_100ns)
		return x->start_100ns < y->start_100ns ? -1 : 1;
	order = str_cmp(case_host_name(s->c, x->host), case_host_name(s->c, y->host));
	if (!order)
		order = str_cmp(s->tuples.v[x->tuple].text, s->tuples.v[y->tuple].text);
	return order ? order : ref_order(x->ref, y->ref);
}

void sightings_merge(struct sightings *s)
{
	size_t at = 0;

	s->below_count = arena_array(s->a, uint64_t, s->kb->signals.n + 1);
	s->of_signal = arena_array(s->a, size_t, s->kb->signals.n + 2);
	settle_tuples(s);
	for (size_t i = 0; i < s->rows.n; i++)
		s->rows.v[i].tuple = s->tuples.v[s->rows.v[i].tuple].same;
	if (s->rows.n)
		qsort(s->rows.v, s->rows.n, sizeof(*s->rows.v), by_group);
	drop_uncounted(s);
	make_episodes(s);
	if (s->episodes.n)
		qsort_r(s->episodes.v, s->episodes.n, sizeof(*s->episodes.v), by_episode, s);
	for (uint32_t i = 0; i <= s->kb->signals.n; i++) {
		while (at < s->episodes.n && s->episodes.v[at].signal < i)
			at++;
		s->of_signal[i] = at;
	}
	s->of_signal[s->kb->signals.n + 1] = s->episodes.n;
}
