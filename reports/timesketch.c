/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timeline.csv: the timeline as Timesketch imports it, exact; and timeline-sheet.csv, the same lines
 * for a spreadsheet, where no value can start a formula.
 */
#include "analyzer/correlate/wording.h"
#include "reports/csv.h"
#include "reports/json.h"
#include "reports/report.h"

#define FLUSH_BYTES ((size_t)1024 * 1024)

static const char header[] = "message,datetime,timestamp,timestamp_desc,data_type,hostname,"
	"source_name,event_identifier,channel,level,record_number,path,line,offset,user,data,"
	"time_doubt_ms,recovered\n";

struct writer {
	const struct report_input *in;
	struct csv csv;
	struct buf scratch;
};

static void put_optional(struct csv *c, bool there, uint64_t v)
{
	if (there)
		csv_number(c, (int64_t)v);
	else
		csv_text(c, STR(""));
}

static void put_identity(struct csv *c, const struct event_view *v)
{
	bool line = v->row.flags & ROW_LINE;

	csv_text(c, v->kind->provider.n ? v->kind->provider : v->kind->source);
	put_optional(c, v->kind->has_id, v->kind->id);
	csv_text(c, v->kind->channel);
	csv_text(c, str_of(level_name(v->kind->level)));
	put_optional(c, !line && v->row.number, v->row.number);
	csv_text(c, v->member->path);
	put_optional(c, line, v->row.number);
	put_optional(c, !line, v->row.offset);
	csv_text(c, v->row.user);
}

static void put_moment(struct writer *w, const struct moment *m)
{
	struct json data = { .b = &w->scratch };
	char time[RFC3339_BYTES];
	struct event_view v;

	case_view(w->in->c, m->ref, &v);
	w->scratch.n = 0;
	event_message(w->in->kb, &v, &w->scratch);
	csv_text(&w->csv, buf_str(&w->scratch));
	csv_text(&w->csv, str_of(time_rfc3339(m->time_100ns, time)));
	csv_number(&w->csv, time_unix_us(m->time_100ns));
	csv_text(&w->csv, report_time_meaning(&v));
	csv_text(&w->csv, v.kind->data_type);
	csv_text(&w->csv, case_host_name(w->in->c, m->host));
	put_identity(&w->csv, &v);
	w->scratch.n = 0;
	report_fields_json(&data, &v);
	csv_text(&w->csv, buf_str(&w->scratch));
	csv_number(&w->csv, v.doubt_ms);
	csv_text(&w->csv, v.row.flags & ROW_RECOVERED ? STR("true") : STR("false"));
	csv_end(&w->csv);
}

static int write_all(const struct report_input *in, bool sheet, FILE *to, struct err *e)
{
	struct buf b = { 0 };
	struct writer w = { .in = in, .csv = { .b = &b, .sheet = sheet } };

	buf_puts(&b, str_of(header));
	for (size_t i = 0; i < in->c->timeline_count; i++) {
		put_moment(&w, &in->c->timeline[i]);
		if (b.n < FLUSH_BYTES)
			continue;
		if (fwrite(b.p, 1, b.n, to) != b.n)
			break;
		b.n = 0;
	}
	fwrite(b.p, 1, b.n, to);
	buf_free(&b);
	buf_free(&w.scratch);
	return ferror(to) ? err_set(e, E_OUTPUT, "the timeline could not be written") : 0;
}

int report_timesketch(const struct report_input *in, FILE *to, struct err *e)
{
	return write_all(in, false, to, e);
}

int report_sheet(const struct report_input *in, FILE *to, struct err *e)
{
	return write_all(in, true, to, e);
}
