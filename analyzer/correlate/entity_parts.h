/* SPDX-License-Identifier: Apache-2.0 */
/* How the entities look inside; shared by entity.c and entity_name.c. */
#ifndef CASELINE_ANALYZER_ENTITY_PARTS_H
#define CASELINE_ANALYZER_ENTITY_PARTS_H

#include "analyzer/base/map.h"
#include "analyzer/correlate/entity.h"

struct spelling {
	enum entity_type class;
	bool csv;
	struct str shown;        /* as people read it */
	uint32_t root;           /* union-find: the spelling with the best name is the root */
	uint32_t host;           /* of a VM's name: where it was read; a GUID has HOST_NONE */
	uint32_t name;           /* of a VM's name: the first spelling of that name on any host */
};

struct tie {
	uint32_t a, b;
	struct ref at;           /* the row that names both */
};

struct entities {
	const struct case_file *c;
	struct arena *a;
	struct map *keys;        /* class and key -> spelling */
	struct map *taken, *tied;/* type, host and text -> spelling; which were tied already */
	struct map *named, *seen;/* "vm@host" before and after settling */
	VEC(struct spelling) spellings;
	VEC(struct tie) ties;    /* to unite */
	VEC(struct tie) pairs;   /* a VM's name, its GUID */
	VEC(struct tie) on;      /* a VM, a host that names it */
	VEC(struct tie) held;    /* a VM, a volume that holds a disk of it */
	struct map *below;       /* "spelling@host" -> spelling + 1, 0 where facts differ */
	uint32_t *guest_vm;      /* one a host */
};

uint32_t entity_add(struct entities *en, enum entity_type class, struct str key, struct str shown);

#endif
