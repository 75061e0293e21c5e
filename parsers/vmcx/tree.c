/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/vmcx/tree.h"

#include "parsers/label.h"

#define FACTS_MAX 512u   /* of one kind: each looks keys up */

struct give {
	const struct vm_tree *t;
	const struct member_view *m;
	struct sink *out;
	struct str vm, id;
};

const struct vm_key *vm_tree_find(const struct vm_tree *t, const char *path)
{
	for (size_t i = 0; i < t->keys.n; i++)
		if (str_ieq(t->keys.v[i].path, str_of(path)))
			return &t->keys.v[i];
	return NULL;
}

void vm_tree_free(struct vm_tree *t)
{
	free(t->keys.v);
}

static struct str text_at(const struct vm_tree *t, const char *path)
{
	const struct vm_key *k = vm_tree_find(t, path);

	return k && k->type == VM_TEXT ? k->text : STR("");
}

static bool number_at(const struct vm_tree *t, const char *path, uint64_t *n)
{
	const struct vm_key *k = vm_tree_find(t, path);

	if (!k || (k->type != VM_INT && k->type != VM_BOOL))
		return false;
	*n = k->number;
	return true;
}

static void put_time(struct sink *out, const char *name, uint64_t ticks)
{
	if (ticks && ticks < INT64_MAX)
		sink_field_number(out, SECTION_EVENTDATA, sink_text(out, str_of(name)), VALUE_TIME, ticks);
}

static void put_times(struct give *g)
{
	static const char *const times[][2] = { { "last_on", "/configuration/properties/last_powered_on_time" },
		{ "last_off", "/configuration/properties/last_powered_off_time" } };
	const struct vm_key *made = vm_tree_find(g->t, "/configuration/properties/creation_time");
	uint64_t n = 0;

	if (made && made->type == VM_BYTES && made->text.n == 8) {
		for (size_t i = 8; i-- > 0;)
			n = n << 8 | (uint8_t)made->text.p[i];
		put_time(g->out, "created", n);
	}
	for (size_t i = 0; i < 2; i++)
		if (number_at(g->t, times[i][1], &n))
			put_time(g->out, times[i][0], n);
}

static void put_kind(struct give *g)
{
	struct str type = text_at(g->t, "/configuration/properties/type_id");

	if (str_ieq(type, STR("Virtual Machines")))
		sink_put(g->out, "kind", STR("vm"));
	else if (type.n)
		sink_put(g->out, "kind", str_ifind(type, STR("snapshot")) >= 0 ? STR("snapshot") : type);
}

static void put_config(struct give *g)
{
	const struct vm_key *top = vm_tree_find(g->t, "/configuration");
	uint64_t n;
	char text[32];

	sink_fact(g->out, STR("vm.config"), 0, top ? top->offset : 0);
	label_put(g->out, "name", g->vm);
	label_put_guid(g->out, "id", g->id);
	if (number_at(g->t, "/configuration/properties/version", &n)) {
		snprintf(text, sizeof(text), "%u.%u", (unsigned)(n >> 8 & 0xffffff), (unsigned)(n & 255));
		sink_put(g->out, "version", str_of(text));
	}
	if (number_at(g->t, "/configuration/properties/subtype", &n)) {
		sink_put_u64(g->out, "subtype", n);
		sink_put_u64(g->out, "generation", n + 1);
	}
	if (number_at(g->t, "/configuration/global_settings/disk_merge_pending", &n))
		sink_put(g->out, "merge_pending", n ? STR("true") : STR("false"));
	if (number_at(g->t, "/configuration/global_settings/snapshots/list/size", &n))
		sink_put_u64(g->out, "snapshots", n);
	if (number_at(g->t, "/configuration/properties/highly_available", &n))
		sink_put(g->out, "cluster", n ? STR("true") : STR("false"));
	put_times(g);
	put_kind(g);
}

/* "/configuration/_X_/controllerN/driveM/pathname": gives "controllerN/driveM". */
static bool is_drive_path(struct str path, struct str *slot)
{
	ptrdiff_t at = str_ifind(path, STR("_/controller"));

	if (at < 0 || !str_iends(path, STR("/pathname")) || str_ifind(path, STR("/drive")) < 0)
		return false;
	*slot = str_sub(path, (size_t)at + 2, path.n - (size_t)at - 2 - strlen("/pathname"));
	return true;
}

