/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a segment where it lies, after one check of every offset and id in it. */
#include "parsers/segment.h"

#include <stdio.h>
#include <stdlib.h>

#include "analyzer/base/buf.h"
#include "analyzer/base/text.h"
#include "parsers/segment_layout.h"

struct segment {
	const char *bytes;
	size_t rows, fields, notes;
	const struct seg_header *header;
	const struct seg_text *texts;
	size_t text_count;
	struct kind *kinds;
	size_t kind_count;
	const void *section[SEC_COUNT];
};

static const size_t element_bytes[SEC_COUNT] = {
	[SEC_HEAP] = 1, [SEC_TEXTS] = sizeof(struct seg_text), [SEC_KINDS] = sizeof(struct seg_kind),
	[SEC_TIME] = 8, [SEC_NUMBER] = 8, [SEC_OFFSET] = 8, [SEC_LENGTH] = 4, [SEC_KIND] = 4,
	[SEC_PID] = 4, [SEC_TID] = 4, [SEC_USER] = 4, [SEC_MESSAGE] = 4, [SEC_BASIS] = 1,
	[SEC_FLAGS] = 1, [SEC_FIRST_FIELD] = 4, [SEC_FIELDS] = sizeof(struct seg_field),
	[SEC_NOTES] = sizeof(struct seg_note),
};

static struct str text(const struct segment *s, uint32_t id)
{
	const struct seg_text *t = s->texts + id;

	return str_make((const char *)s->section[SEC_HEAP] + t->offset, t->length);
}

static size_t count_of(const struct segment *s, enum section_id id)
{
	return (size_t)s->header->span[id].count;
}

static bool spans_fit(struct segment *s, size_t size)
{
	for (int i = 0; i < SEC_COUNT; i++) {
		const struct seg_span *span = &s->header->span[i];

		if (span->offset % 8 || span->offset > size ||
			span->count > (size - span->offset) / element_bytes[i])
			return false;
		s->section[i] = s->bytes + span->offset;
	}
	return true;
}

static bool columns_agree(const struct segment *s)
{
	for (int i = SEC_TIME; i <= SEC_FLAGS; i++)
		if (count_of(s, (enum section_id)i) != s->rows)
			return false;
	return s->text_count > 0 &&
	       (count_of(s, SEC_FIRST_FIELD) == s->rows + 1);
}

static bool texts_fit(const struct segment *s)
{
	uint64_t heap = count_of(s, SEC_HEAP);

	for (size_t i = 0; i < s->text_count; i++)
		if (s->texts[i].offset > heap || s->texts[i].length > heap - s->texts[i].offset)
			return false;
	return s->header->parser_text < s->text_count;
}

static bool kinds_fit(const struct segment *s)
{
	const struct seg_kind *k = s->section[SEC_KINDS];

	for (size_t i = 0; i < s->kind_count; i++)
		if (k[i].data_type >= s->text_count || k[i].provider >= s->text_count ||
			k[i].source >= s->text_count || k[i].provider_guid >= s->text_count ||
			k[i].channel >= s->text_count || k[i].computer >= s->text_count)
			return false;
	return true;
}

static bool rows_fit(const struct segment *s)
{
	const uint32_t *kind = s->section[SEC_KIND], *user = s->section[SEC_USER];
	const uint32_t *message = s->section[SEC_MESSAGE], *first = s->section[SEC_FIRST_FIELD];
	const uint8_t *basis = s->section[SEC_BASIS];

	for (size_t i = 0; i < s->rows; i++)
		if (kind[i] >= s->kind_count || user[i] >= s->text_count ||
			message[i] >= s->text_count || first[i] > first[i + 1] ||
			basis[i] > BASIS_NONE)
			return false;
	return first[s->rows] <= s->fields && (s->rows == 0 || first[0] == 0);
}

static bool has_number(uint8_t type)
{
	return type == VALUE_NULL || (type >= VALUE_INT && type <= VALUE_TIME);
}

