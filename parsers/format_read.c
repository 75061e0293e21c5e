/* SPDX-License-Identifier: Apache-2.0 */
/* caseline.format/1: a format file's tree becomes a struct format, or says where it can't. */
#include "parsers/format_parts.h"

#define SCHEMA "caseline.format/1"
#define COMPILE_OPTIONS (PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY)

struct reading {
	struct format *f;
	const char *file;
	struct err *e;
};

static enum group_use use_of(struct str name)
{
	for (int i = USE_TIME; i <= USE_COMPUTER; i++)
		if (str_eq(name, str_of(format_use_names[i])))
			return (enum group_use)i;
	return USE_FIELD;
}

static int add_group(struct pattern *p, const uint8_t *entry)
{
	const char *name = (const char *)entry + 2;

	if (p->groups == FORMAT_GROUPS_MAX)
		return E_LIMIT;
	p->group[p->groups++] = (struct group){ .name = str_of(name),
		.number = (uint32_t)(entry[0] << 8 | entry[1]), .use = use_of(str_of(name)) };
	return 0;
}

static int read_groups(struct reading *r, struct pattern *p, const struct yaml *y)
{
	uint32_t count = 0, size = 0, highest = 0;
	PCRE2_SPTR table = NULL;

	pcre2_pattern_info(p->code, PCRE2_INFO_NAMECOUNT, &count);
	pcre2_pattern_info(p->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(p->code, PCRE2_INFO_NAMETABLE, &table);
	pcre2_pattern_info(p->code, PCRE2_INFO_CAPTURECOUNT, &highest);
	for (uint32_t i = 0; i < count; i++)
		if (add_group(p, table + (size_t)i * size))
			return yaml_error(r->e, r->file, y, "more than %d named groups", FORMAT_GROUPS_MAX);
	if (highest > FORMAT_GROUPS_MAX)
		return yaml_error(r->e, r->file, y, "%u groups, at most %d can be kept; use (?:…)", highest,
			FORMAT_GROUPS_MAX);
	return 0;
}

static int read_pattern(struct reading *r, struct pattern *p, const struct yaml *y)
{
	PCRE2_UCHAR why[200] = "";
	PCRE2_SIZE at = 0;
	int code = 0;

	if (y->kind != YAML_TEXT)
		return yaml_error(r->e, r->file, y, "a pattern is a text");
	p->code = pcre2_compile((PCRE2_SPTR)y->text.p, y->text.n, COMPILE_OPTIONS, &code, &at, NULL);
	if (!p->code) {
		pcre2_get_error_message(code, why, sizeof(why));
		return yaml_error(r->e, r->file, y, "pattern, at character %zu: %s", (size_t)at + 1,
			(const char *)why);
	}
	pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE);   /* without it, it only runs slower */
	return read_groups(r, p, y);
}

static bool has_use(const struct pattern *p, enum group_use use)
{
	for (size_t i = 0; i < p->groups; i++)
		if (p->group[i].use == use)
			return true;
	return false;
}

static int read_line(struct reading *r, const struct yaml *y)
{
	struct pattern *p = &r->f->line[r->f->lines];
	int rc;

	if (r->f->lines == FORMAT_PATTERNS_MAX)
		return yaml_error(r->e, r->file, y, "more than %d line patterns", FORMAT_PATTERNS_MAX);
	r->f->lines++;
	rc = read_pattern(r, p, y);
	if (!rc && !has_use(p, USE_TIME) && !r->f->date.code)
		rc = yaml_error(r->e, r->file, y, "a line pattern needs the group (?<time>…)");
	return rc;
}

static int read_stamp(struct reading *r, const struct yaml *y)
{
	const char *wrong;

	if (y->kind != YAML_TEXT)
		return yaml_error(r->e, r->file, y, "a time pattern is a text");
	if (r->f->times == FORMAT_PATTERNS_MAX)
		return yaml_error(r->e, r->file, y, "more than %d time patterns", FORMAT_PATTERNS_MAX);
	wrong = format_time_check(y->text);
	if (wrong)
		return yaml_error(r->e, r->file, y, "time pattern '%.*s': %s", STR_ARG(y->text), wrong);
	r->f->time[r->f->times++] = y->text;
	return 0;
}

