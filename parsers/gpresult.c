/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpresult: which user rights a group policy sets, for whom, and which policies were applied. As text
 * (/r /v /z) by the names of rights, which no language translates: the line before names the policy
 * object, the lines behind the accounts. As XML (/x) by elements.
 */
#include "parsers/label.h"
#include "parsers/text.h"
#include "parsers/xml.h"

#define ACCOUNTS_BYTES_MAX ((size_t)4096)

struct reader {
	struct sink *out;
	struct buf gpo, right, accounts, text;
	uint64_t line, offset;
	bool open, setting;
	unsigned depth, right_depth;
	bool in_member;
};

static void end_right(struct reader *r)
{
	if (r->open && r->right.n) {
		sink_fact(r->out, STR("right"), r->line, r->offset);
		sink_put(r->out, "right", buf_str(&r->right));
		sink_put(r->out, "accounts", buf_str(&r->accounts));
		sink_put(r->out, "source", STR("gpresult"));
		label_put(r->out, "gpo", buf_str(&r->gpo));
	}
	r->open = r->setting = false;
	r->right.n = r->accounts.n = 0;
}

static void add_account(struct reader *r, struct str account)
{
	account = str_trim(account);
	if (!account.n || r->accounts.n + account.n > ACCOUNTS_BYTES_MAX)
		return;
	if (r->accounts.n)
		buf_putc(&r->accounts, ',');
	buf_puts(&r->accounts, account);
}

/* ---- text ---- */

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
		end_right(r);
		r->open = true;
		r->line = line->number;
		r->offset = line->offset;
		buf_puts(&r->right, STR("Se"));
		buf_puts(&r->right, value);
	} else if (r->open && label && !r->setting) {
		r->setting = true;
		add_account(r, value);
	} else if (r->open && !label && text.n && indent_of(line->text) > 20) {
		add_account(r, text);
	} else {
		end_right(r);
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
	end_right(r);
	text_close(t);
}

/* ---- XML: <UserRightsAssignment><Name>SeX</Name><Member><Name>…</Name></Member></…> ---- */

static const char *local_name(const char *name)
{
	const char *colon = strchr(name, ':');

	return colon ? colon + 1 : name;
}

static void on_start(void *to, struct xml *x, const char *name, const char **attributes)
{
	struct reader *r = to;

	(void)attributes;
	name = local_name(name);
	r->depth++;
	r->text.n = 0;
	if (!r->open && strcmp(name, "UserRightsAssignment") == 0) {
		r->open = true;
		r->right_depth = r->depth;
		r->line = xml_line(x);
		r->offset = xml_offset(x);
		r->gpo.n = 0;
	}
	r->in_member |= r->open && strcmp(name, "Member") == 0;
}

static void on_end(void *to, struct xml *x, const char *name)
{
	struct reader *r = to;
	struct str text = str_trim(buf_str(&r->text));

	(void)x;
	name = local_name(name);
	if (r->open && strcmp(name, "Name") == 0 && r->in_member)
		add_account(r, text);
	else if (r->open && strcmp(name, "Name") == 0 && r->depth == r->right_depth + 1 && !r->right.n)
		buf_puts(&r->right, text);
	if (strcmp(name, "Member") == 0)
		r->in_member = false;
	if (r->open && r->depth == r->right_depth) {
		end_right(r);
		sink_commit_point(r->out, r->offset);
	}
	r->depth--;
	r->text.n = 0;
}

static void on_text(void *to, struct str text)
{
	struct reader *r = to;

	if (r->open && r->text.n + text.n <= ACCOUNTS_BYTES_MAX)
		buf_puts(&r->text, text);
}

static const struct xml_handler handler = { on_start, on_end, on_text };

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out };
	int rc = 0;

	if (xml_opens_with(m, STR("<Rsop")))
		rc = xml_read(m, &handler, &r, e);
	else
		parse_text(&r, m);
	buf_free(&r.gpo);
	buf_free(&r.right);
	buf_free(&r.accounts);
	buf_free(&r.text);
	return rc;
}

/* The tool's own name stands in the banner in every language. */
static int bid(const struct probe *p)
{
	struct str head = str_sub(p->text, 0, 4096);

	if (str_find(head, STR("<Rsop")) >= 0)
		return 85;
	if (str_find(head, STR("RSOP")) < 0 && str_find(head, STR("RSoP")) < 0)
		return 0;
	return str_find(head, STR("Microsoft")) >= 0 && str_find(head, STR("-----")) > 0 ? 70 : 0;
}

const struct parser parser_gpresult = {
	.name = "gpresult",
	.about = "gpresult as text and XML, in any language: user rights that group policies set",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
