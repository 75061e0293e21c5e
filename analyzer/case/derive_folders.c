/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lies beside disks and configurations: change tracking without its disk, a saved state of a VM
 * that is off, two lists of a VM's disks that differ.
 */
#include <stdlib.h>

#include "analyzer/case/derive.h"
#include "analyzer/case/disk_tree.h"

static void tell(struct disk_tree *t, const struct fact *at, const char *finding, struct str path,
	struct str detail)
{
	derive_fact(t->d, at, "chain.finding");
	derive_put(t->d, "finding", str_of(finding));
	derive_put(t->d, "path", path);
	derive_put(t->d, "detail", detail);
}

static uint32_t file_index(struct map *files, struct arena *a, uint32_t host, struct str path, bool add)
{
	struct str key = arena_printf(a, "%08x%.*s", host, STR_ARG(path));

	return add ? map_intern(files, key, NULL) : map_find(files, key);
}

/* .rct and .mrt come in pairs and carry the whole name of their disk. */
static void check_tracking(struct disk_tree *t, const struct fact *f, struct map *files)
{
	struct str path = fact_text(f, "path", t->a);
	bool rct = str_iends(path, STR(".rct")), mrt = str_iends(path, STR(".mrt"));
	struct str disk = str_sub(path, 0, path.n > 4 ? path.n - 4 : 0);
	uint32_t node;

	if ((!rct && !mrt) || !disk_tree_would_list(t, f->host, path))
		return;
	node = disk_tree_find(t, f->host, disk);
	if ((node == DISK_NONE || !t->nodes.v[node].exists) && disk_tree_would_list(t, f->host, disk))
		tell(t, f, "tracking-orphan", path, STR("no disk of that name lies beside it"));
	else if (file_index(files, t->a, f->host, arena_printf(t->a, "%.*s.%s", STR_ARG(disk),
			 rct ? "mrt" : "rct"), false) == MAP_NONE)
		tell(t, f, "tracking-pair", path, rct ? STR("its .mrt is not there") : STR("its .rct is not there"));
}

static void check_files(struct disk_tree *t)
{
	struct map *names = map_new(true);
	fact_list files;

	facts_of(t->c, "file", &files);
	for (size_t i = 0; i < files.n; i++)
		file_index(names, t->a, files.v[i].host, fact_text(&files.v[i], "path", t->a), true);
	for (size_t i = 0; i < files.n; i++)
		check_tracking(t, &files.v[i], names);
	free(files.v);
	map_free(names);
}

/* Only a state that a list names "Off": a word of another language says nothing here. */
static bool is_off(struct disk_tree *t, struct str id)
{
	fact_list vms;
	bool off = false;

	facts_of(t->c, "vm", &vms);
	for (size_t i = 0; i < vms.n; i++)
		if (id.n && str_ieq(fact_text(&vms.v[i], "id", t->a), id))
			off = off || str_ieq(fact_text(&vms.v[i], "state", t->a), STR("Off"));
	free(vms.v);
	return off;
}

static void check_saved(struct disk_tree *t)
{
	fact_list states;

	facts_of(t->c, "vm.runtime", &states);
	for (size_t i = 0; i < states.n; i++) {
		const struct fact *f = &states.v[i];
		struct str id = fact_text(f, "id", t->a);

		if (!str_ieq(fact_text(f, "saved", t->a), STR("true")) || !is_off(t, id))
			continue;
		derive_fact(t->d, f, "chain.finding");
		derive_put(t->d, "finding", STR("saved-state-left"));
		derive_put(t->d, "vm_id", id);
		derive_put(t->d, "detail", STR("the VM is listed as off and has a saved state"));
	}
	free(states.v);
}

static bool one_vm(const struct disk_node *a, const struct disk_node *b)
{
	return a->vm_id.n && b->vm_id.n ? str_ieq(a->vm_id, b->vm_id) : a->vm.n && str_ieq(a->vm, b->vm);
}

/* The only disk of a VM that one source has and the other lacks; NULL where there is not just one. */
static const struct disk_node *only_in(const struct disk_tree *t, const struct disk_node *vm, bool config)
{
	const struct disk_node *found = NULL;

	for (size_t i = 0; i < t->nodes.n; i++) {
		const struct disk_node *n = &t->nodes.v[i];

		if (!n->leaf_of_vm || !one_vm(n, vm) || n->by_config != config || n->by_text == config)
			continue;
		if (found)
			return NULL;
		found = n;
	}
	return found;
}

/* The configuration's own log may wait, or it was copied at another time: both are told. */
static void check_leaves(struct disk_tree *t)
{
	for (size_t i = 0; i < t->nodes.n; i++) {
		const struct disk_node *n = &t->nodes.v[i], *other;

		if (!n->leaf_of_vm || !n->by_config || n->by_text)
			continue;
		other = only_in(t, n, false);
		if (other && only_in(t, n, true) == n)
			tell(t, &n->at, "sources-disagree", n->shown, arena_printf(t->a,
				"the configuration names this disk, a list of the VM's disks %.*s",
				STR_ARG(other->shown)));
	}
}

void derive_folders(struct deriver *d)
{
	struct disk_tree t;

	disk_tree_read(&t, derive_case(d), derive_arena(d));
	t.d = d;
	check_files(&t);
	check_saved(&t);
	check_leaves(&t);
	disk_tree_free(&t);
}
