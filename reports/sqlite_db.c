/* SPDX-License-Identifier: Apache-2.0 */
/* The database itself: opened in the caller's file, statements run with their values. */
#include "reports/sqlite_parts.h"

#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reports/csv.h"

static void fail(struct db *d)
{
	if (!d->rc)
		d->rc = err_set(d->e, E_OUTPUT, "case.sqlite: %s", sqlite3_errmsg(d->db));
}

void db_exec(struct db *d, const char *sql)
{
	if (!d->rc && sqlite3_exec(d->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail(d);
}

sqlite3_stmt *db_prepare(struct db *d, const char *sql)
{
	sqlite3_stmt *s = NULL;

	if (!d->rc && sqlite3_prepare_v3(d->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) != SQLITE_OK)
		fail(d);
	return s;
}

static void bind_text(struct db *d, sqlite3_stmt *s, int i, struct str text)
{
	struct str clean;

	if (!text.n) {
		sqlite3_bind_null(s, i);
		return;
	}
	clean = text_clean(text, &d->scratch);
	sqlite3_bind_text64(s, i, clean.p, clean.n,
		clean.p == text.p ? SQLITE_STATIC : SQLITE_TRANSIENT, SQLITE_UTF8);
}

static void bind_unless(sqlite3_stmt *s, int i, int64_t v, bool null)
{
	if (null)
		sqlite3_bind_null(s, i);
	else
		sqlite3_bind_int64(s, i, v);
}

static void bind_one(struct db *d, sqlite3_stmt *s, int i, char type, va_list *args)
{
	int64_t v;

	switch (type) {
	case 't':
		bind_text(d, s, i, va_arg(*args, struct str));
		break;
	case 'c':
		bind_text(d, s, i, str_of(va_arg(*args, const char *)));
		break;
	case 'r':
		sqlite3_bind_double(s, i, va_arg(*args, int) / 1000.0);
		break;
	case 'b':
		sqlite3_bind_int(s, i, va_arg(*args, int));
		break;
	case 'T':
		v = va_arg(*args, int64_t);
		bind_unless(s, i, v, v == TIME_NONE);
		break;
	case 'I':
		v = va_arg(*args, int64_t);
		bind_unless(s, i, v, v < 1);
		break;
	default:
		sqlite3_bind_int64(s, i, va_arg(*args, int64_t));
		break;
	}
}

void db_put(struct db *d, sqlite3_stmt *s, const char *types, ...)
{
	va_list args;

	if (d->rc)
		return;
	va_start(args, types);
	for (int i = 0; types[i]; i++)
		bind_one(d, s, i + 1, types[i], &args);
	va_end(args);
	if (sqlite3_step(s) != SQLITE_DONE)
		fail(d);
	sqlite3_reset(s);
}

static void put_pragmas(struct db *d)
{
	char text[128];

	db_exec(d, "PRAGMA page_size=8192; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
		"PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY; PRAGMA encoding='UTF-8';"
		"PRAGMA locking_mode=EXCLUSIVE;");
	snprintf(text, sizeof(text), "PRAGMA application_id=%d; PRAGMA user_version=%d;",
		DB_APPLICATION_ID, DB_USER_VERSION);
	db_exec(d, text);
}

/*
 * The file is there already, made aside by the caller, and SQLite wants a name: that of the
 * descriptor. Without a journal nothing else is written beside it; a failure leaves a file that is
 * thrown away.
 */
int db_open(struct db *d, FILE *to)
{
	char link[64], path[4096];
	struct stat named, held;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fileno(to));
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	if (n <= 0 || stat(path, &named) != 0 || fstat(fileno(to), &held) != 0 ||
		named.st_ino != held.st_ino || named.st_dev != held.st_dev)
		return err_set(d->e, E_OUTPUT, "case.sqlite: the file has no name");
	/* One thread alone uses SQLite here. Where it is in use already both are refused, to no harm. */
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (sqlite3_open_v2(path, &d->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, "unix-none") !=
		SQLITE_OK)
		fail(d);
	put_pragmas(d);
	return d->rc;
}

int64_t db_number(const struct row *r, bool line)
{
	return !(r->flags & ROW_LINE) == !line ? (int64_t)r->number : 0;
}
