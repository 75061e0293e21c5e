/* SPDX-License-Identifier: Apache-2.0 */
/* Signals out of knowledge files. */
#include "analyzer/correlate/knowledge.h"

#define EPISODE_DEFAULT (10 * TICKS_MINUTE)

static int read_harmless(struct kb_reader *r, const struct yaml *at, struct signal *s)
{
	static const char *const keys[] = { "match", "because", NULL };
	const struct yaml *list = yaml_get(at, "harmless");

	if (!list)
		return 0;
	if (list->kind != YAML_LIST)
		return yaml_error(&r->e, r->file, list, "'harmless' is a list of {match, because}");
	for (const struct yaml *c = list->first; c; c = c->next) {
		struct signal_harmless h = { 0 };
		int rc;

		if (yaml_only(&r->e, r->file, c, keys) || kb_need(r, c, "because", &h.because))
			return r->e.code;
		if (!yaml_get(c, "match"))
			return yaml_error(&r->e, r->file, c, "'match' is missing");
		rc = predicate_compile(r->kb->a, r->file, yaml_get(c, "match"), &h.match, &r->e);
		vec_push(&s->harmless, h);
		if (rc)
			return rc;
	}
	return 0;
}

static int read_observe(struct kb_reader *r, const struct yaml *at, struct signal *s)
{
	static const char *const keys[] = { "because", "do", "command", NULL };
	const struct yaml *map = yaml_get(at, "observe");

	if (!map)
		return 0;
	if (yaml_only(&r->e, r->file, map, keys) || kb_need(r, map, "because", &s->observe.because) ||
		kb_text(r, map, "do", &s->observe.advice) ||
		kb_text(r, map, "command", &s->observe.command))
		return r->e.code;
	return 0;
}

static int read_bind_map(struct kb_reader *r, const struct yaml *at, struct signal_bind *b)
{
	static const char *const keys[] = { "field", "pattern", "code", "value", NULL };
	const struct yaml *pattern = yaml_get(at, "pattern");

	if (yaml_only(&r->e, r->file, at, keys) || kb_list(r, at, "field", &b->fields) ||
		kb_bool(r, at, "code", &b->code) || kb_text(r, at, "value", &b->value))
		return r->e.code;
	if (!pattern)
		return 0;
	if (pattern->kind != YAML_TEXT)
		return yaml_error(&r->e, r->file, pattern, "'pattern' must be a text");
	return pattern_compile(r->file, pattern, pattern->text, false, &b->pattern, &r->e);
}

static int read_bind(struct kb_reader *r, const struct yaml *at, struct str name, struct signal *s)
{
	struct signal_bind b = { .name = name };
	int rc = 0;

	if (at->kind == YAML_MAP)
		rc = read_bind_map(r, at, &b);
	else if (at->kind == YAML_TEXT)
		b.fields = (struct str_list){ arena_dup(r->kb->a, &at->text, sizeof(at->text)), 1 };
	if (!rc && !b.fields.n && !b.value.n)
		rc = yaml_error(&r->e, r->file, at, "'%.*s' names no field", STR_ARG(name));
	vec_push(&s->binds, b);   /* also on failure: signal_drop frees its pattern */
	return rc;
}

int kb_read_binds(struct kb_reader *r, const struct yaml *at)
{
	static const char *const keys[] = { "id", "of", NULL };
	struct kb_binds b = { .of = yaml_get(at, "of") };

	if (yaml_only(&r->e, r->file, at, keys) || kb_need(r, at, "id", &b.id))
		return r->e.code;
	if (!b.of || b.of->kind != YAML_LIST)
		return yaml_error(&r->e, r->file, at, "'of' is a list of fields and maps");
	vec_push(&r->kb->binds, b);
	return 0;
}

static int read_used(struct kb_reader *r, const struct yaml *at, struct str id, struct str name,
	struct signal *s)
{
	for (size_t i = 0; i < r->kb->binds.n; i++) {
		if (!str_eq(r->kb->binds.v[i].id, id))
			continue;
		for (const struct yaml *one = r->kb->binds.v[i].of->first; one; one = one->next)
			if (read_bind(r, one, name, s))
				return r->e.code;
		return 0;
	}
	return yaml_error(&r->e, r->file, at, "no binds of the name '%.*s' were read before this",
		STR_ARG(id));
}

/* Each name has a field, a map, or a list of both: the first that yields a text. */
static int read_binds(struct kb_reader *r, const struct yaml *at, struct signal *s)
{
	const struct yaml *map = yaml_get(at, "bind");

	if (!map)
		return 0;
	if (map->kind != YAML_MAP)
		return yaml_error(&r->e, r->file, map, "'bind' is a map of names to fields");
	for (const struct yaml *c = map->first; c; c = c->next) {
		const struct yaml *one = c->kind == YAML_LIST ? c->first : c;

		for (; one; one = c->kind == YAML_LIST ? one->next : NULL) {
			const struct yaml *use = one->kind == YAML_MAP ? yaml_get(one, "use") : NULL;

			if (use ? read_used(r, use, use->text, c->key, s) : read_bind(r, one, c->key, s))
				return r->e.code;
		}
	}
	return 0;
}

