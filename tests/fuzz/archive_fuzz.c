/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Damaged archives. The first byte picks one of a few sound archives, made at the start; what follows
 * are patches to it (a place of two bytes, and a byte) with a cut at the end. 0xff: the bytes themselves
 * are the archive.
 */
#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analyzer/ingest/archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BASES 7

static la_ssize_t put(struct archive *a, void *to, const void *p, size_t n)
{
	(void)a;
	buf_put(to, p, n);
	return (la_ssize_t)n;
}

static void add(struct archive *a, const char *name, size_t n)
{
	struct archive_entry *entry = archive_entry_new();
	char *bytes = xmalloc(n);

	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)(i * i >> 3);
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (la_int64_t)n);
	archive_write_header(a, entry);
	archive_write_data(a, bytes, n);
	archive_entry_free(entry);
	free(bytes);
}

static void make_base(struct buf *out, unsigned which)
{
	static const char *const made[BASES][2] = { { "zip", NULL }, { "7zip", NULL }, { "ustar", NULL },
		{ "pax", "gzip" }, { "ustar", "xz" }, { "ustar", "zstd" }, { "zip", "bzip2" } };
	struct archive *a = archive_write_new();

	archive_write_set_format_by_name(a, made[which][0]);
	if (made[which][1])
		archive_write_add_filter_by_name(a, made[which][1]);
	archive_write_set_bytes_in_last_block(a, 1);
	archive_write_open(a, out, NULL, put, NULL);
	add(a, "a.evtx", 3000);
	add(a, "sub/b.txt", 17);
	add(a, "c", 0);
	archive_write_free(a);
}

static const struct buf *base(unsigned which)
{
	static struct buf bases[BASES];

	if (!bases[which].n)
		make_base(&bases[which], which);
	return &bases[which];
}

static bool on_entry(void *to, const struct archive_entry_info *info)
{
	uint64_t *total = to;

	*total += info->size;
	if (info->held > info->size || info->name.n > 4096)
		abort();
	if (info->fd >= 0)
		close(info->fd);
	return true;
}

static void walk(int fd)
{
	uint64_t total = 0, beats = 0;
	struct ingest_limits limits = { .member_bytes = 1 << 20, .total_bytes = 1 << 22, .ratio = 100,
		.depth = 6, .members = 100, .name_bytes = 4096, .memory_bytes = 1 << 20 };
	struct archive_job job = { .fd = fd, .name = "x.gz", .limits = &limits, .entry = on_entry,
		.passphrases = STR("secret\n"), .heartbeat = &beats, .to = &total };
	struct arena *a = arena_new();
	struct str format;
	struct err e = { 0 };

	archive_format_of(fd);
	archive_walk(&job, &format, a, &e);
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct buf b = { 0 };

	if (size == 0 || fd < 0)
		return 0;
	if (data[0] == 0xff) {
		buf_put(&b, data + 1, size - 1);
	} else {
		buf_puts(&b, buf_str(base(data[0] % BASES)));
		for (size_t i = 1; i + 3 <= size; i += 3)
			b.p[(data[i] | data[i + 1] << 8) % b.n] ^= (char)data[i + 2];
		if (size % 3 == 0)
			b.n = b.n * data[size - 1] / 255;
	}
	if (write(fd, b.p, b.n) == (ssize_t)b.n)
		walk(fd);
	close(fd);
	buf_free(&b);
	return 0;
}
