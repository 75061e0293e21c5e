/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EVTX bytes made by hand, for tests of single traps: a file of a few chunks, tokens put one by
 * one. Every name stands inline at its use.
 */
#ifndef CASELINE_TESTS_EVTX_BUILD_H
#define CASELINE_TESTS_EVTX_BUILD_H

#include <libdeflate.h>

#include "analyzer/base/arena.h"
#include "parsers/segment.h"

#define BUILD_CHUNKS 4
#define BUILD_HEAD 4096u
#define BUILD_CHUNK 65536u

struct build {
	uint8_t bytes[BUILD_HEAD + BUILD_CHUNKS * BUILD_CHUNK];
	uint32_t chunk;          /* start of the current one in `bytes` */
	uint32_t at;             /* in the chunk */
	uint32_t record;         /* start of the current record in the chunk */
	uint32_t definition;     /* start of the current template definition */
	uint32_t chunks;
	bool dependency;         /* start tags carry an id: inside a template */
};

static inline void b_u8(struct build *b, unsigned v)
{
	b->bytes[b->chunk + b->at++] = (uint8_t)v;
}

static inline void b_raw(struct build *b, const void *p, size_t n)
{
	memcpy(b->bytes + b->chunk + b->at, p, n);
	b->at += (uint32_t)n;
}

static inline void b_u16(struct build *b, unsigned v)
{
	uint16_t x = (uint16_t)v;

	b_raw(b, &x, 2);
}

static inline void b_u32(struct build *b, uint32_t v)
{
	b_raw(b, &v, 4);
}

static inline void b_u64(struct build *b, uint64_t v)
{
	b_raw(b, &v, 8);
}

static inline void b_set32(struct build *b, uint32_t at, uint32_t v)
{
	memcpy(b->bytes + b->chunk + at, &v, 4);
}

static inline void b_utf16(struct build *b, const char *s)
{
	for (; *s; s++)
		b_u16(b, (unsigned char)*s);
}

static inline void b_name(struct build *b, const char *s)
{
	b_u32(b, b->at + 4);
	b_u32(b, 0);
	b_u16(b, 0);
	b_u16(b, (unsigned)strlen(s));
	b_utf16(b, s);
	b_u16(b, 0);
}

/* ---- Tokens ---- */

static inline void b_open(struct build *b, const char *name, bool attributes)
{
	b_u8(b, attributes ? 0x41 : 0x01);
	if (b->dependency)
		b_u16(b, 0xffff);
	b_u32(b, 0);
	b_name(b, name);
	if (attributes)
		b_u32(b, 0);
}

static inline void b_attribute(struct build *b, const char *name)
{
	b_u8(b, 0x06);
	b_name(b, name);
}

static inline void b_text(struct build *b, const char *s)
{
	b_u8(b, 0x05);
	b_u8(b, 0x01);
	b_u16(b, (unsigned)strlen(s));
	b_utf16(b, s);
}

static inline void b_slot(struct build *b, unsigned slot, unsigned type)
{
	b_u8(b, 0x0e);
	b_u16(b, slot);
	b_u8(b, type);
}

static inline void b_done(struct build *b)
{
	b_u8(b, 0x02);
}

static inline void b_close(struct build *b)
{
	b_u8(b, 0x04);
}

static inline void b_head(struct build *b)
{
	b_raw(b, "\x0f\x01\x01\x00", 4);
}

/* <name>text</name> */
static inline void b_leaf(struct build *b, const char *name, const char *text)
{
	b_open(b, name, false);
	b_done(b);
	b_text(b, text);
	b_close(b);
}

/* <Data Name="name">slot</Data>; a NULL name leaves the attribute out. */
static inline void b_data_slot(struct build *b, const char *name, unsigned slot, unsigned type)
{
	b_open(b, "Data", name);
	if (name) {
		b_attribute(b, "Name");
		b_text(b, name);
	}
	b_done(b);
	b_slot(b, slot, type);
	b_close(b);
}

