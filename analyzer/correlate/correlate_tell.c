/* SPDX-License-Identifier: Apache-2.0 */
/* One incident from one group of failures. */
#include <stdlib.h>

#include "analyzer/base/sha256.h"
#include "analyzer/correlate/correlate_parts.h"

#define UNDETERMINED_MILLI 200
#define OCCURRENCE_GAP TICKS_HOUR
#define RIVALS_MAX 5
#define END_AFTER_MAX (30 * TICKS_DAY)

static const struct failure *lead_of(const struct correlator *k, const uint32_t *list, size_t n)
{
	const struct failure *best = &k->failures.v[list[0]];

	for (size_t i = 1; i < n; i++) {
		const struct failure *f = &k->failures.v[list[i]];
		int a = chosen_of(f) ? chosen_of(f)->score_milli : -1;
		int b = chosen_of(best) ? chosen_of(best)->score_milli : -1;

		if (a > b)
			best = f;   /* of equals the earliest: failures are sorted by time */
	}
	return best;
}

static void put_cause(struct correlator *k, struct incident *in, const struct failure *f)
{
	const struct candidate *c = chosen_of(f);
	const struct cause_id *id;

	in->cause = c ? c->rule->cause : STR(RULE_UNDETERMINED);
	in->rule = c ? c->rule->id : STR(RULE_UNDETERMINED);
	id = knowledge_cause(k->kb, in->cause);
	in->cause_class = id ? id->class : STR("operational");
	in->cause_meaning = id ? id->means : STR("");
	in->confidence_milli = c ? c->score_milli : UNDETERMINED_MILLI;
	if (!c) {
		struct score_part part = { STR("cap: undetermined"),
			STR("nothing that the knowledge files recognise explains it"),
			UNDETERMINED_MILLI, true };

		vec_push(&in->parts, part);
		return;
	}
	for (size_t i = 0; i < c->parts.n; i++)
		vec_push(&in->parts, c->parts.v[i]);
}

static int by_str(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void add_name(struct incident *in, struct str name)
{
	for (size_t i = 0; i < in->vms.n; i++)
		if (str_ieq(in->vms.v[i], name))
			return;
	vec_push(&in->vms, name);
}

static void add_vm(const struct correlator *k, struct incident *in, uint32_t episode)
{
	uint32_t vm = episode_vm(k->s, episode_at(k, episode));

	if (vm != MAP_NONE)
		add_name(in, arena_str(k->a, entity_name(k->s->en, vm)));
}

static void put_vms(const struct correlator *k, struct incident *in, const uint32_t *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct failure *f = &k->failures.v[list[i]];
		const struct candidate *c = chosen_of(f);

		add_vm(k, in, f->impact);
		add_vm(k, in, root_of_failure(f));
		for (size_t s = 0; c && s < c->links; s++)
			add_vm(k, in, c->chain[s].cause);
	}
	if (in->vms.n)
		qsort(in->vms.v, in->vms.n, sizeof(*in->vms.v), by_str);
}

static int by_i64(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* Failures closer than an hour are one occurrence. */
static void put_occurrences(struct correlator *k, struct incident *in, const uint32_t *list, size_t n)
{
	int64_t *times = xmalloc(n * sizeof(*times));
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < n; i++) {
		const struct episode *e = episode_at(k, k->failures.v[list[i]].impact);

		if (!e->fact)
			times[count++] = e->start_100ns;
	}
	qsort(times, count, sizeof(*times), by_i64);
	for (size_t i = 0; i < count; i++)
		if (!kept || times[i] - times[kept - 1] > OCCURRENCE_GAP)
			times[kept++] = times[i];
	in->occurrences = kept ? kept : 1;
	in->first_100ns = kept ? times[0] : in->start_100ns;
	in->last_100ns = kept ? times[kept - 1] : in->end_100ns;
	in->rhythm = rhythm_text(k, times, kept);
	free(times);
}

static void widen(struct incident *in, int64_t from, int64_t to)
{
	if (from != TIME_NONE && (in->start_100ns == TIME_NONE || from < in->start_100ns))
		in->start_100ns = from;
	if (to != TIME_NONE && (in->end_100ns == TIME_NONE || to > in->end_100ns))
		in->end_100ns = to;
}

