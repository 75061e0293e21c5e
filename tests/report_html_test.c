/* SPDX-License-Identifier: Apache-2.0 */
/* The page: nothing of the evidence becomes markup, the same case gives the same bytes. */
#include <criterion/criterion.h>

#include "analyzer/correlate/wording.h"
#include "reports/escape.h"
#include "reports/page_mine.h"
#include "tests/make_report.h"

static struct str page_of(const struct report_input *in, char **bytes)
{
	struct err e = { 0 };
	size_t size = 0;
	FILE *f = open_memstream(bytes, &size);

	cr_assert_eq(report_html(in, f, &e), 0, "%s", e.text);
	fclose(f);
	return str_make(*bytes, size);
}

static size_t count_of(struct str s, const char *what)
{
	size_t n = 0;
	ptrdiff_t at;

	while ((at = str_ifind(s, str_of(what))) >= 0) {
		n++;
		s = str_from(s, (size_t)at + 1);
	}
	return n;
}

/* The page without its own script and style. */
static struct str body_of(struct str page)
{
	ptrdiff_t from = str_find(page, STR("<body>")), to = str_find(page,
		STR("<script type=\"application/json\" id=\"meta\">"));

	cr_assert(from > 0 && to > from);
	return str_sub(page, (size_t)from, (size_t)(to - from));
}

Test(report_html, hostile_texts_make_no_element)
{
	static const char *const bad[] = { "<script", "<img", "<iframe", "<meta", "<link", "<base", "<!--",
		"<form", "<object", "onload=alert(1)>", "href=\"http:", "href=\"javascript", "<svg onload" };
	struct made_report m;
	struct err e = { 0 };
	char *bytes = NULL;

	cr_assert_eq(made_report(&m, 200, &e), 0, "%s", e.text);
	struct str page = page_of(&m.in, &bytes), body = body_of(page);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(count_of(body, bad[i]), 0, "the body holds %s", bad[i]);
	/* One script that runs, one table, one chunk; each ends once. */
	cr_expect_eq(count_of(page, "<script>"), 1);
	cr_expect_eq(count_of(page, "</script>"), 3);
	cr_expect_eq(count_of(page, "</style>"), 1);
	free(bytes);
	made_report_free(&m);
}

Test(report_html, no_character_that_steers_the_display_gets_in)
{
	static const char *const bad[] = { "\x1b", "\xe2\x80\xae", "\xe2\x80\x8b", "\r", "\xe2\x80\xa8", "\xed\xa0\x80",
		"\xff", "\x07" };
	struct made_report m;
	struct err e = { 0 };
	char *bytes = NULL;

	cr_assert_eq(made_report(&m, 200, &e), 0, "%s", e.text);
	struct str page = page_of(&m.in, &bytes);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_lt(str_find(page, str_of(bad[i])), 0, "text %zu", i);
	cr_expect_geq(str_find(page, STR("‹U+202E›")), 0, "shown as a mark");
	free(bytes);
	made_report_free(&m);
}

Test(report_html, the_same_case_gives_the_same_bytes)
{
	struct made_report a, b;
	struct err e = { 0 };
	char *first = NULL, *second = NULL;

	cr_assert_eq(made_report(&a, 70000, &e), 0);
	cr_assert_eq(made_report(&b, 70000, &e), 0);
	cr_assert(str_eq(page_of(&a.in, &first), page_of(&b.in, &second)));
	free(first);
	free(second);
	made_report_free(&a);
	made_report_free(&b);
}

Test(report_html, a_case_without_incident_or_event_has_a_page)
{
	struct made_report m;
	struct err e = { 0 };
	struct result none = { 0 };
	char *bytes = NULL;

	cr_assert_eq(made_report(&m, 0, &e), 0);
	m.in.result = &none;
	struct str page = page_of(&m.in, &bytes);

	cr_expect_geq(str_find(page, STR("No failed operation was found")), 0);
	free(bytes);
	made_report_free(&m);
}

static void expect_rebuilt(struct str message)
{
	struct mined m = { 0 };
	struct buf b = { 0 };
	size_t slot = 0;

	mine_message(message, &m);
	for (size_t i = 0; i < m.template.n; i++)
		if (m.template.p[i] == MINE_GAP)
			buf_puts(&b, m.values[slot++]);
		else
			buf_putc(&b, m.template.p[i]);
	cr_expect(slot == m.n && str_eq(buf_str(&b), message), "%.*s became %.*s", STR_ARG(message),
		STR_ARG(buf_str(&b)));
	buf_free(&m.template);
	buf_free(&b);
}

