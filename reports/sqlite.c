/* SPDX-License-Identifier: Apache-2.0 */
/* case.sqlite: the case as a database that people query with what they have. */
#include "reports/sqlite_parts.h"

int report_sqlite(const struct report_input *in, FILE *to, struct err *e)
{
	struct db d = { .in = in, .e = e };

	d.rc = db_open(&d, to);
	db_exec(&d, "BEGIN");
	db_exec(&d, db_schema);
	db_case(&d);
	db_events(&d);
	db_facts(&d);
	db_result(&d);
	db_exec(&d, db_after);
	db_exec(&d, "COMMIT");
	if (sqlite3_close(d.db) != SQLITE_OK && !d.rc)
		d.rc = err_set(e, E_INTERNAL, "case.sqlite could not be closed");
	buf_free(&d.scratch);
	return d.rc;
}
