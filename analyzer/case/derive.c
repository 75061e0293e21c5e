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

void facts_of(const struct case_file *c, const char *type, fact_list *out)
{
	*out = (fact_list){ 0 };
	for (size_t i = 0; i < c->facts.n; i++) {
		struct ref at = c->facts.v[i];
		const struct case_segment *cs = &c->segments.v[at.segment];
		uint32_t kind = segment_row_kinds(cs->segment)[at.row];

		if (str_eq(segment_kind(cs->segment, kind)->provider, str_of(type)))
			vec_push(out, (struct fact){ at, cs->kind_host[kind], cs->segment });
	}
}

struct str volume_of_path(struct str path)
{
	const struct str root = STR("C:\\ClusterStorage\\");

	if (str_istarts(path, root) && path.n > root.n) {
		ptrdiff_t end = str_chr(str_from(path, root.n), '\\');

		return end < 0 ? path : str_sub(path, 0, root.n + (size_t)end);
	}
	return path.n > 2 && path.p[1] == ':' && path.p[2] == '\\' ? str_sub(path, 0, 2) : STR("");
}

struct str fact_text(const struct fact *f, const char *name, struct arena *a)
{
	struct field field;
	struct buf b = { 0 };
	struct str s;

	if (!segment_find(f->segment, f->ref.row, str_of(name), &field))
		return STR("");
	buf_field(&b, &field);
	s = arena_str(a, buf_str(&b));
	buf_free(&b);
	return s;
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

static void close_member(struct deriver *d)
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
		close_member(d);
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

void case_derive(struct case_file *c)
{
	struct deriver d = { .c = c, .a = c->a, .member = UINT32_MAX };

	derive_writers(&d);
	close_member(&d);
	derive_disks(&d);
	close_member(&d);
	derive_room(&d);
	close_member(&d);
	derive_versions(&d);
	close_member(&d);
	derive_folders(&d);
	close_member(&d);
	free(d.hosts.v);
}
