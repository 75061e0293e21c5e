/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a list of VSS writers holds, in one fact, so that knowledge files can say which writer must
 * not be absent from it. The writers of a list are the vss.writer facts of the same segment.
 */
#include <stdlib.h>

#include "analyzer/case/derive.h"

static void summarize(struct deriver *d, const struct fact *list, const fact_list *writers)
{
	struct arena *a = derive_arena(d);
	struct buf ids = { 0 }, names = { 0 };

	if (!fact_text(list, "count", a).n)
		return;                  /* the list has gaps */
	for (size_t i = 0; i < writers->n; i++) {
		const struct fact *w = &writers->v[i];

		if (w->ref.segment != list->ref.segment)
			continue;
		buf_printf(&ids, "%s%.*s", ids.n ? " " : "", STR_ARG(fact_text(w, "class_id", a)));
		buf_printf(&names, "%s%.*s", names.n ? ", " : "", STR_ARG(fact_text(w, "name", a)));
	}
	derive_fact(d, list, "vss.writers.seen");
	derive_put(d, "count", fact_text(list, "count", a));
	derive_put(d, "class_ids", buf_str(&ids));
	derive_put(d, "names", buf_str(&names));
	buf_free(&ids);
	buf_free(&names);
}

void derive_writers(struct deriver *d)
{
	fact_list lists, writers;

	facts_of(derive_case(d), "vss.writers", &lists);
	facts_of(derive_case(d), "vss.writer", &writers);
	for (size_t i = 0; i < lists.n; i++)
		summarize(d, &lists.v[i], &writers);
	free(lists.v);
	free(writers.v);
}
