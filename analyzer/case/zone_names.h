/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CASELINE_ANALYZER_ZONE_NAMES_H
#define CASELINE_ANALYZER_ZONE_NAMES_H

#include "analyzer/base/str.h"

#define ZONE_NAME_BYTES 64

/* The Windows name behind a display name, written to `out`; empty where it is not known. */
struct str zone_of_display_name(struct str display, char out[ZONE_NAME_BYTES]);

#endif
