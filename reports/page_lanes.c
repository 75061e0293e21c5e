/* SPDX-License-Identifier: Apache-2.0 */
/* Who saw what when: the dated evidence of an incident on a line of time, a lane for each host. */
#include "reports/page.h"

enum { LEFT = 130, WIDTH = 1070, MARK = 12, LEVELS = 3, LANE = 46, TOP = 6, LANES_MAX = 16 };

struct lanes {
	const struct incident *inc;
	struct str name[LANES_MAX];
	size_t n;
	int64_t from, span;
	int last[LANES_MAX][LEVELS];   /* x of the last mark on each level */
};

static bool is_dated(const struct incident_evidence *e)
{
	return e->kind == EVIDENCE_EVENT && e->time_100ns != TIME_NONE;
}

/* LANES_MAX where there is no room for one more. */
static size_t lane_of(struct lanes *l, struct str host)
{
	for (size_t i = 0; i < l->n; i++)
		if (str_eq(l->name[i], host))
			return i;
	if (l->n == LANES_MAX)
		return LANES_MAX;
	for (size_t k = 0; k < LEVELS; k++)
		l->last[l->n][k] = -MARK;
	l->name[l->n] = host;
	return l->n++;
}

static size_t measure(struct lanes *l)
{
	int64_t first = INT64_MAX, last = INT64_MIN;
	size_t dated = 0;

	for (size_t i = 0; i < l->inc->evidence.n; i++) {
		const struct incident_evidence *e = &l->inc->evidence.v[i];

		if (!is_dated(e))
			continue;
		lane_of(l, e->host);
		first = e->time_100ns < first ? e->time_100ns : first;
		last = e->time_100ns > last ? e->time_100ns : last;
		dated++;
	}
	l->from = first;
	l->span = dated ? last - first : 0;
	return dated;
}

/* A shape for each role, so that it is told without colour. */
static void put_shape(struct buf *b, enum evidence_role role, int x, int y)
{
	const char *class = evidence_role_name(role);

	if (role == ROLE_CAUSE)
		buf_printf(b, "<path class=\"%s\" d=\"M%d %dl6 6l-6 6l-6 -6z\"/>", class, x, y - 6);
	else if (role == ROLE_SYMPTOM)
		buf_printf(b, "<path class=\"%s\" d=\"M%d %dl6 11h-12z\"/>", class, x, y - 6);
	else if (role == ROLE_CONSEQUENCE)
		buf_printf(b, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"10\" height=\"10\"/>", class,
			x - 5, y - 5);
	else
		buf_printf(b, "<circle class=\"%s\" cx=\"%d\" cy=\"%d\" r=\"5\"/>", class, x, y);
}

static void put_mark(struct page *p, struct lanes *l, const struct incident_evidence *e)
{
	size_t lane = lane_of(l, e->host), level = 0;
	int x = LEFT + 10, y;
	char time[RFC3339_BYTES];

	if (lane == LANES_MAX)
		return;
	if (l->span)
		x += (int)((e->time_100ns - l->from) * (WIDTH - 20) / l->span);
	while (level + 1 < LEVELS && x - l->last[lane][level] < MARK)
		level++;
	l->last[lane][level] = x;
	y = TOP + (int)lane * LANE + 10 + (int)level * 13;
	time_rfc3339(e->time_100ns, time);
	buf_puts(p->b, STR("<g><title>"));
	buf_printf(p->b, "%.12s ", time + 11);
	escape_attribute(p->b, e->summary);
	buf_puts(p->b, STR("</title>"));
	put_shape(p->b, e->role, x, y);
	buf_puts(p->b, STR("</g>"));
}

static void put_lane(struct page *p, const struct lanes *l, size_t lane)
{
	int y = TOP + (int)lane * LANE;
	struct str name = l->name[lane].n ? l->name[lane] : STR("unknown host");

	buf_printf(p->b, "<rect class=\"lane\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>"
		"<text class=\"m\" x=\"0\" y=\"%d\">", LEFT, y, WIDTH, LANE - 4, y + LANE / 2 + 3);
	escape_attribute(p->b, str_sub(name, 0, 18));
	buf_puts(p->b, name.n > 18 ? STR("…</text>") : STR("</text>"));
}

static void put_ends(struct page *p, const struct lanes *l)
{
	int y = TOP + (int)l->n * LANE + 12;
	char from[RFC3339_BYTES], to[RFC3339_BYTES];
	struct buf span = { 0 };

	time_rfc3339(l->from, from);
	time_rfc3339(l->from + l->span, to);
	buf_duration(&span, l->span);
	buf_printf(p->b, "<text class=\"m\" x=\"%d\" y=\"%d\">%.10s %.12s</text>"
		"<text class=\"m\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%.*s</text>"
		"<text class=\"m\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%.10s %.12s</text>", LEFT, y,
		from, from + 11, LEFT + WIDTH / 2, y, STR_ARG(buf_str(&span)), LEFT + WIDTH, y, to, to + 11);
	buf_free(&span);
}

/* Where one host tells all, or hardly anything has a time, the list of steps says it better. */
void page_lanes(struct page *p, const struct incident *inc)
{
	struct lanes l = { .inc = inc };
	size_t dated = measure(&l);

	if (dated < 3 || l.n < 2)
		return;
	page_put(p->b, "<h3>Who saw what when</h3>\n<svg class=\"density lanes\" viewBox=\"0 0 {d} {d}\" "
		"role=\"img\" aria-label=\"Evidence of incident {n} by host and time; the table below "
		"lists the same\">", LEFT + WIDTH, TOP + (int)l.n * LANE + 18, (unsigned long long)inc->rank);
	for (size_t i = 0; i < l.n; i++)
		put_lane(p, &l, i);
	for (size_t i = 0; i < inc->evidence.n; i++)
		if (is_dated(&inc->evidence.v[i]))
			put_mark(p, &l, &inc->evidence.v[i]);
	put_ends(p, &l);
	buf_puts(p->b, STR("</svg>\n<p class=\"legend\"><span class=\"dim\">◆ cause ▲ symptom ■ consequence "
			   "● context or counter-evidence</span></p>\n"));
}
