/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged, encrypted and unreadable archives: what can be read is read, the rest is named. */
#include "tests/ingest_make.h"

static const struct str one = { "the first member", 16 }, two = { "the second member", 17 };

static void run_bytes(struct run *r, const char *name, struct str bytes)
{
	run_start(r);
	run_bundle(r, name, bytes);
	run_go(r);
}

static void zip_two(struct buf *z, const struct zip_member *odd)
{
	struct zip_member m[] = { { .name = STR("one.dat"), .bytes = one }, *odd,
		{ .name = STR("two.dat"), .bytes = two } };

	zip_make(z, m, 3);
}

Test(ingest_damage, a_zip_cut_before_its_directory_is_read_as_a_stream)
{
	struct zip_member odd = { .name = STR("odd"), .bytes = STR("third") };
	struct buf z = { 0 };
	struct run r;
	size_t cut;

	zip_two(&z, &odd);
	cut = (size_t)str_find(buf_str(&z), STR("PK\x01\x02"));
	run_bytes(&r, "b.zip", str_make(z.p, cut));
	cr_expect_eq(r.rc, 0, "%s", r.e.text);
	expect_bytes(&r, "one.dat", one);
	expect_bytes(&r, "odd", STR("third"));
	expect_bytes(&r, "two.dat", two);
	cr_expect(r.ev.losses.n > 0, "the cut is not told");
	run_end(&r);
	buf_free(&z);
}

Test(ingest_damage, a_zip_cut_inside_a_member_keeps_what_came_before)
{
	struct zip_member odd = { .name = STR("odd"), .bytes = STR("third third third") };
	struct buf z = { 0 };
	struct run r;
	size_t cut;

	zip_two(&z, &odd);
	cut = (size_t)str_find(buf_str(&z), STR("third")) + 6;
	run_bytes(&r, "b.zip", str_make(z.p, cut));
	cr_expect_eq(r.rc, 0, "%s", r.e.text);
	expect_bytes(&r, "one.dat", one);
	cr_expect(run_get(&r, "odd")->status == MEMBER_PARTLY ||
		run_get(&r, "odd")->status == MEMBER_FAILED);
	cr_expect(run_get(&r, "odd")->error.n > 0);
	cr_expect_null(run_find(&r, "two.dat"));
	cr_expect(r.ev.losses.n > 0, "the cut is not told");
	run_end(&r);
	buf_free(&z);
}

Test(ingest_damage, a_wrong_checksum_is_told_and_costs_one_member)
{
	struct zip_member odd = { .name = STR("odd"), .bytes = STR("third"), .crc_error = 1 };
	struct buf z = { 0 };
	struct run r;

	zip_two(&z, &odd);
	run_bytes(&r, "b.zip", buf_str(&z));
	expect_bytes(&r, "one.dat", one);
	expect_bytes(&r, "two.dat", two);
	cr_expect(run_get(&r, "odd")->error.n > 0, "%s", run_paths(&r).p);
	cr_expect_neq(run_get(&r, "odd")->status, MEMBER_PARSED);
	run_end(&r);
	buf_free(&z);
}

Test(ingest_damage, a_damaged_stream_costs_one_member_of_a_zip)
{
	struct buf evtx = { 0 }, z = { 0 };
	struct pack p;
	struct run r;
	size_t at;

	evtx_make(&evtx, 8, 20);
	run_start(&r);
	p = pack_open(&z, "zip", NULL, NULL, NULL);
	pack_file(&p, "one.dat", one);
	pack_file(&p, "bad.evtx", buf_str(&evtx));
	pack_file(&p, "c.evtx", buf_str(&evtx));
	pack_close(&p);
	at = (size_t)str_find(buf_str(&z), STR("bad.evtx")) + 600;
	memset(z.p + at, 0x55, 40);
	run_bundle(&r, "b.zip", buf_str(&z));
	run_go(&r);
	expect_bytes(&r, "one.dat", one);
	expect_bytes(&r, "c.evtx", buf_str(&evtx));
	cr_expect_eq(run_get(&r, "c.evtx")->events, 160);
	cr_expect_neq(run_get(&r, "bad.evtx")->status, MEMBER_PARSED);
	cr_expect(run_get(&r, "bad.evtx")->error.n > 0);
	run_end(&r);
	buf_free(&evtx);
	buf_free(&z);
}

