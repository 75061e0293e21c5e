/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/ingest_make.h"

static const struct str one = { "first line\r\nsecond line\r\n", 25 };
static const struct str two = { "\x01\x02\x03\x04 bytes that mean nothing", 28 };

/* Two members, one of them in a folder, and an EVTX of three events. */
static void expect_three(const struct run *r)
{
	cr_assert_eq(r->rc, 0, "%s", r->e.text);
	expect_bytes(r, "one.dat", one);
	expect_bytes(r, "deep/two.dat", two);
	expect_status(r, "System.evtx", MEMBER_PARSED, NULL);
	cr_expect(str_eq(run_get(r, "System.evtx")->type, STR("evtx")));
	cr_expect(str_eq(run_get(r, "System.evtx")->parser, STR("evtx")));
	cr_expect_eq(run_get(r, "System.evtx")->events, 3);
	cr_expect_eq(run_events(r), 3);
	cr_expect_eq(r->ev.losses.n, 0, "%s", run_paths(r).p);
	cr_expect_eq(r->ev.bundles.n, 1);
	cr_expect_eq(strlen(r->ev.bundles.v[0].sha256), 64);
	cr_expect(!r->ev.wall_clock_struck);
}

static void pack_three(struct buf *out, const char *format, const char *filter)
{
	struct pack p = pack_open(out, format, filter, NULL, NULL);
	struct buf evtx = { 0 };

	evtx_make(&evtx, 1, 3);
	pack_file(&p, "one.dat", one);
	pack_file(&p, "deep/two.dat", two);
	pack_file(&p, "System.evtx", buf_str(&evtx));
	pack_close(&p);
	buf_free(&evtx);
}

static void read_format(const char *format, const char *filter, const char *name)
{
	struct buf b = { 0 };
	struct run r;

	run_start(&r);
	pack_three(&b, format, filter);
	run_bundle(&r, name, buf_str(&b));
	run_go(&r);
	expect_three(&r);
	run_end(&r);
	buf_free(&b);
}

Test(ingest_formats, zip) { read_format("zip", NULL, "b.zip"); }
Test(ingest_formats, sevenzip) { read_format("7zip", NULL, "b.7z"); }
Test(ingest_formats, tar) { read_format("ustar", NULL, "b.tar"); }
Test(ingest_formats, tar_gzip) { read_format("ustar", "gzip", "b.tar.gz"); }
Test(ingest_formats, tar_bzip2) { read_format("pax", "bzip2", "b.tar.bz2"); }
Test(ingest_formats, tar_xz) { read_format("ustar", "xz", "b.tar.xz"); }
Test(ingest_formats, tar_zstd) { read_format("ustar", "zstd", "b.tar.zst"); }
Test(ingest_formats, tar_lz4) { read_format("ustar", "lz4", "b.tar.lz4"); }
Test(ingest_formats, tar_lzma) { read_format("ustar", "lzma", "b.tar.lzma"); }
Test(ingest_formats, an_iso_image_with_its_folders)
{
	struct buf b = { 0 };
	struct run r;

	run_start(&r);
	pack_three(&b, "iso9660", NULL);
	run_bundle(&r, "b.iso", buf_str(&b));
	run_go(&r);
	expect_three(&r);
	expect_status(&r, "deep", MEMBER_LISTED, NULL);
	run_end(&r);
	buf_free(&b);
}

Test(ingest_formats, a_name_says_nothing) { read_format("zip", NULL, "bundle.dat"); }

typedef void (*maker)(struct buf *b, const struct zip_member *members, size_t n);

