/* SPDX-License-Identifier: Apache-2.0 */
/* The bundles as given on the command line: archives, folders, single files, standard input. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/ingest/archive.h"
#include "analyzer/ingest/archive_name.h"
#include "analyzer/ingest/ingest_parts.h"

#define FOLDER_DEPTH_MAX 64

struct folder_walk {
	struct run *r;
	uint32_t bundle;
	struct str prefix;           /* of member paths: the bundle's name where there are several */
};

static struct str base_name(struct run *r, const char *path)
{
	struct str s = str_of(path);

	while (s.n > 1 && s.p[s.n - 1] == '/')
		s.n--;
	s = str_from(s, (size_t)(str_rchr(s, '/') + 1));
	if (str_eq(s, STR(".")) || str_eq(s, STR("..")) || !s.n)
		s = STR("folder");
	return arena_str(r->ev->a, s);
}

static void add_unread(struct run *r, uint32_t bundle, struct str path, enum member_status status,
	const char *why)
{
	uint32_t i = item_add(r, bundle, path);

	item_set(&r->items.v[i], status, arena_str(r->ev->a, str_of(why)));
	r->items.v[i].users = 1;
	item_release(r, i);
}

struct identity identity_of(const struct stat *st)
{
	return (struct identity){ st->st_dev, st->st_ino, st->st_size, st->st_mtim };
}

bool identity_same(const struct identity *a, const struct identity *b)
{
	return a->device == b->device && a->inode == b->inode && a->size_bytes == b->size_bytes &&
	       a->modified.tv_sec == b->modified.tv_sec && a->modified.tv_nsec == b->modified.tv_nsec;
}

