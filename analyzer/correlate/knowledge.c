/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/correlate/knowledge.h"

#include <stdarg.h>

#define SCHEMA "caseline.knowledge/1"

struct section {
	const char *key;
	int (*read)(struct kb_reader *r, const struct yaml *at);
};

static const struct section sections[] = {
	{ "events", kb_read_event }, { "codes", kb_read_code }, { "writers", kb_read_writer },
	{ "vss-providers", kb_read_vss_provider }, { "altitudes", kb_read_altitude },
	{ "filters", kb_read_filter }, { "states", kb_read_state },
	{ "anchors", kb_read_anchor }, { "marks", kb_read_mark },
	{ "exclusions", kb_read_exclusion }, { "binds", kb_read_binds }, { "signals", kb_read_signal },
	{ "links", kb_read_link }, { "activities", kb_read_activity }, { "causes", kb_read_rule },
	{ "cause-ids", kb_read_cause_id },
	{ "tests", kb_read_test }, { "patterns", kb_read_pattern }, { "guide", kb_read_guide },
	{ "products", kb_read_product }, { "sources", kb_read_source },
};
#define SECTION_COUNT (sizeof(sections) / sizeof(*sections))

struct knowledge *knowledge_new(void)
{
	struct arena *a = arena_new();
	struct knowledge *kb = arena_alloc(a, sizeof(*kb));

	kb->a = a;
	kb->event_ids = map_new(false);
	kb->code_index = map_new(false);
	return kb;
}

static void add_problem(struct knowledge *kb, bool error, bool own, struct str text)
{
	struct kb_problem problem = { .error = error, .own = own, .text = arena_str(kb->a, text) };

	vec_push(&kb->problems, problem);
}

void kb_problem(struct knowledge *kb, bool error, struct kb_place place, const char *format, ...)
{
	char text[800];
	struct err e = { 0 };
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	yaml_error(&e, place.file ? place.file : "knowledge", place.at, "%s", text);
	add_problem(kb, error, false, str_of(e.text));
}

static void keep_error(struct kb_reader *r)
{
	add_problem(r->kb, true, r->own, str_of(r->e.text));
	r->e = (struct err){ 0 };
}

static void read_section(struct kb_reader *r, const struct yaml *list, const struct section *s)
{
	if (list->kind != YAML_LIST) {
		if (list->kind == YAML_TEXT && !list->text.n)
			return;   /* a heading with nothing under it yet */
		yaml_error(&r->e, r->file, list, "'%s' must be a list", s->key);
		keep_error(r);
		return;
	}
	for (const struct yaml *at = list->first; at; at = at->next)
		if (s->read(r, at))
			keep_error(r);
}

void knowledge_add(struct knowledge *kb, const char *file, struct str bytes, bool own)
{
	struct kb_reader r = { .kb = kb, .file = arena_cstr(kb->a, str_of(file)), .own = own };
	const char *keys[SECTION_COUNT + 3] = { "schema", "about" };
	struct yaml *root = yaml_parse(kb->a, r.file, arena_str(kb->a, bytes), &r.e);

	for (size_t i = 0; i < SECTION_COUNT; i++)
		keys[i + 2] = sections[i].key;
	if (!root) {
		keep_error(&r);
		return;
	}
	if (!str_eq(yaml_text(root, "schema", STR("")), STR(SCHEMA))) {
		yaml_error(&r.e, r.file, root, "the file must start with 'schema: %s'", SCHEMA);
		keep_error(&r);
		return;
	}
	if (yaml_only(&r.e, r.file, root, keys))
		keep_error(&r);
	for (size_t i = 0; i < SECTION_COUNT; i++)
		if (yaml_get(root, sections[i].key))
			read_section(&r, yaml_get(root, sections[i].key), &sections[i]);
}
