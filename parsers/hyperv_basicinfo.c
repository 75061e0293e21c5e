/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hyper-VBasicInfo.txt: what TSS and SDP tell of each VM. Labels are fixed English, values follow
 * the host's language; indented by tabs in one, by four blanks in the other. After the settings of
 * the host, a block a VM:
 *
 *   <<<<<<<<<< SQL01 >>>>>>>>>>
 *   Basic information:
 *       GUID: …
 *   SCSI Controller:
 *       Virtual Hard Disks:
 *           - D:\VMs\SQL01.vhdx
 *               VhdType: Dynamic
 *   Snapshot:
 *       Name         : …
 */
#include "parsers/label.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

enum section { IN_HOST, IN_BASIC, IN_DISKS, IN_SERVICES, IN_SNAPSHOTS, IN_NETWORK, IN_OTHER };

/* Texts gathered for one fact until its end is seen. */
struct gathered {
	bool open;
	uint64_t line, offset;
	struct str name, id, parent, version, generation, state, pid, heartbeat, health, ic, config;
	struct str path, location, kind, created, written, size, maximum, owner, disk_id;
	bool missing, seen, shared;
};

struct reader {
	struct sink *out;
	struct arena *a;
	const struct text_line *line;
	enum section section;
	struct gathered vm, disk, snapshot;
	struct str vm_name, vm_id, snapshot_name;
	struct str vm_path, vhd_path;
	bool host_told, in_acl;
};

static struct str keep(struct reader *r, struct str v)
{
	return arena_str(r->a, v);
}

static void begin(struct reader *r, struct gathered *g)
{
	*g = (struct gathered){ .open = true, .line = r->line->number, .offset = r->line->offset };
}

static void put_number(struct sink *out, const char *name, const char *number_name, struct str v)
{
	struct str word;
	uint64_t n;
	bool numbered = label_number(v, &word, &n);

	label_put(out, name, word);
	if (numbered)
		sink_put_u64(out, number_name, n);
}

static void end_vm(struct reader *r)
{
	struct gathered *g = &r->vm;
	uint64_t pid;

	if (!g->open)
		return;
	g->open = false;
	sink_fact(r->out, STR("vm"), g->line, g->offset);
	sink_put(r->out, "name", r->vm_name);
	label_put_guid(r->out, "id", r->vm_id);
	label_put(r->out, "version", g->version);
	label_put(r->out, "generation", g->generation);
	if (g->state.n)
		put_number(r->out, "state", "state_number", g->state);
	if (g->health.n)
		put_number(r->out, "status", "status_number", g->health);
	label_put(r->out, "heartbeat", g->heartbeat);
	label_put(r->out, "integration_version", g->ic);
	label_put(r->out, "config_path", g->config);
	if (str_to_u64(g->pid, 10, &pid))
		sink_put_u64(r->out, "worker_pid", pid);
}

/* "61.254 GB": at most three decimals, never thousands; the script writes no other unit. */
static void put_size(struct sink *out, const char *name, struct str v)
{
	uint64_t whole = 0, part = 0, scale = 1;
	size_t i = 0;

	for (; i < v.n && i < 12 && v.p[i] >= '0' && v.p[i] <= '9'; i++)
		whole = whole * 10 + (uint64_t)(v.p[i] - '0');
	if (i == 0 || !str_ends(v, STR("GB")))
		return;
	if (i < v.n && (v.p[i] == '.' || v.p[i] == ','))
		for (i++; i < v.n && scale < 1000000 && v.p[i] >= '0' && v.p[i] <= '9'; i++, scale *= 10)
			part = part * 10 + (uint64_t)(v.p[i] - '0');
	sink_put_u64(out, name, (whole << 30) + (part << 30) / scale);
}

/* A controller's slot whose disk has no path any more. */
static void put_no_path(struct reader *r)
{
	sink_fact(r->out, STR("vm.disk"), r->line->number, r->line->offset);
	sink_put(r->out, "vm", r->vm_name);
	label_put_guid(r->out, "vm_id", r->vm_id);
	sink_put(r->out, "status", STR("path is null"));
}

