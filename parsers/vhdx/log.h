/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of a VHDX file's log, and their application to a copy of the file's head. */
#ifndef CASELINE_PARSERS_VHDX_LOG_H
#define CASELINE_PARSERS_VHDX_LOG_H

#include "parsers/vhdx/vhdx.h"

#define LOG_SECTOR ((size_t)4096)
#define LOG_ENTRIES_MAX 4096u

struct log_entry {
	uint64_t at;             /* in the log */
	uint64_t bytes, sequence, tail;
	const uint8_t *p;        /* in one piece */
	const char *fault;       /* why it does not count; NULL: sound */
};

struct log {
	struct arena *a;
	const uint8_t *p;        /* the ring */
	uint64_t bytes;
	struct log_entry e[LOG_ENTRIES_MAX];
	size_t n;
	struct log_entry bad;    /* the newest that is not sound */
	uint64_t checked;        /* bytes that checksums went over */
	bool cut;                /* a limit struck */
};

/* Checks descriptors and data sectors of an entry whose checksum is right; may set e->fault. */
void log_entry_check(struct log_entry *e);
/*
 * Puts a copy with all updates in place of v's head. Returns how many updates lie outside of what
 * is held, in whole or in part.
 */
uint64_t log_replay(struct vhdx *v, const struct log_entry **list, size_t n);

#endif
