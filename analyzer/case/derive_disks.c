/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The disk tree of the case: every virtual disk that any source names, linked child to parent, walked
 * from what the VMs use. Sources: images themselves (ids), Get-VHD and the like (paths), what VMs and
 * checkpoints reference, file listings. Paths compare without case and without the \\?\ prefix.
 * Names alone link nothing: a name pattern is only told as such.
 */
#include <stdlib.h>

#include "analyzer/case/derive.h"

#define DEPTH_MAX 64
#define DEPTH_DEEP 4
#define NODE_NONE UINT32_MAX

struct node {
	struct str path;             /* folded; of an image without a path: its file name */
	struct str shown;            /* as the source spells it */
	struct str link_id, link2_id, own_id, family_id, size, sector;
	struct str parent_path;      /* folded */
	struct str vm, vm_id;        /* of the VM that uses it or one of its children */
	struct fact at;              /* the best source of this node */
	uint32_t parent;
	bool image;                  /* ids come from the bytes of the file */
	bool exists, gone;           /* some source says so */
	bool used;                   /* reached from a VM or checkpoint */
	bool leaf_of_vm;             /* a VM (not a checkpoint) has it attached */
	bool differencing;
};

struct tree {
	struct deriver *d;
	struct arena *a;
	struct map *by_path;
	VEC(struct node) nodes;
	bool vms_known;              /* the case holds what VMs reference */
};

static struct str fold_path(struct arena *a, struct str path)
{
	char *p;

	path = str_trim(path);
	if (str_starts(path, STR("\\\\?\\UNC\\"))) {
		struct str rest = str_from(path, 7);

		p = arena_cstr(a, arena_printf(a, "\\%.*s", STR_ARG(rest)));
		path = str_of(p);
	} else if (str_starts(path, STR("\\\\?\\")) && !str_istarts(path, STR("\\\\?\\Volume{"))) {
		path = str_from(path, 4);
	}
	p = arena_cstr(a, path);
	for (size_t i = 0; i < path.n; i++)
		p[i] = p[i] == '/' ? '\\' : ascii_lower(p[i]);
	return str_make(p, path.n);
}

static struct str base_name(struct str path)
{
	ptrdiff_t at = str_rchr(path, '\\');

	return str_from(path, (size_t)(at + 1));
}

static bool is_disk_name(struct str path)
{
	return str_iends(path, STR(".vhdx")) || str_iends(path, STR(".vhd")) ||
	       str_iends(path, STR(".avhdx")) || str_iends(path, STR(".avhd"));
}

static bool is_avhd(struct str path)
{
	return str_iends(path, STR(".avhdx")) || str_iends(path, STR(".avhd"));
}

/* The host is part of the key: two hosts may both have D:\VM\x.vhdx. CSV and UNC paths are shared. */
static struct str key_of(struct tree *t, uint32_t host, struct str folded)
{
	bool shared = str_starts(folded, STR("c:\\clusterstorage\\")) || str_starts(folded, STR("\\\\"));

	return shared ? folded : arena_printf(t->a, "%08x%.*s", host, STR_ARG(folded));
}

static struct node *node_of(struct tree *t, const struct fact *f, struct str path)
{
	struct str folded = fold_path(t->a, path);
	bool added;
	uint32_t i = map_intern(t->by_path, key_of(t, f->host, folded), &added);

	if (added) {
		struct node n = { .path = folded, .shown = path, .at = *f, .parent = NODE_NONE };

		vec_push(&t->nodes, n);
	}
	return &t->nodes.v[i];
}

static uint32_t find_node(struct tree *t, uint32_t host, struct str folded)
{
	return map_find(t->by_path, key_of(t, host, folded));
}

static void keep(struct str *slot, struct str value)
{
	if (!slot->n)
		*slot = value;
}

static struct str member_name(struct tree *t, const struct fact *f)
{
	const struct case_file *c = derive_case(t->d);

	return c->ev->members.v[c->segments.v[f->ref.segment].member].name;
}

/* The node that an image's bytes belong to: by its path, else by a file name that only one node has. */
static struct node *node_of_image(struct tree *t, const struct fact *f, struct str path)
{
	struct str name = fold_path(t->a, path.n ? base_name(fold_path(t->a, path)) : member_name(t, f));
	uint32_t only = NODE_NONE;
	size_t hits = 0;

