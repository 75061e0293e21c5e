/* SPDX-License-Identifier: Apache-2.0 */
/* The summary on standard output: what fits a ticket. */
#include "analyzer/correlate/about.h"
#include "reports/report.h"

#define INCIDENTS_SHOWN 10
#define UNREAD_SHOWN 8
#define TOLD_MS 2000            /* of a difference between clocks that is worth a line … */
#define STEP_TOLD_MS 60000      /* … and of a clock that was set */

static void put_span(struct buf *b, const struct case_file *c)
{
	char from[RFC3339_BYTES], to[RFC3339_BYTES];

	if (c->first_100ns == TIME_NONE) {
		buf_printf(b, "span      no events\n");
		return;
	}
	time_rfc3339(c->first_100ns, from);
	time_rfc3339(c->last_100ns, to);
	buf_printf(b, "span      %.19sZ to %.19sZ (", from, to);
	buf_duration(b, c->last_100ns - c->first_100ns);
	buf_printf(b, ")\n");
}

static bool reads_local_time(const struct case_file *c, uint32_t host)
{
	for (size_t s = 0; s < c->segments.n; s++) {
		const struct case_segment *cs = &c->segments.v[s];
		size_t rows = segment_rows(cs->segment);

		for (uint32_t r = 0; r < rows; r++)
			if (segment_bases(cs->segment)[r] == BASIS_HOST &&
				cs->kind_host[segment_row_kinds(cs->segment)[r]] == host)
				return true;
	}
	return false;
}

static void put_words(struct buf *b, const struct case_file *c, uint32_t host)
{
	const struct host *h = &c->hosts.v[host];
	int64_t ms = h->clock_measured_ms;

	bool steps = false;

	for (size_t i = 0; i < h->steps.n; i++)
		steps |= h->steps.v[i].by_ms > STEP_TOLD_MS || h->steps.v[i].by_ms < -STEP_TOLD_MS;
	if (!h->clock_offset_ms && !steps && (ms < 0 ? -ms : ms) <= TOLD_MS)
		return;
	buf_printf(b, "clock     %.*s: ", STR_ARG(h->name));
	case_clock_words(c, host, b);
	buf_putc(b, '\n');
}

/* Hosts whose local stamps rest on less than a named zone, or whose clock is off. */
static void put_clocks(struct buf *b, const struct case_file *c)
{
	for (uint32_t i = 0; i < c->hosts.n; i++) {
		const struct host *h = &c->hosts.v[i];
		bool weak = h->time_source == TIME_ASSUMED || h->time_source == TIME_FROM_OFFSET;

		if (weak && reads_local_time(c, i))
			buf_printf(b, "clock     %.*s: local times read as %.*s (%.*s)\n",
				STR_ARG(h->name), STR_ARG(h->zone), STR_ARG(h->zone_why));
		put_words(b, c, i);
	}
}

static void put_case(struct buf *b, const struct case_file *c)
{
	buf_printf(b, "case      ");
	for (size_t i = 0; i < c->ev->bundles.n; i++)
		buf_printf(b, "%s%.*s", i ? ", " : "", STR_ARG(c->ev->bundles.v[i].name));
	buf_printf(b, "\nhosts     ");
	for (size_t i = 0; i < c->hosts.n && i < 12; i++)
		buf_printf(b, "%s%.*s", i ? ", " : "", STR_ARG(c->hosts.v[i].name));
	if (c->hosts.n > 12)
		buf_printf(b, " and %zu more", c->hosts.n - 12);
	buf_printf(b, "%s\n", c->hosts.n ? "" : "none named");
	put_span(b, c);
	put_clocks(b, c);
	buf_printf(b, "read      %zu members, %zu events, %zu facts\n", c->ev->members.n,
		c->timeline_count, c->facts.n);
}

