/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ARENA_BLOCK_BYTES ((size_t)64 * 1024)

struct block {
	struct block *next;
	size_t used, cap;
	_Alignas(16) unsigned char data[];
};

struct arena {
	struct block *blocks;
	size_t used;
};

static _Noreturn void out_of_memory(size_t size_bytes)
{
	fprintf(stderr, "caseline: out of memory (%zu bytes wanted)\n", size_bytes);
	abort();
}

void *xmalloc(size_t size_bytes)
{
	void *p = malloc(size_bytes ? size_bytes : 1);

	if (!p)
		out_of_memory(size_bytes);
	return p;
}

void *xrealloc(void *p, size_t size_bytes)
{
	p = realloc(p, size_bytes ? size_bytes : 1);
	if (!p)
		out_of_memory(size_bytes);
	return p;
}

struct arena *arena_new(void)
{
	struct arena *a = xmalloc(sizeof(*a));

	*a = (struct arena){ 0 };
	return a;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	while (a->blocks) {
		struct block *next = a->blocks->next;

		free(a->blocks);
		a->blocks = next;
	}
	free(a);
}

static struct block *block_new(struct arena *a, size_t cap)
{
	struct block *b;

	if (cap > SIZE_MAX - sizeof(*b))
		out_of_memory(cap);
	b = xmalloc(sizeof(*b) + cap);
	b->cap = cap;
	b->used = 0;
	b->next = a->blocks;
	a->blocks = b;
	return b;
}

void *arena_alloc(struct arena *a, size_t size_bytes)
{
	struct block *b = a->blocks;
	size_t want;
	void *p;

	if (size_bytes > SIZE_MAX / 2)
		out_of_memory(size_bytes);
	want = (size_bytes + 15) & ~(size_t)15;
#ifdef ARENA_DEBUG
	b = block_new(a, size_bytes);
#else
	if (!b || b->cap - b->used < want)
		b = block_new(a, want > ARENA_BLOCK_BYTES / 4 ? want : ARENA_BLOCK_BYTES);
#endif
	p = b->data + b->used;
	b->used += want;
	a->used += size_bytes;
	return memset(p, 0, size_bytes);
}

void *arena_dup(struct arena *a, const void *p, size_t size_bytes)
{
	void *copy = arena_alloc(a, size_bytes);

	if (size_bytes)
		memcpy(copy, p, size_bytes);
	return copy;
}

char *arena_cstr(struct arena *a, struct str s)
{
	char *copy = arena_alloc(a, s.n + 1);

	if (s.n)
		memcpy(copy, s.p, s.n);
	return copy;
}

struct str arena_str(struct arena *a, struct str s)
{
	return str_make(arena_cstr(a, s), s.n);
}

struct str arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	char *p;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		return str_make("", 0);
	p = arena_alloc(a, (size_t)n + 1);
	va_start(args, format);
	vsnprintf(p, (size_t)n + 1, format, args);
	va_end(args);
	return str_make(p, (size_t)n);
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}
