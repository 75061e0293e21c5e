/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/ruler.h"

#include "analyzer/base/text.h"

static bool is_ruler(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '=' && text.p[i] != ' ')
			return false;
	return str_starts(text, STR("=====")) && str_find(text, STR("= =")) > 0;
}

bool ruler_read(struct str line, struct ruler *out)
{
	struct str text = str_trim(line);

	if (!is_ruler(text))
		return false;
	out->n = 0;
	for (size_t i = 0; i < text.n && out->n < RULER_COLUMNS_MAX; i++) {
		out->from[out->n] = i;
		while (i < text.n && text.p[i] == '=')
			i++;
		out->to[out->n++] = i;
	}
	return true;
}

struct str ruler_cell(const struct ruler *r, struct str line, size_t column)
{
	size_t i = 0, at = 0, from = line.n;

	if (column >= r->n)
		return STR("");
	for (; i < line.n; at++) {
		if (at == r->from[column])
			from = i;
		if (at == r->to[column] && column + 1 < r->n)
			break;
		utf8_next(line, &i);
	}
	return from < i ? str_trim(str_sub(line, from, i - from)) : STR("");
}
