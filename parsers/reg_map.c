/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/reg_map.h"

#include <stdlib.h>

#include "analyzer/base/text.h"
#include "parsers/label.h"

#define DATA_MAX ((size_t)4096)
#define CLUSTER STR("HKEY_LOCAL_MACHINE\\Cluster")

/* One of the cluster's objects: its values lie in its key and in the Parameters under it. */
struct object {
	struct buf prefix;       /* the object's own key */
	struct buf id, name, type, vm_id, contains, owners, disk_guid, signature, persistent;
	enum { NO_OBJECT, RESOURCE, GROUP, NODE } what;
	uint64_t line, offset;
};

/* A service or driver: one fact for the values of its key. */
struct service {
	struct buf path, account, display, kind;
	uint64_t start, line, offset;
	bool open, has_start;
};

struct reg_map {
	struct sink *out;
	struct buf key;
	struct object object;
	struct service service_now;
	bool told_key, service, filter, version, computer, guest;
	uint64_t values, told;
};

/* Subtrees of which every value is told, behind the hive's own place. */
static const char *const told_parts[] = { "\\Control\\TimeZoneInformation", "\\Services\\VSS",
	"\\Services\\Volsnap", "\\Virtualization", "\\BackupRestore", "\\Control\\FileSystem",
	"\\Services\\mpio", "\\Services\\msdsm", "\\Services\\Disk", "\\Control\\MPDEV", "\\Control\\SystemWriter" };

static bool is_told(struct str key)
{
	for (size_t i = 0; i < sizeof(told_parts) / sizeof(told_parts[0]); i++)
		if (str_ifind(key, str_of(told_parts[i])) >= 0)
			return true;
	return false;
}

static size_t depth_of(struct str path)
{
	size_t n = 1;

	for (size_t i = 0; i < path.n; i++)
		n += path.p[i] == '\\';
	return n;
}

/* "…\Services\NAME" itself. */
static bool is_service(struct str key)
{
	ptrdiff_t at = str_ifind(key, STR("\\Services\\"));

	return at > 0 && str_chr(str_from(key, (size_t)at + 10), '\\') < 0;
}

/* "…\Services\NAME\Instances\INSTANCE" */
static bool is_filter(struct str key)
{
	return str_ifind(key, STR("\\Services\\")) > 0 && str_ifind(key, STR("\\Instances\\")) > 0;
}

static bool under(struct str key, struct str prefix)
{
	return str_istarts(key, prefix) && (key.n == prefix.n || key.p[prefix.n] == '\\');
}

bool reg_map_wants(struct str path)
{
	static const char *const ways[] = { "\\Control\\TimeZoneInformation", "\\Control\\ComputerName",
		"\\Control\\FileSystem", "\\Control\\BackupRestore", "\\Control\\MPDEV",
		"\\Control\\SystemWriter" };
	static const char *const over[] = { "\\Control", "\\Services", "\\Windows NT",
		"\\Windows NT\\CurrentVersion", "\\Virtual Machine", "\\Virtual Machine\\Guest",
		"\\Virtual Machine\\Guest\\Parameters" };
	ptrdiff_t control = str_ifind(path, STR("\\Control\\"));

	if (is_told(path) || under(path, CLUSTER) || depth_of(path) <= 3)
		return true;
	if (control > 0) {
		for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
			if (under(str_from(path, (size_t)control), str_of(ways[i])))
				return true;
		return false;
	}
	if (str_ifind(path, STR("\\Services\\")) > 0)
		return is_service(path) || is_filter(path) || str_iends(path, STR("\\Instances"));
	for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++)
		if (str_iends(path, str_of(over[i])))
			return true;
	return false;
}

static struct str last_part(struct str key)
{
	return str_from(key, (size_t)(str_rchr(key, '\\') + 1));
}

/* ---- the cluster's objects ---- */

static void put_if(struct sink *out, const char *name, const struct buf *text)
{
	if (text->n)
		sink_put(out, name, buf_str(text));
}

/* Of a node the id is a number. */
static void put_id(struct sink *out, const char *name, const struct buf *text)
{
	if (text->n)
		label_put_id(out, name, buf_str(text));
}

static void give_object(struct reg_map *r)
{
	static const char *const types[] = { "", "cluster.resource", "cluster.group", "cluster.node" };
	struct object *o = &r->object;

	if (o->what == NO_OBJECT || !o->name.n)
		return;
	r->told++;
	sink_fact(r->out, str_of(types[o->what]), o->line, o->offset);
	put_if(r->out, "name", &o->name);
	put_id(r->out, "id", &o->id);
	put_if(r->out, "kind", &o->type);
	put_id(r->out, "vm_id", &o->vm_id);
	put_if(r->out, "resources", &o->contains);
	put_if(r->out, "possible_owners", &o->owners);
	put_id(r->out, "disk_guid", &o->disk_guid);
	put_if(r->out, "disk_signature", &o->signature);
	if (o->persistent.n)
		sink_put(r->out, "kept_online", str_eq(buf_str(&o->persistent), STR("0x0")) ? STR("false") :
			STR("true"));
}

