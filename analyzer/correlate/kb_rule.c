/* SPDX-License-Identifier: Apache-2.0 */
/* Links, causes and tests out of knowledge files. */
#include "analyzer/correlate/knowledge.h"

#define LINK_WITHIN_DEFAULT (10 * TICKS_MINUTE)
#define LINK_AFTER_DEFAULT (2 * TICKS_SECOND)
#define BASE_DEFAULT_MILLI 600

static int each(struct kb_reader *r, const struct yaml *map, const char *key,
	int (*read)(struct kb_reader *, const struct yaml *, void *), void *to)
{
	const struct yaml *list = yaml_get(map, key);
	int rc = 0;

	if (list && list->kind != YAML_LIST)
		return yaml_error(&r->e, r->file, list, "'%s' must be a list", key);
	for (const struct yaml *c = list ? list->first : NULL; c && !rc; c = c->next)
		rc = read(r, c, to);
	return rc;
}

static int read_join(struct kb_reader *r, const struct yaml *at, void *to)
{
	static const char *const keys[] = { "same", "guest", "weight", NULL };
	struct link *link = to;
	struct link_join join = { .weight_milli = -1 };

	if (yaml_only(&r->e, r->file, at, keys) || kb_list(r, at, "same", &join.same) ||
		kb_bool(r, at, "guest", &join.guest) || kb_milli(r, at, "weight", &join.weight_milli))
		return r->e.code;
	if (join.weight_milli < 0)
		return yaml_error(&r->e, r->file, at, "'weight' is missing");
	if (!join.same.n && !join.guest)
		return yaml_error(&r->e, r->file, at, "a join needs 'same' or 'guest'");
	vec_push(&link->joins, join);
	return 0;
}

int kb_read_link(struct kb_reader *r, const struct yaml *at)
{
	static const char *const keys[] = { "cause", "effect", "within", "after", "join", "why",
		"confidence", "source", NULL };
	struct link link = { .place = { r->file, at }, .within_100ns = LINK_WITHIN_DEFAULT,
		.after_100ns = LINK_AFTER_DEFAULT };

	if (yaml_only(&r->e, r->file, at, keys) || kb_refs(r, at, "cause", &link.causes) ||
		kb_refs(r, at, "effect", &link.effects) ||
		kb_duration(r, at, "within", &link.within_100ns) ||
		kb_duration(r, at, "after", &link.after_100ns) ||
		each(r, at, "join", read_join, &link) || kb_need(r, at, "why", &link.why))
		link_drop(&link);
	else if (!link.causes.names.n || !link.effects.names.n || !link.joins.n) {
		yaml_error(&r->e, r->file, at, "a link needs 'cause', 'effect' and 'join'");
		link_drop(&link);
	} else {
		vec_push(&r->kb->links, link);
	}
	return r->e.code;
}

int kb_read_activity(struct kb_reader *r, const struct yaml *at)
{
	static const char *const keys[] = { "name", "from", "to", "lane", "longest", "outage", NULL };
	struct kb_activity a = { .place = { r->file, at }, .longest_100ns = TICKS_DAY };

	if (yaml_only(&r->e, r->file, at, keys) || kb_need(r, at, "name", &a.name) ||
		kb_refs(r, at, "from", &a.from) || kb_refs(r, at, "to", &a.to) ||
		kb_list(r, at, "lane", &a.lane) || kb_duration(r, at, "longest", &a.longest_100ns) ||
		kb_bool(r, at, "outage", &a.outage))
		return r->e.code;
	if (!a.from.names.n || !a.to.names.n)
		return yaml_error(&r->e, r->file, at, "an activity needs 'from' and 'to'");
	vec_push(&r->kb->activities, a);
	return 0;
}

static int read_where(struct kb_reader *r, const struct yaml *at, const char *key,
	enum rule_where *out)
{
	struct str text = { 0 };

	if (kb_text(r, at, key, &text) || !text.n)
		return r->e.code;
	if (str_eq(text, STR("root")))
		*out = AT_ROOT;
	else if (str_eq(text, STR("impact")))
		*out = AT_IMPACT;
	else if (str_eq(text, STR("peers")))
		*out = AT_PEERS;
	else
		return yaml_error(&r->e, r->file, yaml_get(at, key), "'%s' is root, impact or peers", key);
	return 0;
}

