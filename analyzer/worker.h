/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker process: takes jobs from its socket, one at a time, and hands back entries, segments and
 * outcomes. It opens no path; it has the descriptors that it is sent and nothing else.
 */
#ifndef CASELINE_ANALYZER_WORKER_H
#define CASELINE_ANALYZER_WORKER_H

#include "analyzer/evidence.h"

/* What a worker inherits from the fork server. */
struct worker_setup {
	struct ingest_limits limits;
	struct str passphrases;
	bool list_only;
};

/* Runs until the socket closes. `progress` is shared with the parent: how far a member was read. */
_Noreturn void worker_run(int socket, volatile uint64_t *progress, const struct worker_setup *setup);

/* Address space for a job: a fixed part, and what its member's mapping takes. */
void worker_allow_memory(uint64_t mapped_bytes);

/* The head of a member as UTF-8 text in `out`, 0 where it is no text. */
size_t probe_text(const uint8_t *head, size_t n, char *out, size_t room);

#endif
