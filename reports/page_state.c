/* SPDX-License-Identifier: Apache-2.0 */
/* How the hosts stood when the bundle was taken: virtual disks, VSS writers, the cluster. */
#include <stdlib.h>

#include "analyzer/case/facts.h"
#include "reports/page.h"

#define ROWS_SHOWN 300

static const struct member *member_of(const struct page *p, const struct fact *f)
{
	const struct case_file *c = p->in->c;

	return &c->ev->members.v[c->segments.v[f->ref.segment].member];
}

static void put_place(const struct page *p, const struct fact *f)
{
	struct event_view v;
	struct buf place = { 0 };

	case_view(p->in->c, f->ref, &v);
	report_place(&v, &place);
	page_put(p->b, "<td class=\"src\"><code class=\"place\">{t}</code></td></tr>\n", buf_str(&place));
	buf_free(&place);
}

/* ---- Writers ---- */

static bool is_well(const struct fact *f, struct arena *a)
{
	struct str number = fact_text(f, "state_number", a), error = fact_text(f, "last_error", a);
	struct str code = fact_text(f, "last_error_code", a);

	if (number.n && !str_eq(number, STR("1")))
		return false;
	return (!code.n || str_eq(code, STR("0x0")) || str_eq(code, STR("0"))) &&
		(code.n || !error.n || str_ieq(error, STR("No error")));
}

static void put_writer(struct page *p, const struct fact *f, struct arena *a)
{
	struct str state = fact_text(f, "state", a), number = fact_text(f, "state_number", a);
	struct str error = fact_text(f, "last_error", a), code = fact_text(f, "last_error_code", a);
	bool well = is_well(f, a);

	page_put(p->b, "<tr class=\"{c}\"><th scope=\"row\">{r}{t}</th><td>{t} <span class=\"dim\">{t}"
		"</span></td><td>{t} {t}</td>", well ? "" : "trouble",
		well ? STR("") : STR("<span aria-hidden=\"true\">▲</span> "), fact_text(f, "name", a), state,
		number, error, code);
	put_place(p, f);
}

/* One list of writers: what one member told of one host. */
static void put_list(struct page *p, const fact_list *writers, size_t from, size_t to, struct arena *a)
{
	const struct fact *first = &writers->v[from];
	struct event_view v;
	unsigned long long bad = 0;

	for (size_t i = from; i < to; i++)
		bad += !is_well(&writers->v[i], a);
	case_view(p->in->c, first->ref, &v);
	page_put(p->b, "<details{r}><summary><b>{t}</b>: {n} writer{c}, ", bad ? STR(" open") : STR(""),
		case_host_name(p->in->c, first->host), (unsigned long long)(to - from),
		to - from == 1 ? "" : "s");
	if (bad)
		page_put(p->b, "<span class=\"risk\">▲ {n} not stable or with an error</span>", bad);
	else
		buf_puts(p->b, STR("all stable and without an error"));
	page_put(p->b, " <span class=\"dim\">{t} · seen ", member_of(p, first)->name);
	page_time(p->b, v.time_100ns);
	buf_puts(p->b, STR("</span></summary>\n"));
	page_table(p->b, "Writers", "plain", "Writer|State|Last error|Source");
	for (size_t i = from; i < to; i++)
		put_writer(p, &writers->v[i], a);
	page_table_end(p->b);
	buf_puts(p->b, STR("</details>\n"));
}

static void put_writers(struct page *p, struct arena *a)
{
	fact_list writers;

	facts_of(p->in->c, "vss.writer", &writers);
	if (writers.n)
		buf_puts(p->b, STR("<h3 id=\"writers\">VSS writers</h3>\n"));
	for (size_t from = 0, to; from < writers.n; from = to) {
		for (to = from + 1; to < writers.n; to++)
			if (writers.v[to].host != writers.v[from].host ||
				member_of(p, &writers.v[to]) != member_of(p, &writers.v[from]))
				break;
		put_list(p, &writers, from, to, a);
	}
	free(writers.v);
}

/* ---- Cluster ---- */

