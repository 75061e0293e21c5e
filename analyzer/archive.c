/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analyzer/archive_name.h"
#include "analyzer/base/sha256.h"
#include "analyzer/base/text.h"

#define READ_BYTES ((size_t)1024 * 1024)
#define RATIO_FREE_BYTES ((uint64_t)16 * 1024 * 1024)

static const struct magic {
	const char *format;
	size_t at, n;
	const char *bytes;
} magics[] = {
	{ "zip", 0, 4, "PK\x03\x04" }, { "zip", 0, 4, "PK\x05\x06" }, { "zip", 0, 8, "PK00PK\x03\x04" },
	{ "7z", 0, 6, "7z\xbc\xaf\x27\x1c" }, { "cab", 0, 4, "MSCF" }, { "tar", 257, 5, "ustar" },
	{ "rar", 0, 6, "Rar!\x1a\x07" }, { "iso", 32769, 5, "CD001" }, { "gzip", 0, 3, "\x1f\x8b\x08" },
	{ "bzip2", 0, 3, "BZh" }, { "xz", 0, 6, "\xfd" "7zXZ\0" }, { "zstd", 0, 4, "\x28\xb5\x2f\xfd" },
	{ "lz4", 0, 4, "\x04\x22\x4d\x18" }, { "lzma", 0, 5, "\x5d\0\0\x80\0" },
};

#define MAGIC_COUNT (sizeof(magics) / sizeof(magics[0]))

const char *archive_magic(const uint8_t *head, size_t n)
{
	for (size_t i = 0; i < MAGIC_COUNT; i++)
		if (n >= magics[i].at + magics[i].n &&
			memcmp(head + magics[i].at, magics[i].bytes, magics[i].n) == 0)
			return magics[i].format;
	return NULL;
}

bool archive_is_windowed(struct str name)
{
	static const char *const endings[] = { ".vhd", ".vhdx", ".avhd", ".avhdx", ".vhds", ".vmrs",
		".vsv", ".dmp", ".bin" };

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (str_iends(name, str_of(endings[i])))
			return true;
	return false;
}

struct walk {
	const struct archive_job *job;
	struct archive *ar;
	struct arena *a;
	char *block;
	bool compressed_only;        /* a single file under a filter */
	int64_t packed_before;       /* compressed bytes read when the entry began */
	uint64_t index;
};

static la_ssize_t on_read(struct archive *ar, void *data, const void **block)
{
	struct walk *w = data;
	ssize_t n;

	(void)ar;
	do
		n = read(w->job->fd, w->block, READ_BYTES);
	while (n < 0 && errno == EINTR);
	*block = w->block;
	return n;
}

static la_int64_t on_seek(struct archive *ar, void *data, la_int64_t offset, int whence)
{
	struct walk *w = data;
	off_t at = lseek(w->job->fd, offset, whence);

	(void)ar;
	return at < 0 ? ARCHIVE_FATAL : at;
}

static la_int64_t on_skip(struct archive *ar, void *data, la_int64_t n)
{
	struct walk *w = data;
	off_t before = lseek(w->job->fd, 0, SEEK_CUR), after = lseek(w->job->fd, n, SEEK_CUR);

	(void)ar;
	return before < 0 || after < 0 ? 0 : after - before;
}

static void allow_filters(struct archive *ar)
{
	archive_read_support_filter_gzip(ar);
	archive_read_support_filter_bzip2(ar);
	archive_read_support_filter_xz(ar);
	archive_read_support_filter_lzma(ar);
	archive_read_support_filter_zstd(ar);
	archive_read_support_filter_lz4(ar);
}

static void allow_formats(struct archive *ar, bool raw)
{
	archive_read_support_format_zip(ar);
	archive_read_support_format_7zip(ar);
	archive_read_support_format_cab(ar);
	archive_read_support_format_tar(ar);
	archive_read_support_format_rar(ar);
	archive_read_support_format_rar5(ar);
	archive_read_support_format_iso9660(ar);
	if (raw)
		archive_read_support_format_raw(ar);
}

