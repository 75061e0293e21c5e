/* SPDX-License-Identifier: Apache-2.0 */
/* Written configurations of VMs: whole, with waiting updates, with damaged tables. */
#include "fixtures/vmcx_write.h"
#include "tests/vm_facts.h"

#define PAGE ((size_t)0x1000)
#define DRIVE "/configuration/_AAAAAAAA-0000-0000-0000-000000000001_/controller0/drive0/"

static void write_vm(const char *name, size_t long_bytes, struct buf *out)
{
	struct buf notes = { 0 };
	struct vmcx_value v[] = {
		{ STR("/configuration/properties/name"), VMCX_TEXT, 0, str_of(name) },
		{ STR("/configuration/properties/global_id"), VMCX_TEXT, 0,
			STR("11111111-2222-3333-4444-555555555555") },
		{ STR("/configuration/properties/version"), VMCX_INT, 2560, { 0 } },
		{ STR("/configuration/properties/subtype"), VMCX_INT, 1, { 0 } },
		{ STR("/configuration/properties/type_id"), VMCX_TEXT, 0, STR("Virtual Machines") },
		{ STR("/configuration/global_settings/disk_merge_pending"), VMCX_BOOL, 1, { 0 } },
		{ STR("/configuration/properties/notes"), VMCX_TEXT, 0, { 0 } },
		{ STR("/configuration/properties/padding"), VMCX_TEXT, 0, { 0 } },
		{ STR(DRIVE "type"), VMCX_TEXT, 0, STR("VHD") },
		{ STR(DRIVE "pathname"), VMCX_TEXT, 0, STR("D:\\VMs\\sql_1.avhdx") },
	};

	for (size_t i = 0; i < long_bytes; i++)
		buf_putc(&notes, 'n');
	v[6].text = v[7].text = buf_str(&notes);
	out->n = 0;
	vmcx_write(v, sizeof(v) / sizeof(v[0]), out);
	buf_free(&notes);
}

static void read_vm(const struct buf *b, size_t held, struct buf *out)
{
	out->n = 0;
	facts_of_window("vmcx", "x.vmcx", (const uint8_t *)b->p, b->n, held, 0, out);
}

Test(vm_vmcx, a_written_configuration_is_read_whole)
{
	static const size_t lengths[] = { 0, 600, 990, 3000 };
	struct buf b = { 0 }, out = { 0 };

	for (size_t i = 0; i < 4; i++) {
		write_vm("SQL01", lengths[i], &b);
		read_vm(&b, b.n, &out);
		cr_expect(!facts_have(&out, "finding") && !facts_have(&out, "note"), "%s", out.p);
		cr_expect(facts_have(&out, "name=SQL01 id={11111111-2222-3333-4444-555555555555} version=10.0 "
			"subtype=1 generation=2 merge_pending=true"), "%s", out.p);
		cr_expect(facts_have(&out, "path=D:\\VMs\\sql_1.avhdx controller=controller0/drive0 media=VHD"),
			"%s", out.p);
	}
	buf_free(&b);
	buf_free(&out);
}

/* Every length of a value: also those that leave too little for a free entry. */
Test(vm_vmcx, tables_are_filled_to_their_end)
{
	struct buf b = { 0 }, out = { 0 };

	for (size_t n = 600; n < 1023; n++) {
		write_vm("SQL01", n, &b);
		read_vm(&b, b.n, &out);
		cr_assert(!facts_have(&out, "finding") && facts_have(&out, "sql_1.avhdx"), "%zu: %s", n, out.p);
	}
	buf_free(&b);
	buf_free(&out);
}

