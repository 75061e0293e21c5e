/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/html.h"

#include <stdlib.h>

#include "analyzer/base/text.h"
#include "parsers/mime.h"
#include "parsers/text.h"

#define TAG_BYTES_MAX ((size_t)64 * 1024)

struct html {
	struct text_reader *t;
	struct text_line line;
	size_t at;               /* in line.text; behind its end: the line end itself */
	bool more;
	struct buf decoded;      /* of a web archive */
	struct mime_places places;
	size_t place;
	struct buf tag, raw;     /* the tag at hand; text as it stands */
	struct buf back;         /* bytes taken for a tag that comes again as text */
	size_t back_at;
	bool unquoted;           /* it came to that: quotes count no more */
	struct buf cells;        /* the item's texts, one behind the other */
	size_t ends[HTML_CELLS_MAX];
	size_t n;
	struct buf name, link;
	bool in_row, in_cell, in_title, all_head, cut;
	uint64_t row_line, row_offset;
	enum { NOTHING, GIVE_ROW, GIVE_TITLE, GIVE_TABLE, GIVE_TEXT } ready;
	bool table_next, row_next;   /* a row was ended by what begins here, which comes next */
};

/* ---- characters ---- */

static int peek(struct html *h)
{
	if (h->back_at < h->back.n)
		return (unsigned char)h->back.p[h->back_at];
	while (h->more && h->at > h->line.text.n) {
		h->at = 0;
		h->more = text_next(h->t, &h->line);
	}
	if (!h->more)
		return -1;
	return h->at == h->line.text.n ? '\n' : (unsigned char)h->line.text.p[h->at];
}

static int take(struct html *h)
{
	int c = peek(h);

	if (h->back_at < h->back.n)
		h->back_at++;
	else
		h->at++;
	return c;
}

/* Where we stand, in the member's own lines. */
static void here(struct html *h, uint64_t *line, uint64_t *offset)
{
	*line = h->line.number;
	*offset = h->line.offset;
	if (!h->places.n)
		return;
	while (h->place + 1 < h->places.n && h->places.v[h->place + 1].decoded <= h->line.offset)
		h->place++;
	*line = h->places.v[h->place].line;
	*offset = h->places.v[h->place].offset;
}

/* ---- tags ---- */

static bool tag_is(const struct html *h, const char *name)
{
	struct str tag = buf_str(&h->tag), want = str_of(name);

	return str_istarts(tag, want) &&
		(tag.n == want.n || strchr(" \t\n/>", tag.p[want.n]) != NULL);
}

static struct str attribute(const struct html *h, const char *name)
{
	struct str rest = buf_str(&h->tag), want = str_of(name), value;
	ptrdiff_t at;

	while ((at = str_ifind(rest, want)) > 0) {
		bool whole = strchr(" \t\n\"'", rest.p[at - 1]) != NULL;

		rest = str_trim(str_from(rest, (size_t)at + want.n));
		if (!whole || !str_starts(rest, STR("=")))
			continue;
		value = str_trim(str_from(rest, 1));
		if (value.n && (value.p[0] == '"' || value.p[0] == '\'')) {
			at = str_chr(str_from(value, 1), value.p[0]);
			return str_sub(value, 1, at < 0 ? value.n : (size_t)at);
		}
		for (at = 0; (size_t)at < value.n && !strchr(" \t\n/>", value.p[at]); at++)
			;
		return str_sub(value, 0, (size_t)at);
	}
	return STR("");
}

/* A quote that never closes took the rest of the page: the tag ends at its first '>' after all. */
static bool give_back(struct html *h)
{
	ptrdiff_t end = str_chr(buf_str(&h->tag), '>');
	struct buf rest = { 0 };

	if (end < 0)
		return false;
	buf_puts(&rest, str_from(buf_str(&h->tag), (size_t)end + 1));
	buf_puts(&rest, str_from(buf_str(&h->back), h->back_at));
	buf_free(&h->back);
	h->back = rest;
	h->back_at = 0;
	h->unquoted = true;
	h->tag.n = (size_t)end;
	return true;
}

/* What stands between '<' and '>'; of a long one only the beginning is kept. False at the end. */
static bool read_tag(struct html *h)
{
	int c, quote = 0, before = 0, last = 0;

	h->tag.n = 0;
	take(h);
	for (; (c = take(h)) >= 0; before = last, last = c) {
		bool comment = h->tag.n >= 3 && memcmp(h->tag.p, "!--", 3) == 0;

		if (c == '>' && !quote && (!comment || (h->tag.n >= 5 && last == '-' && before == '-')))
			return true;
		if (!comment && !h->unquoted && h->tag.n && h->tag.p[0] != '!' && (c == '"' || c == '\''))
			quote = quote == c ? 0 : quote ? quote : c;
		if (h->tag.n < TAG_BYTES_MAX)
			buf_putc(&h->tag, (char)c);
	}
	return quote && give_back(h);
}