/* Start is the cause's first evidence; where it shows no onset, the impact's. */
static void put_span(struct correlator *k, struct incident *in, const uint32_t *list, size_t n)
{
	int64_t observed = TIME_NONE;

	in->start_100ns = in->end_100ns = TIME_NONE;
	for (size_t i = 0; i < n; i++) {
		const struct failure *f = &k->failures.v[list[i]];
		const struct episode *root = episode_at(k, root_of_failure(f));
		const struct episode *impact = episode_at(k, f->impact);
		int64_t onset = episode_onset(root);

		widen(in, onset != TIME_NONE ? onset : episode_onset(impact),
			impact->fact ? TIME_NONE : impact->end_100ns);
		if (impact->fact && impact->observed_100ns > observed)
			observed = impact->observed_100ns;
		if (!root->fact)
			widen(in, TIME_NONE, root->start_100ns);
	}
	if (in->start_100ns == TIME_NONE)
		in->start_100ns = observed;
	if (in->end_100ns == TIME_NONE)
		in->end_100ns = observed != TIME_NONE ? observed : in->start_100ns;
	if (in->end_100ns < in->start_100ns)
		in->end_100ns = in->start_100ns;
}

static void put_state(const struct correlator *k, struct incident *in, const struct failure *f,
	const uint32_t *list, size_t n)
{
	size_t facts = 0;
	bool over = n > 0;

	for (size_t i = 0; i < n; i++)
		facts += episode_at(k, k->failures.v[list[i]].impact)->fact;
	in->state = facts == n ? INCIDENT_STANDING : INCIDENT_OPEN;
	for (size_t i = 0; i < n; i++)
		over &= ending_of(k, k->failures.v[list[i]].impact) != UINT32_MAX;
	if (over || (in->state == INCIDENT_OPEN && ending_of(k, root_of_failure(f)) != UINT32_MAX))
		in->state = INCIDENT_RECOVERED;
}

static void put_severity(const struct correlator *k, struct incident *in, const uint32_t *list,
	size_t n)
{
	in->severity = SEVERITY_LOW;
	for (size_t i = 0; i < n; i++) {
		const struct signal *s = episode_signal(k->s, episode_at(k, k->failures.v[list[i]].impact));
		enum severity severity = s->impact ? s->severity : SEVERITY_MEDIUM;

		if (severity > in->severity)
			in->severity = severity;
	}
}

static struct str join_text(struct correlator *k, const struct edge *e)
{
	const struct link_join *join = &k->kb->links.v[e->link].joins.v[e->join];
	const struct episode *cause = episode_at(k, e->cause), *effect = episode_at(k, e->effect);
	struct buf b = { 0 };
	struct str text;

	if (e->same_row)
		buf_puts(&b, STR("same record"));
	else if (e->twin)
		buf_puts(&b, STR("the same happening, seen from another host"));
	else if (join->guest)
		buf_puts(&b, STR("host and its guest"));
	for (size_t i = 0; i < join->same.n && !e->same_row && !e->twin; i++) {
		enum entity_type t = entity_type(join->same.v[i]);
		struct str name = case_host_name(k->c, cause->host);
		uint32_t entity;

		if (episodes_share(k->s, cause, effect, t, &entity) && entity != MAP_NONE)
			name = entity_name(k->s->en, entity);
		buf_printf(&b, "%s%.*s %.*s", b.n ? ", " : "same ", STR_ARG(join->same.v[i]),
			STR_ARG(name));
	}
	text = arena_str(k->a, buf_str(&b));
	buf_free(&b);
	return text;
}

static uint32_t evidence_of(const struct incident *in, struct ref at)
{
	for (uint32_t i = 0; i < in->evidence.n; i++)
		if (in->evidence.v[i].ref.segment == at.segment && in->evidence.v[i].ref.row == at.row)
			return i;
	return UINT32_MAX;
}

static void put_step(struct correlator *k, struct incident *in, uint32_t episode,
	const struct edge *into, int64_t at)
{
	const struct episode *e = episode_at(k, episode);
	struct chain_step step = { .signal = episode_signal(k->s, e)->id,
		.host = case_host_name(k->c, e->host), .time_100ns = at, .why = STR(""),
		.join = STR(""), .evidence = evidence_of(in, e->ref) };
	struct buf b = { 0 };

	episode_title(k->s, e, &b);
	step.title = arena_str(k->a, buf_str(&b));
	buf_free(&b);
	if (into) {
		step.gap_100ns = into->gap_100ns > 0 ? into->gap_100ns : 0;
		step.weight_milli = into->weight_milli;
		step.why = k->kb->links.v[into->link].why;
		step.join = join_text(k, into);
	}
	vec_push(&in->chain, step);
}

