/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands on what in each host's storage: targets and disks with their paths, volumes and CSVs
 * on them, VMs on those. A list that the style draws as a tree, as that of virtual disks.
 */
#include <stdlib.h>

#include "analyzer/case/storage_tree.h"
#include "reports/page.h"

#define NODES_SHOWN 400
#define VMS_SHOWN 12

struct storage_page {
	struct page *p;
	struct storage_tree t;
	bool *named;             /* by node: an incident names or cites it */
	size_t shown;
};

/* "disk 3", where a words comes before the value. */
static void put_part(struct buf *b, const char *words, struct str value)
{
	if (value.n)
		page_put(b, " · {c}{t}", words, value);
}

static void put_size(struct buf *b, const char *words, struct str bytes)
{
	uint64_t n;

	if (!str_to_u64(bytes, 10, &n) || !n)
		return;
	page_put(b, " · {c}", words);
	page_bytes(b, n);
}

static void put_tag(struct buf *b, struct str words)
{
	if (words.n)
		page_put(b, " <span class=\"tag\">{t}</span>", words);
}

/* ---- What a disk is reached by ---- */

static void put_mpio(struct storage_page *s, const struct storage_node *n)
{
	struct buf *b = s->p->b;
	struct str paths = storage_text(&s->t, n, "mpio.disk", "paths");
	struct str active = storage_text(&s->t, n, "mpio.disk", "active_paths");
	struct str policy = storage_text(&s->t, n, "mpio.disk", "policy");

	if (!paths.n && !active.n && !policy.n)
		return;
	buf_puts(b, STR("<br><span class=\"dim\">MPIO"));
	put_part(b, "paths ", paths);
	put_part(b, "active ", active);
	put_part(b, "policy ", policy);
	put_part(b, "", storage_text(&s->t, n, "mpio.disk", "dsm"));
	buf_puts(b, STR("</span>"));
}

static void put_path(struct storage_page *s, const struct fact *f)
{
	struct arena *a = s->t.a;

	page_put(s->p->b, "<br><span class=\"dim\">path {t}</span>", fact_text(f, "path_id", a));
	put_tag(s->p->b, fact_text(f, "state", a));
	buf_puts(s->p->b, STR("<span class=\"dim\">"));
	put_part(s->p->b, "port ", fact_text(f, "port", a));
	put_part(s->p->b, "target ", fact_text(f, "target", a));
	put_part(s->p->b, "LUN ", fact_text(f, "lun", a));
	buf_puts(s->p->b, STR("</span>"));
}

static void put_session(struct storage_page *s, const struct fact *f)
{
	struct arena *a = s->t.a;
	struct str connections = fact_text(f, "connections", a);

	page_put(s->p->b, "<br><span class=\"dim\">iSCSI {t}", fact_text(f, "target", a));
	put_part(s->p->b, "portal ", fact_text(f, "portal", a));
	put_part(s->p->b, "from ", fact_text(f, "initiator_portal", a));
	put_part(s->p->b, "connections ", connections);
	put_part(s->p->b, "connected: ", fact_text(f, "state", a));
	buf_puts(s->p->b, STR("</span>"));
}

static void put_ways(struct storage_page *s, const struct storage_node *n)
{
	put_mpio(s, n);
	for (size_t i = 0; i < n->said.n; i++) {
		if (strcmp(n->said.v[i].type, "mpio.path") == 0)
			put_path(s, &n->said.v[i].fact);
		if (strcmp(n->said.v[i].type, "iscsi.session") == 0)
			put_session(s, &n->said.v[i].fact);
	}
}

/* ---- Boxes ---- */

static void put_disk(struct storage_page *s, const struct storage_node *n)
{
	struct buf *b = s->p->b;
	const struct storage_tree *t = &s->t;

	page_put(b, n->name.n ? "<b>disk {t}</b>" : "<b>disk of MPIO {t}</b>",
		n->name.n ? n->name : storage_text(t, n, "mpio.disk", "disk"));
	put_tag(b, storage_text(t, n, "disk", "health"));
	put_tag(b, storage_text(t, n, "disk", "status"));
	buf_puts(b, STR("<span class=\"dim\">"));
	put_part(b, "", storage_text(t, n, "disk", "model"));
	put_part(b, "", storage_text(t, n, "disk", "bus"));
	put_size(b, "", storage_text(t, n, "disk", "size_bytes"));
	put_part(b, "serial ", storage_text(t, n, "disk", "serial"));
	put_part(b, "port ", storage_text(t, n, "disk", "port"));
	put_part(b, "target ", storage_text(t, n, "disk", "target"));
	put_part(b, "LUN ", storage_text(t, n, "disk", "lun"));
	buf_puts(b, STR("</span>"));
	put_ways(s, n);
}

