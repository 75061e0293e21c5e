/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Report.wer of Windows Error Reporting: "key=value" in UTF-16, one crash, hang or fault a file.
 * EventTime is a FILETIME. What Sig[n] means hangs on EventType; their names may be in the system's
 * language, so those of the common types are known by their place.
 */
#include "parsers/label.h"
#include "parsers/text.h"

#define PAIRS_MAX 64

struct pair {
	struct str name, value;
};

struct report {
	struct str type, time, id, process, path, bucket;
	struct pair sig[PAIRS_MAX], dynamic[PAIRS_MAX];
	uint64_t line, offset;   /* of the type */
};

/* "Sig[3].Name=x": the pair's half that the key names. */
static bool take_pair(struct report *r, struct str key, struct str value)
{
	bool dynamic = str_starts(key, STR("DynamicSig["));
	struct str rest = str_from(key, dynamic ? 11 : 4), number;
	uint64_t n;

	if ((!dynamic && !str_starts(key, STR("Sig["))) || !str_split(&rest, ']', &number) ||
		!str_to_u64(number, 10, &n) || n >= PAIRS_MAX)
		return false;
	if (str_eq(rest, STR(".Name")))
		(dynamic ? r->dynamic : r->sig)[n].name = value;
	else if (str_eq(rest, STR(".Value")))
		(dynamic ? r->dynamic : r->sig)[n].value = value;
	return true;
}

static void take_line(struct report *r, const struct text_line *line, struct arena *a)
{
	struct {
		const char *key;
		struct str *where;
	} plain[] = { { "EventType", &r->type }, { "EventTime", &r->time },
		{ "ReportIdentifier", &r->id }, { "NsAppName", &r->process }, { "AppPath", &r->path },
		{ "Response.BucketId", &r->bucket } };
	ptrdiff_t eq = str_chr(line->text, '=');
	struct str key, value;

	if (eq <= 0)
		return;
	key = str_sub(line->text, 0, (size_t)eq);
	value = arena_str(a, str_trim(str_from(line->text, (size_t)eq + 1)));
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (!str_eq(key, str_of(plain[i].key)) || plain[i].where->n)
			continue;
		*plain[i].where = value;
		if (i == 0) {
			r->line = line->number;
			r->offset = line->offset;
		}
	}
	take_pair(r, arena_str(a, key), value);
}

/* What the places of Sig mean, by type; NULL ends a list. */
static const struct {
	const char *type, *verb;
	const char *field[10];
} types[] = {
	{ "APPCRASH", "crashed", { "process", "process_version", NULL, "module", "module_version", NULL,
		"code", "offset" } },
	{ "BEX", "crashed", { "process", "process_version", NULL, "module", "module_version", NULL,
		"offset", "code", "data" } },
	{ "BEX64", "crashed", { "process", "process_version", NULL, "module", "module_version", NULL,
		"offset", "code", "data" } },
	{ "AppHangB1", "hung", { "process", "process_version", NULL, "hang" } },
	{ "AppHangXProcB1", "hung", { "process", "process_version", NULL, "hang", NULL, "waits_for" } },
	{ "CLR20r3", "crashed", { "process", "process_version", NULL, "module", "module_version", NULL, NULL,
		NULL, "exception" } },
	{ "BlueScreen", "stopped", { "code", "parameter1", "parameter2", "parameter3", "parameter4" } },
};

static size_t type_of(struct str type)
{
	size_t i = 0;

	while (i < sizeof(types) / sizeof(types[0]) && !str_ieq(type, str_of(types[i].type)))
		i++;
	return i;
}

/* "c0000005" as 0xc0000005; other texts as they are. */
static void put_code(struct sink *out, struct str v)
{
	uint64_t n;

	if (v.n && v.n <= 8 && str_to_u64(v, 16, &n))
		sink_field_number(out, SECTION_EVENTDATA, sink_text(out, STR("code")), VALUE_HEX, n);
	else
		label_put(out, "code", v);
}

static void put_signature(struct sink *out, const struct report *r, size_t type, struct arena *a)
{
	bool known = type < sizeof(types) / sizeof(types[0]);

	for (size_t i = 0; i < PAIRS_MAX; i++) {
		const char *name = known ? i < 10 ? types[type].field[i] : NULL :
			arena_cstr(a, r->sig[i].name);

		if (!r->sig[i].value.n || !name || !*name)
			continue;
		if (known && strcmp(name, "code") == 0)
			put_code(out, r->sig[i].value);
		else
			sink_put(out, name, r->sig[i].value);
	}
	/* 1 and 2 are the system's version and language. */
	for (size_t i = 3; i < PAIRS_MAX && !known; i++)
		if (r->dynamic[i].value.n && r->dynamic[i].name.n)
			sink_put(out, arena_cstr(a, r->dynamic[i].name), r->dynamic[i].value);
}

static struct str message(const struct report *r, size_t type, struct arena *a)
{
	struct str who = r->sig[0].value.n ? r->sig[0].value : r->process;

	if (type >= sizeof(types) / sizeof(types[0]))
		return arena_printf(a, "%.*s: %.*s", STR_ARG(r->type), STR_ARG(who));
	if (strcmp(types[type].verb, "crashed") == 0 && r->sig[3].value.n)
		return arena_printf(a, "%.*s crashed in %.*s", STR_ARG(who), STR_ARG(r->sig[3].value));
	if (strcmp(types[type].verb, "stopped") == 0)
		return arena_printf(a, "Windows stopped with code 0x%.*s", STR_ARG(who));
	return arena_printf(a, "%.*s %s", STR_ARG(who), types[type].verb);
}

static void put_report(const struct report *r, struct sink *out, struct arena *a)
{
	size_t type = type_of(r->type);
	struct kind k = { .data_type = STR("windows:wer:report"), .source = r->type,
		.provider = STR("Windows Error Reporting"), .level = LEVEL_ERROR };
	struct row row = { .basis = BASIS_UTC, .flags = ROW_LINE, .number = r->line,
		.offset = r->offset, .message = message(r, type, a) };
	uint64_t time;

	if (!str_to_u64(r->time, 10, &time) || time > INT64_MAX || !time) {
		row.basis = BASIS_NONE;
		row.time_100ns = TIME_NONE;
	} else {
		row.time_100ns = (int64_t)time;
	}
	row.kind = sink_kind(out, &k);
	sink_row(out, &row);
	put_signature(out, r, type, a);
	if (type >= sizeof(types) / sizeof(types[0]) || !r->sig[0].value.n)
		label_put(out, "process", r->process);
	label_put(out, "path", r->path);
	label_put(out, "report_id", r->id);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct report *r = arena_alloc(m->a, sizeof(*r));
	struct text_line line;

	while (text_next(t, &line))
		take_line(r, &line, m->a);
	text_close(t);
	if (!r->type.n)
		return err_set(e, E_DAMAGED, "the report does not tell its type");
	put_report(r, out, m->a);
	return 0;
}

static int bid(const struct probe *p)
{
	struct str head = str_sub(p->text, 0, 4096);

	return str_starts(head, STR("Version=")) && str_find(head, STR("\nEventType=")) > 0 ? 90 :
	       str_iends(p->name, STR(".wer")) && str_find(head, STR("EventType=")) >= 0 ? 85 : 0;
}

const struct parser parser_wer = {
	.name = "wer",
	.about = "Report.wer: crashes, hangs and faults that Windows Error Reporting kept",
	.data_type = "windows:wer:report",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
