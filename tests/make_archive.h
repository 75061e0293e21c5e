/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Archives made in memory for tests: through libarchive where it writes the format, by hand where
 * a byte must be as no decent writer would put it.
 */
#ifndef CASELINE_TESTS_MAKE_ARCHIVE_H
#define CASELINE_TESTS_MAKE_ARCHIVE_H

#include <archive.h>
#include <archive_entry.h>
#include <criterion/criterion.h>
#include <libdeflate.h>

#include "analyzer/base/buf.h"

static inline void le(struct buf *b, uint64_t v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		buf_putc(b, (char)(v >> (8 * i)));
}

/* ---- Zip by hand: stored members, every field as asked ---- */
struct zip_member {
	struct str name, bytes;
	uint16_t flags, method;      /* method 0: stored; else the bytes are put as they are */
	uint32_t mode;               /* Unix mode, 0 = a plain DOS file */
	uint32_t crc_error;          /* xor to the right one */
};

static inline void zip_local(struct buf *b, const struct zip_member *m, uint32_t crc)
{
	le(b, 0x04034b50, 4);
	le(b, 20, 2);
	le(b, m->flags, 2);
	le(b, m->method, 2);
	le(b, 0x58ae6000, 4);
	le(b, crc, 4);
	le(b, m->bytes.n, 4);
	le(b, m->bytes.n, 4);
	le(b, m->name.n, 2);
	le(b, 0, 2);
	buf_puts(b, m->name);
	buf_puts(b, m->bytes);
}

static inline void zip_central(struct buf *b, const struct zip_member *m, uint32_t crc, size_t at)
{
	le(b, 0x02014b50, 4);
	le(b, m->mode ? 0x0314 : 20, 2);
	le(b, 20, 2);
	le(b, m->flags, 2);
	le(b, m->method, 2);
	le(b, 0x58ae6000, 4);
	le(b, crc, 4);
	le(b, m->bytes.n, 4);
	le(b, m->bytes.n, 4);
	le(b, m->name.n, 2);
	le(b, 0, 8);
	le(b, (uint64_t)m->mode << 16, 4);
	le(b, at, 4);
	buf_puts(b, m->name);
}

static inline void zip_make(struct buf *b, const struct zip_member *members, size_t n)
{
	struct buf central = { 0 };

	for (size_t i = 0; i < n; i++) {
		uint32_t crc = libdeflate_crc32(0, members[i].bytes.p, members[i].bytes.n) ^
			       members[i].crc_error;

		zip_central(&central, &members[i], crc, b->n);
		zip_local(b, &members[i], crc);
	}
	le(&central, 0x06054b50, 4);
	le(&central, 0, 4);
	le(&central, n, 2);
	le(&central, n, 2);
	le(&central, central.n - 12, 4);
	le(&central, b->n, 4);
	le(&central, 0, 2);
	buf_puts(b, buf_str(&central));
	buf_free(&central);
}

/* ---- Cabinet by hand: one folder, stored, one data block (at most 32 KiB) ---- */
static inline void cab_make(struct buf *b, const struct zip_member *members, size_t n)
{
	struct buf files = { 0 }, data = { 0 };
	size_t start = b->n, files_at = 36 + 8, data_at;

	for (size_t i = 0; i < n; i++) {
		le(&files, members[i].bytes.n, 4);
		le(&files, data.n, 4);
		le(&files, 0, 2);
		le(&files, 0x600058ae, 4);
		le(&files, 0x20, 2);
		buf_puts(&files, members[i].name);
		buf_putc(&files, '\0');
		buf_puts(&data, members[i].bytes);
	}
	data_at = files_at + files.n;
	buf_put(b, "MSCF\0\0\0\0", 8);
	le(b, data_at + 8 + data.n, 4);
	le(b, 0, 4);
	le(b, files_at, 4);
	le(b, 0, 4);
	le(b, 0x0103, 2);
	le(b, 1, 2);
	le(b, n, 2);
	le(b, 0, 6);
	cr_assert_eq(b->n - start, 36);
	le(b, data_at, 4);
	le(b, 1, 2);
	le(b, 0, 2);
	buf_puts(b, buf_str(&files));
	le(b, 0, 4);
	le(b, data.n, 2);
	le(b, data.n, 2);
	buf_puts(b, buf_str(&data));
	buf_free(&files);
	buf_free(&data);
}

