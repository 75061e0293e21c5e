/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands on what in the storage of each host, as facts tell: targets and paths, disks, volumes,
 * Cluster Shared Volumes, the VMs whose disks lie there. Disk numbers hold within one host only.
 */
#ifndef CASELINE_ANALYZER_STORAGE_TREE_H
#define CASELINE_ANALYZER_STORAGE_TREE_H

#include "analyzer/case/facts.h"

#define STORAGE_NONE UINT32_MAX

/* A target is an iSCSI target whose disk nothing names. */
enum storage_kind { STORAGE_TARGET, STORAGE_DISK, STORAGE_VOLUME, STORAGE_CSV, STORAGE_VM };

struct storage_said {
	const char *type;            /* of the fact: disk, mpio.disk, mpio.path, iscsi.session … */
	struct fact fact;
};

struct storage_node {
	enum storage_kind kind;
	uint32_t host;
	struct str name;             /* disk number, drive letter or GUID, CSV, target, VM */
	struct str guid;             /* of a volume, without braces */
	uint32_t on;                 /* the node that it stands on; STORAGE_NONE */
	bool bears;                  /* something stands on it */
	VEC(struct storage_said) said;   /* at least one, in the order of the case */
};

struct storage_tree {
	const struct case_file *c;
	struct arena *a;             /* the caller's; texts of nodes live in it */
	struct map *keys;            /* "host kind key" -> node */
	fact_list resources;
	VEC(struct storage_node) nodes;
	size_t left_out;             /* facts for which there was no more room */
};

void storage_tree_read(struct storage_tree *t, const struct case_file *c, struct arena *a);
void storage_tree_free(struct storage_tree *t);
/* The first value that any of the node's facts of this type has for a field; a view in t->a. */
struct str storage_text(const struct storage_tree *t, const struct storage_node *n, const char *type,
	const char *field);

#endif
