/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CASELINE_ANALYZER_SIGNAL_PARTS_H
#define CASELINE_ANALYZER_SIGNAL_PARTS_H

#include "analyzer/correlate/signal.h"

/* Sorts the sightings, drops what is too rare to count, and merges the rest into episodes. */
void sightings_merge(struct sightings *s);
/* The value of one binding in a row, after its pattern; false where no field of it is there. */
bool bind_value(const struct signal_bind *b, const struct event_view *v, struct buf *out);

#endif
