/* SPDX-License-Identifier: Apache-2.0 */
/* For the page's script: the zones of the hosts over the span of the case, and the VMs by name and id. */
#include <stdlib.h>

#include "analyzer/base/map.h"
#include "analyzer/case/facts.h"
#include "analyzer/case/zone.h"
#include "reports/json.h"
#include "reports/page.h"

#define DAYS_MAX 4000
#define VMS_MAX 500

/* The instant within (low, high] at which the offset becomes what it is at `high`. */
static int64_t change_between(struct zone *z, int64_t low, int64_t high)
{
	int after = zone_offset_minutes(z, high);

	while (high - low > TICKS_SECOND) {
		int64_t middle = low + (high - low) / 2;

		if (zone_offset_minutes(z, middle) == after)
			high = middle;
		else
			low = middle;
	}
	return high;
}

static void put_change(struct json *j, int64_t ticks, int minutes)
{
	json_open(j, '[');
	json_number(j, ticks);
	json_number(j, minutes);
	json_close(j, ']');
}

static void put_zone(struct json *j, const struct case_file *c, struct str name, int64_t base)
{
	struct zone *z = c->timeline_count ? zone_open(name) : NULL;
	int64_t at = c->first_100ns, next;
	int offset, days = 0;

	if (!z)
		return;
	offset = zone_offset_minutes(z, at);
	put_change(j, at - base, offset);
	for (; at < c->last_100ns && days < DAYS_MAX; at = next, days++) {
		next = at + TICKS_DAY;
		if (zone_offset_minutes(z, next) == offset)
			continue;
		offset = zone_offset_minutes(z, next);
		put_change(j, change_between(z, at, next) - base, offset);
	}
	zone_close(z);
}

/* [[ticks, minutes] …] a host: from then on, civil time minus UTC; empty where no zone is known. */
void page_zones(struct json *j, const struct page *p, int64_t base)
{
	const struct case_file *c = p->in->c;

	json_key(j, "zones");
	json_open(j, '[');
	for (size_t i = 0; i < c->hosts.n; i++) {
		const struct host *h = &c->hosts.v[i];

		json_open(j, '[');
		if (h->zone.n && h->time_source != TIME_ASSUMED)
			put_zone(j, c, h->zone, base);
		json_close(j, ']');
	}
	json_close(j, ']');
}

struct lane_host {
	uint32_t host;
	bool cited;
	uint64_t events;
};

static int by_weight(const void *a, const void *b)
{
	const struct lane_host *x = a, *y = b;

	if (x->cited != y->cited)
		return x->cited ? -1 : 1;
	if (x->events != y->events)
		return x->events > y->events ? -1 : 1;
	return x->host < y->host ? -1 : x->host > y->host;
}

static void mark_cited(const struct page *p, struct lane_host *hosts)
{
	const struct result *r = p->in->result;

	for (size_t i = 0; i < r->incidents.n; i++)
		for (size_t k = 0; k < r->incidents.v[i].evidence.n; k++) {
			uint32_t h = case_find_host(p->in->c, r->incidents.v[i].evidence.v[k].host);

			if (h != HOST_NONE)
				hosts[h].cited = true;
		}
}

void page_own_lanes(const struct page *p, bool *own)
{
	const struct case_file *c = p->in->c;
	struct lane_host *hosts = xmalloc((c->hosts.n + 1) * sizeof(*hosts));

	memset(own, 0, c->hosts.n * sizeof(*own));
	for (uint32_t h = 0; h < c->hosts.n; h++)
		hosts[h] = (struct lane_host){ h, false, c->hosts.v[h].events };
	mark_cited(p, hosts);
	qsort(hosts, c->hosts.n, sizeof(*hosts), by_weight);
	for (size_t i = 0, lanes = 0; i < c->hosts.n && lanes < PAGE_LANES_MAX; i++)
		if (hosts[i].events) {
			own[hosts[i].host] = true;
			lanes++;
		}
	free(hosts);
}

void page_lane_hosts(struct json *j, const struct page *p)
{
	const struct case_file *c = p->in->c;
	bool *own = xmalloc((c->hosts.n + 1) * sizeof(*own));

	page_own_lanes(p, own);
	json_key(j, "lanes");
	json_open(j, '[');
	for (size_t h = 0; h < c->hosts.n; h++)
		if (own[h])
			json_unsigned(j, h);
	json_close(j, ']');
	free(own);
}

/* How far off the times of each host may be, in milliseconds. */
void page_doubts(struct json *j, const struct page *p)
{
	const struct case_file *c = p->in->c;

	json_key(j, "doubts");
	json_open(j, '[');
	for (size_t i = 0; i < c->hosts.n; i++)
		json_number(j, c->hosts.v[i].doubt_ms);
	json_close(j, ']');
}

static void put_shown(struct json *j, struct str text)
{
	struct buf plain = { 0 };

	escape_plain(&plain, text);
	json_text(j, buf_str(&plain));
	buf_free(&plain);
}

static void put_vm(struct json *j, struct map *seen, struct str name, struct str id)
{
	bool added;

	if (!name.n || map_count(seen) >= VMS_MAX)
		return;
	map_intern(seen, name, &added);
	if (!added)
		return;
	json_open(j, '[');
	put_shown(j, name);
	if (id.n)
		put_shown(j, id);
	json_close(j, ']');
}

static void put_vms_of(struct json *j, const struct page *p, const char *type, struct map *seen,
	struct arena *a)
{
	fact_list facts = { 0 };

	facts_of(p->in->c, type, &facts);
	for (size_t i = 0; i < facts.n; i++)
		put_vm(j, seen, fact_text(&facts.v[i], "name", a), fact_text(&facts.v[i], "id", a));
	free(facts.v);
}

/* [name, id] a VM, or the name alone: of the facts about VMs and of incidents. */
void page_vms(struct json *j, const struct page *p)
{
	const struct result *r = p->in->result;
	struct arena *a = arena_new();
	struct map *seen = map_new(true);

	json_key(j, "vms");
	json_open(j, '[');
	put_vms_of(j, p, "vm", seen, a);
	put_vms_of(j, p, "vm.config", seen, a);
	for (size_t i = 0; i < r->incidents.n; i++)
		for (size_t v = 0; v < r->incidents.v[i].vms.n; v++)
			put_vm(j, seen, r->incidents.v[i].vms.v[v], STR(""));
	json_close(j, ']');
	map_free(seen);
	arena_free(a);
}
