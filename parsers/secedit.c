/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secedit /export: an INI file. [Privilege Rights] has one line a right, accounts as "*S-1-5-…" or
 * as names, with ',' between; [System Access] and the like are policies.
 */
#include "parsers/label.h"
#include "parsers/text.h"

static void put_right(struct sink *out, const struct text_line *line, struct str name, struct str v,
	bool cut, struct arena *a)
{
	struct str account;
	struct buf all = { 0 };

	while (str_split(&v, ',', &account)) {
		account = str_trim(account);
		if (str_starts(account, STR("*")))
			account = str_from(account, 1);
		if (!account.n)
			continue;
		if (all.n)
			buf_putc(&all, ',');
		buf_puts(&all, account);
	}
	sink_fact(out, STR("right"), line->number, line->offset);
	sink_put(out, "right", name);
	sink_put(out, cut ? "accounts_cut" : "accounts", arena_str(a, buf_str(&all)));
	sink_put(out, "source", STR("secedit"));
	buf_free(&all);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;
	bool rights = false, access = false;

	(void)e;
	while (text_next(t, &line)) {
		struct str text = str_trim(line.text);
		ptrdiff_t eq = str_chr(text, '=');

		if (str_starts(text, STR("["))) {
			rights = str_ieq(text, STR("[Privilege Rights]"));
			access = str_ieq(text, STR("[System Access]"));
		} else if (eq > 0 && rights) {
			put_right(out, &line, str_trim(str_sub(text, 0, (size_t)eq)),
				str_from(text, (size_t)eq + 1), text_unended(&line, m->held), m->a);
		} else if (eq > 0 && access) {
			sink_fact(out, STR("policy"), line.number, line.offset);
			sink_put(out, "name", STR("System Access"));
			sink_put(out, "setting", str_trim(str_sub(text, 0, (size_t)eq)));
			sink_put(out, "value", str_trim(str_from(text, (size_t)eq + 1)));
		}
	}
	text_close(t);
	return 0;
}

static int bid(const struct probe *p)
{
	if (str_find(p->text, STR("[Privilege Rights]")) >= 0)
		return 90;
	return str_find(p->text, STR("[System Access]")) >= 0 &&
	       str_find(str_sub(p->text, 0, 64), STR("[Unicode]")) >= 0 ? 85 : 0;
}

const struct parser parser_secedit = {
	.name = "secedit",
	.about = "secedit /export: who holds which right, account policies",
	.data_type = "fact",
	.version = 2,
	.text = true,
	.bid = bid,
	.parse = parse,
};
