/* SPDX-License-Identifier: Apache-2.0 */
#include <locale.h>

#include "tests/ingest_make.h"

static const struct str one = { "one", 3 }, two = { "two!", 4 };

static void run_zip(struct run *r, const struct zip_member *m, size_t n)
{
	struct buf z = { 0 };

	run_start(r);
	zip_make(&z, m, n);
	run_bundle(r, "b.zip", buf_str(&z));
	run_go(r);
	cr_assert_eq(r->rc, 0, "%s", r->e.text);
	buf_free(&z);
}

Test(ingest_names, utf8_stays_and_other_bytes_are_code_page_437)
{
	struct zip_member m[] = { { .name = STR("gr\x81\xe1"), .bytes = one },
		{ .name = STR("\xc3\xbc" "ber\xe2\x82\xac"), .bytes = two, .flags = 0x800 } };
	struct run r;

	run_zip(&r, m, 2);
	expect_bytes(&r, "gr\xc3\xbc\xc3\x9f", one);
	expect_bytes(&r, "\xc3\xbc" "ber\xe2\x82\xac", two);
	run_end(&r);
}

Test(ingest_names, sevenzip_names_are_utf16)
{
	struct buf b = { 0 };
	struct run r;
	struct pack p;

	run_start(&r);
	cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
	p = pack_open(&b, "7zip", NULL, NULL, NULL);
	pack_file(&p, "\xe4\xb8\xad\xe6\x96\x87/\xc3\xa9.dat", one);
	pack_close(&p);
	setlocale(LC_CTYPE, "C");
	run_bundle(&r, "b.7z", buf_str(&b));
	run_go(&r);
	expect_bytes(&r, "\xe4\xb8\xad\xe6\x96\x87/\xc3\xa9.dat", one);
	run_end(&r);
	buf_free(&b);
}

Test(ingest_names, backslash_separates)
{
	struct zip_member m = { .name = STR("a\\b\\c.dat"), .bytes = one };
	struct run r;

	run_zip(&r, &m, 1);
	expect_bytes(&r, "a/b/c.dat", one);
	cr_expect(str_eq(run_get(&r, "a/b/c.dat")->name, STR("c.dat")));
	run_end(&r);
}

Test(ingest_names, hostile_names_are_names_and_nothing_else)
{
	struct buf evtx = { 0 };
	struct zip_member m[] = { { .name = STR("../../up.evtx") }, { .name = STR("/tmp/abs.evtx") },
		{ .name = STR("C:\\Windows\\drive.evtx") }, { .name = STR("a\nb\x1b[31m.evtx") } };
	struct run r;

	evtx_make(&evtx, 1, 2);
	for (size_t i = 0; i < 4; i++)
		m[i].bytes = buf_str(&evtx);
	run_zip(&r, m, 4);
	expect_bytes(&r, "../../up.evtx", buf_str(&evtx));
	expect_bytes(&r, "/tmp/abs.evtx", buf_str(&evtx));
	expect_bytes(&r, "C:/Windows/drive.evtx", buf_str(&evtx));
	cr_expect_eq(r.ev.members.n, 4);
	cr_expect_eq(run_events(&r), 8);
	cr_expect_neq(access("/tmp/abs.evtx", F_OK), 0);
	run_end(&r);
	buf_free(&evtx);
}

Test(ingest_names, twins_are_kept_apart)
{
	struct zip_member m[] = { { .name = STR("a.dat"), .bytes = one },
		{ .name = STR("a.dat"), .bytes = two }, { .name = STR("A.DAT"), .bytes = two },
		{ .name = STR("a.dat"), .bytes = one } };
	uint64_t size = 0;
	struct run r;
	int fd = -1;

	run_zip(&r, m, 4);
	cr_expect_eq(r.ev.members.n, 4, "%s", run_paths(&r).p);
	expect_bytes(&r, "a.dat", one);
	expect_bytes(&r, "a.dat#2", two);
	expect_bytes(&r, "a.dat#3", one);
	cr_expect(str_eq(run_get(&r, "a.dat#2")->name, STR("a.dat")));
	cr_assert_eq(ingest_fetch(&r.o, r.bundles.v, 1, STR("a.dat#2"), &fd, &size, &r.e), 0, "%s",
		r.e.text);
	cr_expect_eq(size, two.n);
	close(fd);
	expect_bytes(&r, "A.DAT", two);
	run_end(&r);
}

Test(ingest_names, links_and_devices_are_listed)
{
	struct buf b = { 0 };
	struct pack p = pack_open(&b, "pax", NULL, NULL, NULL);
	struct run r;

	run_start(&r);
	pack_file(&p, "real.dat", one);
	pack_add(&p, "soft", AE_IFLNK, "/etc/passwd", STR(""));
	pack_add(&p, "hard", AE_IFREG, "real.dat", STR(""));
	pack_add(&p, "dev", AE_IFCHR, NULL, STR(""));
	pack_add(&p, "fifo", AE_IFIFO, NULL, STR(""));
	pack_close(&p);
	run_bundle(&r, "b.tar", buf_str(&b));
	run_go(&r);
	expect_bytes(&r, "real.dat", one);
	expect_status(&r, "soft", MEMBER_LISTED, NULL);
	expect_status(&r, "hard", MEMBER_LISTED, NULL);
	expect_status(&r, "dev", MEMBER_LISTED, NULL);
	expect_status(&r, "fifo", MEMBER_LISTED, NULL);
	run_end(&r);
	buf_free(&b);
}

Test(ingest_names, a_link_in_a_zip_is_listed)
{
	struct zip_member m = { .name = STR("link"), .bytes = STR("/etc/passwd"), .mode = 0120777 };
	struct run r;

	run_zip(&r, &m, 1);
	expect_status(&r, "link", MEMBER_LISTED, NULL);
	run_end(&r);
}

Test(ingest_names, the_order_is_that_of_bytes)
{
	struct zip_member m[] = { { .name = STR("b"), .bytes = one }, { .name = STR("a/z"), .bytes = one },
		{ .name = STR("a.x"), .bytes = one }, { .name = STR("B"), .bytes = one } };
	struct run r;

	run_zip(&r, m, 4);
	for (size_t i = 1; i < r.ev.members.n; i++)
		cr_expect_lt(str_cmp(r.ev.members.v[i - 1].path, r.ev.members.v[i].path), 0);
	run_end(&r);
}

Test(ingest_names, a_stamp_is_civil_time)
{
	struct zip_member m = { .name = STR("a"), .bytes = one };   /* 2024-05-14 12:00:00 DOS */
	const struct member *got;
	struct civil c;
	struct run r;

	run_zip(&r, &m, 1);
	got = run_get(&r, "a");
	cr_assert_neq(got->modified_100ns, TIME_NONE);
	civil_from_ticks(got->modified_100ns, &c);
	cr_expect(c.year == 2024 && c.month == 5 && c.day == 14 && c.hour == 12, "%d-%d-%d %d",
		c.year, c.month, c.day, c.hour);
	run_end(&r);
}