static void read_handmade(maker make, const char *name, const char *type)
{
	struct zip_member m[] = { { .name = STR("one.dat"), .bytes = one },
		{ .name = STR("deep\\two.dat"), .bytes = two } };
	struct zip_member outer = { .name = str_of(name) };
	struct buf b = { 0 }, z = { 0 };
	struct run r;

	run_start(&r);
	make(&b, m, 2);
	outer.bytes = buf_str(&b);
	zip_make(&z, &outer, 1);
	run_bundle(&r, "b.zip", buf_str(&z));
	run_go(&r);
	expect_status(&r, name, MEMBER_CONTAINER, NULL);
	cr_expect(str_eq(run_get(&r, name)->type, str_of(type)));
	expect_bytes(&r, arena_printf(r.a, "%s!/one.dat", name).p, one);
	expect_bytes(&r, arena_printf(r.a, "%s!/deep/two.dat", name).p, two);
	expect_bytes(&r, name, buf_str(&b));
	run_end(&r);
	buf_free(&b);
	buf_free(&z);
}

Test(ingest_formats, cabinet_in_a_zip) { read_handmade(cab_make, "x.cab", "cab"); }
Test(ingest_formats, rar_in_a_zip) { read_handmade(rar5_make, "x.rar", "rar"); }
Test(ingest_formats, zip_in_a_zip) { read_handmade(zip_make, "x.zip", "zip"); }

Test(ingest_formats, a_single_compressed_file_is_read)
{
	struct buf evtx = { 0 }, gz = { 0 };
	struct pack p = pack_open(&gz, "raw", "gzip", NULL, NULL);
	struct run r;

	run_start(&r);
	evtx_make(&evtx, 2, 5);
	pack_file(&p, "x", buf_str(&evtx));
	pack_close(&p);
	run_bundle(&r, "Security.evtx.gz", buf_str(&gz));
	run_go(&r);
	expect_bytes(&r, "Security.evtx", buf_str(&evtx));
	expect_status(&r, "Security.evtx", MEMBER_PARSED, NULL);
	cr_expect_eq(run_events(&r), 10);
	run_end(&r);
	buf_free(&evtx);
	buf_free(&gz);
}

Test(ingest_formats, a_log_alone_is_a_bundle)
{
	struct buf evtx = { 0 };
	struct run r;

	run_start(&r);
	evtx_make(&evtx, 1, 7);
	run_bundle(&r, "HV01-System.evtx", buf_str(&evtx));
	run_go(&r);
	cr_expect_eq(r.rc, 0, "%s", r.e.text);
	cr_expect_eq(r.ev.members.n, 1);
	expect_bytes(&r, "HV01-System.evtx", buf_str(&evtx));
	cr_expect_eq(run_events(&r), 7);
	cr_expect_str_eq(r.ev.bundles.v[0].sha256, r.ev.members.v[0].sha256);
	run_end(&r);
	buf_free(&evtx);
}

Test(ingest_formats, a_folder_reads_as_its_zip)
{
	struct buf evtx = { 0 }, inner = { 0 };
	struct zip_member m = { .name = STR("in.evtx") };
	struct run r;

	run_start(&r);
	evtx_make(&evtx, 1, 4);
	m.bytes = buf_str(&evtx);
	zip_make(&inner, &m, 1);
	run_file(&r, "f/sub/System.evtx", buf_str(&evtx));
	run_file(&r, "f/nested.zip", buf_str(&inner));
	run_file(&r, "f/empty.txt", STR(""));
	vec_push(&r.bundles, arena_printf(r.a, "%s/f", r.dir).p);
	run_go(&r);
	cr_expect_eq(r.rc, 0, "%s", r.e.text);
	expect_bytes(&r, "sub/System.evtx", buf_str(&evtx));
	expect_bytes(&r, "nested.zip!/in.evtx", buf_str(&evtx));
	expect_status(&r, "nested.zip", MEMBER_CONTAINER, NULL);
	expect_bytes(&r, "nested.zip", buf_str(&inner));
	expect_status(&r, "empty.txt", MEMBER_EMPTY, NULL);
	cr_expect_eq(run_events(&r), 8);
	cr_expect(str_eq(r.ev.bundles.v[0].name, STR("f")));
	run_end(&r);
	buf_free(&evtx);
	buf_free(&inner);
}

