/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vssadmin list writers | providers | shadows | shadowstorage | volumes, in any language, several in
 * one file as SDP and TSS write them:
 *
 *   Writer name: 'System Writer'
 *      Writer Id: {e8132975-6f93-4464-a53e-1050253ae220}
 *      Writer Instance Id: {b1c47cec-0e12-4ac6-b84b-9c1d8292a9f3}
 *      State: [5] Waiting for completion
 *      Last error: No error
 *
 * Labels are localised, so a block is known by its shape: how many values it has, which of them are
 * GUIDs, which is "[n] …". A list that ran and has no block is a fact of its own.
 */
#include "parsers/parser.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

#define VALUES_MAX 24

enum list_kind { LIST_UNKNOWN, LIST_WRITERS, LIST_PROVIDERS, LIST_SHADOWS, LIST_STORAGE, LIST_VOLUMES };

struct block {
	struct str head;                 /* value of the line at column 0 */
	struct str head_line;
	struct str value[VALUES_MAX];
	size_t indent[VALUES_MAX];
	size_t n;
	uint64_t line, offset;
};

struct reader {
	struct sink *out;
	struct arena *a;
	struct block b;
	bool open;
	enum list_kind list;
	bool list_open, banner;          /* the tool itself spoke */
	uint64_t count, list_line, list_offset;
	struct str set_id, created;      /* of the shadow copy set at hand */
	uint64_t broken, broken_offset;  /* blocks that are no whole ones */
	struct str remark;               /* what stood there instead of a block: an error, mostly */
};

static bool is_guid(struct str s)
{
	char guid[GUID_BYTES];

	return value_guid(s, guid) && s.n <= 40;
}

static void put_guid(struct sink *out, const char *name, struct str s)
{
	char guid[GUID_BYTES];

	if (value_guid(s, guid))
		sink_put(out, name, str_of(guid));
}

/* The line of dashes around a title. */
static bool is_rule(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("-=_*# ", s.p[i]))
			return false;
	return true;
}

/* "(C:)\\?\Volume{…}\": the letter, and the GUID. */
static void put_volume(struct sink *out, const char *name, const char *guid_name, struct str s)
{
	ptrdiff_t close = str_chr(s, ')');

	if (s.n && s.p[0] == '(' && close > 1)
		sink_put(out, name, str_sub(s, 1, (size_t)close - 1));
	else
		sink_put(out, name, s);
	put_guid(out, guid_name, s);
}

static void count_block(struct reader *r, enum list_kind kind)
{
	if (r->list == LIST_UNKNOWN)
		r->list = kind;
	r->count++;
}

static void put_writer(struct reader *r)
{
	const struct block *b = &r->b;
	uint64_t state = 0;
	ptrdiff_t bracket = str_chr(b->value[2], ']');

	value_bracketed(b->value[2], &state);
	sink_fact(r->out, STR("vss.writer"), b->line, b->offset);
	sink_put(r->out, "name", value_unquoted(b->head));
	put_guid(r->out, "class_id", b->value[0]);
	put_guid(r->out, "instance_id", b->value[1]);
	sink_put_u64(r->out, "state_number", state);
	sink_put(r->out, "state", str_trim(str_from(b->value[2], (size_t)(bracket + 1))));
	if (b->n > 3)
		sink_put(r->out, "last_error", b->value[3]);
	count_block(r, LIST_WRITERS);
}

static void put_provider(struct reader *r)
{
	const struct block *b = &r->b;

	sink_fact(r->out, STR("vss.provider"), b->line, b->offset);
	sink_put(r->out, "name", value_unquoted(b->head));
	sink_put(r->out, "kind", b->value[0]);
	put_guid(r->out, "id", b->value[1]);
	if (b->n > 2)
		sink_put(r->out, "version", b->value[2]);
	count_block(r, LIST_PROVIDERS);
}

static void put_space(struct sink *out, const char *name, struct str s)
{
	uint64_t bytes;

	if (value_size(s, &bytes))
		sink_put_u64(out, name, bytes);
}

static void put_storage(struct reader *r)
{
	const struct block *b = &r->b;
	uint64_t bytes;

	sink_fact(r->out, STR("vss.shadowstorage"), b->line, b->offset);
	put_volume(r->out, "volume", "volume_guid", b->value[0]);
	put_volume(r->out, "storage_volume", "storage_volume_guid", b->value[1]);
	put_space(r->out, "used_bytes", b->value[2]);
	put_space(r->out, "allocated_bytes", b->value[3]);
	put_space(r->out, "maximum_bytes", b->value[4]);
	sink_put(r->out, "unbounded", value_size(b->value[4], &bytes) ? STR("false") : STR("true"));
	count_block(r, LIST_STORAGE);
}