/* Script and style hold no text. */
static void skip_raw(struct html *h, const char *end)
{
	struct str want = str_of(end), back = str_from(buf_str(&h->back), h->back_at);
	ptrdiff_t within = str_ifind(back, want);

	if (within >= 0) {
		h->back_at += (size_t)within;
		return;
	}
	h->back_at = h->back.n;
	while (peek(h) >= 0) {
		ptrdiff_t at = str_ifind(str_from(h->line.text, h->at), want);

		if (at >= 0) {
			h->at += (size_t)at;
			return;
		}
		h->at = h->line.text.n + 1;
	}
}

/* ---- text ---- */

static uint32_t entity(struct str s)
{
	static const struct {
		const char *name;
		uint32_t code;
	} known[] = { { "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' }, { "apos", '\'' },
		{ "nbsp", ' ' }, { "ndash", 0x2013 }, { "mdash", 0x2014 } };
	uint64_t code = 0;

	if (str_istarts(s, STR("#x")))
		str_to_u64(str_from(s, 2), 16, &code);
	else if (str_starts(s, STR("#")))
		str_to_u64(str_from(s, 1), 10, &code);
	for (size_t i = 0; !code && i < sizeof(known) / sizeof(known[0]); i++)
		if (str_eq(s, str_of(known[i].name)))
			code = known[i].code;
	return code == 0xa0 ? ' ' : code < 0x110000 && (code < 0xd800 || code > 0xdfff) ? (uint32_t)code : 0;
}

static size_t cell_start(const struct html *h)
{
	return h->n ? h->ends[h->n - 1] : 0;
}

/* Appends to the cell at hand, white space folded into one blank. */
static void add_code(struct html *h, uint32_t c)
{
	size_t start = cell_start(h);
	bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0xa0;

	if (h->cells.n - start >= HTML_CELL_BYTES_MAX) {
		h->cut = true;
		return;
	}
	if (!blank)
		buf_utf8(&h->cells, c);
	else if (h->cells.n > start && h->cells.p[h->cells.n - 1] != ' ')
		buf_putc(&h->cells, ' ');
}

static void add_text(struct html *h, struct str s)
{
	size_t i = 0;

	while (i < s.n) {
		ptrdiff_t end = s.p[i] == '&' ? str_chr(str_sub(s, i, 12), ';') : -1;
		uint32_t code = end > 1 ? entity(str_sub(s, i + 1, (size_t)end - 1)) : 0;
		int32_t c;

		if (code) {
			i += (size_t)end + 1;
			add_code(h, code);
			continue;
		}
		c = utf8_next(s, &i);
		add_code(h, c < 0 ? 0xfffd : (uint32_t)c);
	}
}

static bool read_text(struct html *h)
{
	int c;

	h->raw.n = 0;
	while ((c = peek(h)) >= 0 && c != '<') {
		if (c == '\n' || h->back_at < h->back.n) {
			buf_putc(&h->raw, (char)c);
			take(h);
			continue;
		}
		/* The rest of the line, or up to the next tag, at once. */
		struct str rest = str_from(h->line.text, h->at);
		ptrdiff_t tag = str_chr(rest, '<');

		buf_puts(&h->raw, tag < 0 ? rest : str_sub(rest, 0, (size_t)tag));
		h->at += tag < 0 ? rest.n : (size_t)tag;
	}
	return h->raw.n > 0;
}

/* ---- items ---- */

static void begin_item(struct html *h)
{
	h->cells.n = h->n = h->name.n = h->link.n = 0;
	h->cut = false;
	buf_puts(&h->name, attribute(h, "class"));
	here(h, &h->row_line, &h->row_offset);
}

static void end_cell(struct html *h)
{
	if (!h->in_cell)
		return;
	h->in_cell = false;
	while (h->cells.n > cell_start(h) && h->cells.p[h->cells.n - 1] == ' ')
		h->cells.n--;
	if (h->n < HTML_CELLS_MAX) {
		h->ends[h->n++] = h->cells.n;
	} else {
		h->cells.n = cell_start(h);
		h->cut = true;
	}
}

static bool end_row(struct html *h)
{
	end_cell(h);
	if (h->in_row && h->n)
		h->ready = GIVE_ROW;
	h->in_row = false;
	return h->ready == GIVE_ROW;
}

/* Of the tag at hand. */
static void begin_row(struct html *h)
{
	h->row_next = h->in_title = false;
	begin_item(h);
	h->in_row = h->all_head = true;
}

static void begin_cell(struct html *h, bool head)
{
	if (!h->in_row)
		return;
	end_cell(h);
	h->in_cell = true;
	h->all_head &= head;
}

static bool is_heading(const struct html *h)
{
	char level = h->tag.n > 1 ? h->tag.p[1] : 0;

	return (h->tag.n && ascii_lower(h->tag.p[0]) == 'h' && level >= '1' && level <= '6' &&
		       (h->tag.n == 2 || h->tag.p[2] == ' ')) ||
		(tag_is(h, "span") && str_eq(attribute(h, "class"), STR("sectionTitle")));
}

static void begin_title(struct html *h)
{
	begin_item(h);
	h->in_title = h->in_cell = true;
}

static void end_title(struct html *h)
{
	h->in_title = false;
	end_cell(h);
	h->ready = GIVE_TITLE;
}

static void start_tag(struct html *h)
{
	if (tag_is(h, "table")) {
		h->table_next = true;
		if (!end_row(h)) {
			h->table_next = false;
			h->ready = GIVE_TABLE;
		}
	} else if (tag_is(h, "tr")) {
		h->row_next = true;
		if (!end_row(h))
			begin_row(h);
	} else if (tag_is(h, "td") || tag_is(h, "th")) {
		begin_cell(h, tag_is(h, "th"));
	} else if (!h->in_row && !h->in_title && is_heading(h)) {
		begin_title(h);
	} else if (tag_is(h, "a") && !h->link.n) {
		buf_puts(&h->link, attribute(h, "href"));
	} else if (tag_is(h, "img") && h->in_cell) {
		add_text(h, attribute(h, "alt"));
	} else if (tag_is(h, "v:group") && h->in_cell) {
		add_text(h, attribute(h, "title"));
	} else if (tag_is(h, "script")) {
		skip_raw(h, "</script");
	} else if (tag_is(h, "style")) {
		skip_raw(h, "</style");
	} else if (h->in_cell && (tag_is(h, "br") || tag_is(h, "p") || tag_is(h, "div") || tag_is(h, "li"))) {
		add_code(h, ' ');
	}
}

static void end_tag(struct html *h)
{
	bool heading = h->tag.n > 2 && ascii_lower(h->tag.p[1]) == 'h' && h->tag.p[2] >= '1' && h->tag.p[2] <= '6';

	if (tag_is(h, "/tr") || tag_is(h, "/table"))
		end_row(h);
	else if (tag_is(h, "/td") || tag_is(h, "/th"))
		end_cell(h);
	else if (h->in_title && (heading || tag_is(h, "/span")))
		end_title(h);
}

static void loose_text(struct html *h)
{
	if (h->in_row || !str_trim(buf_str(&h->raw)).n)
		return;
	h->tag.n = 0;
	begin_item(h);
	h->in_cell = true;
	add_text(h, buf_str(&h->raw));
	end_cell(h);
	h->ready = GIVE_TEXT;
}

static void fill(struct html *h, struct html_item *out)
{
	static const enum html_item_kind kinds[] = { HTML_TEXT, HTML_ROW, HTML_TITLE, HTML_TABLE, HTML_TEXT };
	size_t from = 0;

	*out = (struct html_item){ .kind = kinds[h->ready], .cut = h->cut, .line = h->row_line,
		.offset = h->row_offset };
	if (h->ready == GIVE_TABLE) {
		here(h, &out->line, &out->offset);
		return;
	}
	out->n = h->n;
	out->head = h->ready == GIVE_ROW && h->all_head;
	out->name = buf_str(&h->name);
	out->link = buf_str(&h->link);
	for (size_t i = 0; i < h->n; i++) {
		out->cell[i] = h->ends[i] > from ? str_make(h->cells.p + from, h->ends[i] - from) : STR("");
		from = h->ends[i];
	}
}

bool html_next(struct html *h, struct html_item *out)
{
	h->ready = NOTHING;
	if (h->table_next) {
		h->table_next = false;
		h->ready = GIVE_TABLE;
	}
	if (h->row_next)
		begin_row(h);
	while (!h->ready && peek(h) >= 0) {
		if (peek(h) != '<') {
			read_text(h);
			if (h->in_cell)
				add_text(h, buf_str(&h->raw));
			else
				loose_text(h);
		} else if (!read_tag(h)) {
			break;
		} else if (h->tag.n && h->tag.p[0] == '/') {
			end_tag(h);
		} else {
			start_tag(h);
		}
	}
	if (!h->ready && !end_row(h))
		return false;
	fill(h, out);
	return true;
}

struct html *html_open(const uint8_t *p, size_t n)
{
	struct html *h = xmalloc(sizeof(*h));
	struct str bytes = str_make((const char *)p, n);

	*h = (struct html){ .more = true };
	if (mime_html(bytes, &h->decoded, &h->places))
		bytes = buf_str(&h->decoded);
	h->t = text_open((const uint8_t *)bytes.p, bytes.n);
	h->more = text_next(h->t, &h->line);
	return h;
}

void html_close(struct html *h)
{
	text_close(h->t);
	buf_free(&h->decoded);
	free(h->places.v);
	buf_free(&h->tag);
	buf_free(&h->raw);
	buf_free(&h->back);
	buf_free(&h->cells);
	buf_free(&h->name);
	buf_free(&h->link);
	free(h);
}
