/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second reader: libevtx, for records that ours refuses and for whole files when asked. The
 * only file that knows libevtx; its errors become ours here. It gives values without names.
 *
 * For one record it is shown a file of one chunk, a repaired copy: everything before the record is
 * covered by one record of that length, so that damage elsewhere does not keep it from this one.
 */
#include <inttypes.h>
#include <libbfio.h>
#include <libdeflate.h>
#include <libevtx.h>
#include <stdlib.h>

#include "parsers/evtx/reader.h"

#define SECOND_RECORDS_MAX 512u   /* of one parse: libevtx is slow, a hostile file has many */
#define VALUE_BYTES_MAX ((size_t)1024 * 1024)

struct second {
	uint8_t bytes[EVTX_HEADER_BYTES + EVTX_CHUNK_BYTES];
	unsigned records;
	struct buf text;
};

struct libevtx {
	libbfio_handle_t *memory;
	libevtx_file_t *file;
};

static int failed(struct err *e, libevtx_error_t **error, const char *what)
{
	char text[400] = "";

	if (error && *error) {
		libevtx_error_sprint(*error, text, sizeof(text));
		libevtx_error_free(error);
	}
	for (char *p = text; *p; p++)
		if (*p == '\n')
			*p = ' ';
	return err_set(e, E_DAMAGED, "libevtx: %s: %s", what, text[0] ? text : "no reason given");
}

static void libevtx_end(struct libevtx *l)
{
	if (l->file) {
		libevtx_file_close(l->file, NULL);
		libevtx_file_free(&l->file, NULL);
	}
	if (l->memory)
		libbfio_handle_free(&l->memory, NULL);
}

static int libevtx_begin(struct libevtx *l, const uint8_t *p, size_t n, struct err *e)
{
	libevtx_error_t *error = NULL;

	*l = (struct libevtx){ 0 };
	if (libbfio_memory_range_initialize(&l->memory, NULL) != 1 ||
		libbfio_memory_range_set(l->memory, (uint8_t *)(uintptr_t)p, n, NULL) != 1)
		return failed(e, NULL, "no memory handle");
	if (libevtx_file_initialize(&l->file, &error) != 1 ||
		libevtx_file_open_file_io_handle(l->file, l->memory,
			libevtx_get_access_flags_read(), &error) != 1) {
		failed(e, &error, "open");
		libevtx_end(l);
		return e->code;
	}
	return 0;
}

/* ---- One record as a row ---- */

typedef int (*size_getter)(libevtx_record_t *, size_t *, libevtx_error_t **);
typedef int (*text_getter)(libevtx_record_t *, uint8_t *, size_t, libevtx_error_t **);

/* Appends a text of the record to `b` and returns it; empty where there is none. */
static struct str text_get(struct buf *b, libevtx_record_t *rec, size_getter size_of,
	text_getter get)
{
	size_t n = 0, at = b->n;

	if (size_of(rec, &n, NULL) != 1 || n < 2 || n > VALUE_BYTES_MAX)
		return str_make(NULL, 0);
	buf_reserve(b, n);
	if (get(rec, (uint8_t *)b->p + at, n, NULL) != 1)
		return str_make(NULL, 0);
	b->n += strnlen(b->p + at, n);
	return str_make(b->p + at, b->n - at);
}

static void strings_give(struct sink *out, libevtx_record_t *rec, struct buf *b)
{
	int n = 0;

	if (libevtx_record_get_number_of_strings(rec, &n, NULL) != 1)
		return;
	for (int i = 0; i < n; i++) {
		size_t bytes = 0;

		b->n = 0;
		if (libevtx_record_get_utf8_string_size(rec, i, &bytes, NULL) != 1 ||
			bytes > VALUE_BYTES_MAX) {
			sink_field_number(out, SECTION_EVENTDATA, 0, VALUE_NULL, 0);
			continue;
		}
		buf_reserve(b, bytes + 1);
		if (bytes && libevtx_record_get_utf8_string(rec, i, (uint8_t *)b->p, bytes,
				NULL) == 1)
			b->n = strnlen(b->p, bytes);
		sink_field_text(out, SECTION_EVENTDATA, 0, buf_str(b));
	}
}

static void binary_give(struct sink *out, libevtx_record_t *rec, struct buf *b)
{
	size_t n = 0;

	if (libevtx_record_get_data_size(rec, &n, NULL) != 1 || !n || n > VALUE_BYTES_MAX)
		return;
	b->n = 0;
	buf_reserve(b, n);
	if (libevtx_record_get_data(rec, (uint8_t *)b->p, n, NULL) == 1)
		sink_field_bytes(out, SECTION_BINARY, 0, VALUE_BINARY, b->p, n);
}

