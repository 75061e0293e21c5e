/* SPDX-License-Identifier: Apache-2.0 */
/* The names that are taken for one thing, and on what ground: what a reader checks a join with. */
#include <stdlib.h>

#include "analyzer/correlate/entity_parts.h"

/* Whether one row names both, for a pair of spellings of a VM or of anything else. */
static bool tied_in_a_row(const struct entities *en, uint32_t i)
{
	for (size_t k = 0; k < en->pairs.n; k++)
		if (en->pairs.v[k].a == i || en->pairs.v[k].b == i)
			return true;
	for (size_t k = 0; k < en->ties.n; k++)
		if (en->ties.v[k].a == i || en->ties.v[k].b == i)
			return true;
	return false;
}

static int by_name(const void *a, const void *b)
{
	const struct entity_alias *x = a, *y = b;
	int order = x->type != y->type ? (x->type < y->type ? -1 : 1) : str_cmp(x->name, y->name);

	if (!order)
		order = str_cmp(x->alias, y->alias);
	if (!order)   /* the proven ground first */
		order = (int)x->candidate - (int)y->candidate;
	return order;
}

static struct entity_alias alias_of(const struct entities *en, uint32_t i)
{
	const struct spelling *s = &en->spellings.v[i];
	bool same = str_ieq(s->shown, entity_name(en, i)), tied = tied_in_a_row(en, i);

	return (struct entity_alias){ .type = s->class, .name = entity_name(en, i),
		.alias = s->shown, .candidate = !same && !tied,
		.why = same ? STR("the name itself") : tied ? STR("one record or fact names both") :
			STR("nothing tells them apart") };
}

size_t entities_aliases(const struct entities *en, struct entity_alias **out)
{
	uint32_t *sizes = xmalloc((en->spellings.n + 1) * sizeof(*sizes));
	struct entity_alias *all = xmalloc((en->spellings.n + 1) * sizeof(*all));
	size_t n = 0, kept = 0;

	memset(sizes, 0, (en->spellings.n + 1) * sizeof(*sizes));
	for (uint32_t i = 0; i < en->spellings.n; i++)
		sizes[entity_of(en, i)] += !str_ieq(en->spellings.v[i].shown, entity_name(en, i));
	for (uint32_t i = 0; i < en->spellings.n; i++)
		if (sizes[entity_of(en, i)])
			all[n++] = alias_of(en, i);
	free(sizes);
	qsort(all, n, sizeof(*all), by_name);
	for (size_t i = 0; i < n; i++)
		if (!kept || all[kept - 1].type != all[i].type ||
			!str_eq(all[kept - 1].name, all[i].name) ||
			!str_eq(all[kept - 1].alias, all[i].alias))
			all[kept++] = all[i];
	*out = all;
	return kept;
}
