/* SPDX-License-Identifier: Apache-2.0 */
/* caseline why: how the rules of a cause fared, from bundles or from the case file of an output folder. */
#include <stdio.h>
#include <unistd.h>

#include "analyzer/cli/knowing.h"
#include "analyzer/cli/session.h"
#include "analyzer/correlate/correlate.h"
#include "reports/case_file.h"

static int from_bundles(const struct options *o, struct trace_telling *t, struct err *e)
{
	struct knowledge *kb = NULL;
	struct session s = { 0 };
	int rc = knowing_load(o, &kb, e);

	if (!rc)
		rc = session_open(&s, o, false, kb, e);
	if (!rc)
		rc = correlate_trace(kb, &s.file, str_of(o->cause), trace_tell, t, e);
	session_close(&s);
	knowledge_free(kb);
	return rc;
}

static bool holds(const char *dir, const char *name, struct buf *path)
{
	path->n = 0;
	buf_printf(path, "%s/%s", dir, name);
	buf_putc(path, '\0');
	return access(path->p, R_OK) == 0;
}

int command_why(const struct options *o, struct err *e)
{
	struct trace_telling t = { .vm = str_of(o->vm) };
	struct buf path = { 0 };
	int rc;

	if (!o->cause)
		return err_set(e, E_USAGE, "name the cause, as in: caseline why BUNDLE --cause storage-io-reset");
	if (o->words.n == 1 && holds(o->words.v[0], "case.sqlite", &path))
		rc = case_file_trace(path.p, str_of(o->cause), trace_tell, &t, e);
	else if (o->words.n == 1 && holds(o->words.v[0], "manifest.json", &path))
		rc = err_set(e, E_INPUT, "%s has no case.sqlite to ask; name the bundles, or analyze them with "
			"--output html,incidents,manifest,sqlite", o->words.v[0]);
	else
		rc = from_bundles(o, &t, e);
	if (!rc)
		fwrite(t.out.p, 1, t.out.n, stdout);
	buf_free(&path);
	buf_free(&t.out);
	return rc;
}
