/* SPDX-License-Identifier: Apache-2.0 */
/* Loading what the program knows: built-in files and the folders given. */
#ifndef CASELINE_ANALYZER_CLI_KNOWING_H
#define CASELINE_ANALYZER_CLI_KNOWING_H

#include "analyzer/cli/options.h"
#include "analyzer/correlate/knowledge.h"

/* The knowledge is the caller's; knowledge_free. */
int knowing_load(const struct options *o, struct knowledge **out, struct err *e);
/* A hash over all built-in data files and those of the folders given. */
struct str knowing_hash(const struct options *o, struct arena *a);

#endif
