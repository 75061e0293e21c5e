/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of one entry: into memory or a work file, hashed, and never more than the limits say. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analyzer/ingest/archive_parts.h"
#include "analyzer/base/sha256.h"
#include "analyzer/ingest/worker_fault.h"

#define COPY_BYTES ((size_t)1024 * 1024)
#define RATIO_FREE_BYTES ((uint64_t)16 * 1024 * 1024)
#define WARNINGS_MAX 64

/* The last bytes of a stream whose head alone is kept. */
struct ring {
	char *p;
	uint64_t total;
};

struct unpack {
	struct walk *w;
	struct archive_entry_info *info;
	struct sha256 *hash;
	struct ring tail;
	uint64_t limit, keep;        /* unpacked bytes allowed; bytes kept from the start */
	bool spooled, decided, over_ratio;
};

static void ring_put(struct ring *r, const char *p, size_t n)
{
	size_t skip = n > WINDOW_TAIL_BYTES ? n - WINDOW_TAIL_BYTES : 0;

	if (!r->p)
		r->p = xmalloc(WINDOW_TAIL_BYTES);
	while (skip < n) {
		size_t at = (size_t)((r->total + skip) % WINDOW_TAIL_BYTES);
		size_t part = WINDOW_TAIL_BYTES - at < n - skip ? WINDOW_TAIL_BYTES - at : n - skip;

		memcpy(r->p + at, p + skip, part);
		skip += part;
	}
	r->total += n;
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

static uint64_t ring_write(const struct ring *r, int fd)
{
	uint64_t n = r->total < WINDOW_TAIL_BYTES ? r->total : WINDOW_TAIL_BYTES;
	uint64_t start = (r->total - n) % WINDOW_TAIL_BYTES, first = WINDOW_TAIL_BYTES - start;

	if (first > n)
		first = n;
	if (!r->p || !write_all(fd, r->p + start, first) || !write_all(fd, r->p, n - first))
		return 0;
	return n;
}

static void fail(struct unpack *u, enum member_status status, struct str why)
{
	u->info->error = why;
	u->info->status = status;
}

static bool copy_file(int from, int to, off_t size)
{
	char *block = xmalloc(COPY_BYTES);
	off_t at = 0;

	while (at < size) {
		ssize_t n = pread(from, block, COPY_BYTES, at);

		if (n <= 0 || !write_all(to, block, (size_t)n))
			break;
		at += n;
	}
	free(block);
	return at == size;
}

/* What is too large for memory goes on in an unlinked file of the parent's. */
static bool move_to_spool(struct unpack *u)
{
	const struct archive_job *job = u->w->job;
	int spool = job->spool ? job->spool(job->to) : -1;

	if (spool < 0 || !copy_file(u->info->fd, spool, (off_t)u->info->held)) {
		if (spool >= 0)
			close(spool);
		fail(u, MEMBER_LIMIT, STR("too large for memory, and there is no room for a work file"));
		u->info->no_room = true;
		return false;
	}
	close(u->info->fd);
	u->info->fd = spool;
	u->spooled = true;
	return true;
}

/* Once its head is there, it shows whether anyone reads more of it than head and tail. */
static void decide_window(struct unpack *u)
{
	const struct archive_job *job = u->w->job;
	char *head;
	ssize_t n;

	u->decided = true;
	if (!job->wants_whole)
		return;
	head = xmalloc(HEAD_BYTES);
	n = pread(u->info->fd, head, HEAD_BYTES, 0);
	if (n > 0 && !job->wants_whole(job->to, u->info->name, str_make(head, (size_t)n)))
		u->keep = WINDOW_HEAD_BYTES;
	free(head);
}

static bool keep_bytes(struct unpack *u, const char *p, size_t n)
{
	size_t room = u->keep > u->info->held ? (size_t)(u->keep - u->info->held) : 0;
	size_t part = n < room ? n : room;

	if (u->info->fd < 0)
		return true;
	if (!u->spooled && u->info->held + part > u->w->job->limits->memory_bytes && !move_to_spool(u))
		return false;
	if (!write_all(u->info->fd, p, part)) {
		fail(u, MEMBER_LIMIT, arena_printf(u->w->a, "no room for its bytes: %s", strerror(errno)));
		u->info->no_room = u->spooled;
		return false;
	}
	u->info->held += part;
	if (part < n)
		ring_put(&u->tail, p + part, n - part);
	if (!u->decided && u->info->held >= HEAD_BYTES)
		decide_window(u);
	return true;
}

static bool within_limits(struct unpack *u)
{
	const struct ingest_limits *l = u->w->job->limits;
	uint64_t packed = (uint64_t)(archive_filter_bytes(u->w->ar, -1) - u->w->packed_before);

	if (u->info->size > u->limit) {
		fail(u, MEMBER_LIMIT, u->limit < l->member_bytes ?
			arena_printf(u->w->a, "the limit of %llu unpacked bytes in all is reached (--max-total)",
				(unsigned long long)l->total_bytes) :
			arena_printf(u->w->a, "larger than %llu bytes (--max-member)",
				(unsigned long long)l->member_bytes));
		return false;
	}
	u->over_ratio = u->info->size > RATIO_FREE_BYTES &&
			u->info->size / (packed ? packed : 1) > l->ratio;
	if (u->over_ratio)
		fail(u, MEMBER_LIMIT, arena_printf(u->w->a,
			"unpacks to more than %llu times its packed size (--max-ratio)",
			(unsigned long long)l->ratio));
	return !u->over_ratio;
}

static bool feed(struct unpack *u, const char *p, size_t n)
{
	u->info->size += n;
	worker_fault_archive(u->info->name, u->info->size);
	sha256_add(u->hash, p, n);
	return within_limits(u) && keep_bytes(u, p, n);
}

/* A hole of a sparse entry counts, and is kept, as zeros. */
static bool feed_hole(struct unpack *u, uint64_t until)
{
	static const char zeros[65536];

	while (u->info->size < until) {
		uint64_t n = until - u->info->size;

		if (!feed(u, zeros, n < sizeof(zeros) ? (size_t)n : sizeof(zeros)))
			return false;
	}
	return true;
}

/* Entries that lie in one stream: the next one is reached only by unpacking this one. */
static bool is_solid(struct archive *ar)
{
	int format = archive_format(ar) & ARCHIVE_FORMAT_BASE_MASK;

	return archive_filter_code(ar, 0) != ARCHIVE_FILTER_NONE ||
	       (format != ARCHIVE_FORMAT_ZIP && format != ARCHIVE_FORMAT_TAR &&
		       format != ARCHIVE_FORMAT_ISO9660);
}

static void read_failed(struct unpack *u)
{
	struct walk *w = u->w;
	const char *text = archive_error_string(w->ar);
	enum member_status status = archive_status(text ? text : "");

	if (w->encrypted)
		status = MEMBER_ENCRYPTED;
	fail(u, u->info->size && status == MEMBER_FAILED ? MEMBER_PARTLY : status,
		archive_explain(w, text));
	if (u->info->size == 0 && w->first_why.n)
		fail(u, w->first_status, w->first_why);
	else if (u->info->size == 0 && status != MEMBER_FAILED && is_solid(w->ar))
		w->first_status = status, w->first_why = arena_str(w->all, u->info->error);
}

/* True if all of it was read, be it with a wrong checksum. */
static bool unpack_data(struct unpack *u)
{
	for (unsigned warnings = 0; warnings < WARNINGS_MAX;) {
		const void *p = NULL;
		size_t n = 0;
		la_int64_t offset = 0;
		int rc = archive_read_data_block(u->w->ar, &p, &n, &offset);

		++*u->w->job->heartbeat;
		if (rc == ARCHIVE_EOF)
			return true;
		if (rc != ARCHIVE_OK)
			read_failed(u);
		if (rc < ARCHIVE_WARN)
			return false;
		warnings += rc != ARCHIVE_OK;
		if (offset > 0 && !feed_hole(u, (uint64_t)offset))
			return false;
		if (n && !feed(u, p, n))
			return false;
	}
	return false;
}

/*
 * Behind a limit the rest of an entry is only read to come to the next one, and that work counts
 * against the total too; what breaks the ratio is not unpacked any further.
 */
static void pass_over(struct unpack *u)
{
	uint64_t total = u->info->size, room = u->w->job->room ? u->w->job->room(u->w->job->to) : total;

	while (!u->over_ratio && total < room) {
		const void *p;
		size_t n = 0;
		la_int64_t offset;

		++*u->w->job->heartbeat;
		if (archive_read_data_block(u->w->ar, &p, &n, &offset) != ARCHIVE_OK)
			return;
		total += n;
	}
	u->w->stop = true;
}

void archive_unpack(struct walk *w, struct archive_entry_info *info)
{
	struct unpack u = { .w = w, .info = info, .hash = sha256_new(), .keep = UINT64_MAX };
	bool whole;

	u.limit = w->job->limits->member_bytes;
	if (w->job->room && w->job->room(w->job->to) < u.limit)
		u.limit = w->job->room(w->job->to);
	info->fd = memfd_create("member", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	info->status = MEMBER_PARSED;
	whole = unpack_data(&u);
	if (u.tail.total)
		info->tail = ring_write(&u.tail, info->fd);
	free(u.tail.p);
	sha256_end(u.hash, info->sha256);
	if (info->status == MEMBER_FAILED && whole)
		info->status = MEMBER_PARTLY;
	if (info->status != MEMBER_PARSED && info->status != MEMBER_PARTLY && info->fd >= 0) {
		close(info->fd);
		info->fd = -1;
	}
	if (!whole)
		info->sha256[0] = '\0';
	if (info->status == MEMBER_LIMIT && is_solid(w->ar))
		pass_over(&u);
}