/* ---- RAR 5 by hand: stored ---- */
static inline void rar5_number(struct buf *b, uint64_t v)
{
	for (; v > 127; v >>= 7)
		buf_putc(b, (char)(v | 0x80));
	buf_putc(b, (char)v);
}

static inline void rar5_block(struct buf *b, const struct buf *header)
{
	struct buf whole = { 0 };

	rar5_number(&whole, header->n);
	buf_puts(&whole, buf_str(header));
	le(b, libdeflate_crc32(0, whole.p, whole.n), 4);
	buf_puts(b, buf_str(&whole));
	buf_free(&whole);
}

static inline void rar5_file(struct buf *b, const struct zip_member *m)
{
	struct buf h = { 0 };

	rar5_number(&h, 2);              /* a file */
	rar5_number(&h, 2);              /* with data */
	rar5_number(&h, m->bytes.n);
	rar5_number(&h, 4);              /* with a checksum */
	rar5_number(&h, m->bytes.n);
	rar5_number(&h, 0x20);
	le(&h, libdeflate_crc32(0, m->bytes.p, m->bytes.n), 4);
	rar5_number(&h, 0);              /* stored */
	rar5_number(&h, 0);
	rar5_number(&h, m->name.n);
	buf_puts(&h, m->name);
	rar5_block(b, &h);
	buf_puts(b, m->bytes);
	buf_free(&h);
}

static inline void rar5_make(struct buf *b, const struct zip_member *members, size_t n)
{
	struct buf h = { 0 };

	buf_put(b, "Rar!\x1a\x07\x01\x00", 8);
	buf_put(&h, "\x01\x00\x00", 3);  /* the archive's header */
	rar5_block(b, &h);
	for (size_t i = 0; i < n; i++)
		rar5_file(b, &members[i]);
	h.n = 0;
	buf_put(&h, "\x05\x00\x00", 3);
	rar5_block(b, &h);
	buf_free(&h);
}

/* ---- Through libarchive ---- */
struct pack {
	struct archive *to;
	struct buf *out;
};

static inline la_ssize_t pack_write(struct archive *a, void *to, const void *p, size_t n)
{
	(void)a;
	buf_put(to, p, n);
	return (la_ssize_t)n;
}

/* `format` as archive_write_set_format_by_name knows it; filter and options may be NULL. */
static inline struct pack pack_open(struct buf *out, const char *format, const char *filter,
	const char *options, const char *passphrase)
{
	struct pack p = { archive_write_new(), out };

	cr_assert_eq(archive_write_set_format_by_name(p.to, format), ARCHIVE_OK, "%s", format);
	if (filter)
		cr_assert_eq(archive_write_add_filter_by_name(p.to, filter), ARCHIVE_OK, "%s", filter);
	if (options)
		cr_assert_eq(archive_write_set_options(p.to, options), ARCHIVE_OK, "%s: %s", options,
			archive_error_string(p.to));
	if (passphrase)
		archive_write_set_passphrase(p.to, passphrase);
	archive_write_set_bytes_in_last_block(p.to, 1);
	cr_assert_eq(archive_write_open(p.to, out, NULL, pack_write, NULL), ARCHIVE_OK);
	return p;
}

static inline void pack_add(struct pack *p, const char *name, mode_t type, const char *target,
	struct str bytes)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_mtime(entry, 1715656366, 0);
	archive_entry_set_size(entry, (la_int64_t)bytes.n);
	if (target && type == AE_IFLNK)
		archive_entry_set_symlink(entry, target);
	else if (target)
		archive_entry_set_hardlink(entry, target);
	cr_assert_geq(archive_write_header(p->to, entry), ARCHIVE_WARN, "%s: %s", name,
		archive_error_string(p->to));
	if (bytes.n)
		cr_assert_eq(archive_write_data(p->to, bytes.p, bytes.n), (la_ssize_t)bytes.n);
	archive_entry_free(entry);
}

static inline void pack_file(struct pack *p, const char *name, struct str bytes)
{
	pack_add(p, name, AE_IFREG, NULL, bytes);
}

static inline void pack_close(struct pack *p)
{
	cr_assert_eq(archive_write_close(p->to), ARCHIVE_OK, "%s", archive_error_string(p->to));
	archive_write_free(p->to);
}

#endif
