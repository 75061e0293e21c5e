/* SPDX-License-Identifier: Apache-2.0 */
/* Real EVTX files: shown as XML, with bytes changed, and through the second reader. */
#include <expat.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parsers/evtx/evtx.h"
#include "tests/evtx_rows.h"

/* libevtx leaves parts of damaged records behind: its own affair, as are the runner's. */
__attribute__((weak)) const char *__lsan_default_suppressions(void);
__attribute__((weak)) const char *__lsan_default_suppressions(void)
{
	return "leak:libevtx\nleak:libcriterion";
}

__attribute__((weak)) const char *__lsan_default_options(void);
__attribute__((weak)) const char *__lsan_default_options(void)
{
	return "print_suppressions=0";
}

static uint8_t *corpus_file(const char *name, size_t *n)
{
	const char *shared = getenv("CASELINE_SHARED");
	char *path;
	struct stat st;
	uint8_t *p;
	int fd;

	cr_assert(asprintf(&path, "%s/corpus/evtx/%s", shared ? shared : "../shared", name) > 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		cr_skip_test("no corpus: %s", path);
	free(path);
	cr_assert_eq(fstat(fd, &st), 0);
	*n = (size_t)st.st_size;
	p = mmap(NULL, *n, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	close(fd);
	cr_assert(p != MAP_FAILED);
	return p;
}

static void expect_well_formed(const struct rows *r, const struct member_view *m)
{
	const struct parser *evtx = parser_find(STR("evtx"));

	for (size_t i = 0; i < r->n; i++) {
		struct row row = rows_row(r, i);
		XML_Parser x = XML_ParserCreate("UTF-8");
		struct buf out = { 0 };
		struct err e = { 0 };

		cr_assert_eq(evtx->show(m, row.number, row.offset, &out, &e), 0);
		cr_assert(XML_Parse(x, out.p, (int)out.n, 1) == XML_STATUS_OK, "record %zu: %s", i,
			XML_ErrorString(XML_GetErrorCode(x)));
		cr_assert(!memmem(out.p, out.n, "breaks off", 10) || row.flags, "record %zu", i);
		XML_ParserFree(x);
		buf_free(&out);
	}
}

static const char *const hard_files[] = {
	"omerbenamram-evtx/samples/2-system-Microsoft-Windows-LiveId%4Operational.evtx",
	"omerbenamram-evtx/samples/2-vss_0-Microsoft-Windows-RemoteDesktopServices-RdpCoreTS"
	"%4Operational.evtx",
	"omerbenamram-evtx/samples/E_ShadowCopy6_windows_system32_winevt_logs_Microsoft-Windows-"
	"CAPI2%4Operational.evtx",
	"omerbenamram-evtx/samples/sample_with_a_bad_chunk_magic.evtx",
	"omerbenamram-evtx/samples/security.evtx", "python-evtx/tests/data/issue_43.evtx",
	"python-evtx/tests/data/dns_log_malformed.evtx",
};

Test(evtx_real, xml_of_real_records_is_well_formed, .timeout = 60)
{
	for (size_t i = 0; i < sizeof(hard_files) / sizeof(hard_files[0]); i++) {
		size_t n;
		uint8_t *p = corpus_file(hard_files[i], &n);
		struct member_view m = { .data = p, .held = n, .size = n };
		struct rows r = rows_of(p, n);

		expect_well_formed(&r, &m);
		rows_free(&r);
		munmap(p, n);
	}
}

Test(evtx_real, real_files_with_bytes_changed_do_no_harm, .timeout = 60)
{
	uint32_t random = 7;
	size_t n;
	uint8_t *p = corpus_file(hard_files[3], &n);

	n = n < 4 * 65536 + 4096 ? n : 4 * 65536 + 4096;
	for (int round = 0; round < 60; round++) {
		struct rows r;

		for (int i = 0; i < 100; i++) {
			random = random * 1664525 + 1013904223;
			p[4096 + (random >> 4) % (n - 4096)] = (uint8_t)(random >> 11);
		}
		r = rows_of(p, n);
		rows_free(&r);
	}
	munmap(p, n);
}

/* Two rows of two segments hold the same. */
static void expect_same_row(const struct rows *a, size_t i, const struct rows *b, size_t k)
{
	static char ours[1000], theirs[1000];
	struct row x = rows_row(a, i), y = rows_row(b, k);

	cr_assert_eq(x.number, y.number);
	cr_assert_eq(x.offset, y.offset);
	cr_assert_eq(x.time_100ns, y.time_100ns);
	cr_assert_eq(x.flags, y.flags);
	cr_assert_str_eq(rows_fields(a, i, ours), rows_fields(b, k, theirs));
}

Test(evtx_real, ranges_of_chunks_give_the_rows_of_the_whole, .timeout = 60)
{
	for (size_t i = 0; i < sizeof(hard_files) / sizeof(hard_files[0]); i++) {
		size_t n, next = 0;
		uint8_t *p = corpus_file(hard_files[i], &n);
		struct rows whole = rows_of(p, n);

		for (uint64_t from = 0; from < n;) {
			uint64_t to = from ? from + 3 * 65536 : 4096 + 65536;
			struct rows part = rows_of_range(p, n, from, to < n ? to : n);

			for (size_t k = 0; k < part.n; k++)
				expect_same_row(&whole, next++, &part, k);
			rows_free(&part);
			from = to;
		}
		cr_assert_eq(next, whole.n);
		rows_free(&whole);
		munmap(p, n);
	}
}

/* ---- The second reader ---- */

Test(evtx_real, the_second_reader_gives_the_same_records_without_names)
{
	size_t n;
	uint8_t *p = corpus_file("python-evtx/tests/data/system.evtx", &n);
	struct rows ours = rows_of(p, n), theirs;

	evtx_use_second_reader(true);
	theirs = rows_of(p, n);
	evtx_use_second_reader(false);
	cr_assert_eq(ours.n, theirs.n);
	for (size_t i = 0; i < ours.n; i++) {
		struct row a = rows_row(&ours, i), b = rows_row(&theirs, i);

		cr_assert_eq(b.flags, ROW_SECOND_READER);
		cr_assert_eq(a.number, b.number);
		cr_assert_eq(a.offset, b.offset, "%lu %lu", a.offset, b.offset);
		cr_assert_eq(rows_kind(&ours, i)->id, rows_kind(&theirs, i)->id);
		cr_assert_eq(rows_kind(&ours, i)->qualifiers, rows_kind(&theirs, i)->qualifiers);
		cr_assert(str_eq(rows_kind(&theirs, i)->provider, rows_kind(&ours, i)->provider) ||
			str_eq(rows_kind(&theirs, i)->provider, rows_kind(&ours, i)->source));
		cr_assert(str_eq(a.user, b.user));
	}
	rows_free(&ours);
	rows_free(&theirs);
	munmap(p, n);
}
