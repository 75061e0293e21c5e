/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Views of text: pointer and length, never NUL-terminated by promise. A view owns nothing.
 */
#ifndef CASELINE_BASE_STR_H
#define CASELINE_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
#define STR_ARG(s) (int)(s).n, (s).p /* for "%.*s" */

static inline struct str str_make(const char *p, size_t n)
{
	return (struct str){ p, n };
}

/* A view of a C string; NULL gives the empty view. */
static inline struct str str_of(const char *c)
{
	return (struct str){ c, c ? strlen(c) : 0 };
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int str_cmp(struct str a, struct str b);   /* bytewise order, a shorter prefix first */
int str_icmp(struct str a, struct str b);  /* the same with ASCII letters folded */
bool str_ieq(struct str a, struct str b);  /* equal with ASCII letters folded */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_istarts(struct str s, struct str prefix);
bool str_iends(struct str s, struct str suffix);
ptrdiff_t str_find(struct str s, struct str needle);   /* -1 where absent */
ptrdiff_t str_ifind(struct str s, struct str needle);  /* the same with ASCII letters folded */
ptrdiff_t str_chr(struct str s, char c);
ptrdiff_t str_rchr(struct str s, char c);

/* The part from `from` on, at most `n` bytes; out of range gives the empty view. */
struct str str_sub(struct str s, size_t from, size_t n);
struct str str_from(struct str s, size_t from);
struct str str_trim(struct str s);         /* without ASCII white space at both ends */

/* Takes the text up to `sep` (or all) off the front of *rest; false once nothing is left. */
bool str_split(struct str *rest, char sep, struct str *part);
/* Takes one line off, ended by LF, CRLF or CR; false at the end. */
bool str_line(struct str *rest, struct str *line);

/* Whole-string numbers. The number must fill `s`; no sign for the unsigned ones. */
bool str_to_u64(struct str s, int base, uint64_t *out);
bool str_to_i64(struct str s, int64_t *out);

/* '*' and '?' wildcards over the whole text, ASCII letters folded. Linear in practice, no recursion. */
bool str_glob(struct str pattern, struct str s);

uint64_t str_hash(struct str s);           /* the same on every machine and run */
uint64_t str_ihash(struct str s);          /* equal for texts that str_ieq calls equal */

static inline char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

#endif