static void put_volume(struct storage_page *s, const struct storage_node *n)
{
	struct buf *b = s->p->b;
	const struct storage_tree *t = &s->t;
	bool dirty = str_eq(storage_text(t, n, "volume", "dirty"), STR("true"));

	page_put(b, "<b>{t}{c}</b>", n->name, n->name.n == 1 ? ":" : "");
	put_tag(b, storage_text(t, n, "volume", "label"));
	put_tag(b, storage_text(t, n, "volume", "health"));
	if (dirty)
		buf_puts(b, STR(" <span class=\"risk\"><span aria-hidden=\"true\">▲</span> dirty</span>"));
	buf_puts(b, STR("<span class=\"dim\">"));
	put_part(b, "", storage_text(t, n, "volume", "file_system"));
	put_size(b, "", storage_text(t, n, "volume", "size_bytes"));
	put_size(b, "free ", storage_text(t, n, "volume", "free_bytes"));
	if (n->name.n == 1)
		put_part(b, "", n->guid);
	buf_puts(b, STR("</span>"));
}

static void put_csv(struct storage_page *s, const struct storage_node *n)
{
	struct buf *b = s->p->b;
	const struct storage_tree *t = &s->t;

	page_put(b, "<b>{t}</b> <span class=\"tag\">CSV</span>", n->name);
	put_tag(b, storage_text(t, n, "cluster.volume", "state"));
	buf_puts(b, STR("<span class=\"dim\">"));
	put_part(b, "owner ", storage_text(t, n, "cluster.volume", "owner"));
	put_part(b, "", storage_text(t, n, "cluster.volume", "path"));
	put_part(b, "", storage_text(t, n, "cluster.volume", "reason"));
	put_size(b, "free ", storage_text(t, n, "cluster.volume", "free_bytes"));
	buf_puts(b, STR("</span>"));
}

static void put_place(struct storage_page *s, const struct storage_node *n)
{
	struct event_view v;
	struct buf place = { 0 };

	case_view(s->t.c, n->said.v[0].fact.ref, &v);
	report_place(&v, &place);
	page_put(s->p->b, "<br><code class=\"place\">{t}</code>", buf_str(&place));
	buf_free(&place);
}

static void put_box(struct storage_page *s, uint32_t at)
{
	const struct storage_node *n = &s->t.nodes.v[at];

	page_put(s->p->b, "<div class=\"disk {c}\">", s->named[at] ? "leaf" : "");
	if (n->kind == STORAGE_DISK)
		put_disk(s, n);
	else if (n->kind == STORAGE_VOLUME)
		put_volume(s, n);
	else if (n->kind == STORAGE_CSV)
		put_csv(s, n);
	else
		page_put(s->p->b, "<b>target {t}</b>", n->name);
	if (n->kind == STORAGE_TARGET)
		put_ways(s, n);
	put_place(s, n);
	if (s->named[at])
		buf_puts(s->p->b, STR(" <span class=\"tag\">named by an incident</span>"));
	buf_puts(s->p->b, STR("</div>"));
}

/* One line for all VMs of a volume. */
static void put_vms(struct storage_page *s, uint32_t under)
{
	size_t n = 0;

	for (uint32_t i = under; i < s->t.nodes.n; i++) {
		const struct storage_node *vm = &s->t.nodes.v[i];

		if (vm->on != under || vm->kind != STORAGE_VM)
			continue;
		if (n < VMS_SHOWN)
			page_put(s->p->b, n ? ", <b>{t}</b>" : "<li class=\"point\">disks of <b>{t}</b>", vm->name);
		n++;
	}
	if (n > VMS_SHOWN)
		page_put(s->p->b, " and {n} more", (unsigned long long)(n - VMS_SHOWN));
	if (n)
		buf_puts(s->p->b, STR("</li>\n"));
}

