/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container of .vmcx and .VMRS: two headers, a table of objects, tables of keys, file objects
 * for long values, and a log of updates that may wait. All checksums are CRC-32. Each table of keys
 * stands alone, so a damaged or missing one costs its own keys and those below them.
 */
#include <libdeflate.h>

#include "parsers/label.h"
#include "parsers/vhdx/image.h"
#include "parsers/vmcx/tree.h"

#define PAGE ((size_t)4096)
#define TABLES_MAX 4096u
#define KEYS_MAX 200000u
#define DEPTH_MAX 64
#define TEXT_MAX ((uint32_t)1024 * 1024)

enum { KEY_FREE = 1, KEY_INT = 3, KEY_UINT = 4, KEY_DOUBLE = 5, KEY_STRING = 6, KEY_ARRAY = 7,
	KEY_BOOL = 8, KEY_NODE = 9 };

struct raw_key {
	uint64_t place, parent;  /* table index << 32 | offset in the table */
	struct str name;
	const uint8_t *data;     /* NULL: not held */
	uint32_t bytes;
	uint64_t offset;
	uint8_t type;
};

struct table {
	uint64_t offset;
	uint32_t bytes;
	uint16_t index, sequence;
};

struct container {
	struct image image;
	struct arena *a;
	VEC(struct table) tables;
	VEC(struct raw_key) keys;
	size_t lost;
};

static uint32_t crc_without(const uint8_t *p, size_t n, size_t field)
{
	static const uint8_t zero[4];
	uint32_t crc = libdeflate_crc32(0, p, field);

	crc = libdeflate_crc32(crc, zero, 4);
	return libdeflate_crc32(crc, p + field + 4, n - field - 4);
}

static void finding(struct container *c, const char *word, uint64_t offset, const char *detail)
{
	c->image.findings++;
	sink_fact(c->image.out, STR("vm.config.finding"), 0, offset);
	sink_put(c->image.out, "path", c->image.m->name);
	sink_put(c->image.out, "finding", str_of(word));
	sink_put(c->image.out, "detail", str_of(detail));
}

static const uint8_t *read_header(struct container *c)
{
	const uint8_t *h[2], *best = NULL;

	for (size_t i = 0; i < 2; i++) {
		h[i] = image_at(&c->image, i * PAGE, 46);
		if (!h[i])
			continue;
		if (le32(h[i]) != 0x01282014 || le32(h[i] + 4) != crc_without(h[i], 46, 4)) {
			finding(c, "header-invalid", i * PAGE, "checksum or signature of a header is wrong");
			continue;
		}
		if (!best || (int16_t)(le16(h[i] + 8) - le16(best + 8)) > 0)
			best = h[i];
	}
	return best;
}

/* Applies waiting updates to a copy of the bytes. */
static void replay(struct container *c, const uint8_t *header)
{
	uint64_t at = le64(header + 26), size = le64(header + 34);
	const uint8_t *log, *old = c->image.head;
	uint8_t *copy;
	uint32_t n;

	/* A file may end within its log where nothing is written yet. */
	if (!image_has(&c->image, at, 34))
		finding(c, "log-invalid", at, "the file ends before its log; updates may be missing");
	else if (size > c->image.m->size - at)
		size = c->image.m->size - at;
	log = image_at(&c->image, at, size);
	if (!log || size < 34 || le32(log) != 0x01110003 || !le32(log + 8))
		return;
	n = le32(log + 8);
	if (le32(log + 4) != crc_without(log, 34, 4) || (uint64_t)n * 28 + 34 > size) {
		finding(c, "log-invalid", at, "the log's own checksum is wrong; its updates are left out");
		return;
	}
	copy = arena_dup(c->a, old, (size_t)c->image.held);
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *e = log + 34 + (size_t)i * 28;
		uint64_t to = le64(e), bytes = le32(e + 8), from = le32(e + 12);

		if (le32(e + 20) != crc_without(e, 28, 20) || from > size || bytes > size - from ||
			to > c->image.held || bytes > c->image.held - to ||
			le32(e + 24) != libdeflate_crc32(0, log + from, (size_t)bytes)) {
			finding(c, "log-invalid", at, "an update in the log is damaged");
			return;
		}
		memcpy(copy + to, log + from, (size_t)bytes);
	}
	c->image.head = copy;
	finding(c, "log-dirty", at, "updates were waiting in the log; read as if they were in place");
}

