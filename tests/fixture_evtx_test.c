/* SPDX-License-Identifier: Apache-2.0 */
/* What other readers find in a written EVTX file is what was put in. */
#include <criterion/criterion.h>
#include <libbfio.h>
#include <libevtx.h>

#include "fixtures/evtx_write.h"
#include "parsers/parser.h"

#define BASE_TIME INT64_C(133600000000000000)

struct segments {
	struct segment *v[64];
	void *block[64];
	size_t n;
};

/* STR for static initializers. */
#define T(literal)                                                                                 \
	{                                                                                          \
		"" literal, sizeof(literal) - 1                                                    \
	}

static const struct evtx_value named[] = {
	{.name = T("VmName"), .type = EVTX_STRING, .data = T("SQL-01 ü")},
	{.name = T("ErrorCode"), .type = EVTX_INT32, .number = (uint32_t)-2147024864},
	{.name = T("Status"), .type = EVTX_HEX32, .number = 0xc00000b5},
	{.name = T("Volume"),
		.type = EVTX_GUID,
		.data = T("{66841CD4-6DED-4F4B-8F17-FD23F8DDC3DE}")},
	{.name = T("Who"), .type = EVTX_SID, .data = T("S-1-5-83-0")},
	{.name = T("Since"), .type = EVTX_FILETIME, .number = BASE_TIME},
	{.name = T("Bytes"), .type = EVTX_UINT64, .number = UINT64_C(5000000000)},
};

static const struct evtx_value strings[] = {
	{.type = EVTX_STRINGS, .data = T("\\Device\\RaidPort2\0\0third")},
};

static struct evtx_record classic(uint64_t n)
{
	return (struct evtx_record){.provider = STR("LSI_SAS3i"),
		.id = 129,
		.qualifiers = 0x8004,
		.level = 3,
		.keywords = UINT64_C(0x80000000000000),
		.record_id = n,
		.time_100ns = BASE_TIME + (int64_t)n,
		.channel = STR("System"),
		.computer = STR("HV01.contoso.local"),
		.content = EVTX_EVENT_DATA,
		.values = strings,
		.count = 1,
		.binary = STR("\x0f\x00\x18\x00\x81\x00\x04\x80")};
}

static struct evtx_record manifest(uint64_t n, enum evtx_content content)
{
	return (struct evtx_record){.provider = STR("Microsoft-Windows-Hyper-V-VMMS"),
		.guid = STR("{6066F867-7CA1-4418-85FD-36E3F9C0600C}"),
		.id = 19100,
		.qualifiers = EVTX_NO_QUALIFIERS,
		.level = 2,
		.record_id = n,
		.time_100ns = BASE_TIME + (int64_t)n,
		.pid = 2716,
		.tid = 4,
		.sid = STR("S-1-5-18"),
		.channel = STR("Microsoft-Windows-Hyper-V-VMMS-Admin"),
		.computer = STR("HV01"),
		.content = content,
		.wrapper = STR("VmlEventLog"),
		.wrapper_ns = STR("http://www.microsoft.com/Windows/Virtualization/Events"),
		.values = named,
		.count = sizeof(named) / sizeof(*named)};
}

static void write_many(struct buf *out, uint64_t records, bool flat)
{
	struct evtx_writer *w = evtx_writer_new();
	struct err e = {0};

	for (uint64_t n = 1; n <= records; n++) {
		struct evtx_record r =
			n % 3 == 0 ? classic(n)
				   : manifest(n, n % 3 == 1 ? EVTX_EVENT_DATA : EVTX_USER_DATA);
		r.flat = flat;
		cr_assert_eq(evtx_writer_add(w, &r, &e), 0, "%s", e.text);
	}
	evtx_writer_end(w, false, out);
}

/* ---- libevtx ---- */