static void put_disks(struct give *g)
{
	size_t told = 0;

	for (size_t i = 0; i < g->t->keys.n && told < FACTS_MAX; i++) {
		const struct vm_key *k = &g->t->keys.v[i];
		struct str slot, base, type;
		uint64_t shared;

		if (k->type != VM_TEXT || !k->text.n || !is_drive_path(k->path, &slot))
			continue;
		told++;
		base = str_sub(k->path, 0, k->path.n - strlen("pathname"));
		type = text_at(g->t, arena_cstr(g->m->a, arena_printf(g->m->a, "%.*stype", STR_ARG(base))));
		sink_fact(g->out, STR("vm.disk"), 0, k->offset);
		label_put(g->out, "vm", g->vm);
		label_put_guid(g->out, "vm_id", g->id);
		sink_put(g->out, "path", k->text);
		sink_put(g->out, "controller", slot);
		label_put(g->out, "media", type);
		if (number_at(g->t, arena_cstr(g->m->a, arena_printf(g->m->a,
			"%.*spersistent_reservations_supported", STR_ARG(base))), &shared) && shared)
			sink_put(g->out, "shared", STR("true"));
	}
}

static struct str service_of(struct str device)
{
	static const char *const services[][2] = { { "5ced1297", "backup" }, { "9f8233ac", "shutdown" },
		{ "84eaae65", "heartbeat" }, { "2a34b1c2", "kvp" }, { "2497f4de", "time" },
		{ "6c09bb55", "guest" } };

	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (str_istarts(device, str_of(services[i][0])))
			return str_of(services[i][1]);
	return STR("");
}

/* A component that the manifest lists is on unless its own key says otherwise. */
static void put_service(struct give *g, const struct vm_key *device, struct str name)
{
	struct arena *a = g->m->a;
	struct str base = str_sub(device->path, 0, device->path.n - strlen("device"));
	struct str instance = text_at(g->t, arena_cstr(a, arena_printf(a, "%.*sinstance", STR_ARG(base))));
	struct str ids[2] = { instance, device->text };
	uint64_t on = 1;
	bool told = false;

	for (size_t i = 0; i < 2 && !told; i++)
		told = ids[i].n && number_at(g->t, arena_cstr(a,
			arena_printf(a, "/configuration/_%.*s_/Enabled", STR_ARG(ids[i]))), &on);
	if (!told && !g->t->complete)
		return;
	sink_fact(g->out, STR("vm.integration"), 0, device->offset);
	label_put(g->out, "vm", g->vm);
	label_put_guid(g->out, "vm_id", g->id);
	sink_put(g->out, "name", name);
	sink_put(g->out, "enabled", on ? STR("true") : STR("false"));
}

static void put_services(struct give *g)
{
	size_t told = 0;

	for (size_t i = 0; i < g->t->keys.n && told < FACTS_MAX; i++) {
		const struct vm_key *k = &g->t->keys.v[i];
		struct str name;

		if (k->type != VM_TEXT || !str_istarts(k->path, STR("/configuration/manifest/vdev")) ||
			!str_iends(k->path, STR("/device")))
			continue;
		name = service_of(k->text);
		told += name.n > 0;
		if (name.n)
			put_service(g, k, name);
	}
}

static void put_nics(struct give *g)
{
	size_t told = 0;

	for (size_t i = 0; i < g->t->keys.n && told < FACTS_MAX; i++) {
		const struct vm_key *k = &g->t->keys.v[i];
		struct str base;

		if (k->type != VM_TEXT || !str_iends(k->path, STR("_/MacAddress")))
			continue;
		told++;
		base = str_sub(k->path, 0, k->path.n - strlen("MacAddress"));
		sink_fact(g->out, STR("vm.nic"), 0, k->offset);
		label_put(g->out, "vm", g->vm);
		label_put_guid(g->out, "vm_id", g->id);
		label_put(g->out, "mac", k->text);
		label_put(g->out, "switch", text_at(g->t, arena_cstr(g->m->a,
			arena_printf(g->m->a, "%.*sSwitchName", STR_ARG(base)))));
	}
}

void vm_tree_put(const struct vm_tree *t, const struct member_view *m, struct sink *out)
{
	struct give g = { .t = t, .m = m, .out = out };

	g.vm = text_at(t, "/configuration/properties/name");
	g.id = text_at(t, "/configuration/properties/global_id");
	if (!g.id.n)
		g.id = text_at(t, "/configuration/settings/global/logical_id");
	put_config(&g);
	put_disks(&g);
	put_services(&g);
	put_nics(&g);
}
