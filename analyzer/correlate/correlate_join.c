/* SPDX-License-Identifier: Apache-2.0 */
/* Time windows and shared entities: whether one episode can have caused another. */
#include "analyzer/correlate/correlate_parts.h"

static int64_t beyond_host(const struct correlator *k, const struct sighting *row)
{
	int64_t host = row->host == HOST_NONE ? 0 : k->c->hosts.v[row->host].doubt_ms * TICKS_MS;

	return row->doubt_100ns > host ? row->doubt_100ns - host : 0;
}

/* Stamps of one clock, read the same way, are only as doubtful as their precision. */
int64_t pair_doubt(const struct correlator *k, const struct sighting *a, const struct sighting *b)
{
	if (a->host == b->host && a->host != HOST_NONE && a->utc == b->utc)
		return beyond_host(k, a) + beyond_host(k, b);
	return a->doubt_100ns + b->doubt_100ns;
}

#define ZONES_APART (14 * TICKS_HOUR)

static bool zone_assumed(const struct correlator *k, const struct sighting *row)
{
	return !row->utc && row->host != HOST_NONE &&
	       k->c->hosts.v[row->host].time_source == TIME_ASSUMED;
}

int64_t zone_slack(const struct correlator *k, const struct episode *a, const struct episode *b)
{
	const struct sighting *x = &k->s->rows.v[a->first], *y = &k->s->rows.v[b->first];

	if (x->utc == y->utc && x->host == y->host)
		return 0;
	return zone_assumed(k, x) || zone_assumed(k, y) ? ZONES_APART : 0;
}

bool same_types(const struct correlator *k, const struct str_list *same, const struct episode *a,
	const struct episode *b)
{
	uint32_t entity;

	for (size_t i = 0; i < same->n; i++)
		if (!episodes_share(k->s, a, b, entity_type(same->v[i]), &entity))
			return false;
	return true;
}

static bool names_type(const struct correlator *k, const struct episode *e, enum entity_type t)
{
	return t == ENTITY_VM ? episode_vm(k->s, e) != MAP_NONE
			      : episode_entity(k->s, e, t) != MAP_NONE;
}

bool same_object(const struct correlator *k, const struct episode *a, const struct episode *b)
{
	static const enum entity_type types[] = { ENTITY_VM, ENTITY_PATH, ENTITY_VOLUME, ENTITY_JOB,
		ENTITY_RESOURCE, ENTITY_GROUP, ENTITY_DISK, ENTITY_PORT, ENTITY_TARGET, ENTITY_WRITER,
		ENTITY_NODE };
	bool any = false;
	uint32_t entity;

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (!names_type(k, a, types[i]) || !names_type(k, b, types[i]))
			continue;
		if (!episodes_share(k->s, a, b, types[i], &entity))
			return false;
		any = true;
	}
	return any || (a->host == b->host && a->host != HOST_NONE);
}

static bool vms_differ(const struct correlator *k, const struct episode *a, const struct episode *b)
{
	uint32_t x = episode_vm(k->s, a), y = episode_vm(k->s, b);

	return x != MAP_NONE && y != MAP_NONE && x != y;
}

bool disks_differ(const struct correlator *k, const struct episode *a, const struct episode *b)
{
	static const enum entity_type types[] = { ENTITY_DISK, ENTITY_PORT, ENTITY_TARGET };
	uint32_t entity;

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (episode_entity(k->s, a, types[i]) != MAP_NONE &&
			episode_entity(k->s, b, types[i]) != MAP_NONE)
			return !episodes_share(k->s, a, b, types[i], &entity);
	return false;
}

/*
 * The cause lies in the guest of the effect's VM (where the effect names none: in a guest of that
 * host), or on the host of the effect's guest.
 */
static bool guest_join(const struct correlator *k, const struct episode *cause,
	const struct episode *effect)
{
	uint32_t inner = entity_guest_vm(k->s->en, cause->host);
	uint32_t outer = entity_guest_vm(k->s->en, effect->host);

	if (cause->host == effect->host || vms_differ(k, cause, effect))
		return false;
	if (inner != MAP_NONE && episode_vm(k->s, effect) == MAP_NONE)
		return entity_vm_seen_on(k->s->en, inner, effect->host);
	if (inner != MAP_NONE)
		return episode_vm(k->s, effect) == inner;
	return outer != MAP_NONE && entity_vm_seen_on(k->s->en, outer, cause->host);
}

static bool only_host(const struct link_join *join)
{
	return !join->guest && join->same.n == 1 && str_eq(join->same.v[0], STR("host"));
}

/* The cause lies on a volume, and the VM's disks lie on others, as facts tell. */
static bool volumes_differ(const struct correlator *k, const struct episode *cause,
	const struct episode *effect)
{
	uint32_t volume = episode_entity(k->s, cause, ENTITY_VOLUME), vm = episode_vm(k->s, effect);

	return volume != MAP_NONE && vm != MAP_NONE && entity_vm_elsewhere(k->s->en, vm, volume);
}

