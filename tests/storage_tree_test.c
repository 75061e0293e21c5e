/* SPDX-License-Identifier: Apache-2.0 */
/* What stands on what: disks, volumes, cluster volumes, VMs, and the ways that lead to a disk. */
#include "analyzer/case/storage_tree.h"
#include "tests/make_facts.h"

#define GUID_A "6b1c8e3a-0000-1111-2222-333344445555"
#define GUID_B "7c2d9f4b-0000-1111-2222-333344445555"

struct storage {
	struct made m;
	struct sink *s;
	struct arena *a;
	struct storage_tree t;
};

static void begin(struct storage *x)
{
	made_start(&x->m);
	x->s = made_member(&x->m, "HV01/a.txt");
	x->a = arena_new();
}

static void read_tree(struct storage *x)
{
	made_close(x->s);
	made_must_build(&x->m);
	storage_tree_read(&x->t, &x->m.file, x->a);
}

static void end(struct storage *x)
{
	storage_tree_free(&x->t);
	arena_free(x->a);
	made_free(&x->m);
}

static void expect_text(const struct storage *x, uint32_t at, const char *type, const char *field,
	const char *value)
{
	struct str text = storage_text(&x->t, &x->t.nodes.v[at], type, field);

	cr_expect(str_eq(text, str_of(value)), "'%.*s' for '%s'", STR_ARG(text), value);
}

static uint32_t node(const struct storage *x, enum storage_kind kind, const char *name)
{
	for (uint32_t i = 0; i < x->t.nodes.n; i++)
		if (x->t.nodes.v[i].kind == kind && str_ieq(x->t.nodes.v[i].name, str_of(name)))
			return i;
	cr_assert(false, "no node '%s'", name);
	return STORAGE_NONE;
}

static void expect_on(const struct storage *x, enum storage_kind upper, const char *name,
	enum storage_kind lower, const char *base)
{
	cr_expect_eq(x->t.nodes.v[node(x, upper, name)].on, node(x, lower, base), "'%s' on '%s'", name, base);
}

Test(storage, a_vm_stands_on_a_volume_on_a_disk)
{
	struct storage x;

	begin(&x);
	FACT(x.s, "vm.disk", "vm", "SQL01", "path", "E:\\VMs\\SQL01.vhdx");
	FACT(x.s, "vm.disk", "vm", "SQL01", "path", "e:\\VMs\\SQL01_data.vhdx");
	FACT(x.s, "vm.disk", "vm", "FAR", "path", "\\\\nas\\share\\FAR.vhdx");
	FACT(x.s, "volume", "letter", "E", "path", "\\\\?\\Volume{" GUID_A "}\\", "disk", "3");
	FACT(x.s, "volume", "letter", "E:", "label", "VM store");
	FACT(x.s, "disk", "number", "3", "model", "DGC VRAID");
	FACT(x.s, "disk", "number", "3", "health", "Healthy", "model", "other");
	read_tree(&x);
	cr_assert_eq(x.t.nodes.n, 3);
	expect_on(&x, STORAGE_VM, "SQL01", STORAGE_VOLUME, "E");
	expect_on(&x, STORAGE_VOLUME, "E", STORAGE_DISK, "3");
	expect_text(&x, node(&x, STORAGE_DISK, "3"), "disk", "model", "DGC VRAID");
	expect_text(&x, node(&x, STORAGE_VOLUME, "E"), "volume", "label", "VM store");
	end(&x);
}

Test(storage, a_cluster_volume_stands_on_its_volume_or_on_the_disk_of_its_resource)
{
	struct storage x;

	begin(&x);
	FACT(x.s, "disk", "number", "4", "guid", "{" GUID_B "}");
	FACT(x.s, "disk", "number", "5");
	FACT(x.s, "volume", "guid", GUID_A, "disk", "5");
	FACT(x.s, "cluster.resource", "name", "Cluster Disk 1", "disk_guid", "{" GUID_B "}");
	FACT(x.s, "cluster.volume", "name", "Cluster Disk 1", "state", "Online");
	FACT(x.s, "cluster.volume", "name", "Cluster Disk 2", "volume_guid", GUID_A, "path",
		"C:\\ClusterStorage\\Volume2");
	FACT(x.s, "vm.disk", "vm", "APP11", "path", "C:\\ClusterStorage\\Volume2\\APP11\\APP11.vhdx");
	read_tree(&x);
	expect_on(&x, STORAGE_CSV, "Cluster Disk 1", STORAGE_DISK, "4");
	expect_on(&x, STORAGE_CSV, "Cluster Disk 2", STORAGE_VOLUME, GUID_A);
	expect_on(&x, STORAGE_VM, "APP11", STORAGE_CSV, "Cluster Disk 2");
	end(&x);
}

