/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/correlate/entity.h"

#include <stdlib.h>

#include "analyzer/base/text.h"
#include "analyzer/correlate/entity_parts.h"

#define NAME(text) { text, sizeof(text) - 1 }

static const struct str type_names[] = {
	NAME("vm"), NAME("vm_id"), NAME("guest"), NAME("host"), NAME("node"), NAME("path"),
	NAME("volume"), NAME("csv"), NAME("disk"), NAME("port"), NAME("target"), NAME("lun"),
	NAME("writer"), NAME("writer_id"), NAME("provider_id"), NAME("snapshot_set"),
	NAME("service"), NAME("process"), NAME("pid"), NAME("account"), NAME("resource"),
	NAME("group"), NAME("switch"), NAME("filter"), NAME("job"), NAME("cluster"),
};

enum entity_type entity_type(struct str name)
{
	for (int i = 0; i < ENTITY_NONE; i++)
		if (str_eq(name, type_names[i]))
			return (enum entity_type)i;
	return ENTITY_NONE;
}

struct str entity_type_name(enum entity_type t)
{
	return t < ENTITY_NONE ? type_names[t] : STR("");
}

enum entity_type entity_class(enum entity_type t)
{
	switch (t) {
	case ENTITY_VM_ID:
		return ENTITY_VM;
	case ENTITY_CSV:
		return ENTITY_VOLUME;
	case ENTITY_NODE:
	case ENTITY_GUEST:
		return ENTITY_HOST;
	default:
		return t;
	}
}

struct entities *entities_new(const struct case_file *c)
{
	struct entities *en = xmalloc(sizeof(*en));

	*en = (struct entities){ .c = c, .a = arena_new(), .keys = map_new(false),
		.seen = map_new(false), .named = map_new(false), .below = map_new(false),
		.taken = map_new(false), .tied = map_new(false) };
	en->guest_vm = arena_array(en->a, uint32_t, c->hosts.n + 1);
	for (size_t i = 0; i <= c->hosts.n; i++)
		en->guest_vm[i] = MAP_NONE;
	return en;
}

void entities_free(struct entities *en)
{
	if (!en)
		return;
	map_free(en->keys);
	map_free(en->taken);
	map_free(en->seen);
	map_free(en->named);
	map_free(en->below);
	free(en->held.v);
	map_free(en->tied);
	free(en->spellings.v);
	free(en->ties.v);
	free(en->pairs.v);
	free(en->on.v);
	arena_free(en->a);
	free(en);
}

uint32_t entity_add(struct entities *en, enum entity_type class, struct str key, struct str shown)
{
	bool added;
	uint32_t i;
	struct str full = arena_printf(en->a, "%02d%.*s", (int)class, STR_ARG(key));

	i = map_intern(en->keys, full, &added);
	if (added) {
		struct spelling s = { .class = class, .shown = arena_str(en->a, shown), .root = i,
			.host = HOST_NONE };

		vec_push(&en->spellings, s);
	} else if (str_cmp(shown, en->spellings.v[i].shown) < 0) {
		en->spellings.v[i].shown = arena_str(en->a, shown);   /* whatever comes first */
	}
	return i;
}

static uint32_t root_of(const struct entities *en, uint32_t i)
{
	while (en->spellings.v[i].root != i)
		i = en->spellings.v[i].root;
	return i;
}

/* How well a spelling serves as the name: a VM's name before its GUID, a CSV before a letter. */
static int name_grade(const struct spelling *s)
{
	uint8_t raw[16];

	if (s->class == ENTITY_VM)
		return guid_parse(s->shown, raw) ? 1 : 0;
	if (s->class == ENTITY_VOLUME)
		return s->csv ? 0 : s->shown.n <= 3 ? 1 : 2;
	return 0;
}

static bool better_name(const struct spelling *a, const struct spelling *b)
{
	int ga = name_grade(a), gb = name_grade(b);

	return ga != gb ? ga < gb : str_cmp(a->shown, b->shown) < 0;
}

static void unite(struct entities *en, uint32_t a, uint32_t b)
{
	uint32_t x = root_of(en, a), y = root_of(en, b);

	if (x == y)
		return;
	if (better_name(&en->spellings.v[y], &en->spellings.v[x])) {
		uint32_t t = x;

		x = y;
		y = t;
	}
	en->spellings.v[y].root = x;
	en->spellings.v[x].csv |= en->spellings.v[y].csv;
}

void entity_tie(struct entities *en, uint32_t a, uint32_t b, struct ref at)
{
	struct tie tie = { a, b, at };
	uint32_t both[2] = { a, b };
	bool added;

	if (a == MAP_NONE || b == MAP_NONE || a == b)
		return;
	map_intern(en->tied, str_make((const char *)both, sizeof(both)), &added);
	if (!added)
		return;
	if (en->spellings.v[a].class == ENTITY_VM) {
		bool named_a = en->spellings.v[a].host != HOST_NONE;

		if (named_a == (en->spellings.v[b].host != HOST_NONE))
			return;   /* two names or two GUIDs in one row: two VMs */
		vec_push(&en->pairs, named_a ? tie : (struct tie){ b, a, at });
		return;
	}
	vec_push(&en->ties, tie);
}

