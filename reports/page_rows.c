/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows of the timeline the page holds, which of them are cited, and the first ones as a
 * table. */
#include "analyzer/correlate/wording.h"
#include "reports/page.h"

#define ROWS_MAX ((size_t)2000000)
#define AROUND_INCIDENT (10 * TICKS_MINUTE)
#define FIRST_ROWS 40

static int compare_refs(const void *a, const void *b)
{
	const struct page_cited *x = a, *y = b;

	if (x->ref.segment != y->ref.segment)
		return x->ref.segment < y->ref.segment ? -1 : 1;
	return x->ref.row < y->ref.row ? -1 : x->ref.row > y->ref.row;
}

static void add_ref(struct page *p, struct ref at)
{
	if (at.segment != UINT32_MAX)
		vec_push(&p->cited, (struct page_cited){.ref = at, .moment = UINT32_MAX});
}

static struct page_cited *find_cited(const struct page *p, struct ref at)
{
	struct page_cited key = {.ref = at};

	return p->cited.n ? bsearch(&key, p->cited.v, p->cited.n, sizeof(key), compare_refs) : NULL;
}

bool page_cites(const struct page *p, struct ref at)
{
	return find_cited(p, at) != NULL;
}

static void meet(struct page *p, struct ref at, size_t moment)
{
	struct page_cited *found = find_cited(p, at);

	if (found)
		found->moment = (uint32_t)moment;
}

void page_cite(struct page *p)
{
	const struct result *r = p->in->result;
	const struct case_file *c = p->in->c;
	size_t n = 0;

	for (size_t i = 0; i < r->incidents.n; i++)
		for (size_t k = 0; k < r->incidents.v[i].evidence.n; k++) {
			const struct incident_evidence *e = &r->incidents.v[i].evidence.v[k];

			add_ref(p, e->ref);
			for (size_t a = 0; a < e->also.n; a++)
				add_ref(p, e->also.v[a]);
		}
	if (p->cited.n)
		qsort(p->cited.v, p->cited.n, sizeof(*p->cited.v), compare_refs);
	for (size_t i = 0; i < p->cited.n; i++)
		if (!n || compare_refs(&p->cited.v[n - 1], &p->cited.v[i]) != 0)
			p->cited.v[n++] = p->cited.v[i];
	p->cited.n = n;
	for (size_t m = 0; n && m < c->timeline_count; m++) {
		meet(p, c->timeline[m].ref, m);
		for (uint32_t k = c->timeline[m].copies; k; k = c->copies.v[k - 1].next)
			if (!c->copies.v[k - 1].possible)
				meet(p, c->copies.v[k - 1].ref, m);
	}
}

size_t page_moment(const struct page *p, size_t row)
{
	return p->kept ? p->kept[row] : row;
}

static uint32_t row_of_moment(const struct page *p, uint32_t moment)
{
	size_t low = 0, high = p->kept_count;

	if (moment == UINT32_MAX || !p->kept)
		return moment;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (p->kept[middle] < moment)
			low = middle + 1;
		else
			high = middle;
	}
	return low < p->kept_count && p->kept[low] == moment ? (uint32_t)low : UINT32_MAX;
}

uint32_t page_row(const struct page *p, struct ref at)
{
	const struct page_cited *found = find_cited(p, at);

	return found ? row_of_moment(p, found->moment) : UINT32_MAX;
}

static uint8_t moment_level(const struct case_file *c, const struct moment *m)
{
	const struct segment *s = c->segments.v[m->ref.segment].segment;

	return segment_kind(s, segment_row_kinds(s)[m->ref.row])->level;
}

static void mark_incident(const struct case_file *c, const struct incident *inc, uint8_t *keep)
{
	if (inc->start_100ns == TIME_NONE)
		return;
	for (size_t m = case_lower_bound(c, inc->start_100ns - AROUND_INCIDENT);
		m < c->timeline_count &&
		c->timeline[m].time_100ns <=
			(inc->end_100ns == TIME_NONE ? inc->start_100ns : inc->end_100ns) +
				AROUND_INCIDENT;
		m++)
		keep[m] = 1;
}

/* Warnings and worse, what is cited and what stands around incidents stays; of the rest every n-th.
 */
