/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults on purpose, for tests, in builds with -DCASELINE_FAULTS only. The environment says which:
 * CASELINE_FAULT="crash|hang|memory|archive:NAME:OFFSET". The first three strike a parser when it
 * reads the byte at OFFSET (decimal) of a member whose path ends in NAME; the last one strikes the
 * reader of an archive when it has unpacked so many bytes of that entry.
 */
#ifndef CASELINE_ANALYZER_WORKER_FAULT_H
#define CASELINE_ANALYZER_WORKER_FAULT_H

#include "analyzer/base/str.h"

#ifdef CASELINE_FAULTS
void worker_fault_parse(struct str path, const void *data, size_t size_bytes);
void worker_fault_archive(struct str name, uint64_t unpacked_bytes);
#else
static inline void worker_fault_parse(struct str path, const void *data, size_t size_bytes)
{
	(void)path;
	(void)data;
	(void)size_bytes;
}

static inline void worker_fault_archive(struct str name, uint64_t unpacked_bytes)
{
	(void)name;
	(void)unpacked_bytes;
}
#endif

#endif