Test(ingest_formats, links_in_a_folder_are_listed_and_not_followed)
{
	struct run r;
	char link[128];

	run_start(&r);
	run_file(&r, "outside.evtx", STR("ElfFile"));
	run_file(&r, "f/a.txt", one);
	snprintf(link, sizeof(link), "%s/f/link.evtx", r.dir);
	cr_assert_eq(symlink("../outside.evtx", link), 0);
	snprintf(link, sizeof(link), "%s/f/root", r.dir);
	cr_assert_eq(symlink("/", link), 0);
	snprintf(link, sizeof(link), "%s/f/pipe", r.dir);
	cr_assert_eq(mkfifo(link, 0600), 0);
	vec_push(&r.bundles, arena_printf(r.a, "%s/f", r.dir).p);
	run_go(&r);
	expect_status(&r, "link.evtx", MEMBER_LISTED, NULL);
	expect_status(&r, "root", MEMBER_LISTED, NULL);
	expect_status(&r, "pipe", MEMBER_LISTED, NULL);
	expect_bytes(&r, "a.txt", one);
	run_end(&r);
}

Test(ingest_formats, standard_input_is_spooled_and_read)
{
	struct buf b = { 0 };
	struct run r;
	const char *path;
	int fds[2];

	run_start(&r);
	pack_three(&b, "7zip", NULL);
	path = run_file(&r, "x.7z", buf_str(&b));
	cr_assert_eq(pipe(fds), 0);
	cr_assert_eq(write(fds[1], b.p, b.n < 65536 ? b.n : 65536), (ssize_t)(b.n < 65536 ? b.n : 65536));
	close(fds[1]);
	if (b.n > 65536) {   /* more than a pipe takes at once: then from the file */
		close(fds[0]);
		fds[0] = open(path, O_RDONLY | O_CLOEXEC);
	}
	dup2(fds[0], STDIN_FILENO);
	vec_push(&r.bundles, "-");
	run_go(&r);
	expect_three(&r);
	cr_expect(str_eq(r.ev.bundles.v[0].name, STR("stdin")));
	run_end(&r);
	buf_free(&b);
}

Test(ingest_formats, several_bundles_stand_side_by_side)
{
	struct zip_member m = { .name = STR("same.dat"), .bytes = one };
	struct buf a = { 0 }, b = { 0 };
	struct run r;

	run_start(&r);
	zip_make(&a, &m, 1);
	m.bytes = two;
	zip_make(&b, &m, 1);
	run_bundle(&r, "a.zip", buf_str(&a));
	run_bundle(&r, "b.zip", buf_str(&b));
	run_bundle(&r, "c.dat", two);
	run_go(&r);
	expect_bytes(&r, "a.zip!/same.dat", one);
	expect_bytes(&r, "b.zip!/same.dat", two);
	cr_expect_eq(run_get(&r, "b.zip!/same.dat")->bundle, 1);
	cr_expect_eq(r.ev.bundles.n, 3);
	run_end(&r);
	buf_free(&a);
	buf_free(&b);
}

Test(ingest_formats, one_missing_bundle_does_not_stop_the_others)
{
	struct run r;

	run_start(&r);
	vec_push(&r.bundles, "/nowhere/at/all.zip");
	run_bundle(&r, "c.dat", two);
	run_go(&r);
	cr_expect_eq(r.rc, 0, "%s", r.e.text);
	cr_expect(r.ev.bundles.n == 2 && r.ev.bundles.v[0].error.n > 0);
	run_end(&r);
	run_start(&r);
	vec_push(&r.bundles, "/nowhere/at/all.zip");
	run_go(&r);
	cr_expect_eq(r.rc, E_INPUT);
	cr_expect_not_null(strstr(r.e.text, "/nowhere/at/all.zip"));
	run_end(&r);
}

