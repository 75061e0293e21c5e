/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/procmon/collect.h"

#include <stdlib.h>

#include "analyzer/base/map.h"
#include "parsers/label.h"

#define GROUPS_MAX 5000u
#define SLOW_100NS TICKS_SECOND

/* Process Monitor's names of the results that tell of trouble. */
static const struct {
	const char *name;
	uint32_t code;
} troubles[] = {
	{ "SHARING VIOLATION", 0xc0000043 }, { "ACCESS DENIED", 0xc0000022 },
	{ "NAME NOT FOUND", 0xc0000034 }, { "PATH NOT FOUND", 0xc000003a },
	{ "DELETE PENDING", 0xc0000056 }, { "DISK FULL", 0xc000007f },
	{ "FILE LOCK CONFLICT", 0xc0000054 }, { "NOT GRANTED", 0xc0000055 },
	{ "FILE CORRUPT", 0xc0000102 }, { "DISK CORRUPT", 0xc0000032 }, { "CRC ERROR", 0xc000003f },
	{ "IO DEVICE ERROR", 0xc0000185 }, { "IO TIMEOUT", 0xc00000b5 },
	{ "INSUFFICIENT RESOURCES", 0xc000009a }, { "NO SUCH DEVICE", 0xc000000e },
	{ "DEVICE DATA ERROR", 0xc000009c }, { "DEVICE NOT CONNECTED", 0xc000009d },
	{ "MEDIA WRITE PROTECTED", 0xc00000a2 }, { "FILE INVALID", 0xc0000098 },
	{ "PRIVILEGE NOT HELD", 0xc0000061 }, { "CANNOT DELETE", 0xc0000121 },
	{ "USER MAPPED FILE", 0xc0000243 }, { "FILE SYSTEM LIMITATION", 0xc0000427 },
	{ "BAD NETWORK PATH", 0xc00000be }, { "BAD NETWORK NAME", 0xc00000cc },
	{ "LOGON FAILURE", 0xc000006d }, { "UNSUCCESSFUL", 0xc0000001 }, { "IO FAILED", 0xc000014d },
};

struct group {
	struct operation first;
	int64_t last_100ns, longest_100ns;
	struct str last_raw;
	uint64_t count;
};

struct collect {
	struct arena *a;
	struct map *keys;
	VEC(struct group) groups;
	struct buf key;
	uint64_t seen, left_out;
};

struct collect *collect_new(void)
{
	struct collect *c = xmalloc(sizeof(*c));

	*c = (struct collect){ .a = arena_new(), .keys = map_new(false) };
	return c;
}

void collect_free(struct collect *c)
{
	if (!c)
		return;
	map_free(c->keys);
	arena_free(c->a);
	buf_free(&c->key);
	free(c->groups.v);
	free(c);
}

static bool is_vm_file(struct str path)
{
	static const char *const ends[] = { ".vhdx", ".avhdx", ".vhd", ".avhd", ".vhds", ".vmcx", ".vmrs",
		".vmgs", ".rct", ".mrt" };
	ptrdiff_t stream = str_rchr(path, ':');

	if (stream > 2)
		path = str_sub(path, 0, (size_t)stream);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (str_iends(path, str_of(ends[i])))
			return true;
	return false;
}

static bool is_shadow(struct str path)
{
	return str_ifind(path, STR("HarddiskVolumeShadowCopy")) >= 0;
}

bool collect_wants(struct str path)
{
	return is_vm_file(path) || is_shadow(path);
}

/* The result's name and code; false where it is no trouble. */
static bool is_trouble(struct operation *o)
{
	for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
		if (o->code ? o->code != troubles[i].code : !str_ieq(o->result, str_of(troubles[i].name)))
			continue;
		o->code = troubles[i].code;
		o->result = str_of(troubles[i].name);
		/* What a backup does not find in a shadow copy is its daily work. */
		return is_vm_file(o->path) || (o->code != 0xc0000034 && o->code != 0xc000003a);
	}
	return false;
}

static void keep(struct collect *c, struct group *g, const struct operation *o)
{
	*g = (struct group){ .first = *o };
	g->first.time_raw = arena_str(c->a, o->time_raw);
	g->first.process = arena_str(c->a, o->process);
	g->first.user = arena_str(c->a, o->user);
	g->first.name = arena_str(c->a, o->name);
	g->first.path = arena_str(c->a, o->path);
	g->first.result = arena_str(c->a, o->result);
	g->first.detail = arena_str(c->a, o->detail);
	g->longest_100ns = -1;
}

