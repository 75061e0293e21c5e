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
		struct disk_node n = { .path = folded, .shown = path, .at = *f, .parent = DISK_NONE,
			.same_as = DISK_NONE };

		vec_push(&t->nodes, n);
	}
	return &t->nodes.v[i];
}

static uint32_t find_node(struct disk_tree *t, uint32_t host, struct str folded)
{
	return map_find(t->by_path, key_of(t, host, folded));
}

uint32_t disk_tree_find(struct disk_tree *t, uint32_t host, struct str path)
{
	return find_node(t, host, fold_path(t->a, path));
}

static void keep(struct str *slot, struct str value)
{
	if (!slot->n)
		*slot = value;
}

static const struct member *member_of(const struct disk_tree *t, const struct fact *f)
{
	return &t->c->ev->members.v[t->c->segments.v[f->ref.segment].member];
}

struct disk_node *disk_tree_image(struct disk_tree *t, const struct fact *f, struct str path)
{
	struct str spelt = path.n ? str_trim(path) : member_of(t, f)->name;
	struct str name = base_name(fold_path(t->a, spelt));
	uint32_t only = DISK_NONE;
	size_t hits = 0;

	if (str_chr(path, '\\') >= 0)
		return node_of(t, f, path);
	for (uint32_t i = 0; i < t->nodes.n; i++) {
		if (!str_eq(base_name(t->nodes.v[i].path), name) || t->nodes.v[i].same_as != DISK_NONE)
			continue;
		only = i;
		hits++;
	}
	if (hits == 1)
		return &t->nodes.v[only];
	only = (uint32_t)(node_of(t, f, str_from(spelt, spelt.n - name.n)) - t->nodes.v);   /* as long as folded */
	return &t->nodes.v[t->nodes.v[only].same_as == DISK_NONE ? only : t->nodes.v[only].same_as];
}

/* A configuration below "Snapshots" is a checkpoint's: its disks are none that the VM runs on. */
static bool is_checkpoints(const struct disk_tree *t, const struct fact *f)
{
	return fact_text(f, "snapshot", t->a).n || str_ifind(member_of(t, f)->path, STR("/snapshots/")) >= 0;
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
		n->used = n->referenced = true;
		n->at = *f;
		*(str_eq(member_of(t, f)->parser, STR("vmcx")) ? &n->by_config : &n->by_text) = true;
		keep(&n->vm, fact_text(f, "vm", t->a));
		keep(&n->vm_id, fact_text(f, "vm_id", t->a));
		n->leaf_of_vm = n->leaf_of_vm || !is_checkpoints(t, f);
		n->exists = n->exists || str_ieq(exists, STR("true"));
		n->gone = n->gone || str_ieq(exists, STR("false"));
		n->differencing = n->differencing ||
				  str_ieq(fact_text(f, "kind", t->a), STR("differencing"));
		t->vms_known = true;
	}
	free(facts.v);
}

static void keep_largest(uint64_t *slot, struct str text)
{
	uint64_t n = 0;

	if (str_to_u64(text, 10, &n) && n > *slot)
		*slot = n;
}

static void take_ids(struct disk_tree *t, struct disk_node *n, const struct fact *f)
{
	struct str own = fact_text(f, "data_write_id", t->a);

	n->image = n->image || own.n;
	keep(&n->own_id, own);
	keep(&n->link_id, fact_text(f, "parent_link_id", t->a));
	keep(&n->link2_id, fact_text(f, "parent_link2_id", t->a));
	keep(&n->family_id, fact_text(f, "virtual_disk_id", t->a));
	keep(&n->relative, fold_path(t->a, fact_text(f, "parent_relative", t->a)));
	n->dirty = n->dirty || str_ieq(fact_text(f, "log_dirty", t->a), STR("true"));
	n->unsure = n->unsure || str_ieq(fact_text(f, "log_replayed", t->a), STR("false"));
}

static void take_image(struct disk_tree *t, const struct fact *f)
{
	struct disk_node *n = disk_tree_image(t, f, fact_text(f, "path", t->a));
	struct str parent = fold_path(t->a, fact_text(f, "parent_path", t->a));

	n->exists = true;
	take_ids(t, n, f);
	if (n->parent_path.n && parent.n && !str_eq(n->parent_path, parent))
		keep(&n->said_parent, parent);
	keep(&n->size, fact_text(f, "size_bytes", t->a));
	keep(&n->sector, fact_text(f, "sector_bytes", t->a));
	keep_largest(fact_text(f, "held_bytes", t->a).n ? &n->held_bytes : &n->listed_bytes,
		fact_text(f, "file_bytes", t->a));
	keep(&n->parent_path, parent);
	n->differencing = n->differencing || n->parent_path.n || n->link_id.n;
	if (!n->used)
		n->at = *f;
}

