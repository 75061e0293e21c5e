/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/page_mine.h"

#define QUOTED_BYTES_MAX 300
#define NUMBER_DIGITS_MAX 15

enum { WORD = 1, DIGIT = 2, JOINT = 4 };

/* Letters, digits and all beyond ASCII make words; joints stand inside a path, an address, a device. */
static unsigned class_of(unsigned char c)
{
	static const char classes[128] = { ['0'] = 3, ['1'] = 3, ['2'] = 3, ['3'] = 3, ['4'] = 3, ['5'] = 3,
		['6'] = 3, ['7'] = 3, ['8'] = 3, ['9'] = 3, ['_'] = 1, ['-'] = 4, ['.'] = 4, [':'] = 4,
		['\\'] = 4, ['/'] = 4, ['$'] = 4, ['@'] = 4, ['+'] = 4,
		['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1,
		['i'] = 1, ['j'] = 1, ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1,
		['q'] = 1, ['r'] = 1, ['s'] = 1, ['t'] = 1, ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1,
		['y'] = 1, ['z'] = 1, ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1, ['F'] = 1,
		['G'] = 1, ['H'] = 1, ['I'] = 1, ['J'] = 1, ['K'] = 1, ['L'] = 1, ['M'] = 1, ['N'] = 1,
		['O'] = 1, ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1, ['V'] = 1,
		['W'] = 1, ['X'] = 1, ['Y'] = 1, ['Z'] = 1 };

	return c < 128 ? (unsigned char)classes[c] : WORD;
}

static bool is_word(char c)
{
	return class_of((unsigned char)c) & WORD;
}

static bool is_sign(char c)
{
	return class_of((unsigned char)c) & DIGIT || c == '\'' || c == '"' || c == '=';
}

/* The text between two values goes to the template in one piece. */
struct miner {
	struct str s;
	size_t text;     /* where the text begins that is not in the template yet */
	struct mined *m;
};

static void take_value(struct miner *k, size_t at, size_t n)
{
	struct mined *m = k->m;

	buf_put(&m->template, k->s.p + k->text, at - k->text);
	buf_putc(&m->template, MINE_GAP);
	m->values[m->n++] = str_sub(k->s, at, n);
	k->text = at + n;
}

/* A value of "name=value, …": up to ", " or the end; braces round it stay in the template. */
static size_t assigned(struct miner *k, size_t i)
{
	struct str rest = str_from(k->s, i);
	ptrdiff_t comma = str_find(rest, STR(", "));
	size_t n = comma < 0 ? rest.n : (size_t)comma;

	if (n == 0)
		return i;
	if (n >= 38 && rest.p[0] == '{' && rest.p[37] == '}') {
		take_value(k, i + 1, 36);
		return i + 38;
	}
	take_value(k, i, n);
	return i + n;
}

static size_t quoted(struct miner *k, size_t i)
{
	ptrdiff_t n = str_chr(str_sub(k->s, i + 1, QUOTED_BYTES_MAX), k->s.p[i]);

	if (n <= 0)
		return i + 1;
	take_value(k, i + 1, (size_t)n);
	return i + (size_t)n + 2;
}

/* Where a value may begin: a digit, a quote, '='. Eight bytes at a time: all lie within '!' to '?'. */
static size_t next_sign(struct str s, size_t i)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;

	while (i + 8 <= s.n) {
		uint64_t v, low, found;

		memcpy(&v, s.p + i, 8);
		v ^= ones * ' ';
		low = v & ~high;
		found = (low + ones * 0x7f) & ~(low + ones * 0x60) & ~v & high;
		if (!found) {
			i += 8;
			continue;
		}
		i += (size_t)__builtin_ctzll(found) / 8;
		if (is_sign(s.p[i]))
			return i;
		i++;
	}
	while (i < s.n && !is_sign(s.p[i]))
		i++;
	return i;
}

/* The token with the digit at `i`; it begins with a word or a path, not before `from`. */
static size_t token(struct miner *k, size_t i, size_t from)
{
	size_t start = i, end = i;
	unsigned class;

	while (start > from && class_of((unsigned char)k->s.p[start - 1]))
		start--;
	while (!is_word(k->s.p[start]) && k->s.p[start] != '\\')
		start++;
	for (; i < k->s.n && (class = class_of((unsigned char)k->s.p[i])); i++)
		if (class & WORD)
			end = i + 1;
	take_value(k, start, end - start);
	return end;
}

void mine_message(struct str s, struct mined *m)
{
	struct miner k = { s, 0, m };
	size_t from = 0, i;

	m->n = 0;
	m->template.n = 0;
	while ((i = next_sign(s, from)) < s.n && m->n + 2 < MINE_SLOTS_MAX) {
		bool word_before = i && is_word(s.p[i - 1]);

		if (s.p[i] == '=')
			from = word_before ? assigned(&k, i + 1) : i + 1;
		else if (s.p[i] == '\'' || s.p[i] == '"')
			from = word_before ? i + 1 : quoted(&k, i);
		else
			from = token(&k, i, from);
	}
	if (i < s.n)
		take_value(&k, from, s.n - from);
	buf_put(&m->template, s.p + k.text, s.n - k.text);
}

void mine_whole(struct str message, struct mined *m)
{
	struct miner k = { message, 0, m };

	m->n = 0;
	m->template.n = 0;
	take_value(&k, 0, message.n);
}

static bool is_guid(struct str s, char a)
{
	if (s.n != 36)
		return false;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		bool hex = class_of((unsigned char)s.p[i]) & DIGIT || (s.p[i] >= a && s.p[i] <= a + 5);

		if (dash ? s.p[i] != '-' : !hex)
			return false;
	}
	return true;
}

enum mine_shape mine_shape(struct str s)
{
	size_t i = 0;

	while (i < s.n && class_of((unsigned char)s.p[i]) & DIGIT)
		i++;
	if (i == s.n && i && i <= NUMBER_DIGITS_MAX && (s.p[0] != '0' || i == 1))
		return SHAPE_NUMBER;
	if (is_guid(s, 'A'))
		return SHAPE_GUID_UPPER;
	return is_guid(s, 'a') ? SHAPE_GUID_LOWER : SHAPE_TEXT;
}
