/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/correlate/correlate.h"

#include "analyzer/correlate/correlate_parts.h"

void correlate(const struct knowledge *kb, const struct case_file *c,
	const struct correlate_options *o, struct result *out)
{
	struct correlator k;

	*out = (struct result){ .a = arena_new() };
	correlator_run(&k, kb, c, out);
	group_failures(&k);
	tell_incidents(&k, o);
	tell_observations(&k);
	finish_missing(&k);
	tell_activities(&k);
	correlator_free(&k);
}
