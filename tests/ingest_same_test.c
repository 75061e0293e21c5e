/* SPDX-License-Identifier: Apache-2.0 */
/* Same input, same bytes out: workers, locale and zone of the machine change nothing. */
#include <errno.h>
#include <locale.h>
#include <sys/wait.h>

#include "tests/ingest_make.h"

/* Twelve logs of different sizes, one in a nested zip, texts between them. */
static void make_mixed(struct buf *z)
{
	static char names[14][24];
	struct zip_member m[14] = { 0 };
	struct buf logs[12] = { 0 }, inner = { 0 };

	for (unsigned i = 0; i < 12; i++) {
		evtx_make(&logs[i], 1 + i * 7, 20);
		snprintf(names[i], sizeof(names[i]), "logs/Log%u.evtx", 11 - i);
		m[i] = (struct zip_member){ .name = str_of(names[i]), .bytes = buf_str(&logs[i]) };
	}
	zip_make(&inner, m, 3);
	m[12] = (struct zip_member){ .name = STR("inner.zip"), .bytes = buf_str(&inner) };
	m[13] = (struct zip_member){ .name = STR("gr\x81n.txt"), .bytes = STR("nothing\r\n") };
	zip_make(z, m, 14);
	for (unsigned i = 0; i < 12; i++)
		buf_free(&logs[i]);
	buf_free(&inner);
}

Test(ingest_same, any_number_of_workers_gives_the_same_bytes)
{
	static const unsigned jobs[] = { 1, 2, 3, 8 };
	struct buf z = { 0 };
	char first[65], again[65];
	struct run r;

	make_mixed(&z);
	run_start(&r);
	run_bundle(&r, "b.zip", buf_str(&z));
	for (size_t i = 0; i < 4; i++) {
		r.o.jobs = jobs[i];
		run_again(&r);
		run_digest(&r, again);
		if (i == 0)
			memcpy(first, again, sizeof(first));
		cr_expect_str_eq(again, first, "%u jobs", jobs[i]);
	}
	cr_expect_eq(run_events(&r), (12 + 7 * 66 + 1 + 8 + 15) * 20);
	run_end(&r);
	buf_free(&z);
}

Test(ingest_same, shards_of_a_large_log_come_in_its_order)
{
	struct buf log = { 0 };
	uint64_t last = 0;
	struct run r;

	evtx_make(&log, 400, 20);
	run_start(&r);
	run_bundle(&r, "large.evtx", buf_str(&log));
	r.o.jobs = 4;
	run_go(&r);
	cr_expect_gt(r.ev.members.v[0].segment_count, 1);
	for (size_t s = 0; s < r.ev.members.v[0].segment_count; s++)
		for (size_t i = 0; i < segment_rows(r.ev.members.v[0].segments[s]); i++) {
			struct row row;

			segment_row(r.ev.members.v[0].segments[s], i, &row);
			cr_assert_eq(row.number, ++last);
		}
	cr_expect_eq(last, 8000);
	expect_bytes(&r, "large.evtx", buf_str(&log));
	run_end(&r);
	buf_free(&log);
}

Test(ingest_same, locale_and_zone_of_the_machine_change_nothing)
{
	struct buf z = { 0 };
	char first[65], again[65];
	struct run r;

	make_mixed(&z);
	run_start(&r);
	run_bundle(&r, "b.zip", buf_str(&z));
	setenv("TZ", "UTC", 1);
	run_go(&r);
	run_digest(&r, first);
	setenv("TZ", "Asia/Kolkata", 1);
	setenv("LC_ALL", "C", 1);
	setlocale(LC_ALL, "C");
	run_again(&r);
	run_digest(&r, again);
	cr_expect_str_eq(again, first);
	cr_expect_eq(run_get(&r, "inner.zip")->modified_100ns, INT64_C(133601616000000000));
	run_end(&r);
	buf_free(&z);
}

struct meter {
	uint64_t calls, done, events;
	volatile int *stop;
};

static void count(void *to, const struct ingest_progress *p)
{
	struct meter *m = to;

	m->calls++;
	m->done = p->members_done;
	m->events = p->events;
	if (m->stop)
		*m->stop = 1;
}

Test(ingest_same, progress_ends_with_all_members_done)
{
	struct meter meter = { 0 };
	struct buf z = { 0 };
	struct run r;

	make_mixed(&z);
	run_start(&r);
	run_bundle(&r, "b.zip", buf_str(&z));
	r.o.progress = count;
	r.o.progress_to = &meter;
	run_go(&r);
	cr_expect_gt(meter.calls, 0);
	cr_expect_eq(meter.done, r.ev.members.n, "%llu", (unsigned long long)meter.done);
	cr_expect_eq(meter.events, run_events(&r));
	run_end(&r);
	buf_free(&z);
}

Test(ingest_same, an_interruption_ends_it_and_leaves_no_process)
{
	volatile int stop = 1;
	struct buf z = { 0 };
	struct run r;

	make_mixed(&z);
	run_start(&r);
	run_bundle(&r, "b.zip", buf_str(&z));
	r.o.interrupted = &stop;
	run_go(&r);
	cr_expect_eq(r.rc, E_INTERRUPTED);
	cr_expect(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	run_end(&r);
	buf_free(&z);
}

static int refuse(void *to, struct err *e)
{
	(void)to;
	return err_set(e, E_USAGE, "pattern 3 does not compile");
}

Test(ingest_same, what_cannot_be_prepared_is_told_before_any_work)
{
	struct run r;

	run_start(&r);
	run_bundle(&r, "b.txt", STR("x"));
	r.o.prepare = refuse;
	run_go(&r);
	cr_expect_eq(r.rc, E_USAGE);
	cr_expect_not_null(strstr(r.e.text, "pattern 3"));
	run_end(&r);
}

static void change(void *to, const struct ingest_progress *p)
{
	const char *path = to;
	FILE *f = fopen(path, "abe");

	(void)p;
	if (f) {
		fputs("more", f);
		fclose(f);
	}
}

Test(ingest_same, a_bundle_that_changes_while_it_is_read_is_told)
{
	struct buf z = { 0 };
	struct run r;

	make_mixed(&z);
	run_start(&r);
	run_bundle(&r, "b.zip", buf_str(&z));
	r.o.progress = change;
	r.o.progress_to = (void *)(uintptr_t)r.bundles.v[0];
	run_go(&r);
	cr_expect(has_loss(&r, "changed"), "%s", run_paths(&r).p);
	run_end(&r);
	buf_free(&z);
}