	if (str_chr(path, '\\') >= 0)
		return node_of(t, f, path);
	for (uint32_t i = 0; i < t->nodes.n; i++) {
		if (!str_eq(base_name(t->nodes.v[i].path), name))
			continue;
		only = i;
		hits++;
	}
	return hits == 1 ? &t->nodes.v[only] : node_of(t, f, name);
}

static void read_references(struct tree *t)
{
	fact_list facts;

	facts_of(derive_case(t->d), "vm.disk", &facts);
	for (size_t i = 0; i < facts.n; i++) {
		const struct fact *f = &facts.v[i];
		struct str path = fact_text(f, "path", t->a), exists = fact_text(f, "exists", t->a);
		struct node *n;

		if (!is_disk_name(path))
			continue;
		n = node_of(t, f, path);
		n->used = true;
		n->at = *f;
		keep(&n->vm, fact_text(f, "vm", t->a));
		keep(&n->vm_id, fact_text(f, "vm_id", t->a));
		n->leaf_of_vm = n->leaf_of_vm || !fact_text(f, "snapshot", t->a).n;
		n->exists = n->exists || str_ieq(exists, STR("true"));
		n->gone = n->gone || str_ieq(exists, STR("false"));
		n->differencing = n->differencing ||
				  str_ieq(fact_text(f, "kind", t->a), STR("differencing"));
		t->vms_known = true;
	}
	free(facts.v);
}

static void read_images(struct tree *t)
{
	fact_list facts;

	facts_of(derive_case(t->d), "disk.image", &facts);
	for (size_t i = 0; i < facts.n; i++) {
		const struct fact *f = &facts.v[i];
		struct node *n = node_of_image(t, f, fact_text(f, "path", t->a));
		struct str own = fact_text(f, "data_write_id", t->a);

		n->exists = true;
		n->image = n->image || own.n;
		keep(&n->own_id, own);
		keep(&n->link_id, fact_text(f, "parent_link_id", t->a));
		keep(&n->link2_id, fact_text(f, "parent_link2_id", t->a));
		keep(&n->family_id, fact_text(f, "virtual_disk_id", t->a));
		keep(&n->size, fact_text(f, "size_bytes", t->a));
		keep(&n->sector, fact_text(f, "sector_bytes", t->a));
		keep(&n->parent_path, fold_path(t->a, fact_text(f, "parent_path", t->a)));
		n->differencing = n->differencing || n->parent_path.n || n->link_id.n;
		if (!n->used)
			n->at = *f;
	}
	free(facts.v);
}

static void read_listings(struct tree *t)
{
	fact_list facts;

	facts_of(derive_case(t->d), "file", &facts);
	for (size_t i = 0; i < facts.n; i++) {
		const struct fact *f = &facts.v[i];
		struct str path = fact_text(f, "path", t->a);

		if (!is_disk_name(path) || str_ieq(fact_text(f, "directory", t->a), STR("true")))
			continue;
		node_of(t, f, path)->exists = true;
	}
	free(facts.v);
}

static bool is_zero_id(struct str id)
{
	return !id.n || str_eq(id, STR("{00000000-0000-0000-0000-000000000000}"));
}

/* The parent by identifier, then by recorded path, then by a unique file name beside it. */
static uint32_t parent_of(struct tree *t, const struct node *n)
{
	uint32_t found;

	if (n->parent_path.n) {
		found = find_node(t, n->at.host, n->parent_path);
		if (found != MAP_NONE)
			return found;
	}
	for (uint32_t i = 0; i < t->nodes.n && !is_zero_id(n->link_id); i++)
		if (&t->nodes.v[i] != n && str_ieq(t->nodes.v[i].own_id, n->link_id))
			return i;
	for (uint32_t i = 0; i < t->nodes.n && n->parent_path.n; i++)
		if (t->nodes.v[i].image && str_eq(t->nodes.v[i].path, base_name(n->parent_path)))
			return i;
	return NODE_NONE;
}

static void link_parents(struct tree *t)
{
	for (size_t i = 0; i < t->nodes.n; i++)
		t->nodes.v[i].parent = parent_of(t, &t->nodes.v[i]);
}

static void tell(struct tree *t, const struct node *n, const char *finding, struct str detail)
{
	struct deriver *d = t->d;

	derive_fact(d, &n->at, "chain.finding");
	derive_put(d, "finding", str_of(finding));
	derive_put(d, "path", n->shown);
	derive_put(d, "parent_path", n->parent_path);
	derive_put(d, "vm", n->vm);
	derive_put(d, "vm_id", n->vm_id);
	derive_put(d, "size_bytes", n->size);
	derive_put(d, "detail", detail);
}

