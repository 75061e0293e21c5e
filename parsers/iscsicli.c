/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iscsicli SessionList: sessions, their portals, and the disks and volumes behind them;
 * ReportTargetMappings: the port, bus, target and LUNs behind a session; ListPersistentTargets:
 * targets to log on to at every start. Values are known by their shape: two hex numbers around '-'
 * begin a session or a connection, names begin with iqn., eui. or naa., portals end in /port; in a
 * list of mappings the adapter is "\\.\Scsi3:", in one of persistent targets a portal is "address port".
 */
#include "parsers/label.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

struct reader {
	struct sink *out;
	struct arena *a;
	bool open;
	struct str session, initiator, target, local, remote, disk;
	uint64_t line, offset, portals;
	uint64_t scsi[3];        /* port, bus, target: of a list of mappings */
	size_t scsi_values;
	struct buf luns;         /* as Windows counts them, ',' between */
	struct str persistent;   /* target of a list of persistent ones, its portal to come */
	uint64_t persistent_line, persistent_offset;
};

static bool is_hex_pair(struct str s)
{
	ptrdiff_t dash = str_chr(s, '-');
	uint64_t n;

	return dash >= 8 && str_to_u64(str_sub(s, 0, (size_t)dash), 16, &n) &&
	       str_to_u64(str_from(s, (size_t)dash + 1), 16, &n);
}

static bool is_node_name(struct str s)
{
	return str_istarts(s, STR("iqn.")) || str_istarts(s, STR("eui.")) || str_istarts(s, STR("naa."));
}

/* "192.168.1.108/3260" */
static bool is_portal(struct str s)
{
	ptrdiff_t slash = str_rchr(s, '/');
	uint64_t port;

	return slash > 3 && str_to_u64(str_from(s, (size_t)slash + 1), 10, &port) && port < 65536 &&
	       str_chr(s, ' ') < 0;
}

static void put_scsi(struct reader *r)
{
	static const char *const names[] = { "port", "bus", "scsi_target" };

	for (size_t i = 0; i < r->scsi_values && i < 3; i++)
		sink_put_u64(r->out, names[i], r->scsi[i]);
	label_put(r->out, "luns", buf_str(&r->luns));
}

static void end_session(struct reader *r)
{
	/* A mapping names the initiator by its instance, so that the one name is the target's. */
	if (r->scsi_values && !r->target.n) {
		r->target = r->initiator;
		r->initiator = STR("");
	}
	if (r->open && r->target.n) {
		sink_fact(r->out, STR("iscsi.session"), r->line, r->offset);
		sink_put(r->out, "target", r->target);
		label_put(r->out, "portal", r->remote);
		label_put(r->out, "initiator_portal", r->local);
		label_put(r->out, "initiator", r->initiator);
		sink_put(r->out, "session", r->session);
		if (!r->scsi_values)
			sink_put_u64(r->out, "connections", (r->portals + 1) / 2);
		label_put(r->out, "disk", r->disk);
		put_scsi(r);
	}
	buf_free(&r->luns);
	*r = (struct reader){ .out = r->out, .a = r->a };
}

static void put_volume(struct reader *r, const struct text_line *line, struct str path)
{
	char guid[GUID_BYTES];

	sink_fact(r->out, STR("volume"), line->number, line->offset);
	if (value_guid(path, guid))
		sink_put(r->out, "guid", str_of(guid));
	else if (path.n <= 3)
		sink_put(r->out, "letter", str_sub(path, 0, 1));
	sink_put(r->out, "path", path);
	label_put(r->out, "disk", r->disk);
	label_put(r->out, "target", r->target);
}

static bool is_path(struct str s)
{
	return (s.n >= 3 && s.p[1] == ':' && s.p[2] == '\\') || str_istarts(s, STR("\\\\?\\Volume{"));
}

