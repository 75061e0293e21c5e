/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/json_read.h"

#include "analyzer/base/text.h"

void json_read_open(struct json_reader *j, const uint8_t *p, size_t n)
{
	bool mark = n >= 2 && p[0] == 0xff && p[1] == 0xfe;

	*j = (struct json_reader){ .s = str_make((const char *)p, n), .lines = 1 };
	if (mark || (n >= 4 && p[0] && !p[1] && p[2] && !p[3])) {
		j->wide = true;
		j->bytes = mark ? 2 : 0;
		buf_utf16le(&j->decoded, p + j->bytes, n - j->bytes);
		j->s = buf_str(&j->decoded);
	} else if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		j->bytes = 3;
		j->s = str_from(j->s, 3);
	}
}

void json_read_close(struct json_reader *j)
{
	buf_free(&j->text);
	buf_free(&j->decoded);
}

/* Lines and bytes of the member up to here: what one byte of the decoded text took there. */
static void count(struct json_reader *j)
{
	for (; j->counted < j->at && j->counted < j->s.n; j->counted++) {
		unsigned char c = (unsigned char)j->s.p[j->counted];

		j->lines += c == '\n';
		j->bytes += !j->wide ? 1 : (c & 0xc0) == 0x80 ? 0 : c >= 0xf0 ? 4 : 2;
	}
	j->line = j->lines;
	j->offset = j->bytes;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static uint32_t four_digits(struct json_reader *j)
{
	uint64_t v = 0;

	if (!str_to_u64(str_sub(j->s, j->at, 4), 16, &v) || j->s.n - j->at < 4)
		return 0xfffd;
	j->at += 4;
	return (uint32_t)v;
}

static void take_escape(struct json_reader *j)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	char c = j->s.p[j->at++];
	const char *found = strchr(from, c);
	uint32_t code, low;

	if (c != 'u') {
		buf_putc(&j->text, found && c ? to[found - from] : c);
		return;
	}
	code = four_digits(j);
	if (code >= 0xd800 && code < 0xdc00 && j->s.n - j->at >= 6 && j->s.p[j->at] == '\\' &&
		j->s.p[j->at + 1] == 'u') {
		j->at += 2;
		low = four_digits(j);
		code = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) :
						       0xfffd;
	}
	buf_utf8(&j->text, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
}

/* False where the quotes never close. */
static bool take_string(struct json_reader *j)
{
	j->text.n = 0;
	for (j->at++; j->at < j->s.n;) {
		char c = j->s.p[j->at++];

		if (c == '"')
			return true;
		if (c == '\\' && j->at < j->s.n)
			take_escape(j);
		else
			buf_putc(&j->text, c);
	}
	return false;
}

static enum json_kind take_word(struct json_reader *j)
{
	static const struct {
		struct str word;
		enum json_kind kind;
	} words[] = { { { "true", 4 }, JSON_TRUE }, { { "false", 5 }, JSON_FALSE }, { { "null", 4 }, JSON_NULL } };
	size_t from = j->at;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_starts(str_from(j->s, j->at), words[i].word)) {
			j->at += words[i].word.n;
			return words[i].kind;
		}
	while (j->at < j->s.n && strchr("+-0123456789.eE", j->s.p[j->at]))
		j->at++;
	j->text.n = 0;
	buf_puts(&j->text, str_sub(j->s, from, j->at - from));
	return j->at > from ? JSON_NUMBER : JSON_BAD;
}

enum json_kind json_read_next(struct json_reader *j)
{
	static const char marks[] = "{}[]";
	static const enum json_kind kinds[] = { JSON_OBJECT, JSON_OBJECT_END, JSON_ARRAY, JSON_ARRAY_END };
	const char *mark;
	size_t behind;

	while (j->at < j->s.n && (is_space(j->s.p[j->at]) || j->s.p[j->at] == ','))
		j->at++;
	count(j);
	if (j->at >= j->s.n)
		return JSON_END;
	mark = j->s.p[j->at] ? strchr(marks, j->s.p[j->at]) : NULL;
	if (mark) {
		j->at++;
		return kinds[mark - marks];
	}
	if (j->s.p[j->at] != '"')
		return j->s.p[j->at] ? take_word(j) : JSON_BAD;
	if (!take_string(j))
		return JSON_BAD;
	for (behind = j->at; behind < j->s.n && is_space(j->s.p[behind]);)
		behind++;
	if (behind >= j->s.n || j->s.p[behind] != ':')
		return JSON_TEXT;
	j->at = behind + 1;
	return JSON_KEY;
}
