/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast EVTX files are read: evtx_bench [-d] [-s] FILE…
 * Prints MB/s of our reader with its sink, and of libevtx's getters (-s leaves those out).
 * -d prints every row instead.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libevtx.h>

#include "parsers/parser.h"

struct tally {
	uint64_t rows, fields, notes, bytes;
	bool print;
};

static const struct parser *parser;

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void print_row(const struct segment *s, size_t i)
{
	struct buf b = { 0 };
	struct row row;
	const struct kind *k;
	char time[RFC3339_BYTES];

	segment_row(s, i, &row);
	k = segment_kind(s, row.kind);
	buf_printf(&b, "%" PRIu64 " @%" PRIu64 " %s %.*s|%.*s|%.*s %u q%u v%u l%u t%u o%u k%" PRIx64
		" %.*s %.*s %u/%u %.*s flags %u\n", row.number, row.offset,
		time_rfc3339(row.time_100ns, time), STR_ARG(k->provider), STR_ARG(k->source),
		STR_ARG(k->provider_guid), k->id, k->qualifiers, k->version, k->level, k->task,
		k->opcode, k->keywords, STR_ARG(k->channel), STR_ARG(k->computer), row.pid, row.tid,
		STR_ARG(row.user), row.flags);
	for (size_t f = 0; f < segment_field_count(s, i); f++) {
		struct field field;

		segment_field(s, i, f, &field);
		buf_printf(&b, "    [%d] %.*s (%d) = ", field.section, STR_ARG(field.name),
			field.type);
		buf_field(&b, &field);
		buf_putc(&b, '\n');
	}
	fwrite(b.p, 1, b.n, stdout);
	buf_free(&b);
}

static int take(void *to, const void *bytes, size_t size_bytes, uint64_t end_offset)
{
	struct tally *t = to;
	struct err e;
	struct segment *s;

	(void)end_offset;
	t->bytes += size_bytes;
	if (!t->print)
		return 0;
	s = segment_open(bytes, size_bytes, &e);
	if (!s) {
		printf("bad segment: %s\n", e.text);
		return -1;
	}
	for (size_t i = 0; i < segment_rows(s); i++)
		print_row(s, i);
	for (size_t i = 0; i < segment_notes(s); i++) {
		struct segment_note n;

		segment_note(s, i, &n);
		printf("note %d @%" PRIu64 " -%" PRIu64 "b -%" PRIu64 "r %.*s\n", n.kind, n.offset,
			n.bytes_lost, n.records_lost, STR_ARG(n.text));
	}
	t->rows += segment_rows(s);
	segment_close(s);
	return 0;
}

static void ours(const uint8_t *p, size_t n, struct tally *t)
{
	struct member_view m = { .data = p, .held = n, .size = n, .to = n };
	struct sink *s = sink_new("evtx", 1, take, t);
	struct err e = { 0 };

	if (parser->parse(&m, s, &e) < 0)
		printf("%s\n", e.text);
	sink_finish(s);
	sink_free(s);
}

static uint64_t theirs_record(libevtx_record_t *record)
{
	uint8_t text[65536];
	uint64_t number = 0;
	uint32_t id = 0;
	uint8_t level = 0;
	size_t size;
	int strings = 0;

	libevtx_record_get_identifier(record, &number, NULL);
	libevtx_record_get_written_time(record, &number, NULL);
	libevtx_record_get_event_identifier(record, &id, NULL);
	libevtx_record_get_event_level(record, &level, NULL);
	libevtx_record_get_utf8_source_name(record, text, sizeof(text), NULL);
	libevtx_record_get_utf8_computer_name(record, text, sizeof(text), NULL);
	libevtx_record_get_utf8_user_security_identifier(record, text, sizeof(text), NULL);
	libevtx_record_get_number_of_strings(record, &strings, NULL);
	for (int i = 0; i < strings; i++)
		if (libevtx_record_get_utf8_string_size(record, i, &size, NULL) == 1 &&
			size <= sizeof(text))
			libevtx_record_get_utf8_string(record, i, text, size, NULL);
	libevtx_record_get_data_size(record, &size, NULL);
	return number;
}

static uint64_t theirs(const char *path)
{
	libevtx_file_t *file = NULL;
	int n = 0;

	libevtx_file_initialize(&file, NULL);
	if (libevtx_file_open(file, path, libevtx_get_access_flags_read(), NULL) == 1) {
		libevtx_file_get_number_of_records(file, &n, NULL);
		for (int i = 0; i < n; i++) {
			libevtx_record_t *record = NULL;

			if (libevtx_file_get_record_by_index(file, i, &record, NULL) == 1)
				theirs_record(record);
			libevtx_record_free(&record, NULL);
		}
		libevtx_file_close(file, NULL);
	}
	libevtx_file_free(&file, NULL);
	return (uint64_t)n;
}

static const uint8_t *map(const char *path, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	*n = (size_t)st.st_size;
	p = mmap(NULL, *n, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	close(fd);
	return p == MAP_FAILED ? NULL : p;
}

int main(int argc, char **argv)
{
	bool dump = false, slow = true;
	double mine = 0, other = 0, bytes = 0, start;
	struct tally t = { 0 };
	uint64_t records = 0;
	int first = 1;

	for (; first < argc && argv[first][0] == '-'; first++) {
		dump |= argv[first][1] == 'd';
		slow &= argv[first][1] != 's';
	}
	parser = parser_find(STR("evtx"));
	t.print = dump;
	for (int i = first; i < argc; i++) {
		size_t n;
		const uint8_t *p = map(argv[i], &n);
		double best = 1e9;

		if (!p)
			continue;
		for (int round = 0; round < (dump ? 1 : 5); round++) {
			start = seconds();
			ours(p, n, &t);
			best = seconds() - start < best ? seconds() - start : best;
		}
		mine += best;
		bytes += (double)n;
		munmap((void *)(uintptr_t)p, n);
		if (!slow || dump)
			continue;
		start = seconds();
		records += theirs(argv[i]);
		other += seconds() - start;
	}
	if (dump)
		return 0;
	printf("%.1f MB; ours %.0f MB/s", bytes / 1e6, bytes / 1e6 / mine);
	if (other > 0)
		printf("; libevtx %.1f MB/s, %" PRIu64 " records; ratio %.0f", bytes / 1e6 / other,
			records, other / mine);
	printf("\n");
	return 0;
}
