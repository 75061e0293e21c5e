/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies: the same record in two bundles, or in an EVTX and its CSV or text export. They are one
 * event with several sources. Records with ids are the same if host, channel, id and time agree;
 * where an export has no id, host, provider, event id, second and text must agree, paired one to one
 * in order. Two rows of one member are never merged. What pairs with nothing stays.
 */
#include <stdlib.h>

#include "analyzer/case/case_parts.h"

struct folder {
	struct case_file *c;
	bool *gone;              /* one a moment: it is a copy of an earlier one */
	bool *export;            /* one a moment: a row of an export */
	VEC(size_t) exports;     /* which ones, in order */
};

static const struct case_segment *segment_of(const struct case_file *c, size_t i)
{
	return &c->segments.v[c->timeline[i].ref.segment];
}

static const struct kind *kind_of(const struct case_file *c, size_t i)
{
	const struct case_segment *cs = segment_of(c, i);

	return segment_kind(cs->segment, segment_row_kinds(cs->segment)[c->timeline[i].ref.row]);
}

static uint32_t member_of(const struct case_file *c, size_t i)
{
	return segment_of(c, i)->member;
}

static void row_of(const struct case_file *c, size_t i, struct row *out)
{
	segment_row(segment_of(c, i)->segment, c->timeline[i].ref.row, out);
}

static void add_copy(struct folder *f, size_t primary, size_t copy, bool possible)
{
	struct moment *p = &f->c->timeline[primary];
	struct copy entry = { .ref = f->c->timeline[copy].ref, .next = p->copies,
		.possible = possible };

	vec_push(&f->c->copies, entry);
	p->copies = (uint32_t)f->c->copies.n;
}

static bool same_record(const struct case_file *c, size_t a, size_t b)
{
	const struct kind *ka = kind_of(c, a), *kb = kind_of(c, b);
	struct row ra, rb;

	if (member_of(c, a) == member_of(c, b) || ka->id != kb->id ||
		!str_ieq(ka->channel, kb->channel) || !str_ieq(ka->provider, kb->provider))
		return false;
	row_of(c, a, &ra);
	row_of(c, b, &rb);
	return ra.number && ra.number == rb.number && !(ra.flags & ROW_LINE) &&
	       !(rb.flags & ROW_LINE);
}

/* Members that no row of a group has yet; an equal time alone is common within one log. */
static void fold_equal_times(struct folder *f, size_t low, size_t high)
{
	for (size_t a = low; a < high; a++) {
		if (f->gone[a])
			continue;
		for (size_t b = a + 1; b < high && b < a + 256; b++) {
			if (f->gone[b] || !same_record(f->c, a, b))
				continue;
			add_copy(f, a, b, false);
			f->gone[b] = true;
		}
	}
}

static void fold_same_records(struct folder *f)
{
	const struct moment *m = f->c->timeline;
	size_t n = f->c->timeline_count;

	for (size_t low = 0, high; low < n; low = high) {
		for (high = low + 1; high < n && m[high].time_100ns == m[low].time_100ns &&
				     m[high].host == m[low].host; high++)
			;
		if (high - low > 1)
			fold_equal_times(f, low, high);
	}
}

/* A row of an export: it names a provider and an id, but has no record number of its own. */
static bool is_export(const struct case_file *c, size_t i)
{
	const struct kind *k = kind_of(c, i);

	return k->has_id && k->provider.n &&
	       segment_flags(segment_of(c, i)->segment)[c->timeline[i].ref.row] & ROW_LINE;
}

static bool same_event(const struct case_file *c, size_t record, size_t export)
{
	const struct kind *a = kind_of(c, record), *b = kind_of(c, export);

	return a->id == b->id && member_of(c, record) != member_of(c, export) &&
	       (str_ieq(a->provider, b->provider) || (a->source.n && str_ieq(a->source, b->provider)));
}

/* One record takes one row of each export. */
static bool has_copy_of(const struct case_file *c, size_t record, uint32_t member)
{
	for (uint32_t k = c->timeline[record].copies; k; k = c->copies.v[k - 1].next)
		if (c->segments.v[c->copies.v[k - 1].ref.segment].member == member)
			return true;
	return false;
}

