/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML through libyaml's event API, as a tree of texts: no implicit types (0x800423F4 and `on` stay
 * what was written), no anchors, no tags, duplicate keys refused, every node with line and column.
 */
#ifndef CASELINE_BASE_YAML_H
#define CASELINE_BASE_YAML_H

#include "analyzer/base/arena.h"
#include "analyzer/base/err.h"

enum yaml_kind { YAML_TEXT, YAML_LIST, YAML_MAP };

struct yaml {
	enum yaml_kind kind;
	bool quoted;               /* a text that was written in quotes or as a block */
	unsigned line, column;     /* from 1 */
	struct str text;           /* YAML_TEXT */
	struct str key;            /* what this node is called in the map that holds it */
	unsigned key_line, key_column;
	struct yaml *first;        /* children of a list or map, in order of writing */
	struct yaml *next;
	size_t count;
};

/*
 * Parses one document. The tree lives in `a`. On failure the message is
 * "file:line:column: what was found, what was expected" and the result is NULL.
 */
struct yaml *yaml_parse(struct arena *a, const char *file, struct str bytes, struct err *e);

struct yaml *yaml_get(const struct yaml *map, const char *key);     /* NULL where absent */
/* The text of a key, or `otherwise` where it is absent or no text. */
struct str yaml_text(const struct yaml *map, const char *key, struct str otherwise);

/* "file:line:column: …" at a node; E_USAGE. */
int yaml_error(struct err *e, const char *file, const struct yaml *at, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Refuses any key of `map` that is not in the NULL-terminated list. */
int yaml_only(struct err *e, const char *file, const struct yaml *map, const char *const keys[]);

#endif
