/* SPDX-License-Identifier: Apache-2.0 */
/* How services and drivers start and stand: one spelling for what tools print in many. */
#ifndef CASELINE_PARSERS_SERVICE_H
#define CASELINE_PARSERS_SERVICE_H

#include "parsers/parser.h"

/*
 * Field `start` (boot, system, auto, demand, disabled) or `state` (running, stopped, start-pending,
 * stop-pending, continue-pending, pause-pending, paused) of the last row. A word that is not known for
 * sure, of another language perhaps, goes to `start_raw` or `state_raw` as it stands.
 */
void service_put_start(struct sink *out, struct str word);
void service_put_state(struct sink *out, struct str word);

#endif
