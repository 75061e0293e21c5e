/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/csv.h"

#include <stdlib.h>

#define RECORD_BYTES_MAX ((size_t)1024 * 1024)
#define RECORD_LINES_MAX 2000

struct csv {
	struct text_reader *text;
	struct buf record, cells;
	char separator;
	bool twin;                 /* tabs stand for `","`: TSS's text twin of a CSV */
	size_t columns;            /* of such a twin's header */
	uint64_t cut, cut_offset;  /* how many records, and where the first one begins */
};

struct csv *csv_open(const uint8_t *p, size_t n)
{
	struct csv *c = xmalloc(sizeof(*c));

	*c = (struct csv){ .text = text_open(p, n) };
	return c;
}

void csv_close(struct csv *c, struct sink *out)
{
	if (!c)
		return;
	if (c->cut)
		sink_note(out, NOTE_DAMAGED, c->cut_offset, 0, c->cut,
			"%llu records are cut: too long, more than %d columns, or quotes that never close",
			(unsigned long long)c->cut, CSV_COLUMNS_MAX);
	text_close(c->text);
	buf_free(&c->record);
	buf_free(&c->cells);
	free(c);
}

char csv_separator(const struct csv *c)
{
	return c->separator;
}

static size_t count(struct str s, char wanted)
{
	size_t n = 0;

	for (ptrdiff_t at; (at = str_chr(s, wanted)) >= 0; n++)
		s = str_from(s, (size_t)at + 1);
	return n;
}

static char find_separator(struct str s)
{
	static const char candidates[] = ",;\t|";
	char best = ',';
	size_t most = 0;

	for (size_t i = 0; candidates[i]; i++) {
		size_t n = count(s, candidates[i]);

		if (n > most) {
			most = n;
			best = candidates[i];
		}
	}
	return best;
}

/* '"A<tab>B<tab>C"': the header of a CSV whose `","` became tabs. */
static bool is_twin(struct str s)
{
	return s.n > 2 && s.p[0] == '"' && s.p[s.n - 1] == '"' && count(s, '"') == 2 &&
	       str_chr(s, '\t') > 0;
}

static void restore_commas(struct buf *b)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < b->n; i++)
		if (b->p[i] == '\t')
			buf_puts(&out, STR("\",\""));
		else
			buf_putc(&out, b->p[i]);
	buf_free(b);
	*b = out;
}

/* Lines until the quotes close. */
static bool gather(struct csv *c, struct csv_record *out)
{
	struct text_line line;
	size_t lines = 0;

	c->record.n = 0;
	do {
		if (!text_next(c->text, &line))
			return false;
	} while (!str_trim(line.text).n || (!c->separator && str_starts(line.text, STR("#TYPE"))));
	out->line = line.number;
	out->offset = line.offset;
	out->cut = line.cut;
	buf_puts(&c->record, line.text);
	while (count(buf_str(&c->record), '"') % 2) {
		if (c->record.n > RECORD_BYTES_MAX || ++lines > RECORD_LINES_MAX ||
			!text_next(c->text, &line)) {
			out->cut = true;
			break;
		}
		buf_putc(&c->record, '\n');
		buf_puts(&c->record, line.text);
	}
	return true;
}

/* A quoted part up to its closing quote, doubled quotes made one; *rest goes behind it. */
static void take_quoted(struct csv *c, struct str *rest)
{
	for (;;) {
		ptrdiff_t at = str_chr(*rest, '"');

		buf_puts(&c->cells, at < 0 ? *rest : str_sub(*rest, 0, (size_t)at));
		*rest = at < 0 ? str_from(*rest, rest->n) : str_from(*rest, (size_t)at + 1);
		if (!rest->n || rest->p[0] != '"')
			return;
		buf_putc(&c->cells, '"');
		*rest = str_from(*rest, 1);
	}
}

/* One cell into the buffer of cells; false behind the last one. */
static bool take_cell(struct csv *c, struct str *rest, size_t *length)
{
	size_t start = c->cells.n;
	ptrdiff_t end;
	bool more;

	if (!rest->p)
		return false;
	if (rest->n && rest->p[0] == '"') {
		*rest = str_from(*rest, 1);
		take_quoted(c, rest);
	}
	end = str_chr(*rest, c->separator);
	more = end >= 0;
	buf_puts(&c->cells, more ? str_sub(*rest, 0, (size_t)end) : *rest);
	*rest = more ? str_from(*rest, (size_t)end + 1) : str_make(NULL, 0);
	*length = c->cells.n - start;
	return true;
}

/* The cells lie behind each other. */
static void place_columns(const struct csv *c, struct csv_record *out)
{
	size_t at = 0;

	for (size_t k = 0; k < out->n; k++) {
		out->column[k].p = c->cells.p + at;
		at += out->column[k].n;
	}
}

/* Tabs within the last column, a message, made columns of its parts: put together again. */
static void join_last(struct csv *c, struct csv_record *out)
{
	struct buf whole = { 0 };

	if (!c->columns)
		c->columns = out->n;
	if (out->n <= c->columns)
		return;
	for (size_t k = c->columns - 1; k < out->n; k++) {
		if (k >= c->columns)
			buf_putc(&whole, '\t');
		buf_puts(&whole, out->column[k]);
	}
	c->cells.n = 0;
	for (size_t k = 0; k + 1 < c->columns; k++)
		c->cells.n += out->column[k].n;
	buf_puts(&c->cells, buf_str(&whole));
	out->n = c->columns;
	out->column[out->n - 1].n = whole.n;
	buf_free(&whole);
	place_columns(c, out);
}

bool csv_next(struct csv *c, struct csv_record *out)
{
	struct str rest;

	*out = (struct csv_record){ 0 };
	if (!gather(c, out))
		return false;
	if (!c->separator) {
		c->twin = is_twin(buf_str(&c->record));
		c->separator = c->twin ? ',' : find_separator(buf_str(&c->record));
	}
	if (c->twin)
		restore_commas(&c->record);
	c->cells.n = 0;
	rest = buf_str(&c->record);
	while (out->n < CSV_COLUMNS_MAX && take_cell(c, &rest, &out->column[out->n].n))
		out->n++;
	out->cut |= rest.p != NULL;   /* more cells than there is room for */
	if (out->cut && !c->cut++)
		c->cut_offset = out->offset;
	place_columns(c, out);
	if (c->twin)
		join_last(c, out);
	return true;
}

size_t csv_column(const struct csv_record *header, const char *name)
{
	for (size_t i = 0; i < header->n; i++)
		if (str_ieq(str_trim(header->column[i]), str_of(name)))
			return i;
	return SIZE_MAX;
}
