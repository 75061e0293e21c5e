/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our reader against another program's, record by record, over real files. Where the two differ, a
 * line of evtx_oracle_allow.tsv says why; a difference without a line fails, and so does a line
 * without a difference.
 */
#include <archive.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parsers/parser.h"
#include "tests/evtx_oracle_values.h"

#define ALLOWED_MAX 200
#define FAILURES_SHOWN 100
#define ALLOW_FILE "tests/evtx_oracle_allow.tsv"

struct allowed {
	struct str file, record, field;
	unsigned used;
};

struct file {
	char *name;
	uint8_t *bytes;
	size_t size;
	VEC(struct segment *) segments;
	VEC(void *) blocks;
	size_t segment, row;      /* the next row to compare */
	unsigned extra;           /* rows that the oracle does not have */
};

struct compare {
	struct arena *a;          /* of one record */
	struct file *f;
	VEC(struct allowed) allowed;
	unsigned records, values, failures;
};

static const char *shared(void)
{
	const char *s = getenv("CASELINE_SHARED");

	return s ? s : "../shared";
}

/* ---- Differences ---- */

static bool part_allows(struct str pattern, struct str s)
{
	return str_eq(pattern, STR("*")) || str_eq(pattern, s);
}

static void differ(struct compare *c, struct str record, struct str field, struct str ours,
	struct str theirs)
{
	for (size_t i = 0; i < c->allowed.n; i++) {
		struct allowed *a = &c->allowed.v[i];

		if (str_eq(a->file, str_of(c->f->name)) && part_allows(a->record, record) &&
			part_allows(a->field, field)) {
			a->used++;
			return;
		}
	}
	if (c->failures++ < FAILURES_SHOWN)
		fprintf(stderr, "%s\t%.*s\t%.*s\tours \"%.*s\" oracle \"%.*s\"\n", c->f->name,
			STR_ARG(record), STR_ARG(field), (int)(ours.n < 120 ? ours.n : 120), ours.p,
			(int)(theirs.n < 120 ? theirs.n : 120), theirs.p);
}

static void allowed_load(struct compare *c, char *text)
{
	struct str rest = str_of(text), line;

	while (str_line(&rest, &line)) {
		struct allowed a = { 0 };

		if (!line.n || line.p[0] == '#')
			continue;
		str_split(&line, '\t', &a.file);
		str_split(&line, '\t', &a.record);
		str_split(&line, '\t', &a.field);
		cr_assert(line.n > 10, "%s: a line without a reason", ALLOW_FILE);
		vec_push(&c->allowed, a);
	}
	cr_assert(c->allowed.n <= ALLOWED_MAX);
}

/* ---- One record ---- */

static void our_fields(struct segment *s, size_t row, entries *named, entries *unnamed)
{
	for (size_t i = 0; i < segment_field_count(s, row); i++) {
		struct entry e = { 0 };

		segment_field(s, row, i, &e.field);
		e.name = e.field.section == SECTION_BINARY ? STR("Binary") : e.field.name;
		if (str_eq(e.name, STR("written_time")) || e.field.section == SECTION_SYSTEM)
			continue;
		if (e.name.n) {
			vec_push(named, e);
		} else {
			vec_push(unnamed, e);
		}
	}
}

/* The oracle tells equal names apart by "_1", "_2" behind each part of a path. */
static struct str without_counts(struct compare *c, struct str s)
{
	struct buf b = { 0 };
	struct str out;

	for (size_t i = 0; i < s.n; i++) {
		size_t end = i + 1;

		while (s.p[i] == '_' && end < s.n && s.p[end] >= '0' && s.p[end] <= '9')
			end++;
		if (end == i + 1 || (end < s.n && s.p[end] != '/' && s.p[end] != '@'))
			buf_putc(&b, s.p[i]);
		else
			i = end - 1;
	}
	out = arena_str(c->a, buf_str(&b));
	buf_free(&b);
	return out;
}

static bool claim(entries *ours, struct str name, struct str text)
{
	for (size_t i = 0; i < ours->n; i++) {
		struct entry *e = &ours->v[i];

		if (!e->used && str_eq(e->name, name) && same_value(&e->field, text)) {
			e->used = true;
			return true;
		}
	}
	return false;
}

