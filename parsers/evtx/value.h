/* SPDX-License-Identifier: Apache-2.0 */
/* Typed values of binary XML: as numbers, as text people read, as fields of a row. */
#ifndef CASELINE_PARSERS_EVTX_VALUE_H
#define CASELINE_PARSERS_EVTX_VALUE_H

#include "analyzer/base/buf.h"
#include "parsers/segment.h"

enum value_code {
	V_NULL = 0x00, V_TEXT = 0x01, V_ANSI = 0x02, V_INT8 = 0x03, V_UINT8 = 0x04, V_INT16 = 0x05,
	V_UINT16 = 0x06, V_INT32 = 0x07, V_UINT32 = 0x08, V_INT64 = 0x09, V_UINT64 = 0x0a,
	V_FLOAT = 0x0b, V_DOUBLE = 0x0c, V_BOOL = 0x0d, V_BINARY = 0x0e, V_GUID = 0x0f,
	V_SIZE = 0x10, V_FILETIME = 0x11, V_SYSTEMTIME = 0x12, V_SID = 0x13, V_HEX32 = 0x14,
	V_HEX64 = 0x15, V_HANDLE = 0x20, V_FRAGMENT = 0x21, V_XML = 0x23, V_ARRAY = 0x80,
};

/* Bytes in the chunk; at most 65535 of them. */
struct evtx_value {
	const uint8_t *p;
	uint16_t n;
	uint8_t type;
};

/* The size fits the type. */
bool value_fits(const struct evtx_value *v);
/* Nothing to show: the null type, or a fixed-size type of no bytes. */
static inline bool value_is_null(const struct evtx_value *v)
{
	return v->type == V_NULL ||
	       (v->n == 0 && v->type != V_TEXT && v->type != V_ANSI && v->type != V_XML);
}

/* The number of an integer, boolean or time, or of a text that is one (decimal or 0x…). */
bool value_number(const struct evtx_value *v, uint64_t *out);
/* 100 ns ticks of a FILETIME, SYSTEMTIME or RFC 3339 text. */
bool value_ticks(const struct evtx_value *v, int64_t *out);
/* Appends the value as the event viewer shows it; array items are joined by ", ". */
void value_text(struct buf *b, const struct evtx_value *v);
/* Appends one field, or one for each item of an array. Null gives none. Returns how many. */
unsigned value_field(struct sink *s, enum field_section where, uint32_t name,
	const struct evtx_value *v);
/* Takes one item off the front of an array's bytes; false once nothing is left. */
bool value_item(struct evtx_value *rest, struct evtx_value *item);
/* Appends "S-1-…"; false where the bytes are no SID. */
bool value_sid(struct buf *b, const uint8_t *p, size_t n);

#endif
