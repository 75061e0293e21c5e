/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry as text: .reg files, `reg query`, and the headers that collection scripts write over
 * it. Exports run to hundreds of megabytes, so only keys that backup, snapshots, virtualization and
 * time depend on are told; a service's Start value becomes its start mode.
 */
#include "parsers/label.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

#define DATA_MAX ((size_t)4096)

struct reader {
	struct sink *out;
	struct arena *a;
	struct buf key, value;   /* value: a line that goes on behind a '\' */
	bool wanted, service;
	uint64_t line, offset, values, told;
};

static bool key_wanted(struct str key)
{
	static const char *const parts[] = { "\\Control\\TimeZoneInformation", "\\Services\\VSS",
		"\\Services\\Volsnap", "\\Virtualization", "\\BackupRestore", "\\Control\\FileSystem",
		"\\Services\\mpio", "\\Services\\msdsm", "\\Services\\Disk", "\\Control\\MPDEV" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (str_ifind(key, str_of(parts[i])) >= 0)
			return true;
	return false;
}

/* "[HKEY_…]" or "HKEY_…" alone on a line. */
static bool take_key(struct reader *r, struct str text)
{
	ptrdiff_t at;

	if (str_starts(text, STR("[")) && str_ends(text, STR("]")))
		text = str_sub(text, 1, text.n - 2);
	if (!str_istarts(text, STR("HKEY_")) && !str_istarts(text, STR("HKLM\\")))
		return false;
	r->key.n = 0;
	buf_puts(&r->key, text);
	r->wanted = key_wanted(text);
	at = str_ifind(text, STR("\\Services\\"));
	r->service = at > 0 && str_chr(str_from(text, (size_t)at + 10), '\\') < 0;
	return true;
}

static void put_start(struct reader *r, struct str data)
{
	static const char *const modes[] = { "boot", "system", "auto", "demand", "disabled" };
	struct str key = buf_str(&r->key);
	uint64_t n;

	if (str_istarts(data, STR("0x")))
		data = str_from(data, 2);
	if (!str_to_u64(data, 16, &n) || n >= 5)
		return;
	sink_fact(r->out, STR("service.state"), r->line, r->offset);
	sink_put(r->out, "name", str_from(key, (size_t)str_rchr(key, '\\') + 1));
	sink_put(r->out, "start", str_of(modes[n]));
}

static void put_value(struct reader *r, struct str name, struct str kind, struct str data)
{
	r->values++;
	if (r->service && str_ieq(name, STR("Start")))
		put_start(r, data);
	if (!r->wanted)
		return;
	r->told++;
	sink_fact(r->out, STR("registry.value"), r->line, r->offset);
	sink_put(r->out, "key", buf_str(&r->key));
	sink_put(r->out, "name", name);
	sink_put(r->out, "kind", kind);
	sink_put(r->out, "data", str_sub(data, 0, DATA_MAX));
}

/* In .reg files '\' and '"' stand behind a '\'. */
static struct str unescape(struct reader *r, struct str s)
{
	char *p = arena_cstr(r->a, s);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
		p[n++] = s.p[i];
	}
	return str_make(p, n);
}

/* "name"="text", "name"=dword:00000002, @=hex(2):… */
static void take_reg(struct reader *r, struct str text)
{
	ptrdiff_t eq = str_starts(text, STR("@=")) ? 1 : str_find(text, STR("\"="));
	struct str name = eq > 1 ? str_sub(text, 1, (size_t)eq - 1) : STR("");
	struct str v = str_from(text, (size_t)eq + (eq > 1 ? 2 : 1));
	ptrdiff_t colon = str_chr(v, ':');

	if (eq < 1)
		return;
	if (!r->wanted && !r->service)
		r->values++;
	else if (str_starts(v, STR("\"")))
		put_value(r, unescape(r, name), STR("REG_SZ"),
			unescape(r, str_sub(v, 1, v.n > 2 ? v.n - 2 : 0)));
	else if (str_starts(v, STR("dword:")))
		put_value(r, unescape(r, name), STR("REG_DWORD"),
			arena_printf(r->a, "0x%.*s", STR_ARG(str_from(v, 6))));
	else if (colon > 0)
		put_value(r, unescape(r, name), str_sub(v, 0, (size_t)colon), str_from(v, (size_t)colon + 1));
}

/* "    name    REG_SZ    data" */
static void take_query(struct reader *r, struct str text)
{
	ptrdiff_t at = str_find(text, STR("    REG_"));
	struct str rest, kind;
	ptrdiff_t end;

	if (at <= 0)
		return;
	rest = str_from(text, (size_t)at + 4);
	end = str_chr(rest, ' ');
	kind = end > 0 ? str_sub(rest, 0, (size_t)end) : rest;
	put_value(r, str_trim(str_sub(text, 0, (size_t)at)), kind,
		end > 0 ? str_trim(str_from(rest, (size_t)end)) : STR(""));
}

static void take_line(struct reader *r, const struct text_line *line)
{
	struct str text = str_trim(line->text);

	if (!r->value.n) {
		r->line = line->number;
		r->offset = line->offset;
		if (take_key(r, text))
			return;
	}
	if (r->value.n + text.n < 65536)
		buf_puts(&r->value, text);
	if (str_ends(text, STR("\\")) && r->value.p[0] == '"' && str_find(buf_str(&r->value), STR("=hex")) > 0) {
		r->value.n--;
		return;
	}
	text = buf_str(&r->value);
	if (str_starts(text, STR("\"")) || str_starts(text, STR("@=")))
		take_reg(r, text);
	else
		take_query(r, text);
	r->value.n = 0;
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct reader r = { .out = out };
	struct text_line line;

	(void)e;
	r.a = arena_new();
	while (text_next(t, &line)) {
		take_line(&r, &line);
		if (arena_used(r.a) > 1024 * 1024) {
			arena_free(r.a);
			r.a = arena_new();
			sink_commit_point(out, line.offset);
		}
	}
	if (r.values > r.told)
		sink_note(out, NOTE_INFO, 0, 0, 0, "%llu registry values, told %llu of keys that matter here",
			(unsigned long long)r.values, (unsigned long long)r.told);
	buf_free(&r.key);
	buf_free(&r.value);
	arena_free(r.a);
	text_close(t);
	return 0;
}

static int bid(const struct probe *p)
{
	struct str head = str_sub(p->text, 0, 4096);

	if (str_starts(head, STR("Windows Registry Editor")) || str_starts(head, STR("REGEDIT4")))
		return 90;
	if (str_find(head, STR("HKEY_")) < 0)
		return 0;
	return str_find(head, STR("    REG_")) >= 0 || str_find(head, STR("[HKEY_")) >= 0 ? 65 : 0;
}

const struct parser parser_reg_text = {
	.name = "reg_text",
	.about = "registry as text (.reg, reg query): time zone, services' start, VSS, Hyper-V",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
