/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caseline show: one cited place, raw and decoded, with its neighbours. The member is fetched again
 * from the bundle, so what is printed is the evidence itself and not what was kept of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analyzer/cli/knowing.h"
#include "analyzer/cli/session.h"
#include "analyzer/correlate/wording.h"

#define NEIGHBOURS 2

enum place { PLACE_START, PLACE_NUMBER, PLACE_OFFSET };

struct target {
	struct str path;
	enum place place;
	uint64_t value;
};

/* "path", "path:4711" or "path@0x1200"; a colon in the path itself is no harm. */
static struct target parse_target(const char *text)
{
	struct target t = { .path = str_of(text) };
	ptrdiff_t at = str_rchr(t.path, '@'), colon = str_rchr(t.path, ':');
	struct str tail;

	if (at > 0) {
		tail = str_from(t.path, (size_t)at + 1);
		bool hex = str_istarts(tail, STR("0x"));

		if (str_to_u64(hex ? str_from(tail, 2) : tail, hex ? 16 : 10, &t.value)) {
			t.place = PLACE_OFFSET;
			t.path.n = (size_t)at;
			return t;
		}
	}
	if (colon > 0 && str_to_u64(str_from(t.path, (size_t)colon + 1), 10, &t.value)) {
		t.place = PLACE_NUMBER;
		t.path.n = (size_t)colon;
	}
	return t;
}

static void print_fields(const struct segment *s, size_t row)
{
	size_t n = segment_field_count(s, row), unnamed = 0;
	struct buf b = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct field f;

		segment_field(s, row, i, &f);
		b.n = 0;
		if (f.name.n)
			buf_puts(&b, f.name);
		else
			buf_printf(&b, "data.%zu", unnamed++);
		buf_puts(&b, STR(" = "));
		buf_field(&b, &f);
		printf("    %.*s\n", (int)b.n, b.p);
	}
	buf_free(&b);
}

/* What the row says, as the report words it: codes, device packets and VM SIDs decoded. */
static void put_message(const struct knowledge *kb, const struct member *m, const struct segment *s,
	size_t r, struct buf *out)
{
	struct event_view v = { .segment = s, .member = m, .host = HOST_NONE,
		.ref = { 0, (uint32_t)r } };

	segment_row(s, r, &v.row);
	v.kind = segment_kind(s, v.row.kind);
	v.time_100ns = v.row.time_100ns;
	event_message(kb, &v, out);
}

static void print_row(const struct knowledge *kb, const struct member *m, const struct segment *s,
	size_t r, bool wanted)
{
	char time[RFC3339_BYTES];
	struct buf message = { 0 };
	struct row row;
	const struct kind *k;

	segment_row(s, r, &row);
	k = segment_kind(s, row.kind);
	put_message(kb, m, s, r, &message);
	printf("%s %s %llu @0x%llx  %s%s  %.*s", wanted ? ">" : " ",
		row.flags & ROW_LINE ? "line" : "record", (unsigned long long)row.number,
		(unsigned long long)row.offset, time_rfc3339(row.time_100ns, time),
		row.basis == BASIS_UTC || row.basis == BASIS_NONE ? "" : " (local)",
		STR_ARG(k->provider));
	if (k->has_id)
		printf(" %u", k->id);
	printf("  %.*s\n", (int)message.n, message.p);
	buf_free(&message);
	if (wanted)
		print_fields(s, r);
}

struct found {
	const struct segment *segment;
	size_t row;
};

static bool is_wanted(const struct target *t, const struct row *row)
{
	return t->place == PLACE_START || (t->place == PLACE_NUMBER && row->number == t->value) ||
	       (t->place == PLACE_OFFSET && row->offset <= t->value &&
		       t->value < row->offset + (row->length ? row->length : 1));
}

static bool find_row(const struct member *m, const struct target *t, struct found *out)
{
	for (size_t s = 0; s < m->segment_count; s++) {
		size_t rows = segment_rows(m->segments[s]);

		for (size_t r = 0; r < rows; r++) {
			struct row row;

			segment_row(m->segments[s], r, &row);
			if (is_wanted(t, &row)) {
				*out = (struct found){ m->segments[s], r };
				return true;
			}
		}
	}
	return false;
}