/* Bytes before texts: where both tell something, the bytes' word is kept. */
static void read_images(struct disk_tree *t)
{
	fact_list facts;

	facts_of(t->c, "disk.image", &facts);
	for (int texts = 0; texts < 2; texts++)
		for (size_t i = 0; i < facts.n; i++)
			if (texts == !fact_text(&facts.v[i], "held_bytes", t->a).n)
				take_image(t, &facts.v[i]);
	free(facts.v);
}

/* Get-VHDChain: each row's parent is the next one of the same list. */
static void read_chains(struct disk_tree *t)
{
	fact_list facts;

	facts_of(t->c, "disk.chain", &facts);
	for (size_t i = 0; i + 1 < facts.n; i++) {
		struct str path = fact_text(&facts.v[i], "path", t->a);
		struct str next = fact_text(&facts.v[i + 1], "path", t->a);
		uint64_t at = 0, then = 0;

		str_to_u64(fact_text(&facts.v[i], "position", t->a), 10, &at);
		str_to_u64(fact_text(&facts.v[i + 1], "position", t->a), 10, &then);
		if (facts.v[i].ref.segment == facts.v[i + 1].ref.segment && at && then == at + 1 &&
			is_disk_name(path) && is_disk_name(next))
			keep(&node_of(t, &facts.v[i], path)->parent_path, fold_path(t->a, next));
	}
	free(facts.v);
}

static struct str folder_of(struct str folded)
{
	ptrdiff_t at = str_rchr(folded, '\\');

	return at < 0 ? STR("") : str_sub(folded, 0, (size_t)at);
}

static struct str listed_key(struct disk_tree *t, uint32_t host, struct str folded, bool disk)
{
	ptrdiff_t dot = str_rchr(folded, '.');
	struct str ext = disk && dot >= 0 ? str_from(folded, (size_t)dot) : STR("");
	struct str folder = folder_of(folded);

	return key_of(t, host, arena_printf(t->a, "%.*s\\*%.*s", STR_ARG(folder), STR_ARG(ext)));
}

/* A listing may have been of "*.avhdx" alone: it proves something for what it shows the like of. */
bool disk_tree_would_list(struct disk_tree *t, uint32_t host, struct str path)
{
	struct str folded = fold_path(t->a, path);

	return folder_of(folded).n && (map_find(t->listed, listed_key(t, host, folded, true)) != MAP_NONE ||
				       map_find(t->listed, listed_key(t, host, folded, false)) != MAP_NONE);
}

static void read_listings(struct disk_tree *t)
{
	fact_list facts;

	facts_of(t->c, "file", &facts);
	for (size_t i = 0; i < facts.n; i++) {
		const struct fact *f = &facts.v[i];
		struct str path = fact_text(f, "path", t->a);

		if (str_ieq(fact_text(f, "directory", t->a), STR("true")) || str_chr(path, '\\') < 0)
			continue;
		if (str_eq(member_of(t, f)->parser, STR("dir_listing")) &&
			member_of(t, f)->status == MEMBER_PARSED)
			map_intern(t->listed, listed_key(t, f->host, fold_path(t->a, path),
				is_disk_name(path)), NULL);
		if (is_disk_name(path)) {
			struct disk_node *n = node_of(t, f, path);

			n->exists = true;
			keep_largest(&n->listed_bytes, fact_text(f, "size_bytes", t->a));
		}
	}
	free(facts.v);
}

bool disk_id_is_zero(struct str id)
{
	return !id.n || str_eq(id, STR("{00000000-0000-0000-0000-000000000000}"));
}

bool disk_links(const struct disk_node *child, const struct disk_node *parent)
{
	return parent->image && !disk_id_is_zero(parent->own_id) &&
	       (str_ieq(child->link_id, parent->own_id) || str_ieq(child->link2_id, parent->own_id));
}

