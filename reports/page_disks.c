/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The disks of each VM as a tree: parents above, what was made on them below. A list that the style
 * draws as a tree, so that print, phones and readers have it too.
 */
#include <stdlib.h>

#include "analyzer/case/disk_tree.h"
#include "reports/page.h"

#define DEPTH_MAX 64
#define DEPTH_INDENTED 8   /* deeper ones stand straight below one another */
#define NODES_SHOWN 400

struct drawer {
	struct page *p;
	struct disk_tree t;
	fact_list findings, checkpoints, told;   /* told: what lists say of files of disks */
	bool *done;
	size_t shown, left_out;
};

static struct str file_name(struct str path)
{
	return str_from(path, (size_t)(str_rchr(path, '\\') + 1));
}

/* Its VM by name, else by id; empty where no VM leads to it. */
static struct str vm_of(const struct disk_node *n)
{
	return n->vm.n ? n->vm : n->vm_id;
}

static void put_tag(struct buf *b, bool when, const char *words)
{
	if (when)
		page_put(b, " <span class=\"tag\">{c}</span>", words);
}

/* Each finding once, although several sources may tell it. */
static void put_findings(struct drawer *d, const struct disk_node *n)
{
	struct str last = STR("");

	for (size_t i = 0; i < d->findings.n; i++) {
		const struct fact *f = &d->findings.v[i];
		struct str what = fact_text(f, "finding", d->t.a), detail = fact_text(f, "detail", d->t.a);

		if (f->host != n->at.host || str_eq(what, last) ||
			!str_ieq(fact_text(f, "path", d->t.a), n->shown))
			continue;
		page_put(d->p->b, "<br><span class=\"risk\"><span aria-hidden=\"true\">▲</span> {t}</span> "
			"<code>{t}</code>", detail.n ? detail : what, what);
		last = what;
	}
}

static void put_words(struct buf *b, const char *words, bool *any)
{
	page_put(b, *any ? " · {c} " : "<br><span class=\"dim\">{c} ", words);
	*any = true;
}

static void put_told(struct buf *b, const char *words, struct str value, bool *any)
{
	if (!value.n)
		return;
	put_words(b, words, any);
	page_put(b, "{t}", value);
}

static void put_told_size(struct buf *b, const char *words, struct str bytes, bool *any)
{
	uint64_t n;

	if (!str_to_u64(bytes, 10, &n) || !n)
		return;
	put_words(b, words, any);
	page_bytes(b, n);
}

/* Size, dates and owner of the file, as the first list tells that names it. */
static void put_file(struct drawer *d, const struct disk_node *n)
{
	struct buf *b = d->p->b;
	bool any = false;

	for (size_t i = 0; i < d->told.n && !any; i++) {
		const struct fact *f = &d->told.v[i];

		if (f->host != n->at.host || !str_ieq(fact_text(f, "path", d->t.a), n->shown))
			continue;
		put_told_size(b, "the file has", fact_text(f, "size_bytes", d->t.a), &any);
		put_told_size(b, "the disk", fact_text(f, "maximum_bytes", d->t.a), &any);
		put_told(b, "listed as made", fact_text(f, "created_raw", d->t.a), &any);
		put_told(b, "listed as changed", fact_text(f, "modified_raw", d->t.a), &any);
		put_told(b, "owner", fact_text(f, "owner", d->t.a), &any);
	}
	if (any)
		buf_puts(b, STR("</span>"));
}

static void put_source(struct drawer *d, const struct disk_node *n)
{
	struct event_view v;
	struct buf place = { 0 };

	case_view(d->t.c, n->at.ref, &v);
	report_place(&v, &place);
	page_put(d->p->b, "<br><span class=\"dim\">{t} · {t}</span> <code class=\"place\">{t}</code>",
		n->shown, case_host_name(d->t.c, n->at.host), buf_str(&place));
	buf_free(&place);
}

