/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry as text: .reg files, `reg query`, and the headers that collection scripts write over
 * it. Exports run to hundreds of megabytes; reg_map.c chooses what of it is told.
 */
#include "parsers/reg_map.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

#define VALUE_BYTES_MAX ((size_t)65536)

struct reader {
	struct sink *out;
	struct arena *a;
	struct reg_map *map;
	struct buf value;        /* a line that goes on behind a '\' */
	bool too_long;           /* and has more than VALUE_BYTES_MAX */
	uint64_t line, offset;
	uint64_t broken;         /* lines of keys that can't be read */
};

/* "[HKEY_…]" or "HKEY_…" alone on a line. */
static bool take_key(struct reader *r, struct str text)
{
	if (str_istarts(text, STR("[HK")) && str_ends(text, STR("]")))
		text = str_sub(text, 1, text.n - 2);
	if (str_istarts(text, STR("HKLM\\")))
		text = arena_printf(r->a, "HKEY_LOCAL_MACHINE%.*s", STR_ARG(str_from(text, 4)));
	/* A key's line that is broken ends the key before it: what follows is not that one's. */
	if (str_starts(text, STR("[")))
		text = STR("");
	else if (!str_istarts(text, STR("HKEY_")))
		return false;
	r->broken += !text.n;
	reg_map_key(r->map, text, r->line, r->offset);
	return true;
}

static void put_value(struct reader *r, struct str name, struct str kind, struct str data)
{
	uint64_t n;

	/* 0x00000002 and 0x2 are one number in two tools' writing. */
	if ((str_eq(kind, STR("REG_DWORD")) || str_eq(kind, STR("REG_QWORD"))) &&
		str_istarts(data, STR("0x")) && str_to_u64(str_from(data, 2), 16, &n))
		data = arena_printf(r->a, "0x%llx", (unsigned long long)n);
	reg_map_value(r->map, name, kind, data, r->line, r->offset);
}

/* "61,00,62,00,00,00": the UTF-16 text of hex(1), hex(2) and hex(7), several joined by '\n'. */
static struct str hex_text(struct reader *r, struct str hex)
{
	struct buf raw = { 0 }, text = { 0 };
	struct str part, out;

	while (str_split(&hex, ',', &part)) {
		uint64_t byte;

		if (str_to_u64(str_trim(part), 16, &byte) && byte < 256)
			buf_putc(&raw, (char)byte);
	}
	buf_utf16le(&text, (const uint8_t *)raw.p, raw.n & ~(size_t)1);
	while (text.n && text.p[text.n - 1] == '\0')
		text.n--;
	for (size_t i = 0; i < text.n; i++)
		if (!text.p[i])
			text.p[i] = '\n';
	out = arena_str(r->a, buf_str(&text));
	buf_free(&raw);
	buf_free(&text);
	return out;
}

static void take_hex(struct reader *r, struct str name, struct str kind, struct str data)
{
	static const char *const kinds[][2] = { { "hex(1)", "REG_SZ" }, { "hex(2)", "REG_EXPAND_SZ" },
		{ "hex(7)", "REG_MULTI_SZ" } };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (str_eq(kind, str_of(kinds[i][0]))) {
			put_value(r, name, str_of(kinds[i][1]), hex_text(r, data));
			return;
		}
	put_value(r, name, kind, data);
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
	if (str_starts(v, STR("\"")))
		put_value(r, unescape(r, name), STR("REG_SZ"),
			unescape(r, str_sub(v, 1, v.n > 2 ? v.n - 2 : 0)));
	else if (str_starts(v, STR("dword:")))
		put_value(r, unescape(r, name), STR("REG_DWORD"),
			arena_printf(r->a, "0x%.*s", STR_ARG(str_from(v, 6))));
	else if (colon > 0)
		take_hex(r, unescape(r, name), str_sub(v, 0, (size_t)colon), str_from(v, (size_t)colon + 1));
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
	bool fits;

	if (!r->value.n) {
		r->line = line->number;
		r->offset = line->offset;
		if (take_key(r, text))
			return;
	}
	fits = r->value.n + text.n < VALUE_BYTES_MAX;
	r->too_long |= !fits;
	if (fits)
		buf_puts(&r->value, text);
	if (str_ends(text, STR("\\")) && r->value.n && r->value.p[0] == '"' &&
		str_find(buf_str(&r->value), STR("=hex")) > 0) {
		r->value.n -= fits;
		return;
	}
	if (r->too_long)
		sink_note(r->out, NOTE_LIMIT, r->offset, 0, 0, "a value longer than %zu bytes is cut",
			VALUE_BYTES_MAX);
	r->too_long = false;
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
	struct reader r = { .out = out, .map = reg_map_new(out) };
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
	reg_map_end(r.map);
	if (r.broken)
		sink_note(out, NOTE_DAMAGED, 0, 0, r.broken, "%llu lines in brackets name no key",
			(unsigned long long)r.broken);
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
	.version = 3,
	.text = true,
	.bid = bid,
	.parse = parse,
};
