/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Golden cases: fixtures/PARSER/CASE/input.* is read by PARSER, and what it gives must be what
 * expected.txt beside it says. GOLDEN=write writes the file; the review is the diff. A folder called
 * not_mine holds input that the parser must not bid for. And a law over all of them: any cut of an
 * input parses without harm, and gives nothing that the whole does not give before the cut.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "parsers/format.h"
#include "parsers/parser.h"
#include "parsers/text.h"

#define CASES_MAX 1000

struct golden {
	char input[240], expected[240], parser[64];
	bool not_mine;
};

static struct str read_file(const char *path, struct buf *b)
{
	FILE *f = fopen(path, "rb");
	char block[65536];
	size_t n;

	b->n = 0;
	while (f && (n = fread(block, 1, sizeof(block), f)) > 0)
		buf_put(b, block, n);
	if (f)
		fclose(f);
	return buf_str(b);
}

static const char *const level_words[] = { "always", "critical", "error", "warning", "info", "verbose" };

static void tell_row(struct buf *out, const struct segment *s, size_t r)
{
	static const char *const bases[] = { "utc", "host", "unknown", "none" };
	char time[RFC3339_BYTES];
	struct row row;
	const struct kind *k;

	segment_row(s, r, &row);
	k = segment_kind(s, row.kind);
	buf_printf(out, "%s %llu %s %s", row.flags & ROW_FACT ? "fact" : "event",
		(unsigned long long)row.number, bases[row.basis],
		row.basis == BASIS_NONE ? "-" : time_rfc3339(row.time_100ns, time));
	if (row.flags & ROW_DATE_MONTH_FIRST)
		buf_printf(out, " month-first?");
	buf_printf(out, " %.*s", STR_ARG(k->provider));
	if (k->has_id)
		buf_printf(out, " %u", k->id);
	if (k->source.n)
		buf_printf(out, " [%.*s]", STR_ARG(k->source));
	if (k->channel.n)
		buf_printf(out, " on %.*s", STR_ARG(k->channel));
	if (k->computer.n)
		buf_printf(out, " at %.*s", STR_ARG(k->computer));
	if (k->level <= LEVEL_VERBOSE)
		buf_printf(out, " %s", level_words[k->level]);
	for (size_t i = 0; i < segment_field_count(s, r); i++) {
		struct field f;

		segment_field(s, r, i, &f);
		buf_printf(out, "\n    %.*s = ", STR_ARG(f.name));
		buf_field(out, &f);
	}
	if (row.message.n)
		buf_printf(out, "\n    : %.*s", STR_ARG(row.message));
	buf_putc(out, '\n');
}

static int tell(void *to, const void *bytes, size_t size_bytes, uint64_t end_offset)
{
	struct err e = { 0 };
	void *copy = memcpy(xmalloc(size_bytes), bytes, size_bytes);
	struct segment *s = segment_open(copy, size_bytes, &e);

	(void)end_offset;
	cr_assert_not_null(s, "%s", e.text);
	for (size_t r = 0; r < segment_rows(s); r++)
		tell_row(to, s, r);
	for (size_t i = 0; i < segment_notes(s); i++) {
		struct segment_note n;

		segment_note(s, i, &n);
		buf_printf(to, "note @%llu %.*s\n", (unsigned long long)n.offset, STR_ARG(n.text));
	}
	segment_close(s);
	free(copy);
	return 0;
}

static void parse_bytes(const struct parser *p, const char *name, struct str bytes, struct buf *out)
{
	struct member_view m = { .name = str_of(name), .size = bytes.n, .held = bytes.n, .to = bytes.n,
		.a = arena_new() };
	/* A block of that very size, so that a sanitizer sees any read behind it. */
	uint8_t *data = memcpy(xmalloc(bytes.n), bytes.p ? bytes.p : "", bytes.n);
	struct sink *sink = sink_new(p->name, p->version, tell, out);
	struct err e = { 0 };
	int rc;

	m.data = data;
	rc = p->parse(&m, sink, &e);
	sink_finish(sink);
	sink_free(sink);
	buf_printf(out, "result %s\n", rc ? e.text : "ok");
	arena_free(m.a);
	free(data);
}

