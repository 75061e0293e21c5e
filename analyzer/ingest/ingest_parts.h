/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of ingest: the run, its jobs and its workers. Private to analyzer/ingest*.c. */
#ifndef CASELINE_ANALYZER_INGEST_PARTS_H
#define CASELINE_ANALYZER_INGEST_PARTS_H

#include "analyzer/base/map.h"
#include "analyzer/ingest/evidence.h"
#include "analyzer/ingest/fork_server.h"
#include "analyzer/ingest/ipc.h"
#include "analyzer/ingest/store.h"

#include <sys/stat.h>

enum job_kind { JOB_PARSE, JOB_ARCHIVE, JOB_HASH };

/* What tells one state of a file from another. */
struct identity {
	dev_t device;
	ino_t inode;
	off_t size_bytes;
	struct timespec modified;
};

/* A bundle as it lies there, one for each in evidence.bundles. */
struct source {
	int fd;                      /* of the file or the folder; -1 where it could not be opened */
	const char *path;            /* as given */
	struct identity before;
	bool file;                   /* a file with a name: its identity is checked at the end */
	uint32_t item;               /* the one member of a file that is no archive, else UINT32_MAX */
};


/* Segments of one shard of one member, in order. */
struct part {
	uint64_t from, to;           /* 0, 0: the whole member */
	VEC(struct segment *) segments;
	struct str error;
	int code;
};

/* A member on its way; becomes a struct member at the end. */
struct item {
	struct member m;
	int fd;                      /* its bytes; -1 once nobody needs them, or not yet */
	const char *source;          /* of a file in a folder: its path there, to be opened when due */
	struct identity before;      /* of a file in a folder */
	unsigned users;              /* jobs that still need fd */
	uint64_t counted;            /* bytes of memory that fd stands for */
	uint64_t held;               /* bytes kept from the start; less than m.bytes: a window */
	bool window, hash, failed;
	VEC(struct part) parts;
};

struct job {
	enum job_kind kind;
	uint32_t item;               /* of an archive: the container's item, UINT32_MAX for a bundle */
	uint32_t part;
	uint32_t bundle;
	unsigned attempt, depth;
	uint64_t commit_at;          /* of a second attempt: where the first one died */
	int fd;                      /* archives: own descriptor */
	struct str prefix;           /* archives: what member paths begin with */
	struct str name;             /* archives: base name */
	uint64_t next_index;         /* archives: the entry to begin with */
	unsigned deaths;
	bool split;                  /* its shards have become jobs of their own */
};

struct worker_slot {
	pid_t pid;
	int socket;
	volatile uint64_t *progress; /* [0]: offset reached by a parser; [1]: any sign of life */
	uint64_t seen_progress;
	double active_at;            /* seconds of a steady clock */
	bool busy, waiting;          /* waiting: an archive worker that wants leave to go on */
	struct job job;
	size_t segments_before;      /* of the part, when this attempt began */
	struct buf entry_name;       /* archives: the entry at hand */
	uint64_t entry_index;
	bool in_entry, hung;
};

struct run {
	const struct ingest_options *o;
	struct evidence *ev;
	struct err *e;
	struct ingest_limits limits;
	unsigned jobs;
	const char *work_dir;
	struct fork_server server;
	VEC(struct source) sources;
	VEC(struct item) items;
	struct map *paths;           /* member paths given out, with how often */
	VEC(struct job) parse_queue, archive_queue, hash_queue;
	size_t parse_head;           /* the queue's front */
	VEC(struct worker_slot) workers;
	uint64_t outstanding;        /* bytes of memory files alive */
	uint64_t total_bytes;        /* unpacked so far */
	struct ingest_progress progress;
	char *buffer;                /* IPC_TEXT_BYTES */
	double hang_s;
	struct str fetch;            /* ingest_fetch: the one path wanted */
	int fetch_fd;
	uint64_t fetch_size;
	bool stop;
	bool failed;                 /* `e` says why: nothing of this run is worth having */
	bool sequential;             /* one archive at a time, in an order that no worker decides */
	bool limit_struck;           /* a limit on all members together: what it hits depends on order */
};

/* ---- sources: the bundles as given ---- */
int source_add(struct run *r, const char *path, bool several);
void sources_close(struct run *r);   /* tells what changed meanwhile */
struct identity identity_of(const struct stat *st);
bool identity_same(const struct identity *a, const struct identity *b);
/* ---- members ---- */
/* `path` must live as long as the evidence. */
uint32_t item_add(struct run *r, uint32_t bundle, struct str path);
void item_set(struct item *it, enum member_status status, struct str error);
/* Its descriptor, opened if it lies in a folder; -1 where that fails. */
int item_open(struct run *r, uint32_t item);
/* An item whose bytes are in `fd`: to an archive worker if they are an archive, else to a parser. */
void item_dispatch(struct run *r, uint32_t item, unsigned depth);
void item_release(struct run *r, uint32_t item);
void items_finish(struct run *r);
void loss_add(struct run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* ---- workers and their messages ---- */
int run_workers(struct run *r);
/* Stops the run with an error; the first one counts. */
void run_fail(struct run *r, const struct err *e);
bool run_interrupted(const struct run *r);
void workers_stop(struct run *r);
void on_message(struct run *r, struct worker_slot *w, struct ipc *m);
void on_death(struct run *r, struct worker_slot *w);
void archive_done(struct run *r, struct worker_slot *w, struct str error);
struct part *part_of(struct run *r, const struct job *j);
void give_job(struct run *r, struct worker_slot *w, const struct job *j);
void let_archive_go_on(struct run *r, struct worker_slot *w);

#endif
