/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Process Monitor log says of files of VMs and of shadow copies: refused, failed and slow
 * operations. The same operation of one process with the same result is one row with a count.
 */
#ifndef CASELINE_PARSERS_PROCMON_COLLECT_H
#define CASELINE_PARSERS_PROCMON_COLLECT_H

#include "parsers/parser.h"

struct operation {
	int64_t time_100ns;      /* TIME_NONE where only a time of day is told */
	uint8_t basis, flags;    /* enum time_basis, enum row_flags */
	struct str time_raw;
	struct str process, user, name, path, result, detail;
	uint32_t pid, code;      /* code: NTSTATUS, 0 unknown */
	int64_t duration_100ns;  /* -1 unknown */
	uint64_t number, offset; /* line or index of the event */
};

struct collect;

struct collect *collect_new(void);
void collect_free(struct collect *c);
/* True where the path is of a file of a VM, or lies in a shadow copy. */
bool collect_wants(struct str path);
/* Counts one operation; keeps it if it concerns the case. Texts need live only until it returns. */
void collect_add(struct collect *c, const struct operation *o);
/* Gives the rows, and a note of what was left out. `computer` may be empty. */
void collect_put(struct collect *c, struct sink *out, struct str computer);

#endif
