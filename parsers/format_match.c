/* SPDX-License-Identifier: Apache-2.0 */
/* Lines against patterns, within limits that count work and not time. */
#include <stdio.h>

#include "parsers/format_parts.h"

#define MATCH_LIMIT 100000
#define DEPTH_LIMIT 2000
#define HEAP_LIMIT_KB 4096

const char *const format_use_names[] = { "", "time", "zone", "level", "message", "component", "id",
	"pid", "tid", "user", "computer" };

const char *const format_level_names[] = { "always", "critical", "error", "warning", "info", "verbose" };

bool format_engine_open(struct format_engine *g)
{
	*g = (struct format_engine){ .data = pcre2_match_data_create(FORMAT_GROUPS_MAX + 1, NULL),
		.context = pcre2_match_context_create(NULL) };
	if (!g->data || !g->context) {
		format_engine_close(g);
		return false;
	}
	pcre2_set_match_limit(g->context, MATCH_LIMIT);
	pcre2_set_depth_limit(g->context, DEPTH_LIMIT);
	pcre2_set_heap_limit(g->context, HEAP_LIMIT_KB);
	return true;
}

void format_engine_close(struct format_engine *g)
{
	pcre2_match_data_free(g->data);
	pcre2_match_context_free(g->context);
	*g = (struct format_engine){ 0 };
}

bool format_find(struct format_engine *g, const struct pattern *p, struct str s, size_t **ovector)
{
	int rc = pcre2_match(p->code, (PCRE2_SPTR)(s.p ? s.p : ""), s.n, 0, 0, g->data, g->context);

	*ovector = pcre2_get_ovector_pointer(g->data);
	if (rc == PCRE2_ERROR_MATCHLIMIT || rc == PCRE2_ERROR_DEPTHLIMIT ||
		rc == PCRE2_ERROR_HEAPLIMIT || rc == PCRE2_ERROR_JIT_STACKLIMIT)
		g->stopped++;
	return rc >= 0;
}

struct str format_group(const size_t *ovector, const struct group *g, struct str s)
{
	size_t from = ovector[2 * g->number], to = ovector[2 * g->number + 1];

	if (from == PCRE2_UNSET || to == PCRE2_UNSET || to < from || to > s.n)
		return STR("");
	return str_sub(s, from, to - from);
}

/* The words that most logs use; a format's own come first. */
static uint8_t common_level(struct str word)
{
	static const struct {
		const char *start;
		uint8_t level;
	} words[] = { { "crit", LEVEL_CRITICAL }, { "fatal", LEVEL_CRITICAL }, { "emerg", LEVEL_CRITICAL },
		{ "err", LEVEL_ERROR }, { "fail", LEVEL_ERROR }, { "severe", LEVEL_ERROR },
		{ "warn", LEVEL_WARNING }, { "info", LEVEL_INFO }, { "notice", LEVEL_INFO },
		{ "debug", LEVEL_VERBOSE }, { "dbg", LEVEL_VERBOSE }, { "verb", LEVEL_VERBOSE },
		{ "trace", LEVEL_VERBOSE } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_istarts(word, str_of(words[i].start)))
			return words[i].level;
	return LEVEL_UNKNOWN;
}

uint8_t format_level(const struct format *f, struct str word)
{
	for (size_t i = 0; i < f->levels; i++)
		if (str_ieq(word, f->level[i].word))
			return f->level[i].level;
	for (size_t i = 0; !word.n && i < f->levels; i++)
		if (str_eq(f->level[i].word, STR("*")))
			return f->level[i].level;
	return word.n ? common_level(word) : LEVEL_UNKNOWN;
}

void format_name(struct format_engine *g, const struct format *f, struct str name)
{
	struct group first = { .number = 1 };
	size_t *ovector;

	g->date[0] = '\0';
	if (f->date.code && format_find(g, &f->date, name, &ovector))
		snprintf(g->date, sizeof(g->date), "%.*s", STR_ARG(format_group(ovector, &first, name)));
	g->named_count = 0;
	for (size_t i = 0; i < f->named_count; i++)
		if (format_find(g, &f->named[i].pattern, name, &ovector))
			g->named[g->named_count++] = (struct format_field){ f->named[i].field,
				str_trim(format_group(ovector, &first, name)) };
}

static bool read_time(const struct format_engine *g, const struct format *f, struct format_match *m)
{
	struct str time = m->part[USE_TIME];
	char both[FORMAT_DATE_BYTES + 80];

	if (f->date.code) {
		if (!g->date[0] || time.n > 70)
			return false;
		snprintf(both, sizeof(both), "%s%s%.*s", g->date, time.n ? " " : "", STR_ARG(time));
		time = str_of(both);
	}
	for (size_t i = 0; i < f->times; i++)
		if (format_time(f->time[i], time, f->zone, &m->time_100ns, &m->basis, &m->flags))
			return true;
	return false;
}

static void take_groups(const struct pattern *p, const size_t *ovector, struct str line,
	struct format_match *out)
{
	*out = (struct format_match){ .level = LEVEL_UNKNOWN };
	for (size_t i = 0; i < p->groups; i++) {
		const struct group *g = &p->group[i];
		struct str text = str_trim(format_group(ovector, g, line));

		if (!text.n)
			continue;
		if (g->use != USE_FIELD)
			out->part[g->use] = text;
		else
			out->field[out->fields++] = (struct format_field){ g->name, text };
	}
}

bool format_line(struct format_engine *g, const struct format *f, struct str line,
	struct format_match *out)
{
	size_t *ovector;

	for (size_t i = 0; i < f->lines; i++) {
		if (!format_find(g, &f->line[i], line, &ovector))
			continue;
		take_groups(&f->line[i], ovector, line, out);
		if (!read_time(g, f, out))
			continue;
		if (str_ieq(out->part[USE_ZONE], STR("UTC")) || str_ieq(out->part[USE_ZONE], STR("GMT")) ||
			str_ieq(out->part[USE_ZONE], STR("Z")))
			out->basis = BASIS_UTC;
		out->level = format_level(f, out->part[USE_LEVEL]);
		return true;
	}
	return false;
}