static void take_value(struct reader *r, const struct text_line *line, struct str v)
{
	static const char drive[] = "\\\\.\\PhysicalDrive";

	if (is_node_name(v)) {
		struct str *where = !r->initiator.n ? &r->initiator : &r->target;

		if (!where->n)
			*where = arena_str(r->a, v);
	} else if (is_portal(v)) {
		struct str *where = r->portals++ % 2 ? &r->remote : &r->local;

		if (!where->n)
			*where = arena_str(r->a, v);
	} else if (str_istarts(v, str_of(drive))) {
		r->disk = arena_str(r->a, str_from(v, sizeof(drive) - 1));
	} else if (is_path(v)) {
		put_volume(r, line, v);
	}
}

/* "\\.\Scsi3:", then the numbers of the bus and the target, then "0x0 <--> … 0x1" for each LUN. */
static bool take_mapping(struct reader *r, struct str s, struct str v)
{
	static const char adapter[] = "\\\\.\\Scsi";
	ptrdiff_t arrow = str_find(s, STR("<-->"));
	uint64_t n;

	if (str_istarts(v, str_of(adapter)) && v.p[v.n - 1] == ':' &&
		str_to_u64(str_sub(v, sizeof(adapter) - 1, v.n - sizeof(adapter)), 10, &n)) {
		r->scsi[0] = n;
		r->scsi_values = 1;
	} else if (r->scsi_values && r->scsi_values < 3 && str_to_u64(v, 10, &n)) {
		r->scsi[r->scsi_values++] = n;
	} else if (r->scsi_values && arrow > 0) {
		ptrdiff_t hex = str_rchr(s, 'x');

		if (hex > arrow && str_to_u64(str_from(s, (size_t)hex + 1), 16, &n))
			buf_printf(&r->luns, "%s%llu", r->luns.n ? "," : "", (unsigned long long)n);
	} else {
		return false;
	}
	return true;
}

/* Outside a session: the name of a persistent target, two lines on end with its portal. */
static void take_persistent(struct reader *r, const struct text_line *line, struct str v)
{
	ptrdiff_t blank = str_rchr(v, ' ');
	uint64_t port;

	if (is_node_name(v)) {
		r->persistent = arena_str(r->a, v);
		r->persistent_line = line->number;
		r->persistent_offset = line->offset;
		return;
	}
	if (r->persistent.n && blank > 3 && str_to_u64(str_from(v, (size_t)blank + 1), 10, &port) &&
		port < 65536) {
		sink_fact(r->out, STR("iscsi.target"), r->persistent_line, r->persistent_offset);
		sink_put(r->out, "target", r->persistent);
		sink_put(r->out, "portal", arena_printf(r->a, "%.*s/%llu", (int)blank, v.p,
			(unsigned long long)port));
		sink_put(r->out, "persistent", STR("true"));
	}
	r->persistent = STR("");
}

static void take_line(struct reader *r, const struct text_line *line)
{
	struct str s = str_trim(line->text), v = value_after_colon(s);

	if (is_hex_pair(v) && value_indent(line->text) < 4) {
		end_session(r);
		r->open = true;
		r->session = arena_str(r->a, v);
		r->line = line->number;
		r->offset = line->offset;
	} else if (r->open) {
		if (!take_mapping(r, s, v))
			take_value(r, line, v.n ? v : s);
	} else {
		take_persistent(r, line, v);
	}
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out, .a = m->a };
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;

	(void)e;
	while (text_next(t, &line))
		take_line(&r, &line);
	end_session(&r);
	text_close(t);
	return 0;
}

static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 16384), line;
	bool session = false, banner = str_find(p->text, STR("Microsoft iSCSI Initiator")) >= 0;

	/* A name in one word: Get-IscsiSession's list. */
	while (str_find(p->text, STR("TargetNodeAddress")) < 0 && str_line(&rest, &line)) {
		struct str v = value_after_colon(line);

		session |= is_hex_pair(v) && value_indent(line) < 4;
		if (session && is_node_name(v))
			return 75;
	}
	return banner ? 40 : 0;
}

const struct parser parser_iscsicli = {
	.name = "iscsicli",
	.about = "iscsicli (sessions, mappings, persistent targets): iSCSI sessions, their disks and volumes",
	.data_type = "fact",
	.version = 2,
	.text = true,
	.bid = bid,
	.parse = parse,
};
