/* SPDX-License-Identifier: Apache-2.0 */
/* Each limit is crossed once, by one byte or one member where that can be; nothing is silent. */
#include <sys/resource.h>

#include "tests/ingest_make.h"

static const struct str ten = { "0123456789", 10 }, eleven = { "0123456789a", 11 };

static void pack_two(struct buf *z)
{
	struct zip_member m[] = { { .name = STR("ten"), .bytes = ten },
		{ .name = STR("eleven"), .bytes = eleven } };

	zip_make(z, m, 2);
}

Test(ingest_limits, a_member_may_have_so_many_bytes_and_not_one_more)
{
	struct buf z = { 0 };
	struct run r;

	run_start(&r);
	pack_two(&z);
	run_bundle(&r, "b.zip", buf_str(&z));
	r.o.limits.member_bytes = 10;
	run_go(&r);
	expect_bytes(&r, "ten", ten);
	expect_status(&r, "eleven", MEMBER_LIMIT, "10 bytes");
	cr_expect(has_loss(&r, "eleven") || has_loss(&r, "limit"), "%s", run_paths(&r).p);
	run_end(&r);
	buf_free(&z);
}

Test(ingest_limits, a_file_in_a_folder_has_the_same_limit)
{
	struct run r;

	run_start(&r);
	run_file(&r, "f/ten", ten);
	run_file(&r, "f/eleven", eleven);
	vec_push(&r.bundles, arena_printf(r.a, "%s/f", r.dir).p);
	r.o.limits.member_bytes = 10;
	run_go(&r);
	expect_bytes(&r, "ten", ten);
	expect_status(&r, "eleven", MEMBER_LIMIT, "10 bytes");
	run_end(&r);
}

Test(ingest_limits, all_members_together_may_have_so_many_bytes)
{
	struct buf z = { 0 };
	struct run r;

	run_start(&r);
	pack_two(&z);
	run_bundle(&r, "b.zip", buf_str(&z));
	r.o.limits.total_bytes = 20;
	run_go(&r);
	expect_bytes(&r, "ten", ten);
	expect_status(&r, "eleven", MEMBER_LIMIT, "in all");
	r.o.limits.total_bytes = 21;
	run_again(&r);
	expect_bytes(&r, "eleven", eleven);
	run_end(&r);
	buf_free(&z);
}

Test(ingest_limits, a_bomb_is_cut_at_the_ratio)
{
	size_t n = (size_t)40 << 20;
	struct str zeros = { calloc(1, n), n };
	struct buf z = { 0 };
	struct run r;
	struct pack p;

	run_start(&r);
	p = pack_open(&z, "zip", NULL, NULL, NULL);
	pack_file(&p, "bomb", zeros);
	pack_file(&p, "after", ten);
	pack_close(&p);
	run_bundle(&r, "b.zip", buf_str(&z));
	r.o.limits.ratio = 100;
	run_go(&r);
	expect_status(&r, "bomb", MEMBER_LIMIT, "times");
	expect_bytes(&r, "after", ten);
	r.o.limits.ratio = 2000;   /* zeros deflate to a thousandth */
	r.o.inventory_only = true;
	run_again(&r);
	expect_bytes(&r, "bomb", zeros);
	run_end(&r);
	buf_free(&z);
	free((void *)(uintptr_t)zeros.p);
}

static void nest(struct buf *z, unsigned depth)
{
	struct zip_member m = { .name = STR("x.dat"), .bytes = ten };

	zip_make(z, &m, 1);
	while (--depth) {
		struct buf outer = { 0 };

		m = (struct zip_member){ .name = STR("n.zip"), .bytes = buf_str(z) };
		zip_make(&outer, &m, 1);
		buf_free(z);
		*z = outer;
	}
}

