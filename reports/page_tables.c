/* SPDX-License-Identifier: Apache-2.0 */
/* What is missing, what was seen without weight, and what the case is made of. */
#include "reports/page.h"

#define HOSTS_OPEN 24

void page_missing(struct page *p)
{
	const struct result *r = p->in->result;
	struct buf *b = p->b;

	buf_puts(b, STR("<section id=\"missing\" aria-labelledby=\"hm\">\n<h2 id=\"hm\">Missing "
			"evidence</h2>\n"));
	if (!r->missing.n)
		buf_puts(b, STR("<p>Nothing is known that would decide more.</p>\n"));
	else
		buf_puts(b, STR("<p>These would settle what is open. Run the commands on the host "
				"named.</p>\n<ol class=\"missing\">\n"));
	for (size_t i = 0; i < r->missing.n; i++) {
		const struct missing *m = &r->missing.v[i];

		page_put(b, "<li><b>{t}</b>", m->what);
		if (m->host.n)
			page_put(b, " <span class=\"chip\">host {t}</span>", m->host);
		if (m->before_wrap)
			buf_puts(b,
				STR(" <span class=\"urgent\"><span aria-hidden=\"true\">▲</span> "
				    "soon: a ring log overwrites it</span>"));
		page_put(b, "<br>{t}", m->why);
		if (m->command.n)
			page_put(b, "<pre class=\"cmd\">{l}</pre>", m->command);
		if (m->decides.n)
			buf_puts(b, STR("<span class=\"dim\">decides</span>"));
		for (size_t k = 0; k < m->decides.n; k++)
			page_put(b, " <code>{t}</code>", m->decides.v[k]);
		buf_puts(b, STR("</li>\n"));
	}
	buf_puts(b, r->missing.n ? STR("</ol>\n</section>\n") : STR("</section>\n"));
}

void page_table(struct buf *b, const char *label, const char *class, const char *heads)
{
	struct str rest = str_of(heads), head;

	page_put(b,
		"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: "
		"{c}\"><table class=\"{c}\"><thead><tr>",
		label, class);
	while (str_split(&rest, '|', &head))
		page_put(b, "<th scope=\"col\">{t}</th>", head);
	buf_puts(b, STR("</tr></thead><tbody>\n"));
}

void page_table_end(struct buf *b)
{
	buf_puts(b, STR("</tbody></table></div>\n"));
}

static void put_count_cell(struct buf *b, uint64_t v)
{
	buf_puts(b, STR("<td class=\"num\">"));
	page_count(b, v);
	buf_puts(b, STR("</td>"));
}

static void put_time_cell(struct buf *b, int64_t time_100ns)
{
	buf_puts(b, STR("<td>"));
	page_time(b, time_100ns);
	buf_puts(b, STR("</td>"));
}

/* Its place, where one row is meant. */
static void put_row_place(struct page *p, struct ref at)
{
	struct event_view v;
	struct buf place = { 0 };

	if (at.segment == UINT32_MAX)
		return;
	case_view(p->in->c, at, &v);
	report_place(&v, &place);
	page_put(p->b, "<br><code class=\"place\">{t}</code>", buf_str(&place));
	buf_free(&place);
}

static void put_observation(struct page *p, const struct observation *o)
{
	struct buf *b = p->b;

	page_put(b, "<tr><th scope=\"row\">{t}", o->title.n ? o->title : o->signal);
	put_row_place(p, o->ref);
	page_put(b, "</th><td>{t}</td>", o->host);
	put_count_cell(b, o->count);
	buf_puts(b, STR("<td>"));
	page_time(b, o->first_100ns);
	if (o->last_100ns != o->first_100ns) {
		buf_puts(b, STR("<br>"));
		page_time(b, o->last_100ns);
	}
	page_put(b, "</td><td>{t}", o->why.n ? o->why : STR("led to nothing"));
	if (o->advice.n)
		page_put(b, "<br><b>To do:</b> {t}", o->advice);
	if (o->command.n)
		page_put(b, "<pre class=\"cmd\">{l}</pre>", o->command);
	buf_puts(b, STR("</td></tr>\n"));
}