/* "..\\x.vhdx" seen from the disk's own folder; DISK_NONE where nothing names that path. */
static uint32_t find_relative(struct disk_tree *t, const struct disk_node *n)
{
	struct str folder = folder_of(n->path), rest = n->relative;

	for (; rest.n && folder.n; rest = str_from(rest, 1 + (size_t)str_chr(rest, '\\'))) {
		if (str_starts(rest, STR("..\\")))
			folder = folder_of(folder);
		else if (!str_starts(rest, STR(".\\")))
			break;
	}
	if (!rest.n || !folder.n)
		return DISK_NONE;
	return find_node(t, n->at.host, arena_printf(t->a, "%.*s\\%.*s", STR_ARG(folder), STR_ARG(rest)));
}

static uint32_t find_linked(const struct disk_tree *t, const struct disk_node *n)
{
	for (uint32_t i = 0; i < t->nodes.n && !disk_id_is_zero(n->link_id); i++)
		if (&t->nodes.v[i] != n && t->nodes.v[i].same_as == DISK_NONE && disk_links(n, &t->nodes.v[i]))
			return i;
	return DISK_NONE;
}

/* What lies where the disk says its parent is: by the relative path first, as Windows looks. */
static uint32_t find_placed(struct disk_tree *t, const struct disk_node *n)
{
	uint32_t at[2] = { find_relative(t, n), n->parent_path.n ?
		find_node(t, n->at.host, n->parent_path) : DISK_NONE };

	for (size_t i = 0; i < 2; i++)
		if (at[i] != DISK_NONE && disk_links(n, &t->nodes.v[at[i]]))
			return at[i];
	return at[0] != DISK_NONE ? at[0] : at[1];
}

/* Bytes that came without a path are those of the disk that their child says lies there. */
static void place_bytes(struct disk_tree *t, const struct disk_node *child)
{
	uint32_t placed = find_placed(t, child), linked = find_linked(t, child);
	struct disk_node *p, *l;

	if (placed == DISK_NONE || linked == DISK_NONE || placed == linked)
		return;
	p = &t->nodes.v[placed];
	l = &t->nodes.v[linked];
	if (p->image || p == child || folder_of(l->path).n)
		return;
	p->own_id = l->own_id;
	p->link_id = l->link_id;
	p->link2_id = l->link2_id;
	p->family_id = l->family_id;
	p->relative = l->relative;
	p->size = l->size.n ? l->size : p->size;
	p->sector = l->sector.n ? l->sector : p->sector;
	p->parent_path = l->parent_path.n ? l->parent_path : p->parent_path;
	p->held_bytes = l->held_bytes;
	p->unsure = l->unsure;
	p->dirty = l->dirty;
	p->image = p->exists = true;
	p->differencing = p->differencing || l->differencing;
	l->same_as = placed;
}

/*
 * The parent by what lies at the recorded path, where nothing speaks against it, then by
 * identifier, then by a file name that came without a path.
 */
static uint32_t parent_of(struct disk_tree *t, const struct disk_node *n)
{
	uint32_t placed = find_placed(t, n), linked = find_linked(t, n);

	if (placed != DISK_NONE && (t->nodes.v[placed].image || linked == DISK_NONE))
		return placed;
	if (linked != DISK_NONE)
		return linked;
	for (uint32_t i = 0; i < t->nodes.n && n->parent_path.n; i++)
		if (t->nodes.v[i].image && t->nodes.v[i].same_as == DISK_NONE &&
			str_eq(t->nodes.v[i].path, base_name(n->parent_path)))
			return i;
	return DISK_NONE;
}

static void link_parents(struct disk_tree *t)
{
	for (size_t i = 0; i < t->nodes.n; i++)
		place_bytes(t, &t->nodes.v[i]);
	for (size_t i = 0; i < t->nodes.n; i++)
		if (t->nodes.v[i].same_as == DISK_NONE)
			t->nodes.v[i].parent = parent_of(t, &t->nodes.v[i]);
}

void disk_tree_read(struct disk_tree *t, const struct case_file *c, struct arena *a)
{
	*t = (struct disk_tree){ .c = c, .a = a, .by_path = map_new(false),
		.listed = map_new(false) };
	read_references(t);
	read_listings(t);
	read_images(t);
	read_chains(t);
	link_parents(t);
}

void disk_tree_free(struct disk_tree *t)
{
	map_free(t->by_path);
	map_free(t->listed);
	free(t->nodes.v);
}