void collect_add(struct collect *c, const struct operation *given)
{
	struct operation o = *given;
	struct group *g;
	uint32_t at;

	c->seen++;
	if (!collect_wants(o.path) || (!is_trouble(&o) && o.duration_100ns < SLOW_100NS)) {
		c->left_out++;
		return;
	}
	c->key.n = 0;
	buf_printf(&c->key, "%u\n%.*s\n%.*s\n%.*s\n%.*s", o.pid, STR_ARG(o.process), STR_ARG(o.name),
		STR_ARG(o.result), STR_ARG(o.path));
	at = map_find(c->keys, buf_str(&c->key));
	if (at == MAP_NONE && c->groups.n == GROUPS_MAX) {
		c->left_out++;
		return;
	}
	if (at == MAP_NONE) {
		struct group fresh;

		keep(c, &fresh, &o);
		vec_push(&c->groups, fresh);
		at = map_intern(c->keys, buf_str(&c->key), NULL);
	}
	g = &c->groups.v[at];
	g->count++;
	g->last_100ns = o.time_100ns;
	if (g->count > 1)
		g->last_raw = arena_str(c->a, o.time_raw);
	g->longest_100ns = o.duration_100ns > g->longest_100ns ? o.duration_100ns : g->longest_100ns;
}

static void put_head(struct sink *out, const struct operation *o, struct str computer)
{
	struct kind k = { .data_type = STR("text:procmon"), .provider = STR("Process Monitor"),
		.source = o->name, .level = LEVEL_WARNING, .computer = computer };
	struct row row = { .time_100ns = o->time_100ns, .basis = o->basis, .number = o->number,
		.offset = o->offset, .flags = o->flags, .pid = o->pid, .user = o->user };
	struct buf message = { 0 };

	if (o->time_100ns == TIME_NONE) {
		sink_fact(out, STR("file.operation"), o->number, o->offset);
		return;
	}
	buf_printf(&message, "%.*s %.*s: %.*s", STR_ARG(o->name), STR_ARG(o->path), STR_ARG(o->result));
	if (o->process.n)
		buf_printf(&message, ", by %.*s (%u)", STR_ARG(o->process), o->pid);
	row.message = buf_str(&message);
	row.kind = sink_kind(out, &k);
	sink_row(out, &row);
	buf_free(&message);
}

static void put_code(struct sink *out, uint32_t code)
{
	sink_field_number(out, SECTION_EVENTDATA, sink_text(out, STR("code")), VALUE_HEX, code);
}

static void put_group(struct sink *out, const struct group *g, struct str computer)
{
	const struct operation *o = &g->first;
	char time[RFC3339_BYTES];

	put_head(out, o, computer);
	label_put(out, "process", o->process);
	if (o->process.n)
		sink_put_u64(out, "pid", o->pid);
	label_put(out, "operation", o->name);
	label_put(out, "path", o->path);
	label_put(out, "result", o->result);
	if (o->code)
		put_code(out, o->code);
	label_put(out, "detail", o->detail);
	if (o->time_100ns == TIME_NONE)
		label_put(out, "time_raw", o->time_raw);
	sink_put_u64(out, "count", g->count);
	if (g->longest_100ns >= 0)
		sink_put_u64(out, "longest_ms", (uint64_t)(g->longest_100ns / TICKS_MS));
	if (g->count < 2)
		return;
	if (o->basis == BASIS_UTC)
		sink_put(out, "last", str_of(time_rfc3339(g->last_100ns, time)));
	else
		label_put(out, "last_raw", g->last_raw);
}

void collect_put(struct collect *c, struct sink *out, struct str computer)
{
	for (size_t i = 0; i < c->groups.n; i++) {
		put_group(out, &c->groups.v[i], computer);
		sink_commit_point(out, c->groups.v[i].first.offset);
	}
	if (c->seen)
		sink_note(out, NOTE_INFO, 0, 0, 0,
			"%llu operations, of which %llu are left out: told are failed and slow ones (1 s) on "
			"files of VMs and shadow copies", (unsigned long long)c->seen,
			(unsigned long long)c->left_out);
	if (c->groups.n == GROUPS_MAX)
		sink_note(out, NOTE_LIMIT, 0, 0, 0, "no more than %u kinds of operations are told",
			GROUPS_MAX);
}
