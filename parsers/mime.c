/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/mime.h"

enum encoding { PLAIN, QUOTED, BASE64 };

struct state {
	struct buf *out;
	struct mime_places *places;
	struct buf boundary;
	bool in_head, html, done;
	enum encoding encoding;
	uint32_t bits;           /* of base64 */
	unsigned held;
};

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 :
		c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void quoted_line(struct buf *out, struct str line)
{
	for (size_t i = 0; i < line.n; i++) {
		int high = i + 2 < line.n ? hex_digit(line.p[i + 1]) : -1;
		int low = i + 2 < line.n ? hex_digit(line.p[i + 2]) : -1;

		if (line.p[i] != '=') {
			buf_putc(out, line.p[i]);
		} else if (high >= 0 && low >= 0) {
			buf_putc(out, (char)(high * 16 + low));
			i += 2;
		} else if (i + 1 == line.n) {
			return;          /* the line goes on */
		} else {
			buf_putc(out, '=');
		}
	}
	buf_putc(out, '\n');
}

static int sextet(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 :
		c >= '0' && c <= '9' ? c - '0' + 52 : c == '+' ? 62 : c == '/' ? 63 : -1;
}

static void base64_line(struct state *s, struct str line)
{
	for (size_t i = 0; i < line.n; i++) {
		int v = sextet(line.p[i]);

		if (v < 0)
			continue;
		s->bits = (s->bits << 6 | (uint32_t)v) & 0xffffff;
		if ((s->held += 6) >= 8) {
			s->held -= 8;
			buf_putc(s->out, (char)(s->bits >> s->held & 0xff));
		}
	}
}

static void head_line(struct state *s, struct str line)
{
	ptrdiff_t at = str_ifind(line, STR("boundary=")), end;
	struct str value;

	if (str_istarts(line, STR("Content-Type:")))
		s->html = str_ifind(line, STR("text/html")) > 0;
	if (str_istarts(line, STR("Content-Transfer-Encoding:")))
		s->encoding = str_ifind(line, STR("quoted-printable")) > 0 ? QUOTED :
			str_ifind(line, STR("base64")) > 0 ? BASE64 : PLAIN;
	if (at < 0 || s->boundary.n)
		return;
	value = str_trim(str_from(line, (size_t)at + 9));
	if (str_starts(value, STR("\"")))
		value = str_from(value, 1);
	end = str_chr(value, '"');
	buf_puts(&s->boundary, STR("--"));
	buf_puts(&s->boundary, end < 0 ? value : str_sub(value, 0, (size_t)end));
}

static void take_line(struct state *s, struct str line, uint64_t number, uint64_t offset)
{
	struct str text = str_trim(line);

	if (s->boundary.n && str_starts(text, buf_str(&s->boundary))) {
		s->done |= s->html && s->out->n;   /* one page an archive */
		s->in_head = true;
		s->html = false;
		s->encoding = PLAIN;
		s->held = 0;
		return;
	}
	if (s->in_head) {
		s->in_head = text.n > 0;
		head_line(s, text);
		return;
	}
	if (!s->html)
		return;
	vec_push(s->places, (struct mime_place){ s->out->n, number, offset });
	if (s->encoding == BASE64) {
		base64_line(s, text);
	} else if (s->encoding == QUOTED) {
		quoted_line(s->out, line);
	} else {
		buf_puts(s->out, line);
		buf_putc(s->out, '\n');
	}
}

static bool is_archive(struct str bytes)
{
	struct str head = str_sub(bytes, 0, 2048);
	ptrdiff_t version = str_ifind(head, STR("MIME-Version:")), page = str_ifind(head, STR("<html"));

	return version >= 0 && (page < 0 || version < page) && str_ifind(head, STR("Content-Type:")) >= 0;
}

bool mime_html(struct str bytes, struct buf *out, struct mime_places *places)
{
	struct state s = { .out = out, .places = places, .in_head = true };
	struct str rest = bytes, line;
	uint64_t number = 0;

	if (!is_archive(bytes))
		return false;
	while (!s.done && str_split(&rest, '\n', &line)) {
		uint64_t offset = (uint64_t)(line.p - bytes.p);

		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		take_line(&s, line, ++number, offset);
	}
	buf_free(&s.boundary);
	return true;
}
