/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker process: takes jobs from its socket, one at a time, and hands back entries, segments and
 * outcomes. It opens no path; it has the descriptors that it is sent and nothing else.
 */
#ifndef CASELINE_ANALYZER_WORKER_H
#define CASELINE_ANALYZER_WORKER_H

#include "analyzer/ingest/evidence.h"

/* What a worker inherits from the fork server. */
struct worker_setup {
	struct ingest_limits limits;
	struct str passphrases;
};

/* Runs until the socket closes. `progress` is shared with the parent: how far a member was read. */
_Noreturn void worker_run(int socket, volatile uint64_t *progress, const struct worker_setup *setup);

/*
 * Gives up what a worker does not need: descriptors but 0 to 2 and its socket, new rights, core dumps,
 * life after its parent, address space without end, paths, network and all calls it does not need.
 * Gives the layers that hold, enum sandbox_layers.
 */
unsigned worker_lock_down(int socket);

/* Address space for a job: a fixed part, and what its member's mapping takes. */
void worker_allow_memory(uint64_t mapped_bytes);

#define PROBE_TEXT_BYTES (HEAD_BYTES * 3)

/* Fills head and text; `text` holds the head as UTF-8 where it is text, and must outlive the probe. */
void probe_make(struct probe *p, struct str head, char text[PROBE_TEXT_BYTES]);
/* What it is where no parser bids: "text", "etl", "png" … "binary". */
struct str probe_type(const struct probe *p);

#endif