static int bid_of(const struct parser *p, const char *name, struct str bytes)
{
	char *text = xmalloc(HEAD_BYTES * 3);
	struct probe probe = { .name = str_of(name), .path = str_of(name), .size = bytes.n,
		.head = str_sub(bytes, 0, HEAD_BYTES) };
	int bid;

	probe.text = str_make(text,
		text_head((const uint8_t *)probe.head.p, probe.head.n, text, HEAD_BYTES * 3));
	bid = p->bid(&probe);
	free(text);
	return bid;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool golden_of(const char *path, struct golden *g)
{
	char folder[64], name[64];

	if (sscanf(path, "fixtures/%63[^/]/%63[^/]/", folder, name) != 2 ||
		!parser_find(str_of(folder)))
		return false;
	*g = (struct golden){ .not_mine = strcmp(name, "not_mine") == 0 };
	snprintf(g->input, sizeof(g->input), "%s", path);
	snprintf(g->parser, sizeof(g->parser), "%s", folder);
	snprintf(g->expected, sizeof(g->expected), "fixtures/%s/%s/expected.txt", folder, name);
	return true;
}

ParameterizedTestParameters(golden, every_case_gives_what_it_should)
{
	static struct golden cases[CASES_MAX];
	size_t n = 0;
	glob_t g = { 0 };

	glob("fixtures/*/*/input.*", 0, NULL, &g);
	for (size_t i = 0; i < g.gl_pathc && n < CASES_MAX; i++)
		n += golden_of(g.gl_pathv[i], &cases[n]);
	globfree(&g);
	return cr_make_param_array(struct golden, cases, n);
}

static void compare(const struct golden *g, const struct buf *got)
{
	struct buf want = { 0 };
	FILE *f;

	if (getenv("GOLDEN") && strcmp(getenv("GOLDEN"), "write") == 0) {
		f = fopen(g->expected, "wb");
		cr_assert_not_null(f);
		fwrite(got->p, 1, got->n, f);
		fclose(f);
	}
	read_file(g->expected, &want);
	cr_expect(str_eq(buf_str(got), buf_str(&want)), "%s: what came out:\n%.*s\nwhat should:\n%.*s",
		g->input, (int)got->n, got->p, (int)want.n, want.p);
	buf_free(&want);
}

/* A line that begins so: the value that the cut went through may be shorter. */
static bool has_line(struct str text, struct str wanted)
{
	struct str line;

	while (str_split(&text, '\n', &line))
		if (str_starts(line, wanted))
			return true;
	return false;
}

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

/* Where the last row begins: the cut may go through it. */
static size_t last_row(struct str out)
{
	size_t last = 0;

	for (size_t i = 0; i < out.n; i++)
		if ((i == 0 || out.p[i - 1] == '\n') && (str_starts(str_from(out, i), STR("event ")) ||
							 str_starts(str_from(out, i), STR("fact "))))
			last = i;
	return last;
}

/*
 * All but the last row. Left out is what hangs on bytes behind the cut: the code page, and the log's
 * name, which GetEvents writes at the end of its export.
 */
static void expect_known(struct str cut, struct str whole, const char *name, size_t n)
{
	struct str rest = str_sub(cut, 0, last_row(cut)), line;

	while (str_split(&rest, '\n', &line))
		if (is_ascii(line) && !str_starts(line, STR("note ")) &&
			!(str_starts(line, STR("event ")) && strstr(name, "getevents")))
			cr_expect(has_line(whole, line), "%s cut at %zu gives '%.*s'", name, n, STR_ARG(line));
}

static void try_cuts(const struct parser *p, const char *path, struct str bytes, struct str whole)
{
	size_t step = bytes.n / 97 + 1;

	for (size_t n = 0; n < bytes.n; n += step) {
		struct buf out = { 0 };

		parse_bytes(p, base_name(path), str_sub(bytes, 0, n), &out);
		expect_known(buf_str(&out), whole, path, n);
		buf_free(&out);
	}
}

ParameterizedTest(struct golden *g, golden, every_case_gives_what_it_should)
{
	const struct parser *p = parser_find(str_of(g->parser));
	const char *name = base_name(g->input);
	struct buf bytes = { 0 }, got = { 0 };
	struct err e = { 0 };
	int bid;

	cr_assert_eq(formats_load(NULL, 0, &e), 0, "%s", e.text);
	read_file(g->input, &bytes);
	bid = bid_of(p, name, buf_str(&bytes));
	if (g->not_mine) {
		cr_expect_eq(bid, 0, "%s: %s bids %d", g->input, g->parser, bid);
	} else {
		buf_printf(&got, "bid %d\n", bid);
		parse_bytes(p, name, buf_str(&bytes), &got);
		compare(g, &got);
		try_cuts(p, g->input, buf_str(&bytes), buf_str(&got));
	}
	buf_free(&bytes);
	buf_free(&got);
	formats_free();
}
