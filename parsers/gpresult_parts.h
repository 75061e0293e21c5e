/* SPDX-License-Identifier: Apache-2.0 */
/* What the three shapes of a gpresult report share. Views; whoever gives them keeps them. */
#ifndef CASELINE_PARSERS_GPRESULT_PARTS_H
#define CASELINE_PARSERS_GPRESULT_PARTS_H

#include "parsers/label.h"

#define GP_ACCOUNTS_BYTES_MAX ((size_t)4096)

struct gp_right {
	struct str right, accounts, gpo, gpo_id;
	bool cut;                /* of the accounts */
	uint64_t precedence;     /* 1 wins; 0: not told, so this is what won */
	uint64_t line, offset;
};

/* A right as the host has it; what another policy overrode is a `policy`, and no right. */
void gp_right_put(struct sink *out, const struct gp_right *r);
/* Appends an account, ',' before it unless it is the first; nothing beyond the limit. */
void gp_account_add(struct buf *accounts, struct str account);

int gp_xml_read(const struct member_view *m, struct sink *out, struct err *e);
void gp_html_read(const struct member_view *m, struct sink *out);

#endif