static void clear_object(struct object *o)
{
	struct buf *const all[] = { &o->prefix, &o->id, &o->name, &o->type, &o->vm_id, &o->contains,
		&o->owners, &o->disk_guid, &o->signature, &o->persistent };

	o->what = NO_OBJECT;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		all[i]->n = 0;
}

static void begin_object(struct reg_map *r, struct str key, uint64_t line, uint64_t offset)
{
	static const struct {
		struct str folder;
		int what;
	} folders[] = { { { "\\Resources\\", 11 }, RESOURCE }, { { "\\Groups\\", 8 }, GROUP },
		{ { "\\Nodes\\", 7 }, NODE } };
	struct object *o = &r->object;
	struct str rest = under(key, CLUSTER) ? str_from(key, CLUSTER.n) : STR("");

	if (o->what != NO_OBJECT && under(key, buf_str(&o->prefix)))
		return;
	give_object(r);
	clear_object(o);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (!str_istarts(rest, folders[i].folder) || depth_of(rest) != 3)
			continue;
		o->what = folders[i].what;
		o->line = line;
		o->offset = offset;
		buf_puts(&o->prefix, key);
		buf_puts(&o->id, last_part(key));
	}
}

/* Where a value of the object goes; its own key's and those of the Parameters under it. */
static struct buf *object_place(struct object *o, bool own, struct str name)
{
	const struct {
		const char *name;
		bool own;
		struct buf *to;
	} places[] = { { "Name", true, &o->name }, { "NodeName", true, &o->name },
		{ "Contains", true, &o->contains }, { "PreferredOwners", true, &o->owners },
		{ "PossibleOwners", true, &o->owners }, { "PersistentState", true, &o->persistent },
		{ "VmID", false, &o->vm_id }, { "DiskIdGuid", false, &o->disk_guid },
		{ "DiskSignature", false, &o->signature } };

	if (own && str_ieq(name, STR("Type")) && o->what == RESOURCE)
		return &o->type;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (places[i].own == own && str_ieq(name, str_of(places[i].name)))
			return places[i].to;
	return NULL;
}

static void object_value(struct reg_map *r, struct str name, struct str data)
{
	struct object *o = &r->object;
	struct buf *to = object_place(o, r->key.n == o->prefix.n, name);

	if (o->what == NO_OBJECT || !to || to->n)
		return;
	for (size_t i = 0; i < data.n; i++)
		buf_putc(to, data.p[i] == '\n' ? ',' : data.p[i]);
}

/* ---- values that are facts of their own ---- */

static void fact(struct reg_map *r, const char *type, uint64_t line, uint64_t offset)
{
	r->told++;
	sink_fact(r->out, str_of(type), line, offset);
}

static bool number_of(struct str data, uint64_t *n)
{
	return str_istarts(data, STR("0x")) && str_to_u64(str_from(data, 2), 16, n);
}

static void service_value(struct reg_map *r, struct str name, struct str data)
{
	struct service *v = &r->service_now;
	uint64_t n;

	if (str_ieq(name, STR("Start")) && number_of(data, &n) && n < 5) {
		v->start = n;
		v->has_start = true;
	} else if (str_ieq(name, STR("Type")) && number_of(data, &n)) {
		v->kind.n = 0;
		buf_puts(&v->kind, n & 1 ? STR("driver") : n & 2 ? STR("file-system-driver") :
			n & 0x10 ? STR("own-process") : n & 0x20 ? STR("shared-process") : STR(""));
	} else if (str_ieq(name, STR("ImagePath")) && !v->path.n) {
		buf_puts(&v->path, str_sub(data, 0, DATA_MAX));
	} else if (str_ieq(name, STR("ObjectName")) && !v->account.n) {
		buf_puts(&v->account, str_sub(data, 0, DATA_MAX));
	} else if (str_ieq(name, STR("DisplayName")) && !v->display.n) {
		buf_puts(&v->display, str_sub(data, 0, DATA_MAX));
	}
}

/* Of the key that ends: many keys under Services only hold counters or settings of others. */
static void give_service(struct reg_map *r)
{
	static const char *const modes[] = { "boot", "system", "auto", "demand", "disabled" };
	struct service *v = &r->service_now;

	if (v->open && (v->has_start || v->path.n)) {
		fact(r, "service.state", v->line, v->offset);
		sink_put(r->out, "name", last_part(buf_str(&r->key)));
		/* A resource of the program ("@%SystemRoot%\x.dll,-100") is no name. */
		if (v->display.n && v->display.p[0] != '@')
			put_if(r->out, "display", &v->display);
		if (v->has_start)
			sink_put(r->out, "start", str_of(modes[v->start]));
		put_if(r->out, "path", &v->path);
		put_if(r->out, "account", &v->account);
		put_if(r->out, "kind", &v->kind);
	}
	v->open = v->has_start = false;
	v->path.n = v->account.n = v->display.n = v->kind.n = 0;
}

