/* SPDX-License-Identifier: Apache-2.0 */
/* Small parts of the page: times, counts, severities. */
#include "reports/page.h"

void page_time(struct buf *b, int64_t time_100ns)
{
	char text[RFC3339_BYTES];
	struct str full = str_of(time_rfc3339(time_100ns, text));

	if (time_100ns == TIME_NONE) {
		buf_puts(b, STR("<span class=\"dim\">no time</span>"));
		return;
	}
	page_put(b, "<time datetime=\"{a}\" title=\"{a}\">{t} {t}</time>", full, full,
		str_sub(full, 0, 10), str_sub(full, 11, 12));
}

void page_sentence(struct buf *b, struct str s)
{
	char first = s.n && s.p[0] >= 'a' && s.p[0] <= 'z' ? (char)(s.p[0] - 'a' + 'A') : '\0';

	if (first)
		buf_putc(b, first);
	page_put(b, "{t}", first ? str_from(s, 1) : s);
}

void page_count(struct buf *b, uint64_t v)
{
	struct buf digits = {0};

	buf_u64(&digits, v);
	for (size_t i = 0; i < digits.n; i++) {
		if (i && (digits.n - i) % 3 == 0)
			buf_puts(b, STR("\u202f"));
		buf_putc(b, digits.p[i]);
	}
	buf_free(&digits);
}

void page_bytes(struct buf *b, uint64_t v)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	size_t u = 0;
	uint64_t tenths = v * 10;

	if (v > UINT64_MAX / 16)
		tenths = UINT64_MAX / 16;
	for (; tenths >= 10240 && u < 4; u++)
		tenths = (tenths + 512) / 1024;
	if (u && tenths < 1000)
		buf_printf(b, "%llu.%llu", (unsigned long long)tenths / 10,
			(unsigned long long)tenths % 10);
	else
		buf_u64(b, (tenths + 5) / 10);
	buf_printf(b, "\u00a0%s", units[u]);
}

const char *page_severity_class(enum severity s)
{
	static const char *const names[] = {"low", "medium", "high", "critical"};

	return names[s];
}

void page_severity(struct buf *b, enum severity s)
{
	static const char *const shapes[] = {"○", "▲", "■", "◆"};

	page_put(b, "<span class=\"sev {c}\"><span aria-hidden=\"true\">{r}</span> {c}</span>",
		page_severity_class(s), str_of(shapes[s]), page_severity_class(s));
}

void page_level(struct buf *b, uint8_t level)
{
	static const char *const words[] = {"info", "crit", "error", "warn", "info", "verb"};
	static const char *const shapes[] = {"·", "◆", "■", "▲", "·", "·"};

	if (level > LEVEL_VERBOSE)
		buf_puts(b, STR("<span class=\"dim\">–</span>"));
	else
		page_put(b,
			"<span class=\"lvl l{d}\"><span aria-hidden=\"true\">{r}</span> {c}</span>",
			(int)level, str_of(shapes[level]), words[level]);
}

void page_confidence(struct buf *b, int milli)
{
	int percent = (milli + 5) / 10;

	buf_printf(b, "%d\u00a0%%", percent > 99 ? 99 : percent);
}