Test(ingest_limits, archives_nest_six_deep_and_no_deeper)
{
	struct buf z = { 0 };
	struct run r;

	run_start(&r);
	nest(&z, 7);
	run_bundle(&r, "b.zip", buf_str(&z));
	run_go(&r);
	expect_bytes(&r, "n.zip!/n.zip!/n.zip!/n.zip!/n.zip!/n.zip!/x.dat", ten);
	run_end(&r);
	buf_free(&z);

	run_start(&r);
	z = (struct buf){ 0 };
	nest(&z, 8);
	run_bundle(&r, "b.zip", buf_str(&z));
	run_go(&r);
	expect_status(&r, "n.zip!/n.zip!/n.zip!/n.zip!/n.zip!/n.zip!/n.zip", MEMBER_LIMIT,
		"nested deeper than 6");
	r.o.limits.depth = 2;
	run_again(&r);
	expect_status(&r, "n.zip!/n.zip!/n.zip", MEMBER_LIMIT, "nested deeper than 2");
	run_end(&r);
	buf_free(&z);
}

Test(ingest_limits, there_may_be_so_many_members)
{
	static char names[50][8];
	struct zip_member m[50];
	struct buf z = { 0 };
	struct run r;

	for (unsigned i = 0; i < 50; i++) {
		snprintf(names[i], sizeof(names[i]), "m%02u", i);
		m[i] = (struct zip_member){ .name = str_of(names[i]), .bytes = ten };
	}
	run_start(&r);
	zip_make(&z, m, 50);
	run_bundle(&r, "b.zip", buf_str(&z));
	r.o.limits.members = 20;
	run_go(&r);
	cr_expect_eq(r.rc, 0, "%s", r.e.text);
	cr_expect_leq(r.ev.members.n, 21, "%zu members", r.ev.members.n);
	expect_bytes(&r, "m00", ten);
	expect_bytes(&r, "m19", ten);
	cr_expect(has_loss(&r, "20 members"), "%s", run_paths(&r).p);
	run_end(&r);
	buf_free(&z);
}

/* Ten nested archives of ten members each, unpacked side by side where there are workers. */
static void make_crowd(struct buf *z)
{
	static char outer[10][8], names[10][8];
	struct zip_member m[10], in[10];
	struct buf inner[10] = { 0 };

	for (unsigned i = 0; i < 10; i++) {
		snprintf(outer[i], sizeof(outer[i]), "o%u.zip", i);
		snprintf(names[i], sizeof(names[i]), "m%u", i);
		in[i] = (struct zip_member){ .name = str_of(names[i]), .bytes = i % 3 ? ten : eleven };
	}
	for (unsigned i = 0; i < 10; i++) {
		zip_make(&inner[i], in, 10);
		m[i] = (struct zip_member){ .name = str_of(outer[i]), .bytes = buf_str(&inner[i]) };
	}
	zip_make(z, m, 10);
	for (unsigned i = 0; i < 10; i++)
		buf_free(&inner[i]);
}

static void expect_same_with_jobs(struct run *r)
{
	static const unsigned jobs[] = { 1, 2, 4, 8 };
	char first[65], again[65];

	for (size_t i = 0; i < 4; i++) {
		r->o.jobs = jobs[i];
		run_again(r);
		cr_expect_gt(r->ev.losses.n, 0);
		run_digest(r, again);
		if (i == 0)
			memcpy(first, again, sizeof(first));
		cr_expect_str_eq(again, first, "%u jobs:%s", jobs[i], run_paths(r).p);
	}
}

Test(ingest_limits, what_a_limit_hits_does_not_depend_on_workers)
{
	struct buf z = { 0 };
	struct run r;

	run_start(&r);
	make_crowd(&z);
	run_bundle(&r, "a.zip", buf_str(&z));
	run_bundle(&r, "b.zip", buf_str(&z));
	r.o.limits.members = 37;
	expect_same_with_jobs(&r);
	r.o.limits.members = 0;
	r.o.limits.total_bytes = 9000;
	expect_same_with_jobs(&r);
	run_end(&r);
	buf_free(&z);
}