static void take_table(struct container *c, uint64_t offset, uint32_t bytes)
{
	const uint8_t *p = image_at(&c->image, offset, bytes);
	struct table t = { .offset = offset, .bytes = bytes };

	if (!p || bytes < 10) {
		c->lost++;
		return;
	}
	if (le16(p) != 2 || le32(p + 6) != crc_without(p, 10, 6)) {
		finding(c, "table-invalid", offset, "checksum or signature of a table of keys is wrong");
		c->lost++;
		return;
	}
	t.index = le16(p + 2);
	t.sequence = le16(p + 4);
	for (size_t i = 0; i < c->tables.n; i++) {
		if (c->tables.v[i].index != t.index)
			continue;
		if ((int16_t)(t.sequence - c->tables.v[i].sequence) > 0)
			c->tables.v[i] = t;
		return;
	}
	vec_push(&c->tables, t);
}

static void read_objects(struct container *c)
{
	uint64_t at = 2 * PAGE, next;

	for (unsigned hops = 0; at && hops < DEPTH_MAX; hops++, at = next) {
		const uint8_t *t = image_at(&c->image, at, 8);
		uint32_t n = t ? le32(t + 4) : 0;

		next = 0;
		if (!t || le32(t) != 0x01110001 || !image_at(&c->image, at, 8 + (uint64_t)n * 18)) {
			c->lost++;
			if (t && le32(t) != 0x01110001)
				finding(c, "objects-invalid", at, "the table of objects has no signature");
			return;
		}
		for (uint32_t i = 0; i < n && c->tables.n < TABLES_MAX; i++) {
			const uint8_t *e = t + 8 + (size_t)i * 18;

			if (e[0] != 1 && e[0] != 2)
				continue;
			if (le32(e + 1) != crc_without(e, 18, 1)) {
				finding(c, "objects-invalid", at, "an entry's checksum is wrong");
				c->lost++;
			} else if (e[0] == 2) {
				take_table(c, le64(e + 5), le32(e + 13));
			} else if (le64(e + 5) != at) {
				next = le64(e + 5);
			}
		}
	}
}

/* The value itself, or the file object that holds it. */
static void take_value(struct container *c, struct raw_key *k, const uint8_t *p, size_t n, bool object)
{
	if (object && n >= 12) {
		k->bytes = le32(p);
		k->data = k->bytes <= TEXT_MAX * 16 ? image_at(&c->image, le64(p + 4), k->bytes) : NULL;
		return;
	}
	k->data = p;
	k->bytes = (uint32_t)n;
	if (k->type != KEY_STRING && k->type != KEY_ARRAY)
		return;
	if (n < 4 || le32(p) > n - 4) {
		k->data = NULL;
		return;
	}
	k->bytes = le32(p);
	k->data = p + 4;
}

/* Bytes of the value that the checksum covers. */
static size_t used_bytes(uint8_t type, bool object, const uint8_t *p, size_t n)
{
	static const uint8_t fixed[10] = { [KEY_INT] = 8, [KEY_UINT] = 8, [KEY_DOUBLE] = 8, [KEY_BOOL] = 4,
		[KEY_NODE] = 12 };

	if (object)
		return n < 12 ? n : 12;
	if (type == KEY_STRING || type == KEY_ARRAY)
		return n >= 4 && le32(p) <= n - 4 ? 4 + (size_t)le32(p) : n;
	return type < 10 && fixed[type] && fixed[type] < n ? fixed[type] : n;
}

static void take_key(struct container *c, const struct table *t, const uint8_t *p, uint32_t at, uint32_t size)
{
	struct raw_key k = { .type = p[0], .place = (uint64_t)t->index << 32 | at,
		.parent = (uint64_t)le16(p + 6) << 32 | le32(p + 8), .offset = t->offset + at };
	size_t name = p[20], used;
	bool object = p[1] & 1;
	const uint8_t *data = p + 21 + name;

	if (21 + name > size || !name) {
		c->lost++;
		return;
	}
	used = used_bytes(k.type, object, data, size - 21 - name);
	if (le32(p + 12) != crc_without(p, 21 + name + used, 12)) {
		finding(c, "key-invalid", k.offset, "a key's checksum is wrong");
		c->lost++;
		return;
	}
	k.name = str_make((const char *)p + 21, strnlen((const char *)p + 21, name));
	take_value(c, &k, data, size - 21 - name, object);
	vec_push(&c->keys, k);
}

