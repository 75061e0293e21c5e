/* SPDX-License-Identifier: Apache-2.0 */
/* Members on their way: from an entry or file to a line of the inventory. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "analyzer/ingest/archive.h"
#include "analyzer/base/sha256.h"
#include "analyzer/ingest/ingest_parts.h"

void loss_add(struct run *r, const char *format, ...)
{
	char text[2000];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	vec_push(&r->ev->losses, arena_str(r->ev->a, str_of(text)));
}

/* Two entries of one name in one archive: the second becomes "name#2". Archives keep their order. */
static struct str unique_path(struct run *r, struct str path)
{
	struct str own = path;
	uint32_t first, i = map_intern(r->paths, path, NULL);
	uint64_t copies = map_get(r->paths, i) + 1;
	bool fresh;

	map_set(r->paths, i, copies);
	first = i;
	while (copies > 1) {
		own = arena_printf(r->ev->a, "%.*s#%llu", STR_ARG(path), (unsigned long long)copies);
		i = map_intern(r->paths, own, &fresh);
		if (fresh)
			break;
		map_set(r->paths, first, ++copies);
	}
	if (copies > 1)
		map_set(r->paths, i, 1);
	return own;
}

uint32_t item_add(struct run *r, uint32_t bundle, struct str path)
{
	struct item it = { .fd = -1 };

	it.m.path = unique_path(r, path);
	it.m.name = str_from(path, (size_t)(str_rchr(path, '/') + 1));
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

int item_open(struct run *r, uint32_t item)
{
	struct item *it = &r->items.v[item];

	if (it->fd < 0 && it->source)
		it->fd = openat(r->sources.v[it->m.bundle].fd, it->source,
			O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return it->fd;
}

/* A file in a folder that nobody reads at the moment costs no descriptor. */
static void item_close_for_now(struct item *it)
{
	if (it->source && it->fd >= 0) {
		close(it->fd);
		it->fd = -1;
	}
}

static void check_identity(struct run *r, const struct item *it)
{
	struct identity now = { 0 };
	struct stat st;

	if (fstat(it->fd, &st) == 0)
		now = identity_of(&st);
	if (!identity_same(&it->before, &now))
		loss_add(r, "%.*s changed while it was read: what is told of it may not be what is there now",
			STR_ARG(it->m.path));
}

void item_release(struct run *r, uint32_t item)
{
	struct item *it = &r->items.v[item];

	if (it->users && --it->users)
		return;
	if (it->fd >= 0 && it->source)
		check_identity(r, it);
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
		.fd = -1, .name = it->m.name };

	it->m.type = str_of(format);
	it->m.status = MEMBER_CONTAINER;
	j.prefix = arena_printf(r->ev->a, "%.*s!/", STR_ARG(it->m.path));
	vec_push(&r->archive_queue, j);
	if (it->hash && !r->fetch.n) {
		j.kind = JOB_HASH;
		it->users++;
		vec_push(&r->hash_queue, j);
	}
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
	const char *format = it->fd >= 0 && !it->window ? archive_format_of(it->fd) : NULL;

	it->users = 1;
	item_close_for_now(it);
	if (it->m.bytes == 0 && it->m.status != MEMBER_PARTLY) {
		item_set(it, MEMBER_EMPTY, STR(""));
		sha256_hex("", 0, it->m.sha256);
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
		{ "iso", "a disc image inside an archive: unpack it, and give it on its own" },
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

	return str_cmp(x->m.path, y->m.path);
}

static int by_text(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* In the order of texts, for the order of events depends on the workers. */
static void finish_losses(struct run *r)
{
	size_t n = 0;

	if (r->ev->losses.n)
		qsort(r->ev->losses.v, r->ev->losses.n, sizeof(*r->ev->losses.v), by_text);
	for (size_t i = 0; i < r->ev->losses.n; i++)
		if (i == 0 || !str_eq(r->ev->losses.v[i], r->ev->losses.v[n - 1]))
			r->ev->losses.v[n++] = r->ev->losses.v[i];
	r->ev->losses.n = n;
}

void items_finish(struct run *r)
{
	for (size_t i = 0; i < r->items.n; i++) {
		const struct member *m = &r->items.v[i].m;

		finish_item(r, &r->items.v[i]);
		if (m->status == MEMBER_LIMIT)
			loss_add(r, "%.*s: %.*s", STR_ARG(m->path), STR_ARG(m->error));
	}
	for (size_t i = 0; i < r->sources.n; i++)
		if (r->sources.v[i].item != UINT32_MAX)
			memcpy(r->ev->bundles.v[i].sha256, r->items.v[r->sources.v[i].item].m.sha256, 65);
	if (r->items.n)
		qsort(r->items.v, r->items.n, sizeof(*r->items.v), by_path);
	for (size_t i = 0; i < r->items.n; i++)
		vec_push(&r->ev->members, r->items.v[i].m);
	free(r->items.v);
	finish_losses(r);
}
