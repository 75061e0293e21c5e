/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged, hostile and huge EVTX files: what is read all the same, and what is noted. */
#include <sys/mman.h>

#include "tests/evtx_build.h"
#include "tests/evtx_rows.h"

#define TIME(id) (UINT64_C(133601299661234567) + (id))

static void plain_record(struct build *b, uint64_t id)
{
	b_record(b, id, TIME(id));
	b_event(b);
	b_system(b, "P", "7");
	b_close(b);
	b_record_end(b);
}

/* The first record defines a template, the others use it. */
static uint32_t template_records(struct build *b, unsigned n)
{
	const struct b_value v = { 0x01, "v\0", 2 };
	uint32_t definition = 0;

	for (unsigned i = 1; i <= n; i++) {
		b_record(b, i, TIME(i));
		if (i == 1) {
			b_template(b);
			definition = b->definition;
			b_event(b);
			b_system(b, "P", "7");
			b_open(b, "EventData", false);
			b_done(b);
			b_data_slot(b, "a", 0, 1);
			b_close(b);
			b_close(b);
			b_template_end(b);
		} else {
			b_template_again(b, definition);
		}
		b_values(b, &v, 1);
		b_record_end(b);
	}
	b_chunk_end(b);
	return definition;
}

static void expect_numbers(const struct rows *r, size_t n, const uint64_t *numbers)
{
	cr_assert_eq(r->n, n, "%zu rows", r->n);
	for (size_t i = 0; i < n; i++)
		cr_expect_eq(rows_row(r, i).number, numbers[i]);
}

Test(evtx_damage, a_record_of_size_zero_costs_itself_alone)
{
	struct build *b = b_new();
	struct rows r;
	uint32_t second;

	plain_record(b, 1);
	second = b->at;
	plain_record(b, 2);
	plain_record(b, 3);
	b_chunk_end(b);
	b_set32(b, second + 4, 0);
	r = rows_of(b->bytes, b_size(b));
	expect_numbers(&r, 2, (uint64_t[]){ 1, 3 });
	cr_expect(rows_noted(&r, NOTE_DAMAGED, "no record here"));
	cr_expect(rows_noted(&r, NOTE_DAMAGED, "checksum of the chunk's records"));
	rows_free(&r);
	free(b);
}

Test(evtx_damage, a_template_of_a_damaged_record_still_serves_the_others)
{
	struct build *b = b_new();
	struct rows r;
	char text[1000];

	template_records(b, 3);
	b_set32(b, 512, 0);
	r = rows_of(b->bytes, b_size(b));
	expect_numbers(&r, 2, (uint64_t[]){ 2, 3 });
	cr_expect_str_eq(rows_fields(&r, 1, text), "a=v");
	rows_free(&r);
	free(b);
}

Test(evtx_damage, wrong_checksums_are_noted_and_read)
{
	struct build *b = b_new();
	struct rows r;

	template_records(b, 2);
	b->bytes[100] ^= 1;
	b_set32(b, 124, 1);
	r = rows_of(b->bytes, b_size(b));
	expect_numbers(&r, 2, (uint64_t[]){ 1, 2 });
	cr_expect(rows_noted(&r, NOTE_DAMAGED, "checksum of the file's head"));
	cr_expect(rows_noted(&r, NOTE_DAMAGED, "checksum of the chunk's head"));
	cr_expect_eq(rows_row(&r, 0).flags, 0);
	rows_free(&r);
	free(b);
}

Test(evtx_damage, a_file_without_its_head_is_found_by_its_chunks)
{
	const struct parser *p = parser_find(STR("evtx"));
	struct build *b = b_new();
	struct probe probe = { .name = STR("x.bin"), .size = b_size(b) };
	struct rows r;

	template_records(b, 2);
	probe.head = str_make((const char *)b->bytes, HEAD_BYTES);
	cr_expect_eq(p->bid(&probe), 100);
	memset(b->bytes, 0, 4096);
	cr_expect_eq(p->bid(&probe), 80);
	r = rows_of(b->bytes, b_size(b));
	expect_numbers(&r, 2, (uint64_t[]){ 1, 2 });
	cr_expect(rows_noted(&r, NOTE_DAMAGED, "head is missing"));
	rows_free(&r);
	probe.head = STR("ElfFil");
	cr_expect_eq(p->bid(&probe), 0);
	probe.name = STR("Application.EVTX");
	cr_expect_eq(p->bid(&probe), 20);
	free(b);
}