Test(ingest_damage, deflate64_is_named_with_what_helps)
{
	struct zip_member odd = { .name = STR("large.evtx"), .bytes = STR("\xed\xbd\x07"), .method = 9 };
	struct buf z = { 0 };
	struct run r;

	zip_two(&z, &odd);
	run_bytes(&r, "b.zip", buf_str(&z));
	expect_bytes(&r, "one.dat", one);
	expect_bytes(&r, "two.dat", two);
	expect_status(&r, "large.evtx", MEMBER_UNSUPPORTED, "7z x");
	expect_status(&r, "large.evtx", MEMBER_UNSUPPORTED, "deflate64");
	run_end(&r);
	buf_free(&z);
}

static void zip_secret(struct buf *z, const char *options)
{
	struct pack p = pack_open(z, "zip", NULL, options, "s3cret word");

	pack_file(&p, "secret.dat", one);
	pack_close(&p);
}

static void read_secret(const char *options)
{
	struct buf z = { 0 };
	struct run r;

	zip_secret(&z, options);
	run_bytes(&r, "b.zip", buf_str(&z));
	cr_expect_eq(r.rc, 0, "%s", r.e.text);
	expect_status(&r, "secret.dat", MEMBER_ENCRYPTED, "passphrase");
	/* The right one first: ZipCrypto takes one wrong word of 256 for right, and looks no further. */
	r.o.passphrase_file = run_file(&r, "words", STR("s3cret word\r\nwrong\r\n"));
	run_again(&r);
	expect_bytes(&r, "secret.dat", one);
	r.o.passphrase_file = run_file(&r, "words2", STR("wrong\nwronger\n"));
	run_again(&r);
	expect_status(&r, "secret.dat", MEMBER_ENCRYPTED, "passphrase");
	run_end(&r);
	buf_free(&z);
}

Test(ingest_damage, zip_crypto_wants_a_passphrase) { read_secret("zip:encryption=traditional"); }
Test(ingest_damage, zip_aes_wants_a_passphrase) { read_secret("zip:encryption=aes256"); }

Test(ingest_damage, a_passphrase_file_that_is_not_there_is_an_error)
{
	struct buf z = { 0 };
	struct run r;

	zip_secret(&z, "zip:encryption=traditional");
	run_start(&r);
	run_bundle(&r, "b.zip", buf_str(&z));
	r.o.passphrase_file = "/nowhere/words";
	run_go(&r);
	cr_expect_lt(r.rc, 0);
	cr_expect_not_null(strstr(r.e.text, "/nowhere/words"));
	run_end(&r);
	buf_free(&z);
}

static void read_cut(const char *format, const char *filter, const char *name)
{
	struct buf b = { 0 }, noise = { 0 };
	struct pack p = pack_open(&b, format, filter, NULL, NULL);
	struct run r;

	for (uint64_t i = 0, x = 1; i < 200000; i++, x = x * 6364136223846793005u + 1442695040888963407u)
		buf_putc(&noise, (char)(x >> 56));
	pack_file(&p, "one.dat", one);
	pack_file(&p, "noise.dat", buf_str(&noise));
	pack_close(&p);
	run_bytes(&r, name, str_make(b.p, b.n / 2));
	cr_expect_eq(r.rc, 0, "%s", r.e.text);
	expect_bytes(&r, "one.dat", one);
	cr_expect(run_get(&r, "noise.dat")->error.n > 0, "%s", run_paths(&r).p);
	run_end(&r);
	buf_free(&b);
	buf_free(&noise);
}