static struct str shown(struct compare *c, const struct field *f)
{
	struct buf b = { 0 };
	struct str s;

	buf_field(&b, f);
	s = arena_str(c->a, buf_str(&b));
	buf_free(&b);
	return s;
}

static void compare_named(struct compare *c, struct str record, entries *ours, entries *theirs)
{
	for (size_t i = 0; i < theirs->n; i++) {
		struct entry *e = &theirs->v[i];

		c->values++;
		if (!claim(ours, e->name, e->text) &&
			!claim(ours, without_counts(c, e->name), e->text))
			differ(c, record, e->name, STR("-"), e->text);
	}
	for (size_t i = 0; i < ours->n; i++) {
		struct str text = shown(c, &ours->v[i].field);

		if (!ours->v[i].used && text.n)
			differ(c, record, ours->v[i].name, text, STR("-"));
	}
}

static void compare_unnamed(struct compare *c, struct str record, const entries *ours,
	const entries *theirs)
{
	size_t n = ours->n > theirs->n ? ours->n : theirs->n;

	for (size_t i = 0; i < n; i++) {
		struct str text = i < theirs->n ? theirs->v[i].text : str_make(NULL, 0);
		struct str name = arena_printf(c->a, "Data[%zu]", i);

		c->values++;
		if (i >= ours->n) {
			if (text.n)
				differ(c, record, name, STR("-"), text);
		} else if (!same_value(&ours->v[i].field, text)) {
			differ(c, record, name, shown(c, &ours->v[i].field), text);
		}
	}
}

static struct str scalar(const struct json *j, const char *attribute)
{
	if (attribute)
		j = json_get(json_get(j, "#attributes"), attribute);
	else if (j && j->kind == JSON_MAP)
		j = json_get(j, "#text");
	return j && j->kind == JSON_SCALAR ? j->text : str_make(NULL, 0);
}

static void compare_text(struct compare *c, struct str record, const char *name, struct str ours,
	struct str theirs)
{
	c->values++;
	if (!str_eq(ours, theirs))
		differ(c, record, str_of(name), ours, theirs);
}

static void compare_number(struct compare *c, struct str record, const char *name, uint64_t ours,
	struct str theirs)
{
	c->values++;
	if (theirs.n && !same_number(ours, theirs))
		differ(c, record, str_of(name), arena_printf(c->a, "%" PRIu64, ours), theirs);
}

static void compare_guid(struct compare *c, struct str record, const char *name, struct str ours,
	struct str theirs)
{
	uint8_t a[16], b[16];
	bool both = guid_parse(ours, a) && guid_parse(theirs, b);

	c->values++;
	if (both ? memcmp(a, b, 16) != 0 : !str_eq(ours, theirs))
		differ(c, record, str_of(name), ours, theirs);
}

static void compare_correlation(struct compare *c, struct str record, struct segment *s, size_t row,
	const struct json *correlation, const char *name)
{
	struct str theirs = scalar(correlation, name);
	struct field f;
	bool found = segment_find(s, row, str_of(name), &f) && f.section == SECTION_SYSTEM;

	c->values++;
	if (found != (theirs.n > 0) || (found && !same_value(&f, theirs)))
		differ(c, record, str_of(name), found ? shown(c, &f) : STR("-"), theirs);
}

