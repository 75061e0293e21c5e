/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/csv.h"

#include <stdlib.h>

#define RECORD_BYTES_MAX ((size_t)1024 * 1024)
#define RECORD_LINES_MAX 2000

struct csv {
	struct text_reader *text;
	struct buf record, cells;
	char separator;
};

struct csv *csv_open(const uint8_t *p, size_t n)
{
	struct csv *c = xmalloc(sizeof(*c));

	*c = (struct csv){ .text = text_open(p, n) };
	return c;
}

void csv_close(struct csv *c)
{
	if (!c)
		return;
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

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == wanted;
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

/* One cell, unquoted into the buffer of cells; moves *i behind its separator. */
static size_t take_cell(struct csv *c, size_t *i)
{
	struct str s = buf_str(&c->record);
	size_t start = c->cells.n;
	bool quoted = *i < s.n && s.p[*i] == '"';

	if (quoted)
		++*i;
	for (; *i < s.n; ++*i) {
		char ch = s.p[*i];

		if (quoted && ch == '"') {
			if (*i + 1 < s.n && s.p[*i + 1] == '"') {
				++*i;
			} else {
				quoted = false;
				continue;
			}
		} else if (!quoted && ch == c->separator) {
			break;
		}
		buf_putc(&c->cells, ch);
	}
	++*i;
	return c->cells.n - start;
}

bool csv_next(struct csv *c, struct csv_record *out)
{
	size_t lengths[CSV_COLUMNS_MAX], i = 0, at = 0;

	*out = (struct csv_record){ 0 };
	if (!gather(c, out))
		return false;
	if (!c->separator)
		c->separator = find_separator(buf_str(&c->record));
	c->cells.n = 0;
	while (i <= c->record.n && out->n < CSV_COLUMNS_MAX)
		lengths[out->n++] = take_cell(c, &i);
	for (size_t k = 0; k < out->n; k++) {
		out->column[k] = str_make(c->cells.p + at, lengths[k]);
		at += lengths[k];
	}
	return true;
}

size_t csv_column(const struct csv_record *header, const char *name)
{
	for (size_t i = 0; i < header->n; i++)
		if (str_ieq(str_trim(header->column[i]), str_of(name)))
			return i;
	return SIZE_MAX;
}
