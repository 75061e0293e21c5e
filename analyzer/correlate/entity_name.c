/* SPDX-License-Identifier: Apache-2.0 */
/* One spelling for each thing: case, prefixes, and what is unique only on one host. */
#include <stdlib.h>

#include "analyzer/base/text.h"
#include "analyzer/correlate/entity_parts.h"
#include "analyzer/correlate/packet.h"

static struct str fold(struct entities *en, struct str s)
{
	char *p = arena_cstr(en->a, s);

	for (size_t i = 0; i < s.n; i++)
		p[i] = p[i] == '/' ? '\\' : ascii_lower(p[i]);
	return str_make(p, s.n);
}

static uint32_t scoped(struct entities *en, enum entity_type class, struct str key, struct str shown,
	uint32_t host)
{
	return entity_add(en, class, arena_printf(en->a, "%u@%.*s", host, STR_ARG(fold(en, key))), shown);
}

static bool as_guid(struct entities *en, struct str s, struct str *guid)
{
	char text[GUID_BYTES];
	uint8_t raw[16];

	if (!guid_parse(s, raw))
		return false;
	guid_format(raw, text);
	*guid = arena_str(en->a, str_of(text));
	return true;
}

static uint32_t intern_vm(struct entities *en, struct str text, uint32_t host)
{
	char of_sid[GUID_BYTES];
	struct str guid;
	uint32_t any, at;

	if (str_istarts(text, STR("NT VIRTUAL MACHINE\\")))
		text = str_from(text, 19);
	if (packet_vm_of_sid(text, of_sid))
		return entity_intern(en, ENTITY_VM_ID, str_of(of_sid), host);
	if (as_guid(en, text, &guid))
		return entity_add(en, ENTITY_VM, guid, guid);
	any = entity_add(en, ENTITY_VM, fold(en, text), text);
	en->spellings.v[any].host = HOST_NONE - 1;   /* a name, of no host in particular */
	en->spellings.v[any].name = any;
	if (host == HOST_NONE)
		return any;
	at = scoped(en, ENTITY_VM, text, text, host);
	en->spellings.v[at].host = host;
	en->spellings.v[at].name = any;
	return at;
}

/* "\\?\", "\??\" and "\\.\" in front of a path change nothing. */
static struct str bare_path(struct str s)
{
	static const char *const prefixes[] = { "\\\\?\\UNC\\", "\\\\?\\", "\\??\\", "\\\\.\\" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (str_istarts(s, str_of(prefixes[i])))
			return str_from(s, strlen(prefixes[i]));
	return s;
}

/* "C:\ClusterStorage\Volume1\x" gives "Volume1"; empty where there is none. */
static struct str csv_root(struct str path)
{
	ptrdiff_t at = str_ifind(path, STR("\\clusterstorage\\"));
	struct str rest;
	ptrdiff_t end;

	if (at < 0)
		return STR("");
	rest = str_from(path, (size_t)at + 16);
	end = str_chr(rest, '\\');
	if (end >= 0)
		rest.n = (size_t)end;
	return rest;
}

static uint32_t add_csv(struct entities *en, struct str name)
{
	uint32_t i = entity_add(en, ENTITY_VOLUME, arena_printf(en->a, "csv %.*s", STR_ARG(fold(en, name))), name);

	en->spellings.v[i].csv = true;
	return i;
}

static uint32_t intern_volume(struct entities *en, struct str text, uint32_t host)
{
	struct str path = fold(en, bare_path(text)), csv = csv_root(bare_path(text)), guid;
	ptrdiff_t open = str_chr(path, '{');

	if (csv.n)
		return add_csv(en, csv);
	if (open >= 0 && as_guid(en, str_sub(path, (size_t)open, 38), &guid))
		return entity_add(en, ENTITY_VOLUME, guid, guid);
	if (as_guid(en, path, &guid))
		return entity_add(en, ENTITY_VOLUME, guid, guid);
	/* "D:", "D:\\VMs\\a.vhdx", and tables that tell the letter alone. */
	if ((path.n >= 2 && path.p[1] == ':') || (path.n == 1 && path.p[0] >= 'a' && path.p[0] <= 'z'))
		return scoped(en, ENTITY_VOLUME, arena_printf(en->a, "%c:", path.p[0]),
			arena_printf(en->a, "%c:", path.p[0] & ~0x20), host);
	return scoped(en, ENTITY_VOLUME, path, text, host);
}

static uint32_t intern_csv(struct entities *en, struct str text)
{
	struct str bare = bare_path(text), csv = csv_root(bare), guid;

	if (csv.n)
		return add_csv(en, csv);
	if (as_guid(en, bare, &guid)) {
		uint32_t i = entity_add(en, ENTITY_VOLUME, guid, guid);

		en->spellings.v[i].csv = true;
		return i;
	}
	return add_csv(en, bare);
}

/* The number in "\Device\Harddisk3\DR5", "PhysicalDrive3", "Disk 3" or "3". */
static struct str disk_key(struct str s)
{
	static const char *const words[] = { "harddisk", "physicaldrive", "disk " };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		ptrdiff_t at = str_ifind(s, str_of(words[i]));

