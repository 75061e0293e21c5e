/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VSSPSS.txt of SDP packages: a script's survey of what VSS depends on, in sections under rulers of '-':
 * disks, volumes, providers, shadow copy storage, a shadow copy made and deleted on each volume as a
 * test, services, and what the script holds for wrong. Its words are English in any language.
 */
#include "parsers/label.h"
#include "parsers/service.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

#define PAIRS_MAX 24

struct pair {
	struct str label, value;
};

struct reader {
	struct sink *out;
	struct arena *a;
	struct pair pairs[PAIRS_MAX];
	size_t n;
	uint64_t line, offset;
	bool errors;             /* in the last section, which repeats failed tests */
};

static struct str value_of(const struct reader *r, const char *label)
{
	for (size_t i = 0; i < r->n; i++)
		if (str_ieq(r->pairs[i].label, str_of(label)))
			return r->pairs[i].value;
	return STR("");
}

static void fact(struct reader *r, const char *type)
{
	sink_fact(r->out, str_of(type), r->line, r->offset);
}

/* "12.50GB", "320 /Mb" */
static void put_size(struct reader *r, const char *name, struct str v)
{
	ptrdiff_t slash = str_chr(v, '/');
	uint64_t bytes;
	size_t digits = 0;

	if (slash > 0)
		v = arena_printf(r->a, "%.*s MB", STR_ARG(str_trim(str_sub(v, 0, (size_t)slash))));
	while (digits < v.n && strchr("0123456789.,", v.p[digits]))
		digits++;
	if (digits && digits < v.n && v.p[digits] != ' ')
		v = arena_printf(r->a, "%.*s %.*s", (int)digits, v.p, STR_ARG(str_from(v, digits)));
	if (value_size(v, &bytes))
		sink_put_u64(r->out, name, bytes);
}

static void put_letter(struct reader *r, struct str v)
{
	if (v.n >= 2 && v.p[1] == ':')
		sink_put(r->out, "letter", str_sub(v, 0, 1));
}

static void give_host(struct reader *r)
{
	fact(r, "host.info");
	sink_put(r->out, "name", value_of(r, "Name"));
	label_put(r->out, "os", value_of(r, "Operating System"));
	label_put(r->out, "manufacturer", value_of(r, "Manufacturer"));
	label_put(r->out, "model", value_of(r, "Model"));
}

static void give_disk(struct reader *r)
{
	struct str path = value_of(r, "Name");
	size_t digits = path.n;
	uint64_t n;

	while (digits && path.p[digits - 1] >= '0' && path.p[digits - 1] <= '9')
		digits--;
	fact(r, "disk");
	if (str_to_u64(str_from(path, digits), 10, &n))
		sink_put_u64(r->out, "number", n);
	sink_put(r->out, "path", path);
	label_put(r->out, "model", value_of(r, "Model"));
	if (str_to_u64(value_of(r, "Bytes/Sector"), 10, &n))
		sink_put_u64(r->out, "sector_bytes", n);
}

static void give_volume(struct reader *r)
{
	fact(r, "volume");
	put_letter(r, value_of(r, "Drive"));
	label_put(r->out, "file_system", value_of(r, "File System"));
	put_size(r, "size_bytes", value_of(r, "Volume Size"));
}

/* WMI's reference to a volume: Win32_Volume (DeviceID = "\\?\Volume{…}\") */
static void put_reference(struct reader *r, const char *name, const char *guid_name, struct str v)
{
	ptrdiff_t at = str_find(v, STR("\\\\?\\")), end = str_chr(v, '}');
	char guid[GUID_BYTES];

	if (at >= 0 && end > at)
		v = arena_printf(r->a, "%.*s\\", STR_ARG(str_sub(v, (size_t)at, (size_t)(end - at) + 1)));
	label_put(r->out, name, v);
	if (value_guid(v, guid))
		sink_put(r->out, guid_name, str_of(guid));
}

static void give_storage(struct reader *r)
{
	fact(r, "vss.shadowstorage");
	put_reference(r, "volume", "volume_guid", value_of(r, "Volume"));
	put_reference(r, "storage_volume", "storage_volume_guid", value_of(r, "Diff Voluem"));
	put_size(r, "used_bytes", value_of(r, "Used Space"));
	put_size(r, "allocated_bytes", value_of(r, "Space Allocated"));
	put_size(r, "maximum_bytes", value_of(r, "Max Space"));
}

static void end_block(struct reader *r)
{
	if (value_of(r, "Operating System").n && value_of(r, "Name").n) {
		give_host(r);
	} else if (value_of(r, "Bytes/Sector").n && value_of(r, "Name").n) {
		give_disk(r);
	} else if (value_of(r, "Drive").n && value_of(r, "File System").n) {
		give_volume(r);
	} else if (value_of(r, "CLSID").n && value_of(r, "Name").n) {
		fact(r, "vss.provider");
		sink_put(r->out, "name", value_of(r, "Name"));
		label_put(r->out, "version", value_of(r, "Version"));
		label_put_id(r->out, "id", value_of(r, "CLSID"));
	} else if (value_of(r, "Volume").n && value_of(r, "Used Space").n) {
		give_storage(r);
	}
	r->n = 0;
}

