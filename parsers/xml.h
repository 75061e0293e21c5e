/* SPDX-License-Identifier: Apache-2.0 */
/* XML as it streams by. A document type ends the reading, so that no entity is ever expanded. */
#ifndef CASELINE_PARSERS_XML_H
#define CASELINE_PARSERS_XML_H

#include "parsers/parser.h"

#define XML_DEPTH_MAX 200

struct xml;

struct xml_handler {
	void (*start)(void *to, struct xml *x, const char *name, const char **attributes);
	void (*end)(void *to, struct xml *x, const char *name);
	void (*text)(void *to, struct str text);   /* in pieces */
};

/* 0, or E_DAMAGED with the byte where it breaks off; what was handed on before counts all the same. */
int xml_read(const struct member_view *m, const struct xml_handler *h, void *to, struct err *e);
/* Whether a tag ("<MsInfo>") stands in the first lines, whatever their encoding. */
bool xml_opens_with(const struct member_view *m, struct str tag);
/* Of the tag at hand. */
uint64_t xml_line(const struct xml *x);
uint64_t xml_offset(const struct xml *x);
/* The value of an attribute, the empty view where there is none. */
struct str xml_attribute(const char **attributes, const char *name);

#endif