Test(evtx_damage, old_records_are_counted_and_left_alone)
{
	struct build *b = b_new();
	struct rows r;
	uint32_t end;

	plain_record(b, 10);
	end = b->at;
	plain_record(b, 5);
	plain_record(b, 6);
	b->at = end;
	b_chunk_end(b);
	r = rows_of(b->bytes, b_size(b));
	expect_numbers(&r, 1, (uint64_t[]){ 10 });
	cr_expect(rows_noted(&r, NOTE_INFO, "2 old records"));
	rows_free(&r);
	free(b);
}

Test(evtx_damage, records_newer_than_the_chunks_head_are_read)
{
	struct build *b = b_new();
	struct rows r;
	uint32_t end;

	plain_record(b, 10);
	end = b->at;
	plain_record(b, 11);
	b->at = end;
	b_chunk_end(b);
	r = rows_of(b->bytes, b_size(b));
	expect_numbers(&r, 2, (uint64_t[]){ 10, 11 });
	cr_expect_eq(rows_row(&r, 1).flags, ROW_RECOVERED);
	cr_expect(rows_noted(&r, NOTE_INFO, "newer"));
	rows_free(&r);
	free(b);
}

Test(evtx_damage, a_chunk_without_its_mark_is_recovered_once)
{
	struct build *b = b_new();
	struct rows r;

	plain_record(b, 1);
	b_chunk_end(b);
	b_chunk(b);
	plain_record(b, 1);
	plain_record(b, 2);
	b_chunk_end(b);
	b->bytes[b->chunk] = 'X';
	r = rows_of(b->bytes, b_size(b));
	expect_numbers(&r, 2, (uint64_t[]){ 1, 2 });
	cr_expect_eq(rows_row(&r, 0).flags, 0);
	cr_expect_eq(rows_row(&r, 1).flags, ROW_RECOVERED);
	cr_expect(rows_noted(&r, NOTE_DAMAGED, "1 records recovered"));
	rows_free(&r);
	free(b);
}

Test(evtx_damage, the_free_space_offset_of_a_damaged_head_hides_nothing)
{
	struct build *b = b_new();
	struct rows r;

	plain_record(b, 1);
	b_chunk_end(b);
	plain_record(b, 7);
	b_set32(b, 124, 1);
	r = rows_of(b->bytes, b_size(b));
	expect_numbers(&r, 2, (uint64_t[]){ 1, 7 });
	cr_expect_eq(rows_row(&r, 1).flags, ROW_RECOVERED);
	rows_free(&r);
	free(b);
}

Test(evtx_damage, another_size_at_the_end_marks_the_row)
{
	struct build *b = b_new();
	struct rows r;

	plain_record(b, 1);
	b_chunk_end(b);
	b_set32(b, b->at - 4, 8);
	r = rows_of(b->bytes, b_size(b));
	cr_assert_eq(r.n, 1);
	cr_expect_eq(rows_row(&r, 0).flags, ROW_DAMAGED);
	rows_free(&r);
	free(b);
}

Test(evtx_damage, a_lost_inner_template_costs_the_names_alone)
{
	struct build *b = b_new();
	const struct b_value v = { 0x01, "v\0", 2 };
	struct rows r;
	uint32_t descriptor;
	char text[1000];

	b_record(b, 1, TIME(1));
	b_template(b);
	b_event(b);
	b_system(b, "P", "7");
	b_slot(b, 0, 0x21);
	b_close(b);
	b_template_end(b);
	b_u32(b, 1);
	descriptor = b->at;
	b_u32(b, 0);
	b_template_again(b, 0xfff0);
	b_values(b, &v, 1);
	b_set32(b, descriptor, (b->at - descriptor - 4) | 0x210000);
	b_record_end(b);
	b_chunk_end(b);
	r = rows_of(b->bytes, b_size(b));
	cr_assert_eq(r.n, 1);
	cr_expect_eq(rows_row(&r, 0).flags, ROW_DAMAGED);
	cr_expect_eq(rows_kind(&r, 0)->id, 7);
	cr_expect_str_eq(rows_fields(&r, 0, text), "=v");
	rows_free(&r);
	free(b);
}

