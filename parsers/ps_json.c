/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects of ConvertTo-Json: an array of them, one alone, or PowerShell's {"value": […], "Count": n}.
 * Objects within become "Outer.Inner" properties; objects in a list are told on their own. Records of
 * Get-WinEvent and Get-EventLog become the events they are; the rest goes by parsers/formats/ps-map.yaml.
 */
#include <stdlib.h>

#include "parsers/json_read.h"
#include "parsers/ps_map.h"
#include "parsers/text_value.h"

#define DEPTH_MAX 24
#define VALUES_MAX 100

struct record {
	struct ps_object o;
	struct str value[VALUES_MAX];    /* of an event's Properties */
	size_t values;
	struct record *free;
};

struct reader {
	struct sink *out;
	struct ps_map *map;
	struct arena *a;
	struct json_reader j;
	struct record *spare;
	struct str file;
	uint64_t objects, told, bad_events;
	bool cut, deep;
};

static struct record *record_new(struct reader *r)
{
	struct record *x = r->spare ? r->spare : xmalloc(sizeof(*x));

	if (r->spare)
		r->spare = x->free;
	x->o.n = x->values = 0;
	x->o.line = r->j.line;
	x->o.offset = r->j.offset;
	return x;
}

static void record_done(struct reader *r, struct record *x)
{
	x->free = r->spare;
	r->spare = x;
}

/* "/Date(1715650366000)/" and "/Date(1715650366000+0200)/" count from 1970 in UTC. */
static struct str date_of(struct reader *r, struct str v)
{
	char text[RFC3339_BYTES];
	struct str number;
	int64_t ms;
	size_t n = 0;

	if (!str_starts(v, STR("/Date(")) || !str_ends(v, STR(")/")))
		return v;
	number = str_sub(v, 6, v.n - 8);
	while (n < number.n && (n == 0 || (number.p[n] >= '0' && number.p[n] <= '9')))
		n++;
	if (!str_to_i64(str_sub(number, 0, n), &ms) || ms > INT64_C(200000000000000) || ms < -INT64_C(11644473600000))
		return v;
	return arena_str(r->a, str_of(time_rfc3339(TICKS_UNIX_EPOCH + ms * TICKS_MS, text)));
}

static struct ps_property *property(struct ps_object *o, struct str name)
{
	for (size_t i = 0; i < o->n; i++)
		if (str_ieq(o->p[i].name, name))
			return &o->p[i];
	return NULL;
}

/* A list's items are joined, as PowerShell prints them. */
static void add_property(struct reader *r, struct ps_object *o, struct str name, struct str value, bool list)
{
	struct ps_property *p = list ? property(o, name) : NULL;

	if (p && p->value.n)
		p->value = arena_printf(r->a, "%.*s, %.*s", STR_ARG(p->value), STR_ARG(value));
	else if (o->n < PS_PROPERTIES_MAX)
		o->p[o->n++] = (struct ps_property){ .name = name, .value = date_of(r, arena_str(r->a, value)) };
}

/* ---- events ---- */

static struct str text_of(struct record *x, const char *const names[])
{
	for (; *names; names++) {
		struct ps_property *p = property(&x->o, str_of(*names));

		if (p && p->value.n)
			return p->value;
	}
	return STR("");
}

#define TEXT(x, ...) text_of((x), (const char *const[]){ __VA_ARGS__, NULL })

static bool is_event(struct record *x)
{
	struct ps_object *o = &x->o;

	if (property(o, STR("ProviderName")) && property(o, STR("Id")))
		return TEXT(x, "TimeCreated", "TimeCreated.value").n > 0;
	return property(o, STR("Source")) && property(o, STR("EventID")) &&
		TEXT(x, "TimeGenerated", "TimeGenerated.value").n > 0;
}

static uint8_t level_of(struct record *x)
{
	static const uint8_t entry_types[] = { LEVEL_INFO, LEVEL_ERROR, LEVEL_WARNING, LEVEL_UNKNOWN, LEVEL_INFO };
	uint64_t n;

	if (str_to_u64(TEXT(x, "Level"), 10, &n))
		return n <= LEVEL_VERBOSE ? (uint8_t)n : LEVEL_UNKNOWN;
	if (str_to_u64(TEXT(x, "EntryType"), 10, &n))
		return n < sizeof(entry_types) ? entry_types[n] : LEVEL_INFO;   /* audits are information */
	return LEVEL_UNKNOWN;
}

static bool time_of(struct str s, struct row *row)
{
	struct str clock = str_from(s, 10);

	if (time_parse_rfc3339(s, &row->time_100ns)) {
		row->basis = str_ends(s, STR("Z")) || str_chr(clock, '+') > 0 || str_chr(clock, '-') > 0 ? BASIS_UTC :
			BASIS_HOST;
		return true;
	}
	row->basis = BASIS_HOST;
	return value_date(s, &row->time_100ns, &row->flags, NULL);
}