static void put_disk(struct drawer *d, const struct disk_node *n)
{
	struct buf *b = d->p->b;
	const char *class = n->gone && !n->exists ? "gone" : n->leaf_of_vm ? "leaf" :
		!n->used && disk_is_checkpoint(n->path) ? "loose" : "";
	uint64_t size;

	page_put(b, "<div class=\"disk {c}\"><b>{t}</b>", class, file_name(n->shown));
	put_tag(b, n->leaf_of_vm, "the VM writes to it");
	put_tag(b, n->used && !n->leaf_of_vm, "in use");
	put_tag(b, !n->used && disk_is_checkpoint(n->path), "no VM refers to it");
	put_tag(b, n->gone && !n->exists, "not there");
	put_tag(b, n->differencing, "differencing");
	put_tag(b, n->image, "read itself");
	if (str_to_u64(n->size, 10, &size) && size) {
		buf_puts(b, STR(" <span class=\"dim\">"));
		page_bytes(b, size);
		buf_puts(b, STR("</span>"));
	}
	put_file(d, n);
	put_source(d, n);
	if (n->differencing && !n->parent_path.n && n->parent == DISK_NONE)
		buf_puts(b, STR("<br><span class=\"dim\">no file of this case tells which disk it "
				"stands on</span>"));
	if (n->parent_path.n && n->parent == DISK_NONE)
		page_put(b, "<br><span class=\"risk\">its parent {t} is in no file of this case</span>",
			n->parent_path);
	put_findings(d, n);
	buf_puts(b, STR("</div>"));
}

/* A disk and all that stands on it; a second way to a disk, as in a cycle, is not gone again. */
static void put_subtree(struct drawer *d, uint32_t at, unsigned depth)
{
	bool any = false;

	if (d->done[at] || depth > DEPTH_MAX)
		return;
	d->done[at] = true;
	if (d->shown >= NODES_SHOWN) {
		d->left_out++;
		return;
	}
	d->shown++;
	buf_puts(d->p->b, STR("<li>"));
	put_disk(d, &d->t.nodes.v[at]);
	for (uint32_t i = 0; i < d->t.nodes.n; i++) {
		if (d->t.nodes.v[i].parent != at || d->done[i])
			continue;
		if (!any)
			buf_puts(d->p->b, depth < DEPTH_INDENTED ? STR("<ul>") : STR("<ul class=\"flat\">"));
		any = true;
		put_subtree(d, i, depth + 1);
	}
	buf_puts(d->p->b, any ? STR("</ul></li>\n") : STR("</li>\n"));
}

static uint32_t root_of(const struct disk_tree *t, uint32_t at)
{
	for (unsigned i = 0; i < DEPTH_MAX && t->nodes.v[at].parent != DISK_NONE; i++)
		at = t->nodes.v[at].parent;
	return at;
}

static void put_checkpoints(struct drawer *d, struct str vm)
{
	struct map *seen = map_new(true);

	for (size_t i = 0; i < d->checkpoints.n; i++) {
		const struct fact *f = &d->checkpoints.v[i];
		struct str name = fact_text(f, "name", d->t.a), kind = fact_text(f, "kind", d->t.a);
		struct str made = fact_text(f, "created_raw", d->t.a);
		bool added;

		if (!str_ieq(fact_text(f, "vm", d->t.a), vm))
			continue;
		map_intern(seen, name, &added);
		if (added)
			page_put(d->p->b, "<li class=\"point\">checkpoint <b>{t}</b> <span class=\"tag\">{t}"
				"</span> <span class=\"dim\">{t}</span></li>\n", name,
				kind.n ? kind : STR("kind not told"), made);
	}
	map_free(seen);
}

static bool is_concerned(const struct page *p, struct str vm)
{
	for (size_t i = 0; i < p->in->result->incidents.n; i++) {
		const struct incident *inc = &p->in->result->incidents.v[i];

		for (size_t k = 0; k < inc->vms.n; k++)
			if (str_ieq(inc->vms.v[k], vm))
				return true;
	}
	return false;
}