static int read_whose(struct kb_reader *r, const struct yaml *at, enum rule_where *out)
{
	struct str text = { 0 };

	if (kb_text(r, at, "on", &text) || !text.n)
		return r->e.code;
	if (str_eq(text, STR("guest")))
		*out = AT_GUEST;
	else if (str_eq(text, STR("impact")))
		*out = AT_IMPACT;
	else if (!str_eq(text, STR("root")))
		return yaml_error(&r->e, r->file, yaml_get(at, "on"), "'on' is root, impact or guest");
	return 0;
}

struct support_reader {
	struct rule *rule;
	bool against;
};

static int read_support(struct kb_reader *r, const struct yaml *at, void *to)
{
	static const char *const keys[] = { "signal", "absent", "on", "within", "around", "same", "add",
		"subtract", "why", NULL };
	struct support_reader *sr = to;
	struct rule_support s = { .place = { r->file, at }, .within_100ns = LINK_WITHIN_DEFAULT };
	const char *amount = sr->against ? "subtract" : "add";

	s.absent = yaml_get(at, "absent") != NULL;
	if (yaml_only(&r->e, r->file, at, keys) ||
		kb_refs(r, at, s.absent ? "absent" : "signal", &s.signals) ||
		read_where(r, at, "on", &s.on) || read_where(r, at, "around", &s.around) ||
		kb_duration(r, at, "within", &s.within_100ns) || kb_list(r, at, "same", &s.same) ||
		kb_milli(r, at, amount, &s.milli) || kb_need(r, at, "why", &s.why))
		return r->e.code;
	if (!yaml_get(at, "on"))
		s.on = s.around;
	if (!s.signals.names.n)
		return yaml_error(&r->e, r->file, at, "'signal' or 'absent' is missing");
	if (!yaml_get(at, amount))
		return yaml_error(&r->e, r->file, at, "'%s' is missing", amount);
	if (sr->against)
		vec_push(&sr->rule->against, s);
	else
		vec_push(&sr->rule->supports, s);
	return 0;
}

static int read_cap(struct kb_reader *r, const struct yaml *at, void *to)
{
	static const char *const keys[] = { "unless", "cap", "within", "same", "why", NULL };
	struct rule *rule = to;
	struct rule_cap cap = { .milli = -1 };

	if (yaml_only(&r->e, r->file, at, keys) || kb_refs(r, at, "unless", &cap.unless) ||
		kb_milli(r, at, "cap", &cap.milli) || kb_duration(r, at, "within", &cap.within_100ns) ||
		kb_list(r, at, "same", &cap.same) || kb_need(r, at, "why", &cap.why))
		return r->e.code;
	if (cap.milli < 0)
		return yaml_error(&r->e, r->file, at, "'cap' is missing");
	vec_push(&rule->caps, cap);
	return 0;
}

static int read_remedy(struct kb_reader *r, const struct yaml *at, void *to)
{
	static const char *const keys[] = { "step", "command", "risk", NULL };
	struct rule *rule = to;
	struct remedy_step step = { 0 };

	if (yaml_only(&r->e, r->file, at, keys) || kb_need(r, at, "step", &step.step) ||
		kb_text(r, at, "command", &step.command) || kb_text(r, at, "risk", &step.risk))
		return r->e.code;
	if (str_find(step.step, STR(" ")) < 0)
		return yaml_error(&r->e, r->file, at, "a remedy's step is a sentence");
	vec_push(&rule->remedy, step);
	return 0;
}

static int read_missing(struct kb_reader *r, const struct yaml *at, void *to)
{
	static const char *const keys[] = { "what", "why", "source", "on", "command", NULL };
	struct rule *rule = to;
	struct rule_missing m = { 0 };

	if (yaml_only(&r->e, r->file, at, keys) || kb_need(r, at, "what", &m.what) ||
		kb_need(r, at, "why", &m.why) || kb_need(r, at, "source", &m.source) ||
		read_whose(r, at, &m.on) || kb_text(r, at, "command", &m.command))
		return r->e.code;
	vec_push(&rule->missing, m);
	return 0;
}

