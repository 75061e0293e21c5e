/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/ingest/archive_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "analyzer/ingest/archive_name.h"
#include "analyzer/base/text.h"

#define READ_BYTES ((size_t)1024 * 1024)
#define STAMP_MIN_S INT64_C(-11644473600)   /* 1601 */
#define STAMP_MAX_S INT64_C(253402300799)   /* 9999 */

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

/* Before POSIX, tar had no magic: a header is known by its checksum. */
static bool is_old_tar(const uint8_t *head)
{
	uint64_t told = 0, sum = 0;
	struct str digits = str_trim(str_make((const char *)head + 148, 6));

	for (size_t i = 0; i < 512; i++)
		sum += i >= 148 && i < 156 ? ' ' : head[i];
	return head[0] && str_to_u64(digits, 8, &told) && told == sum;
}

const char *archive_format_of(int fd)
{
	uint8_t head[512], iso[5];
	ssize_t n = pread(fd, head, sizeof(head), 0);
	const char *format = n > 0 ? archive_magic(head, (size_t)n) : NULL;

	if (!format && n == sizeof(head) && is_old_tar(head))
		format = "tar";
	if (!format && pread(fd, iso, sizeof(iso), 32769) == sizeof(iso) &&
		memcmp(iso, "CD001", sizeof(iso)) == 0)
		format = "iso";
	return format;
}

static la_ssize_t on_read(struct archive *ar, void *data, const void **block)
{
	struct walk *w = data;
	ssize_t n;

	(void)ar;
	do
		n = read(w->job->fd, w->block, READ_BYTES);
	while (n < 0 && errno == EINTR);
	++*w->job->heartbeat;
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

enum member_status archive_status(const char *text)
{
	static const struct {
		const char *word;
		enum member_status status;
	} words[] = { { "passphrase", MEMBER_ENCRYPTED }, { "encrypt", MEMBER_ENCRYPTED },
		{ "crypto", MEMBER_ENCRYPTED }, { "unsupported", MEMBER_UNSUPPORTED },
		{ "not supported", MEMBER_UNSUPPORTED }, { "unavailable", MEMBER_UNSUPPORTED } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_ifind(str_of(text), str_of(words[i].word)) >= 0)
			return words[i].status;
	return MEMBER_FAILED;
}

struct str archive_explain(struct walk *w, const char *text)
{
	bool zip = (archive_format(w->ar) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP;
	enum member_status status;

	if (!text)
		text = "the archive is damaged here";
	status = w->encrypted ? MEMBER_ENCRYPTED : archive_status(text);
	if (status == MEMBER_UNSUPPORTED)
		return arena_printf(w->a, "%s%s; repack it: 7z x '%s' -oDIR && 7z a -tzip NEW.zip ./DIR/*",
			text, str_ifind(str_of(text), STR("deflation-64")) >= 0 ?
				" (Deflate64, which Windows Explorer uses for large files)" : "", w->job->name);
	if (status == MEMBER_ENCRYPTED && zip)
		return arena_printf(w->a, "%s; give its passphrase with --passphrase-file", text);
	if (status == MEMBER_ENCRYPTED)
		return arena_printf(w->a, "%s; it is encrypted: 7z x '%s' -oDIR asks for the passphrase; "
			"then give the folder", text, w->job->name);
	return arena_str(w->a, str_of(text));
}

/* UTF-16 that is no valid Unicode: a lone surrogate keeps a form of its own. */
static struct str wide_name(struct walk *w, const wchar_t *wide)
{
	struct buf b = { 0 };
	struct str name;

	for (; wide && *wide; wide++)
		buf_utf8(&b, *wide == '\\' ? '/' : (uint32_t)*wide);
	name = arena_str(w->a, buf_str(&b));
	buf_free(&b);
	return name;
}

static struct str entry_name(struct walk *w, struct archive_entry *entry)
{
	const char *name = archive_entry_pathname_utf8(entry);
	struct str text;

	if (!name || !utf8_valid(str_of(name)))
		name = archive_entry_pathname(entry);
	if (w->compressed_only && archive_format(w->ar) == ARCHIVE_FORMAT_RAW) {
		struct str own = str_of(w->job->name);
		ptrdiff_t dot = str_rchr(own, '.');

		if (str_iends(own, STR(".tgz")))
			return arena_printf(w->a, "%.*s.tar", (int)dot, own.p);
		return dot > 0 ? str_sub(own, 0, (size_t)dot) : STR("data");
	}
	text = name ? archive_name(w->a, str_of(name)) : wide_name(w, archive_entry_pathname_w(entry));
	while (text.n > 1 && str_ends(text, STR("/")))
		text.n--;
	return text.n ? text : arena_printf(w->a, "entry-%llu", (unsigned long long)w->index);
}

/* Whether `path` is `name`, a twin of it ("name#2"), or lies in the archive of that name. */
static bool leads_to(struct str name, struct str path)
{
	struct str rest;

	if (!str_starts(path, name))
		return false;
	rest = str_from(path, name.n);
	if (str_starts(rest, STR("#")))
		for (rest = str_from(rest, 1); rest.n && rest.p[0] >= '0' && rest.p[0] <= '9';)
			rest = str_from(rest, 1);
	return rest.n == 0 || str_starts(rest, STR("!/"));
}

static const char *kind_words(struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry) || archive_entry_filetype(entry) == AE_IFLNK)
		return "a link: it is listed and not followed";
	return archive_entry_filetype(entry) == AE_IFDIR ? "" : "a device or the like";
}

