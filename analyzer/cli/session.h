/* SPDX-License-Identifier: Apache-2.0 */
/* What most commands begin with: formats, ingest, the case. */
#ifndef CASELINE_ANALYZER_CLI_SESSION_H
#define CASELINE_ANALYZER_CLI_SESSION_H

#include "analyzer/cli/options.h"
#include "analyzer/cli/progress.h"
#include "analyzer/correlate/knowledge.h"

struct session {
	struct arena *a;
	struct evidence evidence;
	struct case_file file;
	struct progress progress;
};

int session_need_bundles(const struct options *o, struct err *e);
/* Whether each bundle is there to be read, asked before anything is written. */
int session_check_bundles(const struct options *o, struct err *e);
/* Reads the bundles into evidence; where knowledge is given also builds the case. */
int session_open(struct session *s, const struct options *o, bool inventory_only,
	const struct knowledge *kb, struct err *e);
void session_close(struct session *s);

#endif
