/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiler of plans: one walk over the tokens, with no tree. What an element's content becomes
 * depends on where the element stands in the event; a leaf becomes one step.
 */
#include "parsers/evtx/compile.h"

#include "analyzer/base/text.h"
#include "parsers/evtx/value.h"
#include "parsers/segment.h"

/* Of one chunk; a real one has a few thousand steps and some hundred KiB of texts. */
#define STEPS_MAX 100000u
#define TEXTS_BYTES_MAX ((size_t)4 * 1024 * 1024)

struct compiler {
	struct plan_set *set;
	struct bx *r;
	bool *fragments;
	unsigned depth;
	unsigned unnamed;        /* unnamed values of EventData so far */
	uint32_t first_unnamed;  /* the step of the first */
};

struct element {
	enum place parent, place;    /* place: of its content */
	uint32_t local, path;        /* names: its own, and its path below the section */
	uint32_t name_piece, name_pieces;   /* the Name attribute of a Data element */
	bool data, binary, leaf_named;
	bool named;                  /* path ends in that attribute, which is constant */
	uint32_t piece;              /* first piece not yet in a step */
	bool children;
};

static uint32_t name_add(struct plan_set *set, struct str s)
{
	struct plan_name n = { .at = (uint32_t)set->texts.n, .n = (uint32_t)s.n };

	buf_puts(&set->texts, s);
	vec_push(&set->names, n);
	return (uint32_t)set->names.n - 1;
}

static struct str name_text(const struct compiler *c, uint32_t name)
{
	return plan_name_text(c->set, name);
}

static bool name_is(const struct compiler *c, uint32_t name, const char *text)
{
	return str_eq(name_text(c, name), str_of(text));
}

/* A tag's name without its prefix. */
static uint32_t name_local(struct compiler *c, const struct bx_token *t)
{
	struct plan_set *set = c->set;
	struct plan_name n = { .at = (uint32_t)set->texts.n };
	ptrdiff_t colon;

	buf_utf16le(&set->texts, t->p, t->n);
	n.n = (uint32_t)set->texts.n - n.at;
	colon = str_rchr(str_make(set->texts.p + n.at, n.n), ':');
	if (colon >= 0) {
		n.at += (uint32_t)colon + 1;
		n.n -= (uint32_t)colon + 1;
	}
	vec_push(&set->names, n);
	return (uint32_t)set->names.n - 1;
}

/* "a" + '/' + "b"; without the separator where one of them is empty. */
static uint32_t name_join(struct compiler *c, uint32_t a, char separator, uint32_t b)
{
	struct plan_set *set = c->set;
	uint32_t at = (uint32_t)set->texts.n;

	if (!set->names.v[a].n)
		return b;
	if (!set->names.v[b].n)
		return a;
	buf_reserve(&set->texts, set->names.v[a].n + set->names.v[b].n + 1);
	buf_puts(&set->texts, name_text(c, a));
	buf_putc(&set->texts, separator);
	buf_puts(&set->texts, name_text(c, b));
	vec_push(&set->names, (struct plan_name){ .at = at, .n = (uint32_t)set->texts.n - at });
	return (uint32_t)set->names.n - 1;
}

static void piece_text_begin(struct compiler *c)
{
	struct piece p = { .kind = PIECE_TEXT, .at = (uint32_t)c->set->texts.n };

	vec_push(&c->set->pieces, p);
}

static void piece_text_end(struct compiler *c)
{
	struct piece *p = &c->set->pieces.v[c->set->pieces.n - 1];

	p->n = (uint32_t)c->set->texts.n - p->at;
}

static bool piece_entity(struct compiler *c, const struct bx_token *t)
{
	static const struct {
		const char *name;
		char c;
	} known[] = { { "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' },
		{ "apos", '\'' } };
	struct str s;

	s = name_text(c, name_local(c, t));
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!str_eq(s, str_of(known[i].name)))
			continue;
		piece_text_begin(c);
		buf_putc(&c->set->texts, known[i].c);
		piece_text_end(c);
		return true;
	}
	return false;
}

