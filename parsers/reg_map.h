/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What registry keys and values mean, whether a hive or a text brought them: services' start modes,
 * time zone, names and versions of the system, filter altitudes, the cluster's objects, and the values
 * of keys that backup, snapshots and virtualization depend on.
 */
#ifndef CASELINE_PARSERS_REG_MAP_H
#define CASELINE_PARSERS_REG_MAP_H

#include "analyzer/base/buf.h"
#include "parsers/segment.h"

struct reg_map;

/* Facts go to `out`; one map a member. */
struct reg_map *reg_map_new(struct sink *out);
/*
 * A key by its full path ("HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\VSS"); its values
 * follow. Keys come with the ones under them right behind, as both hives and exports have them.
 */
void reg_map_key(struct reg_map *r, struct str path, uint64_t line, uint64_t offset);
/*
 * A value: `kind` as Windows calls it (REG_SZ, REG_DWORD …), `data` as text: a number as 0x2, the
 * texts of a REG_MULTI_SZ joined by '\n'.
 */
void reg_map_value(struct reg_map *r, struct str name, struct str kind, struct str data, uint64_t line,
	uint64_t offset);
/* Whether the values of this key, or of a key under it, can tell anything. */
bool reg_map_wants(struct str path);
/* Gives what is still held, notes what was passed over, frees. */
void reg_map_end(struct reg_map *r);

#endif
