/* SPDX-License-Identifier: Apache-2.0 */
/* How many events each host logged when, drawn per host; and where the incidents lie. */
#include "reports/page.h"

enum { BINS = 300, LANE_HEIGHT = 46, LEFT = 130, STEP = 4, TOP = 22 };

struct density {
	uint32_t *count;   /* [lane][3][BINS]: all, warnings, errors and worse */
	uint32_t *lane_of; /* of a host; the last lane takes all hosts that have none */
	size_t lanes, own;   /* the first `own` lanes are of one host each */
	int64_t from, span;
	uint32_t most;
};

static uint32_t *cell(const struct density *d, size_t lane, size_t class, size_t bin)
{
	return &d->count[(lane * 3 + class) * BINS + bin];
}

static size_t bin_of(const struct density *d, int64_t time_100ns)
{
	int64_t bin = (time_100ns - d->from) / (d->span / BINS + 1);

	return bin < 0 ? 0 : bin >= BINS ? BINS - 1 : (size_t)bin;
}

static void count_events(const struct case_file *c, struct density *d)
{
	for (size_t i = 0; i < c->timeline_count; i++) {
		const struct moment *m = &c->timeline[i];
		const struct segment *s = c->segments.v[m->ref.segment].segment;
		uint8_t level = segment_kind(s, segment_row_kinds(s)[m->ref.row])->level;
		size_t lane = m->host < c->hosts.n ? d->lane_of[m->host] : d->lanes - 1,
		       bin = bin_of(d, m->time_100ns);
		uint32_t n = ++*cell(d, lane, 0, bin);

		if (n > d->most)
			d->most = n;
		if (level == LEVEL_WARNING)
			++*cell(d, lane, 1, bin);
		else if (level == LEVEL_CRITICAL || level == LEVEL_ERROR)
			++*cell(d, lane, 2, bin);
	}
}

/* Logarithmic without floating point: eighths of a power of two, so that pages are the same
 * anywhere. */
static unsigned log_eighths(uint32_t n)
{
	unsigned whole = 0;

	while (n >> whole > 1)
		whole++;
	return n ? 8 + whole * 8 + (unsigned)(((uint64_t)n << 3 >> whole) & 7) : 0;
}

static int bar_height(const struct density *d, size_t lane, size_t class, size_t bin)
{
	unsigned most = log_eighths(d->most), v = log_eighths(*cell(d, lane, class, bin));
	int height = most ? (int)(v * (LANE_HEIGHT - 10) / most) : 0;

	return v && height < 2 ? 2 : height;
}

/* One outline: a step wherever the height changes. */
static void put_bars(
	struct buf *b, const struct density *d, size_t lane, size_t class, const char *name)
{
	int base = TOP + (int)(lane + 1) * LANE_HEIGHT - 4, last = 0, run = 0;

	page_put(b, "<path class=\"{c}\" d=\"", name);
	buf_printf(b, "M%d %d", LEFT, base);
	for (size_t bin = 0; bin < BINS; bin++, run++) {
		int height = bar_height(d, lane, class, bin);

		if (height == last)
			continue;
		buf_printf(b, "h%dv%d", run * STEP, last - height);
		last = height;
		run = 0;
	}
	buf_printf(b, "h%dV%dz\"/>", run * STEP, base);
}

static void put_lane(struct page *p, size_t lane, struct str name)
{
	int y = TOP + (int)lane * LANE_HEIGHT;

	buf_printf(p->b,
		"<rect class=\"lane\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>"
		"<text class=\"m\" x=\"0\" y=\"%d\">",
		LEFT, y + 2, BINS * STEP, LANE_HEIGHT - 6, y + LANE_HEIGHT / 2 + 4);
	escape_attribute(p->b, str_sub(name, 0, 18));
	buf_puts(p->b, name.n > 18 ? STR("…</text>") : STR("</text>"));
}

static void put_lane_bars(struct buf *b, const struct density *d, size_t lane)
{
	put_bars(b, d, lane, 0, "d-all");
	put_bars(b, d, lane, 1, "d-warn");
	put_bars(b, d, lane, 2, "d-err");
}

/* Under the bars: a gap of one log may have events of another. */
static void put_blind(struct page *p, const struct density *d)
{
	page_spans spans;

	page_blind(p->in->c, &spans);
	for (size_t i = 0; i < spans.n; i++) {
		const struct page_span *s = &spans.v[i];
		int x = (int)bin_of(d, s->from_100ns) * STEP;
		int width;

		if (d->lane_of[s->host] >= d->own)
			continue;
		width = (int)bin_of(d, s->to_100ns) * STEP + STEP - x;

		buf_printf(p->b, "<rect fill=\"url(#hatch)\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>",
			LEFT + x, TOP + (int)d->lane_of[s->host] * LANE_HEIGHT + 2, width, LANE_HEIGHT - 6);
	}
	free(spans.v);
}