static void end_disk(struct reader *r)
{
	struct gathered *g = &r->disk;

	if (!g->open)
		return;
	g->open = false;
	r->in_acl = false;
	sink_fact(r->out, STR("vm.disk"), g->line, g->offset);
	sink_put(r->out, "vm", r->vm_name);
	label_put_guid(r->out, "vm_id", r->vm_id);
	label_put(r->out, "path", g->path);
	label_put(r->out, "controller", g->location);
	label_put(r->out, "kind", label_lower(r->a, g->kind));
	if (g->missing || g->seen)
		sink_put(r->out, "exists", g->missing ? STR("false") : STR("true"));
	put_size(r->out, "size_bytes", g->size);
	put_size(r->out, "maximum_bytes", g->maximum);
	label_put(r->out, "owner", g->owner);
	label_put(r->out, "disk_id", g->disk_id);
	label_put(r->out, "created_raw", g->created);
	label_put(r->out, "modified_raw", g->written);
	if (g->shared)
		sink_put(r->out, "shared", STR("true"));
	if (r->section == IN_SNAPSHOTS)
		label_put(r->out, "snapshot", r->snapshot_name);
}

static void end_snapshot(struct reader *r)
{
	struct gathered *g = &r->snapshot;

	if (!g->open)
		return;
	g->open = false;
	sink_fact(r->out, STR("vm.snapshot"), g->line, g->offset);
	sink_put(r->out, "vm", r->vm_name);
	label_put_guid(r->out, "vm_id", r->vm_id);
	sink_put(r->out, "name", g->name);
	label_put(r->out, "kind", label_lower(r->a, g->kind));
	label_put(r->out, "created_raw", g->created);
	label_put(r->out, "parent", g->parent);
}

static void end_host(struct reader *r)
{
	if (r->host_told || (!r->vm_path.n && !r->vhd_path.n))
		return;
	r->host_told = true;
	sink_fact(r->out, STR("host.hyperv"), r->line->number, r->line->offset);
	label_put(r->out, "vm_path", r->vm_path);
	label_put(r->out, "vhd_path", r->vhd_path);
}

static void end_all(struct reader *r)
{
	end_disk(r);
	end_snapshot(r);
	end_vm(r);
	r->snapshot_name = STR("");
}

static const struct {
	const char *word;
	enum section section;
} section_words[] = { { "Basic information", IN_BASIC }, { "IDE Controller", IN_DISKS },
	{ "SCSI Controller", IN_DISKS }, { "Integration Services", IN_SERVICES },
	{ "Snapshot File Location", IN_OTHER }, { "Snapshot", IN_SNAPSHOTS },
	{ "Network Adapter", IN_NETWORK } };

/* A headline at the left edge says what follows. */
static enum section section_of(struct str headline)
{
	for (size_t i = 0; i < sizeof(section_words) / sizeof(section_words[0]); i++)
		if (str_istarts(headline, str_of(section_words[i].word)))
			return section_words[i].section;
	return IN_OTHER;
}

/* Copies that went through a mail or an editor lose the edge and the colon, not the words. */
static bool is_headline(struct str text, size_t indent)
{
	struct str word = str_ends(text, STR(":")) ? str_trim(str_sub(text, 0, text.n - 1)) : text;

	if (indent == 0 && word.n < text.n)
		return true;
	for (size_t i = 0; i < sizeof(section_words) / sizeof(section_words[0]); i++)
		if (str_ieq(word, str_of(section_words[i].word)))
			return true;
	return false;
}

static void read_host(struct reader *r, struct str name, struct str v)
{
	if (str_ieq(name, STR("Virtual Hard Disks")))
		r->vhd_path = keep(r, v);
	else if (str_ieq(name, STR("Virtual Machines")))
		r->vm_path = keep(r, v);
}

/* "PID" is also written "Worker PID", "Version" also "Configuration version". */
static bool is_label(struct str name, struct str label)
{
	return str_ieq(name, label) ||
	       (str_iends(name, label) && name.n > label.n && name.p[name.n - label.n - 1] == ' ' &&
		       str_ifind(name, STR("Integration")) < 0 && str_ifind(name, STR("Health")) < 0);
}

static void read_basic(struct reader *r, struct str name, struct str v)
{
	struct { const char *label; struct str *slot; } slots[] = { { "PID", &r->vm.pid },
		{ "Version", &r->vm.version }, { "Generation", &r->vm.generation },
		{ "State", &r->vm.state }, { "Heartbeat", &r->vm.heartbeat },
		{ "Health state", &r->vm.health }, { "Health", &r->vm.health },
		{ "Integration Service Version", &r->vm.ic },
		{ "Configuration File", &r->vm.config }, { "GUID", &r->vm_id } };

	if (!r->vm.open)
		begin(r, &r->vm);
	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		if (!is_label(name, str_of(slots[i].label)))
			continue;
		if (slots[i].slot == &r->vm.ic && str_find(v, STR(" => ")) > 0)
			v = str_sub(v, 0, (size_t)str_find(v, STR(" => ")));
		*slots[i].slot = keep(r, v);
	}
}

