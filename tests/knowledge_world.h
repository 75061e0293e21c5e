/* SPDX-License-Identifier: Apache-2.0 */
/* The small knowledge of the engine's own tests, tests/knowledge/storage.yaml. */
#ifndef CASELINE_TESTS_KNOWLEDGE_WORLD_H
#define CASELINE_TESTS_KNOWLEDGE_WORLD_H

#include <criterion/criterion.h>

#include "analyzer/correlate/knowledge.h"

static inline void read_file(const char *path, struct buf *b)
{
	FILE *f = fopen(path, "rb");

	cr_assert(f, "%s", path);
	buf_reserve(b, 1 << 20);
	b->n = fread(b->p, 1, 1 << 20, f);
	fclose(f);
}

static inline struct knowledge *small_world(void)
{
	struct knowledge *kb = knowledge_new();
	struct buf b = { 0 };

	read_file("tests/knowledge/storage.yaml", &b);
	knowledge_add(kb, "tests/knowledge/storage.yaml", buf_str(&b), false);
	knowledge_finish(kb);
	buf_free(&b);
	return kb;
}

#endif
