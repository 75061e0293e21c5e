/* SPDX-License-Identifier: Apache-2.0 */
/* Single values out of knowledge files: texts, lists, numbers, durations. */
#include "analyzer/correlate/knowledge.h"

int kb_text(struct kb_reader *r, const struct yaml *map, const char *key, struct str *out)
{
	const struct yaml *at = yaml_get(map, key);

	if (!at)
		return 0;
	if (at->kind != YAML_TEXT)
		return yaml_error(&r->e, r->file, at, "'%s' must be a text", key);
	*out = str_trim(at->text);
	return 0;
}

int kb_need(struct kb_reader *r, const struct yaml *map, const char *key, struct str *out)
{
	int rc = kb_text(r, map, key, out);

	if (!rc && !out->n)
		return yaml_error(&r->e, r->file, map, "'%s' is missing", key);
	return rc;
}

int kb_list(struct kb_reader *r, const struct yaml *map, const char *key, struct str_list *out)
{
	const struct yaml *at = yaml_get(map, key);

	if (!at)
		return 0;
	if (at->kind == YAML_MAP)
		return yaml_error(&r->e, r->file, at, "'%s' must be a text or a list of texts", key);
	out->v = arena_array(r->kb->a, struct str, at->count + 1);
	if (at->kind == YAML_TEXT) {
		out->v[out->n++] = at->text;
		return 0;
	}
	for (const struct yaml *c = at->first; c; c = c->next) {
		if (c->kind != YAML_TEXT)
			return yaml_error(&r->e, r->file, c, "a text was expected in '%s'", key);
		out->v[out->n++] = c->text;
	}
	return 0;
}

int kb_refs(struct kb_reader *r, const struct yaml *map, const char *key, struct signal_refs *out)
{
	out->place = (struct kb_place){ r->file, yaml_get(map, key) };
	return kb_list(r, map, key, &out->names);
}

int kb_duration(struct kb_reader *r, const struct yaml *map, const char *key, int64_t *ticks)
{
	static const struct {
		const char *unit;
		int64_t ticks;
	} units[] = { { "ms", TICKS_MS }, { "s", TICKS_SECOND }, { "m", TICKS_MINUTE },
		{ "min", TICKS_MINUTE }, { "h", TICKS_HOUR }, { "d", TICKS_DAY } };
	const struct yaml *at = yaml_get(map, key);
	size_t digits = 0;
	uint64_t n;

	if (!at)
		return 0;
	if (at->kind == YAML_TEXT) {
		while (digits < at->text.n && at->text.p[digits] >= '0' && at->text.p[digits] <= '9')
			digits++;
		for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
			if (str_eq(str_from(at->text, digits), str_of(units[i].unit)) &&
				str_to_u64(str_sub(at->text, 0, digits), 10, &n) && n < 1000000) {
				*ticks = (int64_t)n * units[i].ticks;
				return 0;
			}
	}
	return yaml_error(&r->e, r->file, at, "'%s' must be a duration such as 90s, 10m, 2h or 1d", key);
}

int kb_number(struct kb_reader *r, const struct yaml *map, const char *key, uint64_t *out)
{
	const struct yaml *at = yaml_get(map, key);
	bool hex, good;

	if (!at)
		return 0;
	hex = at->kind == YAML_TEXT && str_istarts(at->text, STR("0x"));
	good = at->kind == YAML_TEXT &&
	       str_to_u64(hex ? str_from(at->text, 2) : at->text, hex ? 16 : 10, out);
	return good ? 0 : yaml_error(&r->e, r->file, at, "'%s' must be a number", key);
}

/* 0.75 as 750; exact, no floating point on the way. */
int kb_milli(struct kb_reader *r, const struct yaml *map, const char *key, int *milli)
{
	const struct yaml *at = yaml_get(map, key);
	struct str rest, whole;
	int value = 0, unit = 100;
	bool good;

	if (!at)
		return 0;
	rest = at->kind == YAML_TEXT ? at->text : STR("");
	good = str_split(&rest, '.', &whole) && whole.n == 1 && (whole.p[0] == '0' || whole.p[0] == '1') &&
	       rest.n <= 3;
	if (good)
		value = (whole.p[0] - '0') * 1000;
	for (size_t i = 0; good && i < rest.n; i++, unit /= 10) {
		good = rest.p[i] >= '0' && rest.p[i] <= '9';
		value += (rest.p[i] - '0') * unit;
	}
	if (!good || value > 1000)
		return yaml_error(&r->e, r->file, at, "'%s' must be between 0 and 1, such as 0.75", key);
	*milli = value;
	return 0;
}

int kb_bool(struct kb_reader *r, const struct yaml *map, const char *key, bool *out)
{
	const struct yaml *at = yaml_get(map, key);

	if (!at)
		return 0;
	if (at->kind != YAML_TEXT ||
		(!str_eq(at->text, STR("true")) && !str_eq(at->text, STR("false"))))
		return yaml_error(&r->e, r->file, at, "'%s' must be true or false", key);
	*out = str_eq(at->text, STR("true"));
	return 0;
}

int kb_letter(struct kb_reader *r, const struct yaml *map, char *out)
{
	const struct yaml *at = yaml_get(map, "confidence");

	*out = 'V';
	if (!at)
		return 0;
	if (at->kind != YAML_TEXT || at->text.n != 1 || !memchr("VCM", at->text.p[0], 3))
		return yaml_error(&r->e, r->file, at, "'confidence' must be V, C or M");
	*out = at->text.p[0];
	return 0;
}