static void print_raw_lines(struct str bytes, uint64_t number)
{
	struct str rest = bytes, line;

	for (uint64_t n = 1; str_line(&rest, &line); n++) {
		if (n + NEIGHBOURS < number)
			continue;
		if (n > number + NEIGHBOURS)
			break;
		printf("%s %6llu  %.*s\n", n == number ? ">" : " ", (unsigned long long)n, STR_ARG(line));
	}
}

static int print_raw(const struct member *m, const struct found *f, const struct member_view *view,
	struct err *e)
{
	const struct parser *p = parser_find(m->parser);
	struct buf out = { 0 };
	struct row row;
	int rc = 0;

	segment_row(f->segment, f->row, &row);
	printf("\nraw:\n");
	if (p && p->show) {
		rc = p->show(view, row.number, row.offset, &out, e);
		if (!rc)
			printf("%.*s\n", (int)out.n, out.p);
	} else if (row.flags & ROW_LINE) {
		print_raw_lines(str_make((const char *)view->data, view->held), row.number);
	}
	buf_free(&out);
	return rc;
}

static int show_raw(const struct options *o, const struct member *m, const struct found *f,
	struct err *e)
{
	struct member_view view = { .name = m->name, .a = arena_new() };
	uint64_t size = 0;
	int fd = -1, rc;
	void *bytes;

	rc = ingest_fetch(&o->ingest, o->words.v, o->words.n - 1, m->path, &fd, &size, e);
	if (!rc && size) {
		bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (bytes == MAP_FAILED) {
			rc = err_set(e, E_INPUT, "%.*s: %llu bytes can't be mapped", STR_ARG(m->path),
				(unsigned long long)size);
		} else {
			view.data = bytes;
			view.held = view.size = view.to = size;
			rc = print_raw(m, f, &view, e);
			munmap(bytes, size);
		}
	}
	if (fd >= 0)
		close(fd);
	arena_free(view.a);
	return rc;
}

static const struct member *find_member(const struct evidence *ev, struct str path)
{
	for (size_t i = 0; i < ev->members.n; i++)
		if (str_ieq(ev->members.v[i].path, path))
			return &ev->members.v[i];
	return NULL;
}

static int show_member(const struct options *o, const struct knowledge *kb, const struct member *m,
	const struct target *t, struct err *e)
{
	struct found f;

	printf("%.*s\n%llu bytes, sha256 %s, %s, read by %.*s\n\n", STR_ARG(m->path),
		(unsigned long long)m->bytes, m->sha256, member_status_name(m->status),
		STR_ARG(m->parser.n ? m->parser : STR("nothing")));
	if (!find_row(m, t, &f))
		return err_set(e, E_INPUT, "%.*s has no such record or line", STR_ARG(m->path));
	for (size_t r = f.row > NEIGHBOURS ? f.row - NEIGHBOURS : 0;
		r <= f.row + NEIGHBOURS && r < segment_rows(f.segment); r++)
		print_row(kb, m, f.segment, r, r == f.row);
	return show_raw(o, m, &f, e);
}

int command_show(const struct options *o, struct err *e)
{
	struct options bundles = *o;
	struct knowledge *kb = NULL;
	struct session s = { 0 };
	struct target t;
	const struct member *m;
	int rc;

	if (o->words.n < 2)
		return err_set(e, E_USAGE,
			"give a bundle and a path, as in: caseline show pkg.zip HV01_evt_System.evtx:4711");
	t = parse_target(o->words.v[o->words.n - 1]);
	bundles.words.n--;
	rc = knowing_load(o, &kb, e);
	if (!rc)
		rc = session_open(&s, &bundles, false, NULL, e);
	if (!rc) {
		m = find_member(&s.evidence, t.path);
		rc = m ? show_member(o, kb, m, &t, e) :
			 err_set(e, E_INPUT, "the bundle has no member '%.*s'", STR_ARG(t.path));
	}
	session_close(&s);
	knowledge_free(kb);
	return rc;
}
