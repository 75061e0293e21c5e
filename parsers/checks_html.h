/* SPDX-License-Identifier: Apache-2.0 */
/* Cluster validation reports as HTML or web archive. */
#ifndef CASELINE_PARSERS_CHECKS_HTML_H
#define CASELINE_PARSERS_CHECKS_HTML_H

#include "parsers/parser.h"

/* Gives the checks that failed or warned; returns how many rows of results it found. */
uint64_t checks_html_read(const struct member_view *m, struct sink *out);

#endif
