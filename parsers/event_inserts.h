/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exports of events whose message nobody could render: Windows writes a sentence of its own and
 * behind it the event's values, GetEvents writes {value, value}.
 */
#ifndef CASELINE_PARSERS_EVENT_INSERTS_H
#define CASELINE_PARSERS_EVENT_INSERTS_H

#include "parsers/segment.h"

/* Gives the values that stand in `message` to the row given last, unnamed and in order. */
void event_inserts_put(struct sink *out, struct str message);

#endif
