/* SPDX-License-Identifier: Apache-2.0 */
/* One incident in full: chain, evidence, confidence, rivals, remedy. */
#include "analyzer/base/text.h"
#include "analyzer/correlate/codes.h"
#include "analyzer/correlate/wording.h"
#include "reports/page.h"

#define VALUE_BYTES_SHOWN 2000
#define ALSO_SHOWN 12

static void put_place(struct page *p, struct ref at)
{
	struct event_view v;
	uint32_t row = page_row(p, at);
	struct buf place = {0};

	case_view(p->in->c, at, &v);
	report_place(&v, &place);
	page_put(p->b, "<code class=\"place\">{t}</code>", buf_str(&place));
	if (row != UINT32_MAX)
		page_put(p->b, " <a class=\"row\" href=\"#e={n}\">in timeline</a>",
			(unsigned long long)row);
	buf_free(&place);
}

/* What the codes of a value mean. */
static void put_codes(struct page *p, struct str value)
{
	struct buf text = {0};
	uint32_t code;

	if (value.n > VALUE_BYTES_SHOWN || !code_first(value, &code))
		return;
	wording_codes(p->in->kb, value, &text);
	if (str_find(buf_str(&text), STR(" (")) >= 0 && !str_eq(buf_str(&text), value))
		page_put(p->b, " <span class=\"dim\">{t}</span>", buf_str(&text));
	buf_free(&text);
}

static void put_value(struct page *p, const struct field *f)
{
	struct buf text = {0}, *b = p->b;

	buf_field(&text, f);
	page_put(b, "<dd>{l}", str_sub(buf_str(&text), 0, VALUE_BYTES_SHOWN));
	if (text.n > VALUE_BYTES_SHOWN)
		page_put(b, "<span class=\"dim\">… {n} bytes more</span>",
			(unsigned long long)(text.n - VALUE_BYTES_SHOWN));
	put_codes(p, buf_str(&text));
	buf_puts(b, STR("</dd>"));
	buf_free(&text);
}

static void put_pair(struct buf *b, const char *name, struct str value)
{
	if (value.n)
		page_put(b, "<dt>{c}</dt><dd>{l}</dd>", name, value);
}

/* The record as it was read: what a summary is to be checked against. */
static void put_record(struct page *p, struct ref at)
{
	struct event_view v;
	size_t n, unnamed = 0;

	case_view(p->in->c, at, &v);
	n = segment_field_count(v.segment, v.ref.row);
	buf_puts(p->b, STR("<details class=\"record\"><summary>record</summary><dl>"));
	put_pair(p->b, "provider", v.kind->provider);
	if (v.kind->has_id)
		page_put(p->b, "<dt>id</dt><dd>{n}</dd>", (unsigned long long)v.kind->id);
	put_pair(p->b, "channel", v.kind->channel);
	put_pair(p->b, "computer", v.kind->computer);
	put_pair(p->b, "user", v.row.user);
	put_pair(p->b, "message", str_sub(v.row.message, 0, 4 * VALUE_BYTES_SHOWN));
	for (size_t i = 0; i < n; i++) {
		struct field f;

		segment_field(v.segment, v.ref.row, i, &f);
		if (f.name.n)
			page_put(p->b, "<dt>{t}</dt>", f.name);
		else
			page_put(p->b, "<dt>data.{n}</dt>", (unsigned long long)unnamed++);
		put_value(p, &f);
	}
	page_put(p->b, "<dt>byte offset</dt><dd>{n}</dd>", (unsigned long long)v.row.offset);
	put_pair(p->b, "file sha256", str_of(v.member->sha256));
	buf_puts(p->b, STR("</dl></details>"));
}

static void put_also(struct page *p, const struct incident_evidence *e)
{
	if (!e->also.n)
		return;
	page_put(p->b, "<details class=\"also\"><summary>{n} further place{c}</summary><ul>",
		(unsigned long long)e->also.n, e->also.n == 1 ? "" : "s");
	for (size_t i = 0; i < e->also.n && i < ALSO_SHOWN; i++) {
		buf_puts(p->b, STR("<li>"));
		put_place(p, e->also.v[i]);
		buf_puts(p->b, STR("</li>"));
	}
	if (e->also.n > ALSO_SHOWN)
		page_put(p->b, "<li>and {n} more in incidents.json</li>",
			(unsigned long long)(e->also.n - ALSO_SHOWN));
	buf_puts(p->b, STR("</ul></details>"));
}

