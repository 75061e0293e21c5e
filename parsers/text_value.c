/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/text_value.h"

struct str value_after_colon(struct str line)
{
	ptrdiff_t wide = str_find(line, STR("\xef\xbc\x9a")), at = str_find(line, STR(": "));

	if (wide >= 0 && (at < 0 || wide < at))
		return str_trim(str_from(line, (size_t)wide + 3));
	if (at >= 0)
		return str_trim(str_from(line, (size_t)at + 2));
	return STR("");
}

struct str value_unquoted(struct str s)
{
	static const char *const pairs[][2] = { { "'", "'" }, { "\"", "\"" },
		{ "\xe2\x80\x98", "\xe2\x80\x99" }, { "\xe2\x80\x9c", "\xe2\x80\x9d" },
		{ "\xc2\xab", "\xc2\xbb" }, { "\xe2\x80\x9e", "\xe2\x80\x9c" } };

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct str open = str_of(pairs[i][0]), close = str_of(pairs[i][1]);
		ptrdiff_t from = str_find(s, open), to;

		if (from < 0)
			continue;
		s = str_from(s, (size_t)from + open.n);
		for (to = (ptrdiff_t)(s.n - close.n); to > 0; to--)
			if (str_starts(str_from(s, (size_t)to), close))
				break;
		return str_trim(to > 0 ? str_sub(s, 0, (size_t)to) : s);
	}
	return str_trim(s);
}

