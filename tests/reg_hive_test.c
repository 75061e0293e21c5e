/* SPDX-License-Identifier: Apache-2.0 */
/* A hive and an export of it in text tell the same; a cut or changed hive costs no more than itself. */
#include <criterion/criterion.h>

#include "fixtures/reg_hive_write.h"
#include "parsers/parser.h"
#include "tests/make_case.h"

enum { SZ = 1, EXPAND = 2, MULTI = 7 };

static void system_hive(bool dirty, struct buf *out)
{
	struct hive *h = hive_new();
	size_t k = hive_key(h, "Select");

	hive_number(h, k, "Current", 2);
	hive_key(h, "Setup");
	k = hive_key(h, "ControlSet001\\Services\\VSS");
	hive_number(h, k, "Start", 4);           /* not the set in use */
	k = hive_key(h, "ControlSet002\\Control\\TimeZoneInformation");
	hive_text(h, k, "TimeZoneKeyName", SZ, STR("W. Europe Standard Time"));
	hive_number(h, k, "ActiveTimeBias", 0xffffffc4);
	k = hive_key(h, "ControlSet002\\Control\\ComputerName\\ComputerName");
	hive_text(h, k, "ComputerName", SZ, STR("HV01"));
	k = hive_key(h, "ControlSet002\\Services\\VSS");
	hive_number(h, k, "Start", 3);
	k = hive_key(h, "ControlSet002\\Services\\wdfilter\\Instances\\WdFilter Instance");
	hive_text(h, k, "Altitude", SZ, STR("328010"));
	k = hive_key(h, "ControlSet002\\Enum\\Root");
	hive_text(h, k, "Start", SZ, STR("of no interest"));
	hive_end(h, dirty, out);
}

static const char system_text[] =
	"Windows Registry Editor Version 5.00\r\n\r\n"
	"[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\TimeZoneInformation]\r\n"
	"\"TimeZoneKeyName\"=\"W. Europe Standard Time\"\r\n\"ActiveTimeBias\"=dword:ffffffc4\r\n\r\n"
	"[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ComputerName]\r\n"
	"\"ComputerName\"=\"HV01\"\r\n\r\n"
	"[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\VSS]\r\n\"Start\"=dword:00000003\r\n\r\n"
	"[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\wdfilter\\Instances\\WdFilter Instance]\r\n"
	"\"Altitude\"=\"328010\"\r\n";

static const char cluster_text[] =
	"Windows Registry Editor Version 5.00\r\n\r\n"
	"[HKEY_LOCAL_MACHINE\\Cluster]\r\n\"ClusterName\"=\"CL1\"\r\n\r\n"
	"[HKEY_LOCAL_MACHINE\\Cluster\\Groups\\9f]\r\n\"Name\"=\"SQL01\"\r\n"
	"\"Contains\"=hex(7):61,00,31,00,00,00,62,00,32,00,00,00,00,00\r\n\r\n"
	"[HKEY_LOCAL_MACHINE\\Cluster\\Resources\\a1]\r\n\"Name\"=\"Virtual Machine SQL01\"\r\n"
	"\"Type\"=\"Virtual Machine\"\r\n\r\n"
	"[HKEY_LOCAL_MACHINE\\Cluster\\Resources\\a1\\Parameters]\r\n"
	"\"VmID\"=\"{2B1F6C58-7C0F-4C0A-9D5E-5A0B6F3E1A11}\"\r\n";

static void cluster_hive(struct buf *out)
{
	struct hive *h = hive_new();
	size_t k;

	hive_text(h, hive_key(h, ""), "ClusterName", SZ, STR("CL1"));
	k = hive_key(h, "Groups\\9f");
	hive_text(h, k, "Name", SZ, STR("SQL01"));
	hive_text(h, k, "Contains", MULTI, STR("a1\nb2"));
	k = hive_key(h, "Resources\\a1");
	hive_text(h, k, "Name", SZ, STR("Virtual Machine SQL01"));
	hive_text(h, k, "Type", EXPAND, STR("Virtual Machine"));
	k = hive_key(h, "Resources\\a1\\Parameters");
	hive_text(h, k, "VmID", SZ, STR("{2B1F6C58-7C0F-4C0A-9D5E-5A0B6F3E1A11}"));
	hive_end(h, false, out);
}

static int read_with(struct made *m, const char *parser, struct str bytes)
{
	struct arena *a = arena_new();
	struct member_view v = { .name = STR("x"), .data = (const uint8_t *)bytes.p, .held = bytes.n,
		.size = bytes.n, .to = bytes.n, .a = a };
	struct err e = { 0 };
	struct sink *s;
	int rc;

	made_start(m);
	s = made_member(m, "x");
	rc = parser_find(str_of(parser))->parse(&v, s, &e);
	made_close(s);
	arena_free(a);
	return rc;
}

/* Types and fields of all facts, a line each. */
static void list_facts(const struct made *m, struct buf *out)
{
	const struct member *member = &m->ev.members.v[0];

	for (size_t i = 0; i < member->segment_count; i++) {
		const struct segment *s = member->segments[i];

		for (uint32_t r = 0; r < segment_rows(s); r++) {
			buf_puts(out, segment_kind(s, segment_row_kinds(s)[r])->provider);
			for (size_t k = 0; k < segment_field_count(s, r); k++) {
				struct field f;

				segment_field(s, r, k, &f);
				buf_printf(out, " %.*s=", STR_ARG(f.name));
				buf_field(out, &f);
			}
			buf_putc(out, '\n');
		}
	}
}

