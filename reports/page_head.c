/* SPDX-License-Identifier: Apache-2.0 */
/* The first screen: what failed, when, why, what speaks against it, what to do next. */
#include "reports/page.h"

static void put_when(struct buf *b, const struct incident *i)
{
	page_time(b, i->start_100ns);
	if (i->end_100ns != TIME_NONE && i->start_100ns != TIME_NONE &&
		i->end_100ns > i->start_100ns) {
		buf_puts(b, STR(" to "));
		page_time(b, i->end_100ns);
		buf_puts(b, STR(" <span class=\"dim\">("));
		buf_duration(b, i->end_100ns - i->start_100ns);
		buf_puts(b, STR(")</span>"));
	}
	page_put(b, " UTC · {c}", incident_state_name(i->state));
	if (i->occurrences > 1)
		page_put(b, " · seen {n} times", (unsigned long long)i->occurrences);
	if (i->rhythm.n)
		page_put(b, ", {t}", i->rhythm);
}

static void put_who(struct buf *b, const struct incident *i)
{
	if (i->host.n)
		page_put(b, "<span class=\"chip\">host {t}</span>", i->host);
	for (size_t v = 0; v < i->vms.n && v < 8; v++)
		page_put(b, "<span class=\"chip\">VM {t}</span>", i->vms.v[v]);
	if (i->vms.n > 8)
		page_put(b, "<span class=\"chip\">and {n} more VMs</span>",
			(unsigned long long)i->vms.n - 8);
}

/* The heaviest thing that lowers the confidence, and how many more there are. */
static void put_against(struct buf *b, const struct incident *i)
{
	size_t counter = 0, shown = 0;

	for (size_t k = 0; k < i->evidence.n; k++) {
		if (i->evidence.v[k].role != ROLE_COUNTER)
			continue;
		if (counter++ == 0)
			page_put(b, "{t} ", i->evidence.v[k].summary);
	}
	for (size_t k = 0; k < i->parts.n && shown < 2; k++) {
		const struct score_part *p = &i->parts.v[k];

		if (!p->cap && p->milli >= 0)
			continue;
		if (shown || counter)
			page_put(b, " · {t}", p->why.n ? p->why : p->name);
		else
			page_sentence(b, p->why.n ? p->why : p->name);
		shown++;
	}
	for (size_t k = 0; k < i->rivals.n && k < 1; k++) {
		page_put(b, "{r}Could also be: {t} (", counter || shown ? STR(" · ") : STR(""),
			i->rivals.v[k].title.n ? i->rivals.v[k].title : i->rivals.v[k].cause);
		page_confidence(b, i->rivals.v[k].score_milli);
		buf_puts(b, STR(")"));
		shown++;
	}
	if (!counter && !shown)
		buf_puts(b, STR("Nothing in this case was found to speak against it."));
}

static void put_next(struct buf *b, const struct page *p, const struct incident *i)
{
	if (i->remedy.n) {
		page_put(b, "{t}", i->remedy.v[0].step);
		if (i->remedy.v[0].command.n)
			page_put(b, "<pre class=\"cmd\">{l}</pre>", i->remedy.v[0].command);
		if (i->remedy.v[0].risk.n)
			page_put(b, "<span class=\"risk\">Risk: {t}</span>", i->remedy.v[0].risk);
	} else if (p->in->result->missing.n) {
		buf_puts(b, STR("Collect what is <a href=\"#missing\">missing</a>: it decides "
				"between causes."));
	} else {
		buf_puts(b, STR("No step is known for this cause."));
	}
}

static void put_verdict(struct page *p, const struct incident *i)
{
	struct buf *b = p->b;

	buf_puts(b, STR("<p class=\"kicker\">"));
	page_severity(b, i->severity);
	put_who(b, i);
	page_put(b, "</p>\n<h1>{t}</h1>\n<dl class=\"five\">\n<div><dt>When</dt><dd>", i->title);
	put_when(b, i);
	buf_puts(b, STR("</dd></div>\n<div class=\"why\"><dt>Why</dt><dd>"));
	if (i->cause_meaning.n) {
		buf_puts(b, STR("<b>"));
		page_sentence(b, i->cause_meaning);
		buf_puts(b, STR("</b> "));
	}
	page_put(b, "<span class=\"conf\">confidence <b>");
	page_confidence(b, i->confidence_milli);
	page_put(b, "</b></span> <code>{t}</code>", i->cause);
	if (i->explanation.n)
		page_put(b, "<br>{t}", i->explanation);
	buf_puts(b, STR("</dd></div>\n<div><dt>Against</dt><dd>"));
	put_against(b, i);
	buf_puts(b, STR("</dd></div>\n<div class=\"next\"><dt>Next</dt><dd>"));
	put_next(b, p, i);
	page_put(b, " <a href=\"#i{n}\">Evidence and all steps</a></dd></div>\n</dl>\n",
		(unsigned long long)i->rank);
}