static void numbers_get(libevtx_record_t *rec, struct kind *k, struct row *row)
{
	uint32_t id = 0;
	uint64_t written = 0;

	k->has_id = libevtx_record_get_event_identifier(rec, &id, NULL) == 1;
	k->id = id & 0xffff;
	if (libevtx_record_get_event_identifier_qualifiers(rec, &id, NULL) == 1)
		k->qualifiers = (uint16_t)id;
	k->level = LEVEL_UNKNOWN;
	libevtx_record_get_event_level(rec, &k->level, NULL);
	libevtx_record_get_identifier(rec, &row->number, NULL);
	if (libevtx_record_get_written_time(rec, &written, NULL) == 1 && written < INT64_MAX) {
		row->time_100ns = (int64_t)written;
		row->basis = BASIS_UTC;
	}
}

/* Fills kind and row, and gives both with the record's values. */
static void row_give(struct sink *out, libevtx_record_t *rec, struct row row)
{
	struct kind k = { .data_type = STR(EVTX_DATA_TYPE) };
	struct buf provider = { 0 }, computer = { 0 }, user = { 0 }, value = { 0 };

	row.time_100ns = TIME_NONE;
	row.basis = BASIS_NONE;
	numbers_get(rec, &k, &row);
	k.provider = text_get(&provider, rec, libevtx_record_get_utf8_source_name_size,
		libevtx_record_get_utf8_source_name);
	k.computer = text_get(&computer, rec, libevtx_record_get_utf8_computer_name_size,
		libevtx_record_get_utf8_computer_name);
	row.user = text_get(&user, rec, libevtx_record_get_utf8_user_security_identifier_size,
		libevtx_record_get_utf8_user_security_identifier);
	row.kind = sink_kind(out, &k);
	row.flags |= ROW_SECOND_READER;
	sink_row(out, &row);
	strings_give(out, rec, &value);
	binary_give(out, rec, &value);
	buf_free(&provider);
	buf_free(&computer);
	buf_free(&user);
	buf_free(&value);
}

/* ---- One record of a chunk ---- */

static void put32(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}

static void head_make(uint8_t *p)
{
	static const uint8_t sizes[] = { 128, 0, 0, 0, 1, 0, 3, 0, 0, 16, 1, 0 };

	memcpy(p, "ElfFile\0", 8);
	memcpy(p + 32, sizes, sizeof(sizes));   /* head's size, version 3.1, block size, 1 chunk */
	p[24] = 3;                              /* next record number */
	put32(p + 124, libdeflate_crc32(0, p, 120));
}

/* The chunk's bytes with the record as its last, and what is before it as its first. */
static bool chunk_make(uint8_t *p, const struct reader *r, const struct record *rec)
{
	uint32_t covered = rec->at - CHUNK_HEAD, end = rec->at + rec->bytes;

	if (rec->at < CHUNK_HEAD || (covered && covered < EVTX_RECORD_MIN))
		return false;
	memcpy(p, r->chunk.chunk, r->chunk.size);
	memset(p + r->chunk.size, 0, EVTX_CHUNK_BYTES - r->chunk.size);
	memcpy(p, "ElfChnk\0", 8);
	if (covered) {
		put32(p + CHUNK_HEAD, 0x2a2a);
		put32(p + CHUNK_HEAD + 4, covered);
		put32(p + rec->at - 4, covered);
	}
	put32(p + end - 4, rec->bytes);
	put32(p + 40, 128);
	put32(p + 44, rec->at);
	put32(p + 48, end);
	put32(p + 52, libdeflate_crc32(0, p + CHUNK_HEAD, end - CHUNK_HEAD));
	put32(p + 124, libdeflate_crc32(libdeflate_crc32(0, p, 120), p + 128, CHUNK_HEAD - 128));
	return true;
}

static int last_give(struct reader *r, struct libevtx *l, const struct record *rec, uint8_t flags,
	struct err *e)
{
	struct row row = { .offset = r->chunk_at + rec->at, .length = rec->bytes, .flags = flags };
	libevtx_error_t *error = NULL;
	libevtx_record_t *record = NULL;
	uint64_t number = 0;
	int n = 0;

	if (libevtx_file_get_number_of_records(l->file, &n, &error) != 1 || n < 1)
		return failed(e, &error, "no record");
	if (libevtx_file_get_record_by_index(l->file, n - 1, &record, &error) != 1)
		return failed(e, &error, "record");
	if (libevtx_record_get_identifier(record, &number, NULL) != 1 || number != rec->id) {
		libevtx_record_free(&record, NULL);
		return failed(e, NULL, "found another record");
	}
	row_give(r->out, record, row);
	libevtx_record_free(&record, NULL);
	return 0;
}