Test(evtx_damage, what_no_reader_can_read_is_noted_as_lost)
{
	struct build *b = b_new();
	struct rows r;

	plain_record(b, 1);
	plain_record(b, 2);
	b_chunk_end(b);
	b->bytes[b->chunk + 512 + 24 + 4] = 0x3f;
	r = rows_of(b->bytes, b_size(b));
	expect_numbers(&r, 1, (uint64_t[]){ 2 });
	cr_expect(rows_noted(&r, NOTE_LOST, "record 1 can't be read"));
	rows_free(&r);
	free(b);
}

/* A template that uses itself, twice, in its own body. */
Test(evtx_damage, a_template_inside_itself_ends, .timeout = 10)
{
	struct build *b = b_new();
	struct buf out = { 0 };
	struct err e = { 0 };
	struct member_view m = { .data = b->bytes, .held = b_size(b), .size = b_size(b) };
	struct rows r;
	uint32_t definition;

	b_record(b, 1, TIME(1));
	b_template(b);
	definition = b->definition;
	b_event(b);
	for (int i = 0; i < 2; i++) {
		b_template_again(b, definition);
		b_values(b, NULL, 0);
	}
	b_close(b);
	b_template_end(b);
	b_values(b, NULL, 0);
	b_record_end(b);
	b_chunk_end(b);
	r = rows_of(b->bytes, b_size(b));
	cr_expect_eq(r.n, 0);
	cr_expect(rows_noted(&r, NOTE_LOST, "can't be read"));
	rows_free(&r);
	cr_expect_eq(parser_find(STR("evtx"))->show(&m, 1, 4608, &out, &e), 0);
	buf_free(&out);
	free(b);
}

/* A value used thousands of times over: rows stay bounded. */
Test(evtx_damage, a_value_repeated_without_end_is_cut_short, .timeout = 10)
{
	static const uint8_t big[20000];
	const struct b_value v = { 0x84, big, sizeof(big) };
	struct build *b = b_new();
	struct rows r;

	b_record(b, 1, TIME(1));
	b_template(b);
	b_event(b);
	b_open(b, "EventData", false);
	b_done(b);
	for (int i = 0; i < 400; i++)
		b_data_slot(b, "a", 0, 0x84);
	b_close(b);
	b_close(b);
	b_template_end(b);
	b_values(b, &v, 1);
	b_record_end(b);
	b_chunk_end(b);
	r = rows_of(b->bytes, b_size(b));
	cr_assert_eq(r.n, 1);
	cr_expect_lt(segment_field_count(r.s, 0), 200000);
	cr_expect(rows_noted(&r, NOTE_LIMIT, "cut short"));
	rows_free(&r);
	free(b);
}

/* Hundreds of records of a big template that uses itself: the chunk's work is bounded. */
Test(evtx_damage, a_chunk_made_to_take_for_ever_ends, .timeout = 10)
{
	struct build *b = b_new();
	struct rows r;
	uint32_t definition;

	b_record(b, 1, TIME(1));
	b_template(b);
	definition = b->definition;
	b_event(b);
	b_open(b, "UserData", false);
	b_done(b);
	for (int i = 0; i < 300; i++)
		b_data_slot(b, "a", 0, 1);
	for (int i = 0; i < 3; i++) {
		b_template_again(b, definition);
		b_values(b, NULL, 0);
	}
	b_close(b);
	b_close(b);
	b_template_end(b);
	b_values(b, NULL, 0);
	b_record_end(b);
	for (uint64_t id = 2; b->at < 65000; id++) {
		b_record(b, id, TIME(id));
		b_template_again(b, definition);
		b_values(b, NULL, 0);
		b_record_end(b);
	}
	b_chunk_end(b);
	r = rows_of(b->bytes, b_size(b));
	for (size_t i = 0; i < r.n; i++)
		cr_expect(rows_row(&r, i).flags & (ROW_SECOND_READER | ROW_DAMAGED));
	cr_expect(rows_noted(&r, NOTE_LOST, "need the second reader"));
	rows_free(&r);
	free(b);
}