Test(ingest_limits, a_name_may_be_so_long)
{
	char name[101];
	struct zip_member m[] = { { .name = { name, 100 }, .bytes = ten },
		{ .name = { name, 101 }, .bytes = eleven } };
	struct buf z = { 0 };
	struct run r;
	size_t seen = 0;

	memset(name, 'n', sizeof(name));
	run_start(&r);
	zip_make(&z, m, 2);
	run_bundle(&r, "b.zip", buf_str(&z));
	r.o.limits.name_bytes = 100;
	run_go(&r);
	cr_expect_eq(r.ev.members.n, 2);
	for (size_t i = 0; i < r.ev.members.n; i++)
		seen += r.ev.members.v[i].status == MEMBER_LIMIT &&
			str_ifind(r.ev.members.v[i].error, STR("101 bytes")) >= 0;
	cr_expect_eq(seen, 1, "%s", run_paths(&r).p);
	run_end(&r);
	buf_free(&z);
}

Test(ingest_limits, what_is_too_large_for_memory_is_spooled_and_parsed_alike)
{
	struct buf evtx = { 0 }, z = { 0 };
	struct zip_member m = { .name = STR("System.evtx") };
	char small[65], large[65];
	struct run r;

	evtx_make(&evtx, 20, 30);
	m.bytes = buf_str(&evtx);
	zip_make(&z, &m, 1);
	run_start(&r);
	run_bundle(&r, "b.zip", buf_str(&z));
	run_go(&r);
	cr_expect_eq(run_events(&r), 600);
	run_digest(&r, large);
	r.o.limits.memory_bytes = 100000;
	run_again(&r);
	run_digest(&r, small);
	cr_expect_str_eq(small, large);
	expect_bytes(&r, "System.evtx", buf_str(&evtx));
	run_end(&r);
	buf_free(&evtx);
	buf_free(&z);
}

Test(ingest_limits, a_large_folder_needs_few_descriptors)
{
	struct rlimit few = { 64, 64 };
	struct run r;

	run_start(&r);
	for (unsigned i = 0; i < 500; i++)
		run_file(&r, arena_printf(r.a, "f/%u/m%u.dat", i % 7, i).p, ten);
	vec_push(&r.bundles, arena_printf(r.a, "%s/f", r.dir).p);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	run_go(&r);
	cr_expect_eq(r.rc, 0, "%s", r.e.text);
	cr_expect_eq(r.ev.members.n, 500);
	for (size_t i = 0; i < r.ev.members.n; i++)
		cr_assert_eq(strlen(r.ev.members.v[i].sha256), 64, "%s", run_paths(&r).p);
	run_end(&r);
}

Test(ingest_limits, a_zip_of_many_members_needs_few_descriptors)
{
	static char names[600][8];
	static struct zip_member m[600];
	struct rlimit few = { 64, 64 };
	struct buf z = { 0 }, inner = { 0 };
	struct run r;

	zip_make(&inner, &(struct zip_member){ .name = STR("x"), .bytes = ten }, 1);
	for (unsigned i = 0; i < 600; i++) {
		snprintf(names[i], sizeof(names[i]), "m%03u", i);
		m[i] = (struct zip_member){ .name = str_of(names[i]),
			.bytes = i % 2 ? buf_str(&inner) : ten };
	}
	run_start(&r);
	zip_make(&z, m, 600);
	run_bundle(&r, "b.zip", buf_str(&z));
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	run_go(&r);
	cr_expect_eq(r.ev.members.n, 900);
	expect_bytes(&r, "m599!/x", ten);
	run_end(&r);
	buf_free(&z);
	buf_free(&inner);
}

Test(ingest_limits, a_virtual_disk_is_hashed_whole_and_kept_in_part)
{
	size_t n = (size_t)24 << 20;
	char *disk = malloc(n);
	struct zip_member m = { .name = STR("d.vhdx"), .bytes = { disk, n } };
	struct buf z = { 0 };
	struct run r;

	for (size_t i = 0; i < n; i++)
		disk[i] = (char)(i * 2654435761u >> 13);
	zip_make(&z, &m, 1);
	run_start(&r);
	r.o.limits.memory_bytes = (uint64_t)17 << 20;   /* more would be spooled */
	run_bundle(&r, "b.zip", buf_str(&z));
	run_go(&r);
	expect_bytes(&r, "d.vhdx", m.bytes);
	run_end(&r);
	buf_free(&z);
	free(disk);
}