/* libevtx takes memory for as many values as a template says that it has, before it looks. */
static bool counts_sound(struct bx b, unsigned depth)
{
	struct bx_token t;
	struct bx part = b;

	do {
		if (!bx_next(&b, &t))
			return false;
	} while (t.kind == BX_HEADER);
	if (t.kind != BX_TEMPLATE || depth > BX_DEPTH_MAX)
		return t.kind != BX_TEMPLATE;
	part.pos = b.pos + 4 * t.values;
	for (uint32_t i = 0; i < t.values; i++) {
		const uint8_t *descriptor = b.chunk + b.pos + 4 * i;

		if (le16(descriptor) > b.end - part.pos)
			return true;
		part.end = part.pos + le16(descriptor);
		if (descriptor[2] == V_FRAGMENT && !counts_sound(part, depth + 1))
			return false;
		part.pos = part.end;
	}
	return true;
}

int second_record(struct reader *r, const struct record *rec, uint8_t flags, struct err *e)
{
	struct second *s = r->second;
	struct bx b = r->chunk;
	struct libevtx l;
	int rc;

	b.pos = rec->at + EVTX_RECORD_HEAD;
	b.end = rec->at + rec->bytes - 4;
	if (!counts_sound(b, 0))
		return err_set(e, E_DAMAGED, "its values make no sense");

	if (!s) {
		s = r->second = xmalloc(sizeof(*s));
		memset(s, 0, sizeof(*s));
		head_make(s->bytes);
	}
	if (++s->records > SECOND_RECORDS_MAX)
		return err_set(e, E_LIMIT, "more than %u records need the second reader",
			SECOND_RECORDS_MAX);
	if (!chunk_make(s->bytes + EVTX_HEADER_BYTES, r, rec))
		return err_set(e, E_DAMAGED, "nothing before it can be covered");
	if (libevtx_begin(&l, s->bytes, sizeof(s->bytes), e) < 0)
		return e->code;
	rc = last_give(r, &l, rec, flags, e);
	libevtx_end(&l);
	return rc;
}

void second_free(struct second *s)
{
	free(s);
}

/* ---- The whole file ---- */

typedef int (*record_getter)(libevtx_file_t *, int, libevtx_record_t **, libevtx_error_t **);

struct head {
	uint64_t id, written, at;
	uint32_t bytes;
};

/* libevtx does not say where a record lies: the heads are walked beside it. */
struct whole {
	const struct member_view *m;
	struct sink *out;
	struct libevtx l;
	VEC(struct head) heads;
	size_t next;             /* the head behind the one found last */
};

static void head_add(void *to, uint64_t chunk_at, const struct record *rec)
{
	struct whole *w = to;

	vec_push(&w->heads, (struct head){ rec->id, rec->written, chunk_at + rec->at, rec->bytes });
}

static bool head_find(struct whole *w, size_t from, size_t to, libevtx_record_t *record,
	struct row *row)
{
	uint64_t id = 0, written = 0;

	libevtx_record_get_identifier(record, &id, NULL);
	libevtx_record_get_written_time(record, &written, NULL);
	for (size_t i = from; i < to; i++)
		if (w->heads.v[i].id == id && w->heads.v[i].written == written) {
			row->offset = w->heads.v[i].at;
			row->length = w->heads.v[i].bytes;
			w->next = i + 1;
			return true;
		}
	return false;
}

static void one_give(struct whole *w, int i, record_getter get, uint8_t flags)
{
	libevtx_error_t *error = NULL;
	libevtx_record_t *record = NULL;
	struct row row = { .flags = flags };
	struct err e = { 0 };
	size_t next = w->next;

	if (get(w->l.file, i, &record, &error) != 1) {
		failed(&e, &error, "record");
		if (w->m->from == 0)
			sink_note(w->out, NOTE_LOST, 0, 0, 1, "record at index %d: %s", i, e.text);
		return;
	}
	if (!head_find(w, next, w->heads.n, record, &row))
		head_find(w, 0, next, record, &row);
	if (row.offset >= w->m->from && row.offset < w->m->to) {
		row_give(w->out, record, row);
		sink_commit_point(w->out, row.offset);
	}
	libevtx_record_free(&record, NULL);
}

int evtx_parse_second(const struct member_view *m, struct sink *out, struct err *e)
{
	struct whole w = { .m = m, .out = out };
	int n = 0;

	if (libevtx_begin(&w.l, m->data, m->held, e) < 0)
		return e->code;
	heads_walk(m, true, head_add, &w);
	libevtx_file_get_number_of_records(w.l.file, &n, NULL);
	for (int i = 0; i < n; i++)
		one_give(&w, i, libevtx_file_get_record_by_index, 0);
	n = 0;
	libevtx_file_get_number_of_recovered_records(w.l.file, &n, NULL);
	for (int i = 0; i < n; i++)
		one_give(&w, i, libevtx_file_get_recovered_record_by_index, ROW_RECOVERED);
	libevtx_end(&w.l);
	free(w.heads.v);
	return 0;
}