Test(evtx_damage, any_cut_gives_a_prefix_of_the_rows)
{
	struct build *b = b_new();
	struct rows whole;
	uint32_t end;

	template_records(b, 3);
	b_chunk(b);
	plain_record(b, 4);
	b_chunk_end(b);
	end = b->chunk + b->at;
	whole = rows_of(b->bytes, b_size(b));
	cr_assert_eq(whole.n, 4);
	for (uint32_t n = 0; n < end; n += n % 65536 > 4000 && n % 65536 < 7000 ? 1 : 97) {
		uint8_t *copy = xmalloc(n + 1);
		struct rows r;

		memcpy(copy, b->bytes, n);
		r = rows_of(copy, n);
		cr_assert_leq(r.n, whole.n);
		for (size_t i = 0; i < r.n; i++)
			cr_assert_eq(rows_row(&r, i).number, i + 1);
		rows_free(&r);
		free(copy);
	}
	rows_free(&whole);
	free(b);
}

Test(evtx_damage, any_byte_changed_does_no_harm)
{
	struct build *b = b_new();
	uint32_t random = 1;

	template_records(b, 5);
	for (int i = 0; i < 3000; i++) {
		struct rows r;
		uint8_t *p;
		uint8_t was;

		random = random * 1664525 + 1013904223;
		p = b->bytes + b->chunk + (random >> 8) % b->at;
		was = *p;
		*p = (uint8_t)(random >> 3);
		r = rows_of(b->bytes, b_size(b));
		cr_assert_leq(r.n, 6);
		rows_free(&r);
		*p = was;
	}
	free(b);
}

/* ---- Shards and size ---- */

Test(evtx_damage, shards_join_at_chunks_and_cover_the_file)
{
	const struct parser *p = parser_find(STR("evtx"));
	struct member_view m = { .held = UINT64_C(5) << 30 };
	struct shard s[512];
	size_t n = p->shards(&m, s, 512);

	cr_assert_eq(n, 320);
	cr_expect_eq(s[0].from, 0);
	for (size_t i = 1; i < n; i++) {
		cr_expect_eq(s[i].from, s[i - 1].to);
		cr_expect_eq((s[i].from - 4096) % 65536, 0);
	}
	cr_expect_eq(s[n - 1].to, m.held);
	cr_expect_eq(p->shards(&m, s, 8), 5);
	m.held = 69632;
	cr_expect_eq(p->shards(&m, s, 8), 1);
}

Test(evtx_damage, records_behind_4_gib_are_read_and_shown)
{
	struct build *b = b_new();
	uint64_t at = 4096 + (UINT64_C(65536) << 16) + 65536, size = at + 65536;
	uint8_t *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct member_view m = { .data = p, .held = size, .size = size };
	struct buf out = { 0 };
	struct err e = { 0 };
	struct rows r;

	if (p == MAP_FAILED)
		cr_skip_test("no address space for 4 GiB");
	plain_record(b, 77);
	b_chunk_end(b);
	memcpy(p + at, b->bytes + b->chunk, 65536);
	r = rows_of_range(p, size, at - 2 * 65536, size);
	expect_numbers(&r, 1, (uint64_t[]){ 77 });
	cr_expect_eq(rows_row(&r, 0).offset, at + 512);
	cr_expect_eq(parser_find(STR("evtx"))->show(&m, 77, at + 512, &out, &e), 0, "%s", e.text);
	rows_free(&r);
	buf_free(&out);
	munmap(p, size);
	free(b);
}
