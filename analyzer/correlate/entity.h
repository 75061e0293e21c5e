/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entities: the things that rows share. One thing has many spellings: a VM's name and GUID, a path
 * in two cases, a volume's letter, GUID and CSV path. Spellings are interned while rows are read;
 * what names the same thing is united once all rows are known. Only identifiers unite: a VM name
 * that stands for two GUIDs unites with neither.
 */
#ifndef CASELINE_ANALYZER_ENTITY_H
#define CASELINE_ANALYZER_ENTITY_H

#include "analyzer/case/case.h"

enum entity_type {
	ENTITY_VM, ENTITY_VM_ID, ENTITY_GUEST, ENTITY_HOST, ENTITY_NODE, ENTITY_PATH, ENTITY_VOLUME,
	ENTITY_CSV, ENTITY_DISK, ENTITY_PORT, ENTITY_TARGET, ENTITY_LUN, ENTITY_WRITER,
	ENTITY_WRITER_ID, ENTITY_PROVIDER_ID, ENTITY_SNAPSHOT_SET, ENTITY_SERVICE, ENTITY_PROCESS,
	ENTITY_PID, ENTITY_ACCOUNT, ENTITY_RESOURCE, ENTITY_GROUP, ENTITY_SWITCH, ENTITY_FILTER,
	ENTITY_JOB, ENTITY_CLUSTER,
	ENTITY_NONE,
};

/* By the name that knowledge files use; ENTITY_NONE where it is an attribute. */
enum entity_type entity_type(struct str name);
struct str entity_type_name(enum entity_type t);
/* Types that can be one thing share a class: vm and vm_id, volume and csv, host and node. */
enum entity_type entity_class(enum entity_type t);

struct entities;

struct entities *entities_new(const struct case_file *c);
void entities_free(struct entities *en);
/*
 * A spelling's number. `host` scopes what is only unique there (disk numbers, ports, letters).
 * MAP_NONE where the text names nothing.
 */
uint32_t entity_intern(struct entities *en, enum entity_type t, struct str text, uint32_t host);
/* The row at `at` carried both: they are one. */
void entity_tie(struct entities *en, uint32_t a, uint32_t b, struct ref at);
/*
 * What a thing lies on, as facts of `host` tell at the collection: a volume's disk, a disk's iSCSI
 * target. MAP_NONE where nothing tells, or where it is more than one.
 */
uint32_t entity_below(const struct entities *en, uint32_t spelling, uint32_t host);
/* The row on `host` names this VM. */
void entity_vm_on(struct entities *en, uint32_t vm, uint32_t host);
bool entity_path_names_volume(struct str path);
/* A recorded guest name (KVP) of a VM. */
void entity_guest_of(struct entities *en, struct str guest, uint32_t vm);
/* What the facts of the case tell of names, GUIDs and volumes. */
void entities_learn(struct entities *en);
/* After the last row: decides what is one. Before it entity_of must not be called. */
void entities_settle(struct entities *en);
/* The entity of a spelling: the same number for all spellings of one thing. */
uint32_t entity_of(const struct entities *en, uint32_t spelling);
/* How people call it: a VM's name rather than its GUID; the smallest of equals. */
struct str entity_name(const struct entities *en, uint32_t spelling);
/* The one VM after whose name a folder or file of this path is called; MAP_NONE. A candidate. */
uint32_t entity_vm_of_path(const struct entities *en, uint32_t path);
bool entity_is_csv(const struct entities *en, uint32_t spelling);
/* The VM whose guest a host is; MAP_NONE. */
uint32_t entity_guest_vm(const struct entities *en, uint32_t host);
/* Facts name the volumes of the VM's disks, and this one is surely none of them. */
bool entity_vm_elsewhere(const struct entities *en, uint32_t vm, uint32_t volume);
/* Whether rows of `host` name the VM. */
bool entity_vm_seen_on(const struct entities *en, uint32_t vm, uint32_t host);

/* One name of a thing that has several. */
struct entity_alias {
	enum entity_type type;
	struct str name, alias;      /* live as long as the entities */
	struct str why;
	struct ref at;               /* the first row that names both; segment UINT32_MAX: none does */
	bool candidate;              /* no identifier unites them */
};

/* Sorted by type, name, alias; after entities_settle. The list is the caller's; free. */
size_t entities_aliases(const struct entities *en, struct entity_alias **out);

#endif