static void filter_value(struct reg_map *r, struct str name, struct str data, uint64_t line,
	uint64_t offset)
{
	struct str key = buf_str(&r->key), service;
	ptrdiff_t at = str_ifind(key, STR("\\Services\\"));

	if (!str_ieq(name, STR("Altitude")) || at < 0 || !data.n)
		return;
	service = str_from(key, (size_t)at + 10);
	service = str_sub(service, 0, (size_t)str_chr(service, '\\'));
	fact(r, "filter.instance", line, offset);
	sink_put(r->out, "name", service);
	sink_put(r->out, "altitude", data);
	sink_put(r->out, "instance", last_part(key));
}

static void version_value(struct reg_map *r, struct str name, struct str data, uint64_t line,
	uint64_t offset)
{
	const char *field = str_ieq(name, STR("ProductName")) ? "os" :
			    str_ieq(name, STR("CurrentBuildNumber")) ? "build" : NULL;

	if (!field || !data.n)
		return;
	fact(r, "host.info", line, offset);
	sink_put(r->out, field, data);
}

/* In a guest: which VM it is, and on which host it ran when it started. */
static void guest_value(struct reg_map *r, struct str name, struct str data, uint64_t line,
	uint64_t offset)
{
	const char *field = str_ieq(name, STR("VirtualMachineName")) ? "vm" :
			    str_ieq(name, STR("VirtualMachineId")) ? "vm_id" :
			    str_ieq(name, STR("PhysicalHostNameFullyQualified")) ? "physical_host" : NULL;

	if (!field || !data.n)
		return;
	fact(r, "host.guest", line, offset);
	sink_put(r->out, field, data);
}

static void computer_value(struct reg_map *r, struct str name, struct str data, uint64_t line,
	uint64_t offset)
{
	if (!str_ieq(name, STR("ComputerName")) || !data.n)
		return;
	fact(r, "host.info", line, offset);
	sink_put(r->out, "name", data);
}

void reg_map_key(struct reg_map *r, struct str path, uint64_t line, uint64_t offset)
{
	begin_object(r, path, line, offset);
	give_service(r);
	r->key.n = 0;
	buf_puts(&r->key, path);
	r->told_key = is_told(path);
	r->service = is_service(path);
	r->service_now.open = r->service;
	r->service_now.line = line;
	r->service_now.offset = offset;
	r->filter = is_filter(path);
	r->version = str_iends(path, STR("\\Windows NT\\CurrentVersion"));
	r->guest = str_iends(path, STR("\\Virtual Machine\\Guest\\Parameters"));
	r->computer = str_ifind(path, STR("\\Control\\ComputerName\\")) > 0;
}

void reg_map_value(struct reg_map *r, struct str name, struct str kind, struct str data, uint64_t line,
	uint64_t offset)
{
	r->values++;
	object_value(r, name, data);
	if (r->service)
		service_value(r, name, data);
	if (r->filter)
		filter_value(r, name, data, line, offset);
	if (r->version)
		version_value(r, name, data, line, offset);
	if (r->guest)
		guest_value(r, name, data, line, offset);
	if (r->computer)
		computer_value(r, name, data, line, offset);
	if (str_ieq(name, STR("ClusterName")) && str_ieq(buf_str(&r->key), CLUSTER)) {
		fact(r, "cluster", line, offset);
		sink_put(r->out, "name", data);
	}
	if (!r->told_key)
		return;
	fact(r, "registry.value", line, offset);
	sink_put(r->out, "key", buf_str(&r->key));
	sink_put(r->out, "name", name);
	sink_put(r->out, "kind", kind);
	sink_put(r->out, "data", str_sub(data, 0, DATA_MAX));
}

struct reg_map *reg_map_new(struct sink *out)
{
	struct reg_map *r = xmalloc(sizeof(*r));

	*r = (struct reg_map){ .out = out };
	return r;
}

void reg_map_end(struct reg_map *r)
{
	struct object *o = &r->object;
	struct service *v = &r->service_now;

	give_object(r);
	give_service(r);
	if (r->values > r->told)
		sink_note(r->out, NOTE_INFO, 0, 0, 0,
			"%llu registry values, told %llu facts of keys that matter here",
			(unsigned long long)r->values, (unsigned long long)r->told);
	buf_free(&r->key);
	buf_free(&o->prefix);
	buf_free(&o->id);
	buf_free(&o->name);
	buf_free(&o->type);
	buf_free(&o->vm_id);
	buf_free(&o->contains);
	buf_free(&o->owners);
	buf_free(&o->disk_guid);
	buf_free(&o->signature);
	buf_free(&o->persistent);
	buf_free(&v->path);
	buf_free(&v->account);
	buf_free(&v->display);
	buf_free(&v->kind);
	free(r);
}
