/* SPDX-License-Identifier: Apache-2.0 */
/* VMs whose configuration version is not among those that their host says it supports. */
#include <stdlib.h>

#include "analyzer/case/derive.h"

/* A list that the shell cut short ("{5.0, 6.2, 7.0, 7.1...}") says nothing of what is not in it. */
static bool is_whole(struct str list)
{
	return list.n && str_find(list, STR("..")) < 0 && str_find(list, STR("…")) < 0;
}

static bool lists(struct str list, struct str version)
{
	size_t from = 0;

	for (size_t i = 0; i <= list.n; i++) {
		bool inside = i < list.n &&
			      ((list.p[i] >= '0' && list.p[i] <= '9') || list.p[i] == '.');

		if (inside)
			continue;
		if (i > from && str_eq(str_sub(list, from, i - from), version))
			return true;
		from = i + 1;
	}
	return false;
}

void derive_versions(struct deriver *d)
{
	struct arena *a = derive_arena(d);
	fact_list vms, hosts;

	facts_of(derive_case(d), "vm", &vms);
	facts_of(derive_case(d), "host.hyperv", &hosts);
	for (size_t h = 0; h < hosts.n; h++) {
		struct str list = fact_text(&hosts.v[h], "supported_versions", a);

		for (size_t i = 0; i < vms.n && is_whole(list); i++) {
			struct str version = fact_text(&vms.v[i], "version", a);

			if (vms.v[i].host != hosts.v[h].host || str_chr(version, '.') <= 0 ||
				lists(list, version))
				continue;
			derive_fact(d, &vms.v[i], "vm.finding");
			derive_put(d, "finding", STR("version-unsupported"));
			derive_put(d, "vm", fact_text(&vms.v[i], "name", a));
			derive_put(d, "vm_id", fact_text(&vms.v[i], "id", a));
			derive_put(d, "version", version);
			derive_put(d, "supported", list);
		}
	}
	free(vms.v);
	free(hosts.v);
}
