/* SPDX-License-Identifier: Apache-2.0 */
/* The plain tables: event catalogue, codes, writers, providers, filters, states, exclusions. */
#include "analyzer/correlate/codes.h"
#include "analyzer/correlate/knowledge.h"

static int read_ids(struct kb_reader *r, const struct yaml *at, struct id_list *out)
{
	const struct yaml *ids = yaml_get(at, "id");
	const struct yaml *one = ids && ids->kind == YAML_LIST ? ids->first : ids;

	if (!ids)
		return yaml_error(&r->e, r->file, at, "'id' is missing");
	out->v = arena_array(r->kb->a, uint32_t, ids->count + 1);
	for (; one; one = ids->kind == YAML_LIST ? one->next : NULL) {
		uint64_t v;

		if (one->kind != YAML_TEXT || !str_to_u64(one->text, 10, &v) || v > UINT32_MAX)
			return yaml_error(&r->e, r->file, one, "an event id was expected");
		out->v[out->n++] = (uint32_t)v;
	}
	return 0;
}

static bool known_role(struct str role)
{
	static const char *const roles[] = { "cause", "symptom", "consequence", "context", "noise" };

	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++)
		if (str_eq(role, str_of(roles[i])))
			return true;
	return role.n == 0;
}

int kb_read_event(struct kb_reader *r, const struct yaml *at)
{
	static const char *const keys[] = { "provider", "id", "channel", "fields", "say", "about", "role",
		"confidence", "source", NULL };
	struct kb_event event = { .place = { r->file, at } };

	if (yaml_only(&r->e, r->file, at, keys) || kb_list(r, at, "provider", &event.providers) ||
		read_ids(r, at, &event.ids) || kb_text(r, at, "channel", &event.channel) ||
		kb_list(r, at, "fields", &event.fields) || kb_need(r, at, "say", &event.say) ||
		kb_text(r, at, "about", &event.about) || kb_text(r, at, "role", &event.role) ||
		kb_letter(r, at, &event.confidence) || kb_text(r, at, "source", &event.source))
		return r->e.code;
	if (!event.providers.n)
		return yaml_error(&r->e, r->file, at, "'provider' is missing: an id alone means nothing");
	if (!known_role(event.role))
		return yaml_error(&r->e, r->file, yaml_get(at, "role"),
			"'role' must be cause, symptom, consequence, context or noise");
	vec_push(&r->kb->events, event);
	return 0;
}

int kb_read_code(struct kb_reader *r, const struct yaml *at)
{
	static const char *const keys[] = { "code", "symbol", "family", "say", "about", "confidence",
		"source", NULL };
	struct kb_code code = { .place = { r->file, at } };
	struct str text = { 0 };

	if (yaml_only(&r->e, r->file, at, keys) || kb_need(r, at, "code", &text) ||
		kb_text(r, at, "symbol", &code.symbol) || kb_text(r, at, "family", &code.family) ||
		kb_need(r, at, "say", &code.say) || kb_letter(r, at, &code.confidence))
		return r->e.code;
	if (!code_parse(text, &code.code))
		return yaml_error(&r->e, r->file, yaml_get(at, "code"), "'%.*s' is no error code",
			STR_ARG(text));
	vec_push(&r->kb->codes, code);
	return 0;
}

static int read_thing(struct kb_reader *r, const struct yaml *at, struct kb_thing *thing)
{
	static const char *const keys[] = { "id", "name", "service", "recover", "risk", "kind", "vendor",
		"product", "class", "say", "altitude", "microsoft", "confidence", "source", NULL };

	thing->place = (struct kb_place){ r->file, at };
	if (yaml_only(&r->e, r->file, at, keys) || kb_text(r, at, "id", &thing->id) ||
		kb_need(r, at, "name", &thing->name) || kb_text(r, at, "service", &thing->service) ||
		kb_text(r, at, "recover", &thing->recover) || kb_text(r, at, "risk", &thing->risk) ||
		kb_text(r, at, "kind", &thing->kind) || kb_text(r, at, "vendor", &thing->vendor) ||
		kb_text(r, at, "product", &thing->product) || kb_text(r, at, "class", &thing->class) ||
		kb_text(r, at, "say", &thing->say) || kb_number(r, at, "altitude", &thing->altitude) ||
		kb_bool(r, at, "microsoft", &thing->microsoft) ||
		kb_letter(r, at, &thing->confidence))
		return r->e.code;
	return 0;
}

int kb_read_writer(struct kb_reader *r, const struct yaml *at)
{
	struct kb_thing thing = { 0 };
	int rc = read_thing(r, at, &thing);

	if (!rc)
		vec_push(&r->kb->writers, thing);
	return rc;
}

int kb_read_vss_provider(struct kb_reader *r, const struct yaml *at)
{
	struct kb_thing thing = { 0 };
	int rc = read_thing(r, at, &thing);

	if (!rc)
		vec_push(&r->kb->vss_providers, thing);
	return rc;
}

int kb_read_filter(struct kb_reader *r, const struct yaml *at)
{
	struct kb_thing thing = { 0 };
	int rc = read_thing(r, at, &thing);

	if (!rc)
		vec_push(&r->kb->filters, thing);
	return rc;
}

