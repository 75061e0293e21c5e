/* SPDX-License-Identifier: Apache-2.0 */
/* What the knowledge covers, as the page docs/coverage.md. */
#ifndef CASELINE_ANALYZER_CLI_COVERAGE_H
#define CASELINE_ANALYZER_CLI_COVERAGE_H

#include "analyzer/cli/options.h"
#include "analyzer/correlate/knowledge.h"

/*
 * Prints the page in Markdown: each item of the guide and each failure pattern with the files of the
 * rules that answer it, each cause with its tests, what is read and which products by name. Fails
 * with E_USAGE where an entry names a parser that is not there.
 */
int coverage_print(const struct knowledge *kb, const struct options *o, struct err *e);

#endif
