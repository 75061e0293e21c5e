/* SPDX-License-Identifier: Apache-2.0 */
/*
 * icacls, in any language: a path, a blank, an entry "account:(I)(F)"; further entries of the path
 * indented to where the first one began. The width of that indent tells where the path ends.
 */
#include "parsers/label.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

#define TOLD_MAX 5000u   /* of a listing of a whole drive; then only files of VMs */

struct reader {
	struct sink *out;
	uint64_t told, left_out;
	struct arena *a;
	struct str path, first;  /* the first line waits for the second's indent */
	uint64_t line, offset;
	uint64_t odd, odd_offset;
};

static bool is_of_vms(struct str path)
{
	static const char *const words[] = { "Hyper-V", "Virtual", "ClusterStorage", ".vhd", ".avhd", ".vmcx",
		".vmrs", ".vmgs" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_ifind(path, str_of(words[i])) >= 0)
			return true;
	return false;
}

/* The byte after `n` characters. */
static size_t after_characters(struct str s, size_t n)
{
	size_t i = 0;

	while (i < s.n && n--)
		utf8_next(s, &i);
	return i;
}

static bool is_entry(struct str text)
{
	return str_find(text, STR(":(")) > 0 && str_ends(str_trim(text), STR(")"));
}

static void put_entry(struct reader *r, struct str entry, uint64_t line, uint64_t offset)
{
	ptrdiff_t at = str_find(entry, STR(":("));
	struct str account = str_trim(str_sub(entry, 0, (size_t)at));
	struct str rights = str_trim(str_from(entry, (size_t)at + 1));
	bool inherited = str_find(rights, STR("(I)")) >= 0, deny = str_find(rights, STR("(DENY)")) >= 0;

	if (!account.n || !r->path.n)
		return;
	if (r->told >= TOLD_MAX && !is_of_vms(r->path)) {
		r->left_out++;
		return;
	}
	r->told++;
	sink_fact(r->out, STR("acl"), line, offset);
	sink_put(r->out, "path", r->path);
	sink_put(r->out, "account", account);
	if (str_starts(account, STR("S-1-")))
		sink_put(r->out, "sid", account);
	sink_put(r->out, "rights", rights);
	sink_put(r->out, "inherited", inherited ? STR("true") : STR("false"));
	sink_put(r->out, "kind", deny || str_eq(rights, STR("(N)")) ? STR("deny") : STR("allow"));
}

/* Without a second entry: the account's domain begins behind the last blank before its '\'. */
static size_t guess_cut(struct str text)
{
	static const char *const known[] = { " NT AUTHORITY\\", " NT VIRTUAL MACHINE\\", " BUILTIN\\",
		" NT SERVICE\\", " S-1-" };
	struct str account = str_sub(text, 0, (size_t)str_find(text, STR(":(")));
	ptrdiff_t slash;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_find(account, str_of(known[i])) > 0)
			return (size_t)str_find(account, str_of(known[i])) + 1;
	slash = str_rchr(account, '\\');
	return slash > 0 ? (size_t)(str_rchr(str_sub(account, 0, (size_t)slash), ' ') + 1) :
			   (size_t)(str_rchr(account, ' ') + 1);
}

static void end_first(struct reader *r, size_t cut)
{
	if (r->first.n && cut > 1 && cut < r->first.n) {
		struct str entry = str_from(r->first, cut);

		r->path = str_trim(str_sub(r->first, 0, cut));
		if (is_entry(entry))
			put_entry(r, entry, r->line, r->offset);
	}
	r->first = STR("");
}

static void take_line(struct reader *r, const struct text_line *line)
{
	size_t indent = value_indent(line->text);

	if (!is_entry(line->text)) {
		/* Broken: "path account:(" with nothing that closes it. */
		if (str_find(line->text, STR(":(")) > 0)
			r->odd_offset = r->odd++ ? r->odd_offset : line->offset;
		end_first(r, r->first.n ? guess_cut(r->first) : 0);
		r->path = STR("");
	} else if (indent && !r->path.n && !r->first.n) {
		r->odd_offset = r->odd++ ? r->odd_offset : line->offset;
	} else if (indent) {
		if (r->first.n)
			end_first(r, after_characters(r->first, indent));
		put_entry(r, str_trim(line->text), line->number, line->offset);
	} else {
		end_first(r, r->first.n ? guess_cut(r->first) : 0);
		r->first = arena_str(r->a, line->text);
		r->line = line->number;
		r->offset = line->offset;
	}
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct reader r = { .out = out, .a = m->a };
	struct text_line line;

	(void)e;
	while (text_next(t, &line))
		take_line(&r, &line);
	end_first(&r, r.first.n ? guess_cut(r.first) : 0);
	if (r.odd)
		sink_note(out, NOTE_DAMAGED, r.odd_offset, 0, r.odd, "%llu entries are broken, or name no file",
			(unsigned long long)r.odd);
	if (r.left_out)
		sink_note(out, NOTE_INFO, 0, 0, 0, "%llu entries of files that VMs do not use are left out",
			(unsigned long long)r.left_out);
	text_close(t);
	return 0;
}

/* "(I)(OI)(CI)(RX,W)" ends in capitals and commas within brackets. */
static bool ends_in_rights(struct str line)
{
	size_t i = line.n - 1;

	while (i > 0 && ((line.p[i - 1] >= 'A' && line.p[i - 1] <= 'Z') || line.p[i - 1] == ','))
		i--;
	return i > 0 && i < line.n - 1 && line.p[i - 1] == '(';
}

static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 16384), line;
	size_t entries = 0;
	bool named = false;      /* one entry is enough where it names a file, or whom only rights are given to */

	while (str_line(&rest, &line)) {
		bool entry = is_entry(line) && ends_in_rights(str_trim(line));

		entries += entry;
		named |= entry && line.n > 3 && line.p[1] == ':' && line.p[2] == '\\';
		named |= is_entry(line) && (str_ifind(line, STR("NT VIRTUAL MACHINE\\")) >= 0 ||
			str_ifind(line, STR("BUILTIN\\")) > 2 || str_ifind(line, STR("S-1-5-")) >= 0);
	}
	return entries >= 2 || named ? 65 : 0;
}

const struct parser parser_icacls = {
	.name = "icacls",
	.about = "icacls in any language: who may do what to which file",
	.data_type = "fact",
	.version = 2,
	.text = true,
	.bid = bid,
	.parse = parse,
};
