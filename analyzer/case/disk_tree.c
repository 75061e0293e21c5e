/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/case/disk_tree.h"

#include <stdlib.h>

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

bool disk_is_checkpoint(struct str path)
{
	return str_iends(path, STR(".avhdx")) || str_iends(path, STR(".avhd"));
}

/* The host is part of the key: two hosts may both have D:\VM\x.vhdx. CSV and UNC paths are shared. */
static struct str key_of(struct disk_tree *t, uint32_t host, struct str folded)
{
	bool shared = str_starts(folded, STR("c:\\clusterstorage\\")) || str_starts(folded, STR("\\\\"));

	return shared ? folded : arena_printf(t->a, "%08x%.*s", host, STR_ARG(folded));
}

static struct disk_node *node_of(struct disk_tree *t, const struct fact *f, struct str path)
{
	struct str folded = fold_path(t->a, path);
	bool added;
	uint32_t i = map_intern(t->by_path, key_of(t, f->host, folded), &added);

	if (added) {
		struct disk_node n = { .path = folded, .shown = path, .at = *f, .parent = DISK_NONE };

		vec_push(&t->nodes, n);
	}
	return &t->nodes.v[i];
}

static uint32_t find_node(struct disk_tree *t, uint32_t host, struct str folded)
{
	return map_find(t->by_path, key_of(t, host, folded));
}

static void keep(struct str *slot, struct str value)
{
	if (!slot->n)
		*slot = value;
}

static struct str member_name(struct disk_tree *t, const struct fact *f)
{
	const struct case_file *c = t->c;

	return c->ev->members.v[c->segments.v[f->ref.segment].member].name;
}

struct disk_node *disk_tree_image(struct disk_tree *t, const struct fact *f, struct str path)
{
	struct str spelt = path.n ? str_trim(path) : member_name(t, f);
	struct str name = base_name(fold_path(t->a, spelt));
	uint32_t only = DISK_NONE;
	size_t hits = 0;

	if (str_chr(path, '\\') >= 0)
		return node_of(t, f, path);
	for (uint32_t i = 0; i < t->nodes.n; i++) {
		if (!str_eq(base_name(t->nodes.v[i].path), name))
			continue;
		only = i;
		hits++;
	}
	return hits == 1 ? &t->nodes.v[only] :
		node_of(t, f, str_from(spelt, spelt.n - name.n));   /* folded, as long as it is spelt */
}

static void read_references(struct disk_tree *t)
{
	fact_list facts;

	facts_of(t->c, "vm.disk", &facts);
	for (size_t i = 0; i < facts.n; i++) {
		const struct fact *f = &facts.v[i];
		struct str path = fact_text(f, "path", t->a), exists = fact_text(f, "exists", t->a);
		struct disk_node *n;

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

static void read_images(struct disk_tree *t)
{
	fact_list facts;

	facts_of(t->c, "disk.image", &facts);
	for (size_t i = 0; i < facts.n; i++) {
		const struct fact *f = &facts.v[i];
		struct disk_node *n = disk_tree_image(t, f, fact_text(f, "path", t->a));
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

static void read_listings(struct disk_tree *t)
{
	fact_list facts;

	facts_of(t->c, "file", &facts);
	for (size_t i = 0; i < facts.n; i++) {
		const struct fact *f = &facts.v[i];
		struct str path = fact_text(f, "path", t->a);

		if (!is_disk_name(path) || str_ieq(fact_text(f, "directory", t->a), STR("true")))
			continue;
		node_of(t, f, path)->exists = true;
	}
	free(facts.v);
}

bool disk_id_is_zero(struct str id)
{
	return !id.n || str_eq(id, STR("{00000000-0000-0000-0000-000000000000}"));
}

/* The parent by identifier, then by recorded path, then by a unique file name beside it. */
static uint32_t parent_of(struct disk_tree *t, const struct disk_node *n)
{
	uint32_t found;

	if (n->parent_path.n) {
		found = find_node(t, n->at.host, n->parent_path);
		if (found != MAP_NONE)
			return found;
	}
	for (uint32_t i = 0; i < t->nodes.n && !disk_id_is_zero(n->link_id); i++)
		if (&t->nodes.v[i] != n && str_ieq(t->nodes.v[i].own_id, n->link_id))
			return i;
	for (uint32_t i = 0; i < t->nodes.n && n->parent_path.n; i++)
		if (t->nodes.v[i].image && str_eq(t->nodes.v[i].path, base_name(n->parent_path)))
			return i;
	return DISK_NONE;
}

static void link_parents(struct disk_tree *t)
{
	for (size_t i = 0; i < t->nodes.n; i++)
		t->nodes.v[i].parent = parent_of(t, &t->nodes.v[i]);
}

void disk_tree_read(struct disk_tree *t, const struct case_file *c, struct arena *a)
{
	*t = (struct disk_tree){ .c = c, .a = a, .by_path = map_new(false) };
	read_references(t);
	read_listings(t);
	read_images(t);
	link_parents(t);
}

void disk_tree_free(struct disk_tree *t)
{
	map_free(t->by_path);
	free(t->nodes.v);
}
