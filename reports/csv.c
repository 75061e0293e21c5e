/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/csv.h"

#include "analyzer/base/text.h"
#include "reports/escape.h"

struct str text_clean(struct str s, struct buf *scratch)
{
	if (utf8_valid(s) && (!s.n || !memchr(s.p, 0, s.n)))
		return s;
	scratch->n = 0;
	escape_plain(scratch, s);
	return buf_str(scratch);
}

static bool is_formula(struct str s)
{
	return s.n && memchr("=+-@\t\r", s.p[0], 6);
}

static bool needs_quotes(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == ',' || s.p[i] == '"' || s.p[i] == '\'' || s.p[i] == ' ')
			return true;
	return false;
}

static void put_char(struct buf *b, char c)
{
	if (c == '"')
		buf_putc(b, '"');
	buf_putc(b, (unsigned char)c < ' ' || c == 0x7f ? ' ' : c);
}

void csv_text(struct csv *c, struct str s)
{
	struct buf scratch = { 0 };
	struct str clean = text_clean(s, &scratch);
	bool formula = c->sheet && is_formula(clean), quoted = needs_quotes(clean);

	if (c->more)
		buf_putc(c->b, ',');
	c->more = true;
	if (quoted)
		buf_putc(c->b, '"');
	if (formula)
		buf_putc(c->b, '\'');
	for (size_t i = 0; i < clean.n; i++)
		put_char(c->b, clean.p[i]);
	if (quoted)
		buf_putc(c->b, '"');
	buf_free(&scratch);
}

/* Never a formula to a spreadsheet: a sign and digits are a number. */
void csv_number(struct csv *c, int64_t v)
{
	buf_printf(c->b, "%s%lld", c->more ? "," : "", (long long)v);
	c->more = true;
}

void csv_end(struct csv *c)
{
	buf_putc(c->b, '\n');
	c->more = false;
}
