/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The causal chain: a drawing laid out here, so that print and a page without script have it too,
 * and the same as a list that says why each step leads to the next.
 */
#include "reports/page.h"

#include "analyzer/base/text.h"

enum {
	BOX_WIDTH = 262,
	BOX_HEIGHT = 86,
	GAP_WIDTH = 70,
	ROW_GAP = 34,
	PER_ROW = 4,
	LINE_CHARS = 36,
	BOLD_CHARS = 28,
	TITLE_LINES = 3
};

/* Takes as many whole words as fit one line; a word that is longer is cut. */
static struct str take_line(struct str *rest, size_t chars)
{
	size_t i = 0, n = 0, blank = 0;
	struct str line;

	while (i < rest->n && n < chars) {
		if (rest->p[i] == ' ')
			blank = i;
		utf8_next(*rest, &i);
		n++;
	}
	if (i < rest->n && rest->p[i] != ' ' && blank)
		i = blank;
	line = str_sub(*rest, 0, i);
	*rest = str_trim(str_from(*rest, i));
	return line;
}

static void put_svg_text(
	struct page *p, int x, int y, const char *class, struct str text, bool more)
{
	struct buf plain = {0};

	escape_plain(&plain, text);
	buf_printf(p->b, "<text x=\"%d\" y=\"%d\" class=\"%s\">", x, y, class);
	escape_attribute(p->b, buf_str(&plain));
	page_put(p->b, "{c}</text>", more ? "…" : "");
	buf_free(&plain);
}

static void put_box(struct page *p, const struct chain_step *s, int x, int y, const char *class)
{
	struct str rest = str_trim(s->title.n ? s->title : s->signal);
	char time[RFC3339_BYTES];
	struct buf meta = {0};

	buf_printf(p->b,
		"<rect class=\"box %s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\"/>",
		class, x, y, BOX_WIDTH, BOX_HEIGHT);
	for (int line = 0; line < TITLE_LINES && rest.n; line++) {
		struct str part = take_line(&rest, line == 0 ? BOLD_CHARS : LINE_CHARS - 1);

		put_svg_text(p, x + 10, y + 20 + line * 17, line ? "t" : "t first", part,
			line == TITLE_LINES - 1 && rest.n);
	}
	time_rfc3339(s->time_100ns, time);
	if (s->time_100ns != TIME_NONE)
		buf_printf(&meta, "%.12s", time + 11);
	buf_printf(&meta, "%s%.*s", meta.n && s->host.n ? " · " : "", STR_ARG(s->host));
	rest = buf_str(&meta);
	put_svg_text(p, x + 10, y + BOX_HEIGHT - 10, "m", take_line(&rest, LINE_CHARS), rest.n > 0);
	buf_free(&meta);
}

