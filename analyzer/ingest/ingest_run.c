/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler. Parsing goes before unpacking, nested archives before the outer one, and an archive
 * goes on only while the bytes in memory are bounded. What comes out does not depend on any of this.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/ingest/ingest_parts.h"

#define OUTSTANDING_BYTES ((uint64_t)512 * 1024 * 1024)
#define POLL_MS 500
#define PATH_HINT_MAX ((size_t)30000)

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct worker_slot *idle_worker(struct run *r)
{
	struct worker_slot fresh = { .socket = -1 };
	size_t i = 0;

	for (; i < r->workers.n; i++)
		if (!r->workers.v[i].busy && r->workers.v[i].socket >= 0)
			return &r->workers.v[i];
	for (i = 0; i < r->workers.n; i++)
		if (r->workers.v[i].socket < 0)
			break;
	if (i == r->workers.n)
		vec_push(&r->workers, fresh);
	if (r->workers.v[i].progress)
		munmap((void *)(uintptr_t)r->workers.v[i].progress, 4096);
	buf_free(&r->workers.v[i].entry_name);
	r->workers.v[i] = fresh;
	if (fork_server_spawn(&r->server, &r->workers.v[i].pid, &r->workers.v[i].socket,
		    &r->workers.v[i].progress, r->e))
		return NULL;
	return &r->workers.v[i];
}

/* What a message can carry: the end of a longer path is hint enough. */
static struct str path_hint(struct str path)
{
	return str_from(path, path.n > PATH_HINT_MAX ? path.n - PATH_HINT_MAX : 0);
}

static void send_parse(struct run *r, struct worker_slot *w, const struct job *j)
{
	int fd = item_open(r, j->item);
	const struct item *it = &r->items.v[j->item];
	const struct part *part = &it->parts.v[j->part];
	struct ipc m = { .type = IPC_PARSE, .number = it->m.bytes, .from = part->from, .to = part->to,
		.more = it->window ? it->held : 0, .text = path_hint(it->m.path),
		.second = it->m.name,
		.fds = { fd, -1 },
		.time_100ns = (int64_t)j->commit_at, .flags = 0 };

	if (it->hash && !it->m.sha256[0])
		m.flags |= PARSE_HASH;
	if (r->o->inventory_only)
		m.flags |= PARSE_CHOOSE_ONLY;
	w->segments_before = part->segments.n;
	ipc_send(w->socket, &m);
}

static int job_fd(struct run *r, const struct job *j)
{
	return j->item == UINT32_MAX ? r->sources.v[j->bundle].fd : item_open(r, j->item);
}

static void send_hash(struct run *r, struct worker_slot *w, const struct job *j)
{
	struct ipc m = { .type = IPC_HASH, .fds = { job_fd(r, j), -1 } };

	ipc_send(w->socket, &m);
}

static void send_archive(struct run *r, struct worker_slot *w, const struct job *j)
{
	struct ipc m = { .type = IPC_ARCHIVE, .number = j->next_index, .text = j->name,
		.fds = { job_fd(r, j), -1 } };

	m.more = r->limits.total_bytes > r->total_bytes ? r->limits.total_bytes - r->total_bytes : 0;
	if (r->fetch.n && str_starts(r->fetch, j->prefix))
		m.second = str_from(r->fetch, j->prefix.n);
	ipc_send(w->socket, &m);
}

void give_job(struct run *r, struct worker_slot *w, const struct job *j)
{
	w->job = *j;
	w->busy = true;
	w->waiting = w->in_entry = w->hung = false;
	w->active_at = now_s();
	if (j->kind == JOB_PARSE)
		send_parse(r, w, j);
	else if (j->kind == JOB_HASH)
		send_hash(r, w, j);
	else
		send_archive(r, w, j);
}

static size_t running(const struct run *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->workers.n; i++)
		n += r->workers.v[i].busy && !r->workers.v[i].waiting;
	return n;
}

/* The archive that was opened last and waits: the most deeply nested one. */
static struct worker_slot *waiting_archive(struct run *r)
{
	struct worker_slot *best = NULL;

	for (size_t i = 0; i < r->workers.n; i++) {
		struct worker_slot *w = &r->workers.v[i];

		if (w->waiting && (!best || w->job.depth > best->job.depth))
			best = w;
	}
	return best;
}

static bool pop_parse(struct run *r, struct job *j)
{
	if (r->parse_head == r->parse_queue.n)
		return false;
	*j = r->parse_queue.v[r->parse_head++];
	if (r->parse_head == r->parse_queue.n)
		r->parse_head = r->parse_queue.n = 0;
	return true;
}

static bool may_unpack(const struct run *r)
{
	for (size_t i = 0; r->sequential && i < r->workers.n; i++) {
		const struct worker_slot *w = &r->workers.v[i];

		if (w->busy && !w->waiting && w->job.kind == JOB_ARCHIVE)
			return false;
	}
	return true;
}

