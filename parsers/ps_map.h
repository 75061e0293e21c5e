/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that PowerShell printed, and the data file that tells what they mean. */
#ifndef CASELINE_PARSERS_PS_MAP_H
#define CASELINE_PARSERS_PS_MAP_H

#include "parsers/parser.h"

#define PS_PROPERTIES_MAX 400

struct ps_property {
	struct str name, value;
	bool cut;                /* the printed value ends in an ellipsis */
};

struct ps_object {
	struct ps_property p[PS_PROPERTIES_MAX];
	size_t n;
	uint64_t line, offset;   /* where it begins */
};

struct ps_map;

/* The map lives in `a`. NULL with a message where the data file is wrong. */
struct ps_map *ps_map_load(struct arena *a, struct err *e);
/* True where "first second" is one column's label. */
bool ps_map_is_label(const struct ps_map *m, struct str text);
/* Gives the object's fact; false where no entry fits. `file` is the member's base name. */
bool ps_map_put(const struct ps_map *m, struct sink *out, struct str file, const struct ps_object *o,
	struct arena *a);

#endif
