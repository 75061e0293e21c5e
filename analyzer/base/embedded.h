/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data files built into the program: knowledge, text formats, the report page's script and style.
 * Names are paths in the source tree ("analyzer/knowledge/codes.yaml"), sorted; a NULL name ends
 * the list. The Makefile writes it.
 */
#ifndef CASELINE_BASE_EMBEDDED_H
#define CASELINE_BASE_EMBEDDED_H

#include "analyzer/base/str.h"

struct embedded {
	const char *name;
	const char *data;
	uint64_t size_bytes;
};

extern const struct embedded embedded_files[];

/* The bytes of one file; an empty view with NULL where there is none of that name. */
struct str embedded_find(const char *name);

#endif
