/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/correlate/incident.h"

#include <stdlib.h>

const char *incident_state_name(enum incident_state s)
{
	static const char *const names[] = { "open", "recovered", "standing" };

	return names[s];
}

const char *severity_name(enum severity s)
{
	static const char *const names[] = { "low", "medium", "high", "critical" };

	return names[s];
}

const char *evidence_role_name(enum evidence_role r)
{
	static const char *const names[] = { "cause", "symptom", "consequence", "context", "counter" };

	return names[r];
}

const char *evidence_kind_name(enum evidence_kind k)
{
	static const char *const names[] = { "event", "fact", "absence" };

	return names[k];
}

static void incident_free(struct incident *i)
{
	for (size_t k = 0; k < i->evidence.n; k++)
		free(i->evidence.v[k].also.v);
	free(i->vms.v);
	free(i->evidence.v);
	free(i->chain.v);
	free(i->parts.v);
	free(i->rivals.v);
	free(i->remedy.v);
	free(i->references.v);
	free(i->entities.v);
}

bool observation_beside(const struct observation *o, const struct incident *in)
{
	return o->advice.n && o->host.n && str_ieq(o->host, in->host);
}

void result_free(struct result *r)
{
	for (size_t k = 0; k < r->incidents.n; k++)
		incident_free(&r->incidents.v[k]);
	for (size_t k = 0; k < r->missing.n; k++)
		free(r->missing.v[k].decides.v);
	free(r->incidents.v);
	free(r->missing.v);
	free(r->observations.v);
	free(r->activities.v);
	arena_free(r->a);
	*r = (struct result){ 0 };
}
