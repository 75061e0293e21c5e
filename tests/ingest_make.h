/* SPDX-License-Identifier: Apache-2.0 */
/* One run of ingest over bundles made for a test, in a folder that goes away with it. */
#ifndef CASELINE_TESTS_INGEST_MAKE_H
#define CASELINE_TESTS_INGEST_MAKE_H

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <stdlib.h>
#include <unistd.h>

#include "analyzer/base/sha256.h"
#include "analyzer/ingest/evidence.h"
#include "tests/make_archive.h"
#include "tests/make_evtx.h"

struct run {
	char dir[64];
	struct ingest_options o;
	VEC(const char *) bundles;
	struct evidence ev;
	struct err e;
	int rc;
	struct arena *a;
};

static inline void run_start(struct run *r)
{
	*r = (struct run){ .dir = "/tmp/caseline-test-XXXXXX", .a = arena_new() };
	cr_assert_not_null(mkdtemp(r->dir));
	r->o.jobs = 2;
	r->o.work_dir = r->dir;
}

/* Writes a file below the run's folder; gives its whole path. */
static inline const char *run_file(struct run *r, const char *name, struct str bytes)
{
	char *path = arena_cstr(r->a, arena_printf(r->a, "%s/%s", r->dir, name));
	FILE *f;

	for (char *slash = path + strlen(r->dir) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	f = fopen(path, "wbe");
	cr_assert_not_null(f, "%s", path);
	cr_assert_eq(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
	fclose(f);
	return path;
}

static inline void run_bundle(struct run *r, const char *name, struct str bytes)
{
	const char *path = run_file(r, name, bytes);

	vec_push(&r->bundles, path);
}

static inline void run_go(struct run *r)
{
	r->rc = ingest_run(&r->o, r->bundles.v, r->bundles.n, &r->ev, &r->e);
}

/* The same run again, with other options. */
static inline void run_again(struct run *r)
{
	evidence_free(&r->ev);
	run_go(r);
}

static inline int run_remove(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

static inline void run_end(struct run *r)
{
	evidence_free(&r->ev);
	free(r->bundles.v);
	arena_free(r->a);
	nftw(r->dir, run_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static inline const struct member *run_find(const struct run *r, const char *path)
{
	for (size_t i = 0; i < r->ev.members.n; i++)
		if (str_eq(r->ev.members.v[i].path, str_of(path)))
			return &r->ev.members.v[i];
	return NULL;
}

static inline struct str run_paths(const struct run *r)
{
	struct buf b = { 0 };
	struct str s;

	for (size_t i = 0; i < r->ev.members.n; i++)
		buf_printf(&b, "\n  %.*s: %s %.*s", STR_ARG(r->ev.members.v[i].path),
			member_status_name(r->ev.members.v[i].status),
			STR_ARG(r->ev.members.v[i].error));
	for (size_t i = 0; i < r->ev.losses.n; i++)
		buf_printf(&b, "\n  loss: %.*s", STR_ARG(r->ev.losses.v[i]));
	buf_printf(&b, "\n  rc %d %s", r->rc, r->e.text);
	s = arena_str(r->a, buf_str(&b));
	buf_free(&b);
	return s;
}

/* The member, which must be there. */
static inline const struct member *run_get(const struct run *r, const char *path)
{
	const struct member *m = run_find(r, path);

	cr_assert_not_null(m, "no member %s among:%s", path, run_paths(r).p);
	return m;
}

static inline void expect_bytes(const struct run *r, const char *path, struct str bytes)
{
	const struct member *m = run_get(r, path);
	char hex[65];

	sha256_hex(bytes.p, bytes.n, hex);
	cr_expect_eq(m->bytes, bytes.n, "%s: %llu bytes", path, (unsigned long long)m->bytes);
	cr_expect_str_eq(m->sha256, hex, "%s: sha256 %s", path, m->sha256);
}

static inline void expect_status(const struct run *r, const char *path, enum member_status s,
	const char *error)
{
	const struct member *m = run_get(r, path);

	cr_expect_eq(m->status, s, "%s is %s (%.*s)", path, member_status_name(m->status),
		STR_ARG(m->error));
	if (error)
		cr_expect(str_ifind(m->error, str_of(error)) >= 0, "%s: error is '%.*s', not '…%s…'",
			path, STR_ARG(m->error), error);
}

static inline bool has_loss(const struct run *r, const char *words)
{
	for (size_t i = 0; i < r->ev.losses.n; i++)
		if (str_ifind(r->ev.losses.v[i], str_of(words)) >= 0)
			return true;
	return false;
}

static inline uint64_t run_events(const struct run *r)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->ev.members.n; i++)
		n += r->ev.members.v[i].events;
	return n;
}

/* Everything that a report could see of the evidence, as one hash. */
static inline void run_digest(const struct run *r, char hex[65])
{
	struct buf b = { 0 };

	for (size_t i = 0; i < r->ev.members.n; i++) {
		const struct member *m = &r->ev.members.v[i];

		buf_printf(&b, "%.*s|%s|%.*s|%.*s|%.*s|%s|%llu|%llu|%llu|%lld\n", STR_ARG(m->path),
			member_status_name(m->status), STR_ARG(m->error), STR_ARG(m->type),
			STR_ARG(m->parser), m->sha256, (unsigned long long)m->bytes,
			(unsigned long long)m->events, (unsigned long long)m->notes,
			(long long)m->modified_100ns);
		for (size_t s = 0; s < m->segment_count; s++)
			for (size_t row = 0; row < segment_rows(m->segments[s]); row++) {
				struct row x;

				segment_row(m->segments[s], row, &x);
				buf_printf(&b, "%llu %llu %lld %u\n", (unsigned long long)x.number,
					(unsigned long long)x.offset, (long long)x.time_100ns, x.kind);
			}
	}
	for (size_t i = 0; i < r->ev.losses.n; i++)
		buf_printf(&b, "%.*s\n", STR_ARG(r->ev.losses.v[i]));
	sha256_hex(b.p, b.n, hex);
	buf_free(&b);
}

#endif
