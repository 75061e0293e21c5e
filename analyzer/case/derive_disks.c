/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with the disk tree of the case, walked from what the VMs use. */
#include <stdlib.h>

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

/* Marks what a used disk stands on; tells cycles and depth. */
static void walk(struct disk_tree *t, uint32_t leaf)
{
	struct disk_node *n = &t->nodes.v[leaf];
	uint32_t at = leaf;
	unsigned depth = 0;

	while (t->nodes.v[at].parent != DISK_NONE && depth <= DEPTH_MAX) {
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

static void compare_with_parent(struct disk_tree *t, const struct disk_node *n, const struct disk_node *p)
{
	if (!n->image || !p->image || disk_id_is_zero(n->link_id))
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
static bool is_placed(const struct disk_tree *t, const struct disk_node *n)
{
	if (str_chr(n->path, '\\') >= 0)
		return true;
	for (size_t i = 0; i < t->nodes.n && n->family_id.n; i++)
		if (t->nodes.v[i].used && str_ieq(t->nodes.v[i].family_id, n->family_id))
			return true;
	return false;
}

static void check_node(struct disk_tree *t, uint32_t i)
{
	struct disk_node *n = &t->nodes.v[i];

	if (n->gone && !n->exists)
		tell(t, n, "referenced-missing", STR("a VM refers to it and it is not there"));
	if (n->parent != DISK_NONE) {
		struct disk_node *p = &t->nodes.v[n->parent];

		compare_with_parent(t, n, p);
		if (p->gone && !p->exists)
			tell(t, n, "missing-parent", p->shown);
	}
	if (str_iends(n->path, STR("-autorecovery.avhdx")) && n->exists)
		tell(t, n, "autorecovery-left", STR("an auto-recovery disk of a backup is still there"));
	else if (t->vms_known && disk_is_checkpoint(n->path) && n->exists && !n->used && is_placed(t, n))
		tell(t, n, "orphan", STR("no VM or checkpoint of this case refers to it"));
}

/* What the reader of an image found wrong with it, told again where a VM's chain needs that image. */
static void tell_damaged(struct disk_tree *t)
{
	fact_list findings;

	facts_of(t->c, "disk.image.finding", &findings);
	for (size_t i = 0; i < findings.n; i++) {
		const struct fact *f = &findings.v[i];
		struct disk_node *n = disk_tree_image(t, f, fact_text(f, "path", t->a));

		if (n->used)
			tell(t, n, "damaged", fact_text(f, "finding", t->a));
	}
	free(findings.v);
}

static void tell_forks(struct disk_tree *t)
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
static const struct member *member_of(struct disk_tree *t, const struct fact *f)
{
	const struct case_file *c = t->c;

	return &c->ev->members.v[c->segments.v[f->ref.segment].member];
}

/*
 * Whether the case holds what would name the checkpoints of a host's VMs: a list that names any, a
 * member that is such a list and empty, or a source of the VM that lists checkpoints beside disks.
 */
static bool lists_checkpoints(struct disk_tree *t, const struct disk_node *n, const fact_list *snapshots)
{
	const struct case_file *c = t->c;

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
