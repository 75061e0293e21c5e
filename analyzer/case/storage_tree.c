/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/case/storage_tree.h"

#include <stdlib.h>

#include "analyzer/base/map.h"

#define NODES_MAX 20000
#define RESOURCES_MAX 1000
#define SAID_MAX 64              /* a node with more facts than this is told by the first ones */

static struct str key_of(struct storage_tree *t, uint32_t host, const char *kind, struct str key)
{
	struct buf b = { 0 };
	struct str s;

	buf_printf(&b, "%u %s %.*s", host, kind, STR_ARG(key));
	s = arena_str(t->a, buf_str(&b));
	buf_free(&b);
	return s;
}

static uint32_t find(struct storage_tree *t, uint32_t host, const char *kind, struct str key)
{
	uint32_t at = key.n ? map_find(t->keys, key_of(t, host, kind, key)) : MAP_NONE;

	return at == MAP_NONE ? STORAGE_NONE : (uint32_t)map_get(t->keys, at);
}

/* Another name of a node; the first that has a name keeps it. */
static void name_node(struct storage_tree *t, uint32_t node, const char *kind, struct str key)
{
	bool added;
	uint32_t at;

	if (!key.n || node == STORAGE_NONE)
		return;
	at = map_intern(t->keys, key_of(t, t->nodes.v[node].host, kind, key), &added);
	if (added)
		map_set(t->keys, at, node);
}

static uint32_t add(struct storage_tree *t, enum storage_kind kind, const struct fact *f, struct str name)
{
	if (t->nodes.n >= NODES_MAX) {
		t->left_out++;
		return STORAGE_NONE;
	}
	vec_push(&t->nodes, (struct storage_node){
				    .kind = kind, .host = f->host, .name = name, .on = STORAGE_NONE });
	return (uint32_t)t->nodes.n - 1;
}

static void say(struct storage_tree *t, uint32_t node, const char *type, const struct fact *f)
{
	if (node == STORAGE_NONE)
		return;
	if (t->nodes.v[node].said.n < SAID_MAX)
		vec_push(&t->nodes.v[node].said, (struct storage_said){ type, *f });
	else
		t->left_out++;
}

static void stand_on(struct storage_tree *t, uint32_t upper, uint32_t lower)
{
	if (upper == STORAGE_NONE || lower == STORAGE_NONE || upper == lower || t->nodes.v[upper].on != STORAGE_NONE)
		return;
	t->nodes.v[upper].on = lower;
	t->nodes.v[lower].bears = true;
}

/* "3" of "3", "Disk 3" and "\\.\PHYSICALDRIVE3". */
static struct str disk_number(struct str text)
{
	size_t from = text.n;

	while (from && text.p[from - 1] >= '0' && text.p[from - 1] <= '9')
		from--;
	return str_from(text, from);
}

static struct str guid_of(struct str text)
{
	ptrdiff_t open = str_chr(text, '{');
	struct str guid = open < 0 ? text : str_sub(text, (size_t)open + 1, 36);

	return guid.n == 36 && guid.p[8] == '-' ? guid : STR("");
}

static struct str letter_of(struct str text)
{
	bool letter = text.n && (text.p[0] | 32) >= 'a' && (text.p[0] | 32) <= 'z' &&
		(text.n == 1 || text.p[1] == ':');

	return str_sub(text, 0, letter);
}

/* ---- Disks, paths, targets ---- */

static uint32_t disk_of(struct storage_tree *t, const struct fact *f, struct str number)
{
	uint32_t node = find(t, f->host, "disk", number);

	if (node == STORAGE_NONE && number.n) {
		node = add(t, STORAGE_DISK, f, number);
		name_node(t, node, "disk", number);
	}
	return node;
}

/* Where the adapter shows a disk: two disks of one host never share it. */
static struct str address_of(struct storage_tree *t, struct str port, struct str target, struct str lun)
{
	struct buf b = { 0 };
	struct str s;

	if (!port.n || !target.n || !lun.n)
		return STR("");
	buf_printf(&b, "%.*s.%.*s.%.*s", STR_ARG(port), STR_ARG(target), STR_ARG(lun));
	s = arena_str(t->a, buf_str(&b));
	buf_free(&b);
	return s;
}

static struct str lun_address(struct storage_tree *t, const struct fact *f)
{
	return address_of(t, fact_text(f, "port", t->a), fact_text(f, "target", t->a), fact_text(f, "lun", t->a));
}

