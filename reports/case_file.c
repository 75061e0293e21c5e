/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/case_file.h"

#include "reports/sqlite_parts.h"

static int64_t pragma(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s = NULL;
	int64_t v = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
		v = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return v;
}

static int open_case(const char *path, sqlite3 **db, struct err *e)
{
	if (sqlite3_open_v2(path, db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		return err_set(e, E_INPUT, "%s: %s", path, sqlite3_errmsg(*db));
	if (pragma(*db, "PRAGMA application_id") != DB_APPLICATION_ID)
		return err_set(e, E_INPUT, "%s is no case file", path);
	if (pragma(*db, "PRAGMA user_version") != DB_USER_VERSION)
		return err_set(e, E_INPUT, "%s is of another version of caseline: analyze the bundles again", path);
	return 0;
}

static struct str text_of(sqlite3_stmt *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s, column);

	return str_make(text, text ? (size_t)sqlite3_column_bytes(s, column) : 0);
}

int case_file_trace(const char *path, struct str cause,
	void (*take)(void *to, const struct trace_row *row), void *to, struct err *e)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *s = NULL;
	bool any = false;
	int rc = open_case(path, &db, e), step = SQLITE_DONE;

	if (!rc && sqlite3_prepare_v2(db, "SELECT cause, rule, vm, text, linked, lacked FROM trace"
		" WHERE ?1 IN (cause, rule) ORDER BY rowid", -1, &s, NULL) == SQLITE_OK) {
		sqlite3_bind_text64(s, 1, cause.p, cause.n, SQLITE_STATIC, SQLITE_UTF8);
		while ((step = sqlite3_step(s)) == SQLITE_ROW) {
			any = true;
			take(to, &(struct trace_row){ .cause = text_of(s, 0), .rule = text_of(s, 1),
				.vm = text_of(s, 2), .text = text_of(s, 3), .linked = sqlite3_column_int(s, 4),
				.lacked = sqlite3_column_int(s, 5) });
		}
	}
	if (!rc && (!s || step != SQLITE_DONE))
		rc = err_set(e, E_INPUT, "%s: %s", path, sqlite3_errmsg(db));
	else if (!rc && !any)
		rc = err_set(e, E_USAGE, "no rule concludes '%.*s'", STR_ARG(cause));
	sqlite3_finalize(s);
	sqlite3_close(db);
	return rc;
}