void page_choose(struct page *p)
{
	const struct case_file *c = p->in->c;
	size_t n = c->timeline_count, kept = 0, left, stride;
	uint8_t *keep;

	p->kept_count = n;
	if (n <= ROWS_MAX)
		return;
	keep = xmalloc(n);
	for (size_t m = 0; m < n; m++) {
		uint8_t level = moment_level(c, &c->timeline[m]);

		keep[m] = level >= LEVEL_CRITICAL && level <= LEVEL_WARNING;
	}
	for (size_t i = 0; i < p->in->result->incidents.n; i++)
		mark_incident(c, &p->in->result->incidents.v[i], keep);
	for (size_t i = 0; i < p->cited.n; i++)
		if (p->cited.v[i].moment != UINT32_MAX)
			keep[p->cited.v[i].moment] = 1;
	for (size_t m = 0; m < n; m++)
		kept += keep[m];
	left = kept < ROWS_MAX ? ROWS_MAX - kept : 1;
	stride = (n - kept + left - 1) / left + 1;
	p->kept = xmalloc(n * sizeof(*p->kept));
	p->kept_count = 0;
	for (size_t m = 0; m < n; m++)
		if (keep[m] || m % stride == 0)
			p->kept[p->kept_count++] = (uint32_t)m;
	free(keep);
}

static void put_row(struct page *p, size_t row)
{
	const struct moment *m = &p->in->c->timeline[page_moment(p, row)];
	struct buf message = {0}, place = {0};
	char text[RFC3339_BYTES];
	struct str time = str_of(time_rfc3339(m->time_100ns, text));
	struct event_view v;

	case_view(p->in->c, m->ref, &v);
	event_message(p->in->kb, &v, &message);
	report_place(&v, &place);
	page_put(p->b, "<tr{r}><td class=\"mono\">{t} {t}</td><td>{t}</td><td>",
		page_cites(p, m->ref) ? STR(" class=\"cited\"") : STR(""), str_sub(time, 0, 10),
		str_sub(time, 11, 16), case_host_name(p->in->c, m->host));
	page_level(p->b, v.kind->level);
	page_put(p->b, "</td><td>{t}{c}", v.kind->provider.n ? v.kind->provider : v.kind->source,
		v.kind->has_id ? " " : "");
	if (v.kind->has_id)
		buf_u64(p->b, v.kind->id);
	page_put(p->b,
		"</td><td>{t}</td><td class=\"src\"><code class=\"place\">{t}</code></td></tr>\n",
		buf_str(&message), buf_str(&place));
	buf_free(&message);
	buf_free(&place);
}

/* Where the first screen of the table begins: a few rows before the top incident's first one. */
static size_t first_row(const struct page *p)
{
	const struct result *r = p->in->result;
	size_t best = p->kept_count;

	for (size_t k = 0; r->incidents.n && k < r->incidents.v[0].evidence.n; k++) {
		uint32_t row = page_row(p, r->incidents.v[0].evidence.v[k].ref);

		if (row < best)
			best = row;
	}
	if (best == p->kept_count)
		return p->kept_count > FIRST_ROWS ? p->kept_count - FIRST_ROWS : 0;
	return best > 5 ? best - 5 : 0;
}

void page_first_rows(struct page *p)
{
	size_t from = first_row(p),
	       to = from + FIRST_ROWS < p->kept_count ? from + FIRST_ROWS : p->kept_count;

	p->row_base = from;
	page_put(p->b,
		"<div id=\"static-rows\"><p class=\"dim\">Rows {n} to {n} of {n}. With script this "
		"is a table of all "
		"events with filters and search; without, timeline.jsonl has them.</p>\n",
		(unsigned long long)(to ? from + 1 : 0), (unsigned long long)to,
		(unsigned long long)p->kept_count);
	buf_puts(p->b, STR("<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
			   "aria-label=\"First rows\"><table class=\"rows\">"
			   "<thead><tr><th scope=\"col\">Time (UTC)</th><th "
			   "scope=\"col\">Host</th><th scope=\"col\">Level</th>"
			   "<th scope=\"col\">Provider, id</th><th scope=\"col\">Message</th><th "
			   "scope=\"col\">Source</th>"
			   "</tr></thead><tbody>\n"));
	for (size_t row = from; row < to; row++)
		put_row(p, row);
	buf_puts(p->b, STR("</tbody></table></div></div>\n"));
}
