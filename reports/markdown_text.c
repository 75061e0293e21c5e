/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/markdown_text.h"

#include "reports/escape.h"

static size_t longest_run(struct str s, char c)
{
	size_t run = 0, longest = 0;

	for (size_t i = 0; i < s.n; i++) {
		run = s.p[i] == c ? run + 1 : 0;
		if (run > longest)
			longest = run;
	}
	return longest;
}

static void put_times(struct buf *b, char c, size_t n)
{
	while (n--)
		buf_putc(b, c);
}

static bool all_of(struct str s, const char *set)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr(set, s.p[i]))
			return false;
	return true;
}

/* A list's mark, a rule or a heading's underline, should it stand first on a line. */
static bool is_mark(struct str word)
{
	char last = word.p[word.n - 1];

	if (all_of(word, "-+=:"))
		return true;
	return word.n > 1 && (last == '.' || last == ')') && all_of(str_sub(word, 0, word.n - 1),
		"0123456789");
}

static bool has_effect(struct str word)
{
	for (size_t i = 0; i < word.n; i++)
		if (strchr("\\`*_[]<>#@~$&|{}!^", word.p[i]))
			return true;
	return str_find(word, STR("://")) >= 0 || str_ifind(word, STR("www.")) >= 0 ||
		str_ifind(word, STR("mailto:")) >= 0;
}

/* Readers of tables disagree on a pipe after a backslash, and a split cell would end the quotes. */
static void put_cell_pipe(struct buf *b, bool after_backslash)
{
	buf_puts(b, after_backslash ? STR("‹U+007C›") : STR("\\|"));
}

static void put_code(struct buf *b, struct str s, bool cell)
{
	size_t ticks = longest_run(s, '`') + 1;
	bool pad = s.p[0] == '`' || s.p[s.n - 1] == '`';

	put_times(b, '`', ticks);
	if (pad)
		buf_putc(b, ' ');
	for (size_t i = 0; i < s.n; i++) {
		if (cell && s.p[i] == '|')
			put_cell_pipe(b, i > 0 && s.p[i - 1] == '\\');
		else
			buf_putc(b, s.p[i]);
	}
	if (pad)
		buf_putc(b, ' ');
	put_times(b, '`', ticks);
}

static bool next_word(struct str *rest, struct str *word)
{
	while (rest->n && (unsigned char)rest->p[0] <= ' ')
		*rest = str_from(*rest, 1);
	if (!rest->n)
		return false;
	word->p = rest->p;
	for (word->n = 0; word->n < rest->n && (unsigned char)rest->p[word->n] > ' ';)
		word->n++;
	*rest = str_from(*rest, word->n);
	return true;
}

static void put_word(struct buf *b, struct str word, bool cell)
{
	struct str quiet;
	size_t tail = 0;

	if (!is_mark(word))
		while (tail < word.n && strchr(",;.:)", word.p[word.n - 1 - tail]))
			tail++;
	quiet = str_sub(word, 0, word.n - tail);
	if (quiet.n && (is_mark(word) || has_effect(quiet)))
		put_code(b, quiet, cell);
	else
		buf_puts(b, quiet);
	buf_puts(b, str_from(word, quiet.n));
}

void markdown_text(struct buf *b, struct str s, bool cell)
{
	struct buf shown = { 0 };
	struct str word;
	bool any = false;

	for (; next_word(&s, &word); any = true) {
		if (any)
			buf_putc(b, ' ');
		shown.n = 0;
		escape_plain(&shown, word);
		put_word(b, buf_str(&shown), cell);
	}
	buf_free(&shown);
}

void markdown_code(struct buf *b, struct str s, bool cell)
{
	struct buf shown = { 0 };

	escape_plain(&shown, s);
	for (size_t i = 0; i < shown.n; i++)
		if ((unsigned char)shown.p[i] < ' ')
			shown.p[i] = ' ';
	if (shown.n)
		put_code(b, buf_str(&shown), cell);
	buf_free(&shown);
}

void markdown_fence(struct buf *b, struct str s, unsigned indent)
{
	size_t ticks = longest_run(s, '`') + 1;
	struct str line;

	if (ticks < 3)
		ticks = 3;
	put_times(b, ' ', indent);
	put_times(b, '`', ticks);
	buf_puts(b, STR("powershell\n"));
	while (str_line(&s, &line)) {
		put_times(b, ' ', indent);
		escape_plain(b, line);
		buf_putc(b, '\n');
	}
	put_times(b, ' ', indent);
	put_times(b, '`', ticks);
	buf_putc(b, '\n');
}
