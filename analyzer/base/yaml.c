/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/base/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <yaml.h>

#include "analyzer/base/buf.h"

#define DEPTH_MAX 40

struct loader {
	yaml_parser_t parser;
	struct arena *a;
	const char *file;
	struct err *e;
};

static int fail_at(struct loader *l, yaml_mark_t mark, const char *what)
{
	return err_set(l->e, E_USAGE, "%s:%zu:%zu: %s", l->file, mark.line + 1, mark.column + 1, what);
}

static int next_event(struct loader *l, yaml_event_t *event)
{
	if (yaml_parser_parse(&l->parser, event))
		return 0;
	return fail_at(l, l->parser.problem_mark,
		l->parser.problem ? l->parser.problem : "this is no YAML");
}

static struct yaml *node_at(struct loader *l, const yaml_event_t *event, enum yaml_kind kind)
{
	struct yaml *n = arena_alloc(l->a, sizeof(*n));

	n->kind = kind;
	n->line = (unsigned)event->start_mark.line + 1;
	n->column = (unsigned)event->start_mark.column + 1;
	return n;
}

static struct yaml *load_text(struct loader *l, const yaml_event_t *event)
{
	struct yaml *n = node_at(l, event, YAML_TEXT);

	n->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	n->text = arena_str(l->a, str_make((const char *)event->data.scalar.value,
					  event->data.scalar.length));
	return n;
}

static int load_node(struct loader *l, const yaml_event_t *event, int depth, struct yaml **out);

static void append(struct yaml *parent, struct yaml **tail, struct yaml *child)
{
	if (*tail)
		(*tail)->next = child;
	else
		parent->first = child;
	*tail = child;
	parent->count++;
}

static int load_list(struct loader *l, struct yaml *list, int depth)
{
	struct yaml *tail = NULL, *child = NULL;

	for (;;) {
		yaml_event_t event;
		int rc = next_event(l, &event);

		if (rc)
			return rc;
		if (event.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&event);
			return 0;
		}
		rc = load_node(l, &event, depth, &child);
		yaml_event_delete(&event);
		if (rc)
			return rc;
		append(list, &tail, child);
	}
}

static int load_pair(struct loader *l, struct yaml *map, const struct yaml *key, int depth,
	struct yaml **tail)
{
	yaml_event_t event;
	struct yaml *child;
	int rc;

	for (const struct yaml *c = map->first; c; c = c->next)
		if (str_eq(c->key, key->text))
			return err_set(l->e, E_USAGE, "%s:%u:%u: the key '%.*s' stands here twice (first in line %u)",
				l->file, key->line, key->column, STR_ARG(key->text), c->key_line);
	rc = next_event(l, &event);
	if (rc)
		return rc;
	rc = load_node(l, &event, depth, &child);
	yaml_event_delete(&event);
	if (rc)
		return rc;
	child->key = key->text;
	child->key_line = key->line;
	child->key_column = key->column;
	append(map, tail, child);
	return 0;
}

static int load_map(struct loader *l, struct yaml *map, int depth)
{
	struct yaml *tail = NULL;

	for (;;) {
		yaml_event_t event;
		struct yaml *key = NULL;
		int rc = next_event(l, &event);

		if (rc)
			return rc;
		if (event.type == YAML_SCALAR_EVENT)
			key = load_text(l, &event);
		else if (event.type != YAML_MAPPING_END_EVENT)
			rc = fail_at(l, event.start_mark, "a key must be a text");
		yaml_event_delete(&event);
		if (rc || !key)
			return rc;
		rc = load_pair(l, map, key, depth, &tail);
		if (rc)
			return rc;
	}
}

static int load_node(struct loader *l, const yaml_event_t *event, int depth, struct yaml **out)
{
	if (depth > DEPTH_MAX)
		return fail_at(l, event->start_mark, "nested too deep");
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		if (event->data.scalar.anchor)
			return fail_at(l, event->start_mark, "anchors are not used here");
		*out = load_text(l, event);
		return 0;
	case YAML_SEQUENCE_START_EVENT:
		*out = node_at(l, event, YAML_LIST);
		return load_list(l, *out, depth + 1);
	case YAML_MAPPING_START_EVENT:
		*out = node_at(l, event, YAML_MAP);
		return load_map(l, *out, depth + 1);
	case YAML_ALIAS_EVENT:
		return fail_at(l, event->start_mark, "aliases are not used here");
	default:
		return fail_at(l, event->start_mark, "a value was expected");
	}
}

static int load_document(struct loader *l, struct yaml **root)
{
	for (;;) {
		yaml_event_t event;
		yaml_event_type_t type;
		int rc = next_event(l, &event);

		if (rc)
			return rc;
		type = event.type;
		if (type == YAML_SCALAR_EVENT || type == YAML_SEQUENCE_START_EVENT ||
			type == YAML_MAPPING_START_EVENT || type == YAML_ALIAS_EVENT) {
			if (*root)
				rc = fail_at(l, event.start_mark, "one document a file, please");
			else
				rc = load_node(l, &event, 0, root);
		}
		yaml_event_delete(&event);
		if (rc || type == YAML_STREAM_END_EVENT)
			return rc;
	}
}

struct yaml *yaml_parse(struct arena *a, const char *file, struct str bytes, struct err *e)
{
	struct loader l = { .a = a, .file = file, .e = e };
	struct yaml *root = NULL;
	int rc;

	if (!yaml_parser_initialize(&l.parser)) {
		err_set(e, E_INTERNAL, "%s: no memory for the YAML parser", file);
		return NULL;
	}
	yaml_parser_set_input_string(&l.parser, (const unsigned char *)bytes.p, bytes.n);
	rc = load_document(&l, &root);
	yaml_parser_delete(&l.parser);
	if (!rc && !root)
		err_set(e, E_USAGE, "%s:1:1: the file is empty", file);
	return rc ? NULL : root;
}

struct yaml *yaml_get(const struct yaml *map, const char *key)
{
	if (!map || map->kind != YAML_MAP)
		return NULL;
	for (struct yaml *c = map->first; c; c = c->next)
		if (str_eq(c->key, str_of(key)))
			return c;
	return NULL;
}

struct str yaml_text(const struct yaml *map, const char *key, struct str otherwise)
{
	const struct yaml *n = yaml_get(map, key);

	return n && n->kind == YAML_TEXT ? n->text : otherwise;
}

int yaml_error(struct err *e, const char *file, const struct yaml *at, const char *format, ...)
{
	char text[800];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return err_set(e, E_USAGE, "%s:%u:%u: %s", file, at ? at->line : 1, at ? at->column : 1, text);
}

int yaml_only(struct err *e, const char *file, const struct yaml *map, const char *const keys[])
{
	struct buf list = { 0 };
	int rc = 0;

	if (map->kind != YAML_MAP)
		return yaml_error(e, file, map, "a map of keys and values was expected");
	for (const struct yaml *c = map->first; c && !rc; c = c->next) {
		size_t i = 0;

		while (keys[i] && !str_eq(c->key, str_of(keys[i])))
			i++;
		if (keys[i])
			continue;
		for (i = 0; keys[i]; i++)
			buf_printf(&list, "%s%s", i ? ", " : "", keys[i]);
		rc = err_set(e, E_USAGE, "%s:%u:%u: unknown key '%.*s'; expected one of: %.*s", file,
			c->key_line, c->key_column, STR_ARG(c->key), (int)list.n, list.p);
	}
	buf_free(&list);
	return rc;
}
