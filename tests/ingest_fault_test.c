/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Workers that die, hang or eat memory cost the rest of one member and nothing else. The faults exist
 * in builds with -DCASELINE_FAULTS only (`make faults`); elsewhere these tests do not exist either.
 */
#ifdef CASELINE_FAULTS
#include <signal.h>

#include "tests/ingest_make.h"

#define CHUNKS 12u
#define RECORDS 20u

/* Three logs and a nested archive of one; the second log is to be hit. */
static void make_logs(struct buf *out, const char *format, const char *filter)
{
	struct buf log = { 0 }, inner = { 0 };
	struct zip_member m = { .name = STR("in.evtx") };
	struct pack p = pack_open(out, format, filter, NULL, NULL);

	evtx_make(&log, CHUNKS, RECORDS);
	m.bytes = buf_str(&log);
	zip_make(&inner, &m, 1);
	pack_file(&p, "a.evtx", buf_str(&log));
	pack_file(&p, "bad.evtx", buf_str(&log));
	pack_file(&p, "c.evtx", buf_str(&log));
	pack_file(&p, "d.zip", buf_str(&inner));
	pack_close(&p);
	buf_free(&log);
	buf_free(&inner);
}

static void run_fault(struct run *r, const char *fault, const char *format, const char *filter)
{
	struct buf b = { 0 };

	run_start(r);
	make_logs(&b, format, filter);
	run_bundle(r, "b", buf_str(&b));
	setenv("CASELINE_FAULT", fault, 1);
	setenv("CASELINE_HANG_SECONDS", "2", 1);
	run_go(r);
	cr_assert_eq(r->rc, 0, "%s", r->e.text);
	buf_free(&b);
}

static void expect_others(const struct run *r)
{
	static const char *const paths[] = { "a.evtx", "c.evtx", "d.zip!/in.evtx" };

	for (size_t i = 0; i < 3; i++) {
		expect_status(r, paths[i], MEMBER_PARSED, NULL);
		cr_expect_eq(run_get(r, paths[i])->events, CHUNKS * RECORDS, "%s", paths[i]);
	}
}

/* The byte at 333333 lies in the fifth chunk: what the four before it hold must be there. */
static void strike(const char *fault, const char *words)
{
	const struct member *bad;
	char two[65], one[65];
	struct run r;

	run_fault(&r, fault, "zip", NULL);
	expect_others(&r);
	expect_status(&r, "bad.evtx", MEMBER_PARTLY, words);
	expect_status(&r, "bad.evtx", MEMBER_PARTLY, "the parser evtx stopped at offset 0x");
	bad = run_get(&r, "bad.evtx");
	cr_expect(bad->events >= 4 * RECORDS && bad->events < CHUNKS * RECORDS, "%llu events",
		(unsigned long long)bad->events);
	cr_expect(has_loss(&r, "bad.evtx"));
	cr_expect_eq(r.ev.wall_clock_struck, strncmp(fault, "hang", 4) == 0);
	run_digest(&r, two);
	r.o.jobs = 1;
	run_again(&r);
	run_digest(&r, one);
	cr_expect_str_eq(one, two);
	run_end(&r);
}

Test(ingest_fault, a_parser_that_crashes_costs_the_rest_of_its_member)
{
	strike("crash:bad.evtx:333333", "signal 11");
}

Test(ingest_fault, a_parser_that_hangs_is_ended_by_the_clock)
{
	strike("hang:bad.evtx:333333", "no progress");
}

Test(ingest_fault, a_parser_that_eats_memory_is_ended_by_the_limit)
{
	strike("memory:bad.evtx:333333", "out of memory");
}

Test(ingest_fault, a_parser_that_dies_at_once_fails_its_member)
{
	struct run r;

	run_fault(&r, "crash:bad.evtx:0", "zip", NULL);
	expect_others(&r);
	expect_status(&r, "bad.evtx", MEMBER_FAILED, "offset 0x");
	cr_expect_eq(run_get(&r, "bad.evtx")->events, 0);
	run_end(&r);
}

/* Large enough for two shards; the second one is hit, the first one is whole. */
Test(ingest_fault, a_shard_that_crashes_leaves_the_others_whole)
{
	struct buf log = { 0 };
	struct run r;
	uint64_t all;

	run_start(&r);
	evtx_make(&log, 400, RECORDS);
	run_bundle(&r, "bad.evtx", buf_str(&log));
	run_go(&r);
	all = run_events(&r);
	cr_assert_eq(all, 400 * RECORDS);
	cr_assert_gt(log.n, 19000000);
	setenv("CASELINE_FAULT", "crash:bad.evtx:17000000", 1);
	run_again(&r);
	expect_status(&r, "bad.evtx", MEMBER_PARTLY, "signal 11");
	cr_expect_gt(run_events(&r), all * 7 / 10);
	cr_expect_lt(run_events(&r), all);
	run_end(&r);
	buf_free(&log);
}

static void strike_archive(const char *fault, const char *format, const char *filter)
{
	struct run r;

	run_fault(&r, fault, format, filter);
	expect_others(&r);
	expect_status(&r, "bad.evtx", MEMBER_FAILED, "signal 9");
	cr_expect(has_loss(&r, "bad.evtx"));
	run_end(&r);
}

Test(ingest_fault, a_reader_of_zip_that_dies_costs_one_entry)
{
	strike_archive("archive:bad.evtx:100000", "zip", NULL);
}

Test(ingest_fault, a_reader_of_tar_gz_that_dies_costs_one_entry)
{
	strike_archive("archive:bad.evtx:100000", "ustar", "gzip");
}

Test(ingest_fault, a_reader_of_7z_that_dies_costs_one_entry)
{
	strike_archive("archive:bad.evtx:100000", "7zip", NULL);
}
#else
/* ISO C wants a translation unit to hold something. */
extern int ingest_fault_unused;
#endif
