/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/page_mine.h"

#define QUOTED_BYTES_MAX 300
#define NUMBER_DIGITS_MAX 15

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '_' ||
	       (c & 0x80);
}

/* What may stand inside a value such as a path, an address or a device name. */
static bool is_joint(char c)
{
	return c == '-' || c == '.' || c == ':' || c == '\\' || c == '/' || c == '$' || c == '@' ||
	       c == '+';
}

static size_t token_end(struct str s, size_t i, bool *digit)
{
	size_t end = i;

	*digit = false;
	while (i < s.n && (is_word(s.p[i]) || is_joint(s.p[i]))) {
		if (is_word(s.p[i]))
			end = i + 1;
		*digit |= is_digit(s.p[i]);
		i++;
	}
	return end;
}

static void put_value(struct mined *m, struct str value)
{
	buf_putc(&m->template, MINE_GAP);
	m->values[m->n++] = value;
}

/* A value of "name=value, …": up to ", " or the end; braces round it stay in the template. */
static size_t assigned(struct str s, size_t i, struct mined *m)
{
	struct str rest = str_from(s, i);
	ptrdiff_t comma = str_find(rest, STR(", "));
	size_t n = comma < 0 ? rest.n : (size_t)comma;

	if (n == 0)
		return i;
	if (n >= 38 && rest.p[0] == '{' && rest.p[37] == '}') {
		buf_putc(&m->template, '{');
		put_value(m, str_sub(rest, 1, 36));
		buf_putc(&m->template, '}');
		return i + 38;
	}
	put_value(m, str_sub(rest, 0, n));
	return i + n;
}

static size_t quoted(struct str s, size_t i, struct mined *m)
{
	char quote = s.p[i];
	ptrdiff_t n = str_chr(str_sub(s, i + 1, QUOTED_BYTES_MAX), quote);

	buf_putc(&m->template, quote);
	if (n <= 0)
		return i + 1;
	put_value(m, str_sub(s, i + 1, (size_t)n));
	buf_putc(&m->template, quote);
	return i + (size_t)n + 2;
}

void mine_message(struct str s, struct mined *m)
{
	m->n = 0;
	m->template.n = 0;
	for (size_t i = 0; i < s.n;) {
		char c = s.p[i], before = i ? s.p[i - 1] : ' ';
		bool digit, spare = m->n + 2 < MINE_SLOTS_MAX;
		size_t end;

		if (!spare) {
			put_value(m, str_from(s, i));
			return;
		}
		if ((c == '\'' || c == '"') && !is_word(before)) {
			i = quoted(s, i, m);
		} else if (c == '=' && is_word(before)) {
			buf_putc(&m->template, c);
			i = assigned(s, i + 1, m);
		} else if (is_word(c) || c == '\\') {
			end = token_end(s, i, &digit);
			end = end > i ? end : i + 1;
			if (digit)
				put_value(m, str_sub(s, i, end - i));
			else
				buf_put(&m->template, s.p + i, end - i);
			i = end;
		} else {
			buf_putc(&m->template, c);
			i++;
		}
	}
}

void mine_whole(struct str message, struct mined *m)
{
	m->n = 0;
	m->template.n = 0;
	put_value(m, message);
}

static bool is_guid(struct str s, char a)
{
	if (s.n != 36)
		return false;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s.p[i] != '-' : !is_digit(s.p[i]) && !(s.p[i] >= a && s.p[i] <= a + 5))
			return false;
	}
	return true;
}

enum mine_shape mine_shape(struct str s)
{
	size_t i = 0;

	while (i < s.n && is_digit(s.p[i]))
		i++;
	if (i == s.n && i && i <= NUMBER_DIGITS_MAX && (s.p[0] != '0' || i == 1))
		return SHAPE_NUMBER;
	if (is_guid(s, 'A'))
		return SHAPE_GUID_UPPER;
	return is_guid(s, 'a') ? SHAPE_GUID_LOWER : SHAPE_TEXT;
}
