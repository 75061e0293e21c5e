/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with the disk tree of the case, walked from what the VMs use. */
#include <stdlib.h>

#include "analyzer/case/derive.h"
#include "analyzer/case/disk_tree.h"

#define DEPTH_MAX 64
#define DEPTH_DEEP 4

static void tell(struct disk_tree *t, const struct disk_node *n, const char *finding, struct str detail)
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

static void keep(struct str *slot, struct str value)
{
	if (!slot->n)
		*slot = value;
}

/* How many disks stand below this one; *cycle where the way comes back to a disk on it. */
static unsigned depth_of(const struct disk_tree *t, uint32_t leaf, bool *cycle)
{
	uint32_t way[DEPTH_MAX + 1], at = leaf;
	unsigned depth = 0;

	*cycle = false;
	for (way[0] = leaf; t->nodes.v[at].parent != DISK_NONE && depth < DEPTH_MAX; way[depth] = at) {
		at = t->nodes.v[at].parent;
		for (unsigned i = 0; i <= depth; i++)
			*cycle = *cycle || way[i] == at;
		if (*cycle)
			return depth;
		depth++;
	}
	return depth;
}

static bool has_child(const struct disk_tree *t, uint32_t parent)
{
	for (uint32_t i = 0; i < t->nodes.n; i++)
		if (t->nodes.v[i].parent == parent && i != parent)
			return true;
	return false;
}

/* Marks what a used disk stands on; tells cycles, and the depth of what VMs run on. */
static void walk(struct disk_tree *t, uint32_t leaf)
{
	struct disk_node *n = &t->nodes.v[leaf];
	uint32_t at = n->parent;
	bool cycle;
	unsigned depth = depth_of(t, leaf, &cycle);

	for (unsigned i = 0; i <= depth && at != DISK_NONE; i++, at = t->nodes.v[at].parent) {
		t->nodes.v[at].used = true;
		keep(&t->nodes.v[at].vm, n->vm);
		keep(&t->nodes.v[at].vm_id, n->vm_id);
	}
	if (cycle && n->referenced)
		tell(t, n, "cycle", STR("the chain of parents comes back to a disk of its own"));
	else if (depth >= DEPTH_DEEP && (n->leaf_of_vm || !has_child(t, leaf)))
		tell(t, n, "deep-chain", arena_printf(t->a, "%u disks stand below this one", depth));
}

/* Sizes are compared where one kind of source tells both: bytes with bytes, texts with texts. */
static void compare_sizes(struct disk_tree *t, const struct disk_node *n, const struct disk_node *p)
{
	if (n->image != p->image || n->unsure || p->unsure)
		return;
	if (n->size.n && p->size.n && !str_eq(n->size, p->size))
		tell(t, n, "size-differs", arena_printf(t->a, "child %.*s bytes, parent %.*s bytes",
			STR_ARG(n->size), STR_ARG(p->size)));
	if (n->sector.n && p->sector.n && !str_eq(n->sector, p->sector))
		tell(t, n, "sector-differs", STR("logical sector sizes differ"));
}

/* The link holds by identifier; a recorded path that leads elsewhere is put right at the next start. */
static void compare_paths(struct disk_tree *t, const struct disk_node *n, const struct disk_node *p)
{
	bool both = str_chr(n->parent_path, '\\') >= 0 && str_chr(p->path, '\\') >= 0;

	if (both && !str_eq(n->parent_path, p->path) && !n->relative.n)
		tell(t, n, "parent-path-stale", arena_printf(t->a, "the parent lies at %.*s", STR_ARG(p->shown)));
}