Test(report_html, template_and_values_give_the_message_back)
{
	static const char alphabet[] = "a1'= ,{}\\.-\"0xF:_";
	uint64_t state = 3;

	for (int round = 0; round < 20000; round++) {
		char text[64];
		size_t n = made_random(&state) % sizeof(text);

		for (size_t i = 0; i < n; i++)
			text[i] = alphabet[made_random(&state) % (sizeof(alphabet) - 1)];
		expect_rebuilt(str_make(text, n));
	}
	for (size_t i = 0; i < HOSTILE; i++)
		expect_rebuilt(nasty(i));
	expect_rebuilt(STR("id={66841CD4-6DED-4F4B-8F17-FD23F8DDC3DE}, a=, b='x'y"));
}

Test(report_html, numbers_and_guids_keep_their_spelling)
{
	cr_expect_eq(mine_shape(STR("0")), SHAPE_NUMBER);
	cr_expect_eq(mine_shape(STR("00")), SHAPE_TEXT);
	cr_expect_eq(mine_shape(STR("999999999999999")), SHAPE_NUMBER);
	cr_expect_eq(mine_shape(STR("9999999999999999")), SHAPE_TEXT);
	cr_expect_eq(mine_shape(STR("")), SHAPE_TEXT);
	cr_expect_eq(mine_shape(STR("66841CD4-6DED-4F4B-8F17-FD23F8DDC3DE")), SHAPE_GUID_UPPER);
	cr_expect_eq(mine_shape(STR("66841cd4-6ded-4f4b-8f17-fd23f8ddc3de")), SHAPE_GUID_LOWER);
	cr_expect_eq(mine_shape(STR("66841Cd4-6ded-4f4b-8f17-fd23f8ddc3de")), SHAPE_TEXT);
}

/* Every place in texts of every length up to three words of eight bytes. */
Test(report_html, what_needs_no_mark_is_told_for_every_byte_in_every_place)
{
	char text[26];

	for (size_t n = 0; n < sizeof(text); n++) {
		memset(text, 'a', sizeof(text));
		cr_assert(escape_is_plain(str_make(text, n)), "%zu", n);
		for (size_t at = 0; at < n; at++)
			for (unsigned c = 0; c < 256; c++) {
				struct buf out = { 0 };
				bool same;

				text[at] = (char)c;
				escape_plain(&out, str_make(text, n));
				same = str_eq(buf_str(&out), str_make(text, n)) && c < 0x80;
				cr_assert_eq(escape_is_plain(str_make(text, n)), same, "%u at %zu of %zu",
					c, at, n);
				buf_free(&out);
				text[at] = 'a';
			}
	}
}

/* As event_message does it, slowly. */
static void squeeze(struct str s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		bool blank = (unsigned char)s.p[i] <= ' ';

		if (!blank)
			buf_putc(out, s.p[i]);
		else if (out->n && out->p[out->n - 1] != ' ')
			buf_putc(out, ' ');
	}
	while (out->n && out->p[out->n - 1] == ' ')
		out->n--;
}

Test(report_html, a_message_is_one_line_whatever_blanks_it_has)
{
	static const char letters[] = { 'a', ' ', '\n', '\x80' };
	struct knowledge *kb = knowledge_new();
	uint64_t state = 3;

	knowledge_finish(kb);
	for (int round = 0; round < 20000; round++) {
		char text[40];
		size_t n = 1 + made_random(&state) % sizeof(text);
		struct kind kind = { .provider = STR("P") };
		struct event_view v = { .kind = &kind };
		struct buf slow = { 0 }, out = { 0 };

		for (size_t i = 0; i < n; i++)
			text[i] = made_random(&state) % 4 ? 'a' : letters[made_random(&state) % 4];
		squeeze(str_make(text, n), &slow);
		if (!slow.n)
			continue;
		v.row.message = str_make(text, n);
		buf_puts(&out, STR("before"));
		event_message(kb, &v, &out);
		cr_assert(str_eq(str_from(buf_str(&out), 6), buf_str(&slow)), "'%.*s'", (int)n, text);
		buf_free(&slow);
		buf_free(&out);
	}
	knowledge_free(kb);
}