/* Marks what a used disk stands on; tells cycles and depth. */
static void walk(struct tree *t, uint32_t leaf)
{
	struct node *n = &t->nodes.v[leaf];
	uint32_t at = leaf;
	unsigned depth = 0;

	while (t->nodes.v[at].parent != NODE_NONE && depth <= DEPTH_MAX) {
		at = t->nodes.v[at].parent;
		t->nodes.v[at].used = true;
		keep(&t->nodes.v[at].vm, n->vm);
		keep(&t->nodes.v[at].vm_id, n->vm_id);
		depth++;
		if (at == leaf)
			break;
	}
	if (depth && at == leaf)
		tell(t, n, "cycle", STR("the chain of parents comes back to this disk"));
	else if (depth >= DEPTH_DEEP)
		tell(t, n, "deep-chain", arena_printf(t->a, "%u disks stand below this one", depth));
}

static void compare_with_parent(struct tree *t, const struct node *n, const struct node *p)
{
	if (!n->image || !p->image || is_zero_id(n->link_id))
		return;
	if (n->size.n && p->size.n && !str_eq(n->size, p->size))
		tell(t, n, "size-differs", arena_printf(t->a, "child %.*s bytes, parent %.*s bytes",
			STR_ARG(n->size), STR_ARG(p->size)));
	if (n->sector.n && p->sector.n && !str_eq(n->sector, p->sector))
		tell(t, n, "sector-differs", STR("logical sector sizes differ"));
	if (str_ieq(n->link_id, p->own_id) || str_ieq(n->link2_id, p->own_id))
		return;
	tell(t, n, "identifier-mismatch", arena_printf(t->a,
		"the child was made on %.*s, the parent is now %.*s", STR_ARG(n->link_id),
		STR_ARG(p->own_id)));
	if (n->family_id.n && str_ieq(n->family_id, p->family_id))
		tell(t, n, "parent-written", STR("same disk family: the parent was written after the child was made"));
	else if (n->family_id.n && p->family_id.n)
		tell(t, n, "wrong-file", STR("the file under the parent's name belongs to another disk"));
}

/*
 * Whether it can be told whose disk this is: its path is known, or a disk in use is of its family. A
 * lone image that somebody put into the bundle may come from anywhere.
 */
static bool is_placed(const struct tree *t, const struct node *n)
{
	if (str_chr(n->path, '\\') >= 0)
		return true;
	for (size_t i = 0; i < t->nodes.n && n->family_id.n; i++)
		if (t->nodes.v[i].used && str_ieq(t->nodes.v[i].family_id, n->family_id))
			return true;
	return false;
}

static void check_node(struct tree *t, uint32_t i)
{
	struct node *n = &t->nodes.v[i];

	if (n->gone && !n->exists)
		tell(t, n, "referenced-missing", STR("a VM refers to it and it is not there"));
	if (n->parent != NODE_NONE) {
		struct node *p = &t->nodes.v[n->parent];

		compare_with_parent(t, n, p);
		if (p->gone && !p->exists)
			tell(t, n, "missing-parent", p->shown);
	}
	if (str_iends(n->path, STR("-autorecovery.avhdx")) && n->exists)
		tell(t, n, "autorecovery-left", STR("an auto-recovery disk of a backup is still there"));
	else if (t->vms_known && is_avhd(n->path) && n->exists && !n->used && is_placed(t, n))
		tell(t, n, "orphan", STR("no VM or checkpoint of this case refers to it"));
}

/* What the reader of an image found wrong with it, told again where a VM's chain needs that image. */
static void tell_damaged(struct tree *t)
{
	fact_list findings;

	facts_of(derive_case(t->d), "disk.image.finding", &findings);
	for (size_t i = 0; i < findings.n; i++) {
		const struct fact *f = &findings.v[i];
		struct node *n = node_of_image(t, f, fact_text(f, "path", t->a));

		if (n->used)
			tell(t, n, "damaged", fact_text(f, "finding", t->a));
	}
	free(findings.v);
}

static void tell_forks(struct tree *t)
{
	for (uint32_t p = 0; p < t->nodes.n; p++) {
		struct str children = STR("");
		size_t n = 0, unused = 0;

		for (uint32_t i = 0; i < t->nodes.n; i++) {
			if (t->nodes.v[i].parent != p || i == p)
				continue;
			children = arena_printf(t->a, "%.*s%s%.*s", STR_ARG(children), n ? ", " : "",
				STR_ARG(t->nodes.v[i].shown));
			unused += !t->nodes.v[i].used;
			n++;
		}
		if (n > 1 && unused)
			tell(t, &t->nodes.v[p], "fork", children);
	}
}

