/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The correlator: from the case and the knowledge to incidents. It knows no event, code or cause by
 * name; all that stands in the knowledge files. The same case gives the same result whatever the
 * order of its members.
 */
#ifndef CASELINE_ANALYZER_CORRELATE_H
#define CASELINE_ANALYZER_CORRELATE_H

#include "analyzer/correlate/incident.h"

struct knowledge;

struct correlate_options {
	struct str about;            /* put what matches this text first; empty: by rank alone */
};

/* `o` may be NULL. The result is the caller's, to be given to result_free. */
void correlate(const struct knowledge *kb, const struct case_file *c,
	const struct correlate_options *o, struct result *out);

/* How one rule fared, for people: a way that reached a failure, or what the rule did not find. */
struct trace_row {
	struct str cause, rule;
	struct str vm;               /* of the failure that was reached; empty */
	struct str text;             /* lines */
	bool linked;                 /* more than the failure itself was found */
	bool lacked;                 /* what the rule did not find; the last row of its rule */
};

/*
 * Gives the rows of each rule of a cause, or of the rule of that id; of all where `cause` is empty,
 * with fewer looks for near misses. Texts live until `take` returns. E_USAGE where none is meant.
 */
int correlate_trace(const struct knowledge *kb, const struct case_file *c, struct str cause,
	void (*take)(void *to, const struct trace_row *row), void *to, struct err *e);

/* Writes rows as people read them: a rule's ways, or what it lacked where no way was linked. */
struct trace_telling {
	struct str vm;               /* only failures of this VM; empty: all */
	struct buf out;              /* the caller frees it */
	bool linked;                 /* a way of the rule at hand was told */
	bool within;                 /* rows of a rule were seen; its last is still to come */
};

void trace_tell(void *telling, const struct trace_row *row);

#endif