/* The records that an export may be a copy of, best agreement first, then in order. */
static size_t find_record(const struct folder *f, size_t export, enum agreement want)
{
	const struct case_file *c = f->c;
	const struct moment *e = &c->timeline[export];
	struct row row;
	int64_t span;

	row_of(c, export, &row);
	span = row.flags & ROW_PRECISION_S ? TICKS_SECOND : TICKS_MS;
	for (size_t i = case_lower_bound(c, e->time_100ns);
		i < c->timeline_count && c->timeline[i].time_100ns < e->time_100ns + span; i++)
		if (!f->gone[i] && !f->export[i] && c->timeline[i].host == e->host &&
			same_event(c, i, export) && !has_copy_of(c, i, member_of(c, export)) &&
			case_compare_texts(segment_of(c, i)->segment, c->timeline[i].ref.row,
				row.message) == want)
			return i;
	return SIZE_MAX;
}

static void pair_with(struct folder *f, size_t export, enum agreement want)
{
	size_t record = find_record(f, export, want);

	if (record == SIZE_MAX)
		return;
	if (want == TEXTS_DIFFER) {
		add_copy(f, export, record, true);
		return;
	}
	add_copy(f, record, export, false);
	f->gone[export] = true;
}

/* Sure pairs first, so that an unsure one can't take a record away from its own copy. */
static void pair_with_records(struct folder *f)
{
	for (int want = TEXTS_AGREE; want <= TEXTS_DIFFER; want++)
		for (size_t i = 0; i < f->exports.n; i++)
			if (!f->gone[f->exports.v[i]])
				pair_with(f, f->exports.v[i], (enum agreement)want);
}

/* Two exports of one log with no record between them: CSV and its TXT twin. */
static void pair_exports(struct folder *f, size_t first)
{
	struct case_file *c = f->c;
	const struct moment *e = &c->timeline[first];
	struct row a, b;

	row_of(c, first, &a);
	for (size_t i = first + 1; i < c->timeline_count &&
				   c->timeline[i].time_100ns < e->time_100ns + TICKS_SECOND; i++) {
		if (f->gone[i] || !f->export[i] || c->timeline[i].host != e->host ||
			!same_event(c, first, i) || has_copy_of(c, first, member_of(c, i)))
			continue;
		row_of(c, i, &b);
		if (!str_eq(a.message, b.message))
			continue;
		add_copy(f, first, i, false);
		f->gone[i] = true;
	}
}

static void drop_gone(struct folder *f)
{
	struct case_file *c = f->c;
	size_t out = 0;

	for (size_t i = 0; i < c->timeline_count; i++)
		if (!f->gone[i])
			c->timeline[out++] = c->timeline[i];
	c->timeline_count = out;
}

static void list_exports(struct folder *f)
{
	for (size_t i = 0; i < f->c->timeline_count; i++) {
		f->export[i] = is_export(f->c, i);
		if (f->export[i] && !f->gone[i])
			vec_push(&f->exports, i);
	}
}

static bool has_exports(const struct case_file *c)
{
	for (size_t s = 0; s < c->segments.n; s++) {
		const struct segment *seg = c->segments.v[s].segment;

		for (uint32_t k = 0; k < segment_kinds(seg); k++) {
			const struct kind *kind = segment_kind(seg, k);

			if (kind->has_id && kind->provider.n &&
				!str_eq(kind->data_type, STR("windows:evtx:record")))
				return true;
		}
	}
	return false;
}

void case_fold_copies(struct case_file *c)
{
	struct folder f = { .c = c };

	if (!c->timeline_count)
		return;
	f.gone = xmalloc(2 * c->timeline_count);
	f.export = f.gone + c->timeline_count;
	memset(f.gone, 0, 2 * c->timeline_count);
	fold_same_records(&f);
	if (has_exports(c)) {
		list_exports(&f);
		pair_with_records(&f);
		for (size_t i = 0; i < f.exports.n; i++)
			if (!f.gone[f.exports.v[i]])
				pair_exports(&f, f.exports.v[i]);
	}
	drop_gone(&f);
	free(f.exports.v);
	free(f.gone);
}