static void put_event(struct reader *r, struct record *x)
{
	struct str time = TEXT(x, "TimeCreated", "TimeCreated.value", "TimeGenerated", "TimeGenerated.value");
	struct str record = TEXT(x, "RecordId", "Index");
	struct kind k = { .data_type = STR("windows:evtx:export"), .provider = TEXT(x, "ProviderName", "Source"),
		.channel = TEXT(x, "LogName"), .computer = TEXT(x, "MachineName"), .level = level_of(x) };
	struct row row = { .flags = ROW_LINE, .number = x->o.line, .offset = x->o.offset,
		.user = TEXT(x, "UserId.Value", "UserId", "UserName"), .message = str_trim(TEXT(x, "Message")) };
	uint64_t id, pid = 0, tid = 0;

	if (!str_to_u64(TEXT(x, "Id", "EventID"), 10, &id) || !k.provider.n || !time_of(time, &row)) {
		r->bad_events++;
		return;
	}
	k.id = (uint32_t)id & 0xffff;
	k.has_id = true;
	if (str_to_u64(TEXT(x, "ProcessId"), 10, &pid) && str_to_u64(TEXT(x, "ThreadId"), 10, &tid)) {
		row.pid = (uint32_t)pid;
		row.tid = (uint32_t)tid;
	}
	row.kind = sink_kind(r->out, &k);
	sink_row(r->out, &row);
	for (size_t i = 0; i < x->values; i++)
		sink_field_text(r->out, SECTION_EVENTDATA, 0, x->value[i]);
	if (record.n)
		sink_field_text(r->out, SECTION_META, sink_text(r->out, STR("record_id")), record);
	if (row.basis != BASIS_UTC)
		sink_field_text(r->out, SECTION_META, sink_text(r->out, STR("raw_time")), time);
	r->told++;
}

/* ---- objects ---- */

static void add_value(struct reader *r, struct record *x, struct str value)
{
	if (x->values < VALUES_MAX)
		x->value[x->values++] = arena_str(r->a, value);
}

/* One item of a list of `name`, as Properties of an event: {"Value": …}. */
static bool take_value(struct reader *r, struct record *parent, struct str name, struct record *x)
{
	if (!parent || !str_eq(name, STR("Properties")) || x->o.n != 1 || !str_eq(x->o.p[0].name, STR("Value")))
		return false;
	add_value(r, parent, x->o.p[0].value);
	return true;
}

static void give(struct reader *r, struct record *x, bool top)
{
	if (is_event(x))
		put_event(r, x);
	else
		r->told += ps_map_put(r->map, r->out, r->file, &x->o, r->a);
	r->objects++;
	if (!top)
		return;
	if (sink_commit_point(r->out, x->o.offset) || arena_used(r->a) > 1024 * 1024) {
		arena_free(r->a);
		r->a = arena_new();
	}
}

static void take_object(struct reader *r, struct record *x, struct str prefix, unsigned depth);
static void take_array(struct reader *r, struct record *x, struct str name, unsigned depth);

static bool is_end(struct reader *r, enum json_kind kind)
{
	r->cut |= kind == JSON_END || kind == JSON_BAD;
	return r->cut || kind == JSON_OBJECT_END || kind == JSON_ARRAY_END;
}

static void take_one(struct reader *r, struct record *x, struct str name, enum json_kind kind, bool list,
	unsigned depth)
{
	struct str text = buf_str(&r->j.text);

	if (kind == JSON_OBJECT)
		take_object(r, x, name, depth + 1);
	else if (kind == JSON_ARRAY)     /* the wrapper around a list is no object itself */
		take_array(r, depth == 1 && x && !x->o.n && str_eq(name, STR("value")) ? NULL : x, name,
			depth + 1);
	else if (x && list && kind != JSON_NULL && str_eq(name, STR("ReplacementStrings")))
		add_value(r, x, text);
	else if (x && kind != JSON_NULL)
		add_property(r, &x->o, name, kind == JSON_TRUE ? STR("True") : kind == JSON_FALSE ? STR("False") :
			text, list);
}

static void take_object(struct reader *r, struct record *x, struct str prefix, unsigned depth)
{
	enum json_kind kind;

	r->deep |= depth > DEPTH_MAX;
	while (!r->deep && !is_end(r, kind = json_read_next(&r->j))) {
		struct str key = buf_str(&r->j.text), name;

		if (kind != JSON_KEY)
			continue;        /* a value without a name: damage */
		name = prefix.n ? arena_printf(r->a, "%.*s.%.*s", STR_ARG(prefix), STR_ARG(key)) :
			arena_str(r->a, key);
		kind = json_read_next(&r->j);
		if (is_end(r, kind))
			break;
		take_one(r, x, name, kind, false, depth);
	}
}

