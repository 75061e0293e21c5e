/* SPDX-License-Identifier: Apache-2.0 */
/* What knowledge tells of a case that is built: clocks that differ, clocks that were set, emptied logs. */
#ifndef CASELINE_ANALYZER_LEARN_H
#define CASELINE_ANALYZER_LEARN_H

#include "analyzer/case/case.h"
#include "analyzer/correlate/knowledge.h"

/*
 * Measures clocks by knowledge's anchors, puts right those that differ steadily (and are not given
 * with --clock), then reads its marks. `o` as for case_build; NULL: no options.
 */
void case_learn(struct case_file *c, const struct knowledge *kb, const struct case_options *o);

/* Fills host.clock_measured_ms and its neighbours. */
void case_measure_clocks(struct case_file *c, const struct knowledge *kb);
/* Sets host.clock_offset_ms from what was measured; true where a clock moved. The timeline stays. */
bool case_apply_clocks(struct case_file *c);
/* Fills host.steps, host.boots and coverage.cleared_100ns. */
void case_read_marks(struct case_file *c, const struct knowledge *kb);

#endif
