/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which to look: severity counts half, confidence a good third, recency the rest. What
 * matches the user's words comes first, and says why.
 */
#include <stdlib.h>

#include "analyzer/correlate/about.h"
#include "analyzer/correlate/correlate_parts.h"

#define RECENT_DAYS 14

static int rank_score(const struct correlator *k, const struct incident *in)
{
	int64_t age = k->c->collected_100ns == TIME_NONE || in->end_100ns == TIME_NONE
			      ? 0 : k->c->collected_100ns - in->end_100ns;
	int days = age < 0 || in->state == INCIDENT_STANDING ? 0
		   : age / TICKS_DAY > RECENT_DAYS	     ? RECENT_DAYS
							     : (int)(age / TICKS_DAY);

	return ((int)in->severity + 1) * 125 + in->confidence_milli * 35 / 100 +
	       (RECENT_DAYS - days) * 150 / RECENT_DAYS;
}

static int by_rank(const void *a, const void *b, void *with)
{
	const struct incident *x = a, *y = b;
	const struct correlator *k = with;
	int p = rank_score(k, x), q = rank_score(k, y);

	if ((x->about.n > 0) != (y->about.n > 0))
		return x->about.n ? -1 : 1;
	if (p != q)
		return p > q ? -1 : 1;
	if (x->start_100ns != y->start_100ns)
		return x->start_100ns < y->start_100ns ? -1 : 1;
	if (!str_eq(x->rule, y->rule))
		return str_cmp(x->rule, y->rule);
	return str_cmp(x->id, y->id);
}

void rank_incidents(struct correlator *k, const struct correlate_options *o)
{
	struct result *out = k->out;

	for (size_t i = 0; o && str_trim(o->about).n && i < out->incidents.n; i++)
		out->incidents.v[i].about =
			about_incident(k->a, k->c, &out->incidents.v[i], str_trim(o->about));
	if (out->incidents.n)
		qsort_r(out->incidents.v, out->incidents.n, sizeof(*out->incidents.v), by_rank, k);
	for (size_t i = 0; i < out->incidents.n; i++)
		out->incidents.v[i].rank = (unsigned)i + 1;
}