/* A table of facts of one type: its columns are fields, parted by '|' as their heads are. */
struct sight {
	const char *type, *title, *heads, *fields;
};

static const struct sight sights[] = {
	{ "cluster.node", "Nodes", "Node|State|Drain|Seen by|Source", "name|state|drain" },
	{ "cluster.volume", "Cluster shared volumes",
		"Volume|Owner|State|Redirected|Reason|Path|Seen by|Source",
		"name|owner|state|redirected|reason|path" },
	{ "cluster.group", "Roles", "Role|Owner|State|Kind|VM|Seen by|Source",
		"name|owner|state|kind|vm" },
	{ "cluster.resource", "Resources", "Resource|Kind|Role|Owner|State|Seen by|Source",
		"name|kind|group|owner|state" },
	{ "cluster.network", "Cluster networks", "Network|State|Role|Subnet|Seen by|Source",
		"name|state|role|subnet" },
};

/* The row's values one after the other; all nodes tell the same, and it is shown once. */
static void row_text(const struct sight *s, const struct fact *f, struct arena *a, struct buf *out)
{
	struct str rest = str_of(s->fields), field;

	out->n = 0;
	while (str_split(&rest, '|', &field)) {
		buf_puts(out, fact_text(f, arena_cstr(a, field), a));
		buf_putc(out, '\0');
	}
}

static void put_row(struct page *p, const struct fact *f, struct str values)
{
	struct str value;
	bool first = true;

	buf_puts(p->b, STR("<tr>"));
	values.n--;   /* the last one's end */
	while (str_split(&values, '\0', &value)) {
		page_put(p->b, first ? "<th scope=\"row\">{t}</th>" : "<td>{t}</td>", value);
		first = false;
	}
	page_put(p->b, "<td>{t}</td>", case_host_name(p->in->c, f->host));
	put_place(p, f);
}

static void put_sight(struct page *p, const struct sight *s, struct arena *a)
{
	struct map *seen = map_new(false);
	struct buf values = { 0 };
	fact_list facts;

	facts_of(p->in->c, s->type, &facts);
	if (facts.n) {
		page_put(p->b, "<h4>{c}</h4>\n", s->title);
		page_table(p->b, s->title, "plain", s->heads);
	}
	for (size_t i = 0; i < facts.n && map_count(seen) < ROWS_SHOWN; i++) {
		bool added;

		row_text(s, &facts.v[i], a, &values);
		map_intern(seen, buf_str(&values), &added);
		if (added)
			put_row(p, &facts.v[i], buf_str(&values));
	}
	if (facts.n)
		page_table_end(p->b);
	if (map_count(seen) == ROWS_SHOWN)
		buf_puts(p->b, STR("<p class=\"dim\">No more are shown here; case.sqlite has all.</p>\n"));
	map_free(seen);
	buf_free(&values);
	free(facts.v);
}

static void put_cluster(struct page *p, struct arena *a)
{
	size_t from = p->b->n, begun;

	buf_puts(p->b, STR("<h3 id=\"cluster\">Cluster</h3>\n"));
	begun = p->b->n;
	for (size_t i = 0; i < sizeof(sights) / sizeof(*sights); i++)
		put_sight(p, &sights[i], a);
	if (p->b->n == begun)
		p->b->n = from;
}

void page_state(struct page *p)
{
	struct arena *a = arena_new();
	size_t begun;

	buf_puts(p->b, STR("<section id=\"state\" aria-labelledby=\"hs\">\n<h2 id=\"hs\">State of the "
			   "hosts</h2>\n<p>As it was when the bundle was taken, which may be long after "
			   "a failure.</p>\n"));
	begun = p->b->n;
	page_disks(p);
	page_storage(p);
	put_writers(p, a);
	put_cluster(p, a);
	if (p->b->n == begun)
		buf_puts(p->b, STR("<p>The case holds no list of virtual disks, VSS writers or "
				   "cluster states.</p>\n"));
	buf_puts(p->b, STR("</section>\n"));
	arena_free(a);
}