/* Of the member that a fact comes from. */
static const struct member *member_of(struct tree *t, const struct fact *f)
{
	const struct case_file *c = derive_case(t->d);

	return &c->ev->members.v[c->segments.v[f->ref.segment].member];
}

/*
 * Whether the case holds what would name the checkpoints of a host's VMs: a list that names any, a
 * member that is such a list and empty, or a source of the VM that lists checkpoints beside disks.
 */
static bool lists_checkpoints(struct tree *t, const struct node *n, const fact_list *snapshots)
{
	const struct case_file *c = derive_case(t->d);

	if (str_eq(member_of(t, &n->at)->parser, STR("hyperv_basicinfo")))
		return true;
	for (size_t i = 0; i < snapshots->n; i++)
		if (snapshots->v[i].host == n->at.host)
			return true;
	for (size_t i = 0; i < c->ev->members.n; i++) {
		const struct member *m = &c->ev->members.v[i];

		if (str_ifind(m->name, STR("vmsnapshot")) >= 0 || str_ifind(m->name, STR("vmcheckpoint")) >= 0)
			return true;
	}
	return false;
}

/* A VM that runs on an AVHDX although its list of checkpoints is here and lacks it. */
static void tell_active(struct tree *t)
{
	fact_list snapshots;

	facts_of(derive_case(t->d), "vm.snapshot", &snapshots);
	for (size_t i = 0; i < t->nodes.n; i++) {
		const struct node *n = &t->nodes.v[i];
		bool has = false;

		if (!n->leaf_of_vm || !is_avhd(n->path) || !lists_checkpoints(t, n, &snapshots))
			continue;
		for (size_t k = 0; k < snapshots.n && !has; k++)
			has = (n->vm_id.n && str_ieq(fact_text(&snapshots.v[k], "vm_id", t->a), n->vm_id)) ||
			      str_ieq(fact_text(&snapshots.v[k], "vm", t->a), n->vm);
		if (!has)
			tell(t, n, "active-without-checkpoint",
				STR("the VM uses an AVHDX and no checkpoint of it is listed"));
	}
	free(snapshots.v);
}

static void tell_recovery(struct tree *t)
{
	fact_list snapshots;

	facts_of(derive_case(t->d), "vm.snapshot", &snapshots);
	for (size_t i = 0; i < snapshots.n; i++) {
		const struct fact *f = &snapshots.v[i];

		if (str_ifind(fact_text(f, "kind", t->a), STR("recovery")) < 0)
			continue;
		derive_fact(t->d, f, "chain.finding");
		derive_put(t->d, "finding", STR("recovery-left"));
		derive_put(t->d, "vm", fact_text(f, "vm", t->a));
		derive_put(t->d, "vm_id", fact_text(f, "vm_id", t->a));
		derive_put(t->d, "snapshot", fact_text(f, "name", t->a));
		derive_put(t->d, "created_raw", fact_text(f, "created_raw", t->a));
	}
	free(snapshots.v);
}

static void tell_merge_owed(struct tree *t)
{
	fact_list configs;

	facts_of(derive_case(t->d), "vm.config", &configs);
	for (size_t i = 0; i < configs.n; i++) {
		const struct fact *f = &configs.v[i];

		if (!str_ieq(fact_text(f, "merge_pending", t->a), STR("true")))
			continue;
		derive_fact(t->d, f, "chain.finding");
		derive_put(t->d, "finding", STR("merge-owed"));
		derive_put(t->d, "vm", fact_text(f, "name", t->a));
		derive_put(t->d, "vm_id", fact_text(f, "id", t->a));
	}
	free(configs.v);
}

void derive_disks(struct deriver *d)
{
	struct tree t = { .d = d, .a = derive_arena(d), .by_path = map_new(false) };
	size_t n;

	read_references(&t);
	read_listings(&t);
	read_images(&t);
	link_parents(&t);
	n = t.nodes.n;
	for (uint32_t i = 0; i < n; i++)
		if (t.nodes.v[i].used)
			walk(&t, i);
	for (uint32_t i = 0; i < n; i++)
		check_node(&t, i);
	tell_damaged(&t);
	tell_forks(&t);
	tell_active(&t);
	tell_recovery(&t);
	tell_merge_owed(&t);
	map_free(t.by_path);
	free(t.nodes.v);
}
