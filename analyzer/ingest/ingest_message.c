/* SPDX-License-Identifier: Apache-2.0 */
/* What workers say. A worker is as untrusted as the bundle that it reads. */
#include <stdlib.h>
#include <unistd.h>

#include "analyzer/ingest/archive.h"
#include "analyzer/ingest/ingest_parts.h"

#define SHARDS_MAX 65536

static void close_fds(struct ipc *m)
{
	for (int i = 0; i < 2; i++)
		if (m->fds[i] >= 0)
			close(m->fds[i]);
	m->fds[0] = m->fds[1] = -1;
}

static struct str keep(struct run *r, struct str s)
{
	return arena_str(r->ev->a, s);
}

/* ---- entries of archives ---- */

static void take_bytes(struct run *r, uint32_t item, struct ipc *m)
{
	struct item *it = &r->items.v[item];

	it->fd = m->fds[0];
	m->fds[0] = -1;
	it->held = m->to;
	it->window = m->to < m->from;
	it->counted = m->to;
	r->outstanding += it->counted;
}

static bool is_wanted(struct run *r, struct str path)
{
	return r->fetch.n && str_eq(path, r->fetch);
}

static void hand_out(struct run *r, struct ipc *m)
{
	r->fetch_fd = m->fds[0];
	r->fetch_size = m->to;
	m->fds[0] = -1;
	r->stop = true;
}

static void on_entry(struct run *r, struct worker_slot *w, struct ipc *m)
{
	struct str path = arena_printf(r->ev->a, "%.*s%.*s", STR_ARG(w->job.prefix), STR_ARG(m->text));
	enum member_status status = m->flags <= MEMBER_LISTED ? (enum member_status)m->flags : MEMBER_FAILED;
	uint32_t i;

	w->in_entry = false;
	w->waiting = true;
	if (m->code == E_OUTPUT) {
		struct err e = { 0 };

		err_set(&e, E_OUTPUT, "%s: no room for the bytes of %.*s; "
			"--work-dir names another disk",
			r->work_dir, STR_ARG(path));
		run_fail(r, &e);
		return;
	}
	w->job.next_index = m->number + 1;
	r->total_bytes += m->from;
	if (r->total_bytes > r->limits.total_bytes)
		r->limit_struck = true;
	if (r->items.n >= r->limits.members) {
		r->limit_struck = true;
		loss_add(r, "more than %llu members in all (--max-members): the rest is not listed",
			(unsigned long long)r->limits.members);
		w->job.next_index = UINT64_MAX;
		return;
	}
	i = item_add(r, w->job.bundle, path);
	if (m->fds[0] >= 0 && is_wanted(r, r->items.v[i].m.path)) {
		hand_out(r, m);
		return;
	}
	memcpy(r->items.v[i].m.sha256, m->sha256, sizeof(m->sha256));
	r->items.v[i].m.bytes = m->from;
	r->items.v[i].m.modified_100ns = m->time_100ns;
	r->progress.bytes_seen += m->from;
	item_set(&r->items.v[i], status == MEMBER_PARSED ? MEMBER_UNKNOWN : status, keep(r, m->second));
	if (m->fds[0] < 0) {
		r->items.v[i].users = 1;
		item_release(r, i);
		return;
	}
	take_bytes(r, i, m);
	item_dispatch(r, i, w->job.depth);
}

void archive_done(struct run *r, struct worker_slot *w, struct str error)
{
	struct job *j = &w->job;

	w->busy = w->waiting = false;
	if (error.n)
		loss_add(r, "%.*s: %.*s%s",
			STR_ARG(j->item == UINT32_MAX ? r->ev->bundles.v[j->bundle].name :
							r->items.v[j->item].m.path),
			STR_ARG(error), j->next_index ? "; what came before it is kept" : "");
	if (j->item == UINT32_MAX) {
		if (error.n)
			r->ev->bundles.v[j->bundle].error = keep(r, error);
		return;
	}
	if (error.n)
		r->items.v[j->item].m.error = keep(r, error);
	if (error.n && j->next_index == 0)
		r->items.v[j->item].m.status =
			str_ifind(error, STR("passphrase")) >= 0 || str_ifind(error, STR("encrypt")) >= 0 ?
				MEMBER_ENCRYPTED : MEMBER_FAILED;
	item_release(r, j->item);
}

void let_archive_go_on(struct run *r, struct worker_slot *w)
{
	struct ipc m = { .type = IPC_NEXT, .fds = { -1, -1 } };

	if (r->stop || w->job.next_index == UINT64_MAX)
		m.type = 0;
	m.number = r->limits.total_bytes > r->total_bytes ? r->limits.total_bytes - r->total_bytes : 0;
	w->waiting = false;
	ipc_send(w->socket, &m);
}