static void put_evidence_time(struct buf *b, const struct incident_evidence *e)
{
	if (e->kind == EVIDENCE_FACT) {
		buf_puts(b, STR("<span class=\"dim\">state at</span> "));
		page_time(b, e->observed_100ns);
		if (e->held_since_100ns != TIME_NONE) {
			buf_puts(b, STR("<br><span class=\"dim\">so since at latest</span> "));
			page_time(b, e->held_since_100ns);
		}
	} else if (e->kind == EVIDENCE_ABSENCE) {
		buf_puts(b, STR("<span class=\"dim\">not seen</span>"));
	} else {
		page_time(b, e->time_100ns);
	}
	if (e->gap.n)
		page_put(b, "<br><span class=\"gap\">+ {t}</span>", e->gap);
}

static void put_evidence(struct page *p, const struct incident_evidence *e)
{
	struct buf *b = p->b;

	page_put(b,
		"<tr class=\"{c}\"><th scope=\"row\"><span class=\"role\">{c}</span></th><td "
		"class=\"when\">",
		evidence_role_name(e->role), evidence_role_name(e->role));
	put_evidence_time(b, e);
	page_put(b, "</td><td class=\"what\">{t}", e->summary);
	if (e->rows > 1)
		page_put(b, " <span class=\"dim\">({n} records)</span>",
			(unsigned long long)e->rows);
	if (e->ref.segment != UINT32_MAX)
		put_record(p, e->ref);
	page_put(b, "</td><td>{t}</td><td class=\"src\">", e->host);
	if (e->ref.segment != UINT32_MAX)
		put_place(p, e->ref);
	put_also(p, e);
	buf_puts(b, STR("</td></tr>\n"));
}

static void put_evidence_table(struct page *p, const struct incident *inc)
{
	if (!inc->evidence.n)
		return;
	page_put(p->b,
		"<h3>Evidence</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
		"aria-label=\"Evidence of incident {n}\"><table class=\"evidence\"><thead><tr><th "
		"scope=\"col\">Role</th>"
		"<th scope=\"col\">Time (UTC)</th><th scope=\"col\">What</th><th "
		"scope=\"col\">Host</th>"
		"<th scope=\"col\">Source</th></tr></thead><tbody>\n",
		(unsigned long long)inc->rank);
	for (size_t i = 0; i < inc->evidence.n; i++)
		put_evidence(p, &inc->evidence.v[i]);
	buf_puts(p->b, STR("</tbody></table></div>\n"));
}

static void put_milli(struct buf *b, const struct score_part *s)
{
	int n = s->milli < 0 ? -s->milli : s->milli;

	if (s->cap)
		buf_printf(b, "≤ %d", n / 10);
	else
		buf_printf(b, "%s%d", s->milli < 0 ? "−" : "+", n / 10);
}

static void put_parts(struct page *p, const struct incident *inc)
{
	struct buf *b = p->b;

	buf_puts(b, STR("<h3>Why this confidence</h3>\n<p class=\"meterline\">"));
	buf_printf(b, "<meter min=\"0\" max=\"1000\" value=\"%d\">", inc->confidence_milli);
	page_confidence(b, inc->confidence_milli);
	buf_puts(b, STR("</meter> <b>"));
	page_confidence(b, inc->confidence_milli);
	page_put(b, "</b> <span class=\"dim\">rule</span> <code>{t}</code></p>\n", inc->rule);
	if (!inc->parts.n)
		return;
	buf_puts(b, STR("<ul class=\"parts\">\n"));
	for (size_t i = 0; i < inc->parts.n; i++) {
		const struct score_part *s = &inc->parts.v[i];

		page_put(b, "<li class=\"{c}\"><span class=\"pts\">",
			s->cap	       ? "cap"
			: s->milli < 0 ? "minus"
				       : "plus");
		put_milli(b, s);
		page_put(b, "</span> {t}", s->why.n ? s->why : s->name);
		if (s->why.n)
			page_put(b, " <code>{t}</code>", s->name);
		buf_puts(b, STR("</li>\n"));
	}
	buf_puts(b, STR("</ul>\n"));
}