Test(vm_vmcx, waiting_updates_are_read_as_if_they_were_in_place)
{
	struct buf old = { 0 }, new = { 0 }, out = { 0 };

	write_vm("OLD01", 0, &old);
	write_vm("NEW01", 0, &new);
	vmcx_log_add(&old, VMCX_TABLES_AT, new.p + VMCX_TABLES_AT, PAGE);
	read_vm(&old, old.n, &out);
	cr_expect(facts_have(&out, "finding=log-dirty"), "%s", out.p);
	cr_expect(facts_have(&out, "name=NEW01"), "%s", out.p);
	old.p[vmcx_log_at(&old) + PAGE + 100] ^= 1;
	read_vm(&old, old.n, &out);
	cr_expect(facts_have(&out, "finding=log-invalid"), "%s", out.p);
	cr_expect(facts_have(&out, "name=OLD01"), "%s", out.p);
	buf_free(&old);
	buf_free(&new);
	buf_free(&out);
}

/* They are one change: half of it would be a state that never was. */
Test(vm_vmcx, one_damaged_update_leaves_all_of_them_out)
{
	struct buf old = { 0 }, new = { 0 }, out = { 0 };

	write_vm("OLD01", 0, &old);
	write_vm("NEW01", 0, &new);
	vmcx_log_add(&old, VMCX_TABLES_AT, new.p + VMCX_TABLES_AT, PAGE);
	vmcx_log_add(&old, VMCX_TABLES_AT, new.p + VMCX_TABLES_AT, PAGE);
	old.p[vmcx_log_at(&old) + 2 * PAGE + 100] ^= 1;
	read_vm(&old, old.n, &out);
	cr_expect(facts_have(&out, "finding=log-invalid"), "%s", out.p);
	cr_expect(facts_have(&out, "name=OLD01"), "%s", out.p);
	buf_free(&old);
	buf_free(&new);
	buf_free(&out);
}

Test(vm_vmcx, a_file_that_ends_before_its_log_is_told)
{
	struct buf b = { 0 }, out = { 0 };

	write_vm("OLD01", 0, &b);
	b.n = (size_t)vmcx_log_at(&b) + 100;
	read_vm(&b, b.n, &out);
	cr_expect(!facts_have(&out, "finding"), "%s", out.p);
	b.n = (size_t)vmcx_log_at(&b) + 10;
	read_vm(&b, b.n, &out);
	cr_expect(facts_have(&out, "finding=log-invalid detail=the file ends before"), "%s", out.p);
	cr_expect(facts_have(&out, "name=OLD01"), "%s", out.p);
	buf_free(&b);
	buf_free(&out);
}

Test(vm_vmcx, a_damaged_table_costs_its_own_keys)
{
	struct buf b = { 0 }, out = { 0 };

	write_vm("SQL01", 1000, &b);
	cr_assert_gt(vmcx_log_at(&b), VMCX_TABLES_AT + PAGE);
	memset(b.p + VMCX_TABLES_AT + PAGE, 0, 10);
	read_vm(&b, b.n, &out);
	cr_expect(facts_have(&out, "finding=table-invalid"), "%s", out.p);
	cr_expect(facts_have(&out, "name=SQL01"), "%s", out.p);
	cr_expect(facts_have(&out, "note "), "%s", out.p);
	buf_free(&b);
	buf_free(&out);
}

Test(vm_vmcx, a_length_that_runs_out_of_its_table_ends_the_table)
{
	struct buf b = { 0 }, out = { 0 };

	write_vm("SQL01", 0, &b);
	b.p[VMCX_TABLES_AT + 10 + 4] = 0x7f;
	read_vm(&b, b.n, &out);
	cr_expect(facts_have(&out, "finding=key-invalid"), "%s", out.p);
	cr_expect(!facts_have(&out, "name=SQL01"), "%s", out.p);
	buf_free(&b);
	buf_free(&out);
}

Test(vm_vmcx, either_header_suffices)
{
	for (size_t i = 0; i < 2; i++) {
		struct buf b = { 0 }, out = { 0 };

		write_vm("SQL01", 0, &b);
		memset(b.p + i * PAGE, 0, 46);
		read_vm(&b, b.n, &out);
		cr_expect(facts_have(&out, "finding=header-invalid"), "%s", out.p);
		cr_expect(facts_have(&out, "name=SQL01"), "%s", out.p);
		buf_free(&b);
		buf_free(&out);
	}
}