/* "VSS Provider Test      : SUCCESS -- Volume:  \\?\Volume{…}\ SnapShot ID:  {…}" */
static bool take_test(struct reader *r, struct str value)
{
	bool good = str_starts(value, STR("SUCCESS")), bad = str_starts(value, STR("Failed"));
	ptrdiff_t volume = str_find(value, STR("Volume:")), snapshot = str_find(value, STR("SnapShot ID:"));
	struct str rest = volume < 0 ? STR("") : str_from(value, (size_t)volume + 7);

	if ((!good && !bad) || volume < 0)
		return false;
	if (snapshot > volume)
		rest = str_sub(rest, 0, (size_t)(snapshot - volume - 7));
	fact(r, "check");
	sink_put(r->out, "name", STR("test shadow copy"));
	sink_put(r->out, "result", good ? STR("passed") : STR("failed"));
	label_put(r->out, "volume", str_trim(rest));
	if (snapshot > 0)
		label_put(r->out, "shadow", str_trim(str_from(value, (size_t)snapshot + 12)));
	sink_put(r->out, "source", STR("VSSPSS"));
	return true;
}

static void take_error(struct reader *r, struct str text)
{
	ptrdiff_t dirty = str_find(text, STR("Run CHKDSK on volume "));

	if (dirty > 0) {             /* the script saw the dirty bit */
		fact(r, "volume");
		put_letter(r, str_from(text, (size_t)dirty + 21));
		sink_put(r->out, "dirty", STR("true"));
	}
	fact(r, "check");
	sink_put(r->out, "name", STR("VSSPSS"));
	sink_put(r->out, "result", STR("failed"));
	sink_put(r->out, "detail", text);
	sink_put(r->out, "source", STR("VSSPSS"));
}

/* "Service Name: VSS Status: Stopped" */
static bool take_service(struct reader *r, struct str text)
{
	ptrdiff_t status = str_find(text, STR(" Status: "));

	if (!str_starts(text, STR("Service Name: ")) || status < 14)
		return false;
	fact(r, "service.state");
	sink_put(r->out, "name", str_trim(str_sub(text, 14, (size_t)status - 14)));
	service_put_state(r->out, str_from(text, (size_t)status + 9));
	return true;
}

static bool is_rule(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '-')
			return false;
	return s.n >= 10;
}

static void take_line(struct reader *r, const struct text_line *line)
{
	struct str text = str_trim(line->text), label, value;
	bool first = !r->n;

	if (is_rule(text)) {
		end_block(r);
		return;
	}
	if (first) {
		r->line = line->number;
		r->offset = line->offset;
	}
	if (str_starts(text, STR("ERROR:")) || str_starts(text, STR("SERVICE ERROR:")) ||
		str_starts(text, STR("VOLUME ERROR:"))) {
		take_error(r, text);
		return;
	}
	r->errors |= str_eq(text, STR("Errors"));
	if (take_service(r, text) || !label_split(text, &label, &value))
		return;
	if (str_eq(label, STR("VSS Provider Test")) && (r->errors || take_test(r, value)))
		return;
	/* Blocks of disks and providers stand one behind the other, each from its name. */
	if (str_eq(label, STR("Name")) && r->n) {
		end_block(r);
		r->line = line->number;
		r->offset = line->offset;
	}
	if (value.n && r->n < PAIRS_MAX)
		r->pairs[r->n++] = (struct pair){ arena_str(r->a, label), arena_str(r->a, value) };
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct reader r = { .out = out, .a = m->a };
	struct text_line line;

	(void)e;
	while (text_next(t, &line))
		take_line(&r, &line);
	end_block(&r);
	text_close(t);
	sink_note(out, NOTE_INFO, 0, 0, 0,
		"the script made and deleted a shadow copy of each local volume: the logs hold that");
	return 0;
}

static int bid(const struct probe *p)
{
	bool named = str_ifind(p->name, STR("VSSPSS")) >= 0 && str_iends(p->name, STR(".txt"));
	bool inside = str_find(p->text, STR("VSS Provider Test  ")) >= 0 ||
		(str_find(p->text, STR("Physical Disk Information")) >= 0 &&
			str_find(p->text, STR("Bytes/Sector")) >= 0);

	return inside ? 85 : named && str_find(p->text, STR("------------------------------------")) >= 0 ? 70 : 0;
}

const struct parser parser_vsspss = {
	.name = "vsspss",
	.about = "VSSPSS.txt of SDP: disks, providers, shadow copy storage, its test shadow copies, its errors",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
