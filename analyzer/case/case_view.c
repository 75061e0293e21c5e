/* SPDX-License-Identifier: Apache-2.0 */
/* A row as the case sees it: its host, its time and how far that may be off, its message. */
#include "analyzer/case/case_parts.h"

static int64_t row_doubt_ms(const struct case_file *c, const struct event_view *v)
{
	int64_t doubt = v->row.flags & ROW_PRECISION_S ? 1000 : v->row.flags & ROW_PRECISION_MS ? 1 : 0;

	if (v->host == HOST_NONE)
		return doubt;
	if (v->row.basis != BASIS_UTC)
		doubt += case_season_doubt_ms(c, v->host, v->time_100ns);
	return doubt + c->hosts.v[v->host].doubt_ms + case_step_doubt_ms(&c->hosts.v[v->host], v->time_100ns);
}

void case_view(const struct case_file *c, struct ref at, struct event_view *out)
{
	const struct case_segment *s = &c->segments.v[at.segment];

	*out = (struct event_view){ .segment = s->segment, .ref = at,
		.member = &c->ev->members.v[s->member] };
	segment_row(s->segment, at.row, &out->row);
	if (s->texts && !out->row.message.n && !(out->row.flags & ROW_RECOVERED))
		out->row.message = case_text_of(c, s->texts, out->row.number);
	out->kind = segment_kind(s->segment, out->row.kind);
	out->host = s->kind_host[out->row.kind];
	out->time_100ns = case_row_time(c, at.segment, at.row, out->host);
	out->doubt_ms = row_doubt_ms(c, out);
	out->time_source = out->row.basis == BASIS_UTC ? TIME_FROM_UTC :
			   out->host == HOST_NONE      ? TIME_ASSUMED :
							 c->hosts.v[out->host].time_source;
}

struct str case_source_name(const struct kind *k)
{
	if (str_eq(k->data_type, STR("fact")))
		return k->provider;
	return k->channel.n ? k->channel : k->data_type;
}
