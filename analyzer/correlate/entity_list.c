/* SPDX-License-Identifier: Apache-2.0 */
/* The names that are taken for one thing, and on what ground: what a reader checks a join with. */
#include <stdlib.h>

#include "analyzer/correlate/entity_parts.h"

static void keep_first(const struct tie *tie, uint32_t i, struct ref *at)
{
	if (tie->a != i && tie->b != i)
		return;
	if (tie->at.segment < at->segment || (tie->at.segment == at->segment && tie->at.row < at->row))
		*at = tie->at;
}

/* The first row that names this spelling and another one of the same VM or other thing. */
static struct ref row_of_both(const struct entities *en, uint32_t i)
{
	struct ref at = { UINT32_MAX, UINT32_MAX };

	for (size_t k = 0; k < en->pairs.n; k++)
		keep_first(&en->pairs.v[k], i, &at);
	for (size_t k = 0; k < en->ties.n; k++)
		keep_first(&en->ties.v[k], i, &at);
	return at;
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
	struct ref at = row_of_both(en, i);
	bool same = str_ieq(s->shown, entity_name(en, i)), tied = at.segment != UINT32_MAX;

	return (struct entity_alias){ .type = s->class, .name = entity_name(en, i),
		.alias = s->shown, .candidate = !same && !tied, .at = at,
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
