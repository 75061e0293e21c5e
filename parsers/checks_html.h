/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of a cluster as HTML or web archive: its validation, and which resource needs which. */
#ifndef CASELINE_PARSERS_CHECKS_HTML_H
#define CASELINE_PARSERS_CHECKS_HTML_H

#include "parsers/parser.h"

/* Gives the checks that failed or warned; returns how many rows of results it found. */
uint64_t checks_html_read(const struct member_view *m, struct sink *out);

/*
 * A dependency report (Get-ClusterResourceDependencyReport) gives one fact with all its words. How it lays
 * them out is known from no sample, so nothing is read into them. False where it holds pictures alone.
 */
bool checks_html_dependencies(const struct member_view *m, struct sink *out);

#endif
