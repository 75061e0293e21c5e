/* SPDX-License-Identifier: Apache-2.0 */
/* Format files: what is refused and where, and patterns that run away. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "parsers/format.h"
#include "parsers/parser.h"

static char folder[] = "/tmp/caseline-formats-XXXXXX";

static void make_folder(void)
{
	cr_assert_not_null(mkdtemp(folder));
}

static void drop_folder(void)
{
	char path[100];

	formats_free();
	snprintf(path, sizeof(path), "%s/a.yaml", folder);
	unlink(path);
	rmdir(folder);
}

TestSuite(format_load, .init = make_folder, .fini = drop_folder);

#define GOOD                                                                                       \
	"schema: caseline.format/1\nname: mine\nfiles: '*.mine'\n"                                 \
	"time: {pattern: 'yyyy-MM-dd HH:mm:ss', zone: utc}\n"

static int load(const char *text, struct err *e)
{
	const char *dirs[] = { folder };
	char path[100];
	FILE *f;

	snprintf(path, sizeof(path), "%s/a.yaml", folder);
	f = fopen(path, "w");
	cr_assert_not_null(f);
	fputs(text, f);
	fclose(f);
	return formats_load(dirs, 1, e);
}

static void refused(const char *text, const char *where, const char *why)
{
	struct err e = { 0 };
	size_t n;

	cr_expect_eq(load(text, &e), E_USAGE);
	cr_expect(strstr(e.text, where), "'%s' in: %s", where, e.text);
	cr_expect(strstr(e.text, why), "'%s' in: %s", why, e.text);
	formats_list(&n);
	cr_expect_eq(n, 0, "what was refused is not half in force");
}

Test(format_load, built_in_formats_read_their_samples)
{
	struct err e = { 0 };
	size_t n;

	cr_assert_eq(formats_load(NULL, 0, &e), 0, "%s", e.text);
	cr_assert_geq((formats_list(&n), n), 5);
	for (size_t i = 1; i < n; i++)
		cr_expect_leq(formats_list(&n)[i].bid, formats_list(&n)[i - 1].bid);
}

Test(format_load, a_file_that_is_wrong_is_refused_at_its_line_and_column)
{
	refused("schema: other/1\n", "a.yaml:1:", "caseline.format/1");
	refused(GOOD "line: '(?<time>.*'\nsamples: [{text: a, expect: none}]\n", "a.yaml:5:7", "pattern");
	refused(GOOD "line: '(.*)'\nsamples: [{text: a, expect: none}]\n", "a.yaml:5:7", "(?<time>");
	refused(GOOD "line: '(?<time>.*)'\n", "a.yaml:1:", "samples");
	refused(GOOD "line: '(?<time>.*)'\nsamples:\n  - {text: b, expect: {level: error}}\n",
		"a.yaml:7:", "does not match");
	refused(GOOD "line: '(?<time>.{19}) (?<level>.*)'\nsamples:\n"
		     "  - {text: '2024-05-14 03:12:46 warn', expect: {level: error}}\n",
		"a.yaml:7:", "'warning', expected 'error'");
	refused(GOOD "colour: red\n", "a.yaml:5:", "colour");
}

static struct buf noted;

static int take_notes(void *to, const void *bytes, size_t size_bytes, uint64_t end_offset)
{
	void *copy = memcpy(xmalloc(size_bytes), bytes, size_bytes);
	struct err e = { 0 };
	struct segment *s = segment_open(copy, size_bytes, &e);

	(void)end_offset;
	cr_assert_not_null(s, "%s", e.text);
	*(size_t *)to += segment_rows(s);
	for (size_t i = 0; i < segment_notes(s); i++) {
		struct segment_note n;

		segment_note(s, i, &n);
		buf_puts(&noted, n.text);
	}
	segment_close(s);
	free(copy);
	return 0;
}

Test(format_load, a_pattern_that_runs_away_is_stopped_and_named)
{
	static const char *const lines = "2024-05-14 03:12:46 short\n"
		"2024-05-14 03:12:46 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\n"
		"2024-05-14 03:12:47 short\n";
	struct member_view m = { .name = STR("a.mine"), .data = (const uint8_t *)lines,
		.held = strlen(lines), .size = strlen(lines), .to = strlen(lines), .a = arena_new() };
	struct err e = { 0 };
	struct sink *out;
	size_t rows = 0;

	cr_assert_eq(load(GOOD "line: ['^(?<time>.{19}) short', '^(?<time>.{19}) (a+a+)+(a+)+$']\n"
			       "samples: [{text: b, expect: none}]\n", &e), 0, "%s", e.text);
	out = sink_new("format", 1, take_notes, &rows);
	cr_assert_eq(parser_find(STR("format"))->parse(&m, out, &e), 0, "%s", e.text);
	sink_finish(out);
	sink_free(out);
	cr_expect_eq(rows, 2);
	cr_expect(str_find(buf_str(&noted), STR("format mine ran into its limit")) >= 0, "%.*s",
		(int)noted.n, noted.p);
	buf_free(&noted);
	arena_free(m.a);
}
