/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CLIXML (Export-Clixml): objects with typed properties. Read as a stream; one top-level object is
 * held at a time, and clixml-map.yaml says what it states. Document types and entities are refused,
 * depth and nodes are bounded.
 */
#include "parsers/clixml_parts.h"

#include <expat.h>
#include <stdlib.h>

#include "analyzer/base/text.h"

#define DEPTH_MAX 256
#define NODES_MAX 2000000
#define TEXT_BYTES_MAX ((size_t)256 * 1024)
#define BLOCK_BYTES ((size_t)256 * 1024)

struct type_names {
	uint64_t ref;
	struct str names;
};

struct reader {
	XML_Parser xml;
	const struct yaml *map;
	struct sink *out;
	struct arena *file, *object;     /* of the whole member; of the top-level object at hand */
	struct node *top, *at;
	VEC(struct type_names) types;
	struct buf text;
	uint64_t open_ref;               /* RefId of the TN at hand */
	size_t depth, nodes, rows, objects;
	const char *refused;
	bool full;
};

static enum tag tag_of(const char *name)
{
	static const struct {
		const char *name;
		enum tag tag;
	} tags[] = { { "Obj", TAG_OBJECT }, { "Props", TAG_PROPERTIES }, { "MS", TAG_PROPERTIES },
		{ "LST", TAG_LIST }, { "IE", TAG_LIST }, { "STK", TAG_LIST }, { "QUE", TAG_LIST },
		{ "S", TAG_TEXT }, { "I32", TAG_SIGNED }, { "I64", TAG_SIGNED }, { "I16", TAG_SIGNED },
		{ "SB", TAG_SIGNED }, { "U64", TAG_UNSIGNED }, { "U32", TAG_UNSIGNED },
		{ "U16", TAG_UNSIGNED }, { "By", TAG_UNSIGNED }, { "B", TAG_BOOL }, { "DT", TAG_TIME },
		{ "G", TAG_GUID }, { "Nil", TAG_NIL }, { "ToString", TAG_TO_STRING }, { "TN", TAG_TYPES },
		{ "T", TAG_TYPE }, { "TNRef", TAG_TYPES_REF }, { "TS", TAG_TEXT }, { "Version", TAG_TEXT },
		{ "URI", TAG_TEXT }, { "Db", TAG_TEXT }, { "Sg", TAG_TEXT }, { "D", TAG_TEXT },
		{ "C", TAG_CHAR } };

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (strcmp(name, tags[i].name) == 0)
			return tags[i].tag;
	return TAG_OTHER;
}

static const char *attribute(const char **list, const char *name)
{
	for (size_t i = 0; list[i]; i += 2)
		if (strcmp(list[i], name) == 0)
			return list[i + 1];
	return NULL;
}

static bool escape_at(struct str s, size_t i, uint32_t *unit)
{
	uint64_t v;

	if (i + 7 > s.n || s.p[i] != '_' || s.p[i + 1] != 'x' || s.p[i + 6] != '_' ||
		!str_to_u64(str_sub(s, i + 2, 4), 16, &v))
		return false;
	*unit = (uint32_t)v;
	return true;
}

/* "_x000D_" stands for a UTF-16 unit; two of them may make one character. */
static struct str unescape(struct arena *a, struct str s)
{
	struct buf b = { 0 };
	struct str out;
	uint32_t unit, low;

	if (str_find(s, STR("_x")) < 0)
		return arena_str(a, s);
	for (size_t i = 0; i < s.n;) {
		if (!escape_at(s, i, &unit)) {
			buf_putc(&b, s.p[i++]);
			continue;
		}
		i += 7;
		if (unit >= 0xd800 && unit < 0xdc00 && escape_at(s, i, &low) && low >= 0xdc00 &&
			low < 0xe000) {
			unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
			i += 7;
		}
		buf_utf8(&b, unit);
	}
	out = arena_str(a, buf_str(&b));
	buf_free(&b);
	return out;
}

static void refuse(struct reader *r, const char *why)
{
	r->refused = why;
	XML_StopParser(r->xml, XML_FALSE);
}

static void on_doctype(void *to, const XML_Char *name, const XML_Char *system_id,
	const XML_Char *public_id, int internal)
{
	(void)name, (void)system_id, (void)public_id, (void)internal;
	refuse(to, "a document type is not part of CLIXML");
}

static struct node *node_new(struct reader *r, enum tag tag)
{
	struct node *n;

	if (!r->object)
		r->object = arena_new();
	n = arena_alloc(r->object, sizeof(*n));
	n->tag = tag;
	n->line = XML_GetCurrentLineNumber(r->xml);
	n->offset = (uint64_t)XML_GetCurrentByteIndex(r->xml);
	n->parent = r->at;
	if (r->at && r->at->last)
		r->at->last->next = n;
	else if (r->at)
		r->at->first = n;
	if (r->at)
		r->at->last = n;
	return n;
}

static struct str types_of(const struct reader *r, uint64_t ref)
{
	for (size_t i = r->types.n; i > 0; i--)
		if (r->types.v[i - 1].ref == ref)
			return r->types.v[i - 1].names;
	return STR("");
}

static uint64_t ref_of(const char **list)
{
	const char *text = attribute(list, "RefId");
	uint64_t v;

	return text && str_to_u64(str_of(text), 10, &v) ? v : UINT64_MAX;
}