static int read_severity(struct kb_reader *r, const struct yaml *at, enum severity *out)
{
	struct str text = STR("medium");

	if (kb_text(r, at, "severity", &text))
		return r->e.code;
	for (int i = SEVERITY_LOW; i <= SEVERITY_CRITICAL; i++)
		if (str_eq(text, str_of(severity_name((enum severity)i)))) {
			*out = (enum severity)i;
			return 0;
		}
	return yaml_error(&r->e, r->file, yaml_get(at, "severity"),
		"'severity' must be low, medium, high or critical");
}

static int read_impact(struct kb_reader *r, const struct yaml *at, struct signal *s)
{
	static const char *const keys[] = { "operation", "severity", "retry_within", "success", NULL };
	static const char *const operations[] = { "backup", "restore", "checkpoint", "merge", "start",
		"stop", "migration", "import", "export", "io", "cluster" };
	const struct yaml *map = yaml_get(at, "impact");

	if (!map)
		return 0;
	s->impact = true;
	if (yaml_only(&r->e, r->file, map, keys) || kb_need(r, map, "operation", &s->operation) ||
		read_severity(r, map, &s->severity) ||
		kb_duration(r, map, "retry_within", &s->retry_100ns) ||
		kb_refs(r, map, "success", &s->success))
		return r->e.code;
	for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++)
		if (str_eq(s->operation, str_of(operations[i])))
			return 0;
	return yaml_error(&r->e, r->file, yaml_get(map, "operation"),
		"unknown operation '%.*s'; expected backup, restore, checkpoint, merge, start, stop, "
		"migration, import, export, io or cluster", STR_ARG(s->operation));
}

static int read_count(struct kb_reader *r, const struct yaml *at, struct signal *s)
{
	static const char *const keys[] = { "min", "within", "per", NULL };
	const struct yaml *map = yaml_get(at, "count");

	if (!map)
		return 0;
	s->count_100ns = TICKS_HOUR;
	if (yaml_only(&r->e, r->file, map, keys) || kb_number(r, map, "min", &s->count_min) ||
		kb_duration(r, map, "within", &s->count_100ns) ||
		kb_list(r, map, "per", &s->count_per))
		return r->e.code;
	return 0;
}

static int read_predicates(struct kb_reader *r, const struct yaml *at, struct signal *s)
{
	const struct yaml *match = yaml_get(at, "match"), *unless = yaml_get(at, "unless");

	if (!match)
		return yaml_error(&r->e, r->file, at, "'match' is missing");
	if (predicate_compile(r->kb->a, r->file, match, &s->match, &r->e))
		return r->e.code;
	if (unless && predicate_compile(r->kb->a, r->file, unless, &s->unless, &r->e))
		return r->e.code;
	return 0;
}

static int read_rest(struct kb_reader *r, const struct yaml *at, struct signal *s)
{
	return read_harmless(r, at, s) || read_observe(r, at, s) || read_binds(r, at, s) ||
		       read_impact(r, at, s) ||
		       kb_bool(r, at, "standing", &s->standing) ||
		       kb_refs(r, at, "ends", &s->ends) || read_count(r, at, s) ||
		       kb_duration(r, at, "episode", &s->episode_100ns) ||
		       kb_list(r, at, "seen_in", &s->seen_in) ||
		       kb_letter(r, at, &s->confidence)
	       ? r->e.code : 0;
}

/* A user's file may replace a signal; within one origin an id stands once. */
static int place_signal(struct kb_reader *r, const struct yaml *at, struct signal *s)
{
	for (size_t i = 0; i < r->kb->signals.n; i++) {
		struct signal *old = &r->kb->signals.v[i];

		if (!str_eq(old->id, s->id))
			continue;
		if (!r->own || old->place.file == r->file)
			return yaml_error(&r->e, r->file, at, "the signal '%.*s' stands already in %s:%u",
				STR_ARG(s->id), old->place.file, old->place.at->line);
		signal_drop(old);
		*old = *s;
		return 0;
	}
	vec_push(&r->kb->signals, *s);
	return 0;
}

int kb_read_signal(struct kb_reader *r, const struct yaml *at)
{
	static const char *const keys[] = { "id", "title", "match", "unless", "harmless", "observe",
		"bind", "impact", "standing", "ends", "count", "episode", "seen_in", "confidence", "about",
		"source", NULL };
	struct signal s = { .place = { r->file, at }, .episode_100ns = EPISODE_DEFAULT };

	if (yaml_only(&r->e, r->file, at, keys) || kb_need(r, at, "id", &s.id) ||
		kb_need(r, at, "title", &s.title) || read_predicates(r, at, &s) ||
		read_rest(r, at, &s) || place_signal(r, at, &s))
		signal_drop(&s);
	return r->e.code;
}
