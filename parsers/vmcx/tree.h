/* SPDX-License-Identifier: Apache-2.0 */
/* A VM's configuration as a tree of keys, from the binary container or from XML, and its facts. */
#ifndef CASELINE_PARSERS_VMCX_TREE_H
#define CASELINE_PARSERS_VMCX_TREE_H

#include "parsers/parser.h"

enum vm_value { VM_INT, VM_TEXT, VM_BYTES, VM_BOOL, VM_NODE, VM_OTHER };

struct vm_key {
	struct str path;         /* "/configuration/properties/name" */
	enum vm_value type;
	uint64_t number;
	struct str text;         /* UTF-8 of VM_TEXT, bytes of VM_BYTES */
	uint64_t offset;         /* in the member */
};

struct vm_tree {
	VEC(struct vm_key) keys;
	bool complete;           /* nothing is missing or damaged: an absent key says something */
};

/* Fills the tree; texts live in m->a. Findings and notes go to `out`. Negative where nothing was read. */
int vmcx_read(const struct member_view *m, struct vm_tree *t, struct sink *out, struct err *e);
/* The key of that path (ASCII case folded); NULL where absent. */
const struct vm_key *vm_tree_find(const struct vm_tree *t, const char *path);
/* vm.config, vm.disk, vm.integration, vm.nic of a tree under /configuration. */
void vm_tree_put(const struct vm_tree *t, const struct member_view *m, struct sink *out);
void vm_tree_free(struct vm_tree *t);

#endif
