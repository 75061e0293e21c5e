/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/case/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <unicode/ucal.h>
#include <unicode/udat.h>
#include <unicode/ustring.h>

#include "analyzer/case/zone_names.h"

#define NAME_UNITS 128

struct zone {
	UCalendar *calendar;     /* NULL for a fixed offset */
	int offset_minutes;
	/* The last answer, which serves the next civil times of the same hour. */
	int64_t hour, hour_offset;
	bool hour_known;
};

/* "+01:00", "-5", "+0530" after UTC or GMT, also in the brackets of Windows' display names. */
static bool parse_offset(struct str s, int *minutes)
{
	int sign, hours, rest = 0;
	size_t i = 0, digits = 0;

	if (str_starts(s, STR("(")))
		s = str_from(s, 1);
	if (!str_istarts(s, STR("UTC")) && !str_istarts(s, STR("GMT")))
		return false;
	s = str_from(s, 3);
	if (!s.n || s.p[0] == ')') {
		*minutes = 0;
		return true;
	}
	if (s.p[0] != '+' && s.p[0] != '-')
		return false;
	sign = s.p[0] == '-' ? -1 : 1;
	for (i = 1, hours = 0; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && digits < 2; i++, digits++)
		hours = hours * 10 + (s.p[i] - '0');
	if (!digits)
		return false;
	if (i < s.n && s.p[i] == ':')
		i++;
	for (digits = 0; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && digits < 2; i++, digits++)
		rest = rest * 10 + (s.p[i] - '0');
	*minutes = sign * (hours * 60 + rest);
	return hours <= 14 && rest < 60;
}

static bool canonical(const UChar *name, UChar out[NAME_UNITS])
{
	UErrorCode status = U_ZERO_ERROR;
	UBool system_id = 0;

	ucal_getCanonicalTimeZoneID(name, -1, out, NAME_UNITS, &system_id, &status);
	return U_SUCCESS(status) && system_id;
}

static bool from_windows(const UChar *name, UChar out[NAME_UNITS])
{
	UErrorCode status = U_ZERO_ERROR;
	int32_t n = ucal_getTimeZoneIDForWindowsID(name, -1, NULL, out, NAME_UNITS, &status);

	return U_SUCCESS(status) && n > 0;
}

static UCalendar *open_calendar(struct str name)
{
	UChar wide[NAME_UNITS], id[NAME_UNITS];
	UErrorCode status = U_ZERO_ERROR;
	UCalendar *c;

	u_strFromUTF8(wide, NAME_UNITS, NULL, name.p, (int32_t)name.n, &status);
	if (U_FAILURE(status) || name.n >= NAME_UNITS)
		return NULL;
	if (!from_windows(wide, id) && !canonical(wide, id))
		return NULL;
	c = ucal_open(id, -1, "en", UCAL_GREGORIAN, &status);
	return U_SUCCESS(status) ? c : NULL;
}

struct zone *zone_open(struct str name)
{
	struct zone z = { 0 }, *out;
	char windows[ZONE_NAME_BYTES];
	struct str shown;

	name = str_trim(name);
	shown = zone_of_display_name(name, windows);
	if (shown.n)
		name = shown;
	z.calendar = name.n && name.n < NAME_UNITS ? open_calendar(name) : NULL;
	if (!z.calendar && !parse_offset(name, &z.offset_minutes))
		return NULL;
	out = xmalloc(sizeof(*out));
	*out = z;
	return out;
}

void zone_close(struct zone *z)
{
	if (!z)
		return;
	if (z->calendar)
		ucal_close(z->calendar);
	free(z);
}

bool zone_is_fixed(const struct zone *z)
{
	return !z->calendar;
}

static double unix_ms(int64_t time_100ns)
{
	return (double)((time_100ns - TICKS_UNIX_EPOCH) / TICKS_MS);
}

static int64_t offset_of_local(struct zone *z, int64_t civil_100ns)
{
	UErrorCode status = U_ZERO_ERROR;
	int32_t raw = 0, dst = 0;

	ucal_setMillis(z->calendar, unix_ms(civil_100ns), &status);
	ucal_getTimeZoneOffsetFromLocal(z->calendar, UCAL_TZ_LOCAL_FORMER, UCAL_TZ_LOCAL_FORMER,
		&raw, &dst, &status);
	return U_SUCCESS(status) ? (int64_t)(raw + dst) * TICKS_MS : 0;
}

int64_t zone_to_utc(struct zone *z, int64_t civil_100ns)
{
	int64_t hour = civil_100ns / (TICKS_HOUR / 4);

	if (!z->calendar)
		return civil_100ns - z->offset_minutes * TICKS_MINUTE;
	if (!z->hour_known || z->hour != hour) {
		z->hour = hour;
		z->hour_offset = offset_of_local(z, civil_100ns);
		z->hour_known = true;
	}
	return civil_100ns - z->hour_offset;
}

int zone_offset_minutes(struct zone *z, int64_t utc_100ns)
{
	UErrorCode status = U_ZERO_ERROR;
	int32_t ms;

	if (!z->calendar)
		return z->offset_minutes;
	ucal_setMillis(z->calendar, unix_ms(utc_100ns), &status);
	ms = ucal_get(z->calendar, UCAL_ZONE_OFFSET, &status) +
	     ucal_get(z->calendar, UCAL_DST_OFFSET, &status);
	return U_SUCCESS(status) ? ms / 60000 : 0;
}

bool culture_day_first(struct str culture, bool *day_first)
{
	UChar pattern[128];
	char id[32];
	UErrorCode status = U_ZERO_ERROR;
	UDateFormat *f;
	int32_t n;

	if (culture.n < 2 || culture.n >= sizeof(id))
		return false;
	snprintf(id, sizeof(id), "%.*s", STR_ARG(culture));
	f = udat_open(UDAT_NONE, UDAT_SHORT, id, NULL, 0, NULL, 0, &status);
	if (U_FAILURE(status))
		return false;
	n = udat_toPattern(f, 0, pattern, 128, &status);
	udat_close(f);
	for (int32_t i = 0; U_SUCCESS(status) && i < n; i++) {
		if (pattern[i] == 'd' || pattern[i] == 'M') {
			*day_first = pattern[i] == 'd';
			return true;
		}
	}
	return false;
}
