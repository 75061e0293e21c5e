/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Archives through libarchive, with an allow-list of formats and filters: none that runs a program,
 * none that reads other files. Runs inside a worker.
 */
#ifndef CASELINE_ANALYZER_ARCHIVE_H
#define CASELINE_ANALYZER_ARCHIVE_H

#include "analyzer/ingest/evidence.h"

#define WINDOW_HEAD_BYTES ((uint64_t)16 * 1024 * 1024)
#define WINDOW_TAIL_BYTES ((uint64_t)64 * 1024)

/* "zip", "7z", "cab", "tar", "rar", "iso", "gzip" … by magic; NULL where it is no archive. */
const char *archive_magic(const uint8_t *head, size_t n);
/* The same of a file, tar without magic and ISO images too. */
const char *archive_format_of(int fd);

struct archive_entry_info {
	uint64_t index;
	struct str name;             /* UTF-8, '/' as separator */
	enum member_status status;   /* PARSED: bytes are whole; PARTLY: some; else none */
	uint64_t size, held;         /* unpacked; kept from the start (less: a window) */
	uint64_t tail;               /* bytes of the tail behind `held` in the file */
	int64_t modified_100ns;
	char sha256[65];
	int fd;                      /* the bytes, -1 where none; the taker's */
	struct str error;
	bool no_room;                /* the disk of the work files is full: nobody is served by going on */
};

struct archive_job {
	int fd;                      /* seekable */
	const char *name;            /* base name, for single compressed files */
	uint64_t first_index;        /* entries before this are skipped */
	const struct ingest_limits *limits;
	struct str passphrases;      /* one a line */
	struct str only;             /* unpack just this name; empty: all */
	volatile uint64_t *heartbeat;   /* counts up while there is progress */
	/* Each may end the walk by returning false. */
	bool (*start)(void *to, uint64_t index, struct str name);
	bool (*entry)(void *to, const struct archive_entry_info *info);
	/* From name and head: whether anyone reads more than head and tail. NULL: all is kept. */
	bool (*wants_whole)(void *to, struct str name, struct str head);
	int (*spool)(void *to);      /* an unlinked file, or -1 */
	uint64_t (*room)(void *to);  /* unpacked bytes that the next entry may have */
	void *to;
};

/* 0 at the archive's end; E_DAMAGED or E_UNSUPPORTED with a message, entries before it hold. */
int archive_walk(const struct archive_job *job, struct str *format, struct arena *a, struct err *e);

#endif
