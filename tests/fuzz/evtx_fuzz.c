/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an EVTX file, or as the chunk of one: parsed, and each row shown. */
#include "parsers/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libevtx leaves parts of damaged records behind; that is its own affair. */
__attribute__((weak)) const char *__lsan_default_suppressions(void);
__attribute__((weak)) const char *__lsan_default_suppressions(void)
{
	return "leak:libevtx";
}

__attribute__((weak)) const char *__lsan_default_options(void);
__attribute__((weak)) const char *__lsan_default_options(void)
{
	return "print_suppressions=0";
}

static int take(void *to, const void *bytes, size_t size_bytes, uint64_t end_offset)
{
	const struct member_view *m = to;
	struct err e = { 0 };
	struct segment *s = segment_open(bytes, size_bytes, &e);

	(void)end_offset;
	if (!s)
		abort();
	for (size_t i = 0; i < segment_rows(s); i++) {
		struct row row;
		struct buf out = { 0 };

		segment_row(s, i, &row);
		parser_find(STR("evtx"))->show(m, row.number, row.offset, &out, &e);
		buf_free(&out);
	}
	segment_close(s);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct member_view m = { .data = data, .held = size, .size = size, .to = size };
	struct sink *s = sink_new("evtx", 1, take, &m);
	struct err e = { 0 };

	parser_find(STR("evtx"))->parse(&m, s, &e);
	sink_finish(s);
	sink_free(s);
	return 0;
}