static void add_passphrases(struct walk *w)
{
	struct str rest = w->job->passphrases, line;

	while (str_line(&rest, &line))
		if (line.n)
			archive_read_add_passphrase(w->ar, arena_cstr(w->a, line));
}

static bool is_filter(const char *format)
{
	static const char *const filters[] = { "gzip", "bzip2", "xz", "zstd", "lz4", "lzma" };

	for (size_t i = 0; format && i < sizeof(filters) / sizeof(filters[0]); i++)
		if (strcmp(format, filters[i]) == 0)
			return true;
	return false;
}

static int open_archive(struct walk *w, struct err *e)
{
	uint8_t head[512];
	ssize_t n = pread(w->job->fd, head, sizeof(head), 0);

	lseek(w->job->fd, 0, SEEK_SET);
	w->ar = archive_read_new();
	w->compressed_only = n > 0 && is_filter(archive_magic(head, (size_t)n));
	allow_filters(w->ar);
	allow_formats(w->ar, w->compressed_only);
	add_passphrases(w);
	archive_read_set_read_callback(w->ar, on_read);
	archive_read_set_seek_callback(w->ar, on_seek);
	archive_read_set_skip_callback(w->ar, on_skip);
	archive_read_set_callback_data(w->ar, w);
	if (archive_read_open1(w->ar) < ARCHIVE_WARN)
		return err_set(e, E_DAMAGED, "%s", archive_error_string(w->ar));
	return 0;
}

/* What libarchive says, sorted into what a person can do about it. */
static enum member_status status_of_error(const char *text)
{
	struct str s = str_of(text);

	if (str_ifind(s, STR("passphrase")) >= 0 || str_ifind(s, STR("encrypt")) >= 0 ||
		str_ifind(s, STR("crypto")) >= 0)
		return MEMBER_ENCRYPTED;
	if (str_ifind(s, STR("unsupported")) >= 0 || str_ifind(s, STR("not supported")) >= 0)
		return MEMBER_UNSUPPORTED;
	return MEMBER_FAILED;
}

static struct str explain(struct walk *w, const char *text)
{
	const char *hint = "";

	if (!text)
		text = "the archive is damaged here";
	if (status_of_error(text) == MEMBER_UNSUPPORTED)
		hint = "; repack it where it came from: 7z x ARCHIVE -oDIR && 7z a -tzip NEW.zip DIR";
	else if (status_of_error(text) == MEMBER_ENCRYPTED)
		hint = "; give --passphrase-file, or unpack it with 7z x and give the folder";
	return arena_printf(w->a, "%s%s", text, hint);
}

static struct str entry_name(struct walk *w, struct archive_entry *entry)
{
	const char *name = archive_entry_pathname_utf8(entry);

	if (!name || !utf8_valid(str_of(name)))
		name = archive_entry_pathname(entry);
	if (w->compressed_only && archive_format(w->ar) == ARCHIVE_FORMAT_RAW) {
		struct str own = str_of(w->job->name);
		ptrdiff_t dot = str_rchr(own, '.');

		if (str_iends(own, STR(".tgz")))
			return arena_printf(w->a, "%.*s.tar", (int)dot, own.p);
		return dot > 0 ? str_sub(own, 0, (size_t)dot) : STR("data");
	}
	return archive_name(w->a, str_of(name ? name : ""));
}

/* The last bytes of a stream whose head alone is kept. */
struct ring {
	char *p;
	uint64_t total;
};

static void ring_put(struct ring *r, const char *p, size_t n)
{
	if (!r->p)
		r->p = xmalloc(WINDOW_TAIL_BYTES);
	for (size_t i = n > WINDOW_TAIL_BYTES ? n - WINDOW_TAIL_BYTES : 0; i < n; i++)
		r->p[(r->total + i) % WINDOW_TAIL_BYTES] = p[i];
	r->total += n;
}

