/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registry hives as files (reg save, RegHive_*.hiv, SYSTEM, CLUSDB), through libregf. A hive does not
 * say where it was mounted: the keys at its top tell. Of a large hive only the branches are walked
 * whose values reg_map.c can use.
 */
#include <libbfio.h>
#include <libregf.h>

#include "parsers/parser.h"
#include "parsers/reg_map.h"

#define DEPTH_MAX 40
#define KEYS_MAX 2000000        /* a damaged hive may hold a ring of keys */
#define DATA_BYTES_MAX ((size_t)65536)

struct walk {
	struct sink *out;
	struct reg_map *map;
	struct buf path, name, data, raw;
	uint64_t keys, damaged, offset;
	uint64_t control_set;        /* the one in use, of a SYSTEM hive; 0: not known */
	uint64_t above[DEPTH_MAX + 1];   /* where the keys begin that we are in */
	uint64_t rings;              /* keys that hold themselves */
	bool limit, deep;
};

static struct str key_name(struct walk *w, libregf_key_t *key)
{
	size_t size = 0;

	w->name.n = 0;
	if (libregf_key_get_utf8_name_size(key, &size, NULL) != 1 || size < 2 || size > DATA_BYTES_MAX)
		return STR("");
	buf_reserve(&w->name, size);
	if (libregf_key_get_utf8_name(key, (uint8_t *)w->name.p, size, NULL) != 1)
		return STR("");
	w->name.n = size - 1;
	return buf_str(&w->name);
}

static bool value_name(libregf_value_t *value, struct buf *out)
{
	size_t size = 0;

	out->n = 0;
	if (libregf_value_get_utf8_name_size(value, &size, NULL) != 1 || size < 2)
		return true;   /* the key's default value */
	if (size > DATA_BYTES_MAX)
		return false;
	buf_reserve(out, size);
	if (libregf_value_get_utf8_name(value, (uint8_t *)out->p, size, NULL) != 1)
		return false;
	out->n = size - 1;
	return true;
}

static bool raw_data(struct walk *w, libregf_value_t *value)
{
	size_t size = 0;

	w->raw.n = 0;
	if (libregf_value_get_value_data_size(value, &size, NULL) != 1)
		return false;
	if (size > DATA_BYTES_MAX)
		size = 0;
	buf_reserve(&w->raw, size + 1);
	if (size && libregf_value_get_value_data(value, (uint8_t *)w->raw.p, size, NULL) != 1)
		return false;
	w->raw.n = size;
	return true;
}

static uint64_t little_endian(const struct buf *b)
{
	uint64_t v = 0;

	for (size_t i = b->n < 8 ? b->n : 8; i > 0; i--)
		v = v << 8 | (unsigned char)b->p[i - 1];
	return v;
}

static void put_texts(struct walk *w)
{
	buf_utf16le(&w->data, (const uint8_t *)w->raw.p, w->raw.n & ~(size_t)1);
	while (w->data.n && !w->data.p[w->data.n - 1])
		w->data.n--;
	for (size_t i = 0; i < w->data.n; i++)
		if (!w->data.p[i])
			w->data.p[i] = '\n';
}

/* Windows' names of the value types, by number. */
static const char *const kinds[] = { "REG_NONE", "REG_SZ", "REG_EXPAND_SZ", "REG_BINARY", "REG_DWORD",
	"REG_DWORD_BIG_ENDIAN", "REG_LINK", "REG_MULTI_SZ", "REG_RESOURCE_LIST",
	"REG_FULL_RESOURCE_DESCRIPTOR", "REG_RESOURCE_REQUIREMENTS_LIST", "REG_QWORD" };
enum { KIND_SZ = 1, KIND_EXPAND_SZ = 2, KIND_DWORD = 4, KIND_MULTI_SZ = 7, KIND_QWORD = 11 };

static void put_data(struct walk *w, uint32_t kind)
{
	w->data.n = 0;
	if (kind == KIND_SZ || kind == KIND_EXPAND_SZ || kind == KIND_MULTI_SZ) {
		put_texts(w);
	} else if ((kind == KIND_DWORD && w->raw.n == 4) || (kind == KIND_QWORD && w->raw.n == 8)) {
		buf_printf(&w->data, "0x%llx", (unsigned long long)little_endian(&w->raw));
	} else {
		for (size_t i = 0; i < w->raw.n && i < 256; i++)
			buf_printf(&w->data, "%s%02x", i ? "," : "", (unsigned char)w->raw.p[i]);
	}
}

