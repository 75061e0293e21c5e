/* SPDX-License-Identifier: Apache-2.0 */
/* Where things are, in SARIF's words: the members as artifacts, places in them, and their hosts. */
#include "reports/sarif.h"

#include "reports/csv.h"

/* "[a](b)" would be a link: a viewer makes one of it, whoever wrote the text. */
static void put_unlinked(struct buf *b, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (i && text.p[i] == '(' && text.p[i - 1] == ']')
			buf_putc(b, ' ');
		buf_putc(b, text.p[i]);
	}
}

void sarif_text(struct json *j, const char *key, struct str text)
{
	struct buf scratch = { 0 }, plain = { 0 };

	put_unlinked(&plain, text.n ? text : STR("-"));
	json_key(j, key);
	json_open(j, '{');
	json_put(j, "text", text_clean(buf_str(&plain), &scratch));
	json_close(j, '}');
	buf_free(&plain);
	buf_free(&scratch);
}

static bool is_uri_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c && strchr("-._~!", c));
}

/* One step of a path. Names that lead elsewhere ("..", nothing) are put in brackets. */
static void put_uri_part(struct buf *b, struct str part)
{
	bool leads = !part.n || str_eq(part, STR(".")) || str_eq(part, STR(".."));

	if (leads)
		buf_puts(b, STR("%5B"));
	for (size_t i = 0; i < part.n; i++) {
		if (is_uri_char(part.p[i]))
			buf_putc(b, part.p[i]);
		else
			buf_printf(b, "%%%02X", (unsigned)(unsigned char)part.p[i]);
	}
	if (leads)
		buf_puts(b, STR("%5D"));
}

static void put_uri(struct json *j, struct str path)
{
	struct buf uri = { 0 };
	struct str part;

	while (str_split(&path, '/', &part)) {
		if (uri.n)
			buf_putc(&uri, '/');
		put_uri_part(&uri, part);
	}
	json_put(j, "uri", buf_str(&uri));
	json_put(j, "uriBaseId", STR("BUNDLE"));
	buf_free(&uri);
}

static void put_location(struct json *j, const char *key, const struct evidence *ev, size_t member)
{
	json_key(j, key);
	json_open(j, '{');
	put_uri(j, ev->members.v[member].path);
	json_put_unsigned(j, "index", member);
	json_close(j, '}');
}

void sarif_member(struct json *j, const struct evidence *ev, size_t member)
{
	json_key(j, "locations");
	json_open(j, '[');
	json_open(j, '{');
	json_key(j, "physicalLocation");
	json_open(j, '{');
	put_location(j, "artifactLocation", ev, member);
	json_close(j, '}');
	json_close(j, '}');
	json_close(j, ']');
}

static void put_artifact(struct json *j, const struct evidence *ev, size_t member)
{
	const struct member *m = &ev->members.v[member];

	json_open(j, '{');
	put_location(j, "location", ev, member);
	json_key(j, "roles");
	json_open(j, '[');
	json_text(j, STR("analysisTarget"));
	json_close(j, ']');
	if (m->sha256[0]) {
		json_put_unsigned(j, "length", m->bytes);
		json_key(j, "hashes");
		json_open(j, '{');
		json_put(j, "sha-256", str_of(m->sha256));
		json_close(j, '}');
	}
	json_key(j, "properties");
	json_open(j, '{');
	json_put(j, "status", str_of(member_status_name(m->status)));
	json_put(j, "parser", m->parser);
	json_close(j, '}');
	json_close(j, '}');
}

void sarif_artifacts(struct json *j, const struct evidence *ev)
{
	json_key(j, "artifacts");
	json_open(j, '[');
	for (size_t i = 0; i < ev->members.n; i++)
		put_artifact(j, ev, i);
	json_close(j, ']');
}

static void put_region(struct json *j, const struct event_view *v)
{
	json_key(j, "region");
	json_open(j, '{');
	if (v->row.flags & ROW_LINE && v->row.number) {
		json_put_unsigned(j, "startLine", v->row.number);
	} else {
		json_put_unsigned(j, "byteOffset", v->row.offset);
		json_put_unsigned(j, "byteLength", v->row.length);
	}
	json_close(j, '}');
}

void sarif_place(struct json *j, const struct case_file *c, struct ref at, struct str host)
{
	struct event_view v;
	struct buf place = { 0 };

	if (at.segment != UINT32_MAX) {
		case_view(c, at, &v);
		report_place(&v, &place);
		json_key(j, "physicalLocation");
		json_open(j, '{');
		put_location(j, "artifactLocation", c->ev, c->segments.v[at.segment].member);
		put_region(j, &v);
		json_close(j, '}');
	}
	json_key(j, "logicalLocations");
	json_open(j, '[');
	if (host.n) {
		json_open(j, '{');
		json_put(j, "name", host);
		json_put(j, "kind", STR("host"));
		json_close(j, '}');
	}
	json_close(j, ']');
	if (place.n) {
		json_key(j, "properties");
		json_open(j, '{');
		json_put(j, "place", buf_str(&place));
		json_close(j, '}');
	}
	buf_free(&place);
}
