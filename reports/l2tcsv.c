/* SPDX-License-Identifier: Apache-2.0 */
/* l2t.csv: the seventeen columns of log2timeline. Its stamp has seconds only: `extra` has the rest. */
#include "analyzer/correlate/wording.h"
#include "reports/csv.h"
#include "reports/report.h"

#define FLUSH_BYTES ((size_t)1024 * 1024)
#define SHORT_BYTES 80

static const char header[] = "date,time,timezone,MACB,source,sourcetype,type,user,host,short,desc,"
	"version,filename,inode,notes,format,extra\n";

static void put_stamp(struct csv *c, int64_t time_100ns)
{
	char date[40], time[40];
	struct civil at;

	civil_from_ticks(time_100ns, &at);
	snprintf(date, sizeof(date), "%02d/%02d/%04d", at.month, at.day, at.year);
	snprintf(time, sizeof(time), "%02d:%02d:%02d", at.hour, at.minute, at.second);
	csv_text(c, str_of(date));
	csv_text(c, str_of(time));
	csv_text(c, STR("UTC"));
}

static struct str shortened(struct str s)
{
	size_t n = s.n < SHORT_BYTES ? s.n : SHORT_BYTES;

	while (n < s.n && n && (s.p[n] & 0xc0) == 0x80)
		n--;
	return str_sub(s, 0, n);
}

static void put_extra(struct buf *b, const struct event_view *v)
{
	char time[RFC3339_BYTES];
	size_t n = segment_field_count(v->segment, v->ref.row), unnamed = 0;
	const char *level = level_name(v->kind->level);

	buf_printf(b, "datetime: %s; ", time_rfc3339(v->time_100ns, time));
	if (v->kind->has_id)
		buf_printf(b, "event_identifier: %u; ", v->kind->id);
	if (level)
		buf_printf(b, "level: %s; ", level);
	if (v->kind->channel.n)
		buf_printf(b, "channel: %.*s; ", STR_ARG(v->kind->channel));
	buf_puts(b, STR("place: "));
	report_place(v, b);
	for (size_t i = 0; i < n; i++) {
		struct field f;

		segment_field(v->segment, v->ref.row, i, &f);
		if (f.name.n)
			buf_printf(b, "; %.*s: ", STR_ARG(f.name));
		else
			buf_printf(b, "; data.%zu: ", unnamed++);
		buf_field(b, &f);
	}
}

static void put_moment(const struct report_input *in, const struct moment *m, struct csv *c,
	struct buf *scratch)
{
	struct event_view v;
	struct str provider;

	case_view(in->c, m->ref, &v);
	provider = v.kind->provider.n ? v.kind->provider : v.kind->source;
	scratch->n = 0;
	event_message(in->kb, &v, scratch);
	put_stamp(c, m->time_100ns);
	csv_text(c, STR("...."));
	csv_text(c, str_starts(v.kind->data_type, STR("windows:evtx")) ? STR("EVT") : STR("LOG"));
	csv_text(c, provider.n ? provider : v.kind->data_type);
	csv_text(c, report_time_meaning(&v));
	csv_text(c, v.row.user.n ? v.row.user : STR("-"));
	csv_text(c, case_host_name(in->c, m->host));
	csv_text(c, shortened(buf_str(scratch)));
	csv_text(c, buf_str(scratch));
	csv_number(c, 2);
	csv_text(c, v.member->path);
	csv_text(c, STR("-"));
	csv_text(c, STR("-"));
	csv_text(c, v.member->parser);
	scratch->n = 0;
	v.time_100ns = m->time_100ns;
	put_extra(scratch, &v);
	csv_text(c, buf_str(scratch));
	csv_end(c);
}

int report_l2tcsv(const struct report_input *in, FILE *to, struct err *e)
{
	struct buf b = { 0 }, scratch = { 0 };
	struct csv csv = { .b = &b };

	buf_puts(&b, str_of(header));
	for (size_t i = 0; i < in->c->timeline_count; i++) {
		put_moment(in, &in->c->timeline[i], &csv, &scratch);
		if (b.n < FLUSH_BYTES)
			continue;
		if (fwrite(b.p, 1, b.n, to) != b.n)
			break;
		b.n = 0;
	}
	fwrite(b.p, 1, b.n, to);
	buf_free(&b);
	buf_free(&scratch);
	return ferror(to) ? err_set(e, E_OUTPUT, "the timeline could not be written") : 0;
}