static void take_disk(struct storage_tree *t, const struct fact *f)
{
	uint32_t node = disk_of(t, f, disk_number(fact_text(f, "number", t->a)));

	if (node == STORAGE_NONE)
		return;
	say(t, node, "disk", f);
	name_node(t, node, "serial", fact_text(f, "serial", t->a));
	name_node(t, node, "guid", guid_of(fact_text(f, "guid", t->a)));
	name_node(t, node, "guid", guid_of(fact_text(f, "id", t->a)));
	name_node(t, node, "address", lun_address(t, f));
}

/* The number that MPIO has for a disk is not the one that Windows has. */
static void take_mpio_disk(struct storage_tree *t, const struct fact *f, bool numbered)
{
	struct str mpio = fact_text(f, "disk", t->a), number = disk_number(fact_text(f, "number", t->a));
	uint32_t node;

	if (numbered != (number.n > 0))
		return;
	node = numbered ? disk_of(t, f, number) : find(t, f->host, "mpio", mpio);
	if (node == STORAGE_NONE)
		node = find(t, f->host, "serial", fact_text(f, "serial", t->a));
	if (node == STORAGE_NONE)
		node = add(t, STORAGE_DISK, f, STR(""));
	name_node(t, node, "mpio", mpio);
	say(t, node, "mpio.disk", f);
}

static void take_mpio_path(struct storage_tree *t, const struct fact *f)
{
	uint32_t node = find(t, f->host, "mpio", fact_text(f, "disk", t->a));

	if (node == STORAGE_NONE)
		node = find(t, f->host, "address", lun_address(t, f));
	say(t, node, "mpio.path", f);
}

/* By the disk that it names, else by the LUNs under its port; a target without either stands alone. */
static void take_session(struct storage_tree *t, const struct fact *f)
{
	struct str target = fact_text(f, "target", t->a), port = fact_text(f, "port", t->a);
	struct str bus_target = fact_text(f, "scsi_target", t->a), luns = fact_text(f, "luns", t->a), lun;
	uint32_t node = disk_of(t, f, disk_number(fact_text(f, "disk", t->a)));
	bool placed = node != STORAGE_NONE;

	say(t, node, "iscsi.session", f);
	while (!placed && str_split(&luns, ',', &lun)) {
		node = find(t, f->host, "address", address_of(t, port, bus_target, str_trim(lun)));
		say(t, node, "iscsi.session", f);
		placed |= node != STORAGE_NONE;
	}
	if (placed || !target.n)
		return;
	node = find(t, f->host, "target", target);
	if (node == STORAGE_NONE)
		node = add(t, STORAGE_TARGET, f, target);
	name_node(t, node, "target", target);
	say(t, node, "iscsi.session", f);
}

/* ---- Volumes ---- */

static uint32_t volume_of(struct storage_tree *t, const struct fact *f, struct str letter, struct str guid)
{
	uint32_t node = find(t, f->host, "volume", guid);

	if (node == STORAGE_NONE)
		node = find(t, f->host, "letter", letter);
	/* A letter that moved: two GUIDs are two volumes. */
	if (node != STORAGE_NONE && guid.n && t->nodes.v[node].guid.n && !str_ieq(guid, t->nodes.v[node].guid))
		node = STORAGE_NONE;
	if (node == STORAGE_NONE && (letter.n || guid.n))
		node = add(t, STORAGE_VOLUME, f, letter.n ? letter : guid);
	if (node == STORAGE_NONE)
		return node;
	if (letter.n)
		t->nodes.v[node].name = letter;
	if (guid.n)
		t->nodes.v[node].guid = guid;
	name_node(t, node, "volume", guid);
	name_node(t, node, "letter", letter);
	return node;
}

static void take_volume(struct storage_tree *t, const struct fact *f)
{
	struct str guid = guid_of(fact_text(f, "guid", t->a)), path = fact_text(f, "path", t->a);
	uint32_t node = volume_of(t, f, letter_of(fact_text(f, "letter", t->a)), guid.n ? guid : guid_of(path)), disk;

	if (node == STORAGE_NONE)
		return;
	say(t, node, "volume", f);
	name_node(t, node, "place", volume_of_path(path));
	disk = disk_of(t, f, disk_number(fact_text(f, "disk", t->a)));
	if (disk != STORAGE_NONE && !t->nodes.v[disk].said.n)
		say(t, disk, "volume", f);
	stand_on(t, node, disk);
	stand_on(t, node, find(t, f->host, "address", lun_address(t, f)));
}

/* The disk's GUID, as the cluster keeps it with the resource of that name. */
static struct str disk_of_resource(const struct storage_tree *t, struct str name)
{
	for (size_t i = 0; i < t->resources.n; i++)
		if (str_ieq(fact_text(&t->resources.v[i], "name", t->a), name)) {
			struct str guid = guid_of(fact_text(&t->resources.v[i], "disk_guid", t->a));

			if (guid.n)
				return guid;
		}
	return STR("");
}