static void piece_value(struct compiler *c, const struct bx_token *t)
{
	struct evtx_value v = { t->p, (uint16_t)t->n, t->type };

	piece_text_begin(c);
	if (t->kind == BX_CDATA || t->type == V_TEXT)
		buf_utf16le(&c->set->texts, t->p, t->n);
	else
		value_text(&c->set->texts, &v);
	piece_text_end(c);
}

/* Takes a token that is text or a place for it; *taken tells. False where it is malformed. */
static bool piece_add(struct compiler *c, struct bx_token *t, bool *taken)
{
	*taken = true;
	switch (t->kind) {
	case BX_VALUE:
	case BX_CDATA:
		piece_value(c, t);
		return true;
	case BX_CHAR:
		piece_text_begin(c);
		buf_utf8(&c->set->texts, t->slot);
		piece_text_end(c);
		return true;
	case BX_ENTITY:
		return piece_entity(c, t);
	case BX_SLOT:
	case BX_OPTIONAL_SLOT:
		vec_push(&c->set->pieces, (struct piece){ PIECE_SLOT, t->slot, 0, 0 });
		return true;
	case BX_TEMPLATE:
		if (!bx_skip_values(c->r, t))
			return false;
		vec_push(&c->set->pieces,
			(struct piece){ PIECE_INSTANCE, 0, t->at, c->r->pos - t->at });
		*c->fragments = true;
		return true;
	default:
		*taken = false;
		return true;
	}
}

static enum field_section section_of(enum place place)
{
	switch (place) {
	case AT_USERDATA:
	case AT_WRAPPER:
		return SECTION_USERDATA;
	case AT_ERROR:
		return SECTION_PROCESSING_ERROR;
	case AT_RENDERING:
		return SECTION_RENDERING;
	case AT_SYSTEM:
		return SECTION_SYSTEM;
	default:
		return SECTION_EVENTDATA;
	}
}

static bool step_add(struct compiler *c, struct step s)
{
	enum step_list list = s.target < TO_TIME ? STEPS_KIND : s.target < TO_FIELD ? STEPS_ROW :
		STEPS_FIELD;

	s.pieces = (uint32_t)c->set->pieces.n - s.piece;
	s.slot = NO_SLOT;
	if (s.pieces == 1 && c->set->pieces.v[s.piece].kind == PIECE_SLOT)
		s.slot = c->set->pieces.v[s.piece].slot;
	vec_push(&c->set->steps[list], s);
	return c->set->steps[list].n < STEPS_MAX && c->set->texts.n < TEXTS_BYTES_MAX;
}

/* ---- System ---- */

static bool step_system(struct compiler *c, const struct element *e, uint32_t attribute,
	uint32_t piece)
{
	struct step s = { .section = SECTION_SYSTEM, .place = AT_SYSTEM, .piece = piece };

	s.target = (uint8_t)system_target(name_text(c, e->local), name_text(c, attribute));
	s.name = attribute ? attribute : e->local;
	s.guid = name_is(c, e->local, "Correlation");
	return step_add(c, s);
}

/* ---- Attributes ---- */

static bool step_meta(struct compiler *c, struct str name, uint32_t piece)
{
	struct step s = { .target = TO_FIELD, .section = SECTION_META, .piece = piece };

	s.name = name_add(c->set, name);
	return step_add(c, s);
}

static bool step_attribute(struct compiler *c, struct element *e, uint32_t attribute,
	uint32_t piece)
{
	struct step s = { .target = TO_FIELD, .place = (uint8_t)e->place, .piece = piece };

	if (e->parent == AT_SYSTEM)
		return step_system(c, e, attribute, piece);
	if (e->parent == AT_EVENT && e->place == AT_EVENTDATA)
		return !name_is(c, attribute, "Name") || step_meta(c, STR("eventdata"), piece);
	if (e->place == AT_ROOT || e->place == AT_EVENT || e->place == AT_SYSTEM)
		return true;
	s.section = (uint8_t)section_of(e->place);
	s.name = name_join(c, e->path, '@', attribute);
	return step_add(c, s);
}