static void put_vm(struct drawer *d, struct str vm, bool concerned)
{
	page_put(d->p->b, "<details{r}><summary>VM <b>{t}</b>{c}</summary>\n<ul class=\"tree\">\n",
		concerned ? STR(" open") : STR(""), vm, concerned ? ", named by an incident" : "");
	for (uint32_t i = 0; i < d->t.nodes.n; i++)
		if (str_ieq(vm_of(&d->t.nodes.v[i]), vm))
			put_subtree(d, root_of(&d->t, i), 0);
	put_checkpoints(d, vm);
	buf_puts(d->p->b, STR("</ul>\n</details>\n"));
}

static void put_vms(struct drawer *d)
{
	struct map *vms = map_new(true);

	for (size_t i = 0; i < d->t.nodes.n; i++)
		if (vm_of(&d->t.nodes.v[i]).n)
			map_intern(vms, vm_of(&d->t.nodes.v[i]), NULL);
	for (int pass = 1; pass >= 0; pass--)
		for (uint32_t i = 0; i < map_count(vms); i++)
			if (is_concerned(d->p, map_key(vms, i)) == pass)
				put_vm(d, map_key(vms, i), pass);
	map_free(vms);
}

/* What no VM leads to: only where it is a checkpoint's disk or part of a chain. */
static bool is_loose(const struct disk_tree *t, uint32_t at)
{
	const struct disk_node *n = &t->nodes.v[at];

	return n->same_as == DISK_NONE && !vm_of(n).n && (disk_is_checkpoint(n->path) || n->differencing || n->image);
}

static void put_loose(struct drawer *d)
{
	size_t n = 0;

	for (uint32_t i = 0; i < d->t.nodes.n; i++)
		n += !d->done[i] && is_loose(&d->t, i);
	if (!n)
		return;
	buf_puts(d->p->b, STR("<details open><summary>Of no VM of this case</summary>\n"
			      "<ul class=\"tree\">\n"));
	for (uint32_t i = 0; i < d->t.nodes.n; i++)
		if (!d->done[i] && is_loose(&d->t, i))
			put_subtree(d, root_of(&d->t, i), 0);
	buf_puts(d->p->b, STR("</ul>\n</details>\n"));
}

/* What a disk in use stands on is in use. */
static void use_parents(struct disk_tree *t)
{
	for (uint32_t i = 0; i < t->nodes.n; i++) {
		uint32_t at = i;

		for (unsigned n = 0; n < DEPTH_MAX && t->nodes.v[i].used && at != DISK_NONE; n++) {
			t->nodes.v[at].used = true;
			at = t->nodes.v[at].parent;
		}
	}
}

/* Lists of VMs first: they tell more than those of folders. */
static void gather_told(struct drawer *d)
{
	static const char *const types[] = { "vm.disk", "file" };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		fact_list facts;

		facts_of(d->p->in->c, types[i], &facts);
		for (size_t k = 0; k < facts.n; k++)
			if (str_ifind(fact_text(&facts.v[k], "path", d->t.a), STR("vhd")) >= 0)
				vec_push(&d->told, facts.v[k]);
		free(facts.v);
	}
}

void page_disks(struct page *p)
{
	struct drawer d = { .p = p };
	struct arena *a = arena_new();

	disk_tree_read(&d.t, p->in->c, a);
	use_parents(&d.t);
	facts_of(p->in->c, "chain.finding", &d.findings);
	facts_of(p->in->c, "vm.snapshot", &d.checkpoints);
	gather_told(&d);
	if (d.t.nodes.n) {
		d.done = arena_array(a, bool, d.t.nodes.n);
		buf_puts(p->b, STR("<h3 id=\"disks\">Virtual disks</h3>\n<p>Each stands on the one it is "
				   "indented under. A chain breaks where a parent was changed or is "
				   "gone.</p>\n"));
		put_vms(&d);
		put_loose(&d);
	}
	if (d.left_out)
		page_put(p->b, "<p class=\"dim\">{n} more are not drawn here; case.sqlite has all.</p>\n",
			(unsigned long long)d.left_out);
	free(d.findings.v);
	free(d.checkpoints.v);
	free(d.told.v);
	disk_tree_free(&d.t);
	arena_free(a);
}
