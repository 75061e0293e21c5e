/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML of one record, for people: the walk over its tokens with nothing compiled. Always
 * well-formed, whatever the record holds: one that breaks off is closed and ends with a comment.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "analyzer/base/text.h"
#include "parsers/evtx/reader.h"

#define XML_BYTES_MAX ((size_t)4 * 1024 * 1024)
#define FRAGMENTS_MAX 4096u
#define INDENT "  "

/* Values of the template that is being written; NULL outside one. */
struct slots {
	struct evtx_value *v;
	uint32_t n;
};

struct writer {
	struct bx chunk;
	struct buf *out;
	struct buf text;         /* one value, before it is escaped */
	unsigned depth;          /* of elements, for the indent */
	unsigned nested;         /* of fragments */
	unsigned fragments;      /* written so far */
	bool root;               /* the one root element has been begun */
};

/* The open start tag of the element being written. */
struct tag {
	size_t from, to;         /* "<Name a=…" in `out`, without the end */
	size_t name_n;
	bool children, content;
};

static bool fragment_write(struct writer *w, struct bx b, struct slots slots, struct tag *up);

static void name_put(struct buf *b, const struct bx_token *t)
{
	size_t at = b->n;

	buf_utf16le(b, t->p, t->n);
	if (b->n == at)
		buf_putc(b, '_');
	for (size_t i = at; i < b->n; i++) {
		char c = b->p[i];
		bool letter = (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '_';
		bool other = (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';

		if (!letter && (!other || i == at))
			b->p[i] = '_';
	}
}

/* Text between tags or in quotes. What XML can't hold becomes U+FFFD. */
static void escape(struct buf *b, struct str s, bool quoted)
{
	for (size_t i = 0; i < s.n;) {
		int32_t c = utf8_next(s, &i);

		switch (c) {
		case '&':
			buf_puts(b, STR("&amp;"));
			break;
		case '<':
			buf_puts(b, STR("&lt;"));
			break;
		case '>':
			buf_puts(b, STR("&gt;"));
			break;
		case '"':
			buf_puts(b, quoted ? STR("&quot;") : STR("\""));
			break;
		case '\r':
			buf_puts(b, STR("&#xD;"));
			break;
		case '\n': case '\t':
			if (quoted)
				buf_printf(b, "&#x%X;", (unsigned)c);
			else
				buf_putc(b, (char)c);
			break;
		default:
			buf_utf8(b, c < 0x20 || c == 0xfffe || c == 0xffff ? 0xfffd : (uint32_t)c);
		}
	}
}

static void value_put(struct writer *w, const struct evtx_value *v, bool quoted)
{
	w->text.n = 0;
	value_text(&w->text, v);
	escape(w->out, buf_str(&w->text), quoted);
}

static void line(struct writer *w)
{
	buf_putc(w->out, '\n');
	for (unsigned i = 0; i < w->depth; i++)
		buf_puts(w->out, STR(INDENT));
}

/* Ends the start tag before the first thing inside it. */
static void tag_content(struct writer *w, struct tag *t)
{
	if (t && !t->content) {
		buf_putc(w->out, '>');
		t->content = true;
	}
}

/* The items of an array are elements of their own, each with the attributes of the first. */
static void array_put(struct writer *w, struct tag *t, const struct evtx_value *v)
{
	struct evtx_value rest = *v, item;
	bool first = true;

	while (value_item(&rest, &item) && w->out->n < XML_BYTES_MAX) {
		if (!first) {
			buf_reserve(w->out, t->to - t->from + t->name_n + 8);
			buf_puts(w->out, STR("</"));
			buf_put(w->out, w->out->p + t->from + 1, t->name_n);
			buf_putc(w->out, '>');
			w->depth--;
			line(w);
			w->depth++;
			buf_reserve(w->out, t->to - t->from + 8);
			buf_put(w->out, w->out->p + t->from, t->to - t->from);
			buf_putc(w->out, '>');
		}
		first = false;
		value_put(w, &item, false);
	}
}

static struct evtx_value slot_value(struct slots slots, uint16_t slot)
{
	return slot < slots.n ? slots.v[slot] : (struct evtx_value){ NULL, 0, V_NULL };
}

static bool slot_put(struct writer *w, struct tag *t, struct slots slots, uint16_t slot)
{
	struct evtx_value v = slot_value(slots, slot);
	struct bx b = w->chunk;

	if (value_is_null(&v))
		return true;
	tag_content(w, t);
	if (v.type == V_FRAGMENT) {
		b.pos = (uint32_t)(v.p - w->chunk.chunk);
		b.end = b.pos + v.n;
		return fragment_write(w, b, (struct slots){ NULL, 0 }, t);
	}
	if ((v.type & V_ARRAY) && t)
		array_put(w, t, &v);
	else
		value_put(w, &v, false);
	return true;
}

/* One of the five that XML knows without a declaration. */
static void entity_put(struct writer *w, const struct bx_token *t)
{
	static const char *const known[] = { "amp", "lt", "gt", "quot", "apos" };
	struct str s;

	w->text.n = 0;
	buf_utf16le(&w->text, t->p, t->n);
	s = buf_str(&w->text);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_eq(s, str_of(known[i]))) {
			buf_printf(w->out, "&%s;", known[i]);
			return;
		}
	buf_utf8(w->out, 0xfffd);
}

/* Text, or a place for it; *taken tells whether the token was one of those. */
static bool text_put(struct writer *w, struct slots slots, const struct bx_token *t, bool quoted,
	bool *taken)
{
	struct evtx_value v = { t->p, (uint16_t)t->n, t->kind == BX_CDATA ? V_TEXT : t->type };

	*taken = true;
	switch (t->kind) {
	case BX_VALUE: case BX_CDATA:
		value_put(w, &v, quoted);
		return true;
	case BX_CHAR:
		w->text.n = 0;
		buf_utf8(&w->text, t->slot);
		escape(w->out, buf_str(&w->text), quoted);
		return true;
	case BX_ENTITY:
		entity_put(w, t);
		return true;
	case BX_SLOT: case BX_OPTIONAL_SLOT:
		v = slot_value(slots, t->slot);
		value_put(w, &v, quoted);
		return true;
	default:
		*taken = false;
		return true;
	}
}

/* An attribute whose only value is a null is left out, and so is the second of one name. */
static bool attribute_write(struct writer *w, struct bx *b, struct slots slots, struct tag *tag,
	struct bx_token *t)
{
	size_t before = w->out->n, from;
	bool taken, any = false, twice;

	buf_putc(w->out, ' ');
	name_put(w->out, t);
	buf_puts(w->out, STR("=\""));
	from = w->out->n;
	twice = str_find(str_make(w->out->p + tag->from, before - tag->from),
			str_make(w->out->p + before, from - before)) >= 0;
	for (;;) {
		if (!bx_next(b, t) || !text_put(w, slots, t, true, &taken))
			return false;
		if (!taken)
			break;
		any |= t->kind != BX_OPTIONAL_SLOT || w->out->n > from;
	}
	buf_putc(w->out, '"');
	if (!any || twice)
		w->out->n = before;
	return true;
}

static bool content_write(struct writer *w, struct bx *b, struct slots slots, struct tag *up);

static void tag_close(struct writer *w, const struct tag *t)
{
	if (!t->content) {
		buf_puts(w->out, STR("/>"));
		return;
	}
	if (t->children)
		line(w);
	buf_reserve(w->out, t->name_n + 3);
	buf_puts(w->out, STR("</"));
	buf_put(w->out, w->out->p + t->from + 1, t->name_n);
	buf_putc(w->out, '>');
}

static bool element_write(struct writer *w, struct bx *b, struct slots slots,
	const struct bx_token *open)
{
	struct tag tag = { 0 };
	struct bx_token t;
	bool ok;

	if (w->depth == 0 && w->root)
		return false;
	w->root = true;
	if (w->out->n)
		line(w);
	tag.from = w->out->n;
	buf_putc(w->out, '<');
	name_put(w->out, open);
	tag.name_n = w->out->n - tag.from - 1;
	ok = w->depth < BX_ELEMENT_DEPTH_MAX && bx_next(b, &t);
	while (ok && t.kind == BX_ATTRIBUTE) {
		size_t before = w->out->n;

		ok = attribute_write(w, b, slots, &tag, &t);
		if (!ok)
			w->out->n = before;
	}
	tag.to = w->out->n;
	w->depth++;
	if (ok && t.kind != BX_EMPTY_DONE)
		ok = t.kind == BX_OPEN_DONE && content_write(w, b, slots, &tag);
	w->depth--;
	tag_close(w, &tag);
	return ok;
}

static bool instance_write(struct writer *w, struct bx *b, const struct bx_token *t,
	struct tag *up);

/* Everything up to a close tag, or up to the end. */
static bool content_write(struct writer *w, struct bx *b, struct slots slots, struct tag *up)
{
	struct bx_token t;
	bool taken;

	for (;;) {
		if (w->out->n > XML_BYTES_MAX || !bx_next(b, &t))
			return false;
		switch (t.kind) {
		case BX_OPEN:
			tag_content(w, up);
			if (up)
				up->children = true;
			if (!element_write(w, b, slots, &t))
				return false;
			break;
		case BX_TEMPLATE:
			tag_content(w, up);
			if (!instance_write(w, b, &t, up))
				return false;
			break;
		case BX_SLOT: case BX_OPTIONAL_SLOT:
			if (w->depth && !slot_put(w, up, slots, t.slot))
				return false;
			break;
		case BX_CLOSE: case BX_END:
			return true;
		case BX_HEADER: case BX_PI: case BX_PI_DATA:
			break;
		default:
			if (!w->depth)
				return false;
			tag_content(w, up);
			if (!text_put(w, slots, &t, false, &taken) || !taken)
				return false;
		}
	}
}

static struct slots values_read(struct bx *b, uint32_t count)
{
	const uint8_t *descriptor = b->chunk + b->pos;
	struct slots s = { xmalloc((count + 1) * sizeof(*s.v)), count };

	b->pos += 4 * count;
	for (uint32_t i = 0; i < count; i++, descriptor += 4) {
		uint16_t n = le16(descriptor);

		n = n < b->end - b->pos ? n : (uint16_t)(b->end - b->pos);
		s.v[i] = (struct evtx_value){ b->chunk + b->pos, n, descriptor[2] };
		b->pos += n;
	}
	return s;
}

static bool instance_write(struct writer *w, struct bx *b, const struct bx_token *t,
	struct tag *up)
{
	struct slots s = values_read(b, t->values);
	struct bx body;
	bool ok = bx_definition(&w->chunk, t->definition, &body) &&
		  fragment_write(w, body, s, up);

	free(s.v);
	return ok;
}

static bool fragment_write(struct writer *w, struct bx b, struct slots slots, struct tag *up)
{
	bool ok = w->nested < BX_DEPTH_MAX && ++w->fragments < FRAGMENTS_MAX;

	w->nested++;
	ok = ok && content_write(w, &b, slots, up);
	w->nested--;
	return ok;
}

int evtx_xml(const uint8_t *chunk, uint32_t chunk_bytes, uint32_t at, struct buf *out,
	struct err *e)
{
	struct writer w = { .out = out };
	struct record rec;
	struct bx b;
	bool ok;

	w.chunk = (struct bx){ .chunk = chunk, .size = chunk_bytes, .end = chunk_bytes };
	if (!record_at(&w.chunk, at, chunk_bytes, &rec))
		return err_set(e, E_DAMAGED, "no record at %" PRIu32 " of its chunk", at);
	b = w.chunk;
	b.pos = at + EVTX_RECORD_HEAD;
	b.end = at + rec.bytes - 4;
	ok = content_write(&w, &b, (struct slots){ NULL, 0 }, NULL);
	if (!w.root)
		buf_puts(out, STR("<Event/>"));
	buf_puts(out, ok ? STR("\n") : STR("\n<!-- the record breaks off here -->\n"));
	buf_free(&w.text);
	return 0;
}