/* One attribute's value; the token that ended it is left in *t. */
static bool compile_attribute(struct compiler *c, struct element *e, struct bx_token *t)
{
	bool space = str_starts(str_make((const char *)t->p, t->n), STR("x\0m\0l\0n\0s\0"));
	uint32_t name = name_local(c, t), piece = (uint32_t)c->set->pieces.n;
	bool taken;

	if (c->set->texts.n > TEXTS_BYTES_MAX)
		return false;
	do {
		if (!bx_next(c->r, t) || !piece_add(c, t, &taken))
			return false;
	} while (taken);
	if (space)
		return true;
	if (e->data && name_is(c, name, "Name")) {
		e->name_piece = piece;
		e->name_pieces = (uint32_t)c->set->pieces.n - piece;
		return true;
	}
	return step_attribute(c, e, name, piece);
}

/* ---- Content ---- */

static bool only_space(const struct compiler *c, uint32_t piece)
{
	for (uint32_t i = piece; i < c->set->pieces.n; i++) {
		const struct piece *p = &c->set->pieces.v[i];

		if (p->kind != PIECE_TEXT || str_trim(str_make(c->set->texts.p + p->at, p->n)).n)
			return false;
	}
	return true;
}

static void step_name(const struct element *e, struct step *s)
{
	if (!e->data || e->named) {
		s->name = e->path ? e->path : e->local;
	} else {
		s->name_piece = e->name_piece;
		s->name_pieces = e->name_pieces;
	}
}

/* From the second unnamed value on, a null keeps its number in the row. */
static void count_unnamed(struct compiler *c, struct step *s)
{
	if (c->unnamed++ == 0)
		c->first_unnamed = (uint32_t)c->set->steps[STEPS_FIELD].n;
	else
		c->set->steps[STEPS_FIELD].v[c->first_unnamed].keep_null = s->keep_null = true;
}

/* The pieces gathered so far become a step. */
static bool flush(struct compiler *c, struct element *e)
{
	struct step s = { .target = TO_FIELD, .place = (uint8_t)e->place, .piece = e->piece,
		.path = e->path };
	uint32_t piece = e->piece;

	e->piece = (uint32_t)c->set->pieces.n;
	if (e->children && only_space(c, piece))
		return true;
	if (e->parent == AT_SYSTEM)
		return step_system(c, e, 0, piece);
	if (e->parent == AT_RENDERING && name_is(c, e->local, "Message"))
		s.target = TO_MESSAGE;
	s.section = (uint8_t)section_of(e->place);
	if (e->binary) {
		s.section = SECTION_BINARY;
		s.hex = true;
	} else if (e->leaf_named) {
		step_name(e, &s);
		if (e->data && s.name == NAME_NONE && !s.name_pieces)
			count_unnamed(c, &s);
	}
	return step_add(c, s);
}

/* The last piece becomes a step of its own, what stood before it another. */
static bool flush_part(struct compiler *c, struct element *e)
{
	struct piece last = c->set->pieces.v[--c->set->pieces.n];

	if (e->piece < c->set->pieces.n && !flush(c, e))
		return false;
	vec_push(&c->set->pieces, last);
	return flush(c, e);
}

/* What the content of a child called e->local is. */
static void element_place(struct compiler *c, const struct element *up, struct element *e)
{
	uint32_t l = e->local;

	e->parent = up->place;
	e->place = up->place;
	e->leaf_named = true;
	switch (up->place) {
	case AT_ROOT:
		e->place = AT_EVENT;
		e->leaf_named = false;
		break;
	case AT_EVENT:
		e->binary = name_is(c, l, "BinaryEventData");
		e->leaf_named = false;
		e->place = name_is(c, l, "System") ? AT_SYSTEM :
			e->binary || name_is(c, l, "EventData") ? AT_EVENTDATA :
			name_is(c, l, "UserData") ? AT_USERDATA :
			name_is(c, l, "ProcessingErrorData") ? AT_ERROR :
			name_is(c, l, "RenderingInfo") ? AT_RENDERING : AT_WRAPPER;
		break;
	case AT_EVENTDATA:
		e->data = name_is(c, l, "Data") || name_is(c, l, "ComplexData");
		e->binary = name_is(c, l, "Binary");
		e->place = AT_DATA;
		e->path = e->data ? up->path : name_join(c, up->path, '/', l);
		break;
	case AT_USERDATA:
		e->place = AT_WRAPPER;
		break;
	case AT_SYSTEM:
		break;
	case AT_DATA:
		e->data = name_is(c, l, "Data");
		e->path = e->data ? up->path : name_join(c, up->path, '/', l);
		break;
	case AT_WRAPPER:
	case AT_ERROR:
	case AT_RENDERING:
		e->path = name_join(c, up->path, '/', l);
		break;
	}
}

