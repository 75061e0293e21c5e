/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/evtx/value.h"

#include "analyzer/base/text.h"
#include "parsers/evtx/binxml.h"

#define TICKS_YEAR_10000 INT64_C(2650467744000000000)

static size_t sid_bytes(const uint8_t *p, size_t n)
{
	return n >= 8 && p[1] <= 15 ? 8u + 4u * p[1] : 0;
}

static unsigned item_bytes(const struct evtx_value *v)
{
	uint8_t type = v->type & 0x7f;

	if (type == V_SIZE || type == V_HANDLE)
		return v->n % 8 ? 4 : 8;
	return bx_type_bytes(type);
}

bool value_fits(const struct evtx_value *v)
{
	unsigned bytes = item_bytes(v);

	if (v->n == 0)
		return true;
	if (v->type & V_ARRAY)
		return !bytes || v->n % bytes == 0;
	switch (v->type) {
	case V_TEXT:
	case V_XML:
		return v->n % 2 == 0;
	case V_SID:
		return sid_bytes(v->p, v->n) && sid_bytes(v->p, v->n) <= v->n;
	default:
		return !bytes || v->n == bytes || (v->type == V_BOOL && v->n == 1);
	}
}

/* Terminators are no part of the text. */
static size_t trimmed(const struct evtx_value *v)
{
	size_t n = v->n, unit = v->type == V_ANSI ? 1 : 2;

	n -= n % unit;
	while (n && v->p[n - 1] == 0 && v->p[n - unit] == 0)
		n -= unit;
	return n;
}

bool value_sid(struct buf *b, const uint8_t *p, size_t n)
{
	uint64_t authority = 0;

	if (!sid_bytes(p, n) || sid_bytes(p, n) > n)
		return false;
	for (int i = 2; i < 8; i++)
		authority = authority << 8 | p[i];
	buf_put(b, "S-", 2);
	buf_u64(b, p[0]);
	buf_putc(b, '-');
	if (authority >> 32)
		buf_hex(b, authority, 12);
	else
		buf_u64(b, authority);
	for (unsigned i = 0; i < p[1]; i++) {
		buf_putc(b, '-');
		buf_u64(b, le32(p + 8 + 4 * i));
	}
	return true;
}

static uint64_t raw_number(const struct evtx_value *v)
{
	switch (v->n) {
	case 1:
		return v->type == V_INT8 ? (uint64_t)(int8_t)v->p[0] : v->p[0];
	case 2:
		return v->type == V_INT16 ? (uint64_t)(int16_t)le16(v->p) : le16(v->p);
	case 4:
		return v->type == V_INT32 ? (uint64_t)(int32_t)le32(v->p) : le32(v->p);
	case 8:
		return le64(v->p);
	default:
		return 0;
	}
}

/* The text as ASCII in `out`; false where it is longer or something else. */
static bool short_ascii(const struct evtx_value *v, char *out, size_t room, struct str *s)
{
	size_t n = trimmed(v), unit = v->type == V_ANSI ? 1 : 2;

	if (n / unit > room)
		return false;
	for (size_t i = 0; i < n; i += unit) {
		if (v->p[i] >= 0x80 || (unit == 2 && v->p[i + 1]))
			return false;
		out[i / unit] = (char)v->p[i];
	}
	*s = str_trim(str_make(out, n / unit));
	return true;
}

static bool text_number(const struct evtx_value *v, uint64_t *out)
{
	char room[40];
	struct str s;
	int64_t negative;

	if (!short_ascii(v, room, sizeof(room), &s) || !s.n)
		return false;
	if (str_istarts(s, STR("0x")))
		return str_to_u64(str_from(s, 2), 16, out);
	if (str_to_u64(s, 10, out))
		return true;
	if (!str_to_i64(s, &negative))
		return false;
	*out = (uint64_t)negative;
	return true;
}

bool value_number(const struct evtx_value *v, uint64_t *out)
{
	switch (v->type) {
	case V_INT8: case V_UINT8: case V_INT16: case V_UINT16: case V_INT32: case V_UINT32:
	case V_INT64: case V_UINT64: case V_BOOL: case V_SIZE: case V_FILETIME: case V_HEX32:
	case V_HEX64: case V_HANDLE:
		if (!v->n || !value_fits(v))
			return false;
		*out = raw_number(v);
		return true;
	case V_TEXT: case V_ANSI:
		return text_number(v, out);
	default:
		return false;
	}
}

