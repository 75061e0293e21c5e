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

static void check_vms(struct deriver *d, const fact_list *vms, uint32_t host, struct str list)
{
	struct arena *a = derive_arena(d);

	for (size_t i = 0; i < vms->n && is_whole(list); i++) {
		struct str version = fact_text(&vms->v[i], "version", a);

		if (vms->v[i].host != host || str_chr(version, '.') <= 0 || lists(list, version))
			continue;
		derive_fact(d, &vms->v[i], "vm.finding");
		derive_put(d, "finding", STR("version-unsupported"));
		derive_put(d, "vm", fact_text(&vms->v[i], "name", a));
		derive_put(d, "vm_id", fact_text(&vms->v[i], "id", a));
		derive_put(d, "version", version);
		derive_put(d, "supported", list);
	}
}

/* Get-VMHostSupportedVersion lists them one by one. */
static void check_listed(struct deriver *d, const fact_list *vms, const fact_list *versions)
{
	struct arena *a = derive_arena(d);

	for (size_t i = 0; i < versions->n; i++) {
		uint32_t host = versions->v[i].host;
		struct buf list = { 0 };

		for (size_t k = 0; k < versions->n; k++) {
			if (k < i && versions->v[k].host == host)
				break;   /* another one of this host has been here */
			if (versions->v[k].host == host)
				buf_printf(&list, "%s%.*s", list.n ? ", " : "",
					STR_ARG(fact_text(&versions->v[k], "version", a)));
		}
		if (list.n)
			check_vms(d, vms, host, arena_str(a, buf_str(&list)));
		buf_free(&list);
	}
}

void derive_versions(struct deriver *d)
{
	fact_list vms, hosts, versions;

	facts_of(derive_case(d), "vm", &vms);
	facts_of(derive_case(d), "host.hyperv", &hosts);
	facts_of(derive_case(d), "host.vm_version", &versions);
	for (size_t h = 0; h < hosts.n; h++)
		check_vms(d, &vms, hosts.v[h].host,
			fact_text(&hosts.v[h], "supported_versions", derive_arena(d)));
	check_listed(d, &vms, &versions);
	free(vms.v);
	free(hosts.v);
	free(versions.v);
}