/* "a    Last write time: b" and "61 GB  /  Max file size: 127 GB": two values on one line. */
static struct str two_values(struct reader *r, struct str v, const char *second, struct str *rest)
{
	ptrdiff_t at = str_ifind(v, str_of(second));
	struct str first = at >= 0 ? str_trim(str_sub(v, 0, (size_t)at)) : v;

	if (at >= 0)
		*rest = keep(r, str_trim(str_from(v, (size_t)at + strlen(second))));
	if (str_ends(first, STR("/")))
		first = str_trim(str_sub(first, 0, first.n - 1));
	return keep(r, first);
}

static void read_disk_value(struct reader *r, struct str name, struct str v)
{
	struct gathered *g = &r->disk;

	r->in_acl = false;
	if (str_ieq(name, STR("Location"))) {
		g->location = keep(r, v);
	} else if (str_ieq(name, STR("VhdType"))) {
		g->kind = keep(r, v);
		g->seen = true;
	} else if (str_ieq(name, STR("Creation time"))) {
		g->created = two_values(r, v, "Last write time:", &g->written);
	} else if (str_ieq(name, STR("Current size"))) {
		g->size = two_values(r, v, "Max file size:", &g->maximum);
		g->seen = true;
	} else if (str_ieq(name, STR("Owner"))) {
		g->owner = keep(r, v);
	} else if (str_ieq(name, STR("ID"))) {
		g->disk_id = keep(r, v);
	} else if (str_ieq(name, STR("ACL"))) {
		r->in_acl = true;
	} else if (str_istarts(name, STR("Enable virtual hard disk sharing"))) {
		g->shared = str_istarts(v, STR("Enabled"));
	}
}

static void read_right(struct reader *r, struct str text)
{
	ptrdiff_t at = str_find(text, STR(" => "));

	if (at <= 0)
		return;
	sink_fact(r->out, STR("acl"), r->line->number, r->line->offset);
	sink_put(r->out, "path", r->disk.path);
	sink_put(r->out, "account", str_trim(str_sub(text, 0, (size_t)at)));
	sink_put(r->out, "rights", str_trim(str_from(text, (size_t)at + 4)));
}

/* True where the line belongs to a disk. */
static bool read_disk(struct reader *r, struct str text)
{
	struct str name, v;

	if (str_starts(text, STR("- ")) && text.n > 2 && str_chr(text, '\\') >= 0) {
		end_disk(r);
		end_snapshot(r);
		begin(r, &r->disk);
		r->disk.path = keep(r, str_trim(str_from(text, 2)));
		return true;
	}
	if (str_ifind(text, STR("Disk path is null")) >= 0) {
		end_disk(r);
		put_no_path(r);
		return true;
	}
	if (!r->disk.open)
		return false;
	if (str_ifind(text, STR("above file does not exist")) >= 0)
		r->disk.missing = true;
	else if (r->in_acl && str_find(text, STR(" => ")) > 0)
		read_right(r, text);
	else if (label_split(text, &name, &v))
		read_disk_value(r, name, v);
	return true;
}

