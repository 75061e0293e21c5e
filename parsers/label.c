/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/label.h"

bool label_split(struct str line, struct str *name, struct str *value)
{
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] != ':')
			continue;
		if (i + 1 < line.n && line.p[i + 1] != ' ' && line.p[i + 1] != '\t')
			continue;
		*name = str_trim(str_sub(line, 0, i));
		*value = str_trim(str_from(line, i + 1));
		return name->n > 0;
	}
	return false;
}

bool label_number(struct str value, struct str *word, uint64_t *number)
{
	ptrdiff_t at = str_rchr(value, '(');

	*word = value;
	if (at < 0 || !str_ends(value, STR(")")) ||
		!str_to_u64(str_sub(value, (size_t)at + 1, value.n - (size_t)at - 2), 10, number))
		return false;
	*word = str_trim(str_sub(value, 0, (size_t)at));
	return true;
}

void label_put(struct sink *out, const char *name, struct str v)
{
	if (v.n)
		sink_put(out, name, v);
}

void label_put_id(struct sink *out, const char *name, struct str v)
{
	char text[GUID_BYTES];
	uint8_t raw[16];

	if (guid_parse(v, raw))
		sink_put(out, name, str_of(guid_format(raw, text)));
	else
		label_put(out, name, v);
}

void label_put_guid(struct sink *out, const char *name, struct str v)
{
	char text[GUID_BYTES], raw_name[64];
	uint8_t raw[16];

	snprintf(raw_name, sizeof(raw_name), "%s_raw", name);
	if (guid_parse(v, raw))
		sink_put(out, name, str_of(guid_format(raw, text)));
	else
		label_put(out, raw_name, v);
}

struct str label_lower(struct arena *a, struct str v)
{
	char *p = arena_cstr(a, v);

	for (size_t i = 0; i < v.n; i++)
		p[i] = ascii_lower(p[i]);
	return str_make(p, v.n);
}

size_t label_cells(int32_t c)
{
	bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
		    (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
		    (c >= 0xff01 && c <= 0xff60);

	return wide ? 2 : 1;
}

size_t label_width(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n;)
		n += label_cells(utf8_next(s, &i));
	return n;
}

static size_t last_word(struct str s)
{
	return label_width(str_from(s, (size_t)(str_rchr(s, ' ') + 1)));
}

static size_t first_word(struct str s)
{
	ptrdiff_t at = str_chr(s, ' ');

	return label_width(at < 0 ? s : str_sub(s, 0, (size_t)at));
}

bool label_goes_on(struct label_wrap *w, struct str part, struct str rest)
{
	char last = part.n ? part.p[part.n - 1] : ' ';

	if (last == ' ' || (last == '-' && part.n > 1 && part.p[part.n - 2] != ' '))
		return true;
	if (label_width(part) < w->room) {
		w->soft = true;
		return false;
	}
	/* A word that had room in a line of its own is not broken by those who break between words. */
	return !w->soft || last_word(part) + first_word(rest) > w->room;
}