static void take_array(struct reader *r, struct record *x, struct str name, unsigned depth)
{
	enum json_kind kind;

	r->deep |= depth > DEPTH_MAX;
	while (!r->deep && !is_end(r, kind = json_read_next(&r->j))) {
		struct record *item;

		if (kind != JSON_OBJECT) {
			take_one(r, x, name, kind, true, depth);
			continue;
		}
		item = record_new(r);
		take_object(r, item, STR(""), depth + 1);
		if (!r->cut && !take_value(r, x, name, item))
			give(r, item, !x);
		record_done(r, item);
	}
}

/* One value of the member's top; there may be several, a line each. */
static void take_top(struct reader *r, enum json_kind kind)
{
	struct record *x;

	if (kind == JSON_ARRAY) {
		take_array(r, NULL, STR(""), 1);
	} else if (kind == JSON_OBJECT) {
		x = record_new(r);
		take_object(r, x, STR(""), 1);
		if (!r->cut && !(x->o.n == 1 && str_eq(x->o.p[0].name, STR("Count"))))
			give(r, x, true);
		record_done(r, x);
	}
}

static void tell_losses(struct reader *r, uint64_t size)
{
	uint64_t rest = size > r->j.offset ? size - r->j.offset : 0;

	if (r->cut)
		sink_note(r->out, NOTE_DAMAGED, r->j.offset, rest, 0,
			"JSON breaks off; what was open there is left out");
	if (r->deep)
		sink_note(r->out, NOTE_LIMIT, r->j.offset, rest, 0,
			"JSON deeper than %d levels is not read on", DEPTH_MAX);
	if (r->bad_events)
		sink_note(r->out, NOTE_DAMAGED, 0, 0, r->bad_events,
			"%llu records name no provider, id or time", (unsigned long long)r->bad_events);
	if (r->objects > r->told + r->bad_events)
		sink_note(r->out, r->told ? NOTE_INFO : NOTE_UNSUPPORTED, 0, 0, 0,
			"%llu objects, of which %llu tell something that is known",
			(unsigned long long)r->objects, (unsigned long long)r->told);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out, .map = ps_map_load(m->a, e), .file = m->name };
	enum json_kind kind = JSON_END;

	if (!r.map)
		return e->code;
	r.a = arena_new();
	json_read_open(&r.j, m->data, (size_t)m->held);
	while (!r.cut && !r.deep && (kind = json_read_next(&r.j)) != JSON_END && kind != JSON_BAD)
		take_top(&r, kind);
	r.cut |= kind == JSON_BAD;
	tell_losses(&r, m->held);
	json_read_close(&r.j);
	arena_free(r.a);
	while (r.spare) {
		struct record *x = r.spare;

		r.spare = x->free;
		free(x);
	}
	return 0;
}

static bool has_key(struct str head, const char *key)
{
	ptrdiff_t at = str_find(head, str_of(key));

	return at > 0 && str_starts(str_trim(str_from(head, (size_t)at + strlen(key))), STR(":"));
}

/* An object or a list of them whose keys are properties that the map, or an event, begins with. */
static int bid(const struct probe *p)
{
	static const char *const keys[] = { "\"VMName\"", "\"VMId\"", "\"HealthStatus\"", "\"OperationalStatus\"",
		"\"VhdType\"", "\"HotFixID\"", "\"OwnerNode\"", "\"OwnerGroup\"", "\"PSComputerName\"",
		"\"CimClass\"", "\"SwitchType\"", "\"SwitchName\"", "\"ClusterFunctionalLevel\"",
		"\"NodeWeight\"", "\"Metric\"", "\"VirtualHardDiskPath\"", "\"PrimaryServer\"", "\"TargetNodeAddress\"",
		"\"ShareName\"", "\"ClientUserName\"", "\"ExclusionPath\"", "\"DriveLetter\"", "\"DiskNumber\"",
		"\"PathVerificationState\"", "\"CmdletName\"", "\"FaultType\"",
		"\"StartType\"", "\"StartMode\"", "\"NodeAddress\"", "\"DriverVersion\"" };
	struct str head = str_trim(str_sub(p->text, 0, 32768));

	if (!str_starts(head, STR("[")) && !str_starts(head, STR("{")))
		return 0;
	if ((has_key(head, "\"ProviderName\"") && has_key(head, "\"TimeCreated\"")) ||
		(has_key(head, "\"EventID\"") && has_key(head, "\"TimeGenerated\"") && has_key(head, "\"Source\"")))
		return 80;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (has_key(head, keys[i]))
			return 60;
	return str_istarts(p->name, STR("Get-")) && has_key(head, "\"Name\"") ? 60 : 0;
}

const struct parser parser_ps_json = {
	.name = "ps_json",
	.about = "objects of ConvertTo-Json: event records, VMs, disks, cluster, host",
	.data_type = "windows:evtx:export",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
