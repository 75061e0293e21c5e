/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Process Monitor's own log (PML, version 9). It is not documented by its maker; what others found:
 *
 *   0x000 "PML_", version, 1 if 64 bit     0x250 offset of the processes
 *   0x00c computer, UTF-16, 16 letters     0x258 offset of the texts
 *   0x234 number of events                 0x274 version of Windows: major, minor, build
 *   0x248 offset of the events' offsets, 5 bytes each: offset, flags
 *
 * An event: process index, thread, class (3: file system), operation, …, duration, time, result,
 * depth of the stack, …, size of the details; then the stack, then the details, in which a file
 * system event has its path.
 */
#include "parsers/procmon/collect.h"

#include "analyzer/base/map.h"
#include "parsers/label.h"

#define HEADER_BYTES 0x3a8u
#define EVENT_BYTES 0x34u
#define CLASS_FILE 3
#define TEXTS_MAX 4000000u
#define PROCESSES_MAX 200000u
#define PATH_BYTES_MAX 8192u

struct pml {
	const uint8_t *p;
	uint64_t n;
	bool wide;               /* pointers of 8 bytes */
	uint64_t texts, processes;
	uint32_t text_count;
	struct arena *a;
	struct map *by_index;    /* of processes: their index to their offset */
};

/* Out of range reads as 0: what depends on it is checked again. */
static uint32_t u16(const struct pml *f, uint64_t at)
{
	return at + 2 <= f->n && at + 2 > at ? (uint32_t)(f->p[at] | f->p[at + 1] << 8) : 0;
}

static uint32_t u32(const struct pml *f, uint64_t at)
{
	return u16(f, at) | u16(f, at + 2) << 16;
}

static uint64_t u64(const struct pml *f, uint64_t at)
{
	return u32(f, at) | (uint64_t)u32(f, at + 4) << 32;
}

/* UTF-16 up to its zero, in the arena. */
static struct str utf16(const struct pml *f, uint64_t at, uint64_t bytes)
{
	struct buf b = { 0 };
	struct str s;

	if (at > f->n || bytes > f->n - at || bytes > PATH_BYTES_MAX)
		return STR("");
	buf_utf16le(&b, f->p + at, (size_t)bytes);
	s = buf_str(&b);
	if (str_chr(s, '\0') >= 0)
		s.n = (size_t)str_chr(s, '\0');
	s = arena_str(f->a, s);
	buf_free(&b);
	return s;
}

static struct str text(const struct pml *f, uint32_t index)
{
	uint64_t at;

	if (index >= f->text_count)
		return STR("");
	at = f->texts + u32(f, f->texts + 4 + (uint64_t)index * 4);
	return utf16(f, at + 4, u32(f, at));
}

static void read_processes(struct pml *f)
{
	uint64_t n = u32(f, f->processes);

	n = n < PROCESSES_MAX ? n : 0;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t at = f->processes + u32(f, f->processes + 4 + (n + i) * 4);
		uint32_t index = u32(f, at);

		map_set(f->by_index, map_intern(f->by_index, str_make((const char *)&index, 4), NULL), at);
	}
}

static void read_process(const struct pml *f, uint32_t index, struct operation *o)
{
	uint32_t found = map_find(f->by_index, str_make((const char *)&index, 4));
	uint64_t at = found == MAP_NONE ? 0 : map_get(f->by_index, found);

	if (!at)
		return;
	o->user = text(f, u32(f, at + 0x3c));
	o->process = text(f, u32(f, at + 0x40));
	o->pid = o->process.n ? u32(f, at + 4) : 0;
}

static struct str operation_name(struct pml *f, uint32_t operation, uint32_t kind)
{
	static const struct {
		uint32_t operation, kind;
		const char *name;
	} known[] = { { 26, 0x0a, "SetRenameInformationFile" }, { 26, 0x41, "SetRenameInformationEx" },
		{ 26, 0x0d, "SetDispositionInformationFile" }, { 26, 0x40, "SetDispositionInformationEx" },
		{ 26, 0x13, "SetAllocationInformationFile" }, { 26, 0x14, "SetEndOfFileInformationFile" },
		{ 32, 1, "QueryDirectory" }, { 37, 1, "LockFile" }, { 37, 2, "UnlockFileSingle" },
		{ 6, 0, "QueryOpen" }, { 19, 0, "CreateFileMapping" }, { 20, 0, "CreateFile" },
		{ 23, 0, "ReadFile" }, { 24, 0, "WriteFile" }, { 25, 0, "QueryInformationFile" },
		{ 26, 0, "SetInformationFile" }, { 27, 0, "QueryEAFile" }, { 28, 0, "SetEAFile" },
		{ 29, 0, "FlushBuffersFile" }, { 30, 0, "QueryVolumeInformation" },
		{ 32, 0, "DirectoryControl" }, { 33, 0, "FileSystemControl" }, { 34, 0, "DeviceIoControl" },
		{ 37, 0, "LockUnlockFile" }, { 38, 0, "CloseFile" }, { 40, 0, "QuerySecurityFile" },
		{ 41, 0, "SetSecurityFile" } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].operation == operation && (!known[i].kind || known[i].kind == kind))
			return str_of(known[i].name);
	return arena_printf(f->a, "operation %u", operation);
}