bool value_guid(struct str s, char out[GUID_BYTES])
{
	for (size_t i = 0; i + 38 <= s.n; i++) {
		uint8_t raw[16];

		if (s.p[i] == '{' && guid_parse(str_sub(s, i, 38), raw)) {
			guid_format(raw, out);
			return true;
		}
	}
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "1.93", "1,93", "2 048,5": the last '.' or ',' with one or two digits behind it is the decimal one. */
static double take_number(struct str *s)
{
	double v = 0, scale = 0;

	while (s->n && (is_digit(s->p[0]) || s->p[0] == '.' || s->p[0] == ',')) {
		if (is_digit(s->p[0])) {
			v = v * 10 + (s->p[0] - '0');
			scale *= 10;
		} else {
			size_t k = 1;

			while (k < s->n && is_digit(s->p[k]))
				k++;
			scale = k <= 3 ? 1 : 0;
		}
		*s = str_from(*s, 1);
	}
	return scale > 0 ? v / scale : v;
}

bool value_size(struct str s, uint64_t *bytes)
{
	static const char units[] = "kmgtp";
	const char *unit;
	double v;

	s = str_trim(s);
	if (!s.n || !is_digit(s.p[0]))
		return false;
	v = take_number(&s);
	if (s.n && (unsigned char)s.p[0] < ' ')
		return false;            /* damage within the number */
	while (s.n && (s.p[0] == ' ' || (unsigned char)s.p[0] == 0xc2 || (unsigned char)s.p[0] == 0xa0))
		s = str_from(s, 1);
	unit = s.n ? strchr(units, ascii_lower(s.p[0])) : NULL;
	for (long i = unit && *unit ? unit - units + 1 : 0; i > 0; i--)
		v *= 1024;
	if (!(v < 18446744073709551616.0))
		return false;            /* no such size; too large for a number of 64 bits */
	*bytes = (uint64_t)v;
	return true;
}

bool value_bracketed(struct str s, uint64_t *n)
{
	ptrdiff_t from = str_chr(s, '['), to = str_chr(s, ']');

	return from >= 0 && to > from + 1 &&
	       str_to_u64(str_sub(s, (size_t)from + 1, (size_t)(to - from - 1)), 10, n);
}

size_t value_indent(struct str line)
{
	size_t n = 0;

	while (n < line.n && (line.p[n] == ' ' || line.p[n] == '\t'))
		n++;
	return n;
}

static bool take_int(struct str *s, size_t most, int *out)
{
	size_t n = 0;

	*out = 0;
	while (n < most && n < s->n && is_digit(s->p[n])) {
		*out = *out * 10 + (s->p[n] - '0');
		n++;
	}
	*s = str_from(*s, n);
	return n > 0;
}

static bool take_any(struct str *s, const char *set)
{
	if (!s->n || !s->p[0] || !strchr(set, s->p[0]))
		return false;
	*s = str_from(*s, 1);
	return true;
}

/* Three numbers; four digits first is a year. */
static bool take_date(struct str *s, struct civil *c, uint8_t *flags)
{
	int a, b, y;
	struct str start = *s;
	bool dots;

	if (!take_int(s, 4, &a))
		return false;
	dots = s->n && s->p[0] == '.';
	if (!take_any(s, "/.-") || !take_int(s, 2, &b) || !take_any(s, "/.-"))
		return false;
	take_any(s, " ");
	if (!take_int(s, 4, &y))
		return false;
	if (is_digit(start.p[1]) && is_digit(start.p[2])) {
		*c = (struct civil){ .year = a, .month = b, .day = y };
		return true;
	}
	if (y < 100)
		y += 2000;
	*c = (struct civil){ .year = y, .month = a, .day = b };
	/* No culture writes the month first before a dot. */
	if (a > 12 || dots)
		*c = (struct civil){ .year = y, .month = b, .day = a };
	else if (b <= 12 && a != b)
		*flags |= ROW_DATE_MONTH_FIRST;
	return true;
}

static void take_half(struct str *s, struct civil *c)
{
	struct str t = str_sub(*s, 0, 5);
	bool spaced = t.n && t.p[0] == ' ';

	t = str_trim(t);
	if (str_istarts(t, STR("PM")) || str_istarts(t, STR("P.M"))) {
		if (c->hour < 12)
			c->hour += 12;
	} else if (str_istarts(t, STR("AM")) || str_istarts(t, STR("A.M"))) {
		if (c->hour == 12)
			c->hour = 0;
	} else {
		return;
	}
	*s = str_from(*s, (size_t)spaced + (t.p[1] == '.' ? 4 : 2));
}

static bool take_time(struct str *s, struct civil *c, uint8_t *flags)
{
	int scale = 1000000;

	if (!take_int(s, 2, &c->hour) || !take_any(s, ":.") || !take_int(s, 2, &c->minute))
		return false;
	if (!take_any(s, ":.") || !take_int(s, 2, &c->second))
		c->second = 0;
	*flags |= ROW_PRECISION_S;
	if (s->n > 1 && (s->p[0] == '.' || s->p[0] == ',') && is_digit(s->p[1])) {
		*s = str_from(*s, 1);
		*flags = (uint8_t)((*flags & ~ROW_PRECISION_S) | ROW_PRECISION_MS);
		for (; s->n && is_digit(s->p[0]); *s = str_from(*s, 1), scale /= 10)
			c->ticks += (s->p[0] - '0') * scale;
	}
	take_half(s, c);
	return true;
}

bool value_date(struct str s, int64_t *civil_100ns, uint8_t *flags, struct str *rest)
{
	struct civil c = { 0 };

	*flags = 0;
	s = str_trim(s);
	if (!take_date(&s, &c, flags))
		return false;
	take_any(&s, ",");
	while (take_any(&s, " T\t"))
		;
	if (s.n && is_digit(s.p[0])) {
		if (!take_time(&s, &c, flags))
			return false;
	} else {
		*flags |= ROW_PRECISION_S;
	}
	if (rest)
		*rest = s;
	else if (str_trim(s).n)
		return false;
	return civil_to_ticks(&c, civil_100ns);
}

char value_letter(struct str s)
{
	for (size_t i = 1; i + 1 < s.n; i++)
		if (s.p[i + 1] == ':' && (s.p[i - 1] == ' ' || s.p[i - 1] == '.') &&
			ascii_lower(s.p[i]) >= 'a' && ascii_lower(s.p[i]) <= 'z')
			return (char)(ascii_lower(s.p[i]) - 32);
	/* "HV01_D_fsutil.txt", "D_fsutil_dirty_query.txt": a file's name can hold no colon. */
	for (size_t i = 0; i + 1 < s.n && (str_ifind(s, STR("fsutil")) >= 0 || str_ifind(s, STR("chkdsk")) >= 0); i++)
		if ((s.p[i + 1] == '_' || s.p[i + 1] == '.') && (i == 0 || s.p[i - 1] == '_') &&
			ascii_lower(s.p[i]) >= 'a' && ascii_lower(s.p[i]) <= 'z')
			return (char)(ascii_lower(s.p[i]) - 32);
	return 0;
}