static void put_pins(struct page *p, const struct density *d)
{
	const struct result *r = p->in->result;
	size_t taken = 0;

	for (size_t i = 0; i < r->incidents.n && i < 9; i++) {
		const struct incident *inc = &r->incidents.v[i];
		int x, bottom = TOP + (int)d->lanes * LANE_HEIGHT;

		if (inc->start_100ns == TIME_NONE || inc->start_100ns < d->from ||
			inc->start_100ns > d->from + d->span)
			continue;
		x = LEFT + (int)bin_of(d, inc->start_100ns) * STEP + STEP / 2;
		buf_printf(p->b, "<path class=\"pin %s\" d=\"M%d 18V%d\"/>",
			page_severity_class(inc->severity), x, bottom);
		if (taken >> (bin_of(d, inc->start_100ns) / 6) & 1)
			continue;
		taken |= (size_t)1 << (bin_of(d, inc->start_100ns) / 6);
		buf_printf(p->b,
			"<text class=\"pinname\" text-anchor=\"middle\" x=\"%d\" "
			"y=\"13\">#%u</text>",
			x, inc->rank);
	}
}

static void put_axis(struct page *p, const struct density *d)
{
	int y = TOP + (int)d->lanes * LANE_HEIGHT + 14;
	char text[RFC3339_BYTES];

	for (int k = 0; k <= 4; k++) {
		time_rfc3339(d->from + d->span / 4 * k, text);
		buf_printf(p->b,
			"<text class=\"m\" x=\"%d\" y=\"%d\" text-anchor=\"%s\">%.10s %.5s</text>",
			LEFT + k * BINS * STEP / 4, y,
			k == 0	 ? "start"
			: k == 4 ? "end"
				 : "middle",
			text, text + 11);
	}
}

static void draw(struct page *p, const struct density *d)
{
	const struct case_file *c = p->in->c;
	int width = LEFT + BINS * STEP, height = TOP + (int)d->lanes * LANE_HEIGHT + 22;

	buf_printf(p->b,
		"<svg id=\"density\" class=\"density\" viewBox=\"0 0 %d %d\" role=\"img\" "
		"aria-label=\"Events per "
		"host over time, logarithmic; the table of coverage tells the spans\"><defs><pattern "
		"id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><path "
		"class=\"hatch\" d=\"M0 6L6 0M-1 1L1 -1M5 7L7 5\"/></pattern></defs>",
		width, height);
	for (size_t lane = 0; lane < d->lanes; lane++) {
		struct str name = STR("other");

		for (size_t h = 0; h < c->hosts.n && lane < d->own; h++)
			if (d->lane_of[h] == lane)
				name = c->hosts.v[h].name;
		put_lane(p, lane, name);
	}
	put_blind(p, d);
	for (size_t lane = 0; lane < d->lanes; lane++)
		put_lane_bars(p->b, d, lane);
	put_pins(p, d);
	put_axis(p, d);
	buf_puts(p->b, STR("</svg>\n"));
}

void page_density(struct page *p)
{
	const struct case_file *c = p->in->c;
	struct density d = {.from = c->first_100ns, .span = c->last_100ns - c->first_100ns};
	size_t used = 0;
	bool *own;

	if (!c->timeline_count)
		return;
	own = xmalloc((c->hosts.n + 1) * sizeof(*own));
	page_own_lanes(p, own);
	d.lane_of = xmalloc((c->hosts.n + 1) * sizeof(*d.lane_of));
	for (size_t h = 0; h < c->hosts.n; h++)
		d.lane_of[h] = own[h] ? (uint32_t)used++ : UINT32_MAX;
	free(own);
	d.lanes = d.own = used;
	for (size_t h = 0; h < c->hosts.n; h++)
		if (d.lane_of[h] == UINT32_MAX)
			d.lane_of[h] = (uint32_t)used,
			d.lanes = c->hosts.v[h].events ? used + 1 : d.lanes;
	for (size_t i = 0; i < c->timeline_count && d.lanes == used; i++)
		if (c->timeline[i].host >= c->hosts.n)
			d.lanes = used + 1;
	d.count = xmalloc((d.lanes + 1) * 3 * BINS * sizeof(*d.count));
	memset(d.count, 0, (d.lanes + 1) * 3 * BINS * sizeof(*d.count));
	count_events(c, &d);
	draw(p, &d);
	buf_puts(p->b, STR("<p class=\"legend\"><span class=\"key k-all\"></span> all "
			   "<span class=\"key k-warn\"></span> ▲ warnings <span class=\"key "
			   "k-err\"></span> ■ errors and ◆ critical "
			   "<span class=\"key k-hatch\"></span> no records of a log "
			   "<span class=\"dim\">height is logarithmic</span>"));
	if (p->in->result->activities.n)
		buf_puts(p->b, STR("<span class=\"drawn\"><span class=\"key k-work\"></span> work, ✕ failed "
				   "<span class=\"key k-outage\"></span> outage</span>"));
	buf_puts(p->b, STR("</p>\n"));
	free(d.count);
	free(d.lane_of);
}
