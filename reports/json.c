/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/json.h"

#include "analyzer/base/clock.h"
#include "analyzer/base/text.h"

static void line(struct json *j)
{
	if (!j->lines)
		return;
	buf_putc(j->b, '\n');
	for (unsigned i = 0; i < j->depth; i++)
		buf_puts(j->b, STR("  "));
}

/* What comes before a value: a comma unless it is the first or follows its key. */
static void before(struct json *j)
{
	char last = j->b->n ? j->b->p[j->b->n - 1] : 0;

	if (last == ':' || (last == ' ' && j->b->n > 1 && j->b->p[j->b->n - 2] == ':'))
		return;
	if (j->comma)
		buf_putc(j->b, ',');
	if (j->depth)
		line(j);
}

void json_open(struct json *j, char bracket)
{
	before(j);
	buf_putc(j->b, bracket);
	j->depth++;
	j->comma = false;
}

void json_close(struct json *j, char bracket)
{
	bool empty = !j->comma;

	j->depth--;
	if (!empty)
		line(j);
	buf_putc(j->b, bracket);
	j->comma = true;
}

void json_key(struct json *j, const char *key)
{
	if (j->comma)
		buf_putc(j->b, ',');
	line(j);
	buf_putc(j->b, '"');
	buf_puts(j->b, str_of(key));
	buf_puts(j->b, j->lines ? STR("\": ") : STR("\":"));
	j->comma = true;
}

void json_text(struct json *j, struct str s)
{
	before(j);
	json_string(j->b, s);
	j->comma = true;
}

void json_number(struct json *j, int64_t v)
{
	before(j);
	if (v < 0)
		buf_putc(j->b, '-');
	buf_u64(j->b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
	j->comma = true;
}

void json_unsigned(struct json *j, uint64_t v)
{
	before(j);
	buf_u64(j->b, v);
	j->comma = true;
}

void json_milli(struct json *j, int milli)
{
	int n = milli < 0 ? -milli : milli;

	before(j);
	buf_printf(j->b, "%s%d.%03d", milli < 0 ? "-" : "", n / 1000, n % 1000);
	j->comma = true;
}

void json_bool(struct json *j, bool v)
{
	before(j);
	buf_puts(j->b, v ? STR("true") : STR("false"));
	j->comma = true;
}

void json_null(struct json *j)
{
	before(j);
	buf_puts(j->b, STR("null"));
	j->comma = true;
}

void json_time(struct json *j, int64_t time_100ns)
{
	char text[RFC3339_BYTES];

	if (time_100ns == TIME_NONE)
		json_null(j);
	else
		json_text(j, str_of(time_rfc3339(time_100ns, text)));
}

void json_put(struct json *j, const char *key, struct str s)
{
	json_key(j, key);
	json_text(j, s);
}

void json_put_unsigned(struct json *j, const char *key, uint64_t v)
{
	json_key(j, key);
	json_unsigned(j, v);
}

void json_put_time(struct json *j, const char *key, int64_t time_100ns)
{
	json_key(j, key);
	json_time(j, time_100ns);
}
