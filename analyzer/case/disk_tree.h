/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The disk tree of the case: every virtual disk that any source names, linked child to parent.
 * Sources: images themselves (ids), Get-VHD and the like (paths), what VMs and checkpoints
 * reference, file listings. Paths compare without case and without the \\?\ prefix. Names alone link
 * nothing: a name pattern is only told as such.
 */
#ifndef CASELINE_ANALYZER_DISK_TREE_H
#define CASELINE_ANALYZER_DISK_TREE_H

#include "analyzer/case/facts.h"

#define DISK_NONE UINT32_MAX

struct disk_node {
	struct str path;             /* folded; of an image without a path: its file name */
	struct str shown;            /* as the source spells it */
	struct str link_id, link2_id, own_id, family_id, size, sector;
	uint64_t held_bytes;         /* size of the member that its bytes came in */
	uint64_t listed_bytes;       /* size of the file as listings and Get-VHD tell, the largest */
	struct str parent_path;      /* folded; as the bytes say, else as a text does */
	struct str said_parent;      /* folded; of a text where the bytes say another */
	struct str relative;         /* folded; the parent's path from this disk's folder */
	struct str vm, vm_id;        /* of the VM that uses it or one of its children */
	struct fact at;              /* the best source of this node */
	uint32_t parent;
	uint32_t same_as;            /* bytes that turned out to be another node's; else DISK_NONE */
	bool image;                  /* ids come from the bytes of the file */
	bool exists, gone;           /* some source says so */
	bool referenced;             /* a VM or checkpoint names it */
	bool by_config, by_text;     /* … its configuration file, a list of disks */
	bool unsure;                 /* of the bytes: their log could not be put in place */
	bool dirty;                  /* of the bytes: a log waits */
	bool used;                   /* reached from a VM or checkpoint */
	bool leaf_of_vm;             /* a VM (not a checkpoint) has it attached */
	bool differencing;
};

struct disk_tree {
	const struct case_file *c;
	struct arena *a;             /* the caller's; texts of nodes live in it */
	struct deriver *d;           /* where derive_disks tells what it finds; else NULL */
	struct map *by_path;
	struct map *listed;          /* folders that a whole listing shows, see disk_tree_would_list */
	VEC(struct disk_node) nodes; /* in the order of the facts that name them first */
	bool vms_known;              /* the case holds what VMs reference */
};

/* Reads the case's facts; `used` is set for what VMs and checkpoints name, not yet for parents. */
void disk_tree_read(struct disk_tree *t, const struct case_file *c, struct arena *a);
void disk_tree_free(struct disk_tree *t);
/* The node that an image's bytes belong to: by its path, else by a file name that only one node has. */
struct disk_node *disk_tree_image(struct disk_tree *t, const struct fact *f, struct str path);
/* The node of a path as a source spells it; DISK_NONE where nothing names it. */
uint32_t disk_tree_find(struct disk_tree *t, uint32_t host, struct str path);
/* True where a whole listing of its folder is there, which would name a file of that kind. */
bool disk_tree_would_list(struct disk_tree *t, uint32_t host, struct str path);
/* True where the bytes of both say that `child` was made on `parent`. */
bool disk_links(const struct disk_node *child, const struct disk_node *parent);
/* .avhdx or .avhd */
bool disk_is_checkpoint(struct str path);
bool disk_id_is_zero(struct str id);

#endif
