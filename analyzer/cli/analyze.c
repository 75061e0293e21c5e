/* SPDX-License-Identifier: Apache-2.0 */
/* caseline analyze and timeline: the case, and what it says. */
#include <stdio.h>

#include "analyzer/cli/knowing.h"
#include "analyzer/cli/session.h"
#include "analyzer/correlate/correlate.h"
#include "reports/report.h"

/* The options that shape a result, as words for the manifest and the page. */
static struct str options_text(struct arena *a, const struct options *o)
{
	struct buf b = { 0 };
	char time[RFC3339_BYTES];
	struct str out;

	if (o->bind.since_100ns != TIME_NONE)
		buf_printf(&b, "--since %s ", time_rfc3339(o->bind.since_100ns, time));
	if (o->bind.until_100ns != TIME_NONE)
		buf_printf(&b, "--until %s ", time_rfc3339(o->bind.until_100ns, time));
	if (o->bind.host.n)
		buf_printf(&b, "--host %.*s ", STR_ARG(o->bind.host));
	for (size_t i = 0; i < o->bind.zones.n; i++)
		buf_printf(&b, "--tz %.*s ", STR_ARG(o->bind.zones.v[i]));
	for (size_t i = 0; i < o->bind.clocks.n; i++)
		buf_printf(&b, "--clock %.*s ", STR_ARG(o->bind.clocks.v[i]));
	if (o->about)
		buf_printf(&b, "--about %s ", o->about);
	if (o->second_reader)
		buf_printf(&b, "--evtx-reader libevtx ");
	out = arena_str(a, str_trim(buf_str(&b)));
	buf_free(&b);
	return out;
}

struct concluded {
	struct session s;
	struct knowledge *kb;
	struct result result;
	struct report_input in;
};

static int conclude(struct concluded *x, const struct options *o, struct err *e)
{
	struct correlate_options about = { .about = str_of(o->about) };
	int rc = knowing_load(o, &x->kb, e);

	if (!rc)
		rc = session_open(&x->s, o, false, x->kb, e);
	if (rc)
		return rc;
	correlate(x->kb, &x->s.file, &about, &x->result);
	x->in = (struct report_input){ .c = &x->s.file, .result = &x->result, .kb = x->kb,
		.version = CASELINE_VERSION, .knowledge_hash = knowing_hash(o, x->s.a),
		.options = options_text(x->s.a, o), .about = str_of(o->about),
		.report_bytes = o->report_bytes };
	return 0;
}

static void concluded_free(struct concluded *x)
{
	result_free(&x->result);
	session_close(&x->s);
	knowledge_free(x->kb);
}

static void print_summary(const struct concluded *x, const struct options *o)
{
	struct buf b = { 0 };

	if (o->quiet)
		return;
	report_summary(&x->in, o->out_dir, reports_first(o->output_list), &b);
	fwrite(b.p, 1, b.n, stdout);
	buf_free(&b);
}

int command_analyze(const struct options *o, struct err *e)
{
	struct concluded x = { 0 };
	struct options with = *o;
	int rc;

	if (!o->words.n)
		return session_need_bundles(o, e);
	if (!o->out_dir)
		return err_set(e, E_USAGE, "say where the result goes, as in: caseline analyze %s -o out",
			o->words.v[0]);
	rc = session_check_bundles(o, e);
	if (!rc)
		rc = reports_check(o->out_dir, o->output_list, o->force, e);
	if (!with.ingest.work_dir)
		with.ingest.work_dir = o->out_dir;
	if (!rc)
		rc = conclude(&x, &with, e);
	if (!rc)
		rc = reports_write(&x.in, o->out_dir, o->output_list, o->force, e);
	if (!rc) {
		print_summary(&x, o);
		rc = x.result.incidents.n ? 1 : 0;
	}
	concluded_free(&x);
	return rc;
}

int command_timeline(const struct options *o, struct err *e)
{
	struct knowledge *kb = NULL;
	struct session s = { 0 };
	struct result none = { 0 };
	int rc = knowing_load(o, &kb, e);

	if (!rc)
		rc = session_open(&s, o, false, kb, e);
	if (!rc) {
		struct report_input in = { .c = &s.file, .result = &none, .kb = kb,
			.version = CASELINE_VERSION };

		rc = report_timeline(&in, stdout, e);
	}
	session_close(&s);
	knowledge_free(kb);
	return rc;
}
