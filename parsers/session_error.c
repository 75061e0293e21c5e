/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PowerShell's error record as the console shows it, in any language: the text, wrapped to the
 * window, then lines that begin with '+', of which two keep their English names:
 *
 *   Merge-VHD : Failed to merge the virtual disk. …
 *   At line:1 char:1
 *   + Merge-VHD -Path …
 *       + CategoryInfo          : NotSpecified: (:) [Merge-VHD], VirtualizationException
 *       + FullyQualifiedErrorId : OperationFailed,Microsoft.Vhd.PowerShell.Cmdlets.MergeVhd
 *
 * PowerShell 7 shows "Merge-VHD: text" alone.
 */
#include "parsers/session.h"

#include "parsers/label.h"
#include "parsers/text_value.h"

#define LINES_BACK 60            /* an error's text is no longer than this */
#define PLUS_LINES 20
#define EDGE_MIN 79              /* cells of the narrowest window */

static struct str after(struct str line, const char *label)
{
	ptrdiff_t at = str_find(line, str_of(label));
	struct str rest = at < 0 ? STR("") : str_from(line, (size_t)at + strlen(label));

	at = str_chr(rest, ':');
	return at < 0 ? STR("") : str_trim(str_from(rest, (size_t)at + 1));
}

static bool is_plus(struct str line)
{
	return str_starts(str_trim(line), STR("+ "));
}

/* "Verb-Noun" at the start: its length, 0 where there is none. */
static size_t cmdlet_length(struct str s)
{
	size_t n = 0, dash = 0;

	for (; n < s.n && (s.p[n] == '-' || s.p[n] == '\\' || (s.p[n] >= 'A' && s.p[n] <= 'Z') ||
				(s.p[n] >= 'a' && s.p[n] <= 'z')); n++)
		if (s.p[n] == '-')
			dash = n;
	return dash > 1 && n > dash + 1 && s.p[0] >= 'A' && s.p[0] <= 'Z' ? n : 0;
}

/* "At line:1 char:1" in any language: two numbers behind colons. */
static bool is_position(struct str line)
{
	size_t found = 0;

	for (size_t i = 0; i + 1 < line.n; i++)
		found += line.p[i] == ':' && line.p[i + 1] >= '0' && line.p[i + 1] <= '9';
	return found >= 2;
}

/* Where the record begins that has a '+' line at `plus`. */
static size_t find_start(const struct session_line *lines, size_t from, size_t plus)
{
	size_t at = plus;

	while (at > from && plus - at < LINES_BACK) {
		struct str text = lines[at - 1].text;
		size_t n = cmdlet_length(text);

		if (!str_trim(text).n)
			break;
		at--;
		if (n && str_starts(str_from(text, n), STR(" : ")))
			break;
	}
	return at;
}

/* As long as the common windows are wide: the word goes on in the next line. */
static bool is_full(struct str line)
{
	return line.n == 79 || line.n == 80 || line.n == 119 || line.n == 120;
}

static struct str join(const struct session_line *lines, size_t from, size_t to, struct arena *a)
{
	struct buf b = { 0 };
	struct label_wrap wrap = { 0 };
	struct str out;