void page_observations(struct page *p)
{
	const struct result *r = p->in->result;
	struct buf *b = p->b;

	buf_puts(b, STR("<section id=\"observations\" aria-labelledby=\"ho\">\n<h2 "
			"id=\"ho\">Observations</h2>\n"
			"<p>Seen, and not part of an incident: no failed operation follows from "
			"them here.</p>\n"));
	if (!r->observations.n) {
		buf_puts(b, STR("<p>None.</p>\n</section>\n"));
		return;
	}
	page_table(b, "Observations", "plain",
		"What|Host|Times|First and last (UTC)|Why it has no weight, and what to do");
	for (size_t i = 0; i < r->observations.n; i++)
		put_observation(p, &r->observations.v[i]);
	page_table_end(b);
	buf_puts(b, STR("</section>\n"));
}

static void put_clock(struct buf *b, const struct case_file *c, uint32_t host)
{
	int64_t ms = c->hosts.v[host].clock_offset_ms;
	struct buf words = { 0 };

	case_clock_words(c, host, &words);
	if (ms)
		page_put(b, "<td>{c}{n} ms", ms < 0 ? "−" : "+", (unsigned long long)(ms < 0 ? -ms : ms));
	else
		buf_puts(b, STR("<td>none"));
	page_put(b, "<br><span class=\"dim\">{t}</span></td>", buf_str(&words));
	buf_free(&words);
}

/* Many hosts, as of collected logs of a whole site, are opened by who wants to see them. */
void page_hosts(struct page *p)
{
	const struct case_file *c = p->in->c;
	struct buf *b = p->b;
	unsigned long long set = 0;

	for (size_t i = 0; i < c->hosts.n; i++)
		set += c->hosts.v[i].clock_offset_ms != 0;
	page_put(b, "<section id=\"hosts\" aria-labelledby=\"hh\">\n<h2 id=\"hh\">Hosts and clocks</h2>\n"
		    "<details{r}><summary>{n} host{c}, {n} with a corrected clock</summary>\n",
		c->hosts.n <= HOSTS_OPEN ? STR(" open") : STR(""), (unsigned long long)c->hosts.n,
		c->hosts.n == 1 ? "" : "s", set);
	page_table(b, "Hosts", "plain",
		"Host|System|Time zone|Clock correction|Doubt|Collected (UTC)|Events|Facts");
	for (size_t i = 0; i < c->hosts.n; i++) {
		const struct host *h = &c->hosts.v[i];

		page_put(b, "<tr><th scope=\"row\">{t}{r}", h->name,
			h->fqdn.n ? STR("<br><span class=\"dim\">") : STR(""));
		page_put(b, "{t}{r}</th><td>{t}</td><td>{t}<br><span class=\"dim\">{t}</span></td>",
			h->fqdn, h->fqdn.n ? STR("</span>") : STR(""), h->os, h->zone, h->zone_why);
		put_clock(b, c, (uint32_t)i);
		page_put(b, "<td class=\"num\">± {n} ms</td>", (unsigned long long)h->doubt_ms);
		put_time_cell(b, h->collected_100ns);
		put_count_cell(b, h->events);
		put_count_cell(b, h->facts);
		buf_puts(b, STR("</tr>\n"));
	}
	page_table_end(b);
	buf_puts(b, STR("</details>\n</section>\n"));
}

void page_coverage(struct page *p)
{
	const struct case_file *c = p->in->c;
	struct buf *b = p->b, remarks = { 0 };

	page_put(b,
		"<section id=\"coverage\" aria-labelledby=\"hc\">\n<h2 id=\"hc\">Coverage</h2>\n"
		"<p>Which span of which source the case holds. Outside it, not seen does not mean "
		"did not happen.</p>\n"
		"<details{r}><summary>{n} sources</summary>\n",
		c->coverage.n <= 40 ? STR(" open") : STR(""), (unsigned long long)c->coverage.n);
	page_table(b, "Coverage", "plain", "Host|Source|From (UTC)|To (UTC)|Rows|Remarks");
	for (size_t i = 0; i < c->coverage.n; i++) {
		const struct coverage *v = &c->coverage.v[i];

		page_put(b, "<tr><td>{t}</td><th scope=\"row\">{t}</th>",
			case_host_name(c, v->host), v->source);
		put_time_cell(b, v->from_100ns);
		put_time_cell(b, v->to_100ns);
		put_count_cell(b, v->rows);
		remarks.n = 0;
		coverage_remarks(v, &remarks);
		page_put(b, "<td>{t}</td></tr>\n", buf_str(&remarks));
	}
	buf_free(&remarks);
	page_table_end(b);
	buf_puts(b, STR("</details>\n</section>\n"));
}

static bool is_trouble(const struct member *m)
{
	return m->status == MEMBER_FAILED || m->status == MEMBER_PARTLY ||
	       m->status == MEMBER_LIMIT || m->status == MEMBER_ENCRYPTED;
}