static int read_rule_lists(struct kb_reader *r, const struct yaml *at, struct rule *rule)
{
	struct support_reader supports = { rule, false }, against = { rule, true };

	return each(r, at, "supports", read_support, &supports) ||
		       each(r, at, "against", read_support, &against) ||
		       each(r, at, "caps", read_cap, rule) || each(r, at, "remedy", read_remedy, rule) ||
		       each(r, at, "missing", read_missing, rule) ||
		       kb_list(r, at, "references", &rule->references) ||
		       kb_list(r, at, "patterns", &rule->patterns) ||
		       kb_list(r, at, "guide", &rule->guide)
	       ? r->e.code : 0;
}

static int place_rule(struct kb_reader *r, const struct yaml *at, const struct rule *rule)
{
	for (size_t i = 0; i < r->kb->rules.n; i++) {
		struct rule *old = &r->kb->rules.v[i];

		if (!str_eq(old->id, rule->id))
			continue;
		if (!r->own || old->place.file == r->file)
			return yaml_error(&r->e, r->file, at, "the rule '%.*s' stands already in %s:%u",
				STR_ARG(rule->id), old->place.file, old->place.at->line);
		rule_drop(old);
		*old = *rule;
		return 0;
	}
	vec_push(&r->kb->rules, *rule);
	return 0;
}

int kb_read_rule(struct kb_reader *r, const struct yaml *at)
{
	static const char *const keys[] = { "id", "rule", "root", "reached", "base", "title",
		"explanation", "supports", "against", "caps", "remedy", "references", "missing",
		"patterns", "guide", "confidence", NULL };
	struct rule rule = { .place = { r->file, at }, .base_milli = BASE_DEFAULT_MILLI };

	if (yaml_only(&r->e, r->file, at, keys) || kb_need(r, at, "id", &rule.cause) ||
		kb_text(r, at, "rule", &rule.id) || kb_refs(r, at, "root", &rule.roots) ||
		kb_list(r, at, "reached", &rule.reached) || kb_milli(r, at, "base", &rule.base_milli) ||
		kb_need(r, at, "title", &rule.title) ||
		kb_need(r, at, "explanation", &rule.explanation) || read_rule_lists(r, at, &rule)) {
		rule_drop(&rule);
		return r->e.code;
	}
	if (!rule.id.n)
		rule.id = rule.cause;
	if (!rule.roots.names.n && !str_eq(rule.id, STR(RULE_UNDETERMINED)))
		yaml_error(&r->e, r->file, at, "'root' is missing");
	if (r->e.code || place_rule(r, at, &rule))
		rule_drop(&rule);
	return r->e.code;
}

int kb_read_test(struct kb_reader *r, const struct yaml *at)
{
	static const char *const keys[] = { "name", "cause", "rule", "rows", "facts", "expect", "vms",
		"host", "above", "below", "near", "pattern", "observes", NULL };
	struct kb_test test = { .place = { r->file, at }, .above_milli = -1, .below_milli = -1,
		.rows = yaml_get(at, "rows"), .facts = yaml_get(at, "facts") };

	if (yaml_only(&r->e, r->file, at, keys) || kb_need(r, at, "name", &test.name) ||
		kb_text(r, at, "observes", &test.observes) ||
		(test.observes.n ? 0 : kb_need(r, at, "cause", &test.cause)) ||
		kb_text(r, at, "rule", &test.rule) || kb_need(r, at, "expect", &test.expect) ||
		kb_list(r, at, "vms", &test.vms) ||
		kb_text(r, at, "host", &test.host) || kb_text(r, at, "near", &test.near) ||
		kb_text(r, at, "pattern", &test.pattern) ||
		kb_milli(r, at, "above", &test.above_milli) ||
		kb_milli(r, at, "below", &test.below_milli))
		return r->e.code;
	if (!str_eq(test.expect, STR("fire")) && !str_eq(test.expect, STR("silent")) &&
		!str_eq(test.expect, STR("near")))
		return yaml_error(&r->e, r->file, yaml_get(at, "expect"), "'expect' is fire, silent or near");
	vec_push(&r->kb->tests, test);
	return 0;
}