	for (size_t i = from; i < to; i++) {
		wrap.room = i > from && is_full(lines[i - 1].text) ? lines[i - 1].text.n : SIZE_MAX;
		if (i > from && !label_goes_on(&wrap, lines[i - 1].text, lines[i].text))
			buf_putc(&b, ' ');
		buf_puts(&b, lines[i].text);
	}
	out = arena_str(a, str_trim(buf_str(&b)));
	buf_free(&b);
	return out;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static struct str find_code(struct str s)
{
	for (size_t i = 0; i + 10 <= s.n; i++) {
		size_t n = 2;

		if (s.p[i] != '0' || s.p[i + 1] != 'x')
			continue;
		while (i + n < s.n && is_hex(s.p[i + n]))
			n++;
		if (n == 10)
			return str_sub(s, i, 10);
	}
	return STR("");
}

/* The first quoted text that is a path. */
static struct str find_path(struct str s)
{
	for (ptrdiff_t at; (at = str_chr(s, '\'')) >= 0;) {
		ptrdiff_t close;
		struct str v;

		s = str_from(s, (size_t)at + 1);
		close = str_chr(s, '\'');
		v = close < 0 ? STR("") : str_sub(s, 0, (size_t)close);
		if (str_find(v, STR(":\\")) == 1 || str_starts(v, STR("\\\\")))
			return v;
	}
	return STR("");
}

static void read_category(struct session_error *e, struct str text, struct arena *a)
{
	ptrdiff_t open = str_rchr(text, '['), close = str_rchr(text, ']');

	e->category = arena_str(a, str_trim(str_sub(text, 0,
		(size_t)(str_chr(text, ':') > 0 ? str_chr(text, ':') : 0))));
	if (open < 0 || close < open)
		return;
	e->command = arena_str(a, str_sub(text, (size_t)open + 1, (size_t)(close - open - 1)));
	text = str_trim(str_from(text, (size_t)close + 1));
	if (str_starts(text, STR(",")))
		e->exception = arena_str(a, str_trim(str_from(text, 1)));
}

static void read_text(struct session_error *e, const struct session_line *lines, size_t plus,
	struct arena *a)
{
	size_t end = plus;

	if (end > e->from + 1 && is_position(lines[end - 1].text))
		end--;
	e->message = join(lines, e->from, end, a);
	e->code = arena_str(a, find_code(e->message));
	e->path = arena_str(a, find_path(e->message));
}

/* Line *i with what the window's edge cut off it; *i goes to the last of them. */
static struct str whole_line(const struct session_line *lines, size_t n, size_t *i, struct arena *a)
{
	struct str text = lines[*i].text;

	while (*i + 1 < n && lines[*i].text.n >= EDGE_MIN) {
		struct str next = lines[*i + 1].text;
		size_t indent = value_indent(next);

		if (indent == 0 || indent > 4 || is_plus(next) || !str_trim(next).n)
			break;
		text = arena_printf(a, "%.*s%.*s", STR_ARG(text), STR_ARG(str_trim(next)));
		++*i;
	}
	return text;
}

/* The lines of '+' from `plus` on; false where no name of ours is among them. */
static bool read_plus(const struct session_line *lines, size_t n, size_t plus,
	struct session_error *e, struct arena *a)
{
	for (size_t i = plus; i < n && i < plus + PLUS_LINES; i++) {
		struct str text = whole_line(lines, n, &i, a);
		struct str id = after(text, "+ FullyQualifiedErrorId");

		if (str_find(text, STR("+ CategoryInfo")) >= 0)
			read_category(e, after(text, "+ CategoryInfo"), a);
		if (!id.n)
			continue;
		e->id = arena_str(a, id);
		e->to = i + 1;
		if (e->to < n && str_find(lines[e->to].text, STR("+ PSComputerName")) >= 0)
			e->server = arena_str(a, after(lines[e->to++].text, "+ PSComputerName"));
		return true;
	}
	return false;
}

/* "Merge-VHD: text", and its lines up to a blank one. */
static bool short_form(const struct session_line *lines, size_t n, size_t at,
	struct session_error *e, struct arena *a)
{
	size_t length = cmdlet_length(lines[at].text), end = at + 1;

	if (!length || !str_starts(str_from(lines[at].text, length), STR(": ")) ||
		lines[at].text.n < length + 10)
		return false;
	while (end < n && end < at + LINES_BACK && str_trim(lines[end].text).n &&
		!cmdlet_length(lines[end].text))
		end++;
	*e = (struct session_error){ .from = at, .to = end };
	e->command = arena_str(a, str_sub(lines[at].text, 0, length));
	read_text(e, lines, end, a);
	return true;
}

bool session_error_find(const struct session_line *lines, size_t n, size_t from,
	struct session_error *out, struct arena *a)
{
	for (size_t i = from; i < n; i++) {
		*out = (struct session_error){ 0 };
		if (is_plus(lines[i].text) && read_plus(lines, n, i, out, a)) {
			out->from = find_start(lines, from, i);
			read_text(out, lines, i, a);
			return true;
		}
		if (short_form(lines, n, i, out, a))
			return true;
	}
	return false;
}