static void put_member(struct buf *b, const struct member *m)
{
	page_put(b, "<tr class=\"{c}\"><th scope=\"row\"><code class=\"place\">{t}</code>{r}",
		is_trouble(m) ? "trouble" : "", m->path, m->error.n ? STR("<br>") : STR(""));
	page_put(b, "{t}</th><td>{r}{c}</td><td>{t}</td><td>{t}</td><td class=\"num\">", m->error,
		is_trouble(m) ? STR("<span aria-hidden=\"true\">▲</span> ") : STR(""),
		member_status_name(m->status), m->type, m->parser);
	page_bytes(b, m->bytes);
	buf_puts(b, STR("</td>"));
	put_count_cell(b, m->events);
	put_count_cell(b, m->facts);
	page_put(b, "<td><code class=\"hash\">{c}</code></td></tr>\n", m->sha256);
}

static void put_members(struct page *p, bool trouble, size_t n)
{
	const struct evidence *ev = p->in->c->ev;

	if (!n)
		return;
	page_put(p->b, "<details{r}><summary>{n} {c}</summary>\n",
		trouble && n <= 60 ? STR(" open") : STR(""), (unsigned long long)n,
		trouble ? "not read, or read in part"
			: "others: read, empty, listed or of a kind that is not read");
	page_table(p->b, trouble ? "Files not read whole" : "All other files", "plain files",
		"Path|Status|Type|Parser|Size|Events|Facts|SHA-256");
	for (size_t i = 0; i < ev->members.n; i++)
		if (is_trouble(&ev->members.v[i]) == trouble)
			put_member(p->b, &ev->members.v[i]);
	page_table_end(p->b);
	buf_puts(p->b, STR("</details>\n"));
}

void page_inventory(struct page *p)
{
	const struct evidence *ev = p->in->c->ev;
	size_t trouble = 0;

	for (size_t i = 0; i < ev->members.n; i++)
		trouble += is_trouble(&ev->members.v[i]);
	buf_puts(p->b, STR("<section id=\"files\" aria-labelledby=\"hf\">\n<h2 "
			   "id=\"hf\">Files</h2>\n<ul class=\"bundles\">\n"));
	for (size_t i = 0; i < ev->bundles.n; i++) {
		const struct bundle *v = &ev->bundles.v[i];

		page_put(p->b, "<li><code>{t}</code> ", v->name);
		if (v->bytes)
			page_bytes(p->b, v->bytes);
		page_put(p->b,
			" <span class=\"dim\">SHA-256</span> <code class=\"hash\">{c}</code> "
			"{t}</li>\n",
			v->sha256, v->error);
	}
	buf_puts(p->b, STR("</ul>\n"));
	for (size_t i = 0; i < ev->losses.n; i++)
		page_put(p->b, "<p class=\"risk\"><span aria-hidden=\"true\">▲</span> {t}</p>\n",
			ev->losses.v[i]);
	if (ev->wall_clock_struck)
		buf_puts(p->b, STR("<p class=\"risk\"><span aria-hidden=\"true\">▲</span> A reader "
				   "hung and was ended by the clock: "
				   "another run may read more or less.</p>\n"));
	put_members(p, true, trouble);
	put_members(p, false, ev->members.n - trouble);
	buf_puts(p->b, STR("</section>\n"));
}

void page_about(struct page *p)
{
	page_put(p->b,
		"<section id=\"about\" aria-labelledby=\"ha\">\n<h2 id=\"ha\">About this "
		"report</h2>\n<dl class=\"about\">"
		"<dt>Written by</dt><dd>caseline {c}</dd><dt>Knowledge</dt><dd><code "
		"class=\"hash\">{t}</code></dd>",
		p->in->version, p->in->knowledge_hash);
	if (p->in->options.n)
		page_put(p->b, "<dt>Options</dt><dd><code>{t}</code></dd>", p->in->options);
	buf_puts(p->b, STR("<dt>Network</dt><dd>This file asks for nothing from any network and "
			   "runs no code but its own; "
			   "links to references open only when clicked.</dd>"
			   "<dt>Marks</dt><dd>Characters that steer the display stand as <span "
			   "class=\"mark\">‹U+202E›</span>.</dd>"
			   "<dt>Check a source</dt><dd><code>caseline show BUNDLE "
			   "PATH:RECORD</code> prints the record as it stands "
			   "in the bundle.</dd></dl>\n</section>\n"));
}