/* `source`: the path in the bundle's folder; NULL: the bundle is this file. */
static uint32_t add_file(struct run *r, uint32_t bundle, struct str path, int fd, const struct stat *st,
	const char *source)
{
	uint32_t i = item_add(r, bundle, path);
	struct item *it = &r->items.v[i];

	it->fd = fd;
	it->source = source;
	it->before = identity_of(st);
	it->m.bytes = it->held = (uint64_t)st->st_size;
	it->hash = true;
	it->m.modified_100ns = st->st_mtim.tv_sec * TICKS_SECOND + TICKS_UNIX_EPOCH;
	r->progress.bytes_seen += it->m.bytes;
	if (it->m.bytes > r->limits.member_bytes) {
		it->users = 1;
		item_set(it, MEMBER_LIMIT, arena_printf(r->ev->a, "larger than %llu bytes (--max-member)",
			(unsigned long long)r->limits.member_bytes));
		item_release(r, i);
	} else {
		item_dispatch(r, i, 0);
	}
	return i;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder, sorted; the caller frees each and the list. */
static char **list_folder(int fd, size_t *n)
{
	VEC(char *) names = { 0 };
	DIR *dir = fdopendir(fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
			struct str s = str_of(entry->d_name);
			char *copy = xmalloc(s.n + 1);

			memcpy(copy, s.p, s.n + 1);
			vec_push(&names, copy);
		}
	if (names.n)
		qsort(names.v, names.n, sizeof(*names.v), by_name);
	if (dir)
		closedir(dir);
	*n = names.n;
	return names.v;
}

static void walk_folder(struct folder_walk *f, int fd, struct str prefix, unsigned depth);

static bool wanted(const struct run *r, struct str path)
{
	return !r->fetch.n || str_eq(path, r->fetch) ||
	       (str_starts(r->fetch, path) && strchr("/!", r->fetch.p[path.n]));
}

static void visit(struct folder_walk *f, int parent, const char *name, struct str raw, unsigned depth)
{
	struct str path = arena_printf(f->r->ev->a, "%.*s%.*s", STR_ARG(f->prefix),
		STR_ARG(archive_name(f->r->ev->a, raw)));
	struct run *r = f->r;
	struct stat st;
	int fd;

	if (!wanted(r, path))
		return;
	if (r->items.n >= r->limits.members) {
		loss_add(r, "more than %llu members in all (--max-members): the rest is not listed",
			(unsigned long long)r->limits.members);
		return;
	}
	/* Links are not followed, and a FIFO must not block us. */
	fd = openat(parent, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) {
		add_unread(r, f->bundle, path, errno == ELOOP ? MEMBER_LISTED : MEMBER_FAILED,
			errno == ELOOP ? "a link; it is listed and not followed" : strerror(errno));
		return;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		if (r->fetch.n && str_eq(path, r->fetch)) {
			r->fetch_fd = fd;
			r->fetch_size = (uint64_t)st.st_size;
			r->stop = true;
			return;
		}
		add_file(r, f->bundle, path, fd, &st, raw.p);
	} else if (S_ISDIR(st.st_mode) && depth < FOLDER_DEPTH_MAX) {
		walk_folder(f, fd, arena_printf(r->ev->a, "%.*s/", STR_ARG(raw)), depth + 1);
	} else if (S_ISDIR(st.st_mode)) {
		add_unread(r, f->bundle, path, MEMBER_LIMIT, "folders nested too deep");
		close(fd);
	} else {
		add_unread(r, f->bundle, path, MEMBER_LISTED, "a device or the like");
		close(fd);
	}
}

/* Takes over `fd`. */
static void walk_folder(struct folder_walk *f, int fd, struct str prefix, unsigned depth)
{
	int keep = dup(fd);
	size_t n;
	char **names = list_folder(fd, &n);

	for (size_t i = 0; i < n; i++) {
		struct str raw = arena_printf(f->r->ev->a, "%.*s%s", STR_ARG(prefix), names[i]);

		visit(f, keep, names[i], raw, depth);
		free(names[i]);
	}
	free(names);
	close(keep);
}

/* Standard input goes through an unlinked file, for archives are read from both ends. */
static int spool_stdin(struct run *r)
{
	int fd = unlinked_file(r->work_dir, r->e);
	char *block = xmalloc(65536);
	ssize_t n = 0;

	while (fd >= 0 && ((n = read(STDIN_FILENO, block, 65536)) > 0 ||
				  (n < 0 && errno == EINTR && !run_interrupted(r))))
		if (n > 0 && write(fd, block, (size_t)n) != n) {
			err_set(r->e, E_OUTPUT, "standard input does not fit into %s: %s", r->work_dir,
				strerror(errno));
			close(fd);
			fd = -1;
		}
	free(block);
	return fd;
}

static int open_source(struct run *r, const char *path)
{
	int fd;

	if (strcmp(path, "-") == 0)
		return spool_stdin(r);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		err_set(r->e, E_INPUT, "%s: %s", path, strerror(errno));
	return fd;
}

/* Hashed in one pass of its own, beside the unpacking, which jumps about. */
static void add_archive(struct run *r, uint32_t bundle, struct str prefix)
{
	struct job j = { .kind = JOB_ARCHIVE, .item = UINT32_MAX, .bundle = bundle, .fd = -1,
		.prefix = prefix, .name = r->ev->bundles.v[bundle].name };

	vec_push(&r->archive_queue, j);
	j.kind = JOB_HASH;
	if (!r->fetch.n)
		vec_push(&r->hash_queue, j);
}

static void add_single_file(struct run *r, uint32_t bundle, struct str prefix, const struct stat *st)
{
	struct str path = arena_printf(r->ev->a, "%.*s%.*s", STR_ARG(prefix),
		STR_ARG(r->ev->bundles.v[bundle].name));
	int fd = dup(r->sources.v[bundle].fd);

	if (!r->fetch.n) {
		r->sources.v[bundle].item = add_file(r, bundle, path, fd, st, NULL);
	} else if (str_eq(r->fetch, path)) {
		r->fetch_fd = fd;
		r->fetch_size = (uint64_t)st->st_size;
		r->stop = true;
	} else {
		close(fd);
	}
}

static void add_content(struct run *r, uint32_t bundle, const struct stat *st, bool several)
{
	const struct source *s = &r->sources.v[bundle];
	struct str prefix = STR("");

	if (several)
		prefix = arena_printf(r->ev->a, "%.*s!/", STR_ARG(r->ev->bundles.v[bundle].name));
	if (S_ISDIR(st->st_mode)) {
		struct folder_walk f = { r, bundle, prefix };

		walk_folder(&f, dup(s->fd), STR(""), 0);
	} else if (archive_format_of(s->fd)) {
		add_archive(r, bundle, prefix);
	} else {
		add_single_file(r, bundle, prefix, st);
	}
}

/* A bundle that is not there is told; the others are read all the same. */
static int refuse(struct run *r, struct bundle *b, struct source *s)
{
	if (r->e->code != E_INPUT)
		return r->e->code;
	b->error = arena_str(r->ev->a, str_of(r->e->text));
	loss_add(r, "%s", r->e->text);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	vec_push(&r->ev->bundles, *b);
	vec_push(&r->sources, *s);
	return 0;
}

int source_add(struct run *r, const char *path, bool several)
{
	struct bundle b = { .path = arena_str(r->ev->a, str_of(path)), .error = STR("") };
	struct source s = { .fd = open_source(r, path), .path = path, .item = UINT32_MAX };
	bool standard_input = strcmp(path, "-") == 0;
	struct stat st;

	b.name = standard_input ? STR("stdin") : base_name(r, path);
	if (s.fd < 0)
		return refuse(r, &b, &s);
	if (fstat(s.fd, &st) != 0 || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))) {
		err_set(r->e, E_INPUT, "%s: neither a file nor a folder", path);
		return refuse(r, &b, &s);
	}
	s.before = identity_of(&st);
	s.file = S_ISREG(st.st_mode) && !standard_input;
	b.bytes = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	vec_push(&r->ev->bundles, b);
	vec_push(&r->sources, s);
	add_content(r, (uint32_t)r->ev->bundles.n - 1, &st, several);
	return 0;
}

void sources_close(struct run *r)
{
	for (size_t i = 0; i < r->sources.n; i++) {
		const struct source *s = &r->sources.v[i];
		struct identity open_now = { 0 }, named_now = { 0 };
		struct stat st;

		if (s->fd < 0)
			continue;
		if (fstat(s->fd, &st) == 0)
			open_now = identity_of(&st);
		if (stat(s->path, &st) == 0)
			named_now = identity_of(&st);
		if (s->file && (!identity_same(&s->before, &open_now) ||
				       !identity_same(&s->before, &named_now)))
			loss_add(r, "%s changed while it was read: what is told of it may not be what is there now",
				s->path);
		close(s->fd);
	}
}
