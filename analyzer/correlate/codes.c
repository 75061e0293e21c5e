/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/correlate/codes.h"

#define CODE_BIT 0x80000000u

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	char l = ascii_lower(c);

	return is_digit(c) || (l >= 'a' && l <= 'f');
}

static bool is_word(char c)
{
	char l = ascii_lower(c);

	return is_digit(c) || (l >= 'a' && l <= 'z') || c == '_';
}

static size_t run_of(struct str s, size_t at, bool (*is)(char))
{
	size_t i = at;

	while (i < s.n && is(s.p[i]))
		i++;
	return i - at;
}

static bool starts_word(struct str s, size_t at)
{
	return at == 0 || !is_word(s.p[at - 1]);
}

static bool ends_word(struct str s, size_t end)
{
	return end >= s.n || !is_word(s.p[end]);
}

/* "0x" and up to 16 digits; sign-extended 64-bit spellings lose their upper half. */
static size_t take_prefixed(struct str s, size_t at, uint32_t *code)
{
	uint64_t v;
	size_t n;

	if (at + 2 >= s.n || s.p[at] != '0' || ascii_lower(s.p[at + 1]) != 'x' || !starts_word(s, at))
		return 0;
	n = run_of(s, at + 2, is_hex);
	if (n == 0 || n > 16 || !str_to_u64(str_sub(s, at + 2, n), 16, &v))
		return 0;
	if (v > UINT32_MAX && v >> 32 != UINT32_MAX)
		return 0;
	*code = (uint32_t)v;
	return n + 2;
}

static size_t take_decimal(struct str s, size_t at, uint32_t *code)
{
	bool reference = at >= 2 && s.p[at - 1] == '%' && s.p[at - 2] == '%';
	bool minus = at >= 1 && s.p[at - 1] == '-' && (at == 1 || !is_word(s.p[at - 2]));
	size_t n = run_of(s, at, is_digit);
	uint64_t v;

	if (n == 0 || n > 10 || !starts_word(s, at) || !ends_word(s, at + n) ||
		!str_to_u64(str_sub(s, at, n), 10, &v) || v > UINT32_MAX)
		return 0;
	if (at + n < s.n && (s.p[at + n] == '-' || s.p[at + n] == '.') && at + n + 1 < s.n &&
		is_digit(s.p[at + n + 1]))
		return 0;   /* part of a date, SID or version */
	if (minus && v <= CODE_BIT && v >= 0x10000)
		v = (uint32_t)-v;
	else if (at >= 1 && s.p[at - 1] == '-')
		return 0;   /* a piece of an SID or GUID */
	else if (!reference && v < CODE_BIT)
		return 0;
	*code = (uint32_t)v;
	return n;
}

/* Words after which eight bare hex digits are a code. */
static bool code_context(struct str s, size_t at)
{
	static const char *const words[] = { "hr", "hresult", "status", "error", "code", "result",
		"errorcode", "ntstatus", "failure", "reason" };
	size_t end = at, start;

	if (at > 0 && at + 8 < s.n && ((s.p[at - 1] == '(' && s.p[at + 8] == ')') ||
					      (s.p[at - 1] == '[' && s.p[at + 8] == ']')))
		return true;
	while (end > 0 && strchr(" :=[(\"'#", s.p[end - 1]))
		end--;
	for (start = end; start > 0 && is_word(s.p[start - 1]);)
		start--;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (str_ieq(str_sub(s, start, end - start), str_of(words[i])))
			return true;
	return start == end && (s.n == at + 8 || s.p[at + 8] == '\n');   /* the value is nothing but the code */
}

static size_t take_bare(struct str s, size_t at, uint32_t *code)
{
	uint64_t v;

	if (run_of(s, at, is_hex) != 8 || !starts_word(s, at) || !ends_word(s, at + 8) ||
		(at + 8 < s.n && s.p[at + 8] == '-') || !strchr("89cCdD", s.p[at]))
		return 0;
	if (!code_context(s, at) || !str_to_u64(str_sub(s, at, 8), 16, &v))
		return 0;
	*code = (uint32_t)v;
	return 8;
}

/* Every form of a code begins a word with a digit or, bare, with c or d. */
static bool may_begin(char c)
{
	static const bool begins[256] = { ['0'] = true, ['1'] = true, ['2'] = true, ['3'] = true,
		['4'] = true, ['5'] = true, ['6'] = true, ['7'] = true, ['8'] = true, ['9'] = true,
		['c'] = true, ['d'] = true, ['C'] = true, ['D'] = true };

	return begins[(unsigned char)c];
}

bool code_next(struct str text, size_t *at, uint32_t *code)
{
	while (*at < text.n) {
		size_t n = 0;

		if (!may_begin(text.p[*at])) {
			++*at;
			continue;
		}
		if (starts_word(text, *at)) {
			n = take_prefixed(text, *at, code);
			if (!n)
				n = take_bare(text, *at, code);
			if (!n)
				n = take_decimal(text, *at, code);
		}
		*at += n ? n : run_of(text, *at, is_word);   /* nothing begins inside a word */
		if (n)
			return true;
	}
	return false;
}

bool code_first(struct str text, uint32_t *code)
{
	size_t at = 0;

	return code_next(text, &at, code);
}

bool code_word(struct str text, uint32_t wanted)
{
	for (size_t i = 0; i < text.n;) {
		size_t n = run_of(text, i, is_digit);
		uint64_t v;

		if (n && starts_word(text, i) && ends_word(text, i + n) &&
			str_to_u64(str_sub(text, i, n), 10, &v) && v == wanted)
			return true;
		i += n ? n : 1;
	}
	return false;
}

bool code_among(struct str text, const uint32_t *codes, size_t n)
{
	size_t at = 0;
	uint32_t code;

	while (code_next(text, &at, &code))
		for (size_t i = 0; i < n; i++)
			if (codes[i] == code)
				return true;
	for (size_t i = 0; i < n; i++)
		if (codes[i] < 0x10000 && code_word(text, codes[i]))
			return true;
	return false;
}

bool code_parse(struct str text, uint32_t *code)
{
	uint64_t u;
	int64_t i;

	if (str_istarts(text, STR("0x"))) {
		if (!str_to_u64(str_from(text, 2), 16, &u) || u > UINT32_MAX)
			return false;
	} else {
		if (!str_to_i64(text, &i) || i > UINT32_MAX || i < INT32_MIN)
			return false;
		u = (uint64_t)i;
	}
	*code = (uint32_t)u;
	return true;
}

void buf_code(struct buf *b, uint32_t code)
{
	buf_printf(b, code < 0x10000 ? "0x%X" : "0x%08X", code);
}
