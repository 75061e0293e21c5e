/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What it costs when a worker dies or hangs: at most the rest of one member. A parse is tried once
 * more and keeps what it gave before the place of its first death; an archive goes on with the entry
 * behind the one that was fatal.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/ingest/ingest_parts.h"

#define ARCHIVE_DEATHS_MAX 8

static struct str how(struct run *r, const struct worker_slot *w, int status)
{
	if (w->hung)
		return arena_printf(r->ev->a, "no progress for %.0f s", r->hang_s);
	if (status != -1 && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
		return STR("signal 6: out of memory, or a check of its own");
	if (status != -1 && WIFSIGNALED(status))
		return arena_printf(r->ev->a, "signal %d", WTERMSIG(status));
	if (status != -1 && WIFEXITED(status))
		return arena_printf(r->ev->a, "exit %d", WEXITSTATUS(status));
	return STR("no reason known");
}

static void drop_segments(struct run *r, struct part *part, size_t keep)
{
	while (part->segments.n > keep) {
		struct segment *s = part->segments.v[--part->segments.n];

		r->progress.events -= segment_rows(s);
		segment_close(s);
	}
}

static void parse_died(struct run *r, struct worker_slot *w, int status)
{
	struct job j = w->job;
	struct part *part = part_of(r, &j);
	const struct item *it = &r->items.v[j.item];
	uint64_t reached = w->progress[0];

	if (j.split) {               /* its shards are jobs of their own: nothing is lost with it */
		item_release(r, j.item);
	} else if (j.attempt == 0) {
		drop_segments(r, part, w->segments_before);
		j.attempt = 1;
		j.commit_at = reached;
		vec_push(&r->parse_queue, j);
	} else {
		part->code = E_DAMAGED;
		part->error = arena_printf(r->ev->a,
			"the parser %.*s stopped at offset 0x%llx (%.*s); what came before is kept",
			STR_ARG(it->m.parser), (unsigned long long)reached, STR_ARG(how(r, w, status)));
		loss_add(r, "%.*s: %.*s", STR_ARG(it->m.path), STR_ARG(part->error));
		item_release(r, j.item);
	}
}

static void entry_died(struct run *r, struct worker_slot *w, int status)
{
	const struct job *j = &w->job;
	struct str path = arena_printf(r->ev->a, "%.*s%.*s", STR_ARG(j->prefix), STR_ARG(buf_str(&w->entry_name)));
	uint32_t i = item_add(r, j->bundle, path);
	struct str why = arena_printf(r->ev->a,
		"the reader of the archive stopped at this entry (%.*s); it is skipped",
		STR_ARG(how(r, w, status)));

	item_set(&r->items.v[i], MEMBER_FAILED, why);
	loss_add(r, "%.*s: %.*s", STR_ARG(r->items.v[i].m.path), STR_ARG(why));
	r->items.v[i].users = 1;
	item_release(r, i);
}

static void archive_died(struct run *r, struct worker_slot *w, int status)
{
	if (w->in_entry) {
		entry_died(r, w, status);
		w->job.next_index = w->entry_index + 1;
	}
	if (++w->job.deaths < ARCHIVE_DEATHS_MAX && w->in_entry)
		vec_push(&r->archive_queue, w->job);
	else
		archive_done(r, w, arena_printf(r->ev->a,
			"its reader stopped (%.*s); the entries that follow are lost",
			STR_ARG(how(r, w, status))));
}

static void hash_died(struct run *r, const struct job *j)
{
	loss_add(r, "%.*s: its hash could not be taken", STR_ARG(j->name));
	if (j->item != UINT32_MAX)
		item_release(r, j->item);
}

void on_death(struct run *r, struct worker_slot *w)
{
	int status = fork_server_reap(&r->server, w->pid);

	r->ev->wall_clock_struck = r->ev->wall_clock_struck || w->hung;
	close(w->socket);
	w->socket = -1;
	if (w->busy && w->job.kind == JOB_PARSE)
		parse_died(r, w, status);
	else if (w->busy && w->job.kind == JOB_ARCHIVE)
		archive_died(r, w, status);
	else if (w->busy)
		hash_died(r, &w->job);
	w->busy = w->waiting = w->in_entry = false;
}
