/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of case_build, in their order; private to analyzer/case*.c. */
#ifndef CASELINE_ANALYZER_CASE_PARTS_H
#define CASELINE_ANALYZER_CASE_PARTS_H

#include "analyzer/case.h"

/* Who wrote what: hosts from records, facts and paths, and the host of every kind. */
void case_bind_hosts(struct case_file *c);
/* Zone, culture, offsets and order of day and month of each host. */
int case_bind_clocks(struct case_file *c, const struct case_options *o, struct err *e);
/* The UTC of one row, or TIME_NONE. */
int64_t case_row_time(const struct case_file *c, uint32_t segment, uint32_t row, uint32_t host);
void case_free_clocks(struct case_file *c);
/* The merged timeline, then copies taken off it, then what it covers. */
void case_merge(struct case_file *c, const struct case_options *o);
void case_fold_copies(struct case_file *c);
void case_find_coverage(struct case_file *c);

#endif