static void put_rivals(struct page *p, const struct incident *inc)
{
	if (!inc->rivals.n)
		return;
	buf_puts(p->b, STR("<h3>Other explanations</h3>\n<ul class=\"rivals\">\n"));
	for (size_t i = 0; i < inc->rivals.n; i++) {
		const struct rival *r = &inc->rivals.v[i];

		buf_puts(p->b, STR("<li><span class=\"pts\">"));
		page_confidence(p->b, r->score_milli);
		page_put(p->b, "</span> {t} <code>{t}</code>", r->title, r->cause);
		if (r->decide.n)
			page_put(p->b, "<br><span class=\"dim\">To decide:</span> {t}", r->decide);
		buf_puts(p->b, STR("</li>\n"));
	}
	buf_puts(p->b, STR("</ul>\n"));
}

static void put_trace(struct page *p, const struct incident *inc)
{
	if (!inc->trace.n)
		return;
	page_put(p->b, "<details class=\"trace\"><summary>Rule trace: what this cause and its rivals found "
		"or lacked</summary>\n<pre class=\"cmd\">{l}</pre>\n<p class=\"dim\">For any other cause: "
		"<code>caseline why BUNDLE --cause CAUSE</code></p></details>\n", inc->trace);
}

static void put_remedy(struct page *p, const struct incident *inc)
{
	if (!inc->remedy.n)
		return;
	buf_puts(p->b, STR("<h3>What to do</h3>\n<ol class=\"remedy\">\n"));
	for (size_t i = 0; i < inc->remedy.n; i++) {
		const struct remedy_step *s = &inc->remedy.v[i];

		page_put(p->b, "<li>{t}", s->step);
		if (s->command.n)
			page_put(p->b, "<pre class=\"cmd\">{l}</pre>", s->command);
		if (s->risk.n)
			page_put(p->b,
				"<p class=\"risk\"><span aria-hidden=\"true\">▲</span> Risk: "
				"{t}</p>",
				s->risk);
		buf_puts(p->b, STR("</li>\n"));
	}
	buf_puts(p->b, STR("</ol>\n"));
}

/* Only https addresses without anything odd in them become links; they come from knowledge files.
 */
static bool is_address(struct str s)
{
	if (!str_starts(s, STR("https://")))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7f ||
			strchr("\"'<>\\`", s.p[i]))
			return false;
	return true;
}

static void put_beside(struct page *p, const struct incident *inc)
{
	const struct result *r = p->in->result;
	bool any = false;

	for (size_t i = 0; i < r->observations.n; i++) {
		if (!observation_beside(&r->observations.v[i], inc))
			continue;
		if (!any)
			buf_puts(p->b, STR("<h3>Worth mending on that host</h3>\n<ul>\n"));
		any = true;
		page_put(p->b, "<li><a href=\"#observations\">{t}</a></li>\n",
			r->observations.v[i].title);
	}
	buf_puts(p->b, any ? STR("</ul>\n") : STR(""));
}

static void put_references(struct page *p, const struct incident *inc)
{
	if (!inc->references.n)
		return;
	buf_puts(p->b, STR("<h3>References</h3>\n<ul class=\"refs\">\n"));
	for (size_t i = 0; i < inc->references.n; i++) {
		struct str r = inc->references.v[i];

		if (is_address(r))
			page_put(p->b,
				"<li><a rel=\"noreferrer noopener\" href=\"{a}\">{t}</a></li>\n", r,
				r);
		else
			page_put(p->b, "<li>{t}</li>\n", r);
	}
	buf_puts(p->b, STR("</ul>\n"));
}

static void put_who(struct page *p, const struct incident *inc)
{
	buf_puts(p->b, STR("<p class=\"chips\">"));
	if (inc->host.n)
		page_put(p->b, "<span class=\"chip\">host {t}</span>", inc->host);
	for (size_t i = 0; i < inc->vms.n; i++)
		page_put(p->b, "<span class=\"chip\">VM {t}</span>", inc->vms.v[i]);
	for (size_t i = 0; i < inc->entities.n && i < 24; i++) {
		const struct incident_entity *e = &inc->entities.v[i];

		if (!str_eq(e->type, STR("vm")) && !str_eq(e->type, STR("host")))
			page_put(p->b, "<span class=\"chip\">{t} {t}</span>", e->type, e->name);
	}
	buf_puts(p->b, STR("</p>\n"));
}