static bool join_holds(const struct correlator *k, const struct link_join *join,
	const struct episode *cause, const struct episode *effect)
{
	if (join->same.n && !same_types(k, &join->same, cause, effect))
		return false;
	if (join->guest && !guest_join(k, cause, effect))
		return false;
	/* The host alone does not join what speaks of two different VMs or disks. */
	return !only_host(join) || (!vms_differ(k, cause, effect) && !disks_differ(k, cause, effect) &&
		!volumes_differ(k, cause, effect));
}

static bool fact_window(const struct link *link, const struct episode *cause,
	const struct episode *effect, struct edge *out)
{
	int64_t from = episode_onset(cause), to = episode_onset(effect);

	out->order_unknown = from == TIME_NONE || to == TIME_NONE;
	if (!cause->fact && effect->fact && to == TIME_NONE)
		return effect->observed_100ns == TIME_NONE || from <= effect->observed_100ns;
	if (out->order_unknown)
		return true;
	out->gap_100ns = to - from;
	if (from > to + link->after_100ns)
		return false;
	return cause->fact || from >= to - link->within_100ns;
}

static bool in_window(const struct correlator *k, const struct link *link,
	const struct episode *cause, const struct episode *effect, struct edge *out)
{
	const struct sighting *last = &k->s->rows.v[effect->first], *row;
	int64_t doubt, at = effect->start_100ns;

	out->timed = !cause->fact && !effect->fact;
	out->cause_100ns = cause->start_100ns;
	if (!out->timed)
		return fact_window(link, cause, effect, out);
	doubt = pair_doubt(k, &k->s->rows.v[cause->first], last);
	row = episode_row_before(k->s, cause, at + link->after_100ns + doubt);
	if (row->time_100ns > at + link->after_100ns + doubt ||
		row->time_100ns < at - link->within_100ns - doubt)
		return false;
	out->cause_100ns = row->time_100ns;
	out->gap_100ns = at - row->time_100ns;
	out->same_row = row->ref.segment == effect->ref.segment && row->ref.row == effect->ref.row;
	out->doubtful = doubt > link->after_100ns && doubt > llabs(out->gap_100ns);
	return true;
}

/* Links this long join what lasts, and what lasts can have come to its end. */
#define LASTING (6 * TICKS_HOUR)

bool makes_good(const struct correlator *k, const struct episode *bad,
	const struct episode *good)
{
	static const enum entity_type things[] = { ENTITY_RESOURCE, ENTITY_GROUP, ENTITY_JOB, ENTITY_PATH };
	uint32_t vm = episode_vm(k->s, bad), entity;
	bool same = vm == MAP_NONE || episode_vm(k->s, good) == vm;

	for (size_t i = 0; i < sizeof(things) / sizeof(*things); i++)
		same |= episodes_share(k->s, bad, good, things[i], &entity);
	return same && same_object(k, bad, good);
}

/* The last moment at which an episode was so, as far as is known. */
static int64_t last_seen(const struct episode *e)
{
	return e->fact ? e->observed_100ns : e->end_100ns;
}

/* What a later collection found ends what an earlier one found on the same host, never an event. */
static bool may_end(const struct episode *over, const struct episode *e)
{
	return !over->fact || (e->fact && over->host == e->host);
}

uint32_t ending_of(const struct correlator *k, uint32_t episode)
{
	const struct episode *e = episode_at(k, episode);
	const struct signal *signal = episode_signal(k->s, e);
	const struct signal_refs *lists[] = { &signal->ends, &signal->success };

	for (size_t l = 0; l < 2; l++)
		for (size_t i = 0; i < lists[l]->n; i++) {
			size_t end, n = episodes_of(k->s, lists[l]->v[i], &end);

			for (; n < end; n++) {
				const struct episode *over = &k->s->episodes.v[n];

				if (last_seen(over) > last_seen(e) && may_end(over, e) &&
					(l ? makes_good(k, e, over) : same_object(k, e, over)))
					return (uint32_t)n;
			}
		}
	return UINT32_MAX;
}

static bool ended_by(const struct correlator *k, const struct signal_refs *ends,
	const struct episode *cause, int64_t from, int64_t to)
{
	for (size_t i = 0; i < ends->n; i++) {
		size_t end, n = episodes_of(k->s, ends->v[i], &end);

		for (; n < end; n++) {
			const struct episode *good = &k->s->episodes.v[n];

			if (!good->fact && good->start_100ns < to &&
				episode_row_before(k->s, good, to - 1)->time_100ns > from &&
				makes_good(k, cause, good))
				return true;
		}
	}
	return false;
}

