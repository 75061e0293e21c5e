/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time zones through ICU: IANA names, Windows names ("W. Europe Standard Time"), fixed offsets
 * ("UTC+01:00", "(UTC-05:00) Eastern Time (US & Canada)"). Never the zone of this machine.
 */
#ifndef CASELINE_ANALYZER_ZONE_H
#define CASELINE_ANALYZER_ZONE_H

#include "analyzer/base/arena.h"
#include "analyzer/base/clock.h"

struct zone;

/* NULL where the name is none. Freed by zone_close. */
struct zone *zone_open(struct str name);
void zone_close(struct zone *z);
/* True where the name gave only an offset, so that daylight saving is not known. */
bool zone_is_fixed(const struct zone *z);
/* The UTC of a civil time, daylight saving of that date applied; a doubled hour gives the first. */
int64_t zone_to_utc(struct zone *z, int64_t civil_100ns);
/* Civil minus UTC at that instant, in minutes. */
int zone_offset_minutes(struct zone *z, int64_t utc_100ns);

/* Whether a culture ("de-DE") writes the day before the month; false where it is not known. */
bool culture_day_first(struct str culture, bool *day_first);

#endif