static libevtx_file_t *other_open(struct buf *file, libbfio_handle_t **io)
{
	libevtx_file_t *f = NULL;

	*io = NULL;
	cr_assert_eq(libbfio_memory_range_initialize(io, NULL), 1);
	cr_assert_eq(libbfio_memory_range_set(*io, (uint8_t *)file->p, file->n, NULL), 1);
	cr_assert_eq(libevtx_file_initialize(&f, NULL), 1);
	cr_assert_eq(libevtx_file_open_file_io_handle(f, *io, LIBEVTX_OPEN_READ, NULL), 1);
	return f;
}

static void other_close(libevtx_file_t *f, libbfio_handle_t *io)
{
	libevtx_file_free(&f, NULL);
	libbfio_handle_free(&io, NULL);
}

static void other_string(libevtx_record_t *r, int index, const char *expected)
{
	uint8_t text[200] = {0};

	cr_expect_eq(libevtx_record_get_utf8_string(r, index, text, sizeof(text), NULL), 1);
	cr_expect_str_eq((char *)text, expected, "string %d is \"%s\"", index, (char *)text);
}

static void other_record(libevtx_record_t *r, uint64_t n)
{
	uint64_t id = 0, time = 0;
	uint32_t event = 0;
	uint8_t level = 0, name[100] = {0};
	int count = 0;

	libevtx_record_get_identifier(r, &id, NULL);
	libevtx_record_get_written_time(r, &time, NULL);
	libevtx_record_get_event_identifier(r, &event, NULL);
	libevtx_record_get_event_level(r, &level, NULL);
	libevtx_record_get_utf8_source_name(r, name, sizeof(name), NULL);
	cr_expect_eq(libevtx_record_get_number_of_strings(r, &count, NULL), 1);
	cr_expect_eq(id, n);
	cr_expect_eq(time, (uint64_t)BASE_TIME + n);
	cr_expect_eq(event, n % 3 ? 19100u : 129u);
	cr_expect_eq(level, n % 3 ? 2 : 3);
	cr_expect_str_eq((char *)name, n % 3 ? "Microsoft-Windows-Hyper-V-VMMS" : "LSI_SAS3i");
	if (n % 3 == 0) {
		other_string(r, 0, "\\Device\\RaidPort2");
		other_string(r, 2, "third");
	} else if (n % 3 == 1) {
		cr_expect_eq(count, (int)(sizeof(named) / sizeof(*named)));
		other_string(r, 0, "SQL-01 ü");
	}
}

Test(fixture_evtx, libevtx_reads_what_was_written)
{
	struct buf file = {0};
	libbfio_handle_t *io;
	int count = 0;

	write_many(&file, 700, false);
	libevtx_file_t *f = other_open(&file, &io);
	cr_assert_gt(file.n, EVTX_HEADER_BYTES + 2 * EVTX_CHUNK_BYTES);
	cr_assert_eq(libevtx_file_is_corrupted(f, NULL), 0);
	cr_assert_eq(libevtx_file_get_number_of_records(f, &count, NULL), 1);
	cr_assert_eq(count, 700);
	for (int i = 0; i < count; i++) {
		libevtx_record_t *r = NULL;
		cr_assert_eq(libevtx_file_get_record_by_index(f, i, &r, NULL), 1, "record %d", i);
		other_record(r, (uint64_t)i + 1);
		libevtx_record_free(&r, NULL);
	}
	other_close(f, io);
	buf_free(&file);
}

/* ---- Our own reader ---- */

static int keep(void *to, const void *bytes, size_t size_bytes, uint64_t end_offset)
{
	struct segments *s = to;
	struct err e = {0};

	(void)end_offset;
	cr_assert_lt(s->n, 64u);
	s->block[s->n] = xmalloc(size_bytes);
	memcpy(s->block[s->n], bytes, size_bytes);
	s->v[s->n] = segment_open(s->block[s->n], size_bytes, &e);
	cr_assert_not_null(s->v[s->n], "%s", e.text);
	s->n++;
	return 0;
}