Test(ingest_damage, a_cut_tar_keeps_its_head) { read_cut("ustar", NULL, "b.tar"); }
Test(ingest_damage, a_cut_tar_gz_keeps_its_head) { read_cut("ustar", "gzip", "b.tgz"); }

Test(ingest_damage, a_cut_7z_has_no_directory_and_says_so)
{
	struct zip_member outer[] = { { .name = STR("x.7z") }, { .name = STR("two.dat"), .bytes = two } };
	struct buf b = { 0 }, z = { 0 };
	struct pack p = pack_open(&b, "7zip", NULL, NULL, NULL);
	struct run r;

	pack_file(&p, "one.dat", one);
	pack_close(&p);
	outer[0].bytes = str_make(b.p, b.n - 10);
	zip_make(&z, outer, 2);
	run_bytes(&r, "b.zip", buf_str(&z));
	expect_bytes(&r, "two.dat", two);
	cr_expect(run_get(&r, "x.7z")->error.n > 0, "%s", run_paths(&r).p);
	cr_expect(r.ev.losses.n > 0);
	run_end(&r);
	buf_free(&b);
	buf_free(&z);
}

Test(ingest_damage, garbage_behind_a_magic_is_no_crash)
{
	static const char *const magic[] = { "PK\x03\x04", "7z\xbc\xaf\x27\x1c", "MSCF\0\0\0\0",
		"Rar!\x1a\x07\x01", "Rar!\x1a\x07", "\x1f\x8b\x08", "BZh9", "\xfd" "7zXZ", "\x28\xb5\x2f\xfd" };
	char names[16][8];
	struct zip_member m[16];
	struct buf z = { 0 };
	char bytes[16][600];
	struct run r;
	size_t n = sizeof(magic) / sizeof(magic[0]);

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < sizeof(bytes[i]); k++)
			bytes[i][k] = (char)((k * 131 + i * 17) >> 1);
		memcpy(bytes[i], magic[i], strlen(magic[i]));
		snprintf(names[i], sizeof(names[i]), "g%zu", i);
		m[i] = (struct zip_member){ .name = str_of(names[i]), .bytes = { bytes[i], sizeof(bytes[i]) } };
	}
	m[n] = (struct zip_member){ .name = STR("one.dat"), .bytes = one };
	zip_make(&z, m, n + 1);
	run_bytes(&r, "b.zip", buf_str(&z));
	expect_bytes(&r, "one.dat", one);
	for (size_t i = 0; i < n; i++)
		cr_expect_neq(run_get(&r, names[i])->status, MEMBER_PARSED);
	run_end(&r);
	buf_free(&z);
}

Test(ingest_damage, every_cut_of_a_zip_ends_well)
{
	struct zip_member odd = { .name = STR("odd"), .bytes = STR("third") };
	struct buf z = { 0 };
	struct run r;

	zip_two(&z, &odd);
	run_start(&r);
	for (size_t cut = 0; cut < z.n; cut += 7)
		run_file(&r, arena_printf(r.a, "f/%03zu.zip", cut).p, str_make(z.p, cut));
	vec_push(&r.bundles, arena_printf(r.a, "%s/f", r.dir).p);
	run_go(&r);
	cr_expect_eq(r.rc, 0, "%s", r.e.text);
	for (size_t cut = 0; cut < z.n; cut += 7)
		run_get(&r, arena_printf(r.a, "%03zu.zip", cut).p);
	run_end(&r);
	buf_free(&z);
}

Test(ingest_damage, an_evtx_cut_short_is_read_in_part)
{
	struct buf evtx = { 0 };
	struct run r;

	evtx_make(&evtx, 4, 10);
	run_bytes(&r, "System.evtx", str_make(evtx.p, EVTX_HEADER_BYTES + 2 * EVTX_CHUNK_BYTES + 3000));
	cr_expect(run_events(&r) >= 20 && run_events(&r) < 40);
	expect_status(&r, "System.evtx", MEMBER_PARTLY, NULL);
	cr_expect(run_get(&r, "System.evtx")->error.n > 0);
	run_end(&r);
	buf_free(&evtx);
}