static void put_incident(struct buf *b, const struct incident *i)
{
	char from[RFC3339_BYTES];

	time_rfc3339(i->start_100ns, from);
	buf_printf(b, "\n%u. %.*s\n", i->rank, STR_ARG(i->title));
	buf_printf(b, "   cause %.*s, confidence %d %%, severity %s, %s%s%.19s%s\n", STR_ARG(i->cause),
		(i->confidence_milli + 5) / 10, severity_name(i->severity),
		incident_state_name(i->state), *from ? ", since " : "", from, *from ? "Z" : "");
	if (i->occurrences > 1)
		buf_printf(b, "   %llu times%s%.*s\n", (unsigned long long)i->occurrences,
			i->rhythm.n ? ": " : "", STR_ARG(i->rhythm));
	if (i->about.n)
		buf_printf(b, "   asked about: %.*s\n", STR_ARG(i->about));
	if (i->remedy.n)
		buf_printf(b, "   next: %.*s\n", STR_ARG(i->remedy.v[0].step));
}

static void put_unread(struct buf *b, const struct evidence *ev)
{
	size_t shown = 0, more = 0;

	for (size_t i = 0; i < ev->members.n; i++) {
		const struct member *m = &ev->members.v[i];

		if (m->status == MEMBER_PARSED || m->status == MEMBER_CONTAINER ||
			m->status == MEMBER_EMPTY || m->status == MEMBER_LISTED ||
			m->status == MEMBER_UNKNOWN)
			continue;
		if (shown++ >= UNREAD_SHOWN) {
			more++;
			continue;
		}
		if (shown == 1)
			buf_printf(b, "\nnot read, or in part:\n");
		buf_printf(b, "  %-11s %.*s%s%.*s\n", member_status_name(m->status), STR_ARG(m->path),
			m->error.n ? ": " : "", STR_ARG(m->error));
	}
	if (more)
		buf_printf(b, "  and %zu more (see the report)\n", more);
	for (size_t i = 0; i < ev->losses.n && i < UNREAD_SHOWN; i++)
		buf_printf(b, "loss: %.*s\n", STR_ARG(ev->losses.v[i]));
}

static bool any_matches(const struct result *r)
{
	for (size_t i = 0; i < r->incidents.n; i++)
		if (r->incidents.v[i].about.n)
			return true;
	return false;
}

/* What was asked about and is in no incident: the reader must know whether the logs could show it. */
static void put_about(struct buf *b, const struct report_input *in)
{
	const struct case_file *c = in->c;
	int64_t from, to;

	if (!in->about.n || any_matches(in->result))
		return;
	buf_printf(b, "asked     no incident matches '%.*s'; ", STR_ARG(in->about));
	if (c->first_100ns == TIME_NONE)
		buf_printf(b, "the bundles hold no events at all\n");
	else if (about_time(in->about, &from, &to))
		buf_printf(b, to >= c->first_100ns && from <= c->last_100ns ?
			"the logs cover that time\n" : "the logs do not cover that time\n");
	else
		buf_printf(b, "the logs cover the span above, and each log's own span is in the report\n");
}

void report_summary(const struct report_input *in, const char *dir, const char *file, struct buf *out)
{
	const struct result *r = in->result;

	put_case(out, in->c);
	put_about(out, in);
	buf_printf(out, "incidents %zu%s\n", r->incidents.n,
		r->incidents.n ? "" : ": nothing in these bundles shows a failed operation");
	for (size_t i = 0; i < r->incidents.n && i < INCIDENTS_SHOWN; i++)
		put_incident(out, &r->incidents.v[i]);
	if (r->incidents.n > INCIDENTS_SHOWN)
		buf_printf(out, "\nand %zu more (see the report)\n", r->incidents.n - INCIDENTS_SHOWN);
	if (r->missing.n)
		buf_printf(out, "\nmissing   %zu piece%s of evidence would help; first: %.*s\n",
			r->missing.n, r->missing.n == 1 ? "" : "s", STR_ARG(r->missing.v[0].what));
	put_unread(out, in->c->ev);
	if (dir && file)
		buf_printf(out, "\nreport    %s/%s\n", dir, file);
}
