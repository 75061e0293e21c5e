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

/*
 * Appends, for people, how each rule of a cause fared: what was found, which link failed and the
 * nearest miss. `vm` narrows it to impacts of that VM; empty: all.
 */
int correlate_trace(const struct knowledge *kb, const struct case_file *c, struct str cause,
	struct str vm, struct buf *out, struct err *e);

#endif
