/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/base/clock.h"

#include <stdio.h>

/* Days since 1601-01-01 of a proleptic Gregorian date; years are counted from March. */
static int64_t days_from_civil(int year, int month, int day)
{
	int64_t y = year - (month <= 2), era = y / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 584694;
}

static int month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

bool civil_to_ticks(const struct civil *c, int64_t *time_100ns)
{
	if (c->year < 1601 || c->year > 9999 || c->month < 1 || c->month > 12 || c->day < 1 ||
		c->day > month_days(c->year, c->month) || c->hour < 0 || c->hour > 23 ||
		c->minute < 0 || c->minute > 59 || c->second < 0 || c->second > 59 ||
		c->ticks < 0 || c->ticks >= TICKS_SECOND)
		return false;
	*time_100ns = days_from_civil(c->year, c->month, c->day) * TICKS_DAY +
		      c->hour * TICKS_HOUR + c->minute * TICKS_MINUTE + c->second * TICKS_SECOND +
		      c->ticks;
	return true;
}

void civil_from_ticks(int64_t time_100ns, struct civil *out)
{
	int64_t day = time_100ns / TICKS_DAY, rest = time_100ns % TICKS_DAY;
	int64_t z, era, doe, yoe, doy, mp;

	if (rest < 0) {
		rest += TICKS_DAY;
		day--;
	}
	z = day + 584694;
	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	out->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	out->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	out->year = (int)(yoe + era * 400 + (out->month <= 2));
	out->hour = (int)(rest / TICKS_HOUR);
	out->minute = (int)(rest / TICKS_MINUTE % 60);
	out->second = (int)(rest / TICKS_SECOND % 60);
	out->ticks = (int)(rest % TICKS_SECOND);
}

char *time_rfc3339(int64_t time_100ns, char out[RFC3339_BYTES])
{
	struct civil c;

	out[0] = '\0';
	if (time_100ns == TIME_NONE)
		return out;
	civil_from_ticks(time_100ns, &c);
	if (c.year < 0 || c.year > 9999)
		return out;
	snprintf(out, RFC3339_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u.%07uZ", (unsigned)c.year % 10000,
		(unsigned)c.month % 100, (unsigned)c.day % 100, (unsigned)c.hour % 100,
		(unsigned)c.minute % 100, (unsigned)c.second % 100, (unsigned)c.ticks % 10000000);
	return out;
}

static bool take_digits(struct str *s, size_t n, int *out)
{
	uint64_t v;

	if (s->n < n || !str_to_u64(str_sub(*s, 0, n), 10, &v))
		return false;
	*out = (int)v;
	*s = str_from(*s, n);
	return true;
}

static bool take_char(struct str *s, const char *any_of)
{
	if (!s->n || !s->p[0] || !strchr(any_of, s->p[0]))
		return false;
	*s = str_from(*s, 1);
	return true;
}

static int take_fraction(struct str *s)
{
	int ticks = 0, scale = 1000000;

	while (s->n && s->p[0] >= '0' && s->p[0] <= '9') {
		ticks += (s->p[0] - '0') * scale;
		scale /= 10;
		*s = str_from(*s, 1);
	}
	return ticks;
}

static bool take_offset(struct str *s, int64_t *offset_ticks)
{
	int hours, minutes, sign = s->n && s->p[0] == '-' ? -1 : 1;

	*offset_ticks = 0;
	if (take_char(s, "Zz"))
		return true;
	if (!take_char(s, "+-") || !take_digits(s, 2, &hours))
		return false;
	take_char(s, ":");
	if (!take_digits(s, 2, &minutes))
		return false;
	*offset_ticks = sign * (hours * TICKS_HOUR + minutes * TICKS_MINUTE);
	return true;
}

bool time_parse_rfc3339(struct str s, int64_t *time_100ns)
{
	struct civil c = { 0 };
	int64_t offset;

	if (!take_digits(&s, 4, &c.year) || !take_char(&s, "-") || !take_digits(&s, 2, &c.month) ||
		!take_char(&s, "-") || !take_digits(&s, 2, &c.day) || !take_char(&s, "Tt ") ||
		!take_digits(&s, 2, &c.hour) || !take_char(&s, ":") ||
		!take_digits(&s, 2, &c.minute) || !take_char(&s, ":") ||
		!take_digits(&s, 2, &c.second))
		return false;
	if (take_char(&s, ".,"))
		c.ticks = take_fraction(&s);
	if (!take_offset(&s, &offset) || s.n || !civil_to_ticks(&c, time_100ns))
		return false;
	*time_100ns -= offset;
	return true;
}

/* Half of the unit that is shown last, so that it is the nearest one. */
static int64_t half_unit(int64_t ticks)
{
	return (ticks < TICKS_SECOND - TICKS_MS / 2 ? TICKS_MS
		: ticks < TICKS_HOUR - TICKS_SECOND / 2 ? TICKS_SECOND
		: ticks < TICKS_DAY - TICKS_MINUTE / 2	? TICKS_MINUTE
							: TICKS_HOUR) / 2;
}

void buf_duration(struct buf *b, int64_t ticks)
{
	if (ticks < 0) {
		buf_putc(b, '-');
		ticks = -ticks;
	}
	ticks += half_unit(ticks);
	if (ticks < TICKS_SECOND)
		buf_printf(b, "%lld ms", (long long)(ticks / TICKS_MS));
	else if (ticks < TICKS_MINUTE)
		buf_printf(b, "%lld s", (long long)(ticks / TICKS_SECOND));
	else if (ticks < TICKS_HOUR)
		buf_printf(b, "%lld min %lld s", (long long)(ticks / TICKS_MINUTE),
			(long long)(ticks / TICKS_SECOND % 60));
	else if (ticks < TICKS_DAY)
		buf_printf(b, "%lld h %lld min", (long long)(ticks / TICKS_HOUR),
			(long long)(ticks / TICKS_MINUTE % 60));
	else
		buf_printf(b, "%lld d %lld h", (long long)(ticks / TICKS_DAY),
			(long long)(ticks / TICKS_HOUR % 24));
}

int64_t time_unix_us(int64_t time_100ns)
{
	int64_t d = time_100ns - TICKS_UNIX_EPOCH;

	return d >= 0 ? d / 10 : (d - 9) / 10;
}

bool civil_by_form(struct str s, const char *form, struct civil *out)
{
	static const char letters[] = "YMDhms";
	int v[6] = { 0 };
	size_t n = strlen(form);

	if (s.n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *letter = strchr(letters, form[i]);

		if (letter ? s.p[i] < '0' || s.p[i] > '9' : s.p[i] != form[i])
			return false;
		if (letter)
			v[letter - letters] = v[letter - letters] * 10 + s.p[i] - '0';
	}
	*out = (struct civil){ .year = strstr(form, "YYYY") ? v[0] : 2000 + v[0], .month = v[1], .day = v[2],
		.hour = v[3], .minute = v[4], .second = v[5] };
	return true;
}
