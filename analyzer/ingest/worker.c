/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/ingest/worker.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/ingest/archive.h"
#include "analyzer/base/sha256.h"
#include "analyzer/ingest/ipc.h"
#include "analyzer/ingest/worker_fault.h"
#include "parsers/stamp.h"

#define SHARDS_MAX 65536
#define WORKER_MEMORY_BYTES ((rlim_t)4 * 1024 * 1024 * 1024)
#define HASH_BLOCK ((size_t)1024 * 1024)

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER 1    /* they reserve address space by the terabyte */
#else
#define UNDER_SANITIZER 0
#endif

void worker_allow_memory(uint64_t mapped_bytes)
{
	struct rlimit memory = { WORKER_MEMORY_BYTES + mapped_bytes, RLIM_INFINITY };

	if (!UNDER_SANITIZER)
		setrlimit(RLIMIT_AS, &memory);
}

struct worker {
	int socket;
	volatile uint64_t *progress;
	const struct worker_setup *setup;
	char *buffer;                /* IPC_TEXT_BYTES */
	uint64_t room;               /* unpacked bytes that the next entry may have */
};

static void say(struct worker *w, const struct ipc *m)
{
	if (ipc_send(w->socket, m) < 0)
		_exit(0);            /* the parent is gone, and with it anyone to work for */
}

/* ---- archives ---- */

static bool on_start(void *to, uint64_t index, struct str name)
{
	struct worker *w = to;
	struct ipc m = { .type = IPC_ENTRY_START, .number = index, .text = name, .fds = { -1, -1 } };

	say(w, &m);
	return true;
}

/* Sends the entry and waits for leave to go on. */
static bool on_entry(void *to, const struct archive_entry_info *info)
{
	struct worker *w = to;
	struct ipc m = { .type = IPC_ENTRY, .number = info->index, .from = info->size,
		.to = info->held, .more = info->tail, .flags = info->status, .text = info->name,
		.second = str_sub(info->error, 0, 1000), .time_100ns = info->modified_100ns,
		.code = info->no_room ? E_OUTPUT : 0,
		.fds = { info->fd, -1 } };
	struct ipc answer = { .type = 0 };

	memcpy(m.sha256, info->sha256, sizeof(m.sha256));
	say(w, &m);
	if (info->fd >= 0)
		close(info->fd);
	if (ipc_receive(w->socket, &answer, w->buffer, true) != 1)
		_exit(0);
	w->room = answer.number;
	return answer.type == IPC_NEXT;
}

static int on_spool(void *to)
{
	struct worker *w = to;
	struct ipc m = { .type = IPC_WANT_SPOOL, .fds = { -1, -1 } }, answer = { .type = 0 };

	say(w, &m);
	if (ipc_receive(w->socket, &answer, w->buffer, true) != 1)
		_exit(0);
	return answer.type == IPC_SPOOL ? answer.fds[0] : -1;
}

/* Only a parser that reads all of a member, or the reader of archives, wants more than a window. */
static bool wants_whole(void *to, struct str name, struct str head)
{
	struct probe probe = { .path = name, .size = UINT64_MAX,
		.name = str_from(name, (size_t)(str_rchr(name, '/') + 1)) };
	const char *format = archive_magic((const uint8_t *)head.p, head.n);
	char *text = xmalloc(PROBE_TEXT_BYTES);
	const struct parser *parser;
	int bid;

	(void)to;
	probe_make(&probe, head, text);
	parser = parser_choose(&probe, &bid);
	free(text);
	if (parser)
		return parser->needs == NEEDS_WHOLE;
	return format && strcmp(format, "iso") != 0;
}

static uint64_t on_room(void *to)
{
	return ((struct worker *)to)->room;
}

static void do_archive(struct worker *w, const struct ipc *job)
{
	struct arena *a = arena_new();
	struct archive_job walk = { .fd = job->fds[0], .name = arena_cstr(a, job->text),
		.first_index = job->number, .limits = &w->setup->limits,
		.passphrases = w->setup->passphrases, .only = arena_str(a, job->second),
		.heartbeat = w->progress + 1, .start = on_start, .entry = on_entry, .spool = on_spool,
		.room = on_room, .to = w };
	struct ipc m = { .type = IPC_ARCHIVE_END, .fds = { -1, -1 } };
	struct err e = { 0 };

	if (!walk.only.n)            /* what is fetched is fetched whole */
		walk.wants_whole = wants_whole;
	w->room = job->more;
	m.code = archive_walk(&walk, &m.second, a, &e);
	m.text = str_of(e.text);
	say(w, &m);
	arena_free(a);
}

/* ---- parsing ---- */

struct parse {
	struct worker *w;
	struct member_view view;
	const struct parser *parser;
	struct arena *a;
};