void entity_vm_on(struct entities *en, uint32_t vm, uint32_t host)
{
	struct tie on = { .a = vm, .b = host };
	uint32_t both[2] = { vm, host };
	bool added;

	if (vm == MAP_NONE || host == HOST_NONE)
		return;
	map_intern(en->named, str_make((const char *)both, sizeof(both)), &added);
	if (added)
		vec_push(&en->on, on);
}

void entity_guest_of(struct entities *en, struct str guest, uint32_t vm)
{
	uint32_t host = case_find_host(en->c, guest);

	if (host != HOST_NONE && vm != MAP_NONE && en->guest_vm[host] == MAP_NONE)
		en->guest_vm[host] = vm;
}

static int by_pair(const void *a, const void *b)
{
	const struct tie *x = a, *y = b;

	return x->a != y->a ? (x->a < y->a ? -1 : 1) : x->b != y->b ? (x->b < y->b ? -1 : 1) : 0;
}

/*
 * A name unites with the one GUID it stands for: in the whole case, else at least on its host. All
 * spellings of one name are neighbours through `name_of`.
 */
static void settle_names(struct entities *en)
{
	size_t n = en->spellings.n;
	uint32_t *of_case = xmalloc((n + 1) * sizeof(*of_case));   /* a name -> its GUID */
	uint32_t *of_host = xmalloc((n + 1) * sizeof(*of_host));

	memset(of_case, 0xff, (n + 1) * sizeof(*of_case));
	memset(of_host, 0xff, (n + 1) * sizeof(*of_host));
	if (en->pairs.n)
		qsort(en->pairs.v, en->pairs.n, sizeof(*en->pairs.v), by_pair);
	for (size_t i = 0; i < en->pairs.n; i++) {
		uint32_t name = en->pairs.v[i].a, guid = en->pairs.v[i].b;
		uint32_t common = en->spellings.v[name].name;

		of_host[name] = of_host[name] == MAP_NONE || of_host[name] == guid ? guid : MAP_NONE - 1;
		of_case[common] = of_case[common] == MAP_NONE || of_case[common] == guid ? guid
											 : MAP_NONE - 1;
	}
	for (size_t i = 0; i < en->pairs.n; i++)   /* each is called by its name all the same */
		if (of_case[en->spellings.v[en->pairs.v[i].a].name] == MAP_NONE - 1)
			en->spellings.v[en->pairs.v[i].b].shown = en->spellings.v[en->pairs.v[i].a].shown;
	for (uint32_t i = 0; i < n; i++) {
		const struct spelling *s = &en->spellings.v[i];

		if (s->class != ENTITY_VM || s->host == HOST_NONE)
			continue;
		if (of_case[s->name] < MAP_NONE - 1)
			unite(en, i, of_case[s->name]);
		else if (of_case[s->name] == MAP_NONE)
			unite(en, i, s->name);   /* nothing tells them apart: candidates */
		else if (of_host[i] < MAP_NONE - 1)
			unite(en, i, of_host[i]);
	}
	free(of_case);
	free(of_host);
}

/* A host that is called like a VM is taken as that VM's guest, if only one VM is called so. */
static void settle_guests(struct entities *en)
{
	for (uint32_t h = 0; h < en->c->hosts.n; h++) {
		uint32_t found = MAP_NONE;

		for (uint32_t i = 0; i < en->spellings.n && en->guest_vm[h] == MAP_NONE; i++) {
			const struct spelling *s = &en->spellings.v[i];

			if (s->class != ENTITY_VM || s->host == HOST_NONE || s->host == h ||
				case_find_host(en->c, s->shown) != h)
				continue;
			if (found == MAP_NONE)
				found = root_of(en, i);
			else if (found != root_of(en, i))
				found = MAP_NONE - 1;
		}
		if (found < MAP_NONE - 1)
			en->guest_vm[h] = found;
		else if (en->guest_vm[h] != MAP_NONE)
			en->guest_vm[h] = root_of(en, en->guest_vm[h]);
	}
}

void entities_settle(struct entities *en)
{
	for (size_t i = 0; i < en->ties.n; i++)
		unite(en, en->ties.v[i].a, en->ties.v[i].b);
	settle_names(en);
	settle_guests(en);
	for (size_t i = 0; i < en->on.n; i++) {
		char key[24];

		map_intern(en->seen, str_make(key, (size_t)snprintf(key, sizeof(key), "%u@%u",
						      root_of(en, en->on.v[i].a), en->on.v[i].b)), NULL);
	}
}

uint32_t entity_of(const struct entities *en, uint32_t spelling)
{
	return root_of(en, spelling);
}

struct str entity_name(const struct entities *en, uint32_t spelling)
{
	return en->spellings.v[root_of(en, spelling)].shown;
}

bool entity_is_csv(const struct entities *en, uint32_t spelling)
{
	return en->spellings.v[root_of(en, spelling)].csv;
}

uint32_t entity_guest_vm(const struct entities *en, uint32_t host)
{
	return host == HOST_NONE ? MAP_NONE : en->guest_vm[host];
}

bool entity_vm_seen_on(const struct entities *en, uint32_t vm, uint32_t host)
{
	char key[24];

	return host != HOST_NONE &&
	       map_find(en->seen, str_make(key, (size_t)snprintf(key, sizeof(key), "%u@%u",
							  root_of(en, vm), host))) != MAP_NONE;
}
