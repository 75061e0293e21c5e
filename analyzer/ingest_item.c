/* SPDX-License-Identifier: Apache-2.0 */
/* Members on their way: from an entry or file to a line of the inventory. */
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "analyzer/archive.h"
#include "analyzer/base/sha256.h"
#include "analyzer/ingest_parts.h"

void loss_add(struct run *r, const char *format, ...)
{
	char text[2000];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	vec_push(&r->ev->losses, arena_str(r->ev->a, str_of(text)));
}

uint32_t item_add(struct run *r, uint32_t bundle, struct str path)
{
	struct item it = { .fd = -1 };

	it.m.path = arena_str(r->ev->a, path);
	it.m.name = str_from(it.m.path, (size_t)(str_rchr(it.m.path, '/') + 1));
	it.m.bundle = bundle;
	it.m.error = it.m.type = it.m.parser = STR("");
	it.m.modified_100ns = TIME_NONE;
	it.m.status = MEMBER_UNKNOWN;
	vec_push(&r->items, it);
	r->progress.members_seen++;
	return (uint32_t)r->items.n - 1;
}

void item_set(struct item *it, enum member_status status, struct str error)
{
	it->m.status = status;
	if (error.n)
		it->m.error = error;
}

void item_release(struct run *r, uint32_t item)
{
	struct item *it = &r->items.v[item];

	if (it->users && --it->users)
		return;
	if (it->fd >= 0)
		close(it->fd);
	it->fd = -1;
	r->outstanding -= it->counted;
	it->counted = 0;
	r->progress.members_done++;
	r->progress.bytes_done += it->m.bytes;
}

static void start_archive(struct run *r, uint32_t item, const char *format, unsigned depth)
{
	struct item *it = &r->items.v[item];
	struct job j = { .kind = JOB_ARCHIVE, .item = item, .bundle = it->m.bundle, .depth = depth + 1,
		.fd = it->fd, .name = it->m.name };

	it->m.type = str_of(format);
	it->m.status = MEMBER_CONTAINER;
	j.prefix = arena_printf(r->ev->a, "%.*s!/", STR_ARG(it->m.path));
	vec_push(&r->archive_queue, j);
}

static void start_parse(struct run *r, uint32_t item)
{
	struct job j = { .kind = JOB_PARSE, .item = item, .bundle = r->items.v[item].m.bundle,
		.commit_at = UINT64_MAX, .fd = -1 };

	vec_push(&r->items.v[item].parts, (struct part){ .error = STR("") });
	vec_push(&r->parse_queue, j);
}

void item_dispatch(struct run *r, uint32_t item, unsigned depth)
{
	struct item *it = &r->items.v[item];
	uint8_t head[512], iso[8];
	ssize_t n = it->fd >= 0 ? pread(it->fd, head, sizeof(head), 0) : 0;
	const char *format = n > 0 && !it->window ? archive_magic(head, (size_t)n) : NULL;

	it->users = 1;
	if (!format && n > 0 && !it->window && pread(it->fd, iso, 5, 32769) == 5 &&
		memcmp(iso, "CD001", 5) == 0)
		format = "iso";
	if (it->m.bytes == 0 && it->m.status != MEMBER_PARTLY) {
		item_set(it, MEMBER_EMPTY, STR(""));
		item_release(r, item);
	} else if (format && depth >= r->limits.depth) {
		it->m.type = str_of(format);
		item_set(it, MEMBER_LIMIT, arena_printf(r->ev->a,
			"an archive nested deeper than %u (--max-depth)", r->limits.depth));
		item_release(r, item);
	} else if (format) {
		start_archive(r, item, format, depth);
	} else {
		start_parse(r, item);
	}
}