static void compare_system(struct compare *c, struct str record, struct segment *s, size_t at,
	const struct json *y)
{
	struct row row;
	const struct kind *k;
	const struct json *p = json_get(y, "Provider"), *x = json_get(y, "Execution");
	struct str time = scalar(json_get(y, "TimeCreated"), "SystemTime");

	segment_row(s, at, &row);
	k = segment_kind(s, row.kind);
	compare_text(c, record, "Provider", k->provider, scalar(p, "Name"));
	compare_text(c, record, "EventSourceName", k->source, scalar(p, "EventSourceName"));
	compare_guid(c, record, "Guid", k->provider_guid, scalar(p, "Guid"));
	compare_number(c, record, "EventID", k->id, scalar(json_get(y, "EventID"), NULL));
	compare_number(c, record, "Qualifiers", k->qualifiers,
		scalar(json_get(y, "EventID"), "Qualifiers"));
	compare_number(c, record, "Version", k->version, scalar(json_get(y, "Version"), NULL));
	compare_number(c, record, "Level", k->level, scalar(json_get(y, "Level"), NULL));
	compare_number(c, record, "Task", k->task, scalar(json_get(y, "Task"), NULL));
	compare_number(c, record, "Opcode", k->opcode, scalar(json_get(y, "Opcode"), NULL));
	compare_number(c, record, "Keywords", k->keywords, scalar(json_get(y, "Keywords"), NULL));
	compare_number(c, record, "ProcessID", row.pid, scalar(x, "ProcessID"));
	compare_number(c, record, "ThreadID", row.tid, scalar(x, "ThreadID"));
	compare_text(c, record, "Channel", k->channel, scalar(json_get(y, "Channel"), NULL));
	compare_text(c, record, "Computer", k->computer, scalar(json_get(y, "Computer"), NULL));
	compare_text(c, record, "UserID", row.user, scalar(json_get(y, "Security"), "UserID"));
	compare_correlation(c, record, s, at, json_get(y, "Correlation"), "ActivityID");
	compare_correlation(c, record, s, at, json_get(y, "Correlation"), "RelatedActivityID");
	if (!same_time((uint64_t)row.time_100ns, time))
		differ(c, record, STR("SystemTime"), STR("?"), time);
}

static void compare_record(struct compare *c, struct segment *s, size_t row, uint64_t number,
	const struct json *event)
{
	entries ours = { 0 }, theirs = { 0 }, our_list = { 0 }, their_list = { 0 };
	struct str record = arena_printf(c->a, "%" PRIu64, number);

	c->records++;
	compare_system(c, record, s, row, json_get(event, "System"));
	our_fields(s, row, &ours, &our_list);
	event_data(c->a, &theirs, &their_list, json_get(event, "EventData"));
	user_data(c->a, &theirs, json_get(event, "UserData"));
	other_parts(c->a, &theirs, event);
	compare_named(c, record, &ours, &theirs);
	compare_unnamed(c, record, &our_list, &their_list);
	free(ours.v);
	free(theirs.v);
	free(our_list.v);
	free(their_list.v);
}

/* ---- One file ---- */

static int take(void *to, const void *bytes, size_t size_bytes, uint64_t end_offset)
{
	struct file *f = to;
	void *copy = xmalloc(size_bytes);
	struct err e = { 0 };
	struct segment *s;

	(void)end_offset;
	memcpy(copy, bytes, size_bytes);
	s = segment_open(copy, size_bytes, &e);
	cr_assert(s, "%s: %s", f->name, e.text);
	vec_push(&f->blocks, copy);
	vec_push(&f->segments, s);
	return 0;
}

static void file_parse(struct file *f)
{
	struct member_view m = { .data = f->bytes, .held = f->size, .size = f->size,
		.to = f->size };
	struct sink *s = sink_new("evtx", 1, take, f);
	struct err e = { 0 };

	cr_assert_eq(parser_find(STR("evtx"))->parse(&m, s, &e), 0, "%s", e.text);
	cr_assert_eq(sink_finish(s), 0);
	sink_free(s);
}

