/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which to look: severity counts half, confidence a good third, recency the rest. What
 * matches the user's words comes first, and says why.
 */
#include <stdlib.h>

#include "analyzer/correlate_parts.h"

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

static struct str about_text(struct correlator *k, const struct incident *in, struct str about)
{
	struct {
		const char *what;
		struct str text;
	} parts[] = { { "its title", in->title }, { "its cause", in->cause },
		{ "its operation", in->operation }, { "its host", in->host },
		{ "its explanation", in->explanation } };

	for (size_t i = 0; i < in->vms.n; i++)
		if (str_ifind(in->vms.v[i], about) >= 0)
			return arena_printf(k->a, "the VM %.*s", STR_ARG(in->vms.v[i]));
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (str_ifind(parts[i].text, about) >= 0)
			return arena_printf(k->a, "%s: %.*s", parts[i].what, STR_ARG(parts[i].text));
	for (size_t i = 0; i < in->entities.n; i++)
		if (str_ifind(in->entities.v[i].name, about) >= 0)
			return arena_printf(k->a, "%.*s %.*s", STR_ARG(in->entities.v[i].type),
				STR_ARG(in->entities.v[i].name));
	for (size_t i = 0; i < in->evidence.n; i++)
		if (str_ifind(in->evidence.v[i].summary, about) >= 0)
			return arena_printf(k->a, "its evidence: %.*s", STR_ARG(in->evidence.v[i].summary));
	return STR("");
}

/* All words of the text must occur somewhere; the text as a whole counts first. */
static struct str matches(struct correlator *k, const struct incident *in, struct str about)
{
	struct str whole = about_text(k, in, about), rest = about, word, why = STR("");

	if (whole.n)
		return whole;
	while (str_split(&rest, ' ', &word)) {
		if (!word.n)
			continue;
		why = about_text(k, in, word);
		if (!why.n)
			return why;
	}
	return why;
}

void rank_incidents(struct correlator *k, const struct correlate_options *o)
{
	struct result *out = k->out;

	for (size_t i = 0; o && str_trim(o->about).n && i < out->incidents.n; i++)
		out->incidents.v[i].about = matches(k, &out->incidents.v[i], str_trim(o->about));
	if (out->incidents.n)
		qsort_r(out->incidents.v, out->incidents.n, sizeof(*out->incidents.v), by_rank, k);
	for (size_t i = 0; i < out->incidents.n; i++)
		out->incidents.v[i].rank = (unsigned)i + 1;
}
