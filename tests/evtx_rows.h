/* SPDX-License-Identifier: Apache-2.0 */
/* What the EVTX parser gives for some bytes: its rows, in one segment, and ways to look at them. */
#ifndef CASELINE_TESTS_EVTX_ROWS_H
#define CASELINE_TESTS_EVTX_ROWS_H

#include <criterion/criterion.h>

#include "parsers/parser.h"

struct rows {
	void *bytes;
	struct segment *s;       /* NULL where nothing was given */
	size_t n;
};

static inline int rows_take(void *to, const void *bytes, size_t size_bytes, uint64_t end_offset)
{
	struct rows *r = to;
	struct err e = { 0 };

	(void)end_offset;
	cr_assert(!r->s, "more than one segment");
	r->bytes = xmalloc(size_bytes);
	memcpy(r->bytes, bytes, size_bytes);
	r->s = segment_open(r->bytes, size_bytes, &e);
	cr_assert(r->s, "%s", e.text);
	r->n = segment_rows(r->s);
	return 0;
}

static inline struct rows rows_of_range(const uint8_t *p, uint64_t n, uint64_t from, uint64_t to)
{
	struct rows r = { 0 };
	struct member_view m = { .name = STR("a.evtx"), .data = p, .held = n, .size = n,
		.from = from, .to = to };
	struct sink *s = sink_new("evtx", 1, rows_take, &r);
	struct err e = { 0 };

	cr_assert_eq(parser_find(STR("evtx"))->parse(&m, s, &e), 0, "%s", e.text);
	cr_assert_eq(sink_finish(s), 0);
	sink_free(s);
	return r;
}

static inline struct rows rows_of(const uint8_t *p, size_t n)
{
	return rows_of_range(p, n, 0, n);
}

static inline void rows_free(struct rows *r)
{
	if (r->s)
		segment_close(r->s);
	free(r->bytes);
	*r = (struct rows){ 0 };
}

static inline struct row rows_row(const struct rows *r, size_t i)
{
	struct row row;

	cr_assert(i < r->n, "there are %zu rows", r->n);
	segment_row(r->s, i, &row);
	return row;
}

static inline const struct kind *rows_kind(const struct rows *r, size_t i)
{
	return segment_kind(r->s, rows_row(r, i).kind);
}

/* A row's fields as one text: "name=value" joined by "|"; sections but EventData as "2:name". */
static inline char *rows_fields(const struct rows *r, size_t row, char out[1000])
{
	struct buf b = { 0 };

	cr_assert(row < r->n, "there are %zu rows", r->n);
	for (size_t i = 0; i < segment_field_count(r->s, row); i++) {
		struct field f;

		segment_field(r->s, row, i, &f);
		if (i)
			buf_putc(&b, '|');
		if (f.section)
			buf_printf(&b, "%d:", f.section);
		buf_printf(&b, "%.*s=", STR_ARG(f.name));
		buf_field(&b, &f);
	}
	snprintf(out, 1000, "%.*s", (int)b.n, b.p ? b.p : "");
	buf_free(&b);
	return out;
}

static inline bool rows_noted(const struct rows *r, enum note_kind kind, const char *part)
{
	for (size_t i = 0; r->s && i < segment_notes(r->s); i++) {
		struct segment_note n;

		segment_note(r->s, i, &n);
		if (n.kind == kind && str_find(n.text, str_of(part)) >= 0)
			return true;
	}
	return false;
}

#endif
