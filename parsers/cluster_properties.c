/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ClusterProperties.txt of SDP packages: of each group its resources, and of each resource its private
 * properties as a table of names and values.
 *
 *   [Group: SQL01]
 *       Resource Type: Virtual Machine Configuration
 *           Resource Name: Virtual Machine Configuration SQL01
 *                      Name    Value
 *                      ----    -----
 *                      VmID    2b1f6c58-…
 */
#include "parsers/label.h"
#include "parsers/text.h"

struct reader {
	struct sink *out;
	struct buf group, type, name;
	struct buf vm_id, disk_guid, signature, virtual_disk;
	uint64_t line, offset, told;
};

static void put_if(struct reader *r, const char *field, const struct buf *text)
{
	if (text->n)
		label_put_id(r->out, field, buf_str(text));
}

static void end_resource(struct reader *r)
{
	if (r->name.n) {
		r->told++;
		sink_fact(r->out, STR("cluster.resource"), r->line, r->offset);
		sink_put(r->out, "name", buf_str(&r->name));
		put_if(r, "kind", &r->type);
		put_if(r, "group", &r->group);
		put_if(r, "vm_id", &r->vm_id);
		put_if(r, "disk_guid", &r->disk_guid);
		put_if(r, "disk_signature", &r->signature);
		put_if(r, "virtual_disk_id", &r->virtual_disk);
		sink_commit_point(r->out, r->offset);
	}
	r->name.n = r->vm_id.n = r->disk_guid.n = r->signature.n = r->virtual_disk.n = 0;
}

static void set(struct buf *to, struct str v)
{
	to->n = 0;
	buf_puts(to, v);
}

static void take_property(struct reader *r, struct str text)
{
	struct {
		const char *name;
		struct buf *to;
	} known[] = { { "VmID", &r->vm_id }, { "DiskIdGuid", &r->disk_guid },
		{ "DiskSignature", &r->signature }, { "VirtualDiskId", &r->virtual_disk } };
	struct str name = text, value;

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == ' ') {
			name = str_sub(text, 0, i);
			break;
		}
	value = str_trim(str_from(text, name.n));
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_ieq(name, str_of(known[i].name)) && value.n && !known[i].to->n)
			buf_puts(known[i].to, value);
}

static void take_line(struct reader *r, const struct text_line *line)
{
	struct str text = str_trim(line->text);

	if (str_starts(text, STR("[Group: ")) && str_ends(text, STR("]"))) {
		end_resource(r);
		text = str_sub(text, 8, text.n - 9);
		if (str_ends(text, STR(" (Core Group)")))
			text.n -= 13;
		set(&r->group, str_trim(text));
		r->type.n = 0;
	} else if (str_starts(text, STR("["))) {
		end_resource(r);         /* a group's line that is broken */
		r->group.n = r->type.n = 0;
	} else if (str_starts(text, STR("Resource Type: "))) {
		end_resource(r);
		set(&r->type, str_from(text, 15));
	} else if (str_starts(text, STR("Resource Name: "))) {
		end_resource(r);
		set(&r->name, str_from(text, 15));
		r->line = line->number;
		r->offset = line->offset;
	} else if (r->name.n) {
		take_property(r, text);
	}
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct reader r = { .out = out };
	struct buf *const all[] = { &r.group, &r.type, &r.name, &r.vm_id, &r.disk_guid, &r.signature,
		&r.virtual_disk };
	struct text_line line;

	(void)e;
	while (text_next(t, &line))
		take_line(&r, &line);
	end_resource(&r);
	if (!r.told)
		sink_note(out, NOTE_INFO, 0, 0, 0, "no group has a resource here");
	text_close(t);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		buf_free(all[i]);
	return 0;
}

static int bid(const struct probe *p)
{
	return str_find(p->text, STR("\n[Group: ")) > 0 && str_find(p->text, STR("    Resource Name: ")) > 0 ? 85 : 0;
}

const struct parser parser_cluster_properties = {
	.name = "cluster_properties",
	.about = "ClusterProperties.txt of SDP: resources with group, kind, VM and disk identifiers",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