Test(ingest_formats, kinds_that_are_known_and_not_read_are_named)
{
	static char etl[4096], pml[64] = "PML_", dump[64] = "PAGEDU64", blg[64];
	struct zip_member m[] = {
		{ .name = STR("trace.etl"), .bytes = { etl, sizeof(etl) } },
		{ .name = STR("p.pml"), .bytes = { pml, sizeof(pml) } },
		{ .name = STR("MEMORY.DMP"), .bytes = { dump, sizeof(dump) } },
		{ .name = STR("small.dmp"), .bytes = STR("MDMP\x93\xa7 and more of it") },
		{ .name = STR("perf.blg"), .bytes = { blg, sizeof(blg) } },
		{ .name = STR("screen.png"), .bytes = STR("\x89PNG\r\n\x1a\n....") },
	};
	struct buf z = { 0 };
	struct run r;

	run_start(&r);
	zip_make(&z, m, 6);
	run_bundle(&r, "b.zip", buf_str(&z));
	run_go(&r);
	for (size_t i = 2; i < 6; i++)
		if (i != 4)
			expect_status(&r, m[i].name.p, MEMBER_UNSUPPORTED, "");
	expect_status(&r, "p.pml", MEMBER_FAILED, "header");   /* a reader of its own, and not enough of it */
	run_end(&r);
	buf_free(&z);
}

Test(ingest_formats, a_member_is_fetched_again_by_its_path)
{
	struct zip_member inner = { .name = STR("deep/x.dat"), .bytes = two };
	struct zip_member outer = { .name = STR("in.zip") };
	struct buf a = { 0 }, b = { 0 };
	uint64_t size = 0;
	char back[64];
	int fd = -1;
	struct run r;

	run_start(&r);
	zip_make(&a, &inner, 1);
	outer.bytes = buf_str(&a);
	zip_make(&b, &outer, 1);
	run_bundle(&r, "b.zip", buf_str(&b));
	cr_assert_eq(ingest_fetch(&r.o, r.bundles.v, 1, STR("in.zip!/deep/x.dat"), &fd, &size, &r.e), 0,
		"%s", r.e.text);
	cr_expect_eq(size, two.n);
	cr_expect_eq(pread(fd, back, sizeof(back), 0), (ssize_t)two.n);
	cr_expect_eq(memcmp(back, two.p, two.n), 0);
	close(fd);
	cr_expect_eq(ingest_fetch(&r.o, r.bundles.v, 1, STR("in.zip!/no"), &fd, &size, &r.e), E_INPUT);
	run_end(&r);
	buf_free(&a);
	buf_free(&b);
}

Test(ingest_formats, inventory_only_hashes_and_parses_nothing)
{
	struct buf b = { 0 };
	struct run r;

	run_start(&r);
	pack_three(&b, "zip", NULL);
	run_bundle(&r, "b.zip", buf_str(&b));
	r.o.inventory_only = true;
	run_go(&r);
	expect_bytes(&r, "one.dat", one);
	expect_bytes(&r, "deep/two.dat", two);
	cr_expect_eq(strlen(run_get(&r, "System.evtx")->sha256), 64);
	cr_expect_eq(run_events(&r), 0);
	run_end(&r);
	buf_free(&b);
}

Test(ingest_formats, what_a_parser_takes_and_finds_nothing_in_is_told)
{
	struct segment_note note;
	struct run r;

	run_start(&r);
	run_bundle(&r, "vssadmin_list_writers.txt", STR("Open a prompt, then run\n\n    vssadmin list writers\n"));
	run_go(&r);
	cr_assert_eq(r.rc, 0, "%s", r.e.text);
	cr_assert_eq(r.ev.members.n, 1);
	cr_expect(str_eq(r.ev.members.v[0].parser, STR("vssadmin")));
	cr_assert_eq(r.ev.members.v[0].segment_count, 1);
	cr_assert_eq(segment_notes(r.ev.members.v[0].segments[0]), 1);
	segment_note(r.ev.members.v[0].segments[0], 0, &note);
	cr_expect_geq(str_find(note.text, STR("nothing in it is told")), 0);
	run_end(&r);
}