/* Whether an archive that was found in this one, or in one inside it, is to be unpacked first. */
static bool nested_waits(const struct run *r, const struct worker_slot *outer)
{
	return r->archive_queue.n && r->archive_queue.v[r->archive_queue.n - 1].depth > outer->job.depth;
}

static bool pop_archive(struct run *r, struct job *j)
{
	const struct worker_slot *outer = waiting_archive(r);

	if (!r->archive_queue.n || !may_unpack(r) ||
		(r->outstanding >= 2 * OUTSTANDING_BYTES && running(r)))
		return false;
	if (r->sequential && outer && !nested_waits(r, outer))
		return false;
	*j = r->archive_queue.v[--r->archive_queue.n];
	return true;
}

static bool pop_hash(struct run *r, struct job *j)
{
	if (!r->hash_queue.n)
		return false;
	*j = r->hash_queue.v[--r->hash_queue.n];
	return true;
}

/* Gives out work until all hands are busy. False: no worker could be made. */
static bool schedule(struct run *r)
{
	while (running(r) < r->jobs && !r->stop) {
		struct worker_slot *w;
		struct job j;

		if (pop_parse(r, &j) || pop_archive(r, &j) || pop_hash(r, &j)) {
			w = idle_worker(r);
			if (!w)
				return false;
			give_job(r, w, &j);
			continue;
		}
		w = r->outstanding < OUTSTANDING_BYTES || running(r) == 0 ? waiting_archive(r) : NULL;
		if (!w || !may_unpack(r) || (r->sequential && nested_waits(r, w)))
			break;
		w->active_at = now_s();
		let_archive_go_on(r, w);
	}
	return true;
}

static bool anything_left(const struct run *r)
{
	if (r->stop)
		return false;
	for (size_t i = 0; i < r->workers.n; i++)
		if (r->workers.v[i].busy)
			return true;
	return r->parse_queue.n > r->parse_head || r->archive_queue.n || r->hash_queue.n;
}

static void read_worker(struct run *r, size_t i)
{
	struct ipc m = { .type = 0 };

	for (;;) {
		int got = ipc_receive(r->workers.v[i].socket, &m, r->buffer, false);

		if (got < 0)
			return;
		if (got == 0) {
			on_death(r, &r->workers.v[i]);
			return;
		}
		r->workers.v[i].active_at = now_s();
		on_message(r, &r->workers.v[i], &m);
	}
}

static void end_hung_workers(struct run *r)
{
	double now = now_s();

	for (size_t i = 0; i < r->workers.n; i++) {
		struct worker_slot *w = &r->workers.v[i];

		if (!w->busy || w->waiting || w->socket < 0)
			continue;
		if (w->progress[0] + w->progress[1] != w->seen_progress) {
			w->seen_progress = w->progress[0] + w->progress[1];
			w->active_at = now;
		}
		if (now - w->active_at < r->hang_s || w->hung)
			continue;
		w->hung = true;
		kill(w->pid, SIGKILL);
	}
}

static void wait_for_workers(struct run *r)
{
	struct pollfd *fds = xmalloc((r->workers.n + 1) * sizeof(*fds));
	size_t n = r->workers.n;

	for (size_t i = 0; i < n; i++)
		fds[i] = (struct pollfd){ .fd = r->workers.v[i].socket, .events = POLLIN };
	poll(fds, n, POLL_MS);
	for (size_t i = 0; i < n; i++)
		if (fds[i].fd >= 0 && fds[i].revents)
			read_worker(r, i);
	free(fds);
}

bool run_interrupted(const struct run *r)
{
	return r->o->interrupted && *r->o->interrupted;
}

int run_workers(struct run *r)
{
	while (anything_left(r)) {
		if (run_interrupted(r))
			break;
		if (!schedule(r))
			return r->e->code;
		wait_for_workers(r);
		end_hung_workers(r);
		if (r->o->progress)
			r->o->progress(r->o->progress_to, &r->progress);
	}
	if (r->failed)
		return r->e->code;
	return run_interrupted(r) ? err_set(r->e, E_INTERRUPTED, "interrupted") : 0;
}

void run_fail(struct run *r, const struct err *e)
{
	if (!r->failed)
		*r->e = *e;
	r->failed = r->stop = true;
}

void workers_stop(struct run *r)
{
	for (size_t i = 0; i < r->workers.n; i++) {
		struct worker_slot *w = &r->workers.v[i];

		if (w->socket >= 0) {
			kill(w->pid, SIGKILL);
			close(w->socket);
		}
		if (w->progress)
			munmap((void *)(uintptr_t)w->progress, 4096);
		buf_free(&w->entry_name);
	}
	fork_server_stop(&r->server);
	free(r->workers.v);
	free(r->parse_queue.v);
	free(r->archive_queue.v);
	free(r->hash_queue.v);
}
