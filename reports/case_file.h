/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of a case file (case.sqlite) that was written before. */
#ifndef CASELINE_REPORTS_CASE_FILE_H
#define CASELINE_REPORTS_CASE_FILE_H

#include "analyzer/correlate/correlate.h"

/*
 * The rows of correlate_trace that a case file holds of a cause or a rule. E_INPUT where it is none
 * or can't be read, E_USAGE where no rule is meant.
 */
int case_file_trace(const char *path, struct str cause,
	void (*take)(void *to, const struct trace_row *row), void *to, struct err *e);

#endif
