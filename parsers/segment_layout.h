/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a segment, shared by its writer and its reader only. All numbers little-endian. */
#ifndef CASELINE_PARSERS_SEGMENT_LAYOUT_H
#define CASELINE_PARSERS_SEGMENT_LAYOUT_H

#include <stdint.h>

#define SEGMENT_MAGIC UINT32_C(0x47455343)   /* "CSEG" */

enum section_id {
	SEC_HEAP,        /* bytes of all texts and values */
	SEC_TEXTS,       /* struct seg_text */
	SEC_KINDS,       /* struct seg_kind */
	SEC_TIME,        /* int64_t a row */
	SEC_NUMBER,      /* uint64_t a row */
	SEC_OFFSET,      /* uint64_t a row */
	SEC_LENGTH,      /* uint32_t a row */
	SEC_KIND,        /* uint32_t a row */
	SEC_PID,         /* uint32_t a row */
	SEC_TID,         /* uint32_t a row */
	SEC_USER,        /* text id a row */
	SEC_MESSAGE,     /* text id a row: long texts are not shared, but have an id as well */
	SEC_BASIS,       /* uint8_t a row */
	SEC_FLAGS,       /* uint8_t a row */
	SEC_FIRST_FIELD, /* uint32_t a row, and one more at the end */
	SEC_FIELDS,      /* struct seg_field */
	SEC_NOTES,       /* struct seg_note */
	SEC_COUNT,
};

struct seg_span {
	uint64_t offset, count;   /* from the segment's start; elements */
};

struct seg_header {
	uint32_t magic, version;
	uint32_t parser_text, parser_version;
	struct seg_span span[SEC_COUNT];
};

struct seg_text {
	uint32_t offset, length;  /* in the heap */
};

struct seg_kind {
	uint64_t keywords;
	uint32_t data_type, provider, source, provider_guid, channel, computer;   /* text ids */
	uint32_t id;
	uint16_t qualifiers, task;
	uint8_t version, level, opcode, has_id;
	uint8_t zero[4];
};

struct seg_field {
	uint32_t name;            /* text id, 0 = unnamed */
	uint8_t type, section;
	uint16_t zero;
	uint64_t value;           /* number; or heap offset | length << 32 */
};

struct seg_note {
	uint64_t offset, bytes_lost, records_lost;
	uint32_t kind, text;
};

#endif