static bool fields_fit(const struct segment *s)
{
	const struct seg_field *f = s->section[SEC_FIELDS];
	uint64_t heap = count_of(s, SEC_HEAP);

	for (size_t i = 0; i < s->fields; i++) {
		uint64_t at = f[i].value & UINT32_MAX, n = f[i].value >> 32;

		if (f[i].name >= s->text_count || f[i].type > VALUE_BINARY ||
			f[i].section > SECTION_META)
			return false;
		if (!has_number(f[i].type) && (at > heap || n > heap - at))
			return false;
		if (f[i].type == VALUE_GUID && n != 16)
			return false;
	}
	return true;
}

static bool notes_fit(const struct segment *s)
{
	const struct seg_note *n = s->section[SEC_NOTES];

	for (size_t i = 0; i < s->notes; i++)
		if (n[i].text >= s->text_count || n[i].kind > NOTE_INFO)
			return false;
	return true;
}

static void unpack_kinds(struct segment *s)
{
	const struct seg_kind *k = s->section[SEC_KINDS];

	s->kinds = xmalloc(s->kind_count * sizeof(*s->kinds));
	for (size_t i = 0; i < s->kind_count; i++)
		s->kinds[i] = (struct kind){
			.data_type = text(s, k[i].data_type),
			.provider = text(s, k[i].provider),
			.source = text(s, k[i].source),
			.provider_guid = text(s, k[i].provider_guid),
			.channel = text(s, k[i].channel),
			.computer = text(s, k[i].computer),
			.keywords = k[i].keywords,
			.id = k[i].id,
			.qualifiers = k[i].qualifiers,
			.task = k[i].task,
			.version = k[i].version,
			.level = k[i].level,
			.opcode = k[i].opcode,
			.has_id = k[i].has_id,
		};
}

struct segment *segment_open(const void *bytes, size_t size_bytes, struct err *e)
{
	struct segment *s;

	if (size_bytes < sizeof(struct seg_header) || (uintptr_t)bytes % 8) {
		err_set(e, E_DAMAGED, "a segment of %zu bytes has no header", size_bytes);
		return NULL;
	}
	s = xmalloc(sizeof(*s));
	*s = (struct segment){ .bytes = bytes, .header = bytes };
	if (s->header->magic != SEGMENT_MAGIC || s->header->version != SEGMENT_VERSION ||
		!spans_fit(s, size_bytes))
		goto bad;
	s->rows = count_of(s, SEC_TIME);
	s->fields = count_of(s, SEC_FIELDS);
	s->notes = count_of(s, SEC_NOTES);
	s->texts = s->section[SEC_TEXTS];
	s->text_count = count_of(s, SEC_TEXTS);
	s->kind_count = count_of(s, SEC_KINDS);
	if (!columns_agree(s) || !texts_fit(s) || !kinds_fit(s) || !rows_fit(s) ||
		!fields_fit(s) || !notes_fit(s))
		goto bad;
	unpack_kinds(s);
	return s;
bad:
	err_set(e, E_DAMAGED, "a segment of %zu bytes does not check out", size_bytes);
	free(s);
	return NULL;
}

void segment_close(struct segment *s)
{
	if (!s)
		return;
	free(s->kinds);
	free(s);
}

struct str segment_parser(const struct segment *s)
{
	return text(s, s->header->parser_text);
}

size_t segment_rows(const struct segment *s)
{
	return s->rows;
}

size_t segment_kinds(const struct segment *s)
{
	return s->kind_count;
}

size_t segment_notes(const struct segment *s)
{
	return s->notes;
}

const struct kind *segment_kind(const struct segment *s, uint32_t kind)
{
	return &s->kinds[kind];
}

const int64_t *segment_times(const struct segment *s)
{
	return s->section[SEC_TIME];
}

const uint32_t *segment_row_kinds(const struct segment *s)
{
	return s->section[SEC_KIND];
}

const uint8_t *segment_bases(const struct segment *s)
{
	return s->section[SEC_BASIS];
}

const uint8_t *segment_flags(const struct segment *s)
{
	return s->section[SEC_FLAGS];
}

static uint32_t u32_at(const struct segment *s, enum section_id id, size_t row)
{
	return ((const uint32_t *)s->section[id])[row];
}

static uint64_t u64_at(const struct segment *s, enum section_id id, size_t row)
{
	return ((const uint64_t *)s->section[id])[row];
}

