/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The zone of a host that names none. EVTX records are UTC, their exports are local time: the same
 * event in both tells the offset. Offsets are whole quarters of an hour, so a pair whose difference
 * is none proves nothing, and a chance pair falls anywhere.
 */
#include <stdlib.h>

#include "analyzer/case/case_parts.h"

#define QUARTER (15 * TICKS_MINUTE)
#define QUARTERS_MAX 56              /* 14 hours to either side */
#define BINS (2 * QUARTERS_MAX + 1)
#define SAMPLE_MAX 2000              /* exports of a host asked, spread over all it has */
#define PAIRS_MIN 5

struct anchor {
	uint32_t key;
	int64_t time_100ns;
	struct ref ref;
};

struct anchors {
	const struct case_file *c;
	uint32_t host;
	struct map *keys;            /* provider and id */
	VEC(struct anchor) records, exports;
};

static uint32_t key_of(struct anchors *a, struct str provider, uint32_t id, bool add)
{
	char text[200];
	int n = snprintf(text, sizeof(text), "%u/%.*s", id, STR_ARG(provider));
	struct str key = str_make(text, n < (int)sizeof(text) ? (size_t)n : sizeof(text) - 1);

	return add ? map_intern(a->keys, key, NULL) : map_find(a->keys, key);
}

/* The key of a kind's records, which exports may know by either of the provider's names. */
static uint32_t key_of_record(struct anchors *a, const struct kind *k)
{
	uint32_t key = key_of(a, k->provider, k->id, false);

	return key == MAP_NONE && k->source.n ? key_of(a, k->source, k->id, false) : key;
}

static bool is_anchor(const struct segment *s, uint32_t row, bool export)
{
	uint8_t flags = segment_flags(s)[row], basis = segment_bases(s)[row];

	if (flags & ROW_FACT || segment_times(s)[row] == TIME_NONE || basis == BASIS_NONE)
		return false;
	return export ? flags & ROW_LINE && basis != BASIS_UTC : !(flags & ROW_LINE) &&
		basis == BASIS_UTC;
}

static void take_segment(struct anchors *a, uint32_t at, bool export)
{
	const struct case_segment *cs = &a->c->segments.v[at];
	size_t rows = segment_rows(cs->segment);

	for (uint32_t r = 0; r < rows; r++) {
		uint32_t kind = segment_row_kinds(cs->segment)[r];
		const struct kind *k = segment_kind(cs->segment, kind);
		struct anchor found = { .ref = { at, r } };

		if (cs->kind_host[kind] != a->host || !k->has_id || !k->provider.n ||
			!is_anchor(cs->segment, r, export))
			continue;
		found.key = export ? key_of(a, k->provider, k->id, true) : key_of_record(a, k);
		if (found.key == MAP_NONE)
			continue;
		found.time_100ns = case_row_time(a->c, at, r, a->host);
		if (export)
			vec_push(&a->exports, found);
		else
			vec_push(&a->records, found);
	}
}

static int by_key_and_time(const void *a, const void *b)
{
	const struct anchor *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->time_100ns > y->time_100ns) - (x->time_100ns < y->time_100ns);
}

/* The first record of that key at or after a time. */
static size_t lower_bound(const struct anchors *a, uint32_t key, int64_t time_100ns)
{
	struct anchor want = { .key = key, .time_100ns = time_100ns };
	size_t low = 0, high = a->records.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (by_key_and_time(&a->records.v[mid], &want) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* A record that the export's row would be if local time were so far from UTC. */
static bool pairs_at(const struct anchors *a, const struct anchor *export, int quarters,
	struct ref *out)
{
	int64_t utc = export->time_100ns - quarters * QUARTER;
	struct row row;

	segment_row(a->c->segments.v[export->ref.segment].segment, export->ref.row, &row);
	for (size_t i = lower_bound(a, export->key, utc); i < a->records.n; i++) {
		const struct anchor *r = &a->records.v[i];

		if (r->key != export->key || r->time_100ns >= utc + TICKS_SECOND)
			break;
		if (case_compare_texts(a->c->segments.v[r->ref.segment].segment, r->ref.row, row.message) ==
			TEXTS_DIFFER)
			continue;
		*out = r->ref;
		return true;
	}
	return false;
}

static bool decide(const struct anchors *a, struct inferred_offset *out)
{
	size_t votes[BINS] = { 0 }, rows = 0, best = 0;
	size_t step = a->exports.n / SAMPLE_MAX + 1;
	struct ref refs[BINS];

	for (size_t i = 0; i < a->exports.n; i += step) {
		bool any = false;

		for (int q = -QUARTERS_MAX; q <= QUARTERS_MAX; q++) {
			size_t bin = (size_t)(q + QUARTERS_MAX);
			bool pair = pairs_at(a, &a->exports.v[i], q, &refs[bin]);

			votes[bin] += pair;
			any |= pair;
		}
		rows += any;
	}
	for (size_t bin = 1; bin < BINS; bin++)
		if (votes[bin] > votes[best])
			best = bin;
	if (votes[best] < PAIRS_MIN || votes[best] * 5 < rows * 4)
		return false;
	for (size_t bin = 0; bin < BINS; bin++)   /* a regular event fits at every beat: no proof */
		if (bin != best && votes[bin] * 5 >= votes[best] * 4)
			return false;
	out->minutes = ((int)best - QUARTERS_MAX) * 15;
	out->pairs = votes[best];
	out->member = a->c->segments.v[refs[best].segment].member;
	return true;
}

bool case_infer_offset(const struct case_file *c, uint32_t host, struct inferred_offset *out)
{
	struct anchors a = { .c = c, .host = host, .keys = map_new(true) };
	bool found;

	for (uint32_t s = 0; s < c->segments.n; s++)
		take_segment(&a, s, true);
	for (uint32_t s = 0; a.exports.n && s < c->segments.n; s++)
		take_segment(&a, s, false);
	if (a.records.n)
		qsort(a.records.v, a.records.n, sizeof(*a.records.v), by_key_and_time);
	found = a.records.n && decide(&a, out);
	map_free(a.keys);
	free(a.records.v);
	free(a.exports.v);
	return found;
}
