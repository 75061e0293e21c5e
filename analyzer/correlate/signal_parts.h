/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CASELINE_ANALYZER_SIGNAL_PARTS_H
#define CASELINE_ANALYZER_SIGNAL_PARTS_H

#include "analyzer/correlate/signal.h"

/* signal_merge.c: sorts the sightings, drops what is too rare to count, and merges the rest into episodes. */
void sightings_merge(struct sightings *s);

/* ---- signal_bind.c ---- */
#define SLOTS_MAX 16

/* The things that a row names, one of each type first. */
struct slots {
	struct slot v[SLOTS_MAX];
	size_t n;
};

/* Reads a row's bindings into `slots`, and learns from them which names go together. */
void bind_row(struct sightings *s, const struct signal *signal, const struct event_view *v,
	struct buf *scratch, struct slots *slots);
/* The value of one binding in a row, after its pattern; false where no field of it is there. */
bool bind_value(const struct signal_bind *b, const struct event_view *v, struct buf *out);

#endif
