/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folder listings of `dir` (with /s, /a, /t) and Get-ChildItem, in any language. A line that starts
 * with a date and time, then "<DIR>", "<JUNCTION>" or a size, then the name. The folder stands in a
 * line without indent or with one blank, whose end is a path. To keep a listing of a whole drive
 * small, only files of VMs (configurations, disks, their trackers) become facts; the rest is counted.
 */
#include "parsers/dir_listing.h"

#include "parsers/label.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

struct reader {
	struct sink *out;
	struct str folder;
	struct buf folder_bytes, path;
	uint64_t files, folders, told;
	uint64_t odd, odd_offset;    /* lines of files that VMs use, broken */
	size_t sums;                 /* lines of sums in a row */
	bool tagged, summed;         /* folders stand as "<DIR>"; a sum stands behind the last file */
};

/*
 * Behind one blank the path itself begins the headline in languages that put their word for "folder"
 * last: " D:\VM のディレクトリ", " D:\VM tartalma".
 */
static struct str without_word(struct str path)
{
	static const char *const words[] = { "tartalma", "dizini" };
	ptrdiff_t blank = str_rchr(path, ' ');
	struct str word = blank > 0 ? str_from(path, (size_t)blank + 1) : STR("");
	bool cut = word.n && (unsigned char)word.p[0] >= 0x80;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		cut |= str_eq(word, str_of(words[i]));
	return cut ? str_trim(str_sub(path, 0, (size_t)blank)) : path;
}

/* The path that a headline ends with: "X:\…" or "\\server\…". */
static struct str path_in(struct str text)
{
	for (size_t i = 0; i + 2 < text.n; i++) {
		bool drive = text.p[i + 1] == ':' && text.p[i + 2] == '\\' &&
			     ((text.p[i] >= 'A' && text.p[i] <= 'Z') || (text.p[i] >= 'a' && text.p[i] <= 'z'));

		bool share = text.p[i] == '\\' && text.p[i + 1] == '\\' && (i == 0 || text.p[i - 1] == ' ');

		if (share || (drive && (i == 0 || text.p[i - 1] == ' ' || (unsigned char)text.p[i - 1] >= 0x80))) {
			struct str path = str_trim(str_from(text, i));

			return i == 1 ? without_word(path) : path;
		}
	}
	return STR("");
}

