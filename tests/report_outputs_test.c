/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <sqlite3.h>

#include "reports/csv.h"
#include "reports/report.h"
#include "tests/make_report.h"

#define NOON INT64_C(134000000000000000)

static void expect(bool sheet, const char *text, const char *want)
{
	struct buf b = { 0 };
	struct csv c = { .b = &b, .sheet = sheet };

	csv_text(&c, str_of(text));
	cr_expect(str_eq(buf_str(&b), str_of(want)), "'%s' gave '%.*s'", text, (int)b.n, b.p);
	buf_free(&b);
}

Test(report_outputs, csv_is_exact_and_one_line)
{
	expect(false, "plain", "plain");
	expect(false, "a,b", "\"a,b\"");
	expect(false, "say \"x\"", "\"say \"\"x\"\"\"");
	expect(false, "two\r\nlines", "two  lines");
	expect(false, "=1+1", "=1+1");
	expect(false, "", "");
}

Test(report_outputs, a_sheet_never_holds_a_formula)
{
	expect(true, "=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\"");
	expect(true, "+1", "'+1");
	expect(true, "-1", "'-1");
	expect(true, "@SUM(A1)", "'@SUM(A1)");
	expect(true, "\t=1", "' =1");
	expect(true, "a=b", "a=b");
}

Test(report_outputs, bytes_that_are_no_text_are_made_visible)
{
	struct buf scratch = { 0 };
	struct str clean = text_clean(STR("a\xff\0b"), &scratch);

	cr_expect(clean.n > 4 && !memchr(clean.p, 0, clean.n));
	cr_expect(str_starts(clean, STR("a")) && str_ends(clean, STR("b")));
	clean = text_clean(STR("as it is"), &scratch);
	cr_expect(str_eq(clean, STR("as it is")));
	buf_free(&scratch);
}

/* A case with hostile texts: a message that is no UTF-8, a name that comes twice, a formula. */
static void make_hostile(struct made *m)
{
	struct kind k = { .data_type = STR("text:log"), .provider = STR("=cmd"), .computer = STR("HV01"),
		.level = LEVEL_ERROR };
	struct row r = { .time_100ns = NOON, .number = 1, .offset = 0, .flags = ROW_LINE,
		.message = STR("bad \xff\xed\xa0\x80 \0 end, \"quoted\"\nnext") };
	struct sink *s;

	made_start(m);
	s = made_member(m, "../a|b`.log");
	for (int i = 0; i < 3; i++) {
		r.kind = sink_kind(s, &k);
		sink_row(s, &r);
		sink_put(s, "a.b", STR("\xfe"));
		sink_put(s, "a.b", STR("two"));
	}
	made_close(s);
}

static char *written(int (*write)(const struct report_input *, FILE *, struct err *),
	const struct report_input *in, size_t *n)
{
	char *text = NULL;
	struct err e = { 0 };
	FILE *f = open_memstream(&text, n);

	cr_assert_eq(write(in, f, &e), 0, "%s", e.text);
	fclose(f);
	return text;
}

static size_t lines_of(const char *text, size_t n)
{
	size_t lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	return lines;
}

static int64_t count_in(const char *path, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *s;
	int64_t n;

	cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
	cr_assert_eq(sqlite3_step(s), SQLITE_ROW);
	n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return n;
}

struct hostile {
	struct made m;
	struct result result;
	struct knowledge *kb;
	struct report_input in;
};

static void hostile_start(struct hostile *h)
{
	struct case_options o = { .since_100ns = TIME_NONE, .until_100ns = TIME_NONE };
	struct err e = { 0 };

	make_hostile(&h->m);
	cr_assert_eq(made_build(&h->m, &o, &e), 0, "%s", e.text);
	h->kb = knowledge_new();
	knowledge_finish(h->kb);
	h->result = (struct result){ 0 };
	h->in = (struct report_input){ .c = &h->m.file, .result = &h->result, .kb = h->kb,
		.version = "test", .knowledge_hash = STR("none") };
}

static void hostile_end(struct hostile *h)
{
	knowledge_free(h->kb);
	made_free(&h->m);
}

Test(report_outputs, hostile_texts_break_no_line)
{
	struct hostile h;
	size_t n, events;
	char *text;

	hostile_start(&h);
	events = h.m.file.timeline_count;
	cr_assert_gt(events, 0);
	text = written(report_timesketch, &h.in, &n);
	cr_expect_eq(lines_of(text, n), events + 1);
	free(text);
	text = written(report_l2tcsv, &h.in, &n);
	cr_expect_eq(lines_of(text, n), events + 1);
	free(text);
	text = written(report_ecs, &h.in, &n);
	cr_expect_eq(lines_of(text, n), 2 * events);
	cr_expect(strstr(text, "\"a_b\":") && strstr(text, "\"a_b#1\":\"two\""));
	free(text);
	text = written(report_markdown, &h.in, &n);
	cr_expect(strstr(text, "Nothing in these bundles shows a failed operation."));
	free(text);
	hostile_end(&h);
}

Test(report_outputs, a_database_takes_hostile_texts)
{
	char path[] = "/tmp/caseline-test-XXXXXX";
	struct hostile h;
	struct err e = { 0 };
	FILE *f;

	hostile_start(&h);
	f = fdopen(mkstemp(path), "w");
	cr_assert_eq(report_sqlite(&h.in, f, &e), 0, "%s", e.text);
	fclose(f);
	cr_expect_eq(count_in(path, "SELECT count(*) FROM v_timeline WHERE message LIKE 'bad %'"),
		(int64_t)h.m.file.timeline_count);
	cr_expect_eq(count_in(path, "SELECT count(*) FROM v_field WHERE name = 'a.b#1' AND value = 'two'"),
		(int64_t)h.m.file.timeline_count);
	remove(path);
	hostile_end(&h);
}

Test(report_outputs, a_database_without_a_name_is_refused)
{
	struct hostile h;
	struct err e = { 0 };
	FILE *f = tmpfile();

	hostile_start(&h);
	cr_expect_eq(report_sqlite(&h.in, f, &e), E_OUTPUT);
	fclose(f);
	hostile_end(&h);
}

/* More than the batches that go to and fro between the two threads. */
Test(report_outputs, a_database_of_many_batches_holds_every_event_in_order)
{
	char path[] = "/tmp/caseline-test-XXXXXX";
	struct made_report m;
	struct err e = { 0 };
	int64_t events;
	FILE *f;

	cr_assert_eq(made_report(&m, 9001, &e), 0, "%s", e.text);
	events = (int64_t)m.made.file.timeline_count;
	f = fdopen(mkstemp(path), "w");
	cr_assert_eq(report_sqlite(&m.in, f, &e), 0, "%s", e.text);
	fclose(f);
	cr_expect_gt(events, 9000 - 1);
	cr_expect_eq(count_in(path, "SELECT count(*) FROM v_timeline"), events);
	cr_expect_eq(count_in(path, "SELECT max(id) FROM event"), events);
	cr_expect_eq(count_in(path, "SELECT count(*) FROM event a JOIN event b ON b.id = a.id + 1"
		" WHERE b.time < a.time"), 0);
	cr_expect_eq(count_in(path, "SELECT count(*) FROM event WHERE record <> offset / 512 + 1"), 0);
	cr_expect_eq(count_in(path, "SELECT count(*) - count(DISTINCT text) FROM message"), 0);
	remove(path);
	made_report_free(&m);
}
