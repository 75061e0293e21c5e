/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/session.h"

#define FOLDER_MAX 400
#define QUOTED_LINES_MIN 5

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A text that may stand for a folder: no sign that a path can't have. */
static bool is_folder(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (strchr("<>|\"*?\t", s.p[i]) || (unsigned char)s.p[i] < ' ')
			return false;
	return s.n > 0 && s.n < FOLDER_MAX;
}

/* "PS C:\VMs> command", or "PS>command" as transcripts write it. */
static bool take_powershell(struct str line, struct prompt *p)
{
	ptrdiff_t at = str_chr(line, '>');
	size_t end;

	if (!str_starts(line, STR("PS")) || at < 2)
		return false;
	p->folder = str_trim(str_sub(line, 2, (size_t)at - 2));
	if (at > 2 && (line.p[2] != ' ' || !is_folder(p->folder) ||
			(str_chr(p->folder, ':') < 0 && str_chr(p->folder, '\\') < 0)))
		return false;
	for (end = (size_t)at; end < line.n && line.p[end] == '>'; end++)
		;
	p->command = str_trim(str_from(line, end));
	p->powershell = true;
	return at > 2 || p->command.n > 0;
}

static bool take_cmd(struct str line, struct prompt *p)
{
	ptrdiff_t at = str_chr(line, '>');

	if (at < 3 || !is_letter(line.p[0]) || line.p[1] != ':' || line.p[2] != '\\')
		return false;
	p->folder = str_sub(line, 0, (size_t)at);
	p->command = str_trim(str_from(line, (size_t)at + 1));
	return is_folder(p->folder) && str_chr(str_from(p->folder, 2), ':') < 0 &&
	       str_chr(p->folder, ',') < 0;
}

static bool take_tool(struct str line, struct prompt *p)
{
	static const char *const tools[] = { "DISKPART>", "DISKSHADOW>" };

	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		if (!str_istarts(line, str_of(tools[i])))
			continue;
		p->folder = str_sub(line, 0, strlen(tools[i]) - 1);
		p->command = str_trim(str_from(line, strlen(tools[i])));
		return true;
	}
	return false;
}

bool prompt_parse(struct str line, struct prompt *p)
{
	ptrdiff_t close;

	*p = (struct prompt){ 0 };
	if (prompt_is_remark(line))
		return false;
	close = line.n && line.p[0] == '[' ? str_find(line, STR("]: PS ")) : -1;
	if (close > 1) {
		p->server = str_sub(line, 1, (size_t)close - 1);
		return take_powershell(str_from(line, (size_t)close + 3), p);
	}
	return take_powershell(line, p) || take_cmd(line, p) || take_tool(line, p);
}

bool prompt_parse_header(struct str line, struct prompt *p, int64_t *civil_100ns)
{
	struct civil c;
	uint64_t ms;

	*p = (struct prompt){ 0 };
	if (line.n < 26 || !civil_by_form(line, "YYYYMMDD hh:mm:ss.", &c) ||
		!str_to_u64(str_sub(line, 18, 3), 10, &ms) || !str_eq(str_sub(line, 21, 3), STR(" : ")))
		return false;
	c.ticks = (int)ms * (int)TICKS_MS;
	p->command = str_trim(str_from(line, 24));
	p->header = true;
	return p->command.n && civil_to_ticks(&c, civil_100ns);
}

bool prompt_is_remark(struct str line)
{
	return str_starts(line, STR(">> ")) || str_starts(line, STR("PS>CommandInvocation(")) ||
	       str_starts(line, STR("PS>ParameterBinding(")) ||
	       str_starts(line, STR("PS>TerminatingError("));
}

struct str prompt_unquoted(struct str line)
{
	while (line.n && line.p[0] == '>')
		line = str_from(line, line.n > 1 && line.p[1] == ' ' ? 2 : 1);
	return line;
}

bool prompt_quoted(struct prompt_quoting *q, struct str line)
{
	struct prompt p;

	if (line.n && line.p[0] == '>') {
		q->lines++;
		q->prompt |= prompt_parse(prompt_unquoted(line), &p) && p.command.n;
	}
	return q->lines >= QUOTED_LINES_MIN && q->prompt;
}
