/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpresult /x: the policy objects of the computer and of the user, and the rights they set.
 *
 *   <ComputerResults><GPO><Name>…</Name><Path><Identifier>{…}</Identifier></Path> <Link>…</Link></GPO>
 *   <UserRightsAssignment><GPO><Identifier>{…}</Identifier></GPO><Precedence>1</Precedence>
 *     <Name>SeX</Name><Member><SID>…</SID><Name>…</Name></Member></UserRightsAssignment>
 *
 * A right names its policy by identifier only, so that rights wait for the end of the file.
 */
#include <stdlib.h>

#include "parsers/gpresult_parts.h"
#include "parsers/xml.h"

#define ITEMS_MAX 2000

struct object {
	struct str name, id, link;
	uint64_t order;          /* in which it was applied, from 1; 0: it was not */
	bool user;
	uint64_t line, offset;
};

struct reader {
	struct sink *out;
	struct arena *a;
	VEC(struct gp_right) rights;
	VEC(struct object) objects;
	struct gp_right right;
	struct object object;
	struct buf accounts, sid, text;
	unsigned depth;
	unsigned at_right, at_object, at_member;   /* depth of the element that is open, else 0 */
	bool user, in_gpo;       /* in_gpo: within a right's own GPO element */
	uint64_t over;           /* items beyond the limit */
};

static const char *local_name(const char *name)
{
	const char *colon = strchr(name, ':');

	return colon ? colon + 1 : name;
}

static bool is(const char *name, const char *wanted)
{
	return strcmp(name, wanted) == 0;
}

static void begin_right(struct reader *r, const struct xml *x)
{
	r->at_right = r->depth;
	r->right = (struct gp_right){ .line = xml_line(x), .offset = xml_offset(x) };
	r->accounts.n = 0;
	r->in_gpo = false;
}

static void on_start(void *to, struct xml *x, const char *name, const char **attributes)
{
	struct reader *r = to;

	(void)attributes;
	name = local_name(name);
	r->depth++;
	r->text.n = 0;
	if (r->depth == 2) {
		r->user = is(name, "UserResults");
	} else if (r->at_right) {
		r->in_gpo |= is(name, "GPO");
		if (is(name, "Member") && !r->at_member) {
			r->at_member = r->depth;
			r->sid.n = 0;
		}
	} else if (is(name, "UserRightsAssignment")) {
		begin_right(r, x);
	} else if (r->depth == 3 && is(name, "GPO")) {
		r->at_object = r->depth;
		r->object = (struct object){ .line = xml_line(x), .offset = xml_offset(x), .user = r->user };
	}
}

static void end_right(struct reader *r)
{
	r->at_right = r->at_member = 0;
	if (!r->right.right.n)
		return;
	if (r->rights.n == ITEMS_MAX) {
		r->over++;
		return;
	}
	r->right.accounts = arena_str(r->a, buf_str(&r->accounts));
	vec_push(&r->rights, r->right);
}

static void end_in_right(struct reader *r, const char *name, struct str text)
{
	if (r->in_gpo && is(name, "Identifier"))
		r->right.gpo_id = arena_str(r->a, text);
	else if (r->in_gpo && is(name, "Name"))
		r->right.gpo = arena_str(r->a, text);
	else if (is(name, "GPO"))
		r->in_gpo = false;
	else if (is(name, "Precedence"))
		str_to_u64(text, 10, &r->right.precedence);
	else if (r->at_member && is(name, "SID"))
		buf_puts(&r->sid, text);
	else if (r->at_member && is(name, "Name"))
		gp_account_add(&r->accounts, text);
	else if (r->depth == r->at_right + 1 && is(name, "Name") && !r->right.right.n)
		r->right.right = arena_str(r->a, text);
	if (r->depth != r->at_member)
		return;
	/* No language changes the SID; a member that could not be named has only that. */
	gp_account_add(&r->accounts, buf_str(&r->sid));
	r->at_member = 0;
}

static void end_in_object(struct reader *r, const char *name, struct str text)
{
	if (is(name, "Name") && r->depth == r->at_object + 1)
		r->object.name = arena_str(r->a, text);
	else if (is(name, "Identifier"))
		r->object.id = arena_str(r->a, text);
	else if (is(name, "SOMPath"))
		r->object.link = arena_str(r->a, text);
	else if (is(name, "AppliedOrder"))
		str_to_u64(text, 10, &r->object.order);
	if (r->depth != r->at_object)
		return;
	r->at_object = 0;
	if (r->objects.n == ITEMS_MAX)
		r->over++;
	else
		vec_push(&r->objects, r->object);
}

static void on_end(void *to, struct xml *x, const char *name)
{
	struct reader *r = to;
	struct str text = str_trim(buf_str(&r->text));

	(void)x;
	name = local_name(name);
	if (r->at_right && r->depth == r->at_right)
		end_right(r);
	else if (r->at_right)
		end_in_right(r, name, text);
	else if (r->at_object)
		end_in_object(r, name, text);
	r->depth--;
	r->text.n = 0;
}

static void on_text(void *to, struct str text)
{
	struct reader *r = to;

	if ((r->at_right || r->at_object) && r->text.n + text.n <= GP_ACCOUNTS_BYTES_MAX)
		buf_puts(&r->text, text);
}

static void put_object(struct sink *out, const struct object *o)
{
	sink_fact(out, STR("policy"), o->line, o->offset);
	sink_put(out, "gpo", o->name);
	label_put_id(out, "gpo_id", o->id);
	sink_put(out, "scope", o->user ? STR("user") : STR("computer"));
	label_put(out, "link", o->link);
	sink_put(out, "applied", o->order ? STR("true") : STR("false"));
	if (o->order)
		sink_put_u64(out, "order", o->order);
	sink_put(out, "source", STR("gpresult"));
}

static void give(struct reader *r)
{
	for (size_t i = 0; i < r->objects.n; i++)
		if (r->objects.v[i].name.n)
			put_object(r->out, &r->objects.v[i]);
	for (size_t i = 0; i < r->rights.n; i++) {
		struct gp_right *right = &r->rights.v[i];

		for (size_t k = 0; k < r->objects.n && !right->gpo.n; k++)
			if (str_ieq(r->objects.v[k].id, right->gpo_id))
				right->gpo = r->objects.v[k].name;
		gp_right_put(r->out, right);
	}
	if (r->over)
		sink_note(r->out, NOTE_LIMIT, 0, 0, r->over, "more than %d policy objects or rights", ITEMS_MAX);
}

int gp_xml_read(const struct member_view *m, struct sink *out, struct err *e)
{
	static const struct xml_handler handler = { on_start, on_end, on_text };
	struct reader r = { .out = out, .a = m->a };
	int rc = xml_read(m, &handler, &r, e);

	give(&r);
	free(r.rights.v);
	free(r.objects.v);
	buf_free(&r.accounts);
	buf_free(&r.sid);
	buf_free(&r.text);
	return rc;
}