/* One copy: its id, then values whose shape tells them apart. */
static void put_shadow(struct reader *r, size_t from, size_t to)
{
	const struct block *b = &r->b;
	size_t machines = 0, rest = 0;

	sink_fact(r->out, STR("vss.shadow"), b->line, b->offset);
	put_guid(r->out, "set_id", r->set_id);
	sink_put(r->out, "created_raw", r->created);
	put_guid(r->out, "id", b->value[from]);
	for (size_t i = from + 1; i < to; i++) {
		struct str v = b->value[i];

		if (str_ifind(v, STR("HarddiskVolumeShadowCopy")) >= 0)
			sink_put(r->out, "device", v);
		else if (str_find(v, STR("\\\\?\\Volume{")) >= 0)
			put_volume(r->out, "volume", "volume_guid", v);
		else if (v.n && (v.p[0] == '\'' || v.p[0] == '"'))
			sink_put(r->out, "provider", value_unquoted(v));
		else if (machines < 2 && rest == 0 && str_chr(v, ' ') < 0 && str_chr(v, ',') < 0)
			sink_put(r->out, machines++ ? "service_machine" : "machine", v);
		else
			sink_put(r->out, rest++ ? "attributes" : "kind", v);
	}
	count_block(r, LIST_SHADOWS);
}

/* "Contained n shadow copies at creation time: …" stands first; ids of copies are indented deeper. */
static void put_shadow_set(struct reader *r)
{
	const struct block *b = &r->b;
	size_t from = SIZE_MAX;

	r->set_id = b->head_line;
	r->created = b->value[0];
	for (size_t i = 1; i < b->n; i++) {
		if (!is_guid(b->value[i]))
			continue;
		if (from != SIZE_MAX)
			put_shadow(r, from, i);
		from = i;
	}
	if (from != SIZE_MAX)
		put_shadow(r, from, b->n);
}

static void put_listed_volume(struct reader *r)
{
	sink_fact(r->out, STR("vss.volume"), r->b.line, r->b.offset);
	sink_put(r->out, "path", r->b.head);
	put_guid(r->out, "volume_guid", r->b.value[0]);
	count_block(r, LIST_VOLUMES);
}

/* Not so a writer whose first identifier is broken: behind it stands "[1] …". */
static bool is_provider(const struct block *b)
{
	return b->n >= 2 && !is_guid(b->value[0]) && is_guid(b->value[1]) && str_chr(b->value[0], '{') < 0 &&
	       (b->n < 3 || !str_starts(b->value[2], STR("[")));
}

static void put_aside(struct reader *r)
{
	const struct block *b = &r->b;

	if (b->n)
		r->broken_offset = r->broken++ ? r->broken_offset : b->offset;
	if (!r->remark.n && !is_rule(b->head_line))
		r->remark = b->head_line;
}

static void close_block(struct reader *r)
{
	const struct block *b = &r->b;
	uint64_t n;

	if (!r->open)
		return;
	r->open = false;
	if (b->n >= 3 && is_guid(b->value[0]) && is_guid(b->value[1]) && value_bracketed(b->value[2], &n))
		put_writer(r);
	else if (b->n >= 1 && is_guid(b->head))
		put_shadow_set(r);
	else if (is_provider(b))
		put_provider(r);
	else if (b->n >= 5 && str_find(b->value[0], STR("Volume{")) >= 0 &&
		str_find(b->value[1], STR("Volume{")) >= 0)
		put_storage(r);
	else if (b->n == 1 && str_find(b->value[0], STR("\\\\?\\Volume{")) >= 0)
		put_listed_volume(r);
	else
		put_aside(r);
}

/* What a title names: `vssadmin list writers` keeps its words in every language. */
static enum list_kind kind_named(struct str s)
{
	static const struct {
		const char *word;
		enum list_kind kind;
	} words[] = { { "shadowstorage", LIST_STORAGE }, { "writers", LIST_WRITERS },
		{ "providers", LIST_PROVIDERS }, { "shadows", LIST_SHADOWS }, { "volumes", LIST_VOLUMES } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_ifind(s, str_of(words[i].word)) >= 0)
			return words[i].kind;
	return LIST_UNKNOWN;
}