/* Where the details hold the path: a byte for the kind, then the I/O parameters. */
static struct str path_of(const struct pml *f, uint64_t details, uint64_t size)
{
	uint64_t at = details + 4 + (f->wide ? 8 : 4) * 5 + 0x14;
	uint32_t info = u16(f, at), letters = info & 0x7fff;
	uint64_t bytes = info & 0x8000 ? letters : (uint64_t)letters * 2;

	if (at + 4 + bytes > details + size || at + 4 + bytes > f->n)
		return STR("");
	if (info & 0x8000)
		return arena_str(f->a, str_make((const char *)f->p + at + 4, letters));
	return utf16(f, at + 4, bytes);
}

/* False where the event does not lie within the file. */
static bool take_event(struct pml *f, uint64_t at, uint64_t number, struct collect *c)
{
	struct operation o = { .basis = BASIS_UTC, .number = number, .offset = at };
	uint64_t details = at + EVENT_BYTES + (uint64_t)u16(f, at + 0x28) * (f->wide ? 8 : 4);
	uint32_t size = u32(f, at + 0x2c);

	if (at < HEADER_BYTES || at + EVENT_BYTES > f->n || details + size > f->n)
		return false;
	if (u32(f, at + 8) == CLASS_FILE)
		o.path = path_of(f, details, size);
	o.duration_100ns = -1;
	if (collect_wants(o.path)) {
		uint64_t time = u64(f, at + 0x1c), duration = u64(f, at + 0x14);

		o.time_100ns = time < INT64_MAX ? (int64_t)time : TIME_NONE;
		o.duration_100ns = duration < INT64_MAX ? (int64_t)duration : -1;
		o.code = u32(f, at + 0x24);
		o.name = operation_name(f, u16(f, at + 0xc), u16(f, details) & 0xff);
		o.result = o.code ? arena_printf(f->a, "0x%08X", o.code) : STR("SUCCESS");
		read_process(f, u32(f, at), &o);
	}
	collect_add(c, &o);
	return true;
}

static void read_events(struct pml *f, struct collect *c, struct sink *out)
{
	uint64_t n = u32(f, 0x234), offsets = u64(f, 0x248), lost = 0;

	for (uint64_t i = 0; i < n; i++) {
		uint64_t entry = offsets + i * 5;

		if (offsets < HEADER_BYTES || entry + 5 > f->n || entry < offsets) {
			lost += n - i;
			break;
		}
		lost += !take_event(f, u32(f, entry), i + 1, c);
		if (arena_used(f->a) > (1u << 22)) {
			arena_free(f->a);
			f->a = arena_new();
		}
	}
	if (lost)
		sink_note(out, NOTE_LOST, offsets, 0, lost, "%llu of %llu events lie outside of the file",
			(unsigned long long)lost, (unsigned long long)n);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct pml f = { .p = m->data, .n = m->held, .a = arena_new() };
	struct collect *c;
	struct str computer;

	if (f.n < HEADER_BYTES || u32(&f, 4) != 9) {
		arena_free(f.a);
		return err_set(e, E_DAMAGED, f.n < HEADER_BYTES ? "the header is cut" :
			"a version of PML that is not known; Process Monitor can save it as CSV");
	}
	f.wide = u32(&f, 8) == 1;
	f.processes = u64(&f, 0x250);
	f.texts = u64(&f, 0x258);
	f.text_count = u32(&f, f.texts) < TEXTS_MAX ? u32(&f, f.texts) : 0;
	f.by_index = map_new(false);
	c = collect_new();
	computer = arena_str(m->a, utf16(&f, 0xc, 0x20));
	read_processes(&f);
	sink_fact(out, STR("host.info"), 0, 0);
	label_put(out, "name", computer);
	sink_put(out, "version", arena_printf(m->a, "%u.%u.%u", u32(&f, 0x274), u32(&f, 0x278),
		u32(&f, 0x27c)));
	read_events(&f, c, out);
	collect_put(c, out, computer);
	collect_free(c);
	map_free(f.by_index);
	arena_free(f.a);
	return 0;
}

static int bid(const struct probe *p)
{
	return str_starts(p->head, STR("PML_")) && p->head.n > 12 && p->head.p[5] == 0 &&
			       p->head.p[6] == 0 && p->head.p[7] == 0 ? 100 : 0;
}

const struct parser parser_pml = {
	.name = "pml",
	.about = "Process Monitor's own log: failed and slow operations on files of VMs, shadow copies",
	.data_type = "text:procmon",
	.version = 1,
	.bid = bid,
	.parse = parse,
};
