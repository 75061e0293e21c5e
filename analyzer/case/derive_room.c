/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a volume has room to merge a VM's checkpoint disks: their sizes in the folder against the
 * free bytes that the same collection saw. An online merge may need less, so it is a fact only.
 */
#include <stdlib.h>

#include "analyzer/case/derive.h"

struct pile {
	const struct fact *at;       /* the first of its disks */
	struct str vm, volume;       /* "D:" or the path of a cluster volume */
	uint64_t bytes;
};

typedef VEC(struct pile) pile_list;

static bool number(const struct fact *f, const char *name, struct arena *a, uint64_t *out)
{
	return str_to_u64(fact_text(f, name, a), 10, out);
}

static uint64_t size_of(const struct fact *disk, struct str path, const fact_list *files,
	struct arena *a)
{
	uint64_t bytes = 0;

	if (number(disk, "size_bytes", a, &bytes))
		return bytes;
	for (size_t i = 0; i < files->n; i++)
		if (files->v[i].host == disk->host &&
			str_ieq(fact_text(&files->v[i], "path", a), path) &&
			number(&files->v[i], "size_bytes", a, &bytes))
			return bytes;
	return 0;
}

static void add(pile_list *piles, const struct fact *disk, struct str vm, struct str volume,
	uint64_t bytes)
{
	for (size_t i = 0; i < piles->n; i++)
		if (piles->v[i].at->host == disk->host && str_ieq(piles->v[i].vm, vm) &&
			str_ieq(piles->v[i].volume, volume)) {
			piles->v[i].bytes += bytes;
			return;
		}
	vec_push(piles, (struct pile){ disk, vm, volume, bytes });
}

static bool seen_before(const fact_list *disks, size_t n, struct str path, struct arena *a)
{
	for (size_t i = 0; i < n; i++)
		if (disks->v[i].host == disks->v[n].host &&
			str_ieq(fact_text(&disks->v[i], "path", a), path))
			return true;
	return false;
}

static void pile_up(pile_list *piles, const fact_list *disks, const fact_list *files, struct arena *a)
{
	for (size_t i = 0; i < disks->n; i++) {
		const struct fact *f = &disks->v[i];
		struct str path = fact_text(f, "path", a), volume = volume_of_path(path);
		uint64_t bytes;

		if ((!str_iends(path, STR(".avhdx")) && !str_iends(path, STR(".avhd"))) || !volume.n ||
			seen_before(disks, i, path, a))
			continue;
		bytes = size_of(f, path, files, a);
		if (bytes)
			add(piles, f, fact_text(f, "vm", a), volume, bytes);
	}
}

static bool is_volume(const struct fact *f, struct str volume, struct arena *a)
{
	struct str letter = fact_text(f, "letter", a), path = fact_text(f, "path", a);

	if (volume.n > 2)
		return str_ieq(path, volume);
	return letter.n && letter.n < 4 && str_ieq(str_sub(letter, 0, 1), str_sub(volume, 0, 1));
}

static bool free_of(const struct pile *p, const fact_list *volumes, bool any_host, struct arena *a,
	uint64_t *bytes)
{
	for (size_t i = 0; i < volumes->n; i++)
		if ((any_host || volumes->v[i].host == p->at->host) &&
			is_volume(&volumes->v[i], p->volume, a) &&
			number(&volumes->v[i], "free_bytes", a, bytes))
			return true;
	return false;
}

static void tell(struct deriver *d, const struct pile *p, uint64_t room)
{
	struct arena *a = derive_arena(d);

	derive_fact(d, p->at, "chain.finding");
	derive_put(d, "finding", STR("no-room"));
	derive_put(d, "path", fact_text(p->at, "path", a));
	derive_put(d, "vm", p->vm);
	derive_put(d, "vm_id", fact_text(p->at, "vm_id", a));
	derive_put(d, "volume", p->volume);
	derive_put(d, "size_bytes", arena_printf(a, "%llu", (unsigned long long)p->bytes));
	derive_put(d, "free_bytes", arena_printf(a, "%llu", (unsigned long long)room));
}

void derive_room(struct deriver *d)
{
	const struct case_file *c = derive_case(d);
	struct arena *a = derive_arena(d);
	fact_list disks, files, volumes, shared;
	pile_list piles = { 0 };

	facts_of(c, "vm.disk", &disks);
	facts_of(c, "file", &files);
	facts_of(c, "volume", &volumes);
	facts_of(c, "cluster.volume", &shared);
	if (volumes.n || shared.n)
		pile_up(&piles, &disks, &files, a);
	for (size_t i = 0; i < piles.n; i++) {
		uint64_t room;

		if ((free_of(&piles.v[i], &shared, true, a, &room) ||
			    free_of(&piles.v[i], &volumes, false, a, &room)) &&
			room < piles.v[i].bytes)
			tell(d, &piles.v[i], room);
	}
	free(piles.v);
	free(disks.v);
	free(files.v);
	free(volumes.v);
	free(shared.v);
}