static void put_span(struct page *p, const struct incident *inc)
{
	buf_puts(p->b, STR("<p class=\"span\">"));
	page_time(p->b, inc->start_100ns);
	if (inc->end_100ns != TIME_NONE && inc->end_100ns != inc->start_100ns) {
		buf_puts(p->b, STR(" to "));
		page_time(p->b, inc->end_100ns);
	}
	page_put(p->b, " UTC · {c}", incident_state_name(inc->state));
	if (inc->operation.n)
		page_put(p->b, " · {t}", inc->operation);
	if (inc->occurrences > 1) {
		page_put(p->b, " · {n} times, first ", (unsigned long long)inc->occurrences);
		page_time(p->b, inc->first_100ns);
		buf_puts(p->b, STR(", last "));
		page_time(p->b, inc->last_100ns);
	}
	if (inc->rhythm.n)
		page_put(p->b, " · {t}", inc->rhythm);
	page_put(p->b, " · <code>{t}</code></p>\n", inc->id);
	if (inc->about.n)
		page_put(p->b, "<p class=\"about\">Matches what was asked about: {t}</p>\n",
			inc->about);
}

void page_incident(struct page *p, const struct incident *inc)
{
	struct buf *b = p->b;
	unsigned long long rank = inc->rank;

	page_put(b,
		"<article id=\"i{n}\" class=\"incident {c}\" aria-labelledby=\"h{n}\">\n<p "
		"class=\"kicker\">"
		"<span class=\"rank\">{n}</span>",
		rank, page_severity_class(inc->severity), rank, rank);
	page_severity(b, inc->severity);
	page_put(b, "<span class=\"conf\">confidence <b>");
	page_confidence(b, inc->confidence_milli);
	page_put(b, "</b></span> <code>{t}</code></p>\n<h2 id=\"h{n}\">{t}</h2>\n", inc->cause,
		rank, inc->title);
	put_span(p, inc);
	put_who(p, inc);
	if (inc->explanation.n)
		page_put(b, "<p class=\"lead\">{t}</p>\n", inc->explanation);
	page_chain(p, inc);
	page_lanes(p, inc);
	put_evidence_table(p, inc);
	buf_puts(b, STR("<div class=\"pair\">\n<div>\n"));
	put_remedy(p, inc);
	put_beside(p, inc);
	put_references(p, inc);
	buf_puts(b, STR("</div>\n<div>\n"));
	put_parts(p, inc);
	put_rivals(p, inc);
	buf_puts(b, STR("</div>\n</div>\n"));
	put_trace(p, inc);
	buf_puts(b, STR("</article>\n"));
}

static void put_card(struct page *p, const struct incident *inc)
{
	struct buf *b = p->b;

	page_put(b, "<li><a class=\"card {c}\" href=\"#i{n}\"><span class=\"cardhead\">",
		page_severity_class(inc->severity), (unsigned long long)inc->rank);
	page_severity(b, inc->severity);
	buf_puts(b, STR("<span class=\"conf\">"));
	page_confidence(b, inc->confidence_milli);
	page_put(b, "</span></span><b>{n}. {t}</b><span class=\"dim\">",
		(unsigned long long)inc->rank, inc->title);
	page_time(b, inc->start_100ns);
	page_put(b, " · {n} record{c}{c}</span></a></li>\n", (unsigned long long)inc->evidence.n,
		inc->evidence.n == 1 ? "" : "s", inc->state == INCIDENT_RECOVERED ? " · recovered" : "");
}

void page_incidents(struct page *p)
{
	const struct result *r = p->in->result;

	buf_puts(p->b, STR("<nav class=\"side\" aria-label=\"Contents\">\n"));
	if (r->incidents.n)
		page_put(p->b, "<h2>Incidents, ranked ({n})</h2>\n<ol class=\"cards\">\n",
			(unsigned long long)r->incidents.n);
	for (size_t i = 0; i < r->incidents.n; i++)
		put_card(p, &r->incidents.v[i]);
	if (r->incidents.n)
		buf_puts(p->b, STR("</ol>\n"));
	buf_puts(p->b, STR("<ul class=\"toc\"><li><a href=\"#timeline\">Timeline</a></li>"
			   "<li><a href=\"#missing\">Missing evidence</a></li><li><a "
			   "href=\"#observations\">Observations</a></li>"
			   "<li><a href=\"#state\">State of the hosts</a></li>"
			   "<li><a href=\"#hosts\">Hosts and clocks</a></li><li><a "
			   "href=\"#coverage\">Coverage</a></li>"
			   "<li><a href=\"#files\">Files</a></li><li><a href=\"#about\">About this "
			   "report</a></li></ul>\n</nav>\n"));
}
