/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the customer named: a VM, host, job, path, time, event id or code. An incident that it fits
 * comes first and says why.
 */
#ifndef CASELINE_ANALYZER_ABOUT_H
#define CASELINE_ANALYZER_ABOUT_H

#include "analyzer/correlate/incident.h"

/* Why the incident fits the text, in words that live in `a`; empty where it does not. */
struct str about_incident(struct arena *a, const struct case_file *c, const struct incident *in,
	struct str about);
/* A time as people write it, UTC where it names no zone: with or without T, seconds, time of day. */
bool about_time(struct str about, int64_t *from_100ns, int64_t *to_100ns);

#endif