static void on_start(void *to, const XML_Char *name, const XML_Char **list)
{
	struct reader *r = to;
	enum tag tag = tag_of(name);
	const char *n = attribute(list, "N");

	if (++r->depth > DEPTH_MAX) {
		refuse(r, "nested too deeply");
		return;
	}
	r->text.n = 0;
	if (!r->at && tag != TAG_OBJECT)
		return;
	r->full = r->full || ++r->nodes > NODES_MAX;
	if (r->full) {
		refuse(r, "an object holds too many values");
		return;
	}
	r->at = node_new(r, tag);
	if (!r->top)
		r->top = r->at;
	if (n)
		r->at->name = unescape(r->object, str_of(n));
	if (tag == TAG_TYPES)
		r->open_ref = ref_of(list);
	else if (tag == TAG_TYPES_REF && r->at->parent)
		r->at->parent->types = types_of(r, ref_of(list));
}

/* The names of a TN go to its object, and are kept for the TNRefs to come. */
static void keep_types(struct reader *r, struct node *tn)
{
	struct buf b = { 0 };
	struct type_names t = { .ref = r->open_ref };

	for (struct node *c = tn->first; c; c = c->next)
		buf_printf(&b, "%.*s\n", STR_ARG(c->text));
	t.names = arena_str(r->file, buf_str(&b));
	buf_free(&b);
	vec_push(&r->types, t);
	if (tn->parent)
		tn->parent->types = t.names;
}

static void finish_top(struct reader *r)
{
	if (r->top) {
		r->objects++;
		r->rows += clixml_map_give(r->map, r->top, r->out);
	}
	arena_free(r->object);
	r->object = NULL;
	r->top = r->at = NULL;
	r->nodes = 0;
	sink_commit_point(r->out, (uint64_t)XML_GetCurrentByteIndex(r->xml));
}

static void number_to_char(struct buf *b)
{
	uint64_t v;

	if (!str_to_u64(buf_str(b), 10, &v) || v < 0x20 || v >= 0xd800)
		return;
	b->n = 0;
	buf_utf8(b, (uint32_t)v);
}

static void on_end(void *to, const XML_Char *name)
{
	struct reader *r = to;
	struct node *n = r->at;

	(void)name;
	r->depth--;
	if (!n)
		return;
	if (n->tag == TAG_CHAR)
		number_to_char(&r->text);
	if (!n->first)
		n->text = unescape(r->object, buf_str(&r->text));
	r->text.n = 0;
	n->closed = true;
	if (n->tag == TAG_TYPES)
		keep_types(r, n);
	r->at = n->parent;
	if (!r->at)
		finish_top(r);
}

static void on_text(void *to, const XML_Char *s, int n)
{
	struct reader *r = to;

	if (r->at && r->text.n < TEXT_BYTES_MAX)
		buf_put(&r->text, s, (size_t)n);
}

static bool feed(struct reader *r, const struct member_view *m)
{
	for (uint64_t at = 0; at < m->held || at == 0;) {
		size_t n = m->held - at < BLOCK_BYTES ? (size_t)(m->held - at) : BLOCK_BYTES;

		if (XML_Parse(r->xml, (const char *)m->data + at, (int)n, at + n >= m->held) !=
			XML_STATUS_OK)
			return false;
		at += n;
		if (n == 0)
			break;
	}
	return true;
}

static int tell_failure(struct reader *r, const struct member_view *m, struct err *e)
{
	uint64_t offset = (uint64_t)XML_GetCurrentByteIndex(r->xml);
	const char *why = r->refused ? r->refused : XML_ErrorString(XML_GetErrorCode(r->xml));

	sink_note(r->out, NOTE_DAMAGED, offset, m->held > offset ? m->held - offset : 0, 0,
		"line %llu: %s; what follows is not read",
		(unsigned long long)XML_GetCurrentLineNumber(r->xml), why);
	return err_set(e, E_DAMAGED, "XML: %s", why);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .xml = XML_ParserCreate(NULL), .map = clixml_map_read(m->a, e), .out = out,
		.file = m->a };
	int rc = 0;

	if (!r.xml || !r.map) {
		XML_ParserFree(r.xml);
		return r.map ? err_set(e, E_INTERNAL, "no memory for XML") : e->code;
	}
	XML_SetUserData(r.xml, &r);
	XML_SetElementHandler(r.xml, on_start, on_end);
	XML_SetCharacterDataHandler(r.xml, on_text);
	XML_SetStartDoctypeDeclHandler(r.xml, on_doctype);
	if (!feed(&r, m)) {
		rc = tell_failure(&r, m, e);
		finish_top(&r);
	}
	if (!rc && r.objects && !r.rows)
		sink_note(out, NOTE_INFO, 0, 0, 0, "%zu objects of types that are not used", r.objects);
	XML_ParserFree(r.xml);
	arena_free(r.object);
	buf_free(&r.text);
	free(r.types.v);
	return rc;
}

static int bid(const struct probe *p)
{
	struct str head = str_sub(p->text, 0, 1024);

	return str_find(head, STR("<Objs ")) >= 0 &&
			       str_find(head, STR("schemas.microsoft.com/powershell/2004/04")) >= 0 ?
		       95 :
		       0;
}

const struct parser parser_clixml = {
	.name = "clixml",
	.about = "objects of Export-Clixml: VMs, disks, cluster, host, hotfixes, events",
	.data_type = "fact",
	.version = 2,
	.text = true,
	.bid = bid,
	.parse = parse,
};