static void take_value(struct walk *w, libregf_value_t *value)
{
	uint32_t kind = 0;

	if (!value_name(value, &w->name) || libregf_value_get_value_type(value, &kind, NULL) != 1 ||
		!raw_data(w, value)) {
		w->damaged++;
		return;
	}
	put_data(w, kind);
	reg_map_value(w->map, buf_str(&w->name),
		kind < sizeof(kinds) / sizeof(kinds[0]) ? str_of(kinds[kind]) : STR("REG_UNKNOWN"),
		buf_str(&w->data), 0, w->offset);
}

static void take_values(struct walk *w, libregf_key_t *key)
{
	int n = 0;

	if (libregf_key_get_number_of_values(key, &n, NULL) != 1)
		w->damaged++;
	for (int i = 0; i < n; i++) {
		libregf_value_t *value = NULL;

		if (libregf_key_get_value(key, i, &value, NULL) == 1)
			take_value(w, value);
		else
			w->damaged++;
		libregf_value_free(&value, NULL);
	}
}

/* ControlSet001 is called CurrentControlSet where it is the one in use, else it is passed over. */
static struct str mounted_name(const struct walk *w, struct str name)
{
	uint64_t number;

	if (!w->control_set || !str_istarts(name, STR("ControlSet")) ||
		!str_to_u64(str_from(name, 10), 10, &number))
		return name;
	return number == w->control_set ? STR("CurrentControlSet") : STR("");
}

static uint64_t offset_of(libregf_key_t *key)
{
	off64_t offset = 0;

	libregf_key_get_offset(key, &offset, NULL);
	return (uint64_t)offset;
}

/* Damage can make a key one of its own subkeys, at any distance. */
static bool is_ring(const struct walk *w, libregf_key_t *key, unsigned depth)
{
	uint64_t offset = offset_of(key);

	for (unsigned i = 0; i <= depth; i++)
		if (w->above[i] == offset)
			return true;
	return false;
}

static void walk_key(struct walk *w, libregf_key_t *key, unsigned depth);

static void walk_under(struct walk *w, libregf_key_t *key, unsigned depth)
{
	size_t path = w->path.n;
	int n = 0;

	if (libregf_key_get_number_of_sub_keys(key, &n, NULL) != 1)
		w->damaged++;
	for (int i = 0; i < n && !w->limit; i++) {
		libregf_key_t *sub = NULL;
		struct str name;

		w->limit = ++w->keys > KEYS_MAX;
		if (libregf_key_get_sub_key(key, i, &sub, NULL) != 1) {
			w->damaged++;
			continue;
		}
		if (is_ring(w, sub, depth)) {
			w->rings++;
			libregf_key_free(&sub, NULL);
			continue;
		}
		name = mounted_name(w, key_name(w, sub));
		buf_putc(&w->path, '\\');
		buf_puts(&w->path, name);
		if (name.n && reg_map_wants(buf_str(&w->path)))
			walk_key(w, sub, depth + 1);
		w->path.n = path;
		libregf_key_free(&sub, NULL);
	}
}

static void walk_key(struct walk *w, libregf_key_t *key, unsigned depth)
{
	w->offset = offset_of(key);
	w->above[depth] = w->offset;
	reg_map_key(w->map, buf_str(&w->path), 0, w->offset);
	take_values(w, key);
	if (depth < DEPTH_MAX)
		walk_under(w, key, depth);
	else
		w->deep = true;
}

static bool has_key(libregf_key_t *root, const char *name)
{
	libregf_key_t *key = NULL;
	bool there = libregf_key_get_sub_key_by_utf8_name(root, (const uint8_t *)name, strlen(name), &key,
			     NULL) == 1;

	libregf_key_free(&key, NULL);
	return there;
}

/* Where the hive was mounted, by the keys at its top; empty where they tell nothing. */
static const char *mount_point(libregf_key_t *root)
{
	static const char *const signs[][3] = {
		{ "Select", "Setup", "HKEY_LOCAL_MACHINE\\SYSTEM" },
		{ "Control", "Services", "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet" },
		{ "Microsoft", "Classes", "HKEY_LOCAL_MACHINE\\SOFTWARE" },
		{ "Resources", "Groups", "HKEY_LOCAL_MACHINE\\Cluster" },
	};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (has_key(root, signs[i][0]) && has_key(root, signs[i][1]))
			return signs[i][2];
	return "";
}