static int read_file_glob(struct reading *r, const struct yaml *y)
{
	if (y->kind != YAML_TEXT)
		return yaml_error(r->e, r->file, y, "a file name pattern is a text");
	if (r->f->file_count == FORMAT_LISTS_MAX)
		return yaml_error(r->e, r->file, y, "more than %d file names", FORMAT_LISTS_MAX);
	r->f->files[r->f->file_count++] = y->text;
	return 0;
}

/* A key that takes one text or a list of them. */
static int read_each(struct reading *r, const struct yaml *map, const char *key,
	int (*take)(struct reading *, const struct yaml *))
{
	const struct yaml *y = yaml_get(map, key);
	int rc = 0;

	if (!y)
		return 0;
	if (y->kind != YAML_LIST)
		return take(r, y);
	for (const struct yaml *c = y->first; c && !rc; c = c->next)
		rc = take(r, c);
	return rc;
}

static int read_zone(struct reading *r, const struct yaml *y)
{
	static const char *const names[] = { "host", "utc", "unknown" };
	const struct yaml *zone = yaml_get(y, "zone");

	for (int i = 0; zone && i < 3; i++)
		if (str_eq(zone->text, str_of(names[i]))) {
			r->f->zone = (enum format_zone)i;
			return 0;
		}
	return !zone ? 0 : yaml_error(r->e, r->file, zone, "'%.*s', expected host, utc or unknown",
		STR_ARG(zone->text));
}

static int read_time(struct reading *r, const struct yaml *map)
{
	static const char *const keys[] = { "pattern", "zone", NULL };
	const struct yaml *y = yaml_get(map, "time");
	int rc;

	if (!y || y->kind != YAML_MAP)
		return yaml_error(r->e, r->file, y ? y : map, "'time' is needed: {pattern: …, zone: …}");
	rc = yaml_only(r->e, r->file, y, keys);
	if (!rc)
		rc = read_zone(r, y);
	if (!rc)
		rc = read_each(r, y, "pattern", read_stamp);
	if (!rc && !r->f->times)
		rc = yaml_error(r->e, r->file, y, "'pattern' is needed");
	return rc;
}

static int read_levels(struct reading *r, const struct yaml *y)
{
	for (const struct yaml *c = y ? y->first : NULL; c; c = c->next) {
		uint8_t level = 0;

		while (level <= LEVEL_VERBOSE && !str_eq(c->text, str_of(format_level_names[level])))
			level++;
		if (level > LEVEL_VERBOSE)
			return yaml_error(r->e, r->file, c,
				"'%.*s', expected critical, error, warning, info or verbose",
				STR_ARG(c->text));
		if (r->f->levels == FORMAT_LISTS_MAX)
			return yaml_error(r->e, r->file, c, "more than %d levels", FORMAT_LISTS_MAX);
		r->f->level[r->f->levels++] = (struct format_level){ c->key, level };
	}
	return 0;
}

/* A map of field (or fact type) to one pattern or a list of them. */
static int read_hints(struct reading *r, const struct yaml *y, struct format_hint *out, size_t max,
	size_t *n)
{
	for (const struct yaml *c = y ? y->first : NULL; c; c = c->next) {
		for (const struct yaml *p = c->kind == YAML_LIST ? c->first : c; p;
			p = c->kind == YAML_LIST ? p->next : NULL) {
			int rc;

			if (*n == max)
				return yaml_error(r->e, r->file, p, "more than %zu patterns", max);
			out[*n].field = c->key;
			rc = read_pattern(r, &out[(*n)++].pattern, p);
			if (rc)
				return rc;
		}
	}
	return 0;
}

