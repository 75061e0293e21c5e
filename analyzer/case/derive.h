/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Derived facts: what no single member states but all of them together do, such as an AVHDX that no
 * VM's chain reaches. Each stands beside the fact it starts from and cites its place. They are facts,
 * not verdicts: what follows from them is said in knowledge files. docs/facts.md lists them.
 */
#ifndef CASELINE_ANALYZER_DERIVE_H
#define CASELINE_ANALYZER_DERIVE_H

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

struct deriver;
/* Begins a derived fact at the place of `at`; fields follow with derive_put. */
void derive_fact(struct deriver *d, const struct fact *at, const char *type);
void derive_put(struct deriver *d, const char *name, struct str v);
struct arena *derive_arena(struct deriver *d);
const struct case_file *derive_case(const struct deriver *d);

/* The steps; each in a file of its own. */
void derive_writers(struct deriver *d);
void derive_disks(struct deriver *d);
void derive_room(struct deriver *d);
void derive_versions(struct deriver *d);
void derive_folders(struct deriver *d);

/* Appends all derived facts to the case. Called once, after hosts and clocks are bound. */
void case_derive(struct case_file *c);

#endif
