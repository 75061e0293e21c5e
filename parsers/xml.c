/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/xml.h"

#include <expat.h>

#include "parsers/text.h"

struct xml {
	XML_Parser x;
	const struct xml_handler *h;
	void *to;
	unsigned depth;
	const char *stopped;     /* why, if we ended it */
};

static void stop(struct xml *x, const char *why)
{
	x->stopped = why;
	XML_StopParser(x->x, XML_FALSE);
}

static void on_start(void *to, const char *name, const char **attributes)
{
	struct xml *x = to;

	if (++x->depth > XML_DEPTH_MAX)
		stop(x, "it is too deep");
	else
		x->h->start(x->to, x, name, attributes);
}

static void on_end(void *to, const char *name)
{
	struct xml *x = to;

	x->depth--;
	x->h->end(x->to, x, name);
}

static void on_text(void *to, const char *p, int n)
{
	struct xml *x = to;

	x->h->text(x->to, str_make(p, (size_t)n));
}

static void on_doctype(void *to, const char *name, const char *where, const char *called, int internal)
{
	(void)name;
	(void)where;
	(void)called;
	(void)internal;
	stop(to, "it has a document type");
}

int xml_read(const struct member_view *m, const struct xml_handler *h, void *to, struct err *e)
{
	struct xml x = { .x = XML_ParserCreate(NULL), .h = h, .to = to };
	uint64_t at = 0;
	int rc = 0;

	XML_SetUserData(x.x, &x);
	XML_SetElementHandler(x.x, on_start, on_end);
	XML_SetCharacterDataHandler(x.x, on_text);
	XML_SetStartDoctypeDeclHandler(x.x, on_doctype);
	while (at < m->held && !rc) {
		uint64_t n = m->held - at < 65536 ? m->held - at : 65536;

		if (XML_Parse(x.x, (const char *)m->data + at, (int)n, at + n == m->held) != XML_STATUS_OK)
			rc = err_set(e, E_DAMAGED, "XML breaks off at byte %lld: %s",
				(long long)XML_GetCurrentByteIndex(x.x), x.stopped ? x.stopped :
				XML_ErrorString(XML_GetErrorCode(x.x)));
		at += n;
	}
	XML_ParserFree(x.x);
	return rc;
}

uint64_t xml_line(const struct xml *x)
{
	return XML_GetCurrentLineNumber(x->x);
}

uint64_t xml_offset(const struct xml *x)
{
	return (uint64_t)XML_GetCurrentByteIndex(x->x);
}

struct str xml_attribute(const char **attributes, const char *name)
{
	for (; attributes[0]; attributes += 2)
		if (strcmp(attributes[0], name) == 0)
			return str_of(attributes[1]);
	return STR("");
}

bool xml_opens_with(const struct member_view *m, struct str tag)
{
	struct text_reader *t = text_open(m->data, (size_t)(m->held < 4096 ? m->held : 4096));
	struct text_line line;
	bool there = false;

	for (int i = 0; i < 5 && !there && text_next(t, &line); i++)
		there = str_find(line.text, tag) >= 0;
	text_close(t);
	return there;
}
