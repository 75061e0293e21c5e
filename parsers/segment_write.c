/* SPDX-License-Identifier: Apache-2.0 */
/* The sink: collects rows in columns and lays them out as one block of bytes. */
#include "parsers/segment.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/base/buf.h"
#include "parsers/segment_layout.h"

#define SEGMENT_BYTES_MAX ((size_t)24 * 1024 * 1024)  /* closed at the next commit point */
#define SEGMENT_ROWS_MAX 65536u
#define VALUE_BYTES_MAX ((size_t)16 * 1024 * 1024)    /* a longer value is cut and noted */


struct sink {
	struct seg_header header;
	struct buf column[SEC_COUNT];
	uint32_t *text_slots, *kind_slots;    /* id + 1, 0 = free */
	size_t text_slot_count, kind_slot_count, text_used;
	uint32_t rows;
	struct str parser_name;
	unsigned parser_version;
	segment_taker take;
	void *to;
	volatile uint64_t *progress;
	uint64_t commit_at, end_offset;
	struct seg_field open;                /* between sink_field_open and _close */
	const struct sink_part *part;
	bool handed;                          /* a segment went out */
	int failed;
};

static const size_t element_bytes[SEC_COUNT] = {
	[SEC_HEAP] = 1, [SEC_TEXTS] = sizeof(struct seg_text), [SEC_KINDS] = sizeof(struct seg_kind),
	[SEC_TIME] = 8, [SEC_NUMBER] = 8, [SEC_OFFSET] = 8, [SEC_LENGTH] = 4, [SEC_KIND] = 4,
	[SEC_PID] = 4, [SEC_TID] = 4, [SEC_USER] = 4, [SEC_MESSAGE] = 4, [SEC_BASIS] = 1,
	[SEC_FLAGS] = 1, [SEC_FIRST_FIELD] = 4, [SEC_FIELDS] = sizeof(struct seg_field),
	[SEC_NOTES] = sizeof(struct seg_note),
};

