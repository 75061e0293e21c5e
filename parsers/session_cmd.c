/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What programs of the console say when they fail, in any language, by what is not translated:
 *
 *   System error 1058 has occurred.                          net: a number in the first line
 *   [SC] StartService FAILED 1058:                           sc
 *   ERROR - The Volume Shadow … 0x80042306                   any: a line with an error code
 *   Error: Insufficient storage available …                  vssadmin: a word and a colon below its head
 *   D:\VM\DC01.vhdx: Access is denied.                       icacls: the path, a colon, and no list
 */
#include "parsers/session.h"

#include "parsers/text_value.h"

#define HEAD_LINES 8             /* vssadmin's own lines stand above */

static bool calls(struct str command, const char *program)
{
	size_t n = strlen(program);

	return str_istarts(command, str_of(program)) && (command.n == n || command.p[n] == ' ' || command.p[n] == '.');
}

/* Verb-Noun: PowerShell's own tell their errors otherwise. */
static bool is_cmdlet(struct str command)
{
	ptrdiff_t dash = str_chr(command, '-'), blank = str_chr(command, ' ');

	return dash > 0 && (blank < 0 || dash < blank);
}

/* The one number of a line; false where there is none, or a second one. */
static bool only_number(struct str line, uint64_t *n)
{
	bool found = false;

	for (size_t i = 0; i < line.n;) {
		size_t from = i;

		while (i < line.n && line.p[i] >= '0' && line.p[i] <= '9')
			i++;
		if (i > from) {
			if (found || !str_to_u64(str_sub(line, from, i - from), 10, n))
				return false;
			found = true;
		}
		i += i == from;
	}
	return found;
}

/* An error of Windows as the HRESULT that events have it in. */
static struct str code_of(uint64_t win32, struct arena *a)
{
	return win32 > 1 && win32 < 65536 ? arena_printf(a, "0x8007%04X", (unsigned)win32) : STR("");
}

static struct str hresult_in(struct str line)
{
	for (size_t i = 0; i + 10 <= line.n; i++) {
		struct str s = str_sub(line, i, 10);
		uint64_t n;

		if (str_starts(s, STR("0x")) && str_to_u64(str_from(s, 2), 16, &n) && n >= 0x80000000 &&
			(i + 10 == line.n || !((line.p[i + 10] | 32) >= 'a' && (line.p[i + 10] | 32) <= 'f')))
			return s;
	}
	return STR("");
}

/* "Error: …", "Fehler: …", "Erreur : …": one word before the colon. */
static bool is_complaint(struct str line)
{
	ptrdiff_t colon = str_find(line, STR(": "));
	struct str word = colon > 0 ? str_trim(str_sub(line, 0, (size_t)colon)) : STR("");

	return word.n >= 3 && str_chr(word, ' ') < 0 && line.n > (size_t)colon + 12;
}

static bool told_by(struct str command, struct str line, size_t at, struct str *code, struct arena *a)
{
	uint64_t n;

	*code = hresult_in(line);
	if (code->n)
		return true;
	if ((calls(command, "net") && at == 0) || str_starts(line, STR("[SC] "))) {
		*code = only_number(line, &n) ? code_of(n, a) : STR("");
		return code->n > 0;
	}
	if (calls(command, "vssadmin") && at < HEAD_LINES)
		return is_complaint(line) && str_find(line, STR("(C)")) < 0;
	return calls(command, "icacls") && str_find(line, STR(":\\")) == 1 && str_find(line, STR(": ")) > 0 &&
		str_find(line, STR(":(")) < 0;
}

/* The paragraph from line `at` on, as one text. */
static struct str paragraph(const struct session_line *lines, size_t n, size_t at, size_t *to, struct arena *a)
{
	struct str text = str_trim(lines[at].text);

	for (*to = at + 1; *to < n && str_trim(lines[*to].text).n; ++*to)
		text = arena_printf(a, "%.*s %.*s", STR_ARG(text), STR_ARG(str_trim(lines[*to].text)));
	return text;
}

bool session_cmd_error(const struct session_line *lines, size_t n, struct str command,
	struct session_error *out, struct arena *a)
{
	size_t shown = 0;

	*out = (struct session_error){ 0 };
	for (size_t i = 0; i < n && !is_cmdlet(command); i++) {
		struct str line = str_trim(lines[i].text);

		if (!line.n)
			continue;
		if (told_by(command, line, shown++, &out->code, a)) {
			out->from = i;
			out->code = arena_str(a, out->code);
			out->message = paragraph(lines, n, i, &out->to, a);
			out->command = arena_str(a, str_sub(command, 0, str_chr(command, ' ') > 0 ?
				(size_t)str_chr(command, ' ') : command.n));
			return true;
		}
	}
	return false;
}
