/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/escape.h"

#include <stdarg.h>

#include "analyzer/base/text.h"

enum context { IN_TEXT, IN_ATTRIBUTE, IN_PLAIN, IN_LINES };

static bool in_range(uint32_t c, uint32_t from, uint32_t to)
{
	return c >= from && c <= to;
}

static bool steers(uint32_t c)
{
	return c < 0x20 || in_range(c, 0x7f, 0x9f) || c == 0xad || c == 0x61c || c == 0x180e ||
	       in_range(c, 0x200b, 0x200f) || in_range(c, 0x2028, 0x202e) ||
	       in_range(c, 0x2060, 0x206f) || c == 0xfeff || in_range(c, 0xfff9, 0xfffb) ||
	       in_range(c, 0xe0000, 0xe007f);
}

static void put_mark(struct buf *b, enum context where, const char *what, unsigned v)
{
	bool markup = where == IN_TEXT || where == IN_LINES;

	buf_printf(b, "%s‹%s%0*X›%s", markup ? "<span class=\"mark\">" : "", what,
		*what == 'U' ? 4 : 2, v, markup ? "</span>" : "");
}

static bool put_ascii(struct buf *b, char c, enum context where)
{
	if (where == IN_PLAIN)
		return false;
	if (c == '<')
		buf_puts(b, STR("&lt;"));
	else if (c == '>')
		buf_puts(b, STR("&gt;"));
	else if (c == '&')
		buf_puts(b, STR("&amp;"));
	else if (c == '"')
		buf_puts(b, STR("&quot;"));
	else if (c == '\'')
		buf_puts(b, STR("&#39;"));
	else if (where == IN_LINES && (c == '\n' || c == '\t'))
		buf_putc(b, c);
	else
		return false;
	return true;
}

static bool is_plain(unsigned char c, enum context where)
{
	if (c < 0x20 || c >= 0x7f)
		return false;
	return where == IN_PLAIN ||
	       (c != '<' && c != '>' && c != '&' && c != '"' && c != '\'');
}

static void put_escaped(struct buf *b, struct str s, enum context where)
{
	for (size_t i = 0; i < s.n;) {
		size_t from = i;
		unsigned surrogate;
		int32_t c;

		while (i < s.n && is_plain((unsigned char)s.p[i], where))
			i++;
		buf_put(b, s.p + from, i - from);
		if (i == s.n)
			return;
		from = i;
		surrogate = utf8_surrogate(s, i);
		if (put_ascii(b, s.p[i], where)) {
			i++;
			continue;
		}
		c = utf8_next(s, &i);
		if (surrogate) {
			i = from + 3;
			put_mark(b, where, "U+", surrogate);
		} else if (c < 0)
			put_mark(b, where, "0x", (unsigned)(-1 - c));
		else if (steers((uint32_t)c))
			put_mark(b, where, "U+", (unsigned)c);
		else
			buf_put(b, s.p + from, i - from);
	}
}

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

static void put_isolated(struct buf *b, struct str s, enum context where)
{
	bool plain = is_ascii(s);

	if (!plain)
		buf_puts(b, STR("<bdi dir=\"ltr\">"));
	put_escaped(b, s, where);
	if (!plain)
		buf_puts(b, STR("</bdi>"));
}

void escape_text(struct buf *b, struct str s)
{
	put_isolated(b, s, IN_TEXT);
}

void escape_lines(struct buf *b, struct str s)
{
	put_isolated(b, s, IN_LINES);
}

void escape_attribute(struct buf *b, struct str s)
{
	put_escaped(b, s, IN_ATTRIBUTE);
}

bool escape_is_plain(struct str s)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
	size_t i = 0;

	for (; i + 8 <= s.n; i += 8) {
		uint64_t v;

		memcpy(&v, s.p + i, 8);
		if ((v | (v + ones)) & high || (v - ones * ' ') & ~v & high)   /* above 0x7e, below 0x20 */
			return false;
	}
	for (; i < s.n; i++)
		if (!is_plain((unsigned char)s.p[i], IN_PLAIN))
			return false;
	return true;
}

void escape_plain(struct buf *b, struct str s)
{
	put_escaped(b, s, IN_PLAIN);
}

static void put_hole(struct buf *b, char what, va_list *args)
{
	switch (what) {
	case 't':
		escape_text(b, va_arg(*args, struct str));
		break;
	case 'a':
		escape_attribute(b, va_arg(*args, struct str));
		break;
	case 'l':
		escape_lines(b, va_arg(*args, struct str));
		break;
	case 'c':
		escape_text(b, str_of(va_arg(*args, const char *)));
		break;
	case 'n':
		buf_u64(b, va_arg(*args, unsigned long long));
		break;
	case 'd':
		buf_printf(b, "%d", va_arg(*args, int));
		break;
	case 'r':
		buf_puts(b, va_arg(*args, struct str));
		break;
	default:
		break;
	}
}

void page_put(struct buf *b, const char *markup, ...)
{
	va_list args;

	va_start(args, markup);
	while (*markup) {
		const char *hole = strchr(markup, '{');

		if (!hole) {
			buf_puts(b, str_of(markup));
			break;
		}
		buf_put(b, markup, (size_t)(hole - markup));
		put_hole(b, hole[1], &args);
		markup = hole + 3;
	}
	va_end(args);
}