static void on_want_spool(struct run *r, struct worker_slot *w)
{
	struct err e = { 0 };
	struct ipc m = { .type = IPC_SPOOL, .fds = { -1, -1 } };

	m.fds[0] = unlinked_file(r->work_dir, &e);
	if (m.fds[0] < 0)
		run_fail(r, &e);
	ipc_send(w->socket, &m);
	close_fds(&m);
}

/* ---- parsing ---- */

struct part *part_of(struct run *r, const struct job *j)
{
	return &r->items.v[j->item].parts.v[j->part];
}

static void on_segment(struct run *r, struct worker_slot *w, struct ipc *m)
{
	struct err e = { 0 };
	const void *bytes = NULL;
	struct segment *s;
	struct stat st;

	if (m->fds[0] >= 0 && fstat(m->fds[0], &st) == 0 && (uint64_t)st.st_size == m->number)
		bytes = store_take(r->ev->store, m->fds[0], (size_t)m->number, &e);
	s = bytes ? segment_open(bytes, (size_t)m->number, &e) : NULL;
	if (!s && e.code == E_OUTPUT) {
		run_fail(r, &e);
		return;
	}
	if (!s) {
		part_of(r, &w->job)->code = E_DAMAGED;
		part_of(r, &w->job)->error = keep(r, e.text[0] ? str_of(e.text) : STR("a segment is not whole"));
		return;
	}
	r->progress.events += segment_rows(s);
	vec_push(&part_of(r, &w->job)->segments, s);
}

/* The first shard takes the place of the whole; the others follow. */
static void on_shard(struct run *r, struct worker_slot *w, const struct ipc *m)
{
	struct item *it = &r->items.v[w->job.item];
	struct job j = w->job;
	struct part part = { .from = m->from, .to = m->to, .error = STR("") };

	if (it->parts.n >= SHARDS_MAX || m->from >= m->to || m->to > it->held)
		return;
	w->job.split = true;
	j.split = false;
	j.attempt = 0;
	if (it->parts.n == 1 && it->parts.v[0].to == 0) {
		it->parts.v[0] = part;
		j.part = 0;
	} else {
		vec_push(&it->parts, part);
		j.part = (uint32_t)it->parts.n - 1;
	}
	it->users++;
	vec_push(&r->parse_queue, j);
}

static void on_parsed(struct run *r, struct worker_slot *w, const struct ipc *m)
{
	struct item *it = &r->items.v[w->job.item];
	struct part *part = part_of(r, &w->job);

	if (m->code && !part->code) {
		part->code = m->code;
		part->error = keep(r, m->text);
	}
	if (m->sha256[0])
		memcpy(it->m.sha256, m->sha256, sizeof(m->sha256));
	w->busy = false;
	item_release(r, w->job.item);
}

static void on_hashed(struct run *r, struct worker_slot *w, const struct ipc *m)
{
	const struct job *j = &w->job;

	w->busy = false;
	if (m->code)
		loss_add(r, "%.*s: its hash could not be taken", STR_ARG(j->name));
	else
		memcpy(j->item == UINT32_MAX ? r->ev->bundles.v[j->bundle].sha256 :
					       r->items.v[j->item].m.sha256,
			m->sha256, sizeof(m->sha256));
	if (j->item != UINT32_MAX)
		item_release(r, j->item);
}

void on_message(struct run *r, struct worker_slot *w, struct ipc *m)
{
	bool parsing = w->busy && w->job.kind == JOB_PARSE;
	bool unpacking = w->busy && w->job.kind == JOB_ARCHIVE;

	if (parsing && m->type == IPC_CHOSEN) {
		r->items.v[w->job.item].m.parser = keep(r, m->text);
		r->items.v[w->job.item].m.type = keep(r, m->second);
	} else if (parsing && m->type == IPC_SEGMENT) {
		on_segment(r, w, m);
	} else if (parsing && m->type == IPC_SHARDS) {
		on_shard(r, w, m);
	} else if (parsing && m->type == IPC_PARSED) {
		on_parsed(r, w, m);
	} else if (unpacking && m->type == IPC_ENTRY_START) {
		w->in_entry = true;
		w->entry_index = m->number;
		w->entry_name.n = 0;
		buf_puts(&w->entry_name, m->text);
	} else if (unpacking && m->type == IPC_ENTRY) {
		on_entry(r, w, m);
	} else if (unpacking && m->type == IPC_WANT_SPOOL) {
		on_want_spool(r, w);
	} else if (unpacking && m->type == IPC_ARCHIVE_END) {
		archive_done(r, w, m->code ? m->text : STR(""));
	} else if (w->busy && w->job.kind == JOB_HASH && m->type == IPC_HASHED) {
		on_hashed(r, w, m);
	}
	close_fds(m);
}
