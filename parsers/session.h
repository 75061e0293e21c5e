/* SPDX-License-Identifier: Apache-2.0 */
/* What a console session is made of: prompts, and the errors among the output. Private to session*.c. */
#ifndef CASELINE_PARSERS_SESSION_H
#define CASELINE_PARSERS_SESSION_H

#include "parsers/parser.h"

struct prompt {
	struct str command;      /* what was typed; empty where nothing was */
	struct str folder;
	struct str server;       /* of "[server]: PS …" */
	bool powershell, header; /* header: no prompt, a collector's line above the output */
};

/* A line that begins with a prompt: PS C:\>, [server]: PS C:\>, C:\>, DISKPART>, DISKSHADOW>. */
bool prompt_parse(struct str line, struct prompt *p);
/* What TSS writes above a command's output: "20240514 03:12:46.123 : vssadmin list writers". */
bool prompt_parse_header(struct str line, struct prompt *p, int64_t *civil_100ns);
/* What a PowerShell transcript adds to a command: >> …, PS>CommandInvocation(…). */
bool prompt_is_remark(struct str line);

/* Without the signs that mail programs put before what they quote. */
struct str prompt_unquoted(struct str line);

struct prompt_quoting {
	size_t lines;
	bool prompt;
};

/* Takes the lines one after the other; true from when several were quoted, one of them a typed command. */
bool prompt_quoted(struct prompt_quoting *q, struct str line);

struct session_line {
	struct str text;
	uint64_t number, offset;
};

/* An error record of PowerShell: lines [from, to) of the output. */
struct session_error {
	size_t from, to;
	struct str message, command, id, category, exception, code, path, server;
};

/* The first error at or behind line `from`; false where there is none. Texts are made in `a`. */
bool session_error_find(const struct session_line *lines, size_t n, size_t from,
	struct session_error *out, struct arena *a);

/*
 * What a program other than PowerShell's own says of its failure, where it stands in its output; false
 * where nothing does. `command` is the line that was typed.
 */
bool session_cmd_error(const struct session_line *lines, size_t n, struct str command,
	struct session_error *out, struct arena *a);

#endif
