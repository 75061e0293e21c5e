/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory dumps and event traces: what their headers tell of when they were made, and a kernel dump's bug
 * check. What they hold is for other tools.
 *
 *   minidump        "MDMP", seconds since 1970 at 20
 *   kernel dump     "PAGEDU64", bug check at 0x38 and its parameters at 0x40, time at 0xfa8
 *   event trace     a buffer's header (72 bytes), an event's (32), then the log file's: version at 4,
 *                   processors at 12, end at 16, width of pointers at 44, events lost at 48, start at 264
 */
#include "analyzer/base/le.h"
#include "parsers/parser.h"

#define UNIX_EPOCH_100NS 116444736000000000LL
#define YEAR_1990_100NS 122756256000000000LL
#define YEAR_2100_100NS 157468128000000000LL
#define DUMP_TIME_AT 0xfa8
#define TRACE_AT (72 + 32)
#define TRACE_BYTES (TRACE_AT + 280)

enum dump_kind { NONE, PROCESS_DUMP, KERNEL_DUMP, TRACE };

static bool is_time(uint64_t t)
{
	return t > YEAR_1990_100NS && t < YEAR_2100_100NS;
}

/* The log file's header behind those of the first buffer and the first event. */
static bool is_trace(struct str head)
{
	const uint8_t *p = (const uint8_t *)head.p + TRACE_AT;
	uint32_t buffer, processors, pointer;

	if (head.n < TRACE_BYTES)
		return false;
	buffer = le32(p);
	processors = le32(p + 12);
	pointer = le32(p + 44);
	return buffer >= 1024 && buffer % 1024 == 0 && buffer <= 16u * 1024 * 1024 && processors > 0 &&
	       processors <= 4096 && (pointer == 4 || pointer == 8) &&
	       (pointer == 4 || is_time(le64(p + 264)));
}

static enum dump_kind kind_of(struct str head)
{
	if (str_starts(head, STR("MDMP")) && head.n >= 32)
		return PROCESS_DUMP;
	if (str_starts(head, STR("PAGEDU64")) && head.n >= 4096)
		return KERNEL_DUMP;
	return is_trace(head) ? TRACE : NONE;
}

static void put_time(struct sink *out, const char *name, uint64_t t)
{
	if (is_time(t))
		sink_field_number(out, SECTION_EVENTDATA, sink_text(out, str_of(name)), VALUE_TIME, t);
}

static void put_hex(struct sink *out, const char *name, uint64_t v, int width)
{
	struct buf text = { 0 };

	buf_printf(&text, "0x%0*llX", width, (unsigned long long)v);
	sink_put(out, name, buf_str(&text));
	buf_free(&text);
}

static void give_process_dump(struct sink *out, const uint8_t *p)
{
	sink_fact(out, STR("dump"), 0, 0);
	sink_put(out, "kind", STR("process"));
	put_time(out, "taken", le32(p + 20) * 10000000ULL + UNIX_EPOCH_100NS);
	sink_note(out, NOTE_UNSUPPORTED, 0, 0, 0, "a process dump: WinDbg reads it");
}

static void give_kernel_dump(struct sink *out, const uint8_t *p)
{
	static const char *const names[] = { "parameter1", "parameter2", "parameter3", "parameter4" };

	sink_fact(out, STR("dump"), 0, 0);
	sink_put(out, "kind", STR("kernel"));
	put_time(out, "taken", le64(p + DUMP_TIME_AT));
	put_hex(out, "code", le32(p + 0x38), 8);
	for (size_t i = 0; i < 4; i++)
		put_hex(out, names[i], le64(p + 0x40 + 8 * i), 16);
	sink_note(out, NOTE_UNSUPPORTED, 0, 0, 0, "a memory dump: WinDbg reads it");
}

static void give_trace(struct sink *out, const uint8_t *p)
{
	p += TRACE_AT;
	sink_fact(out, STR("trace"), 0, 0);
	if (le32(p + 44) == 8)
		put_time(out, "started", le64(p + 264));
	put_time(out, "ended", le64(p + 16));
	sink_put_u64(out, "events_lost", le32(p + 48));
	sink_note(out, NOTE_UNSUPPORTED, 0, 0, 0, "an event trace: netsh trace convert, tracerpt or "
		"Windows Performance Analyzer reads it");
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	enum dump_kind kind = kind_of(str_make((const char *)m->data, (size_t)m->held));

	(void)e;
	if (kind == PROCESS_DUMP)
		give_process_dump(out, m->data);
	else if (kind == KERNEL_DUMP)
		give_kernel_dump(out, m->data);
	else if (kind == TRACE)
		give_trace(out, m->data);
	return 0;
}

static int bid(const struct probe *p)
{
	return kind_of(p->head) == NONE ? 0 : 90;
}

const struct parser parser_dump_trace = {
	.name = "dump_trace",
	.about = "memory dumps and event traces (ETL): when they were made, not what they hold",
	.data_type = "fact",
	.version = 1,
	.needs = NEEDS_WINDOW,
	.bid = bid,
	.parse = parse,
};
