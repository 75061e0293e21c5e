/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that makes workers: single-threaded, forked from the parent before any thread, holding
 * what is made ready once (patterns, converters, knowledge), so that every worker starts from the
 * same clean state.
 */
#ifndef CASELINE_ANALYZER_FORK_SERVER_H
#define CASELINE_ANALYZER_FORK_SERVER_H

#include <sys/types.h>

#include "analyzer/ingest/worker.h"

struct fork_server {
	int socket;
	pid_t pid;
};

int fork_server_start(struct fork_server *s, const struct worker_setup *setup,
	int (*prepare)(void *to, struct err *e), void *prepare_to, struct err *e);
/* A new worker: its pid, the parent's end of its socket, its progress page. 0 or negative. */
int fork_server_spawn(struct fork_server *s, pid_t *pid, int *socket, volatile uint64_t **progress,
	struct err *e);
/* The layers that hold a worker, enum sandbox_layers: one is made and locked down to see. */
unsigned fork_server_sandbox(struct fork_server *s);
/* Waits for a worker whose socket closed: its status as waitpid gives it, -1 if that is not known. */
int fork_server_reap(struct fork_server *s, pid_t pid);
void fork_server_stop(struct fork_server *s);

#endif