Test(storage, a_volume_that_nothing_lists_is_told_by_the_disks_on_it)
{
	struct storage x;

	begin(&x);
	FACT(x.s, "vm.disk", "vm", "APP11", "path", "C:\\ClusterStorage\\Volume2\\APP11\\APP11.vhdx");
	FACT(x.s, "vm.disk", "vm", "APP12", "path", "c:\\clusterstorage\\volume2\\APP12\\APP12.vhdx");
	FACT(x.s, "vm.disk", "vm", "WEB02", "path", "F:\\WEB02.vhdx");
	FACT(x.s, "vm.disk", "vm", "FAR", "path", "\\\\nas\\share\\FAR.vhdx");
	read_tree(&x);
	cr_assert_eq(x.t.nodes.n, 5);
	expect_on(&x, STORAGE_VM, "APP11", STORAGE_CSV, "Volume2");
	expect_on(&x, STORAGE_VM, "APP12", STORAGE_CSV, "Volume2");
	expect_on(&x, STORAGE_VM, "WEB02", STORAGE_VOLUME, "F");
	end(&x);
}

Test(storage, ways_are_told_with_the_disk_that_they_lead_to)
{
	struct storage x;

	begin(&x);
	FACT(x.s, "disk", "number", "2", "serial", "6000D31004704E");
	FACT(x.s, "disk", "number", "7", "port", "4", "target", "1", "lun", "10");
	FACT(x.s, "mpio.disk", "disk", "0", "paths", "4", "serial", "6000D31004704E");
	FACT(x.s, "mpio.path", "disk", "0", "state", "Standby");
	FACT(x.s, "iscsi.session", "target", "iqn.a:vol1", "port", "4", "scsi_target", "1",
		"luns", "1,10");
	FACT(x.s, "iscsi.session", "target", "iqn.a:vol9", "state", "false");
	read_tree(&x);
	cr_assert_eq(x.t.nodes.n, 3);
	expect_text(&x, node(&x, STORAGE_DISK, "2"), "mpio.disk", "paths", "4");
	expect_text(&x, node(&x, STORAGE_DISK, "2"), "mpio.path", "state", "Standby");
	expect_text(&x, node(&x, STORAGE_DISK, "7"), "iscsi.session", "target", "iqn.a:vol1");
	node(&x, STORAGE_TARGET, "iqn.a:vol9");
	end(&x);
}

Test(storage, one_letter_with_two_guids_is_two_volumes)
{
	struct storage x;

	begin(&x);
	FACT(x.s, "volume", "letter", "F", "guid", GUID_A, "disk", "1");
	FACT(x.s, "volume", "letter", "F", "guid", GUID_B, "disk", "2");
	FACT(x.s, "disk", "number", "1");
	FACT(x.s, "disk", "number", "2");
	read_tree(&x);
	cr_assert_eq(x.t.nodes.n, 4);
	cr_expect_neq(x.t.nodes.v[2].on, x.t.nodes.v[3].on);
	end(&x);
}

Test(storage, disks_of_two_hosts_are_two)
{
	struct storage x;

	begin(&x);
	made_event(x.s, "HV01", "disk", 153, 1, TICKS_UNIX_EPOCH);
	FACT(x.s, "disk", "number", "1");
	made_close(x.s);
	x.s = made_member(&x.m, "HV02/a.txt");
	made_event(x.s, "HV02", "disk", 153, 1, TICKS_UNIX_EPOCH);
	FACT(x.s, "volume", "letter", "E", "disk", "1");
	read_tree(&x);
	cr_assert_eq(x.t.nodes.n, 3);
	cr_expect_neq(x.t.nodes.v[node(&x, STORAGE_VOLUME, "E")].on, node(&x, STORAGE_DISK, "1"));
	end(&x);
}