static uint64_t ring_write(const struct ring *r, int fd)
{
	uint64_t n = r->total < WINDOW_TAIL_BYTES ? r->total : WINDOW_TAIL_BYTES;
	uint64_t start = (r->total - n) % WINDOW_TAIL_BYTES, first = WINDOW_TAIL_BYTES - start;

	if (first > n)
		first = n;
	if (!r->p || write(fd, r->p + start, first) != (ssize_t)first ||
		write(fd, r->p, n - first) != (ssize_t)(n - first))
		return 0;
	return n;
}

struct unpack {
	struct walk *w;
	struct archive_entry_info *info;
	struct sha256 *hash;
	struct ring tail;
	uint64_t limit, keep;        /* unpacked bytes allowed; bytes kept from the start */
	bool spooled;
};

static void fail(struct unpack *u, enum member_status status, struct str why)
{
	u->info->error = why;
	u->info->status = status;
}

/* What is too large for memory goes on in an unlinked file of the parent's. */
static bool move_to_spool(struct unpack *u)
{
	int spool = u->w->job->spool ? u->w->job->spool(u->w->job->to) : -1;
	off_t at = 0, size = (off_t)u->info->held;
	char *block = xmalloc(READ_BYTES);

	while (spool >= 0 && at < size) {
		ssize_t n = pread(u->info->fd, block, READ_BYTES, at);

		if (n <= 0 || write(spool, block, (size_t)n) != n)
			break;
		at += n;
	}
	free(block);
	if (spool < 0 || at < size) {
		if (spool >= 0)
			close(spool);
		fail(u, MEMBER_LIMIT, STR("too large for memory, and no work file could be made for it"));
		return false;
	}
	close(u->info->fd);
	u->info->fd = spool;
	u->spooled = true;
	return true;
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

static bool keep_bytes(struct unpack *u, const char *p, size_t n)
{
	size_t room = u->keep > u->info->held ? (size_t)(u->keep - u->info->held) : 0;
	size_t part = n < room ? n : room;

	if (u->info->fd < 0)
		return true;
	if (!u->spooled && u->info->held + part > u->w->job->limits->memory_bytes && !move_to_spool(u))
		return false;
	if (!write_all(u->info->fd, p, part)) {
		fail(u, MEMBER_LIMIT, arena_printf(u->w->a, "no room for its bytes: %s", strerror(errno)));
		return false;
	}
	u->info->held += part;
	if (part < n)
		ring_put(&u->tail, p + part, n - part);
	return true;
}

static bool within_limits(struct unpack *u)
{
	const struct ingest_limits *l = u->w->job->limits;
	uint64_t packed = (uint64_t)(archive_filter_bytes(u->w->ar, -1) - u->w->packed_before);

	if (u->info->size > u->limit) {
		fail(u, MEMBER_LIMIT, u->limit < l->member_bytes ?
			arena_printf(u->w->a, "the limit of %llu unpacked bytes in all is reached (--max-total)",
				(unsigned long long)l->total_bytes) :
			arena_printf(u->w->a, "larger than %llu bytes (--max-member)",
				(unsigned long long)l->member_bytes));
		return false;
	}
	if (u->info->size > RATIO_FREE_BYTES && u->info->size / (packed ? packed : 1) > l->ratio) {
		fail(u, MEMBER_LIMIT, arena_printf(u->w->a,
			"unpacks to more than %llu times its packed size (--max-ratio)",
			(unsigned long long)l->ratio));
		return false;
	}
	return true;
}

/* Reads the entry's bytes; a hole of a sparse entry counts as zeros. */
static void unpack_data(struct unpack *u)
{
	char *block = xmalloc(READ_BYTES);

	for (;;) {
		la_ssize_t n = archive_read_data(u->w->ar, block, READ_BYTES);

		if (n == 0)
			break;
		if (n < 0) {
			const char *text = archive_error_string(u->w->ar);
			enum member_status status = status_of_error(text ? text : "");

			fail(u, u->info->size && status == MEMBER_FAILED ? MEMBER_PARTLY : status,
				explain(u->w, text));
			break;
		}
		u->info->size += (uint64_t)n;
		sha256_add(u->hash, block, (size_t)n);
		if (!within_limits(u) || !keep_bytes(u, block, (size_t)n))
			break;
	}
	free(block);
}

static bool wants_bytes(const struct walk *w, struct str name)
{
	if (w->job->only.n)
		return str_eq(name, w->job->only) || (str_starts(w->job->only, name) &&
			str_starts(str_from(w->job->only, name.n), STR("!/")));
	return true;
}

static void unpack_entry(struct walk *w, struct archive_entry_info *info)
{
	struct unpack u = { .w = w, .info = info, .hash = sha256_new(), .keep = UINT64_MAX };

	u.limit = w->job->limits->member_bytes;
	if (w->job->room && w->job->room(w->job->to) < u.limit)
		u.limit = w->job->room(w->job->to);
	if (archive_is_windowed(info->name))
		u.keep = WINDOW_HEAD_BYTES;
	info->fd = memfd_create("member", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	info->status = MEMBER_PARSED;
	unpack_data(&u);
	if (u.tail.total)
		info->tail = ring_write(&u.tail, info->fd);
	free(u.tail.p);
	sha256_end(u.hash, info->sha256);
	if (info->status != MEMBER_PARSED && info->status != MEMBER_PARTLY && info->fd >= 0) {
		close(info->fd);
		info->fd = -1;
	}
	if (info->status != MEMBER_PARSED)
		info->sha256[0] = '\0';
}

static const char *kind_words(struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry) || archive_entry_filetype(entry) == AE_IFLNK)
		return "a link; it is listed and not followed";
	return archive_entry_filetype(entry) == AE_IFDIR ? "" : "a device or the like";
}

