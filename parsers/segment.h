/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments: what one member (or one shard of it) gave. A worker writes one, seals it, and hands it
 * over; the parent checks it once and then reads it where it lies. No pointers inside, little-endian,
 * versioned: a segment can be checked, cached and shared. It depends only on the member's bytes, its
 * base name and the parser's version.
 *
 * Events and facts are rows of one table. What many rows share (provider, id, channel, level …) is a
 * "kind", so that a predicate on them is decided once a kind and not once a row.
 */
#ifndef CASELINE_PARSERS_SEGMENT_H
#define CASELINE_PARSERS_SEGMENT_H

#include "analyzer/base/arena.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/err.h"

#define SEGMENT_VERSION 1

/* What the number in `time_100ns` counts. Zones are applied when the whole case is known. */
enum time_basis {
	BASIS_UTC,
	BASIS_HOST,      /* civil time of the host that wrote it, zone not known to the parser */
	BASIS_UNKNOWN,   /* civil time, nothing says whose */
	BASIS_NONE,      /* no time of its own; a fact gets the collection's */
};

enum level {             /* Windows' numbers */
	LEVEL_ALWAYS = 0,  /* classic and audit records: shown as information */
	LEVEL_CRITICAL = 1,
	LEVEL_ERROR = 2,
	LEVEL_WARNING = 3,
	LEVEL_INFO = 4,
	LEVEL_VERBOSE = 5,
	LEVEL_UNKNOWN = 255,
};

enum row_flags {
	ROW_FACT = 1,          /* a statement about a state; else an event */
	ROW_RECOVERED = 2,     /* from slack or a damaged chunk */
	ROW_SECOND_READER = 4, /* libevtx read it, ours refused */
	ROW_DAMAGED = 8,       /* some of the record's own values could not be read */
	ROW_DATE_MONTH_FIRST = 16, /* day and month could be swapped; stored month first */
	ROW_LINE = 32,         /* `number` is a 1-based line, else a record number (0: neither) */
	ROW_PRECISION_S = 64,  /* the stamp has whole seconds only */
	ROW_PRECISION_MS = 128,
};

enum value_type {
	VALUE_NULL,
	VALUE_TEXT,      /* UTF-8 */
	VALUE_INT,       /* signed, in `number` */
	VALUE_UINT,
	VALUE_HEX,       /* unsigned, shown as 0x… (HexInt32/64, HRESULT, NTSTATUS, pointers) */
	VALUE_BOOL,
	VALUE_FLOAT,     /* the bits of a double in `number` */
	VALUE_TIME,      /* FILETIME ticks in `number` */
	VALUE_GUID,      /* 16 bytes, see guid_format */
	VALUE_SID,       /* UTF-8 text S-1-… */
	VALUE_BINARY,
};

enum field_section {
	SECTION_EVENTDATA,   /* also the named groups of a text format */
	SECTION_USERDATA,
	SECTION_BINARY,      /* <Binary> of classic events */
	SECTION_SYSTEM,      /* what has no column: correlation, related activity … */
	SECTION_PROCESSING_ERROR,
	SECTION_RENDERING,   /* texts that came with a forwarded event */
	SECTION_META,        /* about the stamp or source: raw_time, continuation … */
};

/* What rows share. Texts are views into the segment (reading) or of the caller's (writing). */
struct kind {
	struct str data_type;    /* "windows:evtx:record", "windows:cluster:log", "fact" … */
	struct str provider;     /* provider name; of a fact: its type, such as "vss.writer" */
	struct str source;       /* EventSourceName where it differs; of a text log: its component */
	struct str provider_guid;/* "{…}" or empty */
	struct str channel;
	struct str computer;     /* as the record names it; empty where it does not */
	uint64_t keywords;
	uint32_t id;             /* event id without qualifiers */
	uint16_t qualifiers, task;
	uint8_t version, level, opcode;
	bool has_id;
};

/* One row while writing. Text views need to live only until the call returns. */
struct row {
	int64_t time_100ns;      /* TIME_NONE with BASIS_NONE */
	uint64_t number;         /* record number, or line with ROW_LINE */
	uint64_t offset;         /* byte offset in the member */
	uint32_t length;         /* bytes of the record or line, 0 if unknown */
	uint32_t kind;           /* from sink_kind */
	uint32_t pid, tid;
	uint8_t basis, flags;
	struct str user;         /* SID or name */
	struct str message;      /* a text that came with the row; empty: made later from knowledge */
};

enum note_kind { NOTE_DAMAGED, NOTE_LOST, NOTE_UNSUPPORTED, NOTE_LIMIT, NOTE_INFO };

/* ---- Writing: the sink a parser is handed ---- */
struct sink;

