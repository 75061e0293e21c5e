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

static bool from_whole_member(struct deriver *d, const struct fact *f)
{
	const struct case_file *c = derive_case(d);

	return c->ev->members.v[c->segments.v[f->ref.segment].member].status == MEMBER_PARSED;
}

static bool is_first_of_host(const fact_list *rows, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (rows->v[j].host == rows->v[i].host)
			return false;
	return true;
}

/* The same list, from a table with one version a row; empty where the table lost rows. */
static struct str rows_of(struct deriver *d, const fact_list *rows, uint32_t host)
{
	struct arena *a = derive_arena(d);
	struct str list = STR("");

	for (size_t i = 0; i < rows->n; i++) {
		struct str version = fact_text(&rows->v[i], "version", a);

		if (rows->v[i].host != host)
			continue;
		if (!version.n || !from_whole_member(d, &rows->v[i]))
			return STR("");
		list = arena_printf(a, "%.*s%s%.*s", STR_ARG(list), list.n ? "," : "", STR_ARG(version));
	}
	return list;
}

static void compare(struct deriver *d, const fact_list *vms, uint32_t host, struct str list)
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

void derive_versions(struct deriver *d)
{
	struct arena *a = derive_arena(d);
	fact_list vms, hosts, rows;

	facts_of(derive_case(d), "vm", &vms);
	facts_of(derive_case(d), "host.hyperv", &hosts);
	facts_of(derive_case(d), "host.vm_version", &rows);
	for (size_t h = 0; h < hosts.n; h++)
		compare(d, &vms, hosts.v[h].host, fact_text(&hosts.v[h], "supported_versions", a));
	for (size_t i = 0; i < rows.n; i++)
		if (is_first_of_host(&rows, i))
			compare(d, &vms, rows.v[i].host, rows_of(d, &rows, rows.v[i].host));
	free(vms.v);
	free(hosts.v);
	free(rows.v);
}
