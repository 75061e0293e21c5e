/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User rights as showpriv prints them for collection scripts: "2 account(s) with SeBackupPrivilege
 * user right:", then an account a line, indented.
 */
#include "parsers/label.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

struct reader {
	struct sink *out;
	struct buf right, accounts;
	uint64_t line, offset;
	uint64_t promised, given;    /* accounts */
};

static void end_right(struct reader *r)
{
	if (r->right.n) {
		sink_fact(r->out, STR("right"), r->line, r->offset);
		sink_put(r->out, "right", buf_str(&r->right));
		sink_put(r->out, r->given < r->promised ? "accounts_cut" : "accounts", buf_str(&r->accounts));
		sink_put(r->out, "source", STR("showpriv"));
	}
	r->right.n = r->accounts.n = 0;
}

/* "2 account(s) with SeServiceLogonRight user right:" */
static bool right_in(struct str text, struct str *right, uint64_t *promised)
{
	ptrdiff_t at = str_find(text, STR("account(s) with Se"));
	struct str rest;

	if (at < 0)
		return false;
	*promised = 0;
	str_to_u64(str_trim(str_sub(text, 0, (size_t)at)), 10, promised);
	rest = str_from(text, (size_t)at + strlen("account(s) with "));
	return str_split(&rest, ' ', right);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct reader r = { .out = out };
	struct text_line line;

	(void)e;
	while (text_next(t, &line)) {
		struct str text = str_trim(line.text), right;
		uint64_t promised;

		if (right_in(text, &right, &promised)) {
			end_right(&r);
			r.promised = promised;
			r.given = 0;
			buf_puts(&r.right, right);
			r.line = line.number;
			r.offset = line.offset;
		} else if (!text.n || !value_indent(line.text)) {
			end_right(&r);
		} else if (r.right.n) {
			if (r.accounts.n)
				buf_putc(&r.accounts, ',');
			buf_puts(&r.accounts, text);
			r.given++;
		}
	}
	end_right(&r);
	buf_free(&r.right);
	buf_free(&r.accounts);
	text_close(t);
	return 0;
}

static int bid(const struct probe *p)
{
	return str_find(p->text, STR("account(s) with Se")) >= 0 ? 85 : 0;
}

const struct parser parser_user_rights = {
	.name = "user_rights",
	.about = "UserRights.txt (showpriv): who holds which right",
	.data_type = "fact",
	.version = 2,
	.text = true,
	.bid = bid,
	.parse = parse,
};
