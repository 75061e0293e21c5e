/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of case.sqlite: a database being written in one transaction. docs/outputs.md has the schema. */
#ifndef CASELINE_REPORTS_SQLITE_PARTS_H
#define CASELINE_REPORTS_SQLITE_PARTS_H

#include <sqlite3.h>

#include "reports/report.h"

#define DB_APPLICATION_ID 0x43534c4e   /* "CSLN" */
#define DB_USER_VERSION 3

struct db {
	const struct report_input *in;
	sqlite3 *db;
	struct err *e;
	int rc;                  /* the first failure; what follows does nothing */
	struct buf scratch;
};

extern const char db_schema[], db_after[];

/* In the file that `to` is; nothing else is written. */
int db_open(struct db *d, FILE *to);
void db_exec(struct db *d, const char *sql);
sqlite3_stmt *db_prepare(struct db *d, const char *sql);
/*
 * Runs a statement with its values: i int64_t, b bool (as int), r int in thousandths, t struct str
 * (NULL where empty), c const char * (NULL stays), T int64_t time (NULL for TIME_NONE), I int64_t
 * id (NULL below 1).
 */
void db_put(struct db *d, sqlite3_stmt *s, const char *types, ...);

/* Ids: of a timeline row, a member and a host, all from 1; 0 where there is none. */
int64_t db_event_id(const struct case_file *c, struct ref at);
int64_t db_fact_id(const struct case_file *c, struct ref at);
int64_t db_source_id(const struct case_file *c, struct ref at);
int64_t db_host_id(uint32_t host);
/* Record or line, whichever is asked for; 0, so unknown, where it is the other. */
int64_t db_number(const struct row *r, bool line);

void db_case(struct db *d);
void db_events(struct db *d);
void db_facts(struct db *d);
void db_result(struct db *d);

#endif
