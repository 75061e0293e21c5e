/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults on purpose, for tests, in builds with -DCASELINE_FAULTS only. CASELINE_FAULT is
 * "crash|hang|memory|archive:NAME": a worker that comes to a member whose path ends in NAME does that
 * ("archive": the archive worker dies when it comes to the entry).
 */
#ifndef CASELINE_ANALYZER_WORKER_FAULT_H
#define CASELINE_ANALYZER_WORKER_FAULT_H

#include "analyzer/base/str.h"

enum fault_place { FAULT_PARSE, FAULT_ARCHIVE };

#ifdef CASELINE_FAULTS
void worker_fault(struct str path, enum fault_place place);
#else
static inline void worker_fault(struct str path, enum fault_place place)
{
	(void)path;
	(void)place;
}
#endif

#endif
