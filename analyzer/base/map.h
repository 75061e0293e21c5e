/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash map from text to a number. Keys are copied into the map's own memory. Walk order is the
 * order of insertion, so that nothing downstream depends on a hash.
 */
#ifndef CASELINE_BASE_MAP_H
#define CASELINE_BASE_MAP_H

#include "analyzer/base/str.h"

#define MAP_NONE UINT32_MAX

struct map;

struct map *map_new(bool fold_case);      /* fold_case: keys that str_ieq calls equal are one */
void map_free(struct map *m);
size_t map_count(const struct map *m);

/* The index of `key` in insertion order, added if new. *added tells which (may be NULL). */
uint32_t map_intern(struct map *m, struct str key, bool *added);
uint32_t map_find(const struct map *m, struct str key);     /* MAP_NONE where absent */
struct str map_key(const struct map *m, uint32_t index);

/* A number stored with a key; 0 until set. */
void map_set(struct map *m, uint32_t index, uint64_t value);
uint64_t map_get(const struct map *m, uint32_t index);

#endif
