/* SPDX-License-Identifier: Apache-2.0 */
/* The progress line: rewritten in place on a terminal, a plain line now and then elsewhere. */
#ifndef CASELINE_ANALYZER_CLI_PROGRESS_H
#define CASELINE_ANALYZER_CLI_PROGRESS_H

#include "analyzer/ingest/evidence.h"

struct progress {
	bool on, terminal, shown;
	double started, last;    /* seconds of a steady clock; never reaches a result */
};

void progress_start(struct progress *p, bool wanted);
void progress_show(void *progress, const struct ingest_progress *now);
void progress_end(struct progress *p);

#endif
