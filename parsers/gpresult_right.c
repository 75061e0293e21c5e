/* SPDX-License-Identifier: Apache-2.0 */
/* What the shapes of a gpresult report give. */
#include "parsers/gpresult_parts.h"

void gp_right_put(struct sink *out, const struct gp_right *r)
{
	bool won = r->precedence <= 1;

	sink_fact(out, won ? STR("right") : STR("policy"), r->line, r->offset);
	if (won) {
		sink_put(out, "right", r->right);
		sink_put(out, r->cut ? "accounts_cut" : "accounts", r->accounts);
	} else {
		sink_put(out, "name", r->right);
		sink_put(out, "value", r->accounts);
		sink_put_u64(out, "precedence", r->precedence);
	}
	sink_put(out, "source", STR("gpresult"));
	label_put(out, "gpo", r->gpo);
	label_put_id(out, "gpo_id", r->gpo_id);
}

void gp_account_add(struct buf *accounts, struct str account)
{
	account = str_trim(account);
	if (!account.n || accounts->n + account.n > GP_ACCOUNTS_BYTES_MAX)
		return;
	if (accounts->n)
		buf_putc(accounts, ',');
	buf_puts(accounts, account);
}