static int parse(struct buf *file, struct segments *s)
{
	const struct parser *p = parser_find(STR("evtx"));
	struct sink *out = sink_new(p->name, p->version, keep, s);
	struct member_view m = {.name = STR("System.evtx"),
		.data = (uint8_t *)file->p,
		.held = file->n,
		.size = file->n,
		.to = file->n,
		.a = arena_new()};
	struct err e = {0};
	int rc = p->parse(&m, out, &e);

	sink_finish(out);
	sink_free(out);
	arena_free(m.a);
	return rc;
}

static void segments_free(struct segments *s)
{
	for (size_t i = 0; i < s->n; i++) {
		segment_close(s->v[i]);
		free(s->block[i]);
	}
}

static size_t rows_of(const struct segments *s, uint32_t id)
{
	size_t found = 0;

	for (size_t i = 0; i < s->n; i++)
		for (size_t row = 0; row < segment_rows(s->v[i]); row++)
			found += segment_kind(s->v[i], segment_row_kinds(s->v[i])[row])->id == id;
	return found;
}

static size_t notes_of(const struct segments *s)
{
	size_t notes = 0;

	for (size_t i = 0; i < s->n; i++)
		notes += segment_notes(s->v[i]);
	return notes;
}

static void our_reader(bool flat)
{
	struct buf file = {0};
	struct segments s = {0};

	write_many(&file, 700, flat);
	cr_expect_eq(parse(&file, &s), 0);
	cr_expect_eq(rows_of(&s, 129), 233u);
	cr_expect_eq(rows_of(&s, 19100), 467u);
	cr_expect_eq(notes_of(&s), 0u);
	segments_free(&s);
	buf_free(&file);
}

Test(fixture_evtx, our_reader_reads_templates)
{
	our_reader(false);
}

Test(fixture_evtx, our_reader_reads_records_without_templates)
{
	our_reader(true);
}

static void damaged(enum evtx_damage kind, size_t n, size_t records_at_least)
{
	struct buf file = {0};
	struct segments s = {0};

	write_many(&file, 700, false);
	cr_assert(evtx_damage(&file, kind, n));
	parse(&file, &s);
	cr_expect_geq(rows_of(&s, 129) + rows_of(&s, 19100), records_at_least,
		"damage %d: %zu rows", kind, rows_of(&s, 129) + rows_of(&s, 19100));
	if (kind != EVTX_DAMAGE_COUNTS)
		cr_expect_gt(notes_of(&s), 0u, "damage %d is not noted", kind);
	segments_free(&s);
	buf_free(&file);
}

Test(fixture_evtx, damage_costs_little_and_is_noted)
{
	damaged(EVTX_DAMAGE_CUT, EVTX_HEADER_BYTES + EVTX_CHUNK_BYTES + 30000, 200);
	damaged(EVTX_DAMAGE_CHUNK_CRC, 1, 700);
	damaged(EVTX_DAMAGE_ZERO_SIZE, 20, 600);
	damaged(EVTX_DAMAGE_COUNTS, 0, 700);
	damaged(EVTX_DAMAGE_RECORD, 20, 650);
}

Test(fixture_evtx, the_same_records_give_the_same_bytes)
{
	struct buf a = {0}, b = {0};

	write_many(&a, 300, false);
	write_many(&b, 300, false);
	cr_expect_eq(a.n, b.n);
	cr_expect_eq(memcmp(a.p, b.p, a.n), 0);
	buf_free(&a);
	buf_free(&b);
}

Test(fixture_evtx, a_record_larger_than_a_chunk_is_refused)
{
	struct evtx_writer *w = evtx_writer_new();
	struct evtx_record r = classic(1);
	struct buf file = {0};
	struct err e = {0};

	char *big = xmalloc(70000);
	memset(big, 'x', 70000);
	r.binary = str_make(big, 70000);
	cr_expect_eq(evtx_writer_add(w, &r, &e), E_LIMIT);
	evtx_writer_end(w, false, &file);
	cr_expect_eq(file.n, EVTX_HEADER_BYTES);
	buf_free(&file);
	free(big);
}