		if (at >= 0) {
			s = str_from(s, (size_t)at + strlen(words[i]));
			break;
		}
	}
	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return n ? str_sub(s, 0, n) : s;
}

static uint32_t intern_path(struct entities *en, struct str text, uint32_t host)
{
	struct str path = fold(en, bare_path(text));

	while (path.n > 3 && path.p[path.n - 1] == '\\')
		path.n--;
	if (csv_root(path).n || str_starts(path, STR("\\\\")) || host == HOST_NONE)
		return entity_add(en, ENTITY_PATH, path, text);
	return entity_add(en, ENTITY_PATH, arena_printf(en->a, "%u@%.*s", host, STR_ARG(path)), text);
}

static uint32_t intern_host(struct entities *en, struct str text)
{
	uint32_t host = case_find_host(en->c, text);
	ptrdiff_t dot = str_chr(text, '.');

	if (host != HOST_NONE)
		text = case_host_name(en->c, host);
	else if (dot > 0)
		text.n = (size_t)dot;
	return entity_add(en, ENTITY_HOST, fold(en, text), text);
}

static uint32_t intern_text(struct entities *en, enum entity_type t, struct str text, uint32_t host)
{
	struct str guid;

	switch (t) {
	case ENTITY_VM_ID:   /* a place that holds a GUID in one form of the event holds a text in another */
		return as_guid(en, text, &guid) ? intern_vm(en, guid, host) : MAP_NONE;
	case ENTITY_VM:
		return intern_vm(en, text, host);
	case ENTITY_HOST:
	case ENTITY_NODE:
	case ENTITY_GUEST:
		return intern_host(en, text);
	case ENTITY_PATH:
		return intern_path(en, text, host);
	case ENTITY_VOLUME:
		return intern_volume(en, text, host);
	case ENTITY_CSV:
		return intern_csv(en, text);
	case ENTITY_DISK:
		return scoped(en, t, disk_key(text), text, host);
	case ENTITY_SNAPSHOT_SET:
	case ENTITY_WRITER_ID:
	case ENTITY_PROVIDER_ID:
		if (as_guid(en, text, &guid))
			text = guid;
		if (t == ENTITY_SNAPSHOT_SET)
			return entity_add(en, t, fold(en, text), text);
		return scoped(en, t, text, text, host);
	case ENTITY_TARGET:
	case ENTITY_ACCOUNT:
	case ENTITY_RESOURCE:
	case ENTITY_GROUP:
	case ENTITY_JOB:
	case ENTITY_CLUSTER:
		return entity_add(en, t, fold(en, text), text);
	default:
		return scoped(en, t, text, text, host);
	}
}

/* Rows repeat what they name: the way a text was taken once is kept. */
uint32_t entity_intern(struct entities *en, enum entity_type t, struct str text, uint32_t host)
{
	char key[256];
	bool added;
	uint32_t at;

	text = str_trim(text);
	if (!text.n || str_eq(text, STR("-")) || str_eq(text, STR("(NULL)")))
		return MAP_NONE;
	if (text.n > sizeof(key) - 5)
		return intern_text(en, t, text, host);
	key[0] = (char)t;
	memcpy(key + 1, &host, 4);
	memcpy(key + 5, text.p, text.n);
	at = map_intern(en->taken, str_make(key, text.n + 5), &added);
	if (added)
		map_set(en->taken, at, intern_text(en, t, text, host));
	return (uint32_t)map_get(en->taken, at);
}

/* A file's name without its extension and without the GUID that a checkpoint appends. */
static struct str file_stem(struct str name)
{
	ptrdiff_t dot = str_rchr(name, '.'), line;
	uint8_t raw[16];

	if (dot > 0)
		name.n = (size_t)dot;
	line = str_rchr(name, '_');
	if (line > 0 && guid_parse(str_from(name, (size_t)line + 1), raw))
		name.n = (size_t)line;
	return name;
}

