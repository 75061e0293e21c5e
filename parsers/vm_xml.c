/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configurations of VMs up to Windows Server 2012 R2: XML in UTF-16LE, the same tree as a .vmcx with
 * elements as keys. No entity is expanded: a document type ends the reading.
 */
#include <expat.h>

#include "parsers/vmcx/tree.h"

#define DEPTH_MAX 64
#define KEYS_MAX 200000u
#define VALUE_MAX ((size_t)1024 * 1024)

struct reader {
	XML_Parser x;
	struct vm_tree *t;
	struct arena *a;
	struct buf path, value;
	size_t ends[DEPTH_MAX];  /* of the path, at each depth */
	unsigned depth;
	enum vm_value type;
	bool stopped;
};

static void stop(struct reader *r)
{
	r->stopped = true;
	XML_StopParser(r->x, XML_FALSE);
}

static enum vm_value type_of(const char **attributes)
{
	for (; attributes[0]; attributes += 2) {
		if (strcmp(attributes[0], "type") != 0)
			continue;
		if (strcmp(attributes[1], "string") == 0)
			return VM_TEXT;
		if (strcmp(attributes[1], "integer") == 0)
			return VM_INT;
		if (strcmp(attributes[1], "bool") == 0)
			return VM_BOOL;
		return VM_OTHER;
	}
	return VM_NODE;
}

static void start(void *to, const char *name, const char **attributes)
{
	struct reader *r = to;

	if (r->depth == DEPTH_MAX || r->t->keys.n >= KEYS_MAX) {
		stop(r);
		return;
	}
	r->ends[r->depth++] = r->path.n;
	buf_putc(&r->path, '/');
	buf_puts(&r->path, str_of(name));
	r->type = type_of(attributes);
	r->value.n = 0;
}

static void end(void *to, const char *name)
{
	struct reader *r = to;
	struct str v = buf_str(&r->value);
	struct vm_key k = { .type = r->type, .offset = (uint64_t)XML_GetCurrentByteIndex(r->x) };
	int64_t n;

	(void)name;
	k.path = arena_str(r->a, buf_str(&r->path));
	if (r->type == VM_TEXT)
		k.text = arena_str(r->a, v);
	else if (r->type == VM_BOOL)
		k.number = str_ieq(str_trim(v), STR("True"));
	else if (r->type == VM_INT && str_to_i64(str_trim(v), &n))
		k.number = (uint64_t)n;
	else
		k.type = r->type == VM_NODE ? VM_NODE : VM_OTHER;
	vec_push(&r->t->keys, k);
	r->path.n = r->ends[--r->depth];
	r->type = VM_NODE;
	r->value.n = 0;
}

static void text(void *to, const char *p, int n)
{
	struct reader *r = to;

	if (r->value.n + (size_t)n > VALUE_MAX)
		stop(r);
	else
		buf_put(&r->value, p, (size_t)n);
}

static void doctype(void *to, const char *name, const char *where, const char *called, int internal)
{
	(void)name;
	(void)where;
	(void)called;
	(void)internal;
	stop(to);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct vm_tree t = { .complete = true };
	struct reader r = { .x = XML_ParserCreate(NULL), .t = &t, .a = m->a, .type = VM_NODE };
	uint64_t at = 0;
	int rc = 0;

	XML_SetUserData(r.x, &r);
	XML_SetElementHandler(r.x, start, end);
	XML_SetCharacterDataHandler(r.x, text);
	XML_SetStartDoctypeDeclHandler(r.x, doctype);
	while (at < m->held && !rc) {
		uint64_t n = m->held - at < 65536 ? m->held - at : 65536;

		if (XML_Parse(r.x, (const char *)m->data + at, (int)n, at + n == m->held) != XML_STATUS_OK)
			rc = err_set(e, E_DAMAGED, "XML breaks off at byte %lld: %s",
				(long long)XML_GetCurrentByteIndex(r.x), r.stopped ?
				"it has a document type, or is too deep" :
				XML_ErrorString(XML_GetErrorCode(r.x)));
		at += n;
	}
	t.complete = rc == 0;
	if (t.keys.n)
		vm_tree_put(&t, m, out);
	XML_ParserFree(r.x);
	buf_free(&r.path);
	buf_free(&r.value);
	vm_tree_free(&t);
	return rc;
}

static int bid(const struct probe *p)
{
	struct str head = str_sub(p->text, 0, 2048);

	if (str_find(head, STR("<configuration>")) >= 0 && str_find(p->text, STR("type=\"")) >= 0)
		return str_find(p->text, STR("<manifest>")) >= 0 ||
				       str_find(p->text, STR("type=\"bytes\"")) >= 0 ||
				       str_find(p->text, STR("type=\"integer\"")) >= 0 ? 80 : 0;
	return 0;
}

const struct parser parser_vm_xml = {
	.name = "vm_xml",
	.about = "Hyper-V configurations in XML (up to 2012 R2)",
	.data_type = "fact",
	.version = 1,
	.bid = bid,
	.parse = parse,
};
