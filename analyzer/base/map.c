/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/base/map.h"

#include <stdlib.h>

#include "analyzer/base/buf.h"

struct entry {
	uint64_t hash, value;
	struct str key;
};

struct map {
	struct arena *keys;
	VEC(struct entry) entries;
	uint32_t *slots;           /* entry index + 1, 0 = free */
	size_t slot_count;         /* a power of two */
	bool fold_case;
};

struct map *map_new(bool fold_case)
{
	struct map *m = xmalloc(sizeof(*m));

	*m = (struct map){ .keys = arena_new(), .fold_case = fold_case, .slot_count = 64 };
	m->slots = xmalloc(m->slot_count * sizeof(*m->slots));
	memset(m->slots, 0, m->slot_count * sizeof(*m->slots));
	return m;
}

void map_free(struct map *m)
{
	if (!m)
		return;
	arena_free(m->keys);
	free(m->entries.v);
	free(m->slots);
	free(m);
}

size_t map_count(const struct map *m)
{
	return m->entries.n;
}

static uint64_t key_hash(const struct map *m, struct str key)
{
	return m->fold_case ? str_ihash(key) : str_hash(key);
}

static bool key_equal(const struct map *m, struct str a, struct str b)
{
	return m->fold_case ? str_ieq(a, b) : str_eq(a, b);
}

/* The slot that holds `key`, or the free one where it would go. */
static size_t slot_of(const struct map *m, struct str key, uint64_t hash)
{
	size_t i = hash & (m->slot_count - 1);

	while (m->slots[i]) {
		const struct entry *e = &m->entries.v[m->slots[i] - 1];

		if (e->hash == hash && key_equal(m, e->key, key))
			break;
		i = (i + 1) & (m->slot_count - 1);
	}
	return i;
}

static void grow(struct map *m)
{
	m->slot_count *= 2;
	m->slots = xrealloc(m->slots, m->slot_count * sizeof(*m->slots));
	memset(m->slots, 0, m->slot_count * sizeof(*m->slots));
	for (size_t e = 0; e < m->entries.n; e++) {
		size_t i = m->entries.v[e].hash & (m->slot_count - 1);

		while (m->slots[i])
			i = (i + 1) & (m->slot_count - 1);
		m->slots[i] = (uint32_t)e + 1;
	}
}

uint32_t map_intern(struct map *m, struct str key, bool *added)
{
	uint64_t hash = key_hash(m, key);
	size_t slot = slot_of(m, key, hash);

	if (added)
		*added = !m->slots[slot];
	if (m->slots[slot])
		return m->slots[slot] - 1;
	vec_push(&m->entries, (struct entry){ .hash = hash, .key = arena_str(m->keys, key) });
	m->slots[slot] = (uint32_t)m->entries.n;
	if (m->entries.n * 2 > m->slot_count)
		grow(m);
	return (uint32_t)m->entries.n - 1;
}

uint32_t map_find(const struct map *m, struct str key)
{
	size_t slot = slot_of(m, key, key_hash(m, key));

	return m->slots[slot] ? m->slots[slot] - 1 : MAP_NONE;
}

struct str map_key(const struct map *m, uint32_t index)
{
	return m->entries.v[index].key;
}

void map_set(struct map *m, uint32_t index, uint64_t value)
{
	m->entries.v[index].value = value;
}

uint64_t map_get(const struct map *m, uint32_t index)
{
	return m->entries.v[index].value;
}