static void put_chain(struct correlator *k, struct incident *in, const struct failure *f)
{
	struct edge steps[STORY_MAX];
	size_t n = story_chain(k, f, steps);

	if (n)
		put_step(k, in, steps[n - 1].cause, NULL, steps[n - 1].cause_100ns);
	for (size_t i = n; i-- > 0;)
		put_step(k, in, steps[i].effect, &steps[i],
			episode_at(k, steps[i].effect)->start_100ns);
	if (!n)
		put_step(k, in, f->impact, NULL, episode_at(k, f->impact)->start_100ns);
}

/* What would settle it: the rule's first missing source, else what speaks against it. */
static struct str decides(const struct rule *rule)
{
	if (rule->missing.n)
		return rule->missing.v[0].what;
	if (rule->against.n)
		return rule->against.v[0].why;
	return STR("");
}

static bool has_rival(const struct incident *in, struct str cause)
{
	for (size_t i = 0; i < in->rivals.n; i++)
		if (str_eq(in->rivals.v[i].cause, cause))
			return true;
	return str_eq(in->cause, cause);
}

static void add_rival(struct correlator *k, struct incident *in, const struct rule *rule, int score)
{
	const struct cause_id *id = knowledge_cause(k->kb, rule->cause);
	struct rival rival = { .cause = rule->cause, .rule = rule->id,
		.title = id ? id->means : rule->cause, .score_milli = score, .decide = decides(rule) };

	if (in->rivals.n < RIVALS_MAX && !has_rival(in, rule->cause))
		vec_push(&in->rivals, rival);
}

/* Nothing was found: the rules whose roots link straight to the impact are the nearest. */
static void add_nearest(struct correlator *k, struct incident *in, const struct failure *f)
{
	uint32_t signal = episode_at(k, f->impact)->signal;

	for (size_t r = 0; r < k->kb->rules.n && in->rivals.n < 3; r++)
		for (size_t i = 0; i < k->by_effect[signal].n; i++) {
			const struct link *l = &k->kb->links.v[k->by_effect[signal].v[i]];

			const struct rule *rule = &k->kb->rules.v[r];

			for (size_t n = 0; n < l->causes.n; n++)
				if (rule->roots.n && l->causes.v[n] == rule->roots.v[0])
					add_rival(k, in, rule, 0);
		}
}

static void put_rivals(struct correlator *k, struct incident *in, const struct failure *f)
{
	for (size_t i = 0; i < f->candidates.n; i++)
		if (!f->candidates.v[i].beaten && i != f->chosen)
			add_rival(k, in, f->candidates.v[i].rule, f->candidates.v[i].score_milli);
	if (f->chosen == SIZE_MAX)
		add_nearest(k, in, f);
}

static void put_rule_texts(struct correlator *k, struct incident *in, const struct failure *f)
{
	const struct rule *rule = chosen_of(f) ? chosen_of(f)->rule : undetermined_rule(k->kb);

	if (!rule)
		return;
	in->title = fill_template(k, rule->title, f, in);
	in->explanation = fill_template(k, rule->explanation, f, in);
	for (size_t i = 0; i < rule->remedy.n; i++) {
		struct remedy_step step = { .step = fill_template(k, rule->remedy.v[i].step, f, in),
			.command = fill_command(k, rule->remedy.v[i].command, f, in),
			.risk = fill_template(k, rule->remedy.v[i].risk, f, in) };

		vec_push(&in->remedy, step);
	}
	for (size_t i = 0; i < rule->references.n; i++)
		vec_push(&in->references, rule->references.v[i]);
}