/* A segment goes into a memory file that nobody can change any more. */
static int on_segment(void *to, const void *bytes, size_t size_bytes, uint64_t end_offset)
{
	struct parse *p = to;
	struct ipc m = { .type = IPC_SEGMENT, .number = size_bytes, .from = end_offset };
	int fd = memfd_create("segment", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	const char *at = bytes;
	size_t left = size_bytes;

	while (fd >= 0 && left) {
		ssize_t n = write(fd, at, left);

		if (n <= 0)
			break;
		at += n;
		left -= (size_t)n;
	}
	if (fd < 0 || left) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
	m.fds[0] = fd;
	m.fds[1] = -1;
	say(p->w, &m);
	close(fd);
	return 0;
}

static void choose(struct parse *p, struct str path)
{
	struct probe probe = { .name = p->view.name, .path = path, .size = p->view.size };
	struct ipc m = { .type = IPC_CHOSEN, .fds = { -1, -1 } };
	int bid;

	probe_make(&probe, str_make((const char *)p->view.data, p->view.held),
		arena_alloc(p->a, PROBE_TEXT_BYTES));
	p->parser = parser_choose(&probe, &bid);
	m.text = str_of(p->parser ? p->parser->name : "");
	m.second = p->parser ? m.text : probe_type(&probe);
	say(p->w, &m);
}

/* True if the member is to be parsed in parts: the parent then sends each part as a job. */
static bool tell_shards(struct parse *p)
{
	struct shard *shards;
	size_t n;

	if (!p->parser->shards)
		return false;
	shards = arena_array(p->a, struct shard, SHARDS_MAX);
	n = p->parser->shards(&p->view, shards, SHARDS_MAX);
	for (size_t i = 0; n > 1 && i < n; i++) {
		struct ipc m = { .type = IPC_SHARDS, .number = n, .from = shards[i].from,
			.to = shards[i].to, .fds = { -1, -1 } };

		say(p->w, &m);
	}
	return n > 1;
}

static int run_parser(struct parse *p, uint64_t commit_at, struct err *e)
{
	struct sink *sink = sink_new(p->parser->name, p->parser->version, on_segment, p);
	int rc, rest;

	sink_progress_to(sink, p->w->progress);
	sink_commit_at(sink, commit_at);
	rc = p->parser->parse(&p->view, sink, e);
	/* A member that a parser took for its own is not passed over in silence. */
	if (!rc && p->view.from == 0 && p->view.to == p->view.held && sink_is_empty(sink))
		sink_note(sink, NOTE_INFO, 0, 0, 0, "read as %s; nothing in it is told", p->parser->name);
	if (p->parser->text && p->view.from == 0)
		stamp_put(&p->view, sink);
	rest = sink_finish(sink);
	sink_free(sink);
	if (rest < 0 && rc == 0)
		rc = err_set(e, E_LIMIT, "a segment could not be handed over");
	return rc;
}

static void hash_into(char hex[65], const uint8_t *p, uint64_t n)
{
	struct sha256 *s = sha256_new();

	for (uint64_t at = 0; at < n; at += HASH_BLOCK)
		sha256_add(s, p + at, (size_t)(n - at < HASH_BLOCK ? n - at : HASH_BLOCK));
	sha256_end(s, hex);
}

/* job: from/to the shard (to 0: whole, may be cut), more: head held of a window, time: commit at. */
static void do_parse(struct worker *w, const struct ipc *job)
{
	struct parse p = { .w = w, .a = arena_new() };
	struct ipc m = { .type = IPC_PARSED, .fds = { -1, -1 } };
	struct str path = arena_str(p.a, job->text), name = arena_str(p.a, job->second);
	struct err e = { 0 };
	struct stat st;
	void *bytes = MAP_FAILED;
	bool whole = job->to == 0;

	*w->progress = job->from;
	st.st_size = 0;
	if (fstat(job->fds[0], &st) == 0 && st.st_size > 0)
		worker_allow_memory((uint64_t)st.st_size);
	if (st.st_size > 0)
		bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, job->fds[0], 0);
	if (bytes == MAP_FAILED) {
		m.code = E_INPUT;
		m.text = STR("its bytes can't be mapped");
		say(w, &m);
		arena_free(p.a);
		return;
	}
	p.view = (struct member_view){ .name = name,
		.data = bytes, .size = job->number, .a = p.a,
		.held = job->more ? job->more : (uint64_t)st.st_size };
	if (job->more && job->more < (uint64_t)st.st_size) {
		p.view.tail = (const uint8_t *)bytes + job->more;
		p.view.tail_held = (uint64_t)st.st_size - job->more;
	}
	p.view.from = job->from;
	p.view.to = whole ? p.view.held : job->to;
	if (job->flags & PARSE_HASH)
		hash_into(m.sha256, p.view.data, p.view.held);
	choose(&p, path);
	worker_fault_parse(path, bytes, (size_t)st.st_size);
	if (p.parser && !(job->flags & PARSE_CHOOSE_ONLY) && !(whole && tell_shards(&p)))
		m.code = run_parser(&p, (uint64_t)job->time_100ns, &e);
	m.text = str_of(e.text);
	m.number = *w->progress;
	say(w, &m);
	munmap(bytes, (size_t)st.st_size);
	arena_free(p.a);
}

static void do_hash(struct worker *w, const struct ipc *job)
{
	struct ipc m = { .type = IPC_HASHED, .fds = { -1, -1 } };
	struct sha256 *s = sha256_new();
	char *block = xmalloc(HASH_BLOCK);
	off_t at = 0;
	ssize_t n;

	while ((n = pread(job->fds[0], block, HASH_BLOCK, at)) > 0) {
		sha256_add(s, block, (size_t)n);
		at += n;
		w->progress[1]++;
	}
	free(block);
	sha256_end(s, m.sha256);
	m.number = (uint64_t)at;
	m.code = n < 0 ? E_INPUT : 0;
	say(w, &m);
}

_Noreturn void worker_run(int socket, volatile uint64_t *progress, const struct worker_setup *setup)
{
	struct worker w = { .socket = socket, .progress = progress, .setup = setup,
		.buffer = xmalloc(IPC_TEXT_BYTES) };
	char *job_buffer = xmalloc(IPC_TEXT_BYTES);
	struct ipc job = { .type = 0 };

	while (ipc_receive(socket, &job, job_buffer, true) == 1) {
		if (job.type == IPC_PARSE)
			do_parse(&w, &job);
		else if (job.type == IPC_ARCHIVE)
			do_archive(&w, &job);
		else if (job.type == IPC_HASH)
			do_hash(&w, &job);
		for (int i = 0; i < 2; i++)
			if (job.fds[i] >= 0)
				close(job.fds[i]);
	}
	_exit(0);
}