/* What was made good before the effect came did not bring it about. */
static bool was_over(const struct correlator *k, const struct link *l, const struct episode *cause,
	const struct episode *effect, const struct edge *e)
{
	const struct signal *signal = episode_signal(k->s, cause);

	return e->timed && l->within_100ns >= LASTING &&
	       (ended_by(k, &signal->ends, cause, e->cause_100ns, effect->start_100ns) ||
		       ended_by(k, &signal->success, cause, e->cause_100ns, effect->start_100ns));
}

bool edge_between(struct correlator *k, uint32_t link, uint32_t cause, uint32_t effect,
	struct edge *out)
{
	const struct link *l = &k->kb->links.v[link];
	const struct episode *from = episode_at(k, cause), *to = episode_at(k, effect);

	*out = (struct edge){ .cause = cause, .effect = effect, .link = link };
	if (cause == effect || !in_window(k, l, from, to, out))
		return false;
	for (uint32_t i = 0; i < l->joins.n; i++) {
		if (!join_holds(k, &l->joins.v[i], from, to))
			continue;
		if (was_over(k, l, from, to, out))
			return false;
		out->join = i;
		out->weight_milli = l->joins.v[i].weight_milli;
		out->host_only = only_host(&l->joins.v[i]) && !out->same_row;
		if (out->same_row)   /* one row: nothing can join closer */
			out->weight_milli = l->joins.v[0].weight_milli;
		return out->weight_milli >= FLOOR_MILLI;
	}
	return false;
}

/* The first of a signal's episodes, sorted by time, that starts at `time` or later. */
size_t later_than(const struct correlator *k, size_t low, size_t high, int64_t time_100ns)
{
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (k->s->episodes.v[mid].start_100ns < time_100ns)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool is_around(const struct correlator *k, const struct episode *e,
	const struct episode *anchor, int64_t at, int64_t within, int64_t *away)
{
	const struct sighting *row;
	int64_t doubt, before, after;

	*away = 0;
	if (e->fact || at == TIME_NONE)
		return true;
	doubt = pair_doubt(k, &k->s->rows.v[e->first], &k->s->rows.v[anchor->first]);
	row = episode_row_before(k->s, e, at);
	before = llabs(at - row->time_100ns);
	after = row + 1 < k->s->rows.v + e->first + e->count ? llabs(row[1].time_100ns - at) : before;
	*away = before < after ? before : after;
	return *away <= within + doubt;
}

uint32_t find_around(const struct correlator *k, const struct signal_refs *refs,
	const struct episode *anchor, int64_t at_100ns, int64_t within_100ns,
	const struct str_list *same)
{
	static const struct str host = { "host", 4 };
	struct str_list by_host = { (struct str *)&host, 1 };
	uint32_t best = EPISODE_NONE;
	int64_t best_away = INT64_MAX;

	for (size_t i = 0; i < refs->n; i++) {
		size_t end, e = episodes_of(k->s, refs->v[i], &end);
		int64_t slack = within_100ns + k->longest_100ns[refs->v[i]] + k->doubt_100ns;

		for (; e < end; e++) {
			const struct episode *ep = &k->s->episodes.v[e];
			int64_t away;

			if (!ep->fact && at_100ns != TIME_NONE && ep->start_100ns < at_100ns - slack) {
				e = later_than(k, e, end, at_100ns - slack) - 1;
				continue;
			}
			if (!ep->fact && at_100ns != TIME_NONE && ep->start_100ns > at_100ns + slack)
				break;
			if (!is_around(k, ep, anchor, at_100ns, within_100ns, &away) || away >= best_away ||
				!same_types(k, same->n ? same : &by_host, anchor, ep))
				continue;
			best = (uint32_t)e;
			best_away = away;
		}
	}
	return best;
}

/* "A/B", "A-B" and "A%4B" are one channel; a provider's name stands for its channels. */
static bool source_fits(struct str have, struct str want)
{
	size_t i;

	if (have.n < want.n)
		return false;
	for (i = 0; i < want.n; i++) {
		char x = ascii_lower(have.p[i]), y = ascii_lower(want.p[i]);

		if (x != y && !((x == '/' || x == '-') && (y == '/' || y == '-')))
			return false;
	}
	return have.n == want.n || have.p[i] == '/' || have.p[i] == '-';
}

bool source_here(const struct correlator *k, uint32_t host, struct str source, int64_t from_100ns,
	int64_t to_100ns)
{
	for (size_t i = 0; i < k->c->coverage.n; i++) {
		const struct coverage *cov = &k->c->coverage.v[i];

		if (cov->host != host || !source_fits(cov->source, source))
			continue;
		if (cov->facts || cov->from_100ns == TIME_NONE || from_100ns == TIME_NONE)
			return true;   /* facts: the tool ran */
		if (coverage_holds(cov, from_100ns, to_100ns))
			return true;
	}
	return false;
}