static uint64_t number_at(struct walk *w, libregf_key_t *root, const char *path, const char *name)
{
	const uint8_t *p = (const uint8_t *)path, *n = (const uint8_t *)name;
	libregf_key_t *key = NULL;
	libregf_value_t *value = NULL;
	uint64_t number = 0;

	if (libregf_key_get_sub_key_by_utf8_name(root, p, strlen(path), &key, NULL) == 1 &&
		libregf_key_get_value_by_utf8_name(key, n, strlen(name), &value, NULL) == 1 &&
		raw_data(w, value))
		number = little_endian(&w->raw);
	libregf_value_free(&value, NULL);
	libregf_key_free(&key, NULL);
	return number;
}

static void tell_state(struct walk *w, const struct member_view *m, const char *mount)
{
	/* Two counters in the head: the hive was written whole where they agree. */
	if (m->held >= 12 && memcmp(m->data + 4, m->data + 8, 4) != 0)
		sink_note(w->out, NOTE_INFO, 4, 0, 0,
			"the hive was not closed cleanly; its last changes are in its .LOG files and not read");
	if (!*mount)
		sink_note(w->out, NOTE_INFO, 0, 0, 0, "a hive of no kind that tells anything here");
	if (w->damaged)
		sink_note(w->out, NOTE_DAMAGED, 0, 0, 0, "%llu keys or values can't be read",
			(unsigned long long)w->damaged);
	if (w->rings)
		sink_note(w->out, NOTE_DAMAGED, 0, 0, w->rings,
			"%llu keys hold themselves; what lies under is told once",
			(unsigned long long)w->rings);
	if (w->limit || w->deep)
		sink_note(w->out, NOTE_LIMIT, 0, 0, 0, "keys beyond %u levels or %u keys are left out",
			DEPTH_MAX, KEYS_MAX);
}

static int walk_hive(struct walk *w, libregf_file_t *f, const struct member_view *m, struct err *e)
{
	libregf_key_t *root = NULL;
	const char *mount;

	if (libregf_file_get_root_key(f, &root, NULL) != 1)
		return err_set(e, E_DAMAGED, "the hive has no root key that can be read");
	mount = mount_point(root);
	w->control_set = number_at(w, root, "Select", "Current");
	buf_puts(&w->path, str_of(mount));
	if (*mount)
		walk_key(w, root, 0);
	tell_state(w, m, mount);
	libregf_key_free(&root, NULL);
	return 0;
}

static int open_hive(struct walk *w, const struct member_view *m, struct err *e)
{
	libbfio_handle_t *memory = NULL;
	libregf_file_t *f = NULL;
	int rc;

	if (libbfio_memory_range_initialize(&memory, NULL) != 1)
		return err_set(e, E_INTERNAL, "libregf: no memory handle");
	if (libbfio_memory_range_set(memory, (uint8_t *)(uintptr_t)m->data, (size_t)m->held, NULL) != 1 ||
		libregf_file_initialize(&f, NULL) != 1 ||
		libregf_file_open_file_io_handle(f, memory, libregf_get_access_flags_read(), NULL) != 1)
		rc = err_set(e, E_DAMAGED, "libregf can't open the hive: its head or its bins are damaged");
	else
		rc = walk_hive(w, f, m, e);
	if (f) {
		libregf_file_close(f, NULL);
		libregf_file_free(&f, NULL);
	}
	libbfio_handle_free(&memory, NULL);
	return rc;
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct walk w = { .out = out, .map = reg_map_new(out) };
	int rc = open_hive(&w, m, e);

	reg_map_end(w.map);
	buf_free(&w.path);
	buf_free(&w.name);
	buf_free(&w.data);
	buf_free(&w.raw);
	return rc;
}

static int bid(const struct probe *p)
{
	return str_starts(p->head, STR("regf")) && p->size >= 4096 ? 95 : 0;
}

const struct parser parser_reg_hive = {
	.name = "reg_hive",
	.about = "registry hives (SYSTEM, SOFTWARE, cluster): time zone, services, filters, cluster objects",
	.data_type = "fact",
	.version = 2,
	.needs = NEEDS_WHOLE,
	.bid = bid,
	.parse = parse,
};