static void expect_same(const struct buf *hive, const char *text, size_t facts)
{
	struct buf a = { 0 }, b = { 0 };
	struct made m;
	size_t lines = 0;

	cr_assert_eq(read_with(&m, "reg_hive", buf_str(hive)), 0);
	list_facts(&m, &a);
	made_free(&m);
	cr_assert_eq(read_with(&m, "reg_text", str_of(text)), 0);
	list_facts(&m, &b);
	made_free(&m);
	for (size_t i = 0; i < a.n; i++)
		lines += a.p[i] == '\n';
	cr_expect_eq(lines, facts, "%.*s", (int)a.n, a.p);
	cr_expect(str_eq(buf_str(&a), buf_str(&b)), "hive:\n%.*s\ntext:\n%.*s", (int)a.n, a.p, (int)b.n, b.p);
	buf_free(&a);
	buf_free(&b);
}

Test(reg_hive, a_system_hive_tells_what_its_text_tells)
{
	struct buf hive = { 0 };

	system_hive(false, &hive);
	expect_same(&hive, system_text, 6);
	buf_free(&hive);
}

Test(reg_hive, a_cluster_hive_tells_what_its_text_tells)
{
	struct buf hive = { 0 };

	cluster_hive(&hive);
	expect_same(&hive, cluster_text, 3);
	buf_free(&hive);
}

static bool has_note(const struct made *m, const char *words)
{
	const struct member *member = &m->ev.members.v[0];

	for (size_t i = 0; i < member->segment_count; i++)
		for (size_t n = 0; n < segment_notes(member->segments[i]); n++) {
			struct segment_note note;

			segment_note(member->segments[i], n, &note);
			if (str_find(note.text, str_of(words)) >= 0)
				return true;
		}
	return false;
}

Test(reg_hive, one_that_was_not_closed_is_read_and_told)
{
	struct buf hive = { 0 };
	struct made m;

	system_hive(true, &hive);
	cr_expect_eq(read_with(&m, "reg_hive", buf_str(&hive)), 0);
	cr_expect(has_note(&m, "not closed cleanly"));
	made_free(&m);
	buf_free(&hive);
}

Test(reg_hive, any_cut_is_read_or_refused_without_harm)
{
	struct buf hive = { 0 };

	system_hive(false, &hive);
	for (size_t n = 0; n < hive.n; n += n < 4200 || n > 5900 ? 97 : 7) {
		char *copy = xmalloc(n + 1);   /* exactly so long, for the sanitizer to see */
		struct made m;

		memcpy(copy, hive.p, n);
		read_with(&m, "reg_hive", str_make(copy, n));
		made_free(&m);
		free(copy);
	}
	buf_free(&hive);
}

Test(reg_hive, any_changed_byte_is_read_or_refused_without_harm)
{
	struct buf hive = { 0 };

	cluster_hive(&hive);
	for (size_t i = 4096; i < hive.n && i < 6200; i++) {
		struct made m;

		hive.p[i] = (char)~hive.p[i];
		read_with(&m, "reg_hive", buf_str(&hive));
		made_free(&m);
		hive.p[i] = (char)~hive.p[i];
	}
	buf_free(&hive);
}

/* The golden case is this hive; GOLDEN=write writes it. */
Test(reg_hive, the_golden_case_is_what_the_writer_writes)
{
	static const char path[] = "fixtures/reg_hive/cluster/input.hiv";
	bool write = getenv("GOLDEN") && strcmp(getenv("GOLDEN"), "write") == 0;
	struct buf hive = { 0 }, file = { 0 };
	FILE *f;

	cluster_hive(&hive);
	f = fopen(path, write ? "wb" : "rb");
	cr_assert_not_null(f, "%s", path);
	if (write) {
		fwrite(hive.p, 1, hive.n, f);
		buf_puts(&file, buf_str(&hive));
	} else {
		buf_reserve(&file, hive.n + 1);
		file.n = fread(file.p, 1, hive.n + 1, f);
	}
	fclose(f);
	cr_expect(str_eq(buf_str(&hive), buf_str(&file)));
	buf_free(&hive);
	buf_free(&file);
}

static uint32_t word_at(const struct buf *hive, size_t at)
{
	uint32_t v;

	memcpy(&v, hive->p + at, sizeof(v));
	return v;
}

/* Every key but the root gets the root's own list of subkeys, so that each way down goes on for ever. */
static void make_ring(struct buf *hive)
{
	enum { BINS = 4096, NK_COUNT = 0x14, NK_LIST = 0x1c };
	size_t root = BINS + word_at(hive, 0x24) + 4;
	uint32_t count = word_at(hive, root + NK_COUNT), list = word_at(hive, root + NK_LIST);

	cr_assert(memcmp(hive->p + root, "nk", 2) == 0);
	cr_assert_geq(count, 2);
	for (size_t i = BINS; i + NK_LIST + 4 < hive->n; i++)
		if (i != root && memcmp(hive->p + i, "nk", 2) == 0) {
			memcpy(hive->p + i + NK_COUNT, &count, sizeof(count));
			memcpy(hive->p + i + NK_LIST, &list, sizeof(list));
		}
}

Test(reg_hive, a_ring_of_keys_ends_is_told_and_costs_nothing_else, .timeout = 60)
{
	struct buf hive = { 0 }, facts = { 0 };
	struct made m;

	cluster_hive(&hive);
	make_ring(&hive);
	cr_expect_eq(read_with(&m, "reg_hive", buf_str(&hive)), 0);
	cr_expect(has_note(&m, "keys hold themselves"));
	cr_expect_not(has_note(&m, "are left out"));
	list_facts(&m, &facts);
	cr_expect_geq(str_find(buf_str(&facts), STR("cluster name=CL1")), 0);
	made_free(&m);
	buf_free(&facts);
	buf_free(&hive);
}
