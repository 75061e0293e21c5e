/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net start: a line that ends in ':', then the display names of the services that run, each behind
 * three blanks, then a closing sentence. In any language.
 */
#include "parsers/parser.h"
#include "parsers/text.h"

static bool is_name(struct str line)
{
	return str_starts(line, STR("   ")) && str_trim(line).n && line.p[3] != ' ';
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;
	bool list = false;

	(void)e;
	while (text_next(t, &line)) {
		struct str text = str_trim(line.text);

		if (str_ends(text, STR(":")) && !is_name(line.text)) {
			list = true;
		} else if (list && is_name(line.text)) {
			sink_fact(out, STR("service.state"), line.number, line.offset);
			sink_put(out, "display", text);
			sink_put(out, "state", STR("running"));
		} else if (text.n) {
			list = false;
		}
	}
	text_close(t);
	return 0;
}

/* Nothing but names behind three blanks between the first line and the closing sentence. */
static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 8192), line;
	size_t names = 0;
	bool head = false;

	while (str_line(&rest, &line)) {
		struct str text = str_trim(line);

		if (!text.n)
			continue;
		if (!head && !str_ends(text, STR(":")))
			return 0;
		if (head && !is_name(line))
			break;
		names += head;
		head = true;
	}
	if (names < 2)
		return 0;
	return str_ifind(p->name, STR("service")) >= 0 || str_ifind(p->name, STR("net_start")) >= 0 ? 60 : 0;
}

const struct parser parser_net_start = {
	.name = "net_start",
	.about = "net start in any language: the services that run, by display name",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