static bool systemtime_ticks(const uint8_t *p, int64_t *out)
{
	struct civil c = {
		.year = le16(p), .month = le16(p + 2), .day = le16(p + 6), .hour = le16(p + 8),
		.minute = le16(p + 10), .second = le16(p + 12), .ticks = le16(p + 14) * 10000,
	};

	return civil_to_ticks(&c, out);
}

bool value_ticks(const struct evtx_value *v, int64_t *out)
{
	char room[40];
	struct str s;

	if (v->type == V_FILETIME && v->n == 8) {
		*out = (int64_t)le64(v->p);
		return *out >= 0 && *out < TICKS_YEAR_10000;
	}
	if (v->type == V_SYSTEMTIME && v->n == 16)
		return systemtime_ticks(v->p, out);
	if (v->type == V_TEXT || v->type == V_ANSI)
		return short_ascii(v, room, sizeof(room), &s) && time_parse_rfc3339(s, out);
	return false;
}

static void hex_bytes(struct buf *b, const uint8_t *p, size_t n)
{
	static const char digits[] = "0123456789ABCDEF";

	buf_reserve(b, 2 * n);
	for (size_t i = 0; i < n; i++) {
		b->p[b->n++] = digits[p[i] >> 4];
		b->p[b->n++] = digits[p[i] & 15];
	}
}

static double raw_double(const struct evtx_value *v)
{
	double d;
	float f;

	if (v->n == 8) {
		memcpy(&d, v->p, 8);
		return d;
	}
	memcpy(&f, v->p, 4);
	return (double)f;
}

static void time_text(struct buf *b, const struct evtx_value *v)
{
	char text[RFC3339_BYTES];
	int64_t ticks;

	if (value_ticks(v, &ticks))
		buf_puts(b, str_of(time_rfc3339(ticks, text)));
	else if (v->type == V_FILETIME)
		buf_hex(b, le64(v->p), 1);
	else
		hex_bytes(b, v->p, v->n);
}

static void array_text(struct buf *b, const struct evtx_value *v)
{
	struct evtx_value rest = *v, item;

	for (bool first = true; value_item(&rest, &item); first = false) {
		if (!first)
			buf_put(b, ", ", 2);
		value_text(b, &item);
	}
}

static void number_text(struct buf *b, const struct evtx_value *v)
{
	uint64_t n = raw_number(v);
	bool is_signed = v->type == V_INT8 || v->type == V_INT16 || v->type == V_INT32 ||
			 v->type == V_INT64;

	if (is_signed && (int64_t)n < 0) {
		buf_putc(b, '-');
		n = 0 - n;
	}
	buf_u64(b, n);
}

void value_text(struct buf *b, const struct evtx_value *v)
{
	char guid[GUID_BYTES];

	if (value_is_null(v))
		return;
	if (v->type & V_ARRAY) {
		array_text(b, v);
		return;
	}
	if (!value_fits(v) && v->type != V_TEXT && v->type != V_XML) {
		hex_bytes(b, v->p, v->n);
		return;
	}
	switch (v->type) {
	case V_TEXT: case V_XML:
		buf_utf16le(b, v->p, trimmed(v));
		break;
	case V_ANSI:
		buf_put(b, v->p, trimmed(v));
		break;
	case V_INT8: case V_UINT8: case V_INT16: case V_UINT16: case V_INT32: case V_UINT32:
	case V_INT64: case V_UINT64:
		number_text(b, v);
		break;
	case V_FLOAT: case V_DOUBLE:
		buf_printf(b, "%.*g", v->n == 4 ? 9 : 17, raw_double(v));
		break;
	case V_BOOL:
		buf_puts(b, raw_number(v) ? STR("true") : STR("false"));
		break;
	case V_GUID:
		buf_puts(b, str_of(guid_format(v->p, guid)));
		break;
	case V_FILETIME: case V_SYSTEMTIME:
		time_text(b, v);
		break;
	case V_SID:
		value_sid(b, v->p, v->n);
		break;
	case V_SIZE: case V_HANDLE: case V_HEX32: case V_HEX64:
		buf_hex(b, raw_number(v), 1);
		break;
	default:
		hex_bytes(b, v->p, v->n);
	}
}