static void put_gap(struct page *p, const struct chain_step *s, int x, int y)
{
	struct buf gap = {0};

	if (s->gap_100ns > 0)
		buf_duration(&gap, s->gap_100ns);
	buf_printf(p->b, "<text class=\"g\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">", x, y);
	escape_attribute(p->b, buf_str(&gap));
	buf_puts(p->b, STR("</text>"));
	buf_free(&gap);
}

/* An arrow into box `i`: straight along a row, or down and back to the start of the next one. */
static void put_arrow(struct page *p, const struct chain_step *s, size_t i)
{
	int column = (int)(i % PER_ROW), row = (int)(i / PER_ROW);
	int x = column * (BOX_WIDTH + GAP_WIDTH), y = row * (BOX_HEIGHT + ROW_GAP) + BOX_HEIGHT / 2;
	int right = (PER_ROW - 1) * (BOX_WIDTH + GAP_WIDTH) + BOX_WIDTH / 2;

	if (column) {
		buf_printf(p->b,
			"<path class=\"arrow\" d=\"M%d %dh%d\"/><path class=\"tip\" d=\"M%d %dl-9 "
			"-5v10z\"/>",
			x - GAP_WIDTH + 1, y, GAP_WIDTH - 10, x - 1, y);
		put_gap(p, s, x - GAP_WIDTH / 2, y - 8);
		return;
	}
	buf_printf(p->b,
		"<path class=\"arrow\" d=\"M%d %dv%dH%dv%d\"/><path class=\"tip\" d=\"M%d %dl-5 "
		"-9h10z\"/>",
		right, y - BOX_HEIGHT / 2 - ROW_GAP, ROW_GAP / 2, BOX_WIDTH / 2, ROW_GAP / 2 - 9,
		BOX_WIDTH / 2, y - BOX_HEIGHT / 2 - 1);
	put_gap(p, s, right / 2 + BOX_WIDTH / 4, y - BOX_HEIGHT / 2 - ROW_GAP / 2 - 4);
}

static void put_drawing(struct page *p, const struct incident *inc)
{
	size_t n = inc->chain.n, columns = n < PER_ROW ? n : PER_ROW,
	       rows = (n + PER_ROW - 1) / PER_ROW;
	int width = (int)columns * (BOX_WIDTH + GAP_WIDTH) - GAP_WIDTH + 2;
	int height = (int)rows * (BOX_HEIGHT + ROW_GAP) - ROW_GAP + 2;

	buf_printf(p->b,
		"<svg class=\"chain\" viewBox=\"-1 -1 %d %d\" width=\"%d\" role=\"img\" "
		"aria-label=\"",
		width, height, width);
	page_put(p->b, "Causal chain of incident {n}, told by the list below\">",
		(unsigned long long)inc->rank);
	for (size_t i = 0; i < n; i++) {
		int x = (int)(i % PER_ROW) * (BOX_WIDTH + GAP_WIDTH),
		    y = (int)(i / PER_ROW) * (BOX_HEIGHT + ROW_GAP);

		if (i)
			put_arrow(p, &inc->chain.v[i], i);
		put_box(p, &inc->chain.v[i], x, y, i == 0 ? "root" : i + 1 == n ? "impact" : "");
	}
	buf_puts(p->b, STR("</svg>\n"));
}

static void put_step(struct page *p, const struct chain_step *s, const char *name)
{
	struct buf *b = p->b;

	buf_puts(b, STR("<li>"));
	page_put(b, "<b>{t}</b>{r}", s->title.n ? s->title : s->signal, str_of(name));
	buf_puts(b, STR("<br><span class=\"dim\">"));
	page_time(b, s->time_100ns);
	if (s->host.n)
		page_put(b, " · {t}", s->host);
	if (s->gap_100ns > 0) {
		buf_puts(b, STR(" · "));
		buf_duration(b, s->gap_100ns);
		buf_puts(b, STR(" after the step before"));
	}
	buf_puts(b, STR("</span>"));
	if (s->why.n)
		page_put(b, "<br>{t}", s->why);
	if (s->join.n)
		page_put(b, " <span class=\"join\">{t}</span>", s->join);
	if (s->weight_milli)
		page_put(b, " <span class=\"dim\">link {d} of 100</span>", s->weight_milli / 10);
	buf_puts(b, STR("</li>\n"));
}

void page_chain(struct page *p, const struct incident *inc)
{
	size_t n = inc->chain.n;

	if (!n)
		return;
	buf_puts(p->b, STR("<h3>From cause to impact</h3>\n"));
	if (n > 1)
		put_drawing(p, inc);
	buf_puts(p->b, STR("<ol class=\"steps\">\n"));
	for (size_t i = 0; i < n; i++)
		put_step(p, &inc->chain.v[i],
			n == 1	     ? " <span class=\"tag\">cause and impact</span>"
			: i == 0     ? " <span class=\"tag\">root cause</span>"
			: i + 1 == n ? " <span class=\"tag\">impact</span>"
				     : "");
	buf_puts(p->b, STR("</ol>\n"));
}
