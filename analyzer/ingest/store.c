/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/ingest/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analyzer/base/buf.h"

#define WINDOW_BYTES_MIN ((size_t)1024 * 1024)
#define WINDOW_BYTES_MAX ((size_t)64 * 1024 * 1024)

struct window {
	char *p;
	size_t used, size;
};

struct store {
	int fd;
	uint64_t file_bytes;
	VEC(struct window) windows;
	char block[256 * 1024];
};

int unlinked_file(const char *dir, struct err *e)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char name[4096];

	if (fd >= 0)
		return fd;
	/* Some file systems have no O_TMPFILE: a name that is removed at once does the same. */
	snprintf(name, sizeof(name), "%s/.caseline-XXXXXX", dir);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return err_set(e, E_OUTPUT, "%s: no work file can be made: %s", dir, strerror(errno));
	unlink(name);
	return fd;
}

struct store *store_new(const char *dir, struct err *e)
{
	int fd = unlinked_file(dir, e);
	struct store *s;

	if (fd < 0)
		return NULL;
	s = xmalloc(sizeof(*s));
	memset(s, 0, sizeof(*s));
	s->fd = fd;
	return s;
}

void store_free(struct store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->windows.n; i++)
		munmap(s->windows.v[i].p, s->windows.v[i].size);
	free(s->windows.v);
	close(s->fd);
	free(s);
}

static struct window *window_for(struct store *s, size_t size_bytes, struct err *e)
{
	/* Each as large as all before it: a small case takes little, a large one few windows. */
	struct window w = { .size = (size_t)s->file_bytes };

	if (s->windows.n) {
		struct window *last = &s->windows.v[s->windows.n - 1];

		if (last->size - last->used >= size_bytes)
			return last;
	}
	if (w.size < WINDOW_BYTES_MIN)
		w.size = WINDOW_BYTES_MIN;
	if (w.size > WINDOW_BYTES_MAX)
		w.size = WINDOW_BYTES_MAX;
	if (size_bytes > w.size)
		w.size = (size_bytes + 4095) & ~(size_t)4095;
	/* posix_fallocate, not a hole: a full disk must be an error here and not a signal later. */
	errno = posix_fallocate(s->fd, (off_t)s->file_bytes, (off_t)w.size);
	if (errno) {
		err_set(e, E_OUTPUT, "the work file can't grow to %llu bytes: %s",
			(unsigned long long)(s->file_bytes + w.size), strerror(errno));
		return NULL;
	}
	w.p = mmap(NULL, w.size, PROT_READ, MAP_SHARED, s->fd, (off_t)s->file_bytes);
	if (w.p == MAP_FAILED) {
		err_set(e, E_OUTPUT, "the work file can't be mapped: %s", strerror(errno));
		return NULL;
	}
	s->file_bytes += w.size;
	vec_push(&s->windows, w);
	return &s->windows.v[s->windows.n - 1];
}

/* Written, not copied into the mapping: a page that is touched first is filled with zeros for nothing. */
static int copy_to(struct store *s, uint64_t at, int fd, size_t size_bytes, struct err *e)
{
	for (size_t done = 0; done < size_bytes;) {
		size_t left = size_bytes - done;
		ssize_t n = pread(fd, s->block, left < sizeof(s->block) ? left : sizeof(s->block), (off_t)done);

		if (n <= 0)
			return err_set(e, E_DAMAGED, "a segment is shorter than it claims");
		for (ssize_t out = 0, k; out < n; out += k) {
			k = pwrite(s->fd, s->block + out, (size_t)(n - out), (off_t)(at + done + (size_t)out));
			if (k <= 0)
				return err_set(e, E_OUTPUT, "the work file can't be written: %s", strerror(errno));
		}
		done += (size_t)n;
	}
	return 0;
}

const void *store_take(struct store *s, int fd, size_t size_bytes, struct err *e)
{
	struct window *w = window_for(s, size_bytes, e);
	char *to;

	if (!w)
		return NULL;
	to = w->p + w->used;
	if (copy_to(s, s->file_bytes - w->size + w->used, fd, size_bytes, e))
		return NULL;
	w->used += (size_bytes + 15) & ~(size_t)15;
	if (w->used > w->size)
		w->used = w->size;
	return to;
}