static bool do_entry(struct walk *w, struct archive_entry *entry)
{
	struct archive_entry_info info = { .index = w->index, .fd = -1, .error = STR(""),
		.modified_100ns = TIME_NONE, .name = entry_name(w, entry) };
	bool regular = archive_entry_filetype(entry) == AE_IFREG && !archive_entry_hardlink(entry);

	if (archive_entry_mtime_is_set(entry))
		info.modified_100ns = archive_entry_mtime(entry) * TICKS_SECOND + TICKS_UNIX_EPOCH;
	if (info.name.n > w->job->limits->name_bytes) {
		info.error = arena_printf(w->a, "its name has %zu bytes (--max-name)", info.name.n);
		info.name = str_sub(info.name, 0, w->job->limits->name_bytes);
		info.status = MEMBER_LIMIT;
	} else if (!regular && archive_entry_filetype(entry) != 0) {
		info.status = MEMBER_LISTED;
		info.error = str_of(kind_words(entry));
	} else if (wants_bytes(w, info.name)) {
		if (w->job->start && !w->job->start(w->job->to, w->index, info.name))
			return false;
		unpack_entry(w, &info);
	} else {
		return true;
	}
	return w->job->entry(w->job->to, &info);
}

static int walk_entries(struct walk *w, struct err *e)
{
	for (;; w->index++) {
		struct archive_entry *entry;
		int rc;

		w->packed_before = archive_filter_bytes(w->ar, -1);
		rc = archive_read_next_header(w->ar, &entry);
		if (rc == ARCHIVE_EOF)
			return 0;
		if (rc == ARCHIVE_RETRY)
			continue;
		if (rc < ARCHIVE_WARN)
			return err_set(e, status_of_error(archive_error_string(w->ar)) == MEMBER_FAILED ?
				E_DAMAGED : E_UNSUPPORTED, "%.*s",
				STR_ARG(explain(w, archive_error_string(w->ar))));
		if (w->index >= w->job->first_index && !do_entry(w, entry))
			return 0;
	}
}

int archive_walk(const struct archive_job *job, struct str *format, struct arena *a, struct err *e)
{
	struct walk w = { .job = job, .a = a, .block = xmalloc(READ_BYTES) };
	int rc = open_archive(&w, e);

	if (!rc)
		rc = walk_entries(&w, e);
	*format = arena_str(a, str_of(archive_format_name(w.ar) ? archive_format_name(w.ar) : ""));
	archive_read_free(w.ar);
	free(w.block);
	return rc;
}