/* A CSV stands on the volume that it names, else on the disk of its resource. */
static void take_csv(struct storage_tree *t, const struct fact *f)
{
	struct str name = fact_text(f, "name", t->a), path = volume_of_path(fact_text(f, "path", t->a));
	uint32_t node = find(t, f->host, "csv", name);

	if (node == STORAGE_NONE && name.n)
		node = add(t, STORAGE_CSV, f, name);
	if (node == STORAGE_NONE)
		return;
	name_node(t, node, "csv", name);
	say(t, node, "cluster.volume", f);
	stand_on(t, node, find(t, f->host, "volume", guid_of(fact_text(f, "volume_guid", t->a))));
	stand_on(t, node, find(t, f->host, "place", path));
	name_node(t, node, "place", path);
	stand_on(t, node, find(t, f->host, "guid", disk_of_resource(t, name)));
}

/* ---- VMs ---- */

/* Where nothing lists the volume, the path of a disk on it says that there is one. */
static uint32_t volume_of_disk(struct storage_tree *t, const struct fact *f, struct str place)
{
	ptrdiff_t last = str_rchr(place, '\\');
	uint32_t node;

	if (place.n == 2 && letter_of(place).n) {
		node = volume_of(t, f, letter_of(place), STR(""));
	} else if (last > 0 && str_ifind(place, STR("\\ClusterStorage\\")) >= 0) {
		node = add(t, STORAGE_CSV, f, str_from(place, (size_t)last + 1));
		name_node(t, node, "place", place);
	} else {
		return STORAGE_NONE;
	}
	say(t, node, "vm.disk", f);
	return node;
}

static void take_vm(struct storage_tree *t, const struct fact *f)
{
	struct str vm = fact_text(f, "vm", t->a), place = volume_of_path(fact_text(f, "path", t->a));
	uint32_t lower = find(t, f->host, "place", place), node;
	struct buf key = { 0 };

	if (lower == STORAGE_NONE && place.n == 2)
		lower = find(t, f->host, "letter", str_sub(place, 0, 1));
	if (lower == STORAGE_NONE && vm.n)
		lower = volume_of_disk(t, f, place);
	if (lower == STORAGE_NONE || !vm.n)
		return;
	buf_printf(&key, "%u %.*s", lower, STR_ARG(vm));
	node = find(t, f->host, "vm", buf_str(&key));
	if (node == STORAGE_NONE) {
		node = add(t, STORAGE_VM, f, vm);
		name_node(t, node, "vm", buf_str(&key));
		stand_on(t, node, lower);
	}
	say(t, node, "vm.disk", f);
	buf_free(&key);
}

static void take_all(struct storage_tree *t, const char *type,
	void (*take)(struct storage_tree *t, const struct fact *f))
{
	fact_list facts;

	facts_of(t->c, type, &facts);
	for (size_t i = 0; i < facts.n; i++)
		if (facts.v[i].host != HOST_NONE)
			take(t, &facts.v[i]);
	free(facts.v);
}

static void take_numbered(struct storage_tree *t, const struct fact *f)
{
	take_mpio_disk(t, f, true);
}

static void take_unnumbered(struct storage_tree *t, const struct fact *f)
{
	take_mpio_disk(t, f, false);
}

/* From below: what stands on something is taken after it. */
void storage_tree_read(struct storage_tree *t, const struct case_file *c, struct arena *a)
{
	*t = (struct storage_tree){ .c = c, .a = a, .keys = map_new(true) };
	facts_of(c, "cluster.resource", &t->resources);
	if (t->resources.n > RESOURCES_MAX)
		t->resources.n = RESOURCES_MAX;
	take_all(t, "disk", take_disk);
	take_all(t, "mpio.disk", take_numbered);
	take_all(t, "mpio.disk", take_unnumbered);
	take_all(t, "mpio.path", take_mpio_path);
	take_all(t, "iscsi.session", take_session);
	take_all(t, "volume", take_volume);
	take_all(t, "cluster.volume", take_csv);
	take_all(t, "vm.disk", take_vm);
}

void storage_tree_free(struct storage_tree *t)
{
	for (size_t i = 0; i < t->nodes.n; i++)
		free(t->nodes.v[i].said.v);
	free(t->nodes.v);
	free(t->resources.v);
	map_free(t->keys);
}

struct str storage_text(const struct storage_tree *t, const struct storage_node *n, const char *type,
	const char *field)
{
	for (size_t i = 0; i < n->said.n; i++) {
		struct str value = STR("");

		if (strcmp(n->said.v[i].type, type) == 0)
			value = fact_text(&n->said.v[i].fact, field, t->a);
		if (value.n)
			return value;
	}
	return STR("");
}
