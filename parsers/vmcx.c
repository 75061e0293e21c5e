/* SPDX-License-Identifier: Apache-2.0 */
/*
 * .vmcx (a VM's or checkpoint's configuration, or the host's list of VMs, data.vmcx) and .VMRS (its
 * state while it runs or is saved).
 */
#include "parsers/label.h"
#include "parsers/vhdx/image.h"
#include "parsers/vmcx/tree.h"

/* "/Configurations/VirtualMachines/_<GUID>_" = where that VM's configuration lies. */
static void put_registered(const struct vm_tree *t, struct sink *out)
{
	static const char top[] = "/Configurations/VirtualMachines/_";

	for (size_t i = 0; i < t->keys.n; i++) {
		const struct vm_key *k = &t->keys.v[i];
		struct str id;

		if (k->type != VM_TEXT || !str_istarts(k->path, str_of(top)) || !str_ends(k->path, STR("_")))
			continue;
		id = str_sub(k->path, strlen(top), k->path.n - strlen(top) - 1);
		sink_fact(out, STR("vm.config"), 0, k->offset);
		label_put_id(out, "id", id);
		sink_put(out, "kind", STR("registry"));
		sink_put(out, "config_path", k->text);
	}
}

/* A saved VM has a tree below /savedstate; a VM that is off has none. */
static void put_runtime(const struct vm_tree *t, const struct member_view *m, struct sink *out)
{
	const struct vm_key *type = vm_tree_find(t, "/savedstate/type");
	bool saved = false;

	for (size_t i = 0; i < t->keys.n && !saved; i++)
		saved = str_istarts(t->keys.v[i].path, STR("/savedstate")) ||
			str_istarts(t->keys.v[i].path, STR("/savedVM"));
	if (!saved && !t->complete)
		return;
	sink_fact(out, STR("vm.runtime"), 0, 0);
	label_put_id(out, "id", str_sub(m->name, 0, m->name.n > 5 ? m->name.n - 5 : 0));
	sink_put(out, "saved", saved ? STR("true") : STR("false"));
	if (type && type->type == VM_TEXT)
		sink_put(out, "kind", type->text);
	sink_put_u64(out, "size_bytes", m->size);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct vm_tree t = { 0 };
	int rc = vmcx_read(m, &t, out, e);

	put_registered(&t, out);
	if (vm_tree_find(&t, "/configuration/properties/name") ||
		vm_tree_find(&t, "/configuration/properties/global_id"))
		vm_tree_put(&t, m, out);
	else if (str_iends(m->name, STR(".vmrs")))
		put_runtime(&t, m, out);
	vm_tree_free(&t);
	return rc;
}

static int bid(const struct probe *p)
{
	const uint8_t *h = (const uint8_t *)p->head.p;

	if (p->head.n >= 4 && le32(h) == 0x01282014)
		return 95;
	return p->head.n >= 0x1004 && le32(h + 0x1000) == 0x01282014 ? 90 : 0;
}

const struct parser parser_vmcx = {
	.name = "vmcx",
	.about = "Hyper-V configurations and runtime state (.vmcx, .VMRS, data.vmcx)",
	.data_type = "fact",
	.version = 3,
	.needs = NEEDS_WINDOW,
	.bid = bid,
	.parse = parse,
};
