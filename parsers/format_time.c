/* SPDX-License-Identifier: Apache-2.0 */
/* Stamps of text logs by patterns, without a locale. */
#include "parsers/format_parts.h"
#include "parsers/text_value.h"

struct stamp {
	struct civil c;
	int half;                /* 0 none, 1 AM, 2 PM */
	bool has_offset;
	int offset_minutes;
	int digits;              /* of the fraction */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool take_digits(struct str *s, size_t least, size_t most, int *out)
{
	size_t n = 0;

	*out = 0;
	while (n < most && n < s->n && is_digit(s->p[n]))
		*out = *out * 10 + (s->p[n++] - '0');
	*s = str_from(*s, n);
	return n >= least;
}

static bool take_fraction(struct str *s, struct stamp *t)
{
	int scale = 1000000;

	for (; s->n && is_digit(s->p[0]) && t->digits < 9; t->digits++, scale /= 10) {
		t->c.ticks += (s->p[0] - '0') * scale;
		*s = str_from(*s, 1);
	}
	return t->digits > 0;
}

static bool take_month_name(struct str *s, int *month)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (int i = 0; i < 12; i++)
		if (str_istarts(*s, str_make(names + i * 3, 3))) {
			*month = i + 1;
			*s = str_from(*s, 3);
			return true;
		}
	return false;
}

static bool take_half(struct str *s, struct stamp *t)
{
	if (str_istarts(*s, STR("AM")))
		t->half = 1;
	else if (str_istarts(*s, STR("PM")))
		t->half = 2;
	else
		return false;
	*s = str_from(*s, 2);
	return true;
}

/* "Z", "+01:00", "-0500", "+60" is no offset but minutes are taken as CMTrace writes them: "+060". */
static bool take_offset(struct str *s, struct stamp *t)
{
	int sign, hours, minutes;

	t->has_offset = true;
	if (str_istarts(*s, STR("Z"))) {
		*s = str_from(*s, 1);
		return true;
	}
	if (!s->n || (s->p[0] != '+' && s->p[0] != '-'))
		return false;
	sign = s->p[0] == '-' ? -1 : 1;
	*s = str_from(*s, 1);
	if (!take_digits(s, 2, 2, &hours))
		return false;
	if (s->n && s->p[0] == ':')
		*s = str_from(*s, 1);
	if (!take_digits(s, 2, 2, &minutes))
		return false;
	t->offset_minutes = sign * (hours * 60 + minutes);
	return hours <= 15 && minutes < 60;
}

static size_t run_of(struct str pattern)
{
	size_t n = 1;

	while (n < pattern.n && pattern.p[n] == pattern.p[0])
		n++;
	return n;
}

static bool take_token(char token, size_t run, struct str *s, struct stamp *t)
{
	size_t least = run == 1 ? 1 : 2;

	switch (token) {
	case 'y':
		if (!take_digits(s, run, run, &t->c.year))
			return false;
		t->c.year += run == 2 ? 2000 : 0;
		return true;
	case 'M': return run == 3 ? take_month_name(s, &t->c.month) :
				    take_digits(s, least, 2, &t->c.month);
	case 'd': return take_digits(s, least, 2, &t->c.day);
	case 'H':
	case 'h': return take_digits(s, least, 2, &t->c.hour);
	case 'm': return take_digits(s, least, 2, &t->c.minute);
	case 's': return take_digits(s, least, 2, &t->c.second);
	case 'f': return take_fraction(s, t);
	case 't': return take_half(s, t);
	default: return take_offset(s, t);
	}
}

static bool is_token(char c)
{
	return c != '\0' && strchr("yMdHhmsftz", c) != NULL;
}

static bool take_literal(struct str *pattern, struct str *s)
{
	char c = pattern->p[0];
	ptrdiff_t end;

	*pattern = str_from(*pattern, 1);
	if (c == ' ') {
		if (!s->n || s->p[0] != ' ')
			return false;
		while (s->n && s->p[0] == ' ')
			*s = str_from(*s, 1);
		return true;
	}
	if (c == '\'' && (end = str_chr(*pattern, '\'')) >= 0) {
		struct str text = str_sub(*pattern, 0, (size_t)end);

		*pattern = str_from(*pattern, (size_t)end + 1);
		if (!str_starts(*s, text))
			return false;
		*s = str_from(*s, text.n);
		return true;
	}
	if (!s->n || s->p[0] != c)
		return false;
	*s = str_from(*s, 1);
	return true;
}

static bool take_parts(struct str pattern, struct str *s, struct stamp *t)
{
	while (pattern.n) {
		if (is_token(pattern.p[0])) {
			size_t run = run_of(pattern);

			if (!take_token(pattern.p[0], run, s, t))
				return false;
			pattern = str_from(pattern, run);
		} else if (!take_literal(&pattern, s)) {
			return false;
		}
	}
	return true;
}

/* "[…]" is tried and passed over where it does not fit. */
static bool take_all(struct str pattern, struct str *s, struct stamp *t)
{
	while (pattern.n) {
		ptrdiff_t open = str_chr(pattern, '['), close = str_chr(pattern, ']');
		struct stamp before;
		struct str rest;

		if (open < 0 || close < open)
			return take_parts(pattern, s, t);
		if (!take_parts(str_sub(pattern, 0, (size_t)open), s, t))
			return false;
		before = *t;
		rest = *s;
		if (!take_parts(str_sub(pattern, (size_t)open + 1, (size_t)(close - open - 1)), s, t)) {
			*t = before;
			*s = rest;
		}
		pattern = str_from(pattern, (size_t)close + 1);
	}
	return true;
}

static void apply_half(struct stamp *t)
{
	if (t->half == 2 && t->c.hour < 12)
		t->c.hour += 12;
	else if (t->half == 1 && t->c.hour == 12)
		t->c.hour = 0;
}

static uint8_t basis_of(enum format_zone zone)
{
	return zone == ZONE_UTC ? BASIS_UTC : zone == ZONE_HOST ? BASIS_HOST : BASIS_UNKNOWN;
}

bool format_time(struct str pattern, struct str s, enum format_zone zone, int64_t *time_100ns,
	uint8_t *basis, uint8_t *flags)
{
	struct stamp t = { .c = { .year = 0, .month = 1, .day = 1 } };

	*basis = basis_of(zone);
	if (str_eq(pattern, STR("any")))
		return value_date(s, time_100ns, flags, NULL);
	if (!take_all(pattern, &s, &t) || s.n)
		return false;
	apply_half(&t);
	*flags = t.digits >= 3 ? ROW_PRECISION_MS : t.digits ? 0 : ROW_PRECISION_S;
	if (!civil_to_ticks(&t.c, time_100ns))
		return false;
	if (t.has_offset) {
		*time_100ns -= t.offset_minutes * TICKS_MINUTE;
		*basis = BASIS_UTC;
	}
	return true;
}

const char *format_time_check(struct str pattern)
{
	ptrdiff_t open = str_chr(pattern, '['), close = str_chr(pattern, ']');

	if (str_eq(pattern, STR("any")))
		return NULL;
	if ((open < 0) != (close < 0) || close < open)
		return "'[' and ']' do not pair";
	if (str_chr(pattern, 'y') < 0 || str_chr(pattern, 'M') < 0 || str_chr(pattern, 'd') < 0)
		return "year, month and day are needed (y, M, d)";
	if (str_chr(pattern, 'H') < 0 && str_chr(pattern, 'h') < 0)
		return "an hour is needed (H or h)";
	return NULL;
}