void segment_row(const struct segment *s, size_t row, struct row *out)
{
	*out = (struct row){
		.time_100ns = segment_times(s)[row],
		.number = u64_at(s, SEC_NUMBER, row),
		.offset = u64_at(s, SEC_OFFSET, row),
		.length = u32_at(s, SEC_LENGTH, row),
		.kind = u32_at(s, SEC_KIND, row),
		.pid = u32_at(s, SEC_PID, row),
		.tid = u32_at(s, SEC_TID, row),
		.basis = segment_bases(s)[row],
		.flags = segment_flags(s)[row],
		.user = text(s, u32_at(s, SEC_USER, row)),
		.message = text(s, u32_at(s, SEC_MESSAGE, row)),
	};
}

size_t segment_field_count(const struct segment *s, size_t row)
{
	return u32_at(s, SEC_FIRST_FIELD, row + 1) - u32_at(s, SEC_FIRST_FIELD, row);
}

void segment_field(const struct segment *s, size_t row, size_t i, struct field *out)
{
	const struct seg_field *f = (const struct seg_field *)s->section[SEC_FIELDS] +
				    u32_at(s, SEC_FIRST_FIELD, row) + i;

	*out = (struct field){ .name = text(s, f->name), .type = (enum value_type)f->type,
		.section = (enum field_section)f->section };
	if (has_number(f->type))
		out->number = f->value;
	else
		out->bytes = str_make((const char *)s->section[SEC_HEAP] + (f->value & UINT32_MAX),
			f->value >> 32);
}

bool segment_find(const struct segment *s, size_t row, struct str name, struct field *out)
{
	size_t n = segment_field_count(s, row);

	for (size_t i = 0; i < n; i++) {
		segment_field(s, row, i, out);
		if (str_ieq(out->name, name))
			return true;
	}
	return false;
}

bool segment_unnamed(const struct segment *s, size_t row, size_t index, struct field *out)
{
	size_t n = segment_field_count(s, row);

	for (size_t i = 0; i < n; i++) {
		segment_field(s, row, i, out);
		if (out->name.n || out->section != SECTION_EVENTDATA)
			continue;
		if (index-- == 0)
			return true;
	}
	return false;
}

void segment_note(const struct segment *s, size_t i, struct segment_note *out)
{
	const struct seg_note *n = (const struct seg_note *)s->section[SEC_NOTES] + i;

	*out = (struct segment_note){ .kind = (enum note_kind)n->kind, .offset = n->offset,
		.bytes_lost = n->bytes_lost, .records_lost = n->records_lost,
		.text = text(s, n->text) };
}

static void put_binary(struct buf *b, struct str bytes)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char c = (unsigned char)bytes.p[i];

		buf_putc(b, digits[c >> 4]);
		buf_putc(b, digits[c & 15]);
	}
}

static void put_double(struct buf *b, uint64_t bits)
{
	double d;

	memcpy(&d, &bits, sizeof(d));
	buf_printf(b, "%.17g", d);
}

void buf_field(struct buf *b, const struct field *f)
{
	char guid[GUID_BYTES], time[RFC3339_BYTES];

	switch (f->type) {
	case VALUE_NULL:
		break;
	case VALUE_INT:
		if ((int64_t)f->number < 0)
			buf_putc(b, '-');
		buf_u64(b, (int64_t)f->number < 0 ? 0 - f->number : f->number);
		break;
	case VALUE_UINT:
		buf_u64(b, f->number);
		break;
	case VALUE_HEX:
		buf_hex(b, f->number, 1);
		break;
	case VALUE_BOOL:
		buf_puts(b, f->number ? STR("true") : STR("false"));
		break;
	case VALUE_FLOAT:
		put_double(b, f->number);
		break;
	case VALUE_TIME:
		buf_puts(b, str_of(time_rfc3339((int64_t)f->number, time)));
		break;
	case VALUE_GUID:
		buf_puts(b, str_of(guid_format((const uint8_t *)f->bytes.p, guid)));
		break;
	case VALUE_BINARY:
		put_binary(b, f->bytes);
		break;
	case VALUE_TEXT:
	case VALUE_SID:
		buf_puts(b, f->bytes);
		break;
	}
}
