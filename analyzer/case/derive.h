/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Derived facts: what no single member states but all of them together do, such as an AVHDX that no
 * VM's chain reaches. Each stands beside the fact it starts from and cites its place. They are facts,
 * not verdicts: what follows from them is said in knowledge files. docs/facts.md lists them.
 */
#ifndef CASELINE_ANALYZER_DERIVE_H
#define CASELINE_ANALYZER_DERIVE_H

#include "analyzer/case/facts.h"

struct deriver;
/* Begins a derived fact at the place of `at`; fields follow with derive_put. */
void derive_fact(struct deriver *d, const struct fact *at, const char *type);
void derive_put(struct deriver *d, const char *name, struct str v);
struct arena *derive_arena(struct deriver *d);
const struct case_file *derive_case(const struct deriver *d);
/* What was derived so far becomes part of the case. */
void derive_close(struct deriver *d);
struct deriver *derive_new(struct case_file *c);
void derive_free(struct deriver *d);

/* The steps; each in a file of its own. case_derive.c runs them. */
void derive_writers(struct deriver *d);
void derive_disks(struct deriver *d);
void derive_room(struct deriver *d);
void derive_versions(struct deriver *d);
void derive_folders(struct deriver *d);

/* Appends all derived facts to the case. Called once, after hosts and clocks are bound. */
void case_derive(struct case_file *c);

#endif