bool dir_listing_wants(struct str name)
{
	static const char *const ends[] = { ".vhdx", ".vhd", ".avhdx", ".avhd", ".vhds", ".vmcx", ".vmrs",
		".vmgs", ".rct", ".mrt", ".bin", ".vsv", ".hrl", ".slp", ".iso" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (str_iends(name, str_of(ends[i])))
			return true;
	return false;
}

/* "1,234,567", "1.234.567", "1 234 567" up to a blank run; moves *s behind it. */
static bool take_size(struct str *s, uint64_t *n)
{
	size_t i = 0, digits = 0;

	*n = 0;
	while (i < s->n && digits <= 19) {
		unsigned char c = (unsigned char)s->p[i];

		if (c >= '0' && c <= '9') {
			*n = *n * 10 + (c - '0');
			digits++;
			i++;
		} else if ((c == ',' || c == '.' || c == '\'') && i + 1 < s->n && s->p[i + 1] >= '0' &&
			   s->p[i + 1] <= '9') {
			i++;
		} else if (c == 0xc2 && i + 1 < s->n && (unsigned char)s->p[i + 1] == 0xa0) {
			i += 2;
		} else if (c == 0xe2 && i + 2 < s->n && (unsigned char)s->p[i + 1] == 0x80) {
			i += 3;
		} else {
			break;
		}
	}
	if (!digits || digits > 19 || (i < s->n && s->p[i] != ' '))
		return false;
	*s = str_trim(str_from(*s, i));
	return true;
}

/*
 * Where blanks part the thousands (a copy from a console in French), the column tells: dir ends the size
 * 18 letters behind the time, and the name follows behind one blank.
 */
static bool take_parted_size(struct str behind_date, struct str *name, uint64_t *n)
{
	size_t digits = 0, blanks = 0;

	*n = 0;
	if (behind_date.n < 20 || behind_date.p[18] != ' ' || behind_date.p[19] == ' ')
		return false;
	for (size_t i = 0; i < 18; i++) {
		char c = behind_date.p[i];

		if (c != ' ' && (c < '0' || c > '9'))
			return false;
		if (c != ' ') {
			*n = *n * 10 + (uint64_t)(c - '0');
			digits++;
		} else if (digits) {
			blanks++;
			if ((18 - i) % 4)
				return false;
		}
	}
	if (digits <= 3 || !blanks)
		return false;
	*name = str_trim(str_from(behind_date, 19));
	return true;
}

static bool take_tag(struct str *s)
{
	ptrdiff_t at = str_chr(*s, '>');

	if (!str_starts(*s, STR("<")) || at < 0 || at > 20)
		return false;
	*s = str_trim(str_from(*s, (size_t)at + 1));
	return true;
}

static void put_file(struct reader *r, const struct text_line *line, struct str date, struct str name,
	uint64_t size)
{
	r->path.n = 0;
	buf_puts(&r->path, r->folder);
	if (r->folder.n && r->folder.p[r->folder.n - 1] != '\\')
		buf_putc(&r->path, '\\');
	buf_puts(&r->path, name);
	sink_fact(r->out, STR("file"), line->number, line->offset);
	sink_put(r->out, "path", buf_str(&r->path));
	sink_put_u64(r->out, "size_bytes", size);
	sink_put(r->out, "modified_raw", date);
	r->told++;
}

/* "-a----" of Get-ChildItem stands before the date. */
static struct str skip_mode(struct str text)
{
	size_t n = 0;

	while (n < text.n && strchr("-adrhsl", text.p[n]))
		n++;
	return n >= 5 && n <= 7 && n < text.n && text.p[n] == ' ' ? str_trim(str_from(text, n)) : text;
}

static bool read_entry(struct reader *r, const struct text_line *line)
{
	struct str text = str_trim(line->text), bare = skip_mode(text), rest, date, column;
	bool listed = bare.p != text.p;
	int64_t t;
	uint8_t flags;
	uint64_t size;

	if (!bare.n || !value_date(bare, &t, &flags, &rest))
		return false;
	date = str_trim(str_sub(bare, 0, (size_t)(rest.p - bare.p)));
	column = rest;
	rest = str_trim(rest);
	r->summed = false;
	if (take_tag(&rest) || (listed && text.p[0] == 'd')) {
		r->tagged |= !listed;
		r->folders++;
		return true;
	}
	if (!take_parted_size(column, &rest, &size) && (!take_size(&rest, &size) || !rest.n))
		return false;
	r->files++;
	if (dir_listing_wants(rest))
		put_file(r, line, date, rest, size);
	return true;
}

/* "     3 File(s) 81,019,371,832 bytes" in any language. */
static bool is_sum(struct str text)
{
	struct str s = str_trim(text);

	return value_indent(text) > 4 && s.n && s.p[0] >= '0' && s.p[0] <= '9' && str_chr(s, ' ') > 0;
}

/* The second of two sums in a row is of the whole volume: "     2 Dir(s)  53,912,576,983 bytes free". */
static void take_sum(struct reader *r, const struct text_line *line)
{
	struct str s = str_trim(line->text), drive = str_sub(r->folder, 0, 1);
	uint64_t count, bytes;

	r->summed = true;
	if (!r->sums++ || str_chr(r->folder, ':') != 1 || !take_size(&s, &count))
		return;
	while (s.n && (s.p[0] < '0' || s.p[0] > '9'))
		s = str_from(s, 1);
	if (!take_size(&s, &bytes))
		return;
	for (; s.n > 3 && s.p[3] == ' ' && str_to_u64(str_sub(s, 0, 3), 10, &count); s = str_from(s, 4))
		bytes = bytes * 1000 + count;        /* blanks part the thousands */
	if (!str_trim(s).n)
		return;
	sink_fact(r->out, STR("volume"), line->number, line->offset);
	sink_put(r->out, "letter", drive);
	sink_put_u64(r->out, "free_bytes", bytes);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct reader r = { .out = out };
	struct text_line line;
	bool unended = false;

	(void)e;
	while (text_next(t, &line)) {
		struct str path;

		unended = text_unended(&line, m->held);
		if (read_entry(&r, &line))
			continue;
		if (dir_listing_wants(str_trim(line.text)) && r.folder.n)
			r.odd_offset = r.odd++ ? r.odd_offset : line.offset;
		if (is_sum(line.text))
			take_sum(&r, &line);
		else
			r.sums = 0;
		if (value_indent(line.text) > 4)
			continue;
		path = path_in(line.text);
		if (!path.n)
			continue;
		r.folder_bytes.n = 0;
		buf_puts(&r.folder_bytes, path);
		r.folder = buf_str(&r.folder_bytes);
		sink_commit_point(out, line.offset);
	}
	if (r.odd)
		sink_note(out, NOTE_DAMAGED, r.odd_offset, 0, r.odd, "%llu lines of files can't be read",
			(unsigned long long)r.odd);
	if ((r.tagged && !r.summed) || unended)
		sink_note(out, NOTE_LOST, m->held, 0, 0, "the listing breaks off");
	if (r.files > r.told)
		sink_note(out, NOTE_INFO, 0, 0, 0, "%llu files in the listing, told %llu that VMs use",
			(unsigned long long)r.files, (unsigned long long)r.told);
	buf_free(&r.folder_bytes);
	buf_free(&r.path);
	text_close(t);
	return 0;
}

/* Entries in the head: dates with "<DIR>" or with a size, under a line that ends in a path. */
static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 16384), line;
	size_t entries = 0, folders = 0, lines = 0;

	while (str_line(&rest, &line) && lines++ < 200) {
		struct str text = skip_mode(str_trim(line)), after;
		int64_t t;
		uint8_t flags;
		uint64_t size;

		if (text.n && value_date(text, &t, &flags, &after)) {
			after = str_trim(after);
			entries += take_tag(&after) || (take_size(&after, &size) && after.n);
			entries += dir_listing_wants(after);     /* of VMs one is enough */
			entries += text.p != str_trim(line).p;   /* one with a mode says enough */
		} else if (value_indent(line) <= 4 && path_in(line).n) {
			folders++;
		}
	}
	return entries >= 2 && folders ? 70 : 0;
}

const struct parser parser_dir_listing = {
	.name = "dir_listing",
	.about = "dir and Get-ChildItem in any language: files of VMs with size and date",
	.data_type = "fact",
	.version = 3,
	.text = true,
	.bid = bid,
	.parse = parse,
};