static void put_subtree(struct storage_page *s, uint32_t at)
{
	if (s->shown++ >= NODES_SHOWN)
		return;
	buf_puts(s->p->b, STR("<li>"));
	put_box(s, at);
	if (s->t.nodes.v[at].bears) {
		buf_puts(s->p->b, STR("<ul>\n"));
		for (uint32_t i = 0; i < s->t.nodes.n; i++)
			if (s->t.nodes.v[i].on == at && s->t.nodes.v[i].kind != STORAGE_VM)
				put_subtree(s, i);
		put_vms(s, at);
		buf_puts(s->p->b, STR("</ul>"));
	}
	buf_puts(s->p->b, STR("</li>\n"));
}

/* ---- What incidents name ---- */

static bool is_called(const struct storage_page *s, const struct storage_node *n, struct str name)
{
	struct str path = storage_text(&s->t, n, "cluster.volume", "path");

	if (str_ieq(name, n->name) || (n->guid.n && str_ifind(name, n->guid) >= 0))
		return true;
	if (n->kind == STORAGE_VOLUME)
		return n->name.n == 1 && name.n == 2 && name.p[1] == ':' && str_ieq(str_sub(name, 0, 1), n->name);
	return path.n && str_ieq(name, str_from(path, (size_t)(str_rchr(path, '\\') + 1)));
}

/* A disk's number is no name: only what is cited names it. */
static bool is_named(const struct storage_page *s, const struct storage_node *n)
{
	const struct result *r = s->p->in->result;

	for (size_t i = 0; i < n->said.n; i++)
		if (n->kind != STORAGE_VM && page_cites(s->p, n->said.v[i].fact.ref))
			return true;
	for (size_t i = 0; i < r->incidents.n; i++)
		for (size_t k = 0; k < r->incidents.v[i].entities.n; k++)
			if (n->kind != STORAGE_VM && n->kind != STORAGE_DISK &&
				is_called(s, n, r->incidents.v[i].entities.v[k].name))
				return true;
	return false;
}

/* ---- Hosts ---- */

/* Worth a tree: something stands on something, or an incident names it. */
static bool is_told(const struct storage_page *s, uint32_t host, bool *named)
{
	bool told = false;

	*named = false;
	for (size_t i = 0; i < s->t.nodes.n; i++)
		if (s->t.nodes.v[i].host == host) {
			told |= s->t.nodes.v[i].bears || s->named[i] || s->t.nodes.v[i].kind == STORAGE_TARGET;
			*named |= s->named[i];
		}
	return told;
}

static void put_host(struct storage_page *s, uint32_t host, bool named)
{
	page_put(s->p->b, "<details{r}><summary>Host <b>{t}</b>{c}</summary>\n<ul class=\"tree\">\n",
		named ? STR(" open") : STR(""), case_host_name(s->t.c, host),
		named ? ", storage named by an incident" : "");
	for (uint32_t i = 0; i < s->t.nodes.n; i++)
		if (s->t.nodes.v[i].host == host && s->t.nodes.v[i].on == STORAGE_NONE)
			put_subtree(s, i);
	buf_puts(s->p->b, STR("</ul>\n</details>\n"));
}

/* Those that incidents name first. */
static void put_hosts(struct storage_page *s)
{
	size_t from = s->p->b->n, begun;

	buf_puts(s->p->b, STR("<h3 id=\"storage\">Storage</h3>\n<p>Each stands on the one it is indented "
			      "under: volumes on disks, cluster volumes and VMs on volumes. Disk numbers "
			      "are those of the collection.</p>\n"));
	begun = s->p->b->n;
	for (int pass = 1; pass >= 0; pass--)
		for (uint32_t host = 0; host < s->t.c->hosts.n; host++) {
			bool named, told = is_told(s, host, &named);

			if (told && named == pass)
				put_host(s, host, named);
		}
	if (s->p->b->n == begun)
		s->p->b->n = from;
}

void page_storage(struct page *p)
{
	struct storage_page s = { .p = p };
	struct arena *a = arena_new();

	storage_tree_read(&s.t, p->in->c, a);
	s.named = arena_array(a, bool, s.t.nodes.n + 1);
	for (size_t i = 0; i < s.t.nodes.n; i++)
		s.named[i] = is_named(&s, &s.t.nodes.v[i]);
	put_hosts(&s);
	if (s.shown > NODES_SHOWN || s.t.left_out)
		buf_puts(p->b, STR("<p class=\"dim\">More is not drawn here; case.sqlite has all.</p>\n"));
	storage_tree_free(&s.t);
	arena_free(a);
}