/* A container's slots stand each for a part of their own; a leaf's are joined to one value. */
static bool container(const struct element *e)
{
	return !e->leaf_named && !e->binary;
}

static bool compile_element(struct compiler *c, struct element *up, struct bx_token *t);

/* Everything up to the close tag, or up to the end where the element is a fragment's root. */
static bool compile_content(struct compiler *c, struct element *e, bool root)
{
	struct bx_token t;
	bool taken;

	for (;;) {
		if (!bx_next(c->r, &t) || !piece_add(c, &t, &taken))
			return false;
		if (taken) {
			bool part = (t.kind == BX_SLOT || t.kind == BX_OPTIONAL_SLOT) &&
				    t.type == V_FRAGMENT;

			part |= t.kind == BX_TEMPLATE;
			if ((part || container(e)) && !flush_part(c, e))
				return false;
			continue;
		}
		switch (t.kind) {
		case BX_OPEN:
			e->children = true;
			if ((e->piece < c->set->pieces.n && !flush(c, e)) ||
				!compile_element(c, e, &t))
				return false;
			e->piece = (uint32_t)c->set->pieces.n;
			break;
		case BX_CLOSE:
			return !root;
		case BX_END:
			return root;
		case BX_HEADER:
		case BX_PI:
		case BX_PI_DATA:
			break;
		default:
			return false;
		}
	}
}

static bool compile_tag(struct compiler *c, struct element *e, bool *empty)
{
	struct bx_token t;

	if (!bx_next(c->r, &t))
		return false;
	while (t.kind == BX_ATTRIBUTE)
		if (!compile_attribute(c, e, &t))
			return false;
	*empty = t.kind == BX_EMPTY_DONE;
	return *empty || t.kind == BX_OPEN_DONE;
}

/* The path of a Data element, and of what is below it, where its template tells the name. */
static void path_from_name(struct compiler *c, struct element *e)
{
	const struct piece *p = c->set->pieces.v + e->name_piece;
	struct plan_name n;

	if (!e->data || e->name_pieces != 1 || p->kind != PIECE_TEXT || !p->n)
		return;
	n = (struct plan_name){ .at = p->at, .n = p->n };
	vec_push(&c->set->names, n);
	e->path = name_join(c, e->path, '/', (uint32_t)c->set->names.n - 1);
	e->named = true;
}

static bool compile_element(struct compiler *c, struct element *up, struct bx_token *t)
{
	struct element e = { .local = name_local(c, t) };
	bool empty, ok;

	if (++c->depth > BX_ELEMENT_DEPTH_MAX || c->set->texts.n > TEXTS_BYTES_MAX)
		return false;
	element_place(c, up, &e);
	if (up->place == AT_USERDATA || (up->place == AT_EVENT && e.place == AT_WRAPPER)) {
		uint32_t piece = (uint32_t)c->set->pieces.n;
		struct piece p = { PIECE_TEXT, 0, c->set->names.v[e.local].at,
			c->set->names.v[e.local].n };

		vec_push(&c->set->pieces, p);
		if (!step_meta(c, STR("userdata"), piece))
			return false;
	}
	if (!compile_tag(c, &e, &empty))
		return false;
	path_from_name(c, &e);
	e.piece = (uint32_t)c->set->pieces.n;
	ok = empty || compile_content(c, &e, false);
	if (ok && e.piece < c->set->pieces.n)
		ok = flush(c, &e);
	else if (ok && e.data && !e.name_pieces && !e.children)
		ok = flush(c, &e);
	c->depth--;
	return ok;
}

bool compile_fragment(struct plan_set *set, struct bx *r, enum place place, uint32_t path,
	bool *fragments)
{
	struct compiler c = { .set = set, .r = r, .fragments = fragments };
	struct element root = { .parent = place, .place = place, .path = path };

	root.piece = (uint32_t)set->pieces.n;
	return compile_content(&c, &root, true) &&
	       (root.piece == set->pieces.n || flush(&c, &root));
}
