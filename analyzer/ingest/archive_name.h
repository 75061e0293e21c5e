/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CASELINE_ANALYZER_ARCHIVE_NAME_H
#define CASELINE_ANALYZER_ARCHIVE_NAME_H

#include "analyzer/base/arena.h"

/* A member name as UTF-8 with '/' as separator; bytes that are no UTF-8 are read as CP437. */
struct str archive_name(struct arena *a, struct str raw);

#endif
