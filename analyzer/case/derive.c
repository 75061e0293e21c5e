/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/case/derive.h"

#include <stdlib.h>

struct deriver {
	struct case_file *c;
	struct arena *a;
	struct sink *sink;               /* rows of the member at hand */
	uint32_t member;                 /* UINT32_MAX: none */
	VEC(uint32_t) hosts;             /* of each derived row */
};

struct deriver *derive_new(struct case_file *c)
{
	struct deriver *d = xmalloc(sizeof(*d));

	*d = (struct deriver){ .c = c, .a = c->a, .member = UINT32_MAX };
	return d;
}

void derive_free(struct deriver *d)
{
	derive_close(d);
	free(d->hosts.v);
	free(d);
}

struct arena *derive_arena(struct deriver *d)
{
	return d->a;
}

const struct case_file *derive_case(const struct deriver *d)
{
	return d->c;
}

/* Takes a finished segment into the case, at the member whose facts it derives from. */
static int take(void *to, const void *bytes, size_t size_bytes, uint64_t end_offset)
{
	struct deriver *d = to;
	struct case_file *c = d->c;
	struct err e = { 0 };
	struct segment *s = segment_open(arena_dup(c->a, bytes, size_bytes), size_bytes, &e);
	struct case_segment placed = { .segment = s, .member = d->member };
	size_t rows = s ? segment_rows(s) : 0;

	(void)end_offset;
	if (!s)
		return e.code;
	placed.kind_host = arena_array(c->a, uint32_t, segment_kinds(s) + 1);
	for (uint32_t r = 0; r < rows; r++) {
		placed.kind_host[segment_row_kinds(s)[r]] = d->hosts.v[r];
		vec_push(&c->facts, (struct ref){ (uint32_t)c->segments.n, r });
	}
	vec_push(&c->segments, placed);
	vec_push(&c->derived, s);
	return 0;
}

void derive_close(struct deriver *d)
{
	if (!d->sink)
		return;
	sink_finish(d->sink);
	sink_free(d->sink);
	d->sink = NULL;
	d->hosts.n = 0;
}

void derive_fact(struct deriver *d, const struct fact *at, const char *type)
{
	uint32_t member = d->c->segments.v[at->ref.segment].member;
	struct kind k = { .data_type = STR("fact"), .provider = str_of(type),
		.source = STR("derived"), .level = LEVEL_UNKNOWN,
		.computer = case_host_name(d->c, at->host) };
	struct row row;

	if (d->sink && d->member != member)
		derive_close(d);
	if (!d->sink) {
		d->member = member;
		d->sink = sink_new("derived", 1, take, d);
	}
	segment_row(at->segment, at->ref.row, &row);
	row.kind = sink_kind(d->sink, &k);
	row.message = STR("");
	sink_row(d->sink, &row);
	vec_push(&d->hosts, at->host);
}

void derive_put(struct deriver *d, const char *name, struct str v)
{
	if (v.n)
		sink_put(d->sink, name, v);
}