int kb_read_altitude(struct kb_reader *r, const struct yaml *at)
{
	static const char *const keys[] = { "from", "to", "class", "say", NULL };
	struct kb_altitude altitude = { .place = { r->file, at } };
	uint64_t from = 0, to = 0;

	if (yaml_only(&r->e, r->file, at, keys) || kb_number(r, at, "from", &from) ||
		kb_number(r, at, "to", &to) || kb_need(r, at, "class", &altitude.class))
		return r->e.code;
	altitude.from = (double)from;
	altitude.to = (double)to;
	vec_push(&r->kb->altitudes, altitude);
	return 0;
}

int kb_read_state(struct kb_reader *r, const struct yaml *at)
{
	static const char *const keys[] = { "family", "value", "symbol", "say", "confidence", NULL };
	struct kb_state state = { .place = { r->file, at } };

	if (yaml_only(&r->e, r->file, at, keys) || kb_need(r, at, "family", &state.family) ||
		kb_number(r, at, "value", &state.value) || kb_text(r, at, "symbol", &state.symbol) ||
		kb_need(r, at, "say", &state.say))
		return r->e.code;
	vec_push(&r->kb->states, state);
	return 0;
}

static int read_guest_side(struct kb_reader *r, const struct yaml *at, struct kb_anchor *anchor)
{
	static const char *const keys[] = { "provider", "id", NULL };
	const struct yaml *guest = yaml_get(at, "guest");

	if (!guest)
		return 0;
	if (yaml_only(&r->e, r->file, guest, keys) ||
		kb_list(r, guest, "provider", &anchor->guest_providers) ||
		read_ids(r, guest, &anchor->guest_ids))
		return r->e.code;
	return anchor->guest_providers.n ? 0 : yaml_error(&r->e, r->file, guest,
		"'provider' is missing: an id alone means nothing");
}

int kb_read_anchor(struct kb_reader *r, const struct yaml *at)
{
	static const char *const keys[] = { "provider", "id", "same", "guest", "within", "agree", NULL };
	struct kb_anchor anchor = { .place = { r->file, at }, .within_100ns = 10 * TICKS_MINUTE,
		.agree_100ns = 5 * TICKS_SECOND };

	if (yaml_only(&r->e, r->file, at, keys) || kb_list(r, at, "provider", &anchor.providers) ||
		read_ids(r, at, &anchor.ids) || kb_list(r, at, "same", &anchor.same) ||
		read_guest_side(r, at, &anchor) ||
		kb_duration(r, at, "within", &anchor.within_100ns) ||
		kb_duration(r, at, "agree", &anchor.agree_100ns))
		return r->e.code;
	if (!anchor.providers.n || !anchor.same.n)
		return yaml_error(&r->e, r->file, at, "an anchor needs 'provider' and 'same'");
	vec_push(&r->kb->anchors, anchor);
	return 0;
}

static int read_mark_kind(struct kb_reader *r, const struct yaml *at, struct kb_mark *mark)
{
	static const char *const kinds[] = { "cleared", "clock-step", "boot" };
	struct str kind = { 0 };
	size_t i = 0;

	if (kb_need(r, at, "mark", &kind))
		return r->e.code;
	while (i < 3 && !str_eq(kind, str_of(kinds[i])))
		i++;
	if (i == 3)
		return yaml_error(&r->e, r->file, yaml_get(at, "mark"),
			"'mark' must be cleared, clock-step or boot");
	mark->kind = (enum mark_kind)i;
	if (mark->kind == MARK_CLOCK_STEP && (!mark->from.n || !mark->to.n))
		return yaml_error(&r->e, r->file, at, "a clock-step needs 'from' and 'to'");
	return 0;
}

int kb_read_mark(struct kb_reader *r, const struct yaml *at)
{
	static const char *const keys[] = { "mark", "match", "log", "from", "to", NULL };
	struct kb_mark mark = { .place = { r->file, at } };

	if (yaml_only(&r->e, r->file, at, keys) || kb_list(r, at, "log", &mark.log) ||
		kb_text(r, at, "from", &mark.from) || kb_text(r, at, "to", &mark.to) ||
		read_mark_kind(r, at, &mark))
		return r->e.code;
	if (!yaml_get(at, "match"))
		return yaml_error(&r->e, r->file, at, "'match' is missing");
	if (predicate_compile(r->kb->a, r->file, yaml_get(at, "match"), &mark.match, &r->e))
		return r->e.code;
	vec_push(&r->kb->marks, mark);
	return 0;
}

int kb_read_exclusion(struct kb_reader *r, const struct yaml *at)
{
	static const char *const keys[] = { "kind", "value", "why", "confidence", "source", NULL };
	struct kb_exclusion exclusion = { .place = { r->file, at } };

	if (yaml_only(&r->e, r->file, at, keys) || kb_need(r, at, "kind", &exclusion.kind) ||
		kb_need(r, at, "value", &exclusion.value))
		return r->e.code;
	vec_push(&r->kb->exclusions, exclusion);
	return 0;
}

int kb_read_cause_id(struct kb_reader *r, const struct yaml *at)
{
	static const char *const keys[] = { "id", "class", "means", NULL };
	struct cause_id cause = { .place = { r->file, at } };

	if (yaml_only(&r->e, r->file, at, keys) || kb_need(r, at, "id", &cause.id) ||
		kb_need(r, at, "class", &cause.class) || kb_need(r, at, "means", &cause.means))
		return r->e.code;
	vec_push(&r->kb->causes, cause);
	return 0;
}