static bool file_open(struct file *f, struct str name)
{
	char *path;
	struct stat st;
	int fd;

	*f = (struct file){ .name = strndup(name.p, name.n) };
	cr_assert(asprintf(&path, "%s/corpus/evtx/%s", shared(), f->name) > 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	free(path);
	cr_assert(fd >= 0 && fstat(fd, &st) == 0, "%s", f->name);
	f->size = (size_t)st.st_size;
	f->bytes = mmap(NULL, f->size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	cr_assert(f->bytes != MAP_FAILED);
	file_parse(f);
	return true;
}

/* Rows of ours that the oracle does not have: recovered ones apart, an allowed number of them. */
static void file_close(struct compare *c)
{
	struct file *f = c->f;
	struct str extra = arena_printf(c->a, "+%u", f->extra);

	if (f->extra)
		differ(c, extra, STR("records"), extra, STR("-"));
	for (size_t i = 0; i < f->segments.n; i++) {
		segment_close(f->segments.v[i]);
		free(f->blocks.v[i]);
	}
	free(f->segments.v);
	free(f->blocks.v);
	munmap(f->bytes, f->size);
	free(f->name);
	*f = (struct file){ 0 };
}

/* Moves to the next row; false at the end. */
static bool file_next(struct file *f, struct segment **s, size_t *row)
{
	while (f->segment < f->segments.n && f->row >= segment_rows(f->segments.v[f->segment])) {
		f->segment++;
		f->row = 0;
	}
	if (f->segment == f->segments.n)
		return false;
	*s = f->segments.v[f->segment];
	*row = f->row++;
	return true;
}

static void file_rest(struct file *f)
{
	struct segment *s;
	size_t row;

	while (file_next(f, &s, &row))
		f->extra += !(segment_flags(s)[row] & ROW_RECOVERED);
}

static void oracle_line(struct compare *c, struct str line)
{
	const struct json *j = json_parse(c->a, line), *event;
	const struct json *name = json_get(j, "file");
	struct segment *s = NULL;
	struct row row = { 0 };
	uint64_t number = 0;
	size_t at, segment, first;
	bool known;

	if (!c->f->name || !str_eq(name->text, str_of(c->f->name))) {
		if (c->f->name) {
			file_rest(c->f);
			file_close(c);
		}
		file_open(c->f, name->text);
	}
	event = json_get(json_get(j, "event"), "Event");
	known = str_to_u64(scalar(json_get(json_get(event, "System"), "EventRecordID"), NULL), 10,
		&number);
	segment = c->f->segment;
	first = c->f->row;
	while (file_next(c->f, &s, &at)) {
		segment_row(s, at, &row);
		if ((row.number == number || !known) && !(row.flags & ROW_RECOVERED)) {
			compare_record(c, s, at, number, event);
			return;
		}
		c->f->extra += !(row.flags & ROW_RECOVERED);
	}
	c->f->segment = segment;
	c->f->row = first;
	differ(c, arena_printf(c->a, "%" PRIu64, number), STR("record"), STR("-"), STR("there"));
}

static void oracle_read(struct compare *c, struct archive *ar)
{
	struct buf b = { 0 };
	static char block[1 << 16];
	la_ssize_t n;

	while ((n = archive_read_data(ar, block, sizeof(block))) > 0) {
		const char *end;
		size_t from = 0;

		buf_put(&b, block, (size_t)n);
		while ((end = memchr(b.p + from, '\n', b.n - from))) {
			c->a = arena_new();
			oracle_line(c, str_make(b.p + from, (size_t)(end - b.p) - from));
			arena_free(c->a);
			from = (size_t)(end - b.p) + 1;
		}
		memmove(b.p, b.p + from, b.n - from);
		b.n -= from;
	}
	buf_free(&b);
}

static char *text_load(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = xmalloc(1 << 20);
	size_t n = f ? fread(text, 1, (1 << 20) - 1, f) : 0;

	text[n] = '\0';
	if (f)
		fclose(f);
	return text;
}

Test(evtx_oracle, every_record_agrees_with_another_reader, .timeout = 120)
{
	struct archive *ar = archive_read_new();
	struct archive_entry *entry;
	struct file file = { 0 };
	struct compare c = { .f = &file };
	char *path, *allow = text_load(ALLOW_FILE);

	cr_assert(asprintf(&path, "%s/corpus/evtx/oracle.jsonl.xz", shared()) > 0);
	archive_read_support_filter_xz(ar);
	archive_read_support_format_raw(ar);
	if (archive_read_open_filename(ar, path, 1 << 16) != ARCHIVE_OK)
		cr_skip_test("no corpus: %s", path);
	cr_assert_eq(archive_read_next_header(ar, &entry), ARCHIVE_OK);
	allowed_load(&c, allow);
	oracle_read(&c, ar);
	c.a = arena_new();
	file_rest(&file);
	file_close(&c);
	arena_free(c.a);
	archive_read_free(ar);
	for (size_t i = 0; i < c.allowed.n; i++)
		if (!c.allowed.v[i].used && ++c.failures)
			fprintf(stderr, "allowed but not seen: %.*s %.*s %.*s\n",
				STR_ARG(c.allowed.v[i].file), STR_ARG(c.allowed.v[i].record),
				STR_ARG(c.allowed.v[i].field));
	fprintf(stderr, "%u records, %u values compared\n", c.records, c.values);
	cr_expect_eq(c.failures, 0, "%u differences", c.failures);
	cr_expect(c.records > 45000);
	free(c.allowed.v);
	free(allow);
	free(path);
}