static struct str service_word(struct str label)
{
	static const char *const words[][2] = { { "Backup", "backup" }, { "Heartbeat", "heartbeat" },
		{ "Operating system shutdown", "shutdown" }, { "Time sync", "time" },
		{ "Data Exchange", "kvp" }, { "Guest service", "guest" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_istarts(label, str_of(words[i][0])))
			return str_of(words[i][1]);
	return STR("");
}

static void read_service(struct reader *r, struct str name, struct str v)
{
	struct str word = service_word(name);

	if (!word.n || !v.n)
		return;
	sink_fact(r->out, STR("vm.integration"), r->line->number, r->line->offset);
	sink_put(r->out, "vm", r->vm_name);
	label_put_guid(r->out, "vm_id", r->vm_id);
	sink_put(r->out, "name", word);
	if (str_istarts(v, STR("Enabled")) || str_istarts(v, STR("Disabled")))
		sink_put(r->out, "enabled", str_istarts(v, STR("Enabled")) ? STR("true") : STR("false"));
	sink_put(r->out, "status", v);
}

static void read_snapshot(struct reader *r, struct str name, struct str v)
{
	if (str_ieq(name, STR("Name"))) {
		end_disk(r);
		end_snapshot(r);
		begin(r, &r->snapshot);
		r->snapshot.name = r->snapshot_name = keep(r, v);
	} else if (!r->snapshot.open) {
		return;
	} else if (str_ieq(name, STR("Type"))) {
		r->snapshot.kind = keep(r, v);
	} else if (str_ieq(name, STR("Creation Time"))) {
		r->snapshot.created = keep(r, v);
	} else if (str_ieq(name, STR("Parent"))) {
		r->snapshot.parent = keep(r, v);
	}
}

static void read_network(struct reader *r, struct str name, struct str v)
{
	if (!str_ieq(name, STR("Virtual Switch")))
		return;
	sink_fact(r->out, STR("vm.nic"), r->line->number, r->line->offset);
	sink_put(r->out, "vm", r->vm_name);
	label_put_guid(r->out, "vm_id", r->vm_id);
	label_put(r->out, "switch", v);
}

static void read_line(struct reader *r, struct str text, size_t indent)
{
	struct str name, v;

	if (r->section != IN_HOST && is_headline(text, indent)) {
		end_all(r);
		r->section = section_of(text);
		return;
	}
	if ((r->section == IN_DISKS || r->section == IN_SNAPSHOTS) && str_starts(text, STR("-----"))) {
		end_disk(r);
		end_snapshot(r);
	} else if ((r->section == IN_DISKS || r->section == IN_SNAPSHOTS) && indent > 4 &&
		   read_disk(r, text)) {
		return;
	} else if (r->section == IN_DISKS && read_disk(r, text)) {
		return;
	} else if (label_split(text, &name, &v)) {
		if (r->section == IN_HOST)
			read_host(r, name, v);
		else if (r->section == IN_BASIC)
			read_basic(r, name, v);
		else if (r->section == IN_SERVICES)
			read_service(r, name, v);
		else if (r->section == IN_SNAPSHOTS)
			read_snapshot(r, name, v);
		else if (r->section == IN_NETWORK)
			read_network(r, name, v);
	}
}

/* "<<<<<<<<<< name >>>>>>>>>>" */
static bool vm_headline(struct str text, struct str *name)
{
	if (!str_starts(text, STR("<<<<<")) || !str_ends(text, STR(">>>>>")))
		return false;
	while (text.n && text.p[0] == '<')
		text = str_from(text, 1);
	while (text.n && text.p[text.n - 1] == '>')
		text.n--;
	*name = str_trim(text);
	return name->n > 0;
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line = { 0 };
	struct reader r = { .out = out, .a = m->a, .line = &line, .section = IN_HOST };
	bool unended = false;

	(void)e;
	while (text_next(t, &line)) {
		struct str text = str_trim(line.text), name;
		size_t tabs = 0, indent = value_indent(line.text);

		unended = text_unended(&line, m->held);

		for (size_t i = 0; i < indent; i++)
			tabs += line.text.p[i] == '\t';
		if (vm_headline(text, &name)) {
			end_all(&r);
			end_host(&r);
			r.vm_name = keep(&r, name);
			r.vm_id = STR("");
			r.section = IN_BASIC;
		} else if (text.n) {
			read_line(&r, text, indent + 3 * tabs);
		}
	}
	end_all(&r);
	end_host(&r);
	text_close(t);
	if (unended)
		sink_note(out, NOTE_LOST, m->held, 0, 0,
			"it breaks off within a line: disks and checkpoints may have stood behind it");
	return 0;
}

static int bid(const struct probe *p)
{
	if (str_find(p->text, STR("<<<<<<<<<< ")) >= 0 && str_find(p->text, STR("GUID: ")) >= 0)
		return 90;
	if (str_starts(str_trim(str_sub(p->text, 0, 200)), STR("Hyper-V Settings:")))
		return 85;
	return str_ifind(p->name, STR("Hyper-VBasicInfo")) >= 0 && p->text.n ? 70 : 0;
}

const struct parser parser_hyperv_basicinfo = {
	.name = "hyperv_basicinfo",
	.about = "Hyper-VBasicInfo.txt: VMs, disks with rights, services, checkpoints",
	.data_type = "fact",
	.version = 2,
	.text = true,
	.bid = bid,
	.parse = parse,
};