/* Types that no parser of ours reads, and the tool that does. */
static const char *tool_for(struct str type)
{
	static const char *const known[][2] = {
		{ "etl", "an event trace: netsh trace convert, tracerpt or Windows Performance Analyzer reads it" },
		{ "blg", "performance counters: relog or Performance Monitor reads them" },
		{ "procmon log", "Process Monitor reads it; save it as CSV and add that" },
		{ "minidump", "a process dump: WinDbg reads it" },
		{ "kernel dump", "a memory dump: WinDbg reads it" },
		{ "png", "a picture" }, { "jpeg", "a picture" }, { "pdf", "a document" },
		{ "program", "a program; it is listed and never run" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_eq(type, str_of(known[i][0])))
			return known[i][1];
	return NULL;
}

static void take_segments(struct run *r, struct item *it)
{
	size_t n = 0, at = 0;

	for (size_t p = 0; p < it->parts.n; p++)
		n += it->parts.v[p].segments.n;
	it->m.segments = arena_array(r->ev->a, struct segment *, n + 1);
	for (size_t p = 0; p < it->parts.n; p++) {
		struct part *part = &it->parts.v[p];

		for (size_t s = 0; s < part->segments.n; s++)
			it->m.segments[at++] = part->segments.v[s];
		if (part->code && !it->m.error.n)
			it->m.error = part->error;
		it->failed = it->failed || part->code;
		free(part->segments.v);
	}
	it->m.segment_count = n;
	free(it->parts.v);
}

static void count_rows(struct run *r, struct member *m, bool *lost)
{
	for (size_t s = 0; s < m->segment_count; s++) {
		const uint8_t *flags = segment_flags(m->segments[s]);
		size_t rows = segment_rows(m->segments[s]);

		for (size_t i = 0; i < rows; i++)
			m->facts += flags[i] & ROW_FACT ? 1 : 0;
		m->events += rows;
		for (size_t i = 0; i < segment_notes(m->segments[s]); i++) {
			struct segment_note note;

			segment_note(m->segments[s], i, &note);
			m->notes++;
			if (note.kind == NOTE_INFO)
				continue;
			*lost = true;
			if (!m->error.n)
				m->error = arena_printf(r->ev->a, "%.*s (at offset %llu)",
					STR_ARG(note.text), (unsigned long long)note.offset);
		}
	}
	m->events -= m->facts;
}

static void finish_item(struct run *r, struct item *it)
{
	struct member *m = &it->m;
	const char *tool = tool_for(m->type);
	bool lost = false;

	take_segments(r, it);
	count_rows(r, m, &lost);
	if (r->o->inventory_only && m->status == MEMBER_UNKNOWN) {
		item_set(it, MEMBER_LISTED, STR(""));
	} else if (m->parser.n && m->status != MEMBER_PARTLY) {
		bool any = m->events || m->facts;

		m->status = it->failed ? (any ? MEMBER_PARTLY : MEMBER_FAILED) :
			    lost       ? MEMBER_PARTLY :
					 MEMBER_PARSED;
	} else if (m->status == MEMBER_UNKNOWN && tool) {
		item_set(it, MEMBER_UNSUPPORTED, str_of(tool));
	}
}

static int by_path(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int d = str_cmp(x->m.path, y->m.path);

	return d ? d : memcmp(x->m.sha256, y->m.sha256, 64);
}

/* Two entries of one name in one archive: the second becomes "name#2". */
static void name_duplicates(struct run *r)
{
	unsigned copy = 1;

	for (size_t i = 1; i < r->items.n; i++) {
		struct member *m = &r->items.v[i].m;
		const struct member *before = &r->items.v[i - copy].m;

		copy = str_eq(m->path, before->path) ? copy + 1 : 1;
		if (copy > 1)
			m->path = arena_printf(r->ev->a, "%.*s#%u", STR_ARG(m->path), copy);
	}
}

void items_finish(struct run *r)
{
	for (size_t i = 0; i < r->items.n; i++)
		finish_item(r, &r->items.v[i]);
	if (r->items.n)
		qsort(r->items.v, r->items.n, sizeof(*r->items.v), by_path);
	name_duplicates(r);
	for (size_t i = 0; i < r->items.n; i++)
		vec_push(&r->ev->members, r->items.v[i].m);
	free(r->items.v);
}