/* <System> with texts alone, as records without templates have it. */
static inline void b_system(struct build *b, const char *provider, const char *id)
{
	b_open(b, "System", false);
	b_done(b);
	b_open(b, "Provider", true);
	b_attribute(b, "Name");
	b_text(b, provider);
	b_u8(b, 0x03);
	b_leaf(b, "EventID", id);
	b_leaf(b, "Level", "2");
	b_open(b, "TimeCreated", true);
	b_attribute(b, "SystemTime");
	b_text(b, "2024-05-14T03:12:46.1234567Z");
	b_u8(b, 0x03);
	b_leaf(b, "Channel", "Test");
	b_leaf(b, "Computer", "host");
	b_close(b);
}

static inline void b_event(struct build *b)
{
	b_open(b, "Event", false);
	b_done(b);
}

/* ---- Templates ---- */

static inline void b_template(struct build *b)
{
	b_u8(b, 0x0c);
	b_u8(b, 0x01);
	b_u32(b, 7);
	b_u32(b, b->at + 4);
	b->definition = b->at;
	b_u32(b, 0);
	b_u64(b, 7);
	b_u64(b, 7);
	b_u32(b, 0);
	b_head(b);
	b->dependency = true;
}

static inline void b_template_end(struct build *b)
{
	b_u8(b, 0x00);
	b_set32(b, b->definition + 20, b->at - b->definition - 24);
	b->dependency = false;
}

/* Uses the definition that stands at `definition`. */
static inline void b_template_again(struct build *b, uint32_t definition)
{
	b_u8(b, 0x0c);
	b_u8(b, 0x01);
	b_u32(b, 7);
	b_u32(b, definition);
}

struct b_value {
	unsigned type;
	const void *p;
	size_t n;
};

static inline void b_values(struct build *b, const struct b_value *v, unsigned n)
{
	b_u32(b, n);
	for (unsigned i = 0; i < n; i++) {
		b_u16(b, (unsigned)v[i].n);
		b_u16(b, v[i].type);
	}
	for (unsigned i = 0; i < n; i++)
		b_raw(b, v[i].p, v[i].n);
}

/* ---- Records, chunks, file ---- */

static inline void b_record(struct build *b, uint64_t id, uint64_t written)
{
	b->record = b->at;
	b_u32(b, 0x2a2a);
	b_u32(b, 0);
	b_u64(b, id);
	b_u64(b, written);
	b_head(b);
}

static inline void b_record_end(struct build *b)
{
	uint32_t n;

	b_u8(b, 0x00);
	while ((b->at + 4) % 8)
		b_u8(b, 0);
	n = b->at + 4 - b->record;
	b_set32(b, b->record + 4, n);
	b_u32(b, n);
}

static inline void b_chunk(struct build *b)
{
	b->chunk = BUILD_HEAD + b->chunks++ * BUILD_CHUNK;
	b->at = 512;
	memcpy(b->bytes + b->chunk, "ElfChnk\0", 8);
}

/* Head and checksums; everything from `at` on is free space. */
static inline void b_chunk_end(struct build *b)
{
	uint8_t *p = b->bytes + b->chunk;

	b_set32(b, 40, 128);
	b_set32(b, 44, b->record);
	b_set32(b, 48, b->at);
	b_set32(b, 52, libdeflate_crc32(0, p + 512, b->at - 512));
	b_set32(b, 124, libdeflate_crc32(libdeflate_crc32(0, p, 120), p + 128, 384));
}

static inline struct build *b_new(void)
{
	struct build *b = xmalloc(sizeof(*b));
	uint32_t crc;

	memset(b, 0, sizeof(*b));
	memcpy(b->bytes, "ElfFile\0", 8);
	memcpy(b->bytes + 32, "\x80\0\0\0\1\0\3\0\0\x10\1\0", 12);
	crc = libdeflate_crc32(0, b->bytes, 120);
	memcpy(b->bytes + 124, &crc, 4);
	b_chunk(b);
	return b;
}

static inline size_t b_size(const struct build *b)
{
	return BUILD_HEAD + (size_t)b->chunks * BUILD_CHUNK;
}

#endif
