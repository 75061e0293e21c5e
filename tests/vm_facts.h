/* SPDX-License-Identifier: Apache-2.0 */
/* What a parser gives for bytes, one row a line: "type name=value name=value". */
#ifndef CASELINE_TESTS_VM_FACTS_H
#define CASELINE_TESTS_VM_FACTS_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "parsers/parser.h"

static inline int facts_take(void *to, const void *bytes, size_t size_bytes, uint64_t end_offset)
{
	struct err e = { 0 };
	void *copy = memcpy(xmalloc(size_bytes), bytes, size_bytes);
	struct segment *s = segment_open(copy, size_bytes, &e);

	(void)end_offset;
	cr_assert_not_null(s, "%s", e.text);
	for (size_t r = 0; r < segment_rows(s); r++) {
		struct row row;

		segment_row(s, r, &row);
		buf_puts(to, segment_kind(s, row.kind)->provider);
		for (size_t i = 0; i < segment_field_count(s, r); i++) {
			struct field f;

			segment_field(s, r, i, &f);
			buf_printf(to, " %.*s=", STR_ARG(f.name));
			buf_field(to, &f);
		}
		buf_putc(to, '\n');
	}
	for (size_t i = 0; i < segment_notes(s); i++) {
		struct segment_note n;

		segment_note(s, i, &n);
		buf_printf(to, "note %.*s\n", STR_ARG(n.text));
	}
	segment_close(s);
	free(copy);
	return 0;
}

/* The member has `size` bytes, of which the first `held` and the last `tail` are given. */
static inline void facts_of_window(const char *parser, const char *name, const uint8_t *p, size_t size,
	size_t held, size_t tail, struct buf *out)
{
	const struct parser *parse = parser_find(str_of(parser));
	struct member_view m = { .name = str_of(name), .size = size, .held = held, .to = held,
		.a = arena_new() };
	uint8_t *data = memcpy(xmalloc(held), p, held), *end = NULL;
	struct sink *sink = sink_new(parser, 1, facts_take, out);
	struct err e = { 0 };

	m.data = data;
	if (tail) {
		end = memcpy(xmalloc(tail), p + size - tail, tail);
		m.tail = end;
		m.tail_held = tail;
	}
	if (parse->parse(&m, sink, &e) < 0)
		buf_printf(out, "error %s\n", e.text);
	cr_assert_eq(sink_finish(sink), 0);
	sink_free(sink);
	arena_free(m.a);
	free(data);
	free(end);
	buf_putc(out, '\0');
	out->n--;
}

static inline bool facts_have(const struct buf *out, const char *text)
{
	return out->n && strstr(out->p, text) != NULL;
}

/* A corpus file; skips the test where there is none. */
static inline uint8_t *facts_corpus(const char *name, size_t *n)
{
	const char *shared = getenv("CASELINE_SHARED");
	char path[400];
	uint8_t *p;
	FILE *f;

	snprintf(path, sizeof(path), "%s/corpus/vm/%s", shared ? shared : "../shared", name);
	f = fopen(path, "rb");
	if (!f)
		cr_skip_test("no corpus: %s", path);
	p = xmalloc((size_t)64 * 1024 * 1024);
	*n = fread(p, 1, (size_t)64 * 1024 * 1024, f);
	fclose(f);
	return p;
}

#endif
