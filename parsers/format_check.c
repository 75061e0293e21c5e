/* SPDX-License-Identifier: Apache-2.0 */
/* The samples of a format file: a format that does not read its own samples is refused. */
#include "parsers/format_parts.h"

struct checking {
	const struct format *f;
	struct format_engine *g;
	const char *file;
	struct err *e;
	struct format_match m;
	struct str line;
};

static struct str find_hint(struct checking *c, struct str name)
{
	size_t *ovector;

	for (size_t i = 0; i < c->f->hints; i++) {
		const struct format_hint *h = &c->f->hint[i];
		struct group first = { .number = 1 };

		if (!str_eq(h->field, name) ||
			!format_find(c->g, &h->pattern, c->m.part[USE_MESSAGE], &ovector))
			continue;
		return format_group(ovector, &first, c->m.part[USE_MESSAGE]);
	}
	for (size_t i = 0; i < c->g->named_count; i++)
		if (str_eq(c->g->named[i].name, name))
			return c->g->named[i].value;
	return STR("");
}

static struct str find_value(struct checking *c, struct str name, char time[RFC3339_BYTES])
{
	if (str_eq(name, STR("time"))) {
		time_rfc3339(c->m.time_100ns, time);
		return str_make(time, strlen(time) - 1);
	}
	if (str_eq(name, STR("basis")))
		return str_of(c->m.basis == BASIS_UTC ? "utc" : c->m.basis == BASIS_HOST ? "host" : "unknown");
	if (str_eq(name, STR("level")))
		return str_of(c->m.level <= LEVEL_VERBOSE ? format_level_names[c->m.level] : "unknown");
	for (int i = USE_MESSAGE; i <= USE_COMPUTER; i++)
		if (str_eq(name, str_of(format_use_names[i])))
			return c->m.part[i];
	for (size_t i = 0; i < c->m.fields; i++)
		if (str_eq(name, c->m.field[i].name))
			return c->m.field[i].value;
	return find_hint(c, name);
}

static int check_values(struct checking *c, const struct yaml *expect)
{
	for (const struct yaml *v = expect->first; v; v = v->next) {
		char time[RFC3339_BYTES];
		struct str found = find_value(c, v->key, time);
		bool same = str_eq(v->key, STR("time")) ? str_starts(found, v->text) && v->text.n >= 19 :
							  str_eq(found, v->text);

		if (!same)
			return yaml_error(c->e, c->file, v, "the sample gives %.*s '%.*s', expected '%.*s'",
				STR_ARG(v->key), STR_ARG(found), STR_ARG(v->text));
	}
	return 0;
}

static int check_fact(struct checking *c, const struct yaml *at, struct str type)
{
	size_t *ovector;

	for (size_t i = 0; i < c->f->facts; i++)
		if (str_eq(c->f->fact[i].field, type) &&
			format_find(c->g, &c->f->fact[i].pattern, c->line, &ovector))
			return 0;
	return yaml_error(c->e, c->file, at, "the sample states no '%.*s'", STR_ARG(type));
}

static int check_sample(struct checking *c, const struct yaml *sample)
{
	static const char *const keys[] = { "text", "expect", "fact", "file", NULL };
	const struct yaml *text = yaml_get(sample, "text"), *expect = yaml_get(sample, "expect");
	const struct yaml *fact = yaml_get(sample, "fact");
	bool none = expect && expect->kind == YAML_TEXT && str_eq(expect->text, STR("none"));
	bool matched;

	if (sample->kind != YAML_MAP || !text || !(expect || fact))
		return yaml_error(c->e, c->file, sample, "a sample is {text: …, expect: …}");
	if (yaml_only(c->e, c->file, sample, keys))
		return c->e->code;
	c->line = text->text;
	format_name(c->g, c->f, yaml_text(sample, "file", STR("")));
	matched = format_line(c->g, c->f, c->line, &c->m);
	if (fact && check_fact(c, fact, fact->text))
		return c->e->code;
	if (expect && matched == none)
		return yaml_error(c->e, c->file, text, none ? "the sample must not match, and does" :
							       "the sample does not match");
	return expect && !none ? check_values(c, expect) : 0;
}

int format_check(const struct format *f, struct format_engine *g, const char *file,
	const struct yaml *y, struct err *e)
{
	struct checking c = { .f = f, .g = g, .file = file, .e = e };
	const struct yaml *samples = yaml_get(y, "samples");
	int rc = 0;

	if (!samples || samples->kind != YAML_LIST || !samples->first)
		return yaml_error(e, file, y, "'samples' is needed: lines, and what they give");
	for (const struct yaml *s = samples->first; s && !rc; s = s->next)
		rc = check_sample(&c, s);
	return rc;
}