static int read_number(struct reading *r, const struct yaml *map, const char *key, unsigned *out)
{
	const struct yaml *y = yaml_get(map, key);
	uint64_t v;

	if (!y)
		return 0;
	if (y->kind != YAML_TEXT || !str_to_u64(y->text, 10, &v) || v > 100)
		return yaml_error(r->e, r->file, y, "'%s' is a number from 0 to 100", key);
	*out = (unsigned)v;
	return 0;
}

static int read_rest(struct reading *r, const struct yaml *y)
{
	const struct yaml *head = yaml_get(y, "head"), *own = yaml_get(y, "continuation");
	int rc = head ? read_pattern(r, &r->f->head, head) : 0;

	if (!rc && own) {
		r->f->own = str_eq(own->text, STR("own"));
		if (!r->f->own && !str_eq(own->text, STR("append")))
			rc = yaml_error(r->e, r->file, own, "'%.*s', expected append or own",
				STR_ARG(own->text));
	}
	if (!rc)
		rc = read_levels(r, yaml_get(y, "levels"));
	if (!rc)
		rc = read_hints(r, yaml_get(y, "fields"), r->f->hint, FORMAT_LISTS_MAX, &r->f->hints);
	if (!rc)
		rc = read_hints(r, yaml_get(y, "facts"), r->f->fact, FORMAT_LISTS_MAX, &r->f->facts);
	if (!rc)
		rc = read_hints(r, yaml_get(y, "named"), r->f->named, FORMAT_NAMED_MAX, &r->f->named_count);
	if (!rc)
		rc = read_number(r, y, "bid", &r->f->bid);
	return rc ? rc : read_number(r, y, "share", &r->f->share);
}

int format_read(struct format *f, struct arena *a, const char *file, const struct yaml *y,
	struct err *e)
{
	static const char *const keys[] = { "schema", "name", "about", "source", "files", "head",
		"date", "data_type", "provider", "line", "time", "levels", "continuation", "fields", "named",
		"facts", "bid", "share", "samples", NULL };
	struct reading r = { f, file, e };
	int rc;

	*f = (struct format){ .bid = 50 };
	if (y->kind != YAML_MAP || !str_eq(yaml_text(y, "schema", STR("")), STR(SCHEMA)))
		return yaml_error(e, file, y, "expected 'schema: " SCHEMA "'");
	rc = yaml_only(e, file, y, keys);
	f->name = yaml_text(y, "name", STR(""));
	f->data_type = yaml_text(y, "data_type", STR("text:log"));
	f->provider = yaml_text(y, "provider", f->name);
	if (!rc && !f->name.n)
		rc = yaml_error(e, file, y, "'name' is needed");
	if (!rc)
		rc = read_each(&r, y, "files", read_file_glob);
	if (!rc && yaml_get(y, "date"))
		rc = read_pattern(&r, &f->date, yaml_get(y, "date"));
	if (!rc)
		rc = read_each(&r, y, "line", read_line);
	if (!rc && !f->lines)
		rc = yaml_error(e, file, y, "'line' is needed");
	if (!rc)
		rc = read_time(&r, y);
	if (!rc)
		rc = read_rest(&r, y);
	f->info = (struct format_info){ arena_cstr(a, f->name),
		arena_cstr(a, yaml_text(y, "about", STR(""))), arena_cstr(a, f->data_type), file, f->bid };
	return rc;
}

void format_release(struct format *f)
{
	pcre2_code_free(f->head.code);
	pcre2_code_free(f->date.code);
	for (size_t i = 0; i < f->lines; i++)
		pcre2_code_free(f->line[i].code);
	for (size_t i = 0; i < f->hints; i++)
		pcre2_code_free(f->hint[i].pattern.code);
	for (size_t i = 0; i < f->named_count; i++)
		pcre2_code_free(f->named[i].pattern.code);
	for (size_t i = 0; i < f->facts; i++)
		pcre2_code_free(f->fact[i].pattern.code);
}