static size_t string_item(const struct evtx_value *v, size_t *next)
{
	size_t n = 0, unit = v->type == V_ANSI ? 1 : 2;

	while (n + unit <= v->n && (v->p[n] || (unit == 2 && v->p[n + 1])))
		n += unit;
	*next = n + unit < v->n ? n + unit : v->n;
	return n;
}

bool value_item(struct evtx_value *rest, struct evtx_value *item)
{
	size_t n, next;

	*item = *rest;
	item->type &= 0x7f;
	if (!rest->n)
		return false;
	if (item->type == V_TEXT || item->type == V_ANSI || item->type == V_XML)
		n = string_item(item, &next);
	else if (item->type == V_SID)
		n = next = sid_bytes(rest->p, rest->n);
	else
		n = next = item_bytes(rest);
	if (next == 0 || next > rest->n)
		n = next = rest->n;
	item->n = (uint16_t)n;
	rest->p += next;
	rest->n = (uint16_t)(rest->n - next);
	return true;
}

static unsigned array_fields(struct sink *s, enum field_section where, uint32_t name,
	const struct evtx_value *v)
{
	struct evtx_value rest = *v, item;
	unsigned n = 0;

	while (value_item(&rest, &item))
		n += value_field(s, where, name, &item);
	return n;
}

static void text_field(struct sink *s, enum field_section where, uint32_t name,
	const struct evtx_value *v)
{
	value_text(sink_field_open(s, where, name), v);
	sink_field_close(s);
}

static void time_field(struct sink *s, enum field_section where, uint32_t name,
	const struct evtx_value *v)
{
	int64_t ticks;

	if (value_ticks(v, &ticks))
		sink_field_number(s, where, name, VALUE_TIME, (uint64_t)ticks);
	else if (v->type == V_FILETIME)
		sink_field_number(s, where, name, VALUE_HEX, le64(v->p));
	else
		sink_field_bytes(s, where, name, VALUE_BINARY, v->p, v->n);
}

static void sid_field(struct sink *s, enum field_section where, uint32_t name,
	const struct evtx_value *v)
{
	char room[256];
	struct buf b = { .p = room, .cap = sizeof(room) };

	value_sid(&b, v->p, v->n);
	sink_field_bytes(s, where, name, VALUE_SID, b.p, b.n);
}

static void float_field(struct sink *s, enum field_section where, uint32_t name,
	const struct evtx_value *v)
{
	double d = raw_double(v);
	uint64_t bits;

	memcpy(&bits, &d, 8);
	sink_field_number(s, where, name, VALUE_FLOAT, bits);
}

unsigned value_field(struct sink *s, enum field_section where, uint32_t name,
	const struct evtx_value *v)
{
	if (value_is_null(v))
		return 0;
	if (v->type & V_ARRAY)
		return array_fields(s, where, name, v);
	if (!value_fits(v) && v->type != V_TEXT && v->type != V_XML) {
		sink_field_bytes(s, where, name, VALUE_BINARY, v->p, v->n);
		return 1;
	}
	switch (v->type) {
	case V_TEXT: case V_ANSI: case V_XML:
		text_field(s, where, name, v);
		break;
	case V_INT8: case V_INT16: case V_INT32: case V_INT64:
		sink_field_number(s, where, name, VALUE_INT, raw_number(v));
		break;
	case V_UINT8: case V_UINT16: case V_UINT32: case V_UINT64:
		sink_field_number(s, where, name, VALUE_UINT, raw_number(v));
		break;
	case V_SIZE: case V_HANDLE: case V_HEX32: case V_HEX64:
		sink_field_number(s, where, name, VALUE_HEX, raw_number(v));
		break;
	case V_BOOL:
		sink_field_number(s, where, name, VALUE_BOOL, raw_number(v) != 0);
		break;
	case V_FLOAT: case V_DOUBLE:
		float_field(s, where, name, v);
		break;
	case V_FILETIME: case V_SYSTEMTIME:
		time_field(s, where, name, v);
		break;
	case V_GUID:
		sink_field_bytes(s, where, name, VALUE_GUID, v->p, 16);
		break;
	case V_SID:
		sid_field(s, where, name, v);
		break;
	default:
		sink_field_bytes(s, where, name, VALUE_BINARY, v->p, v->n);
	}
	return 1;
}
