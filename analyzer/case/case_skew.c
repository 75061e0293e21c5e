/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far hosts' clocks are apart: what several of them record at one instant tells. Such events are
 * knowledge's anchors. Only lone pairs count, so that a beat of events can't be paired one off; the
 * median of several that agree is a clock, scatter is delay. Measured and told, never applied.
 */
#include <stdlib.h>

#include "analyzer/base/buf.h"
#include "analyzer/case/case_skew.h"

#define SIGHTINGS_MAX 5000
#define ANCHORS_MIN 3
#define AGREE_100NS (5 * TICKS_SECOND)

struct sight {
	uint32_t key, host;
	int64_t time_100ns;
	int64_t within_100ns;
};

struct skew {
	struct case_file *c;
	struct map *keys;
	VEC(struct sight) seen;      /* by key, then time */
	int64_t *apart;              /* scratch, one a sight */
};

static bool is_of(const struct kb_anchor *a, const struct kind *k)
{
	bool id = false;

	for (size_t i = 0; i < a->ids.n; i++)
		id |= a->ids.v[i] == k->id;
	for (size_t i = 0; id && i < a->providers.n; i++)
		if (str_glob(a->providers.v[i], k->provider))
			return true;
	return false;
}

/* The anchor and what it is about; false where the row does not tell. */
static bool key_text(const struct kb_anchor *a, size_t number, const struct event_view *v,
	struct buf *key)
{
	bool any = false;

	key->n = 0;
	buf_printf(key, "%zu/%u", number, v->kind->id);
	for (size_t i = 0; i < a->same.n; i++) {
		buf_putc(key, '/');
		any |= event_text(v, a->same.v[i], key);
	}
	return any;
}

static void look_at(struct skew *s, const struct knowledge *kb, const struct moment *m)
{
	const struct segment *seg = s->c->segments.v[m->ref.segment].segment;
	const struct kind *k = segment_kind(seg, segment_row_kinds(seg)[m->ref.row]);
	struct buf key = { 0 };

	for (size_t i = 0; k->has_id && m->host != HOST_NONE && i < kb->anchors.n; i++) {
		const struct kb_anchor *a = &kb->anchors.v[i];
		struct sight sight = { .host = m->host, .time_100ns = m->time_100ns,
			.within_100ns = a->within_100ns };
		struct event_view v;

		if (!is_of(a, k))
			continue;
		case_view(s->c, m->ref, &v);
		if (v.row.basis != BASIS_UTC || !key_text(a, i, &v, &key))
			continue;
		sight.key = map_intern(s->keys, buf_str(&key), NULL);
		vec_push(&s->seen, sight);
	}
	buf_free(&key);
}

static int by_key_and_time(const void *a, const void *b)
{
	const struct sight *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->time_100ns != y->time_100ns)
		return x->time_100ns < y->time_100ns ? -1 : 1;
	return (x->host > y->host) - (x->host < y->host);
}

/* The only sighting on `host` near that of index `at`; SIZE_MAX where there is none or several. */
static size_t only_near(const struct skew *s, size_t at, uint32_t host)
{
	const struct sight *me = &s->seen.v[at];
	size_t found = SIZE_MAX, low = at;

	while (low && s->seen.v[low - 1].key == me->key &&
		s->seen.v[low - 1].time_100ns >= me->time_100ns - me->within_100ns)
		low--;
	for (size_t i = low; i < s->seen.n && s->seen.v[i].key == me->key &&
			     s->seen.v[i].time_100ns <= me->time_100ns + me->within_100ns; i++) {
		if (s->seen.v[i].host != host)
			continue;
		if (found != SIZE_MAX)
			return SIZE_MAX;
		found = i;
	}
	return found;
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t median(int64_t *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_number);
	return n % 2 ? v[n / 2] : v[n / 2 - 1] + (v[n / 2] - v[n / 2 - 1]) / 2;
}

static void measure_pair(struct skew *s, uint32_t against, uint32_t host)
{
	struct host *h = &s->c->hosts.v[host];
	size_t n = 0, agree = 0;
	int64_t middle, spread;

	for (size_t i = 0; i < s->seen.n; i++) {
		size_t other;

		if (s->seen.v[i].host != against || only_near(s, i, against) != i)
			continue;
		other = only_near(s, i, host);
		if (other != SIZE_MAX && only_near(s, other, against) == i)
			s->apart[n++] = s->seen.v[other].time_100ns - s->seen.v[i].time_100ns;
	}
	if (n < ANCHORS_MIN)
		return;
	middle = median(s->apart, n);
	for (size_t i = 0; i < n; i++) {
		s->apart[i] = llabs(s->apart[i] - middle);
		agree += s->apart[i] <= AGREE_100NS;
	}
	spread = median(s->apart, n);
	if (agree < ANCHORS_MIN || spread > AGREE_100NS)
		return;
	h->clock_anchors = agree;
	h->clock_against = against;
	h->clock_measured_ms = middle / TICKS_MS;
	h->clock_spread_ms = spread / TICKS_MS;
}

void case_measure_clocks(struct case_file *c, const struct knowledge *kb)
{
	struct skew s = { .c = c, .keys = map_new(true) };

	for (size_t i = 0; kb->anchors.n && i < c->timeline_count && s.seen.n < SIGHTINGS_MAX; i++)
		look_at(&s, kb, &c->timeline[i]);
	if (s.seen.n)
		qsort(s.seen.v, s.seen.n, sizeof(*s.seen.v), by_key_and_time);
	s.apart = xmalloc((s.seen.n + 1) * sizeof(*s.apart));
	for (uint32_t host = 1; s.seen.n && host < c->hosts.n; host++)
		for (uint32_t against = 0; against < host && !c->hosts.v[host].clock_anchors; against++)
			measure_pair(&s, against, host);
	free(s.apart);
	free(s.seen.v);
	map_free(s.keys);
}
