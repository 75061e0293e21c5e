/* SPDX-License-Identifier: Apache-2.0 */
/* What marks in the logs tell of a host's clock and starts: doubt, boots, and all of it in words. */
#include <stdlib.h>

#include "analyzer/base/buf.h"
#include "analyzer/case/case_parts.h"

bool case_same_boot(const struct case_file *c, uint32_t host, int64_t a_100ns, int64_t b_100ns)
{
	const struct host *h = host == HOST_NONE ? NULL : &c->hosts.v[host];
	int64_t from = a_100ns < b_100ns ? a_100ns : b_100ns, to = a_100ns < b_100ns ? b_100ns : a_100ns;

	for (size_t i = 0; h && from != TIME_NONE && i < h->boots.n; i++)
		if (h->boots.v[i] > from && h->boots.v[i] <= to)
			return false;
	return true;
}

int64_t case_step_doubt_ms(const struct host *h, int64_t time_100ns)
{
	int64_t doubt = 0;

	for (size_t i = 0; i < h->steps.n; i++) {
		const struct clock_step *step = &h->steps.v[i];

		if (-step->by_ms > doubt && time_100ns >= step->at_100ns &&
			time_100ns <= step->at_100ns - step->by_ms * TICKS_MS)
			doubt = -step->by_ms;
	}
	return doubt;
}

static void put_seconds(struct buf *out, int64_t ms)
{
	int64_t size = llabs(ms);

	buf_printf(out, "%lld.%03lld s", (long long)(size / 1000), (long long)(size % 1000));
}

static void put_offset(const struct case_file *c, const struct host *h, struct buf *out)
{
	if (h->clock_given || h->clock_applied) {
		buf_printf(out, "its times were moved by %s", h->clock_offset_ms < 0 ? "-" : "+");
		put_seconds(out, h->clock_offset_ms);
		buf_puts(out, h->clock_given ? STR(" (--clock)") : STR(" (measured)"));
	}
	if (!h->clock_anchors)
		return;
	buf_puts(out, out->n ? STR("; its clock was ") : STR("its clock was "));
	put_seconds(out, h->clock_measured_ms);
	buf_printf(out, " %s that of %.*s by %llu events that both recorded, give or take ",
		h->clock_measured_ms < 0 ? "behind" : "ahead of",
		STR_ARG(case_host_name(c, h->clock_against)), (unsigned long long)h->clock_anchors);
	put_seconds(out, h->clock_spread_ms);
}

static void put_steps(const struct host *h, struct buf *out)
{
	const struct clock_step *most = &h->steps.v[0];
	char at[RFC3339_BYTES];

	for (size_t i = 1; i < h->steps.n; i++)
		if (llabs(h->steps.v[i].by_ms) > llabs(most->by_ms))
			most = &h->steps.v[i];
	buf_printf(out, "the clock was set %llu time%s while the logs were written, %s%s by ",
		(unsigned long long)h->clock_steps, h->clock_steps == 1 ? "" : "s",
		h->clock_steps == 1 ? "" : "the furthest ", most->by_ms < 0 ? "back" : "forward");
	put_seconds(out, most->by_ms);
	buf_printf(out, " to %s", time_rfc3339(most->at_100ns, at));
}

void case_clock_words(const struct case_file *c, uint32_t host, struct buf *out)
{
	const struct host *h = &c->hosts.v[host];
	struct buf words = { 0 };

	put_offset(c, h, &words);
	if (h->steps.n) {
		buf_puts(&words, words.n ? STR("; ") : STR(""));
		put_steps(h, &words);
	}
	buf_puts(out, buf_str(&words));
	buf_free(&words);
}
