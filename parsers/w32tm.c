/* SPDX-License-Identifier: Apache-2.0 */
/*
 * w32tm /query /status, in any language: values in a fixed order, nine of them, with /verbose sixteen.
 *
 *   Leap Indicator: 0(no warning)
 *   Stratum: 4 (secondary reference - syncd by (S)NTP)
 *   Precision: -23 (119.209ns per tick)
 *   Root Delay: 0.0312500s
 *   Root Dispersion: 0.1234567s
 *   ReferenceId: 0x0A000001 (source IP:  10.0.0.1)
 *   Last Successful Sync Time: 2/10/2026 2:12:03 AM
 *   Source: dc01.contoso.local
 *   Poll Interval: 10 (1024s)
 *
 *   Phase Offset: 0.0003155s
 */
#include "parsers/label.h"
#include "parsers/text.h"

enum { LEAP, STRATUM, PRECISION, ROOT_DELAY, ROOT_DISPERSION, REFERENCE, LAST_SYNC, SOURCE, POLL, PHASE_OFFSET,
	CLOCK_RATE, MACHINE, FLAGS, ROLE, SYNC_ERROR, SINCE_SYNC, VALUES };

struct status {
	struct str value[VALUES];
	size_t n;
	uint64_t line, offset;
};

/* The number that a value begins with: "0(no warning)". */
static bool leading(struct str s, uint64_t *n)
{
	size_t digits = 0;

	while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
		digits++;
	return digits && digits < 10 && str_to_u64(str_sub(s, 0, digits), 10, n);
}

/* "0.0003155s" or "-0,0003155s" in microseconds. */
static bool microseconds(struct str s, int64_t *us)
{
	bool minus = str_starts(s, STR("-"));
	int64_t n = 0;
	int fraction = -1;

	for (size_t i = minus; i < s.n && s.p[i] != 's'; i++) {
		if (s.p[i] >= '0' && s.p[i] <= '9') {
			if (fraction < 6)
				n = n * 10 + (s.p[i] - '0');
			fraction += fraction >= 0 && fraction < 6;
		} else if ((s.p[i] != '.' && s.p[i] != ',') || fraction >= 0) {
			return false;
		} else {
			fraction = 0;
		}
		if (n > INT64_MAX / 20000000)
			return false;
	}
	for (int i = fraction < 0 ? 0 : fraction; i < 6; i++)
		n *= 10;
	*us = minus ? -n : n;
	return str_ends(s, STR("s")) && s.n > (size_t)minus + 1;
}

/* "0x0A000001 (source IP:  10.0.0.1)": only a reference is written so. */
static bool is_reference(struct str s)
{
	return str_starts(s, STR("0x")) && s.n >= 10;
}

static void give(const struct status *s, struct arena *a, struct sink *out)
{
	uint64_t number;
	int64_t us;

	if (s->n <= SOURCE || !is_reference(s->value[REFERENCE]))
		return;
	sink_fact(out, STR("host.time_service"), s->line, s->offset);
	if (leading(s->value[LEAP], &number))
		sink_put_u64(out, "leap", number);
	if (leading(s->value[STRATUM], &number))
		sink_put_u64(out, "stratum", number);
	label_put(out, "reference", s->value[REFERENCE]);
	label_put(out, "last_sync_raw", s->value[LAST_SYNC]);
	label_put(out, "source", s->value[SOURCE]);
	if (microseconds(s->value[PHASE_OFFSET], &us))
		sink_put(out, "phase_offset_us", arena_printf(a, "%lld", (long long)us));
	label_put(out, "last_error", s->value[SYNC_ERROR]);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;
	struct status s = { .n = 0 };

	(void)e;
	while (text_next(t, &line)) {
		struct str name, value;

		if (!label_split(line.text, &name, &value) || s.n == VALUES)
			continue;
		if (!s.n) {
			s.line = line.number;
			s.offset = line.offset;
		}
		s.value[s.n++] = arena_str(m->a, value);
	}
	give(&s, m->a, out);
	text_close(t);
	return 0;
}

/* The first three values are numbers with words in brackets, the sixth is a reference. */
static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 2048), line, name, value;
	uint64_t number;
	size_t n = 0;

	while (str_line(&rest, &line)) {
		if (!label_split(line, &name, &value))
			continue;
		if (n < PRECISION && (!leading(value, &number) || str_chr(value, '(') < 1))
			return 0;
		if (n++ == REFERENCE)
			return is_reference(value) ? 70 : 0;
	}
	return 0;
}

const struct parser parser_w32tm = {
	.name = "w32tm",
	.about = "w32tm /query /status in any language: what the clock goes by, how far off it is",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
