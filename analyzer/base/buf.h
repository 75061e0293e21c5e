/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer, and growing arrays. Both are freed by their owner.
 */
#ifndef CASELINE_BASE_BUF_H
#define CASELINE_BASE_BUF_H

#include "analyzer/base/arena.h"

struct buf {
	char *p;
	size_t n, cap;
};

void buf_free(struct buf *b);
void buf_grow(struct buf *b, size_t more_bytes);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_u64(struct buf *b, uint64_t v);   /* decimal */

static inline void buf_reserve(struct buf *b, size_t more_bytes)
{
	if (more_bytes > b->cap - b->n)
		buf_grow(b, more_bytes);
}

static inline void buf_put(struct buf *b, const void *p, size_t n)
{
	if (!n)
		return;
	buf_reserve(b, n);
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

static inline void buf_putc(struct buf *b, char c)
{
	buf_reserve(b, 1);
	b->p[b->n++] = c;
}

static inline void buf_puts(struct buf *b, struct str s)
{
	buf_put(b, s.p, s.n);
}

static inline struct str buf_str(const struct buf *b)
{
	return str_make(b->p, b->n);
}

/* VEC(type) list = { 0 }; vec_push(&list, item); free(list.v) when done. */
#define VEC(type)                   \
	struct {                    \
		type *v;            \
		size_t n, cap;      \
	}

#define vec_push(vec, ...)                                                                     \
	do {                                                                                   \
		(vec)->v = vec_room((vec)->v, (vec)->n, &(vec)->cap, sizeof(*(vec)->v));       \
		(vec)->v[(vec)->n++] = __VA_ARGS__;                                            \
	} while (0)

/* Makes room for one more element. */
void *vec_room(void *v, size_t n, size_t *cap, size_t element_bytes);

#endif