static bool do_entry(struct walk *w, struct archive_entry *entry)
{
	struct archive_entry_info info = { .index = w->index, .fd = -1, .error = STR(""),
		.modified_100ns = TIME_NONE, .name = entry_name(w, entry) };
	bool regular = archive_entry_filetype(entry) == AE_IFREG && !archive_entry_hardlink(entry);

	w->encrypted = archive_entry_is_encrypted(entry);
	if (archive_entry_mtime_is_set(entry) && archive_entry_mtime(entry) >= STAMP_MIN_S &&
		archive_entry_mtime(entry) <= STAMP_MAX_S)
		info.modified_100ns = archive_entry_mtime(entry) * TICKS_SECOND + TICKS_UNIX_EPOCH;
	if (info.name.n > w->job->limits->name_bytes) {
		info.error = arena_printf(w->a, "its name has %zu bytes (--max-name)", info.name.n);
		info.name = str_sub(info.name, 0, w->job->limits->name_bytes);
		info.status = MEMBER_LIMIT;
	} else if (!regular && (archive_entry_filetype(entry) != 0 || archive_entry_hardlink(entry))) {
		info.status = MEMBER_LISTED;
		info.error = str_of(kind_words(entry));
	} else if (!w->job->only.n || leads_to(info.name, w->job->only)) {
		if (w->job->start && !w->job->start(w->job->to, w->index, info.name))
			return false;
		archive_unpack(w, &info);
	} else {
		return true;
	}
	return w->job->entry(w->job->to, &info);
}

/* Hostile archives have many long names: what an entry needs is freed with it. */
static bool visit_entry(struct walk *w, struct archive_entry *entry)
{
	bool more;

	w->a = arena_new();
	more = do_entry(w, entry);
	arena_free(w->a);
	w->a = w->all;
	return more;
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
			return err_set(e, archive_status(archive_error_string(w->ar)) == MEMBER_FAILED ?
				E_DAMAGED : E_UNSUPPORTED, "%.*s",
				STR_ARG(archive_explain(w, archive_error_string(w->ar))));
		if (w->index >= w->job->first_index && !visit_entry(w, entry))
			return 0;
		if (w->stop)
			return err_set(e, E_LIMIT, "what follows '%.*s' is not unpacked, for a limit stopped it",
				STR_ARG(archive_name(w->a, str_of(archive_entry_pathname(entry)))));
	}
}

int archive_walk(const struct archive_job *job, struct str *format, struct arena *a, struct err *e)
{
	struct walk w = { .job = job, .a = a, .all = a, .block = xmalloc(READ_BYTES) };
	int rc = open_archive(&w, e);

	if (!rc)
		rc = walk_entries(&w, e);
	*format = arena_str(a, str_of(archive_format_name(w.ar) ? archive_format_name(w.ar) : ""));
	archive_read_free(w.ar);
	free(w.block);
	return rc;
}
