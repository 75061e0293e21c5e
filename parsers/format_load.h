/* SPDX-License-Identifier: Apache-2.0 */
/* The formats in force, for the parser that bids with them. Private to parsers/format*.c. */
#ifndef CASELINE_PARSERS_FORMAT_LOAD_H
#define CASELINE_PARSERS_FORMAT_LOAD_H

#include "parsers/format_parts.h"

/* In bidding order; *g is the engine to match with. */
const struct format *const *format_set(size_t *n, struct format_engine **g);

#endif