static void compare_with_parent(struct disk_tree *t, const struct disk_node *n, const struct disk_node *p)
{
	compare_sizes(t, n, p);
	if (!n->image || disk_id_is_zero(n->link_id))
		return;
	if (!p->image || n->unsure) {
		if (n->used)
			tell(t, n, "link-unverified", n->unsure ?
				STR("the log of this disk could not be read in place") :
				STR("the first 4 MiB of its parent are not here"));
		return;
	}
	if (disk_links(n, p)) {
		compare_paths(t, n, p);
		return;
	}
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
static bool is_placed(const struct disk_tree *t, const struct disk_node *n)
{
	if (str_chr(n->path, '\\') >= 0)
		return true;
	for (size_t i = 0; i < t->nodes.n && n->family_id.n; i++)
		if (t->nodes.v[i].used && str_ieq(t->nodes.v[i].family_id, n->family_id))
			return true;
	return false;
}

/* Two ways to be missing: a source says so, or a whole listing of the folder does not show it. */
static bool is_gone(struct disk_tree *t, const struct disk_node *n)
{
	return !n->exists && (n->gone || (n->referenced && disk_tree_would_list(t, n->at.host, n->path)));
}

static bool tells_vms(const fact_list *disks, uint32_t host)
{
	for (size_t i = 0; i < disks->n; i++)
		if (disks->v[i].host == host)
			return true;
	return false;
}

/* A VM uses the disk, or nothing was collected that would tell which disks VMs use. */
static bool may_be_used(struct disk_tree *t, const struct disk_node *n)
{
	fact_list disks;
	bool told;

	if (n->used)
		return true;
	facts_of(t->c, "vm.disk", &disks);
	told = tells_vms(&disks, n->at.host);
	free(disks.v);
	return !told && n->exists;
}

static void check_parent(struct disk_tree *t, const struct disk_node *n)
{
	const struct disk_node *p = n->parent == DISK_NONE ? NULL : &t->nodes.v[n->parent];

	if (p)
		compare_with_parent(t, n, p);
	if (p ? !p->exists && (p->gone || disk_tree_would_list(t, n->at.host, p->path)) :
		n->parent_path.n && disk_tree_would_list(t, n->at.host, n->parent_path) && may_be_used(t, n))
		tell(t, n, "missing-parent", p ? p->shown : n->parent_path);
	if (n->said_parent.n)
		tell(t, n, "sources-disagree", arena_printf(t->a, "its bytes name the parent %.*s, a text %.*s",
			STR_ARG(n->parent_path), STR_ARG(n->said_parent)));
}

static bool same_folder(struct str a, struct str b)
{
	ptrdiff_t at = str_rchr(a, '\\');

	return at > 0 && str_rchr(b, '\\') == at && str_ieq(str_sub(a, 0, (size_t)at), str_sub(b, 0, (size_t)at));
}

/* A set of shared disks keeps its data in an .avhdx beside it, which no VM names. */
static bool is_of_a_set(struct disk_tree *t, const struct disk_node *n)
{
	static const char *const types[] = { "file", "vm.disk" };
	struct arena *a = arena_new();
	bool found = false;

	for (size_t k = 0; k < 2; k++) {
		fact_list files;

		facts_of(t->c, types[k], &files);
		for (size_t i = 0; i < files.n && !found; i++) {
			struct str path = fact_text(&files.v[i], "path", a);

			found = str_iends(path, STR(".vhds")) && same_folder(path, n->path);
		}
		free(files.v);
	}
	arena_free(a);
	return found;
}

/* Handles may be listed by device: what stands behind the drive's letter is compared. */
static bool is_held_open(struct disk_tree *t, const struct disk_node *n)
{
	static const char *const types[] = { "handle", "file.open" };
	struct str tail = n->path.n > 2 && n->path.p[1] == ':' ? str_from(n->path, 2) : n->path;
	struct arena *a = arena_new();
	bool found = false;

	for (size_t k = 0; k < 2; k++) {
		fact_list handles;

		facts_of(t->c, types[k], &handles);
		for (size_t i = 0; i < handles.n && !found; i++)
			found = str_iends(fact_text(&handles.v[i], "path", a), tail);
		free(handles.v);
	}
	arena_free(a);
	return found;
}

/* On a volume of the cluster a VM of any node may own a disk: each node's VMs must be known. */
static bool all_nodes_told(struct disk_tree *t, const struct disk_node *n)
{
	fact_list nodes, disks;
	bool told = true;

	if (!str_istarts(n->path, STR("c:\\clusterstorage\\")))
		return true;
	facts_of(t->c, "cluster.node", &nodes);
	facts_of(t->c, "vm.disk", &disks);
	for (size_t i = 0; i < nodes.n; i++) {
		uint32_t host = case_find_host(t->c, fact_text(&nodes.v[i], "name", t->a));

		told = told && host != HOST_NONE && tells_vms(&disks, host);
	}
	free(nodes.v);
	free(disks.v);
	return told;
}

static bool is_orphan(struct disk_tree *t, const struct disk_node *n)
{
	return t->vms_known && disk_is_checkpoint(n->path) && n->exists && !n->used && is_placed(t, n) &&
	       !is_of_a_set(t, n) && !is_held_open(t, n) && all_nodes_told(t, n);
}

static void check_node(struct disk_tree *t, uint32_t i)
{
	struct disk_node *n = &t->nodes.v[i];

	if (n->same_as != DISK_NONE)
		return;
	if (is_gone(t, n))
		tell(t, n, "referenced-missing", STR("a VM refers to it and it is not there"));
	check_parent(t, n);
	if (n->dirty && n->used && has_child(t, i))
		tell(t, n, "dirty-log", STR("other disks stand on it, and its own log waits to be put in place"));
	if (str_iends(n->path, STR("-autorecovery.avhdx")) && n->exists)
		tell(t, n, "autorecovery-left", STR("an auto-recovery disk of a backup is still there"));
	else if (is_orphan(t, n))
		tell(t, n, "orphan", STR("no VM or checkpoint of this case refers to it"));
}

/* Findings that are no damage: a part was collected, or the disk is in use, or two readers differ. */
static bool is_harmless(const struct disk_node *n, struct str finding)
{
	static const char *const words[] = { "head-only", "log-dirty", "log-not-replayed", "log-entry-invalid",
		"readers-disagree", "linkage2-set" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq(finding, str_of(words[i])))
			return true;
	return str_eq(finding, STR("truncated")) && n->listed_bytes > n->held_bytes;
}

/* What the reader of an image found wrong with it, told again where a VM's chain needs that image. */
static void tell_damaged(struct disk_tree *t)
{
	fact_list findings;

	facts_of(t->c, "disk.image.finding", &findings);
	for (size_t i = 0; i < findings.n; i++) {
		const struct fact *f = &findings.v[i];
		struct disk_node *n = disk_tree_image(t, f, fact_text(f, "path", t->a));
		struct str finding = fact_text(f, "finding", t->a);

		if (n->used && str_eq(finding, STR("linkage2-set")))
			tell(t, n, "merge-under-way", STR("a second link to its parent is set"));
		else if (n->used && !is_harmless(n, finding))
			tell(t, n, "damaged", finding);
	}
	free(findings.v);
}

/* A VM that has two disks attached which stand on one parent. */
static bool forked_in_vm(const struct disk_node *a, const struct disk_node *b)
{
	return a->leaf_of_vm && b->leaf_of_vm &&
	       (a->vm_id.n && b->vm_id.n ? str_ieq(a->vm_id, b->vm_id) : a->vm.n && str_ieq(a->vm, b->vm));
}

/* Branches are normal below checkpoints and templates: one that nobody uses, or a VM that uses two. */
static void tell_forks(struct disk_tree *t)
{
	for (uint32_t p = 0; p < t->nodes.n; p++) {
		const struct disk_node *last = NULL;
		struct str children = STR("");
		bool odd = false;
		size_t n = 0;

		for (uint32_t i = 0; i < t->nodes.n; i++) {
			const struct disk_node *child = &t->nodes.v[i];

			if (child->parent != p || i == p)
				continue;
			children = arena_printf(t->a, "%.*s%s%.*s", STR_ARG(children), n++ ? ", " : "",
				STR_ARG(child->shown));
			odd = odd || !child->used || (last && forked_in_vm(last, child));
			last = child;
		}
		if (n > 1 && odd)
			tell(t, &t->nodes.v[p], "fork", children);
	}
}

/* Of the member that a fact comes from. */
static const struct member *member_of(struct disk_tree *t, const struct fact *f)
{
	const struct case_file *c = t->c;

	return &c->ev->members.v[c->segments.v[f->ref.segment].member];
}

/* A VM's checkpoints stand behind its disks: a file that breaks off may lack them. */
static bool is_whole_survey(struct disk_tree *t, const struct fact *f)
{
	const struct member *m = member_of(t, f);

	return str_eq(m->parser, STR("hyperv_basicinfo")) && m->status == MEMBER_PARSED;
}

/*
 * Whether the case holds what would name the checkpoints of a host's VMs: a list that names any, a
 * member that is such a list and empty, or a source of the VM that lists checkpoints beside disks.
 */
static bool lists_checkpoints(struct disk_tree *t, const struct disk_node *n, const fact_list *snapshots)
{
	const struct case_file *c = t->c;
	fact_list disks;
	bool listed = false;

	facts_of(c, "vm.disk", &disks);
	for (size_t i = 0; i < disks.n; i++)
		listed = listed || (disks.v[i].host == n->at.host &&
			is_whole_survey(t, &disks.v[i]));
	free(disks.v);
	for (size_t i = 0; i < snapshots->n && !listed; i++)
		listed = snapshots->v[i].host == n->at.host &&
			(is_whole_survey(t, &snapshots->v[i]) ||
				!str_eq(member_of(t, &snapshots->v[i])->parser, STR("hyperv_basicinfo")));
	for (size_t i = 0; i < c->ev->members.n && !listed; i++) {
		const struct member *m = &c->ev->members.v[i];

		listed = str_ifind(m->name, STR("vmsnapshot")) >= 0 ||
			 str_ifind(m->name, STR("vmcheckpoint")) >= 0;
	}
	return listed;
}

/* A VM that runs on an AVHDX although its list of checkpoints is here and lacks it. */
static void tell_active(struct disk_tree *t)
{
	fact_list snapshots;

	facts_of(t->c, "vm.snapshot", &snapshots);
	for (size_t i = 0; i < t->nodes.n; i++) {
		const struct disk_node *n = &t->nodes.v[i];
		bool has = false;

		if (!n->leaf_of_vm || !disk_is_checkpoint(n->path) || !lists_checkpoints(t, n, &snapshots))
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

static void tell_recovery(struct disk_tree *t)
{
	fact_list snapshots;

	facts_of(t->c, "vm.snapshot", &snapshots);
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

static void tell_merge_owed(struct disk_tree *t)
{
	fact_list configs;

	facts_of(t->c, "vm.config", &configs);
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
	struct disk_tree t;
	size_t n;

	disk_tree_read(&t, derive_case(d), derive_arena(d));
	t.d = d;
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
	disk_tree_free(&t);
}
