/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules express the known failure patterns and the guide's items; what is read and collected. */
#include "analyzer/correlate/knowledge.h"

int kb_read_pattern(struct kb_reader *r, const struct yaml *at)
{
	static const char *const keys[] = { "id", "cause", "rules", NULL };
	struct kb_coverage c = { .place = { r->file, at } };

	if (yaml_only(&r->e, r->file, at, keys) || kb_need(r, at, "id", &c.item) ||
		kb_need(r, at, "cause", &c.cause) || kb_list(r, at, "rules", &c.rules))
		return r->e.code;
	vec_push(&r->kb->coverage, c);
	return 0;
}

int kb_read_guide(struct kb_reader *r, const struct yaml *at)
{
	static const char *const kinds[] = { "symptom", "cause", "resolution", "collection" };
	static const char *const keys[] = { "item", "kind", "rules", "reads", NULL };
	struct kb_coverage c = { .place = { r->file, at } };

	if (yaml_only(&r->e, r->file, at, keys) || kb_need(r, at, "item", &c.item) ||
		kb_need(r, at, "kind", &c.kind) || kb_list(r, at, "rules", &c.rules) ||
		kb_list(r, at, "reads", &c.reads))
		return r->e.code;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (str_eq(c.kind, str_of(kinds[i]))) {
			vec_push(&r->kb->coverage, c);
			return 0;
		}
	return yaml_error(&r->e, r->file, yaml_get(at, "kind"),
		"'kind' is symptom, cause, resolution or collection");
}

int kb_read_product(struct kb_reader *r, const struct yaml *at)
{
	static const char *const keys[] = { "name", "kind", "by", "note", NULL };
	struct kb_product p = { .place = { r->file, at } };

	if (yaml_only(&r->e, r->file, at, keys) || kb_need(r, at, "name", &p.name) ||
		kb_need(r, at, "kind", &p.kind) || kb_text(r, at, "by", &p.by) ||
		kb_text(r, at, "note", &p.note))
		return r->e.code;
	vec_push(&r->kb->products, p);
	return 0;
}

int kb_read_source(struct kb_reader *r, const struct yaml *at)
{
	static const char *const keys[] = { "source", "what", "command", "guest", "hypervisor",
		NULL };
	struct kb_source s = { .place = { r->file, at } };

	if (yaml_only(&r->e, r->file, at, keys) || kb_need(r, at, "source", &s.source) ||
		kb_need(r, at, "what", &s.what) || kb_need(r, at, "command", &s.command) ||
		kb_bool(r, at, "guest", &s.guest) || kb_bool(r, at, "hypervisor", &s.hypervisor))
		return r->e.code;
	vec_push(&r->kb->sources, s);
	return 0;
}

static const struct rule *rule_named(const struct knowledge *kb, struct str id)
{
	for (size_t i = 0; i < kb->rules.n; i++)
		if (str_eq(kb->rules.v[i].id, id))
			return &kb->rules.v[i];
	return NULL;
}

void kb_check_coverage(struct knowledge *kb)
{
	for (size_t i = 0; i < kb->coverage.n; i++) {
		const struct kb_coverage *c = &kb->coverage.v[i];
		bool cause = c->cause.n == 0;

		for (size_t k = 0; k < c->rules.n; k++) {
			const struct rule *rule = rule_named(kb, c->rules.v[k]);

			if (!rule)
				kb_problem(kb, true, c->place, "unknown rule '%.*s'", STR_ARG(c->rules.v[k]));
			else
				cause |= str_eq(rule->cause, c->cause);
		}
		if (!c->rules.n)
			kb_problem(kb, true, c->place, "no rule expresses '%.*s'", STR_ARG(c->item));
		else if (!cause)
			kb_problem(kb, true, c->place, "no rule of '%.*s' names the cause '%.*s'",
				STR_ARG(c->item), STR_ARG(c->cause));
	}
}