/* Text ids and kind ids hold until the next sink_commit_point. Id 0 is the empty text. */
uint32_t sink_text(struct sink *s, struct str text);
uint32_t sink_kind(struct sink *s, const struct kind *k);
void sink_row(struct sink *s, const struct row *r);
/* Fields belong to the row given last. `name` is a text id; unnamed values use 0, in order. */
void sink_field_text(struct sink *s, enum field_section where, uint32_t name, struct str v);
void sink_field_number(struct sink *s, enum field_section where, uint32_t name,
	enum value_type type, uint64_t v);
/* Bytes of a GUID, SID text or binary value. */
void sink_field_bytes(struct sink *s, enum field_section where, uint32_t name,
	enum value_type type, const void *p, size_t n);
/* For values made in place: a buffer to append UTF-8 to, closed by sink_field_close. */
struct buf *sink_field_open(struct sink *s, enum field_section where, uint32_t name);
void sink_field_close(struct sink *s);

/* Something that could not be read. Never silent: offset, bytes lost (0 unknown), records lost. */
void sink_note(struct sink *s, enum note_kind kind, uint64_t offset, uint64_t bytes_lost,
	uint64_t records_lost, const char *format, ...) __attribute__((format(printf, 6, 7)));

/*
 * Called between records (EVTX: between chunks) with the offset reached. May close the segment and
 * start a new one, so ids from before are void after it. Returns true if it did. Also tells the
 * parent how far the member was read.
 */
bool sink_commit_point(struct sink *s, uint64_t offset);

/* A shorthand for fact parsers: a kind of data_type "fact" and a row with ROW_FACT | ROW_LINE. */
void sink_fact(struct sink *s, struct str type, uint64_t line, uint64_t offset);
/* The same of a machine that the text names; empty: that of the member. */
void sink_fact_of(struct sink *s, struct str type, struct str computer, uint64_t line, uint64_t offset);
/* Appends a field by name to the last row. */
void sink_put(struct sink *s, const char *name, struct str v);
void sink_put_u64(struct sink *s, const char *name, uint64_t v);

/*
 * Until the next call the rows come from a part of the member: their line 1 is line `first` of the
 * member, and line i begins at offset[i - 1]. NULL ends it. For parsers that hand a part to another.
 */
struct sink_part {
	uint64_t first;
	const uint64_t *offset;
	size_t n;                /* of offset, at least 1 */
};

void sink_part(struct sink *s, const struct sink_part *part);

/* ---- The sink's other end: the worker ---- */
typedef int (*segment_taker)(void *to, const void *bytes, size_t size_bytes, uint64_t end_offset);

struct sink *sink_new(const char *parser_name, unsigned parser_version, segment_taker take,
	void *to);
void sink_progress_to(struct sink *s, volatile uint64_t *offset);  /* shared with the parent */
void sink_commit_at(struct sink *s, uint64_t offset);  /* close a segment before passing this */
bool sink_is_empty(const struct sink *s);              /* no row and no note so far */
int sink_finish(struct sink *s);                       /* hands over what is left; 0 or negative */
void sink_free(struct sink *s);

/* ---- Reading ---- */
struct field {
	struct str name;
	enum value_type type;
	enum field_section section;
	uint64_t number;         /* VALUE_INT is sign-extended */
	struct str bytes;        /* text, GUID, SID, binary */
};

struct segment_note {
	enum note_kind kind;
	uint64_t offset, bytes_lost, records_lost;
	struct str text;
};

struct segment;

/*
 * Checks every offset and id of untrusted bytes once; the bytes must outlive the segment and stay
 * as they are. Returns NULL with a message if anything does not fit.
 */
struct segment *segment_open(const void *bytes, size_t size_bytes, struct err *e);
void segment_close(struct segment *s);

struct str segment_parser(const struct segment *s);
size_t segment_rows(const struct segment *s);
size_t segment_kinds(const struct segment *s);
size_t segment_notes(const struct segment *s);
const struct kind *segment_kind(const struct segment *s, uint32_t kind);
const int64_t *segment_times(const struct segment *s);       /* one a row */
const uint32_t *segment_row_kinds(const struct segment *s);  /* one a row */
const uint8_t *segment_bases(const struct segment *s);       /* enum time_basis, one a row */
const uint8_t *segment_flags(const struct segment *s);       /* enum row_flags, one a row */
void segment_row(const struct segment *s, size_t row, struct row *out);
size_t segment_field_count(const struct segment *s, size_t row);
void segment_field(const struct segment *s, size_t row, size_t i, struct field *out);
/* The first field of that name (ASCII case folded); false where there is none. */
bool segment_find(const struct segment *s, size_t row, struct str name, struct field *out);
/* The index-th unnamed value of EventData, from 0. */
bool segment_unnamed(const struct segment *s, size_t row, size_t index, struct field *out);
void segment_note(const struct segment *s, size_t i, struct segment_note *out);

/* Appends a value as people read it (hex 0x…, GUID in braces, time RFC 3339, binary as hex). */
void buf_field(struct buf *b, const struct field *f);

#endif
