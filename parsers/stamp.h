/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stamp that collecting scripts put above what a tool printed: SDP's "[05/14/2024 03:12:46] tool" (its
 * date is of the invariant culture) and TSS's "20240514 03:12:46.120 : command" between lines of '='; local.
 */
#ifndef CASELINE_PARSERS_STAMP_H
#define CASELINE_PARSERS_STAMP_H

#include "parsers/parser.h"

/* Gives host.clock with collected_local where such a stamp is among the first lines of a text. */
void stamp_put(const struct member_view *m, struct sink *out);

#endif
