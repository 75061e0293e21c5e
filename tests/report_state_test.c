/* SPDX-License-Identifier: Apache-2.0 */
/* What the page draws of facts: trees of disks, writers, the cluster. */
#include <criterion/criterion.h>

#include "reports/page.h"
#include "tests/make_report.h"

struct drawn {
	struct made m;
	struct result result;
	struct knowledge *kb;
	struct report_input in;
	struct buf b;
	struct page page;
};

static struct str drawn_state(struct drawn *d)
{
	struct err e = { 0 };

	cr_assert_eq(made_build(&d->m, NULL, &e), 0, "%s", e.text);
	d->kb = knowledge_new();
	d->in = (struct report_input){ .c = &d->m.file, .result = &d->result, .kb = d->kb };
	d->page = (struct page){ .in = &d->in, .b = &d->b };
	page_state(&d->page);
	return buf_str(&d->b);
}

static void drawn_free(struct drawn *d)
{
	knowledge_free(d->kb);
	made_free(&d->m);
	buf_free(&d->b);
}

static void put(struct sink *s, const char *type, const char *const *pairs)
{
	sink_fact(s, str_of(type), 1, 0);
	for (; *pairs; pairs += 2)
		sink_put(s, pairs[0], str_of(pairs[1]));
}
#define FACT(s, type, ...) put(s, type, (const char *const[]){ __VA_ARGS__, NULL })

static ptrdiff_t after(struct str text, ptrdiff_t from, const char *what)
{
	ptrdiff_t at = from < 0 ? -1 : str_find(str_from(text, (size_t)from), str_of(what));

	return at < 0 ? -1 : from + at;
}

Test(report_state, a_child_stands_inside_its_parent_and_a_loose_disk_apart)
{
	struct drawn d = { 0 };
	struct sink *s;
	struct str text;
	ptrdiff_t at;

	made_start(&d.m);
	s = made_member(&d.m, "a.txt");
	FACT(s, "vm.disk", "vm", "SQL01", "path", "D:\\V\\leaf.avhdx");
	FACT(s, "disk.image", "path", "D:\\V\\base.vhdx", "data_write_id", "{1}");
	FACT(s, "disk.image", "path", "D:\\V\\leaf.avhdx", "data_write_id", "{2}", "parent_link_id",
		"{1}", "parent_path", "D:\\V\\base.vhdx");
	FACT(s, "file", "path", "D:\\V\\left.avhdx");
	made_close(s);
	text = drawn_state(&d);
	at = after(text, 0, "VM <b>SQL01</b>");
	at = after(text, at, "<b>base.vhdx</b>");
	at = after(text, at, "<ul>");
	at = after(text, at, "class=\"disk leaf\"><b>leaf.avhdx</b>");
	at = after(text, at, "</ul>");
	at = after(text, at, "Of no VM of this case");
	at = after(text, at, "class=\"disk loose\"><b>left.avhdx</b>");
	at = after(text, at, "orphan");
	cr_expect(at > 0, "%.*s", STR_ARG(text));
	drawn_free(&d);
}

Test(report_state, a_disk_tells_size_dates_and_owner_and_a_parent_that_nothing_names)
{
	struct drawn d = { 0 };
	struct sink *s;
	struct str text;
	ptrdiff_t at;

	made_start(&d.m);
	s = made_member(&d.m, "a.txt");
	FACT(s, "file", "path", "D:\\a.avhdx", "size_bytes", "5", "modified_raw", "later");
	FACT(s, "vm.disk", "vm", "SQL01", "path", "D:\\A.avhdx", "kind", "differencing", "size_bytes",
		"1073741824", "maximum_bytes", "2147483648", "modified_raw", "02/18/2026 22:40:00", "owner",
		"<b>");
	made_close(s);
	text = drawn_state(&d);
	at = after(text, 0, "the file has 1.0\u00a0GiB · the disk 2.0\u00a0GiB");
	at = after(text, at, "listed as changed 02/18/2026 22:40:00 · owner &lt;b&gt;</span>");
	at = after(text, at, "no file of this case tells which disk it stands on");
	cr_expect(at > 0, "%.*s", STR_ARG(text));
	cr_expect(after(text, 0, "later") < 0);
	drawn_free(&d);
}

Test(report_state, a_cycle_of_parents_is_drawn_once_and_ends)
{
	struct drawn d = { 0 };
	struct sink *s;
	struct str text;

	made_start(&d.m);
	s = made_member(&d.m, "a.txt");
	FACT(s, "vm.disk", "vm", "SQL01", "path", "D:\\a.avhdx");
	FACT(s, "disk.image", "path", "D:\\a.avhdx", "data_write_id", "{1}", "parent_path", "D:\\b.avhdx");
	FACT(s, "disk.image", "path", "D:\\b.avhdx", "data_write_id", "{2}", "parent_path", "D:\\a.avhdx");
	made_close(s);
	text = drawn_state(&d);
	cr_expect(after(text, after(text, 0, "<b>a.avhdx</b>") + 1, "<b>a.avhdx</b>") < 0);
	cr_expect(after(text, 0, "<b>b.avhdx</b>") > 0);
	drawn_free(&d);
}

Test(report_state, writers_that_failed_are_counted_and_the_cluster_is_told_once)
{
	struct drawn d = { 0 };
	struct sink *s;
	struct str text;

	made_start(&d.m);
	s = made_member(&d.m, "a.txt");
	FACT(s, "vss.writer", "name", "System Writer", "state_number", "1", "last_error", "No error");
	FACT(s, "vss.writer", "name", "SqlServerWriter", "state_number", "8", "last_error", "Timed out");
	FACT(s, "cluster.node", "name", "HV01", "state", "Up");
	FACT(s, "cluster.node", "name", "HV01", "state", "Up");
	made_close(s);
	text = drawn_state(&d);
	cr_expect(after(text, 0, "2 writers, <span class=\"risk\">▲ 1 not stable") > 0);
	cr_expect(after(text, 0, "<tr class=\"trouble\">") > 0);
	cr_expect(after(text, after(text, 0, "<td>Up</td>") + 1, "<td>Up</td>") < 0);
	cr_expect(after(text, 0, "id=\"disks\"") < 0);
	drawn_free(&d);
}

Test(report_state, a_case_without_such_facts_says_so)
{
	struct drawn d = { 0 };
	struct str text;

	made_start(&d.m);
	made_close(made_member(&d.m, "a.txt"));
	text = drawn_state(&d);
	cr_expect(after(text, 0, "holds no list") > 0);
	drawn_free(&d);
}
