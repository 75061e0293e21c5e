/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auditpol: which kinds of events the Security log takes.
 *
 *   /get /category:*    a table: categories at the margin, subcategories two blanks in, the setting
 *                       under the head's second column; in the language of the system
 *   /r, /backup         CSV of seven columns: machine, target, subcategory, its GUID, inclusion,
 *                       exclusion, value (1 success, 2 failure)
 */
#include "parsers/csv.h"
#include "parsers/label.h"
#include "parsers/text_value.h"

enum { MACHINE, TARGET, NAME, GUID, INCLUSION, EXCLUSION, VALUE, COLUMNS };

/* What a setting's word means: 0 neither, 1 success, 2 failure, 3 both; -1 where it is not known. */
static int meaning(struct str word)
{
	static const char *const words[][4] = {
		{ "No Auditing", "Success", "Failure", "Success and Failure" },
		{ "Keine Überwachung", "Erfolg", "Fehler", "Erfolg und Fehler" },
		{ "監査なし", "成功", "失敗", "成功および失敗" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (int k = 0; k < 4; k++)
			if (str_ieq(word, str_of(words[i][k])))
				return k;
	return -1;
}

static void put_setting(struct sink *out, struct str word, int bits)
{
	label_put(out, "setting", word);
	if (bits < 0)
		return;
	sink_put(out, "success", bits & 1 ? STR("true") : STR("false"));
	sink_put(out, "failure", bits & 2 ? STR("true") : STR("false"));
}

/* ---- CSV ---- */

static void take_record(struct sink *out, const struct csv_record *r)
{
	struct str value = str_trim(r->column[VALUE]), name = str_trim(r->column[NAME]);
	struct str word = str_trim(r->column[INCLUSION]);
	char guid[GUID_BYTES];
	uint64_t bits = 0;

	if (r->n < VALUE || !name.n)
		return;
	sink_fact(out, STR("audit.policy"), r->line, r->offset);
	sink_put(out, "name", name);
	label_put(out, "target", str_trim(r->column[TARGET]));
	if (!value_guid(str_trim(r->column[GUID]), guid)) {
		label_put(out, "setting", word);   /* an option of the whole, such as CrashOnAuditFail */
		return;
	}
	sink_put(out, "guid", str_of(guid));
	if (r->n == COLUMNS && str_to_u64(value, 10, &bits) && bits <= 4)
		put_setting(out, word, (int)(bits & 3));
	else
		put_setting(out, word, meaning(word));
	label_put(out, "exclusion", str_trim(r->column[EXCLUSION]));
}

static void parse_csv(const struct member_view *m, struct sink *out)
{
	struct csv *c = csv_open(m->data, (size_t)m->held);
	struct csv_record r;
	uint64_t short_ones = 0, at = 0;
	bool head = true;

	while (csv_next(c, &r)) {
		if (!head && r.n >= VALUE)
			take_record(out, &r);
		else if (!head) {
			at = short_ones++ ? at : r.offset;
		}
		head = false;
	}
	if (short_ones)
		sink_note(out, NOTE_DAMAGED, at, 0, short_ones, "%llu records have too few columns",
			(unsigned long long)short_ones);
	csv_close(c, out);
}

/* ---- the table ---- */

struct reader {
	struct sink *out;
	struct buf category;
	size_t column;           /* cell where settings begin; 0 before the head */
	uint64_t odd, odd_offset;
};

/* The byte where cell `cell` begins, if a blank stands before it; SIZE_MAX where not. */
static size_t split_at(struct str line, size_t cell)
{
	size_t i = 0, at = 0;

	while (i < line.n && at < cell)
		at += label_cells(utf8_next(line, &i));
	return at == cell && i && i < line.n && line.p[i - 1] == ' ' ? i : SIZE_MAX;
}

/* The last gap of two blanks or more: for a name that runs over its column. */
static size_t last_gap(struct str line)
{
	for (size_t i = line.n; i >= 2; i--)
		if (line.p[i - 1] == ' ' && line.p[i - 2] == ' ')
			return i;
	return SIZE_MAX;
}

/* Two texts far apart, at the margin: the head of the columns. */
static bool take_head(struct reader *r, struct str line)
{
	size_t gap = last_gap(str_trim(line));

	if (line.p[0] == ' ' || gap == SIZE_MAX)
		return false;
	r->column = label_width(str_sub(line, 0, gap));
	r->category.n = 0;
	return true;
}

static void take_line(struct reader *r, const struct text_line *at)
{
	struct str line = at->text, name, setting;
	size_t split;

	while (line.n && (line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t'))
		line.n--;
	if (!line.n || line.p[0] == '=' || str_ifind(line, STR("auditpol")) >= 0 || take_head(r, line))
		return;
	if (line.p[0] != ' ') {
		r->category.n = 0;
		buf_puts(&r->category, line);
		return;
	}
	split = r->column ? split_at(line, r->column) : SIZE_MAX;
	if (split == SIZE_MAX)
		split = last_gap(line);
	name = split == SIZE_MAX ? STR("") : str_trim(str_sub(line, 0, split));
	setting = split == SIZE_MAX ? STR("") : str_trim(str_from(line, split));
	if (!r->column || !name.n || !setting.n) {
		r->odd_offset = r->odd++ ? r->odd_offset : at->offset;
		return;
	}
	sink_fact(r->out, STR("audit.policy"), at->number, at->offset);
	sink_put(r->out, "name", name);
	label_put(r->out, "category", buf_str(&r->category));
	put_setting(r->out, setting, meaning(setting));
}

static void parse_table(const struct member_view *m, struct sink *out)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct reader r = { .out = out };
	struct text_line line;

	while (text_next(t, &line))
		take_line(&r, &line);
	if (r.odd)
		sink_note(out, NOTE_DAMAGED, r.odd_offset, 0, r.odd, "%llu lines name no setting",
			(unsigned long long)r.odd);
	text_close(t);
	buf_free(&r.category);
}

static bool is_csv(struct str text)
{
	struct str line;
	size_t commas = 0;

	if (!str_line(&text, &line))
		return false;
	for (size_t i = 0; i < line.n; i++)
		commas += line.p[i] == ',';
	return commas == COLUMNS - 1 && (str_istarts(line, STR("Machine Name,Policy Target,Subcategory")) ||
		str_ifind(text, STR("-69AE-11D9-BED3-505054503030}")) > 0);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	char *text = arena_alloc(m->a, 16384 * 3);
	size_t n = text_head(m->data, m->held < 16384 ? (size_t)m->held : 16384, text, 16384 * 3);

	(void)e;
	if (is_csv(str_trim(str_make(text, n))))
		parse_csv(m, out);
	else
		parse_table(m, out);
	return 0;
}

/* Of a table in a language that is not known: indented lines of two texts under lines of one. */
static bool looks_like_table(struct str rest)
{
	struct str line;
	int rows = 0, categories = 0;

	while (str_line(&rest, &line)) {
		struct str text = str_trim(line);

		if (!text.n)
			continue;
		rows += str_starts(line, STR("  ")) && last_gap(text) != SIZE_MAX;
		categories += line.p[0] != ' ' && last_gap(text) == SIZE_MAX;
	}
	return rows >= 3 && categories >= 2;
}

static int bid(const struct probe *p)
{
	struct str head = str_sub(p->text, 0, 16384);

	if (is_csv(str_trim(head)))
		return 85;
	if (str_find(head, STR("Category/Subcategory  ")) >= 0)
		return 80;
	return str_ifind(p->name, STR("auditpol")) >= 0 && looks_like_table(head) ? 75 : 0;
}

const struct parser parser_auditpol = {
	.name = "auditpol",
	.about = "auditpol /get (in any language), /r and /backup: what the Security log takes",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
