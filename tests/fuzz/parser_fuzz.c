/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes to any parser of parsers.def: the first byte chooses, the rest is the member. */
#include <stdlib.h>

#include "parsers/format.h"
#include "parsers/parser.h"
#include "parsers/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct err e = { 0 };

	(void)argc, (void)argv;
	if (formats_load(NULL, 0, &e))
		abort();
	return 0;
}

/* What a parser gives must pass the check that the case relies on. */
static int take(void *to, const void *bytes, size_t size_bytes, uint64_t end_offset)
{
	struct err e = { 0 };
	struct segment *s = segment_open(bytes, size_bytes, &e);

	(void)to, (void)end_offset;
	if (!s)
		abort();
	segment_close(s);
	return 0;
}

static void bid_all(const uint8_t *data, size_t size)
{
	char *text = xmalloc(HEAD_BYTES * 3);
	struct probe p = { .name = STR("a.log"), .path = STR("a.log"), .size = size,
		.head = str_sub(str_make((const char *)data, size), 0, HEAD_BYTES) };
	int bid;

	p.text = str_make(text, text_head(data, p.head.n, text, HEAD_BYTES * 3));
	parser_choose(&p, &bid);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct member_view m;
	const struct parser *p;
	struct err e = { 0 };
	struct sink *s;
	size_t n = 0;

	if (size == 0)
		return 0;
	while (parser_list[n])
		n++;
	p = parser_list[data[0] % n];
	m = (struct member_view){ .name = STR("a.log"), .data = data + 1, .held = size - 1,
		.size = size - 1, .to = size - 1, .a = arena_new() };
	bid_all(m.data, size - 1);
	s = sink_new(p->name, p->version, take, NULL);
	p->parse(&m, s, &e);
	sink_finish(s);
	sink_free(s);
	arena_free(m.a);
	return 0;
}