static void add_entities(struct correlator *k, struct incident *in, uint32_t episode)
{
	const struct tuple *t = &k->s->tuples.v[episode_at(k, episode)->tuple];

	for (size_t i = 0; i < t->count; i++) {
		const struct slot *slot = &k->s->slots.v[t->first + i];
		struct incident_entity e = { entity_type_name(entity_class(slot->type)),
			arena_str(k->a, entity_name(k->s->en, slot->spelling)) };
		bool there = false;

		if (entity_is_csv(k->s->en, slot->spelling))
			e.type = STR("csv");
		for (size_t n = 0; n < in->entities.n; n++)
			there |= str_eq(in->entities.v[n].type, e.type) &&
				 str_eq(in->entities.v[n].name, e.name);
		if (!there)
			vec_push(&in->entities, e);
	}
}

static int by_entity(const void *a, const void *b)
{
	const struct incident_entity *x = a, *y = b;

	return str_eq(x->type, y->type) ? str_cmp(x->name, y->name) : str_cmp(x->type, y->type);
}

static void put_entities(struct correlator *k, struct incident *in, const struct failure *f)
{
	const struct candidate *c = chosen_of(f);

	add_entities(k, in, f->impact);
	add_entities(k, in, root_of_failure(f));
	for (size_t i = 0; c && i < c->links; i++)
		add_entities(k, in, c->chain[i].cause);
	if (in->host.n)
		vec_push(&in->entities, (struct incident_entity){ STR("host"), in->host });
	if (in->entities.n)
		qsort(in->entities.v, in->entities.n, sizeof(*in->entities.v), by_entity);
}

static void put_id(struct correlator *k, struct incident *in)
{
	struct buf b = { 0 };
	char hex[65];

	buf_printf(&b, "%.*s\n%.*s\n%.*s\n%lld\n", STR_ARG(in->cause), STR_ARG(in->rule),
		STR_ARG(in->host), (long long)in->start_100ns);
	for (size_t i = 0; i < in->entities.n; i++)
		buf_printf(&b, "%.*s=%.*s\n", STR_ARG(in->entities.v[i].type),
			STR_ARG(in->entities.v[i].name));
	buf_puts(&b, in->title);
	sha256_hex(b.p, b.n, hex);
	in->id = arena_str(k->a, str_make(hex, 16));
	buf_free(&b);
}

static void put_host(struct correlator *k, struct incident *in, const struct failure *f)
{
	uint32_t node = episode_entity(k->s, episode_at(k, root_of_failure(f)), ENTITY_NODE);
	uint32_t host = node == MAP_NONE ? HOST_NONE
					  : case_find_host(k->c, entity_name(k->s->en, node));

	/* Where a host speaks of another node, the cause lies there. */
	in->host = case_host_name(k->c, host != HOST_NONE
		? host : episode_at(k, root_of_failure(f))->host);
	if (!in->host.n)
		in->host = case_host_name(k->c, episode_at(k, f->impact)->host);
	in->operation = episode_signal(k->s, episode_at(k, f->impact))->operation;
}

static void tell_group(struct correlator *k, const uint32_t *list, size_t n)
{
	const struct failure *f = lead_of(k, list, n);
	struct incident in = { .about = STR("") };

	put_cause(k, &in, f);
	put_host(k, &in, f);
	put_vms(k, &in, list, n);
	put_severity(k, &in, list, n);
	put_span(k, &in, list, n);
	put_occurrences(k, &in, list, n);
	put_state(k, &in, f, list, n);
	add_evidence(k, &in, f, list, n);
	put_chain(k, &in, story_of(k, f, list, n));
	put_rivals(k, &in, f);
	in.trace = trace_incident(k, f, &in);
	put_entities(k, &in, f);
	put_rule_texts(k, &in, f);
	put_id(k, &in);
	tell_missing(k, f);
	vec_push(&k->out->incidents, in);
}

void tell_incidents(struct correlator *k, const struct correlate_options *o)
{
	size_t n = k->failures.n;
	uint32_t *list = xmalloc((n + 1) * sizeof(*list));
	bool *done = xmalloc(n + 1);

	memset(done, 0, n + 1);
	for (uint32_t i = 0; i < n; i++) {
		size_t count = 0;

		if (done[i])
			continue;
		for (uint32_t j = i; j < n; j++)
			if (!done[j] && group_of(k, j) == group_of(k, i)) {
				list[count++] = j;
				done[j] = true;
			}
		tell_group(k, list, count);
	}
	free(list);
	free(done);
	rank_incidents(k, o);
}
