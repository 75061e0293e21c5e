/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trace run of TSS looks twice: what it takes before the reproduction has _Start_ in its name, what it
 * takes after it _Stop_ (FwCollect_BasicLog and its like in TSS.ps1). The members' times tell how far apart.
 */
#include "analyzer/case/case_parts.h"

#define LEAD_MAX (14 * TICKS_DAY)

static bool is_start(const struct member *m)
{
	return str_ifind(m->name, STR("_Start_")) >= 0;
}

static bool is_stop(const struct member *m)
{
	return str_ifind(m->name, STR("_Stop_")) >= 0;
}

uint32_t *case_hosts_of_members(const struct case_file *c)
{
	size_t n = c->ev->members.n;
	uint32_t *hosts = arena_array(c->a, uint32_t, n + 1);

	for (size_t i = 0; i < n; i++)
		hosts[i] = HOST_NONE;
	for (size_t i = c->segments.n; i-- > 0;)
		if (segment_kinds(c->segments.v[i].segment))
			hosts[c->segments.v[i].member] = c->segments.v[i].kind_host[0];
	return hosts;
}

/* When the run of a bundle that looked at a host before looked at it again: the latest _Stop_ of both. */
static int64_t stopped_at(const struct case_file *c, const uint32_t *hosts, uint32_t member)
{
	const struct evidence *ev = c->ev;
	int64_t stopped = TIME_NONE;

	for (uint32_t i = 0; i < ev->members.n; i++)
		if (hosts[i] == hosts[member] && ev->members.v[i].bundle == ev->members.v[member].bundle &&
			is_stop(&ev->members.v[i]) && ev->members.v[i].modified_100ns > stopped)
			stopped = ev->members.v[i].modified_100ns;
	return stopped;
}

void case_find_phases(struct case_file *c)
{
	uint32_t *hosts = NULL;

	for (uint32_t i = 0; i < c->ev->members.n; i++) {
		struct member *m = &c->ev->members.v[i];
		int64_t stopped;

		if (!is_start(m))
			continue;
		if (!hosts)
			hosts = case_hosts_of_members(c);
		stopped = hosts[i] == HOST_NONE ? TIME_NONE : stopped_at(c, hosts, i);
		if (stopped == TIME_NONE)
			continue;
		/* Its name says that it is older, even where an unpacking has levelled the times. */
		m->lead_100ns = TICKS_SECOND;
		if (m->modified_100ns != TIME_NONE && stopped > m->modified_100ns &&
			stopped - m->modified_100ns <= LEAD_MAX)
			m->lead_100ns = stopped - m->modified_100ns;
	}
}

static bool is_same_phase(const struct member *a, const struct member *b)
{
	return a->bundle == b->bundle && ((is_start(a) && is_start(b)) || (is_stop(a) && is_stop(b)));
}

/* One stamp tells when all files of its phase of that host were taken, to a minute or so. */
void case_spread_stamps(struct case_file *c)
{
	struct member *v = c->ev->members.v;
	const uint32_t *hosts = NULL;
	size_t n = c->ev->members.n;

	for (size_t i = 0; i < n; i++) {
		if (!v[i].looked_100ns || (!is_start(&v[i]) && !is_stop(&v[i])))
			continue;
		if (!hosts)
			hosts = case_hosts_of_members(c);
		for (size_t k = 0; k < n; k++)
			if (!v[k].looked_100ns && hosts[k] == hosts[i] && is_same_phase(&v[i], &v[k]))
				v[k].looked_100ns = v[i].looked_100ns;
	}
}