uint32_t entity_vm_of_path(const struct entities *en, uint32_t path)
{
	struct str rest = en->spellings.v[path].shown, part;
	uint32_t found = MAP_NONE;

	while (str_split(&rest, '\\', &part)) {
		char key[260] = "00";   /* ENTITY_VM, as entity_add writes it */
		struct str stem = rest.n ? part : file_stem(part);
		uint32_t at;

		if (stem.n < 3 || stem.n > 255)
			continue;
		for (size_t i = 0; i < stem.n; i++)
			key[2 + i] = ascii_lower(stem.p[i]);
		at = map_find(en->keys, str_make(key, stem.n + 2));
		if (at == MAP_NONE)
			continue;
		if (found != MAP_NONE && entity_of(en, found) != entity_of(en, at))
			return MAP_NONE;
		found = at;
	}
	return found;
}

/* Two fields of one fact that name one thing. */
struct naming {
	const char *fact;
	const char *field[2];
	enum entity_type type[2];
};

static const struct naming namings[] = {
	{ "vm", { "name", "id" }, { ENTITY_VM, ENTITY_VM_ID } },
	{ "vm.config", { "name", "id" }, { ENTITY_VM, ENTITY_VM_ID } },
	{ "vm.disk", { "vm", "vm_id" }, { ENTITY_VM, ENTITY_VM_ID } },
	{ "vm.integration", { "vm", "vm_id" }, { ENTITY_VM, ENTITY_VM_ID } },
	{ "vm.snapshot", { "vm", "vm_id" }, { ENTITY_VM, ENTITY_VM_ID } },
	{ "vm.nic", { "vm", "vm_id" }, { ENTITY_VM, ENTITY_VM_ID } },
	{ "vm.replication", { "vm", "vm_id" }, { ENTITY_VM, ENTITY_VM_ID } },
	{ "cluster.group", { "vm", "vm_id" }, { ENTITY_VM, ENTITY_VM_ID } },
	{ "cluster.resource", { "vm", "vm_id" }, { ENTITY_VM, ENTITY_VM_ID } },
	{ "volume", { "letter", "guid" }, { ENTITY_VOLUME, ENTITY_VOLUME } },
	{ "volume", { "path", "guid" }, { ENTITY_VOLUME, ENTITY_VOLUME } },
	{ "volume", { "csv", "guid" }, { ENTITY_CSV, ENTITY_VOLUME } },
	{ "vss.volume", { "path", "volume_guid" }, { ENTITY_VOLUME, ENTITY_VOLUME } },
	{ "vss.shadowstorage", { "volume", "volume_guid" }, { ENTITY_VOLUME, ENTITY_VOLUME } },
	{ "cluster.volume", { "name", "path" }, { ENTITY_CSV, ENTITY_CSV } },
	{ "cluster.volume", { "path", "volume_guid" }, { ENTITY_CSV, ENTITY_CSV } },
};

/* A boolean in place of a CSV's name tells nothing. */
static bool field_text(const struct event_view *v, const char *name, struct str *out)
{
	struct field f;

	if (!segment_find(v->segment, v->ref.row, str_of(name), &f) || f.type != VALUE_TEXT)
		return false;
	*out = f.bytes;
	return f.bytes.n && !str_ieq(f.bytes, STR("true")) && !str_ieq(f.bytes, STR("false"));
}

static void learn_naming(struct entities *en, const struct event_view *v, const struct naming *n)
{
	uint32_t at[2] = { MAP_NONE, MAP_NONE };
	struct str text;

	for (int i = 0; i < 2; i++)
		if (field_text(v, n->field[i], &text))
			at[i] = entity_intern(en, n->type[i], text, v->host);
	entity_tie(en, at[0], at[1], v->ref);
	if (entity_class(n->type[0]) == ENTITY_VM)
		for (int i = 0; i < 2; i++)
			entity_vm_on(en, at[i], v->host);
}

/* One field's thing lies on the other's. */
static const struct naming placings[] = {
	{ "volume", { "letter", "disk" }, { ENTITY_VOLUME, ENTITY_DISK } },
	{ "volume", { "path", "disk" }, { ENTITY_VOLUME, ENTITY_DISK } },
	{ "volume", { "guid", "disk" }, { ENTITY_VOLUME, ENTITY_DISK } },
	{ "volume", { "device", "disk" }, { ENTITY_VOLUME, ENTITY_DISK } },
	{ "iscsi.session", { "disk", "target" }, { ENTITY_DISK, ENTITY_TARGET } },
};

