/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/case/case.h"

#include <stdlib.h>

#include "analyzer/case/case_parts.h"
#include "analyzer/case/derive.h"

static void place_segments(struct case_file *c)
{
	for (size_t m = 0; m < c->ev->members.n; m++) {
		const struct member *member = &c->ev->members.v[m];
		uint32_t rows = 0;

		for (size_t i = 0; i < member->segment_count; i++) {
			struct segment *s = member->segments[i];
			struct case_segment placed = { .segment = s, .member = (uint32_t)m,
				.first_row = rows,
				.kind_host = arena_array(c->a, uint32_t, segment_kinds(s) + 1) };

			vec_push(&c->segments, placed);
			rows += (uint32_t)segment_rows(s);
		}
	}
}

static void list_facts(struct case_file *c)
{
	for (uint32_t s = 0; s < c->segments.n; s++) {
		const uint8_t *flags = segment_flags(c->segments.v[s].segment);
		size_t rows = segment_rows(c->segments.v[s].segment);

		if (case_holds_texts(&c->ev->members.v[c->segments.v[s].member]))
			continue;   /* said by the events that they belong to */
		for (uint32_t r = 0; r < rows; r++)
			if (flags[r] & ROW_FACT)
				vec_push(&c->facts, (struct ref){ s, r });
	}
}

static void count_rows(struct case_file *c)
{
	for (size_t i = 0; i < c->timeline_count; i++)
		if (c->timeline[i].host != HOST_NONE)
			c->hosts.v[c->timeline[i].host].events++;
	for (size_t i = 0; i < c->facts.n; i++) {
		struct ref at = c->facts.v[i];
		const struct case_segment *s = &c->segments.v[at.segment];
		uint32_t host = s->kind_host[segment_row_kinds(s->segment)[at.row]];

		if (host != HOST_NONE)
			c->hosts.v[host].facts++;
	}
}

static void find_collection(struct case_file *c)
{
	c->collected_100ns = TIME_NONE;
	for (size_t i = 0; i < c->hosts.n; i++)
		if (c->hosts.v[i].collected_100ns > c->collected_100ns)
			c->collected_100ns = c->hosts.v[i].collected_100ns;
	if (c->collected_100ns == TIME_NONE)
		c->collected_100ns = c->last_100ns;
}

static void take_until(struct case_file *c, struct ref at, uint32_t host, int64_t time_100ns)
{
	uint32_t bundle = c->ev->members.v[c->segments.v[at.segment].member].bundle;
	int64_t *taken = host == HOST_NONE ? NULL : &c->taken_100ns[host * c->ev->bundles.n + bundle];

	if (taken && *taken < time_100ns)
		*taken = time_100ns;
}

int64_t case_collected_utc(const struct case_file *c, struct ref at)
{
	struct field f;
	int64_t t = TIME_NONE;

	if (!segment_find(c->segments.v[at.segment].segment, at.row, STR("collected_utc"), &f))
		return TIME_NONE;
	if (f.type == VALUE_TIME)
		return (int64_t)f.number;
	time_parse_rfc3339(f.bytes, &t);
	return t;
}

/* When collectors say that they ran; learn_from_clock_fact has the same of the host as a whole. */
static void take_clocks(struct case_file *c)
{
	fact_list clocks;

	facts_of(c, "host.clock", &clocks);
	for (size_t i = 0; i < clocks.n; i++)
		take_until(c, clocks.v[i].ref, clocks.v[i].host, case_collected_utc(c, clocks.v[i].ref));
	free(clocks.v);
}

/* One host may be in several bundles: what each tells was so when that one was taken. */
static void find_bundle_collections(struct case_file *c)
{
	size_t n = c->hosts.n * c->ev->bundles.n;

	if (c->ev->bundles.n < 2 || !c->hosts.n)
		return;
	if (!c->taken_100ns)
		c->taken_100ns = arena_array(c->a, int64_t, n);
	for (size_t i = 0; i < n; i++)
		c->taken_100ns[i] = TIME_NONE;
	for (size_t i = 0; i < c->timeline_count; i++) {
		const struct moment *m = &c->timeline[i];

		take_until(c, m->ref, m->host, m->time_100ns);
		for (uint32_t k = m->copies; k; k = c->copies.v[k - 1].next)
			take_until(c, c->copies.v[k - 1].ref, m->host, m->time_100ns);
	}
	take_clocks(c);
}

static void drop_arrangement(struct case_file *c)
{
	for (size_t i = 0; i < c->coverage.n; i++)
		free(c->coverage.v[i].gaps.v);
	free(c->timeline);
	c->timeline = NULL;
	c->copies.n = c->coverage.n = 0;
	c->timeline_count = 0;
	for (size_t i = 0; i < c->hosts.n; i++)
		c->hosts.v[i].events = c->hosts.v[i].facts = 0;
}

/* What collectors stamped above a tool's output is when that output was so. */
static void take_stamps(struct case_file *c)
{
	fact_list clocks;

	for (size_t i = 0; i < c->ev->members.n; i++)
		c->ev->members.v[i].looked_100ns = 0;
	facts_of(c, "host.clock", &clocks);
	for (size_t i = 0; i < clocks.n; i++) {
		struct member *m = &c->ev->members.v[c->segments.v[clocks.v[i].ref.segment].member];
		uint32_t host = clocks.v[i].host;
		struct str text = fact_text(&clocks.v[i], "collected_local", c->a);
		int64_t t;

		if (!text.n || host == HOST_NONE ||
			!time_parse_rfc3339(arena_printf(c->a, "%.*sZ", STR_ARG(text)), &t))
			continue;
		m->looked_100ns = case_local_to_utc(c, host, t);
		if (m->looked_100ns > c->hosts.v[host].collected_100ns)
			c->hosts.v[host].collected_100ns = m->looked_100ns;
	}
	free(clocks.v);
	case_spread_stamps(c);
}

void case_arrange(struct case_file *c, const struct case_options *o)
{
	drop_arrangement(c);
	take_stamps(c);
	case_merge(c, o);
	case_fold_copies(c);
	if (c->timeline_count) {
		c->first_100ns = c->timeline[0].time_100ns;
		c->last_100ns = c->timeline[c->timeline_count - 1].time_100ns;
	}
	count_rows(c);
	case_find_coverage(c);
	find_collection(c);
	find_bundle_collections(c);
	case_find_repeats(c);
}

int case_build(struct evidence *ev, const struct case_options *o, struct case_file *out,
	struct err *e)
{
	int rc;

	*out = (struct case_file){ .a = arena_new(), .ev = ev, .first_100ns = TIME_NONE,
		.last_100ns = TIME_NONE };
	place_segments(out);
	list_facts(out);
	case_bind_texts(out);
	case_bind_hosts(out);
	case_find_phases(out);
	rc = case_bind_clocks(out, o, e);
	if (rc)
		return rc;
	case_derive(out);
	case_arrange(out, o);
	return 0;
}

void case_free(struct case_file *c)
{
	if (!c->a)
		return;
	drop_arrangement(c);
	for (size_t i = 0; i < c->hosts.n; i++) {
		free(c->hosts.v[i].aliases.v);
		free(c->hosts.v[i].steps.v);
		free(c->hosts.v[i].boots.v);
	}
	case_free_clocks(c);
	for (size_t i = 0; i < c->derived.n; i++)
		segment_close(c->derived.v[i]);
	free(c->derived.v);
	free(c->hosts.v);
	free(c->segments.v);
	free(c->facts.v);
	free(c->copies.v);
	free(c->coverage.v);
	arena_free(c->a);
	*c = (struct case_file){ 0 };
}
