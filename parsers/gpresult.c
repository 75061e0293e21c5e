/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpresult: which user rights a group policy sets, for whom, and which policies were applied. As text
 * (/r /v /z) by the names of rights, which no language translates: the line before names the policy
 * object, the lines behind the accounts. As XML (/x) by elements, as HTML (/h) by titles and rows.
 */
#include "parsers/gpresult_parts.h"
#include "parsers/text.h"
#include "parsers/xml.h"

struct reader {
	struct sink *out;
	struct buf gpo, right, accounts;
	uint64_t line, offset;
	bool open, setting;
};

/* A list that the end of the file broke off may lack accounts. */
static void end_right(struct reader *r, bool whole)
{
	struct gp_right right = { .right = buf_str(&r->right), .accounts = buf_str(&r->accounts),
		.cut = !whole, .gpo = buf_str(&r->gpo), .line = r->line, .offset = r->offset };

	if (r->open && r->right.n)
		gp_right_put(r->out, &right);
	r->open = r->setting = false;
	r->right.n = r->accounts.n = 0;
}

/* "ServiceLogonRight", "BackupPrivilege": as Windows names them, without the "Se" before. */
static bool is_right(struct str word)
{
	for (size_t i = 0; i < word.n; i++)
		if (!((word.p[i] >= 'A' && word.p[i] <= 'Z') || (word.p[i] >= 'a' && word.p[i] <= 'z')))
			return false;
	return word.n > 8 && word.n < 60 &&
	       (str_ends(word, STR("LogonRight")) || str_ends(word, STR("Privilege")));
}

static size_t indent_of(struct str line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] == ' ')
		n++;
	return n;
}

static void take_line(struct reader *r, const struct text_line *line)
{
	struct str text = str_trim(line->text), name, value;
	bool label = label_split(text, &name, &value);

	if (label && is_right(value)) {
		end_right(r, true);
		r->open = true;
		r->line = line->number;
		r->offset = line->offset;
		buf_puts(&r->right, STR("Se"));
		buf_puts(&r->right, value);
	} else if (r->open && label && !r->setting) {
		r->setting = true;
		gp_account_add(&r->accounts, value);
	} else if (r->open && !label && text.n && indent_of(line->text) > 20) {
		gp_account_add(&r->accounts, text);
	} else {
		end_right(r, true);
		if (label && value.n) {
			r->gpo.n = 0;
			buf_puts(&r->gpo, value);
		}
	}
}

static void parse_text(struct reader *r, const struct member_view *m)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;

	while (text_next(t, &line))
		take_line(r, &line);
	end_right(r, false);
	text_close(t);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out };

	if (xml_opens_with(m, STR("<Rsop")))
		return gp_xml_read(m, out, e);
	if (xml_opens_with(m, STR("<html"))) {
		gp_html_read(m, out);
		return 0;
	}
	parse_text(&r, m);
	buf_free(&r.gpo);
	buf_free(&r.right);
	buf_free(&r.accounts);
	return 0;
}

/* The tool's own name stands in the banner in every language. */
static int bid(const struct probe *p)
{
	struct str head = str_sub(p->text, 0, 4096);

	if (str_find(head, STR("<Rsop")) >= 0)
		return 85;
	if (str_ifind(head, STR("<html")) >= 0)
		return str_ifind(p->name, STR("gpresult")) >= 0 ||
				str_find(p->text, STR(">Group Policy Results</td>")) > 0 ? 85 : 0;
	if (str_find(head, STR("RSOP")) < 0 && str_find(head, STR("RSoP")) < 0)
		return 0;
	return str_find(head, STR("Microsoft")) >= 0 && str_find(head, STR("-----")) > 0 ? 70 : 0;
}

const struct parser parser_gpresult = {
	.name = "gpresult",
	.about = "gpresult as text, XML and HTML: group policies, and the user rights that they set",
	.data_type = "fact",
	.version = 2,
	.text = true,
	.bid = bid,
	.parse = parse,
};
