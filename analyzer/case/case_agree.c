/* SPDX-License-Identifier: Apache-2.0 */
/* Is an export's text that of a record? Templates differ by language, the values in them do not. */
#include "analyzer/case/case_parts.h"

/* What stands between words: blanks, and marks that hang on them. */
enum { IN_WORD, BLANK, MARK };
static const unsigned char between[256] = { [' '] = BLANK, ['\t'] = BLANK, ['\n'] = BLANK,
	['\v'] = BLANK, ['\f'] = BLANK, ['\r'] = BLANK, ['.'] = MARK, [','] = MARK, [';'] = MARK,
	['('] = MARK, [')'] = MARK, ['\''] = MARK, ['"'] = MARK };

static unsigned char at(struct str s, size_t i)
{
	return between[(unsigned char)s.p[i]];
}

/* Names, numbers, paths and ids tell events apart; plain words do not. */
static bool is_specific(struct str word)
{
	for (size_t i = 0; i < word.n; i++)
		if ((word.p[i] >= '0' && word.p[i] <= '9') || word.p[i] == '\\' || word.p[i] == ':')
			return true;
	return false;
}

static bool next_word(struct str *rest, struct str *word)
{
	size_t from = 0, to, end;

	while (from < rest->n && at(*rest, from))
		from++;
	for (to = from; to < rest->n && at(*rest, to) != BLANK; to++)
		;
	for (end = to; end > from && at(*rest, end - 1) == MARK; end--)
		;
	*word = str_make(rest->p + from, end - from);
	*rest = str_make(rest->p + to, rest->n - to);
	return word->n > 0;
}

static bool has_specific(struct str text)
{
	struct str word;

	while (next_word(&text, &word))
		if (is_specific(word))
			return true;
	return false;
}

/* A long word anywhere in the text, a short one only as a word of its own. */
static bool stands_in(struct str word, struct str text)
{
	struct str other;

	if (word.n >= 4)
		return str_find(text, word) >= 0;
	while (next_word(&text, &other))
		if (str_ieq(other, word))
			return true;
	return false;
}

static bool value_stands_in(struct str value, struct str text, size_t *tried)
{
	struct str word;

	while (next_word(&value, &word)) {
		if (!is_specific(word))
			continue;
		if (stands_in(word, text))
			return true;
		++*tried;
	}
	return false;
}

enum agreement case_compare_texts(const struct segment *s, uint32_t row, struct str message)
{
	size_t n = segment_field_count(s, row), tried = 0;
	struct buf value = { 0 };
	bool agree = false;

	for (size_t i = 0; i < n && !agree; i++) {
		struct field f;

		segment_field(s, row, i, &f);
		if (f.section > SECTION_USERDATA)
			continue;
		value.n = 0;
		buf_field(&value, &f);
		agree = value_stands_in(buf_str(&value), message, &tried);
	}
	buf_free(&value);
	if (agree)
		return TEXTS_AGREE;
	return tried && has_specific(message) ? TEXTS_DIFFER : TEXTS_UNSURE;
}
