/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CASELINE_ANALYZER_CASE_SKEW_H
#define CASELINE_ANALYZER_CASE_SKEW_H

#include "analyzer/case/case.h"
#include "analyzer/correlate/knowledge.h"

/* Fills host.clock_measured_ms and its neighbours from knowledge's anchors; moves no row. */
void case_measure_clocks(struct case_file *c, const struct knowledge *kb);

#endif