static void read_table(struct container *c, const struct table *t)
{
	const uint8_t *p = image_at(&c->image, t->offset, t->bytes);
	uint32_t at = 10, size;

	for (; p && at + 21 <= t->bytes && c->keys.n < KEYS_MAX; at += size) {
		size = le32(p + at + 2);
		if (size < 21 || size > t->bytes - at) {
			finding(c, "key-invalid", t->offset + at,
				"a key's length is wrong; the rest of its table is lost");
			c->lost++;
			return;
		}
		if (p[at] != KEY_FREE)
			take_key(c, t, p + at, at, size);
	}
}

static int compare_places(const void *a, const void *b)
{
	const struct raw_key *x = a, *y = b;

	return (x->place > y->place) - (x->place < y->place);
}

static const struct raw_key *parent_of(const struct container *c, const struct raw_key *k)
{
	struct raw_key wanted = { .place = k->parent };

	return bsearch(&wanted, c->keys.v, c->keys.n, sizeof(wanted), compare_places);
}

/* The path from the root; empty where a parent is missing. */
static struct str path_of(const struct container *c, const struct raw_key *k)
{
	struct str names[DEPTH_MAX];
	struct buf b = { 0 };
	size_t n = 0;
	struct str path;

	for (; k && n < DEPTH_MAX; k = parent_of(c, k)) {
		names[n++] = k->name;
		if (!k->parent)
			break;
	}
	if (!k || n == DEPTH_MAX)
		return STR("");
	while (n) {
		buf_putc(&b, '/');
		buf_puts(&b, names[--n]);
	}
	path = arena_str(c->a, buf_str(&b));
	buf_free(&b);
	return path;
}

static void add_key(struct container *c, struct vm_tree *t, const struct raw_key *k)
{
	struct vm_key key = { .path = path_of(c, k), .type = VM_OTHER, .offset = k->offset };
	struct buf b = { 0 };

	if (!key.path.n || !k->data) {
		c->lost++;
		return;
	}
	if ((k->type == KEY_INT || k->type == KEY_UINT) && k->bytes >= 8) {
		key.type = VM_INT;
		key.number = le64(k->data);
	} else if (k->type == KEY_BOOL && k->bytes >= 4) {
		key.type = VM_BOOL;
		key.number = le32(k->data) != 0;
	} else if (k->type == KEY_STRING && k->bytes <= TEXT_MAX) {
		key.type = VM_TEXT;
		buf_utf16le(&b, k->data, k->bytes);
		key.text = arena_str(c->a, buf_str(&b));
	} else if (k->type == KEY_ARRAY) {
		key.type = VM_BYTES;
		key.text = str_make((const char *)k->data, k->bytes);
	} else if (k->type == KEY_NODE) {
		key.type = VM_NODE;
	}
	buf_free(&b);
	vec_push(&t->keys, key);
}

int vmcx_read(const struct member_view *m, struct vm_tree *t, struct sink *out, struct err *e)
{
	struct container c = { .image = { .m = m, .out = out, .head = m->data, .held = m->held }, .a = m->a };
	const uint8_t *header = read_header(&c);

	image_note_held(&c.image);
	if (header)
		replay(&c, header);
	read_objects(&c);
	for (size_t i = 0; i < c.tables.n; i++)
		read_table(&c, &c.tables.v[i]);
	if (c.keys.n)
		qsort(c.keys.v, c.keys.n, sizeof(*c.keys.v), compare_places);
	for (size_t i = 0; i < c.keys.n; i++)
		add_key(&c, t, &c.keys.v[i]);
	if (c.lost)
		sink_note(out, NOTE_LOST, 0, 0, c.lost, "%zu tables or keys could not be read or placed", c.lost);
	t->complete = header && !c.lost && !c.image.findings && m->held == m->size;
	free(c.tables.v);
	free(c.keys.v);
	return t->keys.n ? 0 : err_set(e, E_DAMAGED, "no key could be read");
}
