/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpresult /h: titles name the policy objects, "NAME [{GUID}]"; rows of three cells under a head of three
 * name a setting, its value and the policy that won. Rights stand there by the names that people read.
 */
#include "parsers/gpresult_parts.h"
#include "parsers/html.h"
#include "parsers/text_value.h"

struct reader {
	struct sink *out;
	struct arena *a;
	struct buf accounts;
	struct str section;      /* the last title that names no policy object */
	size_t columns;          /* of the table at hand, by its head; 0 where it has none */
	uint64_t told;
};

/* Names of rights as the reports print them. Only what is known for sure. */
static struct str right_of(struct str name)
{
	static const struct {
		const char *name, *right;
	} known[] = {
		{ "Log on as a service", "SeServiceLogonRight" },
		{ "Anmelden als Dienst", "SeServiceLogonRight" },
		{ "Ouvrir une session en tant que service", "SeServiceLogonRight" },
		{ "Iniciar sesión como servicio", "SeServiceLogonRight" },
		{ "サービスとしてログオン", "SeServiceLogonRight" },
		{ "Deny log on as a service", "SeDenyServiceLogonRight" },
		{ "Log on as a batch job", "SeBatchLogonRight" },
		{ "Access this computer from the network", "SeNetworkLogonRight" },
		{ "Back up files and directories", "SeBackupPrivilege" },
		{ "Restore files and directories", "SeRestorePrivilege" },
		{ "Manage auditing and security log", "SeSecurityPrivilege" },
		{ "Create symbolic links", "SeCreateSymbolicLinkPrivilege" },
		{ "Perform volume maintenance tasks", "SeManageVolumePrivilege" },
		{ "Impersonate a client after authentication", "SeImpersonatePrivilege" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_ieq(name, str_of(known[i].name)))
			return str_of(known[i].right);
	return STR("");
}

static void put_right(struct reader *r, struct str right, const struct html_item *row)
{
	struct gp_right g = { .right = right, .gpo = row->cell[2], .line = row->line, .offset = row->offset };
	struct str rest = row->cell[1], account;

	r->accounts.n = 0;
	while (str_split(&rest, ',', &account))
		gp_account_add(&r->accounts, account);
	g.accounts = buf_str(&r->accounts);
	gp_right_put(r->out, &g);
}

static void take_row(struct reader *r, const struct html_item *row)
{
	struct str right;

	if (row->head) {
		r->columns = row->n;
		return;
	}
	if (r->columns != 3 || row->n != 3 || !row->cell[0].n || !row->cell[2].n)
		return;
	r->told++;
	right = right_of(row->cell[0]);
	if (right.n && !row->cut) {
		put_right(r, right, row);
		return;
	}
	sink_fact(r->out, STR("policy"), row->line, row->offset);
	sink_put(r->out, "name", row->cell[0]);
	label_put(r->out, row->cut ? "value_cut" : "value", row->cell[1]);
	sink_put(r->out, "gpo", row->cell[2]);
	label_put(r->out, "section", r->section);
	sink_put(r->out, "source", STR("gpresult"));
}

/* "Server Hardening [{5F2B1C9E-4C1D-4A7E-9D4B-0C1D2E3F4A5B}]" */
static void take_title(struct reader *r, const struct html_item *title)
{
	struct str text = title->cell[0];
	ptrdiff_t at = str_rchr(text, '[');
	char guid[GUID_BYTES];

	r->columns = 0;
	if (at <= 0 || !str_ends(text, STR("]")) || !value_guid(str_from(text, (size_t)at), guid)) {
		r->section = arena_str(r->a, text);
		return;
	}
	r->told++;
	sink_fact(r->out, STR("policy"), title->line, title->offset);
	sink_put(r->out, "gpo", str_trim(str_sub(text, 0, (size_t)at)));
	sink_put(r->out, "gpo_id", str_of(guid));
	label_put(r->out, "section", r->section);
	sink_put(r->out, "source", STR("gpresult"));
}

void gp_html_read(const struct member_view *m, struct sink *out)
{
	struct reader r = { .out = out, .a = arena_new() };
	struct html *h = html_open(m->data, (size_t)m->held);
	struct html_item item;

	while (html_next(h, &item)) {
		if (item.kind == HTML_TITLE && item.n)
			take_title(&r, &item);
		else if (item.kind == HTML_TABLE)
			r.columns = 0;
		else if (item.kind == HTML_ROW)
			take_row(&r, &item);
	}
	html_close(h);
	if (!r.told)
		sink_note(out, NOTE_INFO, 0, 0, 0, "the report names no policy object and no setting");
	buf_free(&r.accounts);
	arena_free(r.a);
}
