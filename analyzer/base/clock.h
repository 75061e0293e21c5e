/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time: signed 100 ns units since 1601-01-01 (Windows FILETIME). UTC unless a name says civil: a
 * civil time counts the same way on the wall clock of some zone. No locale, no zone of this machine.
 */
#ifndef CASELINE_BASE_CLOCK_H
#define CASELINE_BASE_CLOCK_H

#include "analyzer/base/buf.h"

#define TIME_NONE INT64_MIN
#define TICKS_SECOND INT64_C(10000000)
#define TICKS_MS INT64_C(10000)
#define TICKS_MINUTE (60 * TICKS_SECOND)
#define TICKS_HOUR (60 * TICKS_MINUTE)
#define TICKS_DAY (24 * TICKS_HOUR)
#define TICKS_UNIX_EPOCH INT64_C(116444736000000000)   /* 1970-01-01 */

struct civil {
	int year, month, day, hour, minute, second;   /* month and day from 1 */
	int ticks;                                    /* 100 ns units within the second */
};

/*
 * Reads the start of `s` by a form: Y M D h m s are digits of year (two of them: from 2000), month and so
 * on, all else stands for itself. False where it does not fit.
 */
bool civil_by_form(struct str s, const char *form, struct civil *out);
/* False where a part is out of range (second 60 is not taken; years 1601 to 9999). */
bool civil_to_ticks(const struct civil *c, int64_t *time_100ns);
void civil_from_ticks(int64_t time_100ns, struct civil *out);

#define RFC3339_BYTES 33
/* "2024-05-14T03:12:46.0000000Z"; "" for TIME_NONE. Returns `out`. */
char *time_rfc3339(int64_t time_100ns, char out[RFC3339_BYTES]);
/* Takes RFC 3339 with any number of fraction digits and an offset or Z; also a blank for T. */
bool time_parse_rfc3339(struct str s, int64_t *time_100ns);

/* "850 ms", "12 s", "3 min 5 s", "2 h 4 min", "5 d 3 h": to the nearest, for people. */
void buf_duration(struct buf *b, int64_t ticks);

int64_t time_unix_us(int64_t time_100ns);   /* microseconds since 1970, rounded down */

#endif