static void put(struct sink *s, enum section_id id, const void *p, size_t n)
{
	struct buf *b = &s->column[id];

	if (b->cap - b->n < n)
		buf_reserve(b, n);
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

static uint64_t heap_add(struct sink *s, const void *p, size_t n)
{
	uint64_t at = s->column[SEC_HEAP].n;

	if (n)
		put(s, SEC_HEAP, p, n);
	return at;
}

static struct seg_text *texts(const struct sink *s)
{
	return (struct seg_text *)(void *)s->column[SEC_TEXTS].p;
}

static uint32_t text_count(const struct sink *s)
{
	return (uint32_t)(s->column[SEC_TEXTS].n / sizeof(struct seg_text));
}

static struct str text_view(const struct sink *s, uint32_t id)
{
	const struct seg_text *t = texts(s) + id;

	return str_make(s->column[SEC_HEAP].p + t->offset, t->length);
}

static void slots_reset(uint32_t **slots, size_t *count, size_t want)
{
	*count = want;
	*slots = xrealloc(*slots, want * sizeof(**slots));
	memset(*slots, 0, want * sizeof(**slots));
}

static void begin(struct sink *s)
{
	struct seg_text empty = { 0, 0 };

	for (int i = 0; i < SEC_COUNT; i++)
		s->column[i].n = 0;
	s->rows = 0;
	slots_reset(&s->text_slots, &s->text_slot_count, 1024);
	slots_reset(&s->kind_slots, &s->kind_slot_count, 256);
	s->text_used = 0;
	put(s, SEC_TEXTS, &empty, sizeof(empty));
	s->header = (struct seg_header){ .magic = SEGMENT_MAGIC, .version = SEGMENT_VERSION };
	s->header.parser_version = s->parser_version;
	s->header.parser_text = sink_text(s, s->parser_name);
}

struct sink *sink_new(const char *parser_name, unsigned parser_version, segment_taker take,
	void *to)
{
	struct sink *s = xmalloc(sizeof(*s));

	*s = (struct sink){ .parser_name = str_of(parser_name), .parser_version = parser_version,
		.take = take, .to = to, .commit_at = UINT64_MAX };
	begin(s);
	return s;
}

void sink_free(struct sink *s)
{
	if (!s)
		return;
	for (int i = 0; i < SEC_COUNT; i++)
		buf_free(&s->column[i]);
	free(s->text_slots);
	free(s->kind_slots);
	free(s);
}

void sink_progress_to(struct sink *s, volatile uint64_t *offset)
{
	s->progress = offset;
}

void sink_commit_at(struct sink *s, uint64_t offset)
{
	s->commit_at = offset;
}

/* A text with an id of its own that nothing looks up again: messages. */
static uint32_t text_append(struct sink *s, struct str text)
{
	struct seg_text t;

	if (!text.n)
		return 0;
	if (text.n > VALUE_BYTES_MAX) {
		sink_note(s, NOTE_LIMIT, 0, text.n - VALUE_BYTES_MAX, 0,
			"a text of %zu bytes is cut to %zu", text.n, VALUE_BYTES_MAX);
		text.n = VALUE_BYTES_MAX;
	}
	t.length = (uint32_t)text.n;
	t.offset = (uint32_t)heap_add(s, text.p, text.n);
	put(s, SEC_TEXTS, &t, sizeof(t));
	return text_count(s) - 1;
}

static void text_slots_grow(struct sink *s)
{
	uint32_t *old = s->text_slots;
	size_t old_count = s->text_slot_count;

	s->text_slots = NULL;
	slots_reset(&s->text_slots, &s->text_slot_count, old_count * 2);
	for (size_t i = 0; i < old_count; i++) {
		size_t at;

		if (!old[i])
			continue;
		at = str_hash(text_view(s, old[i] - 1)) & (s->text_slot_count - 1);
		while (s->text_slots[at])
			at = (at + 1) & (s->text_slot_count - 1);
		s->text_slots[at] = old[i];
	}
	free(old);
}

uint32_t sink_text(struct sink *s, struct str text)
{
	size_t at;
	uint32_t id;

	if (!text.n)
		return 0;
	at = str_hash(text) & (s->text_slot_count - 1);
	for (; s->text_slots[at]; at = (at + 1) & (s->text_slot_count - 1))
		if (str_eq(text_view(s, s->text_slots[at] - 1), text))
			return s->text_slots[at] - 1;
	id = text_append(s, text);
	s->text_slots[at] = id + 1;
	if (++s->text_used * 2 > s->text_slot_count)
		text_slots_grow(s);
	return id;
}

static struct seg_kind kind_packed(struct sink *s, const struct kind *k)
{
	return (struct seg_kind){
		.keywords = k->keywords,
		.data_type = sink_text(s, k->data_type),
		.provider = sink_text(s, k->provider),
		.source = sink_text(s, k->source),
		.provider_guid = sink_text(s, k->provider_guid),
		.channel = sink_text(s, k->channel),
		.computer = sink_text(s, k->computer),
		.id = k->id,
		.qualifiers = k->qualifiers,
		.task = k->task,
		.version = k->version,
		.level = k->level,
		.opcode = k->opcode,
		.has_id = k->has_id,
	};
}

static size_t kind_slot(const struct sink *s, const struct seg_kind *k)
{
	struct str view = str_make((const char *)k, sizeof(*k));
	const struct seg_kind *all = (const struct seg_kind *)(const void *)s->column[SEC_KINDS].p;
	size_t at = str_hash(view) & (s->kind_slot_count - 1);

	for (; s->kind_slots[at]; at = (at + 1) & (s->kind_slot_count - 1))
		if (memcmp(all + s->kind_slots[at] - 1, k, sizeof(*k)) == 0)
			break;
	return at;
}

static void kind_slots_grow(struct sink *s)
{
	const struct seg_kind *all = (const struct seg_kind *)(const void *)s->column[SEC_KINDS].p;
	size_t n = s->column[SEC_KINDS].n / sizeof(*all);

	slots_reset(&s->kind_slots, &s->kind_slot_count, s->kind_slot_count * 2);
	for (size_t i = 0; i < n; i++)
		s->kind_slots[kind_slot(s, all + i)] = (uint32_t)i + 1;
}

uint32_t sink_kind(struct sink *s, const struct kind *k)
{
	struct seg_kind packed = kind_packed(s, k);
	size_t at = kind_slot(s, &packed);
	size_t n = s->column[SEC_KINDS].n / sizeof(packed);

	if (s->kind_slots[at])
		return s->kind_slots[at] - 1;
	put(s, SEC_KINDS, &packed, sizeof(packed));
	s->kind_slots[at] = (uint32_t)n + 1;
	if ((n + 1) * 2 > s->kind_slot_count)
		kind_slots_grow(s);
	return (uint32_t)n;
}

void sink_part(struct sink *s, const struct sink_part *part)
{
	s->part = part;
}

/* Where line `number` of the part (0: its beginning) stands in the member. */
static uint64_t part_offset(const struct sink_part *part, uint64_t number)
{
	return part->offset[number && number <= part->n ? number - 1 : 0];
}

void sink_row(struct sink *s, const struct row *given)
{
	struct row moved = *given;
	const struct row *r = &moved;
	uint32_t first = (uint32_t)(s->column[SEC_FIELDS].n / sizeof(struct seg_field));
	uint32_t user = sink_text(s, r->user), message = text_append(s, r->message);

	if (s->part) {
		bool line = r->flags & ROW_LINE && r->number;

		moved.offset = part_offset(s->part, line ? r->number : 0);
		moved.number = line ? r->number + s->part->first - 1 : r->number;
	}
	put(s, SEC_TIME, &r->time_100ns, 8);
	put(s, SEC_NUMBER, &r->number, 8);
	put(s, SEC_OFFSET, &r->offset, 8);
	put(s, SEC_LENGTH, &r->length, 4);
	put(s, SEC_KIND, &r->kind, 4);
	put(s, SEC_PID, &r->pid, 4);
	put(s, SEC_TID, &r->tid, 4);
	put(s, SEC_USER, &user, 4);
	put(s, SEC_MESSAGE, &message, 4);
	put(s, SEC_BASIS, &r->basis, 1);
	put(s, SEC_FLAGS, &r->flags, 1);
	put(s, SEC_FIRST_FIELD, &first, 4);
	s->rows++;
}

static void put_field(struct sink *s, enum field_section where, uint32_t name,
	enum value_type type, uint64_t value)
{
	struct seg_field f = { .name = name, .type = (uint8_t)type, .section = (uint8_t)where,
		.value = value };

	put(s, SEC_FIELDS, &f, sizeof(f));
}

void sink_field_number(struct sink *s, enum field_section where, uint32_t name,
	enum value_type type, uint64_t v)
{
	put_field(s, where, name, type, v);
}

void sink_field_bytes(struct sink *s, enum field_section where, uint32_t name,
	enum value_type type, const void *p, size_t n)
{
	uint64_t at;

	if (n > VALUE_BYTES_MAX) {
		sink_note(s, NOTE_LIMIT, 0, n - VALUE_BYTES_MAX, 0,
			"a value of %zu bytes is cut to %zu", n, VALUE_BYTES_MAX);
		n = VALUE_BYTES_MAX;
	}
	at = heap_add(s, p, n);
	put_field(s, where, name, type, at | (uint64_t)n << 32);
}

void sink_field_text(struct sink *s, enum field_section where, uint32_t name, struct str v)
{
	sink_field_bytes(s, where, name, VALUE_TEXT, v.p, v.n);
}

struct buf *sink_field_open(struct sink *s, enum field_section where, uint32_t name)
{
	s->open = (struct seg_field){ .name = name, .section = (uint8_t)where,
		.type = VALUE_TEXT, .value = s->column[SEC_HEAP].n };
	return &s->column[SEC_HEAP];
}

void sink_field_close(struct sink *s)
{
	size_t n = s->column[SEC_HEAP].n - s->open.value;

	if (n > VALUE_BYTES_MAX) {
		s->column[SEC_HEAP].n = s->open.value + VALUE_BYTES_MAX;
		sink_note(s, NOTE_LIMIT, 0, n - VALUE_BYTES_MAX, 0,
			"a value of %zu bytes is cut to %zu", n, VALUE_BYTES_MAX);
		n = VALUE_BYTES_MAX;
	}
	s->open.value |= (uint64_t)n << 32;
	put(s, SEC_FIELDS, &s->open, sizeof(s->open));
}

void sink_note(struct sink *s, enum note_kind kind, uint64_t offset, uint64_t bytes_lost,
	uint64_t records_lost, const char *format, ...)
{
	struct seg_note n = { s->part ? part_offset(s->part, 0) : offset, bytes_lost, records_lost, kind, 0 };
	char text[1000];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	n.text = sink_text(s, str_of(text));
	put(s, SEC_NOTES, &n, sizeof(n));
}

void sink_fact_of(struct sink *s, struct str type, struct str computer, uint64_t line, uint64_t offset)
{
	struct kind k = { .data_type = STR("fact"), .provider = type, .computer = computer,
		.level = LEVEL_UNKNOWN };
	struct row r = { .time_100ns = TIME_NONE, .basis = BASIS_NONE, .number = line,
		.offset = offset, .flags = ROW_FACT | ROW_LINE };

	r.kind = sink_kind(s, &k);
	sink_row(s, &r);
}

void sink_fact(struct sink *s, struct str type, uint64_t line, uint64_t offset)
{
	sink_fact_of(s, type, STR(""), line, offset);
}

void sink_put(struct sink *s, const char *name, struct str v)
{
	sink_field_text(s, SECTION_EVENTDATA, sink_text(s, str_of(name)), v);
}

void sink_put_u64(struct sink *s, const char *name, uint64_t v)
{
	sink_field_number(s, SECTION_EVENTDATA, sink_text(s, str_of(name)), VALUE_UINT, v);
}

static size_t total_bytes(const struct sink *s)
{
	size_t n = sizeof(s->header);

	for (int i = 0; i < SEC_COUNT; i++)
		n += (s->column[i].n + 15) & ~(size_t)7;
	return n;
}

static int hand_over(struct sink *s)
{
	struct buf out = { 0 };
	uint32_t end = (uint32_t)(s->column[SEC_FIELDS].n / sizeof(struct seg_field));
	int rc;

	if (!s->rows && !s->column[SEC_NOTES].n)
		return 0;
	put(s, SEC_FIRST_FIELD, &end, 4);
	buf_reserve(&out, total_bytes(s));
	buf_put(&out, &s->header, sizeof(s->header));
	for (int i = 0; i < SEC_COUNT; i++) {
		while (out.n % 8)
			buf_putc(&out, 0);
		s->header.span[i] = (struct seg_span){ out.n, s->column[i].n / element_bytes[i] };
		buf_put(&out, s->column[i].p, s->column[i].n);
	}
	memcpy(out.p, &s->header, sizeof(s->header));
	rc = s->take(s->to, out.p, out.n, s->end_offset);
	s->handed = true;
	buf_free(&out);
	return rc;
}

bool sink_is_empty(const struct sink *s)
{
	return !s->handed && !s->rows && !s->column[SEC_NOTES].n;
}

bool sink_commit_point(struct sink *s, uint64_t offset)
{
	if (s->part)
		offset = part_offset(s->part, 0);
	s->end_offset = offset;
	if (s->progress)
		*s->progress = offset;
	if (s->rows < SEGMENT_ROWS_MAX && offset < s->commit_at &&
		total_bytes(s) < SEGMENT_BYTES_MAX)
		return false;
	if (offset >= s->commit_at)
		s->commit_at = UINT64_MAX;
	if (hand_over(s) < 0)
		s->failed = -1;
	begin(s);
	return true;
}

int sink_finish(struct sink *s)
{
	if (hand_over(s) < 0)
		s->failed = -1;
	begin(s);
	return s->failed;
}
