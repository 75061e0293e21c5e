/* SPDX-License-Identifier: Apache-2.0 */
/* The facts of a case, by type and field. */
#ifndef CASELINE_ANALYZER_FACTS_H
#define CASELINE_ANALYZER_FACTS_H

#include "analyzer/case/case.h"

/* A fact row, read for its fields. */
struct fact {
	struct ref ref;
	uint32_t host;
	const struct segment *segment;
};

typedef VEC(struct fact) fact_list;

/* All facts of one type, in order; the list's memory is the caller's. */
void facts_of(const struct case_file *c, const char *type, fact_list *out);
/* "D:" of "D:\VM\a.avhdx", "C:\ClusterStorage\Volume1" of that path and those in it; empty elsewhere. */
struct str volume_of_path(struct str path);
/* The text of a field, as a view that lives as long as `a`; empty where it is not there. */
struct str fact_text(const struct fact *f, const char *name, struct arena *a);

#endif
