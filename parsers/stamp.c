/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/stamp.h"

#include "parsers/session.h"
#include "parsers/text.h"

#define STAMP_LINES 5

/* "[05/14/2024 03:12:46] VSSAdmin.exe list writers" */
static bool sdp_stamp(struct str s, int64_t *civil_100ns)
{
	static const char form[] = "[MM/DD/YYYY hh:mm:ss] ";
	struct civil c;

	return s.n > strlen(form) && civil_by_form(s, form, &c) && civil_to_ticks(&c, civil_100ns);
}

static void put(struct sink *out, const struct text_line *line, int64_t civil_100ns)
{
	struct civil c;
	char text[40];

	civil_from_ticks(civil_100ns, &c);
	snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute,
		c.second);
	sink_fact(out, STR("host.clock"), line->number, line->offset);
	sink_put(out, "collected_local", str_of(text));
}

void stamp_put(const struct member_view *m, struct sink *out)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;
	bool framed = false;

	while (text_next(t, &line) && line.number <= STAMP_LINES) {
		struct prompt p;
		int64_t civil;

		if (sdp_stamp(line.text, &civil) || (framed && prompt_parse_header(line.text, &p, &civil))) {
			put(out, &line, civil);
			break;
		}
		framed = str_starts(line.text, STR("===="));
	}
	text_close(t);
}