static void put_no_incident(struct page *p)
{
	buf_puts(p->b, STR("<p class=\"kicker\"><span class=\"sev none\"><span "
			   "aria-hidden=\"true\">✓</span> "
			   "no incident</span></p>\n<h1>No failed operation was found in what "
			   "could be read</h1>\n"
			   "<p>That holds for the hosts, sources and spans under <a "
			   "href=\"#coverage\">Coverage</a> only; "
			   "what was not read stands under <a href=\"#files\">Files</a>.</p>\n"));
}

static uint64_t not_read(const struct evidence *ev)
{
	uint64_t n = 0;

	for (size_t i = 0; i < ev->members.n; i++) {
		enum member_status s = ev->members.v[i].status;

		n += s == MEMBER_FAILED || s == MEMBER_PARTLY || s == MEMBER_LIMIT ||
		     s == MEMBER_ENCRYPTED;
	}
	return n;
}

static void put_clocks(struct page *p)
{
	const struct case_file *c = p->in->c;

	for (size_t i = 0; i < c->hosts.n; i++) {
		int64_t ms = c->hosts.v[i].clock_offset_ms;

		if (ms)
			page_put(p->b, "<li><a href=\"#hosts\">clock of {t} {c}{n} ms</a></li>",
				c->hosts.v[i].name, ms < 0 ? "−" : "+",
				(unsigned long long)(ms < 0 ? -ms : ms));
	}
}

static void put_fact(struct buf *b, uint64_t n, const char *one, const char *many)
{
	buf_puts(b, STR("<li>"));
	page_count(b, n);
	page_put(b, " {c}</li>", n == 1 ? one : many);
}

static void put_facts(struct page *p)
{
	const struct case_file *c = p->in->c;
	struct buf *b = p->b;
	uint64_t lost = not_read(c->ev);

	buf_puts(b, STR("<ul class=\"facts\" aria-label=\"The case\">"));
	for (size_t i = 0; i < c->ev->bundles.n && i < 6; i++)
		page_put(b, "<li><code>{t}</code></li>", c->ev->bundles.v[i].name);
	put_fact(b, c->hosts.n, "host", "hosts");
	put_fact(b, c->timeline_count, "event", "events");
	put_fact(b, c->facts.n, "fact", "facts");
	if (c->first_100ns != TIME_NONE && c->last_100ns != TIME_NONE) {
		buf_puts(b, STR("<li>"));
		page_time(b, c->first_100ns);
		buf_puts(b, STR(" to "));
		page_time(b, c->last_100ns);
		buf_puts(b, STR("</li>"));
	}
	put_clocks(p);
	if (p->in->result->missing.n)
		page_put(b, "<li><a href=\"#missing\"><b>{n}</b> missing source{c}</a></li>",
			(unsigned long long)p->in->result->missing.n,
			p->in->result->missing.n == 1 ? "" : "s");
	if (lost)
		page_put(b,
			"<li class=\"warn\"><a href=\"#files\">▲ <b>{n}</b> file{c} not read "
			"whole</a></li>",
			(unsigned long long)lost, lost == 1 ? "" : "s");
	if (p->kept)
		page_put(b,
			"<li class=\"warn\">▲ this page holds {n} events; timeline.jsonl holds "
			"all</li>",
			(unsigned long long)p->kept_count);
	buf_puts(b, STR("<li>all times UTC</li></ul>\n"));
}

void page_head(struct page *p)
{
	const struct result *r = p->in->result;

	page_put(p->b, "<header class=\"{c}\">\n<div class=\"wrap\">\n",
		r->incidents.n ? page_severity_class(r->incidents.v[0].severity) : "none");
	if (r->incidents.n)
		put_verdict(p, &r->incidents.v[0]);
	else
		put_no_incident(p);
	put_facts(p);
	buf_puts(p->b, STR("</div>\n</header>\n"));
}
