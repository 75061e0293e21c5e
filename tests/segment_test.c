/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "tests/make_case.h"

static int keep(void *to, const void *bytes, size_t size_bytes, uint64_t end_offset)
{
	struct buf *b = to;

	(void)end_offset;
	b->n = 0;
	buf_put(b, bytes, size_bytes);
	return 0;
}

static void write_sample(struct buf *out)
{
	struct sink *s = sink_new("evtx", 3, keep, out);

	made_event(s, "HV01", "disk", 153, 7, 1000);
	sink_put(s, "VmName", STR("SQL01"));
	sink_put_u64(s, "n", 42);
	sink_field_text(s, SECTION_EVENTDATA, 0, STR("first"));
	sink_field_text(s, SECTION_EVENTDATA, 0, STR(""));
	sink_field_text(s, SECTION_EVENTDATA, 0, STR("third"));
	sink_field_number(s, SECTION_EVENTDATA, sink_text(s, STR("hr")), VALUE_INT,
		(uint64_t)(int64_t)-2147212302);
	made_event(s, "HV01", "disk", 153, 8, 2000);
	sink_note(s, NOTE_DAMAGED, 4096, 512, 1, "record %d is damaged", 9);
	made_close(s);
}

Test(segment, gives_back_what_the_sink_was_given)
{
	struct buf b = { 0 }, text = { 0 };
	struct err e = { 0 };
	struct segment *s;
	struct field f;
	struct row r;
	struct segment_note n;

	write_sample(&b);
	s = segment_open(b.p, b.n, &e);
	cr_assert_not_null(s, "%s", e.text);
	cr_assert_eq(segment_rows(s), 2);
	cr_assert_eq(segment_kinds(s), 1);
	segment_row(s, 0, &r);
	cr_assert_eq(r.number, 7);
	cr_assert(segment_find(s, 0, STR("vmname"), &f) && str_eq(f.bytes, STR("SQL01")));
	cr_assert(segment_unnamed(s, 0, 2, &f) && str_eq(f.bytes, STR("third")));
	cr_assert(segment_unnamed(s, 0, 1, &f) && f.bytes.n == 0);
	cr_assert(!segment_unnamed(s, 0, 3, &f));
	cr_assert(segment_find(s, 0, STR("hr"), &f));
	buf_field(&text, &f);
	cr_assert(str_eq(buf_str(&text), STR("-2147212302")));
	cr_assert_eq(segment_field_count(s, 1), 0);
	segment_note(s, 0, &n);
	cr_assert_eq(n.records_lost, 1);
	cr_assert(str_eq(n.text, STR("record 9 is damaged")));
	segment_close(s);
	buf_free(&b);
	buf_free(&text);
}

/* The parent trusts no worker: whatever byte is wrong, nothing is read outside. */
Test(segment, any_flipped_byte_and_any_cut_is_refused_or_harmless)
{
	struct buf b = { 0 };

	write_sample(&b);
	for (size_t i = 0; i < b.n; i++) {
		char *copy = xmalloc(b.n);
		struct err e = { 0 };
		struct segment *s;

		memcpy(copy, b.p, b.n);
		copy[i] = (char)(copy[i] ^ 0xff);
		s = segment_open(copy, b.n, &e);
		for (size_t r = 0; s && r < segment_rows(s); r++) {
			struct row row;
			struct field f;

			segment_row(s, r, &row);
			for (size_t k = 0; k < segment_field_count(s, r); k++)
				segment_field(s, r, k, &f);
		}
		segment_close(s);
		s = segment_open(copy, i & ~(size_t)7, &e);
		segment_close(s);
		free(copy);
	}
	buf_free(&b);
}

static int count(void *to, const void *bytes, size_t size_bytes, uint64_t end_offset)
{
	size_t *n = to;
	struct err e = { 0 };
	void *copy = memcpy(xmalloc(size_bytes), bytes, size_bytes);
	struct segment *s = segment_open(copy, size_bytes, &e);

	(void)end_offset;
	cr_assert_not_null(s);
	*n += segment_rows(s);
	segment_close(s);
	free(copy);
	return 0;
}

Test(segment, commits_before_the_offset_that_it_was_told)
{
	size_t n = 0;
	struct sink *s = sink_new("evtx", 1, count, &n);

	sink_commit_at(s, 5000);
	for (uint64_t i = 0; i < 20; i++) {
		bool closed;

		made_event(s, "A", "disk", 1, i, (int64_t)i);
		closed = sink_commit_point(s, i * 512);
		cr_assert_eq(closed, i == 10, "at %llu", (unsigned long long)i);
	}
	cr_assert_eq(n, 11);
	made_close(s);
	cr_assert_eq(n, 20);
}
