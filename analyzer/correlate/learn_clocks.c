/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far hosts' clocks are apart: what several of them record at one instant tells. Such events are
 * knowledge's anchors. Only lone pairs count, so that a beat of events can't be paired one off; the
 * median of several that agree is a clock, scatter is delay. What is steady is put right: hosts move
 * to the middle one of those that can be compared, guests to their hosts.
 */
#include <stdlib.h>

#include "analyzer/base/buf.h"
#include "analyzer/correlate/learn.h"

#define SIGHTINGS_MAX 5000
#define ANCHORS_MIN 3
#define APPLY_MIN_MS 2000    /* less is within what hosts differ in writing the same event */

struct sight {
	uint32_t key, host;
	int64_t time_100ns;
	int64_t within_100ns, agree_100ns;
};

struct skew {
	struct case_file *c;
	struct map *keys;
	VEC(struct sight) seen;      /* by key, then time */
	int64_t *apart;              /* scratch, one a sight */
	bool *guest;                 /* one a host: measured against the host of a VM */
};

static bool is_of(const struct str_list *providers, const struct id_list *ids, const struct kind *k)
{
	bool id = false;

	for (size_t i = 0; i < ids->n; i++)
		id |= ids->v[i] == k->id;
	for (size_t i = 0; id && i < providers->n; i++)
		if (str_glob(providers->v[i], k->provider))
			return true;
	return false;
}

/* The anchor and what it is about; false where the row does not tell. */
static bool key_text(const struct kb_anchor *a, size_t number, const struct event_view *v,
	struct buf *key)
{
	bool any = false;

	key->n = 0;
	if (a->guest_ids.n) {
		buf_printf(key, "%zu/guest/", number);
		for (size_t i = 0; i < a->same.n && !any; i++)
			any = event_text(v, a->same.v[i], key);
		return any;
	}
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
			.within_100ns = a->within_100ns, .agree_100ns = a->agree_100ns };
		bool guest = is_of(&a->guest_providers, &a->guest_ids, k);
		struct event_view v;

		if (!guest && !is_of(&a->providers, &a->ids, k))
			continue;
		case_view(s->c, m->ref, &v);
		if (v.row.basis != BASIS_UTC || (!guest && !key_text(a, i, &v, &key)))
			continue;
		if (guest) {
			key.n = 0;
			buf_printf(&key, "%zu/guest/%.*s", i, STR_ARG(case_host_name(s->c, m->host)));
			s->guest[m->host] = true;
		}
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
	int64_t middle, spread, agreed = 0;

	for (size_t i = 0; i < s->seen.n; i++) {
		size_t other;

		if (s->seen.v[i].host != against || only_near(s, i, against) != i)
			continue;
		other = only_near(s, i, host);
		if (other == SIZE_MAX || only_near(s, other, against) != i)
			continue;
		s->apart[n++] = s->seen.v[other].time_100ns - s->seen.v[i].time_100ns;
		if (s->seen.v[i].agree_100ns > agreed)
			agreed = s->seen.v[i].agree_100ns;
	}
	if (n < ANCHORS_MIN)
		return;
	middle = median(s->apart, n);
	for (size_t i = 0; i < n; i++) {
		s->apart[i] = llabs(s->apart[i] - middle);
		agree += s->apart[i] <= agreed;
	}
	spread = median(s->apart, n);
	if (agree < ANCHORS_MIN || spread > agreed)
		return;
	h->clock_anchors = agree;
	h->clock_against = against;
	h->clock_measured_ms = middle / TICKS_MS;
	h->clock_spread_ms = spread / TICKS_MS;
}

void case_measure_clocks(struct case_file *c, const struct knowledge *kb)
{
	struct skew s = { .c = c, .keys = map_new(true) };

	s.guest = arena_array(c->a, bool, c->hosts.n + 1);

	for (size_t i = 0; kb->anchors.n && i < c->timeline_count && s.seen.n < SIGHTINGS_MAX; i++)
		look_at(&s, kb, &c->timeline[i]);
	if (s.seen.n)
		qsort(s.seen.v, s.seen.n, sizeof(*s.seen.v), by_key_and_time);
	s.apart = xmalloc((s.seen.n + 1) * sizeof(*s.apart));
	for (uint32_t host = 1; s.seen.n && host < c->hosts.n; host++)
		for (uint32_t against = 0; against < host && !c->hosts.v[host].clock_anchors; against++)
			measure_pair(&s, against, host);
	for (size_t i = 0; i < c->hosts.n; i++)
		c->hosts.v[i].guest_clock = s.guest[i];
	free(s.apart);
	free(s.seen.v);
	map_free(s.keys);
}

/* The host that `host`'s clock was compared with in the end, over others, and how far ahead it is of it. */
static uint32_t root_of(const struct case_file *c, uint32_t host, int64_t *ahead_ms)
{
	*ahead_ms = 0;
	while (c->hosts.v[host].clock_anchors) {
		*ahead_ms += c->hosts.v[host].clock_measured_ms;
		host = c->hosts.v[host].clock_against;   /* always an earlier one */
	}
	return host;
}

/* How far ahead of `root` the clock is that others are put to: the middle one, of no guest if possible. */
static int64_t true_ahead(const struct case_file *c, uint32_t root)
{
	int64_t *ahead = xmalloc(c->hosts.n * sizeof(*ahead)), out;
	size_t n = 0;

	for (int guests = 0; guests < 2 && !n; guests++)
		for (uint32_t i = 0; i < c->hosts.n; i++)
			if (c->hosts.v[i].guest_clock == (guests > 0) && root_of(c, i, &ahead[n]) == root)
				n++;
	qsort(ahead, n, sizeof(*ahead), by_number);
	out = n ? ahead[(n - 1) / 2] : 0;
	free(ahead);
	return out;
}

bool case_apply_clocks(struct case_file *c)
{
	bool moved = false;

	for (uint32_t i = 0; i < c->hosts.n; i++) {
		struct host *h = &c->hosts.v[i];
		int64_t ahead, off;
		uint32_t root = root_of(c, i, &ahead);

		off = ahead - true_ahead(c, root);
		if (h->clock_given || llabs(off) < APPLY_MIN_MS || llabs(off) < 4 * h->clock_spread_ms)
			continue;
		h->clock_offset_ms = -off;
		h->doubt_ms += h->clock_spread_ms;
		h->clock_applied = moved = true;
	}
	return moved;
}
