/* SPDX-License-Identifier: Apache-2.0 */
/* Texts saved beside a log: read from their file, and told with the records they belong to. */
#include <criterion/criterion.h>

#include "fixtures/mta_write.h"
#include "tests/make_case.h"
#include "tests/vm_facts.h"

static void texts_write(size_t n, struct buf *out)
{
	struct mta_text *t = xmalloc(n * sizeof(*t));
	char words[3][40];

	for (size_t i = 0; i < 3; i++)
		snprintf(words[i], sizeof(words[i]), "Der Datenträger %zu fehlt.", i);
	for (size_t i = 0; i < n; i++)
		t[i] = (struct mta_text){ 10 + i, str_of(words[i % 3]) };
	mta_write(t, n, out);
	free(t);
}

static size_t count_of(const struct buf *b, const char *needle)
{
	struct str rest = buf_str(b);
	size_t n = 0;

	for (ptrdiff_t at; (at = str_find(rest, str_of(needle))) >= 0; n++)
		rest = str_from(rest, (size_t)at + 1);
	return n;
}

static void facts_of(const struct buf *file, size_t held, struct buf *out)
{
	out->n = 0;
	facts_of_window("mta", "Setup_1031.MTA", (const uint8_t *)file->p, held, held, 0, out);
}

Test(mta, every_record_of_every_page_has_its_text)
{
	struct buf file = { 0 }, out = { 0 };

	texts_write(250, &file);
	facts_of(&file, file.n, &out);
	cr_expect_eq(count_of(&out, "evtx.message record="), 250);
	cr_expect_eq(count_of(&out, "note"), 0);
	buf_free(&file);
	buf_free(&out);
}

Test(mta, a_cut_file_tells_what_is_lost_and_gives_nothing_false)
{
	struct buf file = { 0 }, out = { 0 };
	size_t rows = 0;

	texts_write(120, &file);
	for (size_t held = 8; held < file.n; held += 37) {
		facts_of(&file, held, &out);
		rows = count_of(&out, "evtx.message record=");
		cr_expect_leq(rows, 120);
	}
	facts_of(&file, file.n - 1, &out);
	cr_expect_eq(count_of(&out, "note the file ends within its list MSG"), 1);
	cr_expect_eq(count_of(&out, "evtx.message record="), 80, "one text of three is cut");
	buf_free(&file);
	buf_free(&out);
}

Test(mta, a_page_without_marks_ends_its_list_with_a_note)
{
	struct buf file = { 0 }, out = { 0 };

	texts_write(20, &file);
	file.p[24 + 2 * 26] ^= 1;
	facts_of(&file, file.n, &out);
	cr_expect_eq(count_of(&out, "evtx.message record="), 0);
	cr_expect_eq(count_of(&out, "note page 0 of a list is not there"), 1);
	buf_free(&file);
	buf_free(&out);
}

Test(mta, pages_that_point_back_end_the_list)
{
	struct buf file = { 0 }, out = { 0 };

	texts_write(250, &file);
	memset(file.p + 24 + 2 * 26 + 72, 0, 8);
	facts_of(&file, file.n, &out);
	cr_expect_eq(count_of(&out, "evtx.message record="), 100);
	buf_free(&file);
	buf_free(&out);
}

/* A member of texts, as the parser leaves it. */
static void add_texts(struct made *m, const char *path, const char *text, uint64_t record)
{
	struct mta_text t = { record, str_of(text) };
	struct arena *a = arena_new();
	struct buf file = { 0 };
	struct err e = { 0 };
	struct sink *s;

	mta_write(&t, 1, &file);
	s = made_member(m, path);
	m->ev.members.v[m->ev.members.n - 1].parser = STR("mta");
	cr_assert_eq(parser_find(STR("mta"))->parse(&(struct member_view){ .data = (const uint8_t *)file.p,
		.held = file.n, .size = file.n, .a = a }, s, &e), 0);
	made_close(s);
	arena_free(a);
	buf_free(&file);
}

static struct str message_of(const struct made *m, size_t i)
{
	struct event_view v;

	case_view(&m->file, m->file.timeline[i].ref, &v);
	return v.row.message;
}

Test(mta, a_records_text_is_the_one_beside_its_log_english_first)
{
	struct made m;
	struct err e = { 0 };
	struct sink *s;

	made_start(&m);
	add_texts(&m, "h/LocaleMetaData/Setup_1031.MTA", "Das Paket fehlt.", 7);
	add_texts(&m, "h/LocaleMetaData/Setup_1033.MTA", "The package is missing.", 7);
	s = made_member(&m, "h/setup.evtx");
	made_event(s, "HV01", "disk", 1, 7, INT64_C(133600000000000000));
	made_event(s, "HV01", "disk", 1, 8, INT64_C(133600000000000010));
	made_close(s);
	s = made_member(&m, "other/Setup.evtx");
	made_event(s, "HV02", "disk", 1, 7, INT64_C(133600000000000020));
	made_close(s);
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	cr_assert_eq(m.file.timeline_count, 3);
	cr_expect_eq(m.file.facts.n, 0, "texts are no facts of their own");
	cr_expect(str_eq(message_of(&m, 0), STR("The package is missing.")));
	cr_expect(!str_eq(message_of(&m, 1), STR("The package is missing.")), "it has no text there");
	cr_expect(!str_eq(message_of(&m, 2), STR("The package is missing.")), "another folder's log");
	made_free(&m);
}