static void close_list(struct reader *r)
{
	close_block(r);
	/* A text that only names the command has no banner, and says nothing of writers. */
	if (r->list_open && r->list == LIST_WRITERS && (r->count || r->banner)) {
		sink_fact(r->out, STR("vss.writers"), r->list_line, r->list_offset);
		/* Of a list with a gap nobody can say which writer is not in it. */
		sink_put_u64(r->out, r->broken ? "count_cut" : "count", r->count);
		sink_put(r->out, "tool", STR("vssadmin"));
		if (!r->count && r->remark.n)
			sink_put(r->out, "error", r->remark);
	}
	if (r->broken)
		sink_note(r->out, NOTE_DAMAGED, r->broken_offset, 0, r->broken, "%llu blocks of the list are broken",
			(unsigned long long)r->broken);
	r->broken = 0;
	r->list_open = false;
	r->banner = false;
	r->count = 0;
	r->remark = STR("");
}

static void open_list(struct reader *r, const struct text_line *line, enum list_kind kind)
{
	close_list(r);
	r->list = kind;
	r->list_open = true;
	r->list_line = line->number;
	r->list_offset = line->offset;
}

static bool is_banner(struct str s)
{
	return str_istarts(s, STR("vssadmin 1."));
}

static bool is_title(struct str s)
{
	return str_ifind(s, STR("vssadmin")) >= 0 && kind_named(s) != LIST_UNKNOWN && !is_banner(s);
}

static void open_block(struct reader *r, const struct text_line *line)
{
	close_block(r);
	r->b = (struct block){ .line = line->number, .offset = line->offset };
	r->b.head_line = arena_str(r->a, line->text);
	r->b.head = value_after_colon(r->b.head_line);
	r->open = true;          /* "Shadow Copy Storage association" has no value */
}

static void on_line(struct reader *r, const struct text_line *line)
{
	struct str s = str_trim(line->text);

	if (!s.n || s.p[0] == '=' || str_starts(s, STR("(C)")))
		return;
	if (is_title(s)) {
		open_list(r, line, kind_named(s));
	} else if (is_banner(s)) {
		if (!r->list_open || r->count)
			open_list(r, line, LIST_UNKNOWN);
		r->banner = true;
	} else if (value_indent(line->text) == 0) {
		open_block(r, line);
	} else if (r->open && r->b.n < VALUES_MAX) {
		r->b.indent[r->b.n] = value_indent(line->text);
		r->b.value[r->b.n++] = arena_str(r->a, value_after_colon(s));
	}
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out, .a = m->a, .list = kind_named(m->name) };
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	enum list_kind by_name = r.list;
	struct text_line line;
	bool unended = false;

	(void)e;
	while (text_next(t, &line)) {
		unended = text_unended(&line, m->held);
		if (line.number == 1 && !is_title(line.text)) {
			open_list(&r, &line, by_name);
			r.count = 0;
		}
		on_line(&r, &line);
		if (!r.open && r.count == 0 && r.list_open && r.list == LIST_UNKNOWN)
			r.list = by_name;
	}
	close_block(&r);
	if (unended && r.list == LIST_WRITERS) {
		r.broken_offset = r.broken++ ? r.broken_offset : m->held;
	}
	close_list(&r);
	text_close(t);
	return 0;
}

static int bid(const struct probe *p)
{
	struct str head = str_sub(p->text, 0, 4096);
	uint64_t n;
	ptrdiff_t at;

	if (str_istarts(head, STR("vssadmin 1.")) || str_ifind(head, STR("\nvssadmin 1.")) >= 0)
		return 90;
	if (str_ifind(head, STR("vssadmin")) >= 0 && str_find(head, STR("list ")) >= 0)
		return 64;       /* it may be a text about it */
	if (str_ifind(p->name, STR("vssadmin")) >= 0 && p->text.n)
		return 70;
	/* An excerpt without its banner: two GUID lines, then "[n]". */
	at = str_find(head, STR("["));
	return at > 0 && value_bracketed(str_from(head, (size_t)at), &n) &&
	       str_find(str_sub(head, 0, (size_t)at), STR("}\n")) > 0 && str_find(head, STR("'")) >= 0 ? 60 :
	       str_find(head, STR("HarddiskVolumeShadowCopy")) > 0 && str_find(head, STR("{")) > 0 ? 55 :
	       str_starts(head, STR("Shadow Copy Storage association")) ? 60 : 0;
}

const struct parser parser_vssadmin = {
	.name = "vssadmin",
	.about = "vssadmin list writers, providers, shadows, shadowstorage, volumes, in any language",
	.data_type = "fact",
	.version = 2,
	.text = true,
	.bid = bid,
	.parse = parse,
};
