/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of a VM's folder whose layout nobody has published: change tracking (.rct, .mrt), logs of
 * Hyper-V Replica (.hrl), sets of shared disks (.vhds). Their names and sizes are what they tell.
 */
#include "parsers/parser.h"

static bool is_side_name(struct str name)
{
	static const char *const ends[] = { ".rct", ".mrt", ".hrl", ".vhds" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (str_iends(name, str_of(ends[i])))
			return true;
	return false;
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	(void)e;
	sink_fact(out, STR("file"), 0, 0);
	sink_put(out, "path", m->name);
	sink_put_u64(out, "size_bytes", m->size);
	return 0;
}

/* A text of that name is a listing of such a file, not the file. */
static int bid(const struct probe *p)
{
	return is_side_name(p->name) && !p->text.n ? 30 : 0;
}

const struct parser parser_vm_side = {
	.name = "vm_side",
	.about = "change tracking, replica logs and sets of shared disks beside VM disks: name and size",
	.data_type = "fact",
	.version = 1,
	.needs = NEEDS_WINDOW,
	.bid = bid,
	.parse = parse,
};
