/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arenas: memory that is freed together. Nobody frees a single object. Running out of memory ends
 * the process with a message: in a worker that costs one member, which the caller then names.
 * With ARENA_DEBUG each object is a malloc of its own, so that sanitizers see every overrun.
 */
#ifndef CASELINE_BASE_ARENA_H
#define CASELINE_BASE_ARENA_H

#include "analyzer/base/str.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a);                         /* NULL is fine */
void *arena_alloc(struct arena *a, size_t size_bytes);    /* zeroed, aligned for any type */
void *arena_dup(struct arena *a, const void *p, size_t size_bytes);
char *arena_cstr(struct arena *a, struct str s);          /* a NUL-terminated copy */
struct str arena_str(struct arena *a, struct str s);      /* a copy, NUL behind it */
struct str arena_printf(struct arena *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
size_t arena_used(const struct arena *a);                 /* bytes handed out so far */

#define arena_array(a, type, n) ((type *)arena_alloc((a), sizeof(type) * (size_t)(n)))

/* malloc and realloc that do not return on failure. */
void *xmalloc(size_t size_bytes) __attribute__((returns_nonnull));
void *xrealloc(void *p, size_t size_bytes) __attribute__((returns_nonnull));

#endif
