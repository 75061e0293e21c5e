/* SPDX-License-Identifier: Apache-2.0 */
/* CLIXML as a tree of one top-level object at a time. Private to parsers/clixml*.c. */
#ifndef CASELINE_PARSERS_CLIXML_PARTS_H
#define CASELINE_PARSERS_CLIXML_PARTS_H

#include "analyzer/base/yaml.h"
#include "parsers/parser.h"

enum tag {
	TAG_OTHER,
	TAG_OBJECT,
	TAG_PROPERTIES,  /* Props and MS */
	TAG_LIST,        /* LST, IE, STK, QUE */
	TAG_TEXT,        /* S, Version, URI, SBK …: text as it is */
	TAG_SIGNED,
	TAG_UNSIGNED,
	TAG_BOOL,
	TAG_TIME,
	TAG_GUID,
	TAG_CHAR,        /* a code unit as a number; its text is the character */
	TAG_NIL,
	TAG_TO_STRING,
	TAG_TYPES,       /* TN */
	TAG_TYPE,        /* T */
	TAG_TYPES_REF,   /* TNRef */
};

struct node {
	struct node *parent, *first, *last, *next;
	struct str name;         /* attribute N, escapes undone */
	struct str text;         /* of a leaf, escapes undone */
	struct str types;        /* of an object: names of its types, one a line */
	uint64_t line, offset;
	enum tag tag;
	bool closed;             /* its end was seen */
};

/* Which objects give which facts: parsers/formats/clixml-map.yaml. */
struct yaml *clixml_map_read(struct arena *a, struct err *e);
/* Gives what the map says for `top` or the objects in it; returns how many rows that were. */
size_t clixml_map_give(const struct yaml *map, const struct node *top, struct sink *out);

#endif