static struct str below_key(uint32_t spelling, uint32_t host, char text[24])
{
	return str_make(text, (size_t)snprintf(text, 24, "%u@%u", spelling, host));
}

static uint32_t intern_field(struct entities *en, const struct event_view *v, const char *name,
	enum entity_type t)
{
	struct buf text = { 0 };
	struct field f;
	uint32_t at = MAP_NONE;

	if (segment_find(v->segment, v->ref.row, str_of(name), &f)) {
		buf_field(&text, &f);
		at = entity_intern(en, t, buf_str(&text), v->host);
	}
	buf_free(&text);
	return at;
}

static void learn_placing(struct entities *en, const struct event_view *v, const struct naming *n)
{
	uint32_t upper = intern_field(en, v, n->field[0], n->type[0]), index;
	uint32_t lower = intern_field(en, v, n->field[1], n->type[1]);
	char text[24];
	bool added;

	if (upper == MAP_NONE || lower == MAP_NONE)
		return;
	index = map_intern(en->below, below_key(upper, v->host, text), &added);
	if (added)
		map_set(en->below, index, (uint64_t)lower + 1);
	else if (map_get(en->below, index) != (uint64_t)lower + 1)
		map_set(en->below, index, 0);   /* spanned, or two collections that differ */
}

uint32_t entity_below(const struct entities *en, uint32_t spelling, uint32_t host)
{
	char text[24];
	uint32_t index = map_find(en->below, below_key(spelling, host, text));
	uint64_t lower = index == MAP_NONE ? 0 : map_get(en->below, index);

	return lower ? (uint32_t)(lower - 1) : MAP_NONE;
}

/* A path that names a drive, a GUID or a cluster volume. */
bool entity_path_names_volume(struct str path)
{
	return str_ifind(path, STR("\\ClusterStorage\\")) >= 0 || str_ifind(path, STR("Volume{")) >= 0 ||
	       (path.n > 2 && path.p[1] == ':' && path.p[2] == '\\');
}

static void learn_volume_of_disk(struct entities *en, const struct event_view *v)
{
	struct tie held = { .a = intern_field(en, v, "vm", ENTITY_VM) };
	struct str path;

	if (held.a == MAP_NONE || !field_text(v, "path", &path) || !entity_path_names_volume(path))
		return;
	held.b = entity_intern(en, ENTITY_VOLUME, path, v->host);
	if (held.b != MAP_NONE)
		vec_push(&en->held, held);
}

/* Two names tell volumes apart where both are letters, or one is and the other a CSV: a device's
 * name or a GUID may be another name of either. */
static bool told_apart(const struct entities *en, uint32_t a, uint32_t b)
{
	struct str x = entity_name(en, a), y = entity_name(en, b);
	bool letter_a = x.n == 2 && x.p[1] == ':', letter_b = y.n == 2 && y.p[1] == ':';

	return letter_a ? letter_b || entity_is_csv(en, b) : letter_b && entity_is_csv(en, a);
}

bool entity_vm_elsewhere(const struct entities *en, uint32_t vm, uint32_t volume)
{
	bool known = false;

	for (size_t i = 0; i < en->held.n; i++) {
		const struct tie *held = &en->held.v[i];

		if (entity_of(en, held->a) != entity_of(en, vm))
			continue;
		if (entity_of(en, held->b) == entity_of(en, volume) || !told_apart(en, held->b, volume))
			return false;
		known = true;
	}
	return known;
}

/* In a guest's own registry stands which VM it is. */
static void learn_guest(struct entities *en, const struct event_view *v)
{
	uint32_t vm = intern_field(en, v, "vm_id", ENTITY_VM_ID);

	if (vm != MAP_NONE && v->host != HOST_NONE)
		entity_guest_of(en, case_host_name(en->c, v->host), vm);
}

void entities_learn(struct entities *en)
{
	for (size_t i = 0; i < en->c->facts.n; i++) {
		struct event_view v;

		case_view(en->c, en->c->facts.v[i], &v);
		for (size_t k = 0; k < sizeof(namings) / sizeof(*namings); k++)
			if (str_eq(v.kind->provider, str_of(namings[k].fact)))
				learn_naming(en, &v, &namings[k]);
		if (str_eq(v.kind->provider, STR("host.guest")))
			learn_guest(en, &v);
		if (str_eq(v.kind->provider, STR("vm.disk")))
			learn_volume_of_disk(en, &v);
		for (size_t k = 0; k < sizeof(placings) / sizeof(*placings); k++)
			if (str_eq(v.kind->provider, str_of(placings[k].fact)))
				learn_placing(en, &v, &placings[k]);
	}
}
