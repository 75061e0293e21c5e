/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/cli/options.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum option_id {
	OPT_OUT, OPT_ABOUT, OPT_OUTPUT, OPT_FORCE, OPT_REPORT_BYTES,
	OPT_JOBS, OPT_PASSPHRASE, OPT_READER, OPT_MEMBER, OPT_TOTAL, OPT_RATIO, OPT_DEPTH,
	OPT_MEMBERS, OPT_NAME, OPT_MEMORY, OPT_SANDBOX, OPT_WORK,
	OPT_SINCE, OPT_UNTIL, OPT_HOST, OPT_TZ, OPT_CLOCK,
	OPT_FORMATS, OPT_KNOWLEDGE, OPT_QUIET, OPT_VERBOSE, OPT_PROGRESS,
	OPT_CAUSE, OPT_VM, OPT_TRY, OPT_HELP,
};

struct option {
	enum option_id id;
	char letter;             /* 0 = none */
	char group;              /* a command takes the groups it names; '*' is in all */
	const char *name, *value, *about;
};

/* Groups: o output, i ingest, b binding, k data files, p progress, w why, t try. */
static const struct option table[] = {
	{ OPT_OUT, 'o', 'o', "out", "DIR", "write the result into DIR (made if it is not there)" },
	{ OPT_OUTPUT, 0, 'o', "output", "LIST", "which files, by comma; `caseline parsers` lists them" },
	{ OPT_ABOUT, 0, 'o', "about", "TEXT", "a VM, job, time, code or event id that was named: put it first" },
	{ OPT_FORCE, 0, 'o', "force", NULL, "write into a DIR that holds other files" },
	{ OPT_REPORT_BYTES, 0, 'o', "report-size", "BYTES", "budget of report.html (default 50M)" },
	{ OPT_SINCE, 0, 'b', "since", "TIME", "leave out what is earlier (2024-05-14T03:00:00Z or 2024-05-14)" },
	{ OPT_UNTIL, 0, 'b', "until", "TIME", "leave out what is later" },
	{ OPT_HOST, 0, 'b', "host", "NAME", "only this host's events" },
	{ OPT_TZ, 0, 'b', "tz", "HOST=ZONE", "the zone of a host's local stamps (IANA, Windows name or UTC+HH:MM)" },
	{ OPT_CLOCK, 0, 'b', "clock", "HOST=SECONDS", "add SECONDS to all stamps of a host" },
	{ OPT_JOBS, 'j', 'i', "jobs", "N", "worker processes (default: the cores)" },
	{ OPT_PASSPHRASE, 0, 'i', "passphrase-file", "FILE", "passphrases for encrypted members, one a line" },
	{ OPT_READER, 0, 'i', "evtx-reader", "NAME", "native (default) or libevtx" },
	{ OPT_MEMBER, 0, 'i', "max-member", "BYTES", "unpacked bytes of one member (default 16G)" },
	{ OPT_TOTAL, 0, 'i', "max-total", "BYTES", "unpacked bytes of everything (default 256G)" },
	{ OPT_RATIO, 0, 'i', "max-ratio", "N", "unpacked to packed (default 1000)" },
	{ OPT_DEPTH, 0, 'i', "max-depth", "N", "archives within archives (default 6)" },
	{ OPT_MEMBERS, 0, 'i', "max-members", "N", "members in all (default 500000)" },
	{ OPT_NAME, 0, 'i', "max-name", "BYTES", "length of a member's name (default 4096)" },
	{ OPT_MEMORY, 0, 'i', "spool-above", "BYTES", "members above this go through an unlinked file (default 256M)" },
	{ OPT_WORK, 0, 'i', "work-dir", "DIR", "where unlinked work files go (default: DIR of -o, else $TMPDIR)" },
	{ OPT_SANDBOX, 0, 'i', "require-sandbox", NULL, "stop where workers can't be held by Landlock and seccomp" },
	{ OPT_FORMATS, 0, 'k', "formats", "DIR", "more text formats (*.yaml)" },
	{ OPT_KNOWLEDGE, 0, 'k', "knowledge", "DIR", "more knowledge files (*.yaml)" },
	{ OPT_QUIET, 'q', 'p', "quiet", NULL, "no summary, no progress" },
	{ OPT_VERBOSE, 'v', 'p', "verbose", NULL, "say what is read and what is left out" },
	{ OPT_PROGRESS, 0, 'p', "progress", "auto|never", "a progress line on a terminal, plain lines elsewhere" },
	{ OPT_CAUSE, 0, 'w', "cause", "ID", "the cause to trace" },
	{ OPT_VM, 0, 'w', "vm", "NAME", "only impacts on this VM" },
	{ OPT_TRY, 0, 't', "try", "FILE", "show which parser bids what for FILE, and its first rows" },
	{ OPT_HELP, 'h', '*', "help", NULL, "this text" },
};

#define OPTION_COUNT (sizeof(table) / sizeof(table[0]))

static bool takes(const struct command *c, const struct option *o)
{
	return o->group == '*' || strchr(c->options, o->group);
}

static const struct option *find_long(const struct command *c, struct str name)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (takes(c, &table[i]) && str_eq(name, str_of(table[i].name)))
			return &table[i];
	return NULL;
}

static const struct option *find_letter(const struct command *c, char letter)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (table[i].letter == letter && takes(c, &table[i]))
			return &table[i];
	return NULL;
}

/* "64", "16K", "256M", "16G", "1T" */
static int parse_size(const struct option *o, const char *text, uint64_t *out, struct err *e)
{
	static const char units[] = "KMGT";
	struct str s = str_of(text);
	const char *unit = s.n && s.p[s.n - 1] ? strchr(units, s.p[s.n - 1] & ~0x20) : NULL;
	uint64_t v;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;

	if (unit)
		s.n--;
	if (!str_to_u64(s, 10, &v) || v == 0 || v > UINT64_MAX >> shift)
		return err_set(e, E_USAGE, "--%s %s: expected a number above 0, as in 64 or 16M",
			o->name, text);
	*out = v << shift;
	return 0;
}

static int parse_small(const struct option *o, const char *text, unsigned max, unsigned *out,
	struct err *e)
{
	uint64_t v;

	if (!str_to_u64(str_of(text), 10, &v) || v == 0 || v > max)
		return err_set(e, E_USAGE, "--%s %s: expected a number from 1 to %u", o->name, text, max);
	*out = (unsigned)v;
	return 0;
}

static int parse_time(const struct option *o, const char *text, int64_t *out, struct err *e)
{
	char whole[64];

	if (time_parse_rfc3339(str_of(text), out))
		return 0;
	snprintf(whole, sizeof(whole), "%sZ", text);
	if (time_parse_rfc3339(str_of(whole), out))
		return 0;
	snprintf(whole, sizeof(whole), "%sT00:00:00Z", text);
	if (time_parse_rfc3339(str_of(whole), out))
		return 0;
	return err_set(e, E_USAGE, "--%s %s: expected 2024-05-14, 2024-05-14T03:00:00Z or with an offset",
		o->name, text);
}

static int one_of(const struct option *o, const char *text, const char *a, const char *b, bool *is_b,
	struct err *e)
{
	assert(text);   /* the table says that they take a value */
	*is_b = strcmp(text, b) == 0;
	if (*is_b || strcmp(text, a) == 0)
		return 0;
	return err_set(e, E_USAGE, "--%s %s: expected %s or %s", o->name, text, a, b);
}

static int set(struct options *out, const struct option *o, const char *value, struct err *e)
{
	struct ingest_limits *l = &out->ingest.limits;

	switch (o->id) {
	case OPT_OUT: out->out_dir = value; return 0;
	case OPT_OUTPUT: out->output_list = value; return 0;
	case OPT_ABOUT: out->about = value; return 0;
	case OPT_FORCE: out->force = true; return 0;
	case OPT_REPORT_BYTES: return parse_size(o, value, &out->report_bytes, e);
	case OPT_SINCE: return parse_time(o, value, &out->bind.since_100ns, e);
	case OPT_UNTIL: return parse_time(o, value, &out->bind.until_100ns, e);
	case OPT_HOST: out->bind.host = str_of(value); return 0;
	case OPT_TZ: vec_push(&out->bind.zones, str_of(value)); return 0;
	case OPT_CLOCK: vec_push(&out->bind.clocks, str_of(value)); return 0;
	case OPT_JOBS: return parse_small(o, value, 1024, &out->ingest.jobs, e);
	case OPT_PASSPHRASE: out->ingest.passphrase_file = value; return 0;
	case OPT_READER: return one_of(o, value, "native", "libevtx", &out->second_reader, e);
	case OPT_MEMBER: return parse_size(o, value, &l->member_bytes, e);
	case OPT_TOTAL: return parse_size(o, value, &l->total_bytes, e);
	case OPT_RATIO: return parse_size(o, value, &l->ratio, e);
	case OPT_DEPTH: return parse_small(o, value, 64, &l->depth, e);
	case OPT_MEMBERS: return parse_size(o, value, &l->members, e);
	case OPT_NAME: return parse_small(o, value, 65535, &l->name_bytes, e);
	case OPT_MEMORY: return parse_size(o, value, &l->memory_bytes, e);
	case OPT_SANDBOX: out->ingest.require_sandbox = true; return 0;
	case OPT_WORK: out->ingest.work_dir = value; return 0;
	case OPT_FORMATS: vec_push(&out->formats, value); return 0;
	case OPT_KNOWLEDGE: vec_push(&out->knowledge, value); return 0;
	case OPT_QUIET: out->quiet = true; return 0;
	case OPT_VERBOSE: out->verbose = true; return 0;
	case OPT_PROGRESS: return one_of(o, value, "auto", "never", &out->progress_never, e);
	case OPT_CAUSE: out->cause = value; return 0;
	case OPT_VM: out->vm = value; return 0;
	case OPT_TRY: out->try_file = value; return 0;
	case OPT_HELP: out->help = true; return 0;
	}
	return 0;
}

/* One argument that begins with '-'; *i moves on where the value is the next word. */
static int parse_option(const struct command *c, int argc, char **argv, int *i, struct options *out,
	struct err *e)
{
	const char *word = argv[*i], *value = NULL;
	const struct option *o;

	if (word[1] == '-') {
		struct str name = str_of(word + 2);
		ptrdiff_t eq = str_chr(name, '=');

		if (eq >= 0) {
			value = word + 2 + eq + 1;
			name.n = (size_t)eq;
		}
		o = find_long(c, name);
	} else {
		o = find_letter(c, word[1]);
		if (o && word[2])
			value = word + 2;
	}
	if (!o)
		return err_set(e, E_USAGE, "'%s' is no option of 'caseline %s' (see 'caseline %s --help')",
			word, c->name, c->name);
	if (!o->value && value)
		return err_set(e, E_USAGE, "--%s takes no value", o->name);
	if (o->value && !value) {
		if (*i + 1 >= argc)
			return err_set(e, E_USAGE, "--%s needs a value: %s", o->name, o->value);
		value = argv[++*i];
	}
	return set(out, o, value, e);
}

/* "-" is standard input, and "-2147212302" or "-0x800423F2" is a code that somebody looks up. */
static bool is_option(const char *word)
{
	return word[0] == '-' && word[1] && !(word[1] >= '0' && word[1] <= '9');
}

int options_parse(const struct command *c, int argc, char **argv, struct options *out,
	struct err *e)
{
	bool only_words = false;

	*out = (struct options){ .bind = { .since_100ns = TIME_NONE, .until_100ns = TIME_NONE } };
	for (int i = 0; i < argc; i++) {
		int rc = 0;

		if (!only_words && strcmp(argv[i], "--") == 0)
			only_words = true;
		else if (only_words || !is_option(argv[i]))
			vec_push(&out->words, argv[i]);
		else
			rc = parse_option(c, argc, argv, &i, out, e);
		if (rc)
			return rc;
	}
	return 0;
}

void options_free(struct options *o)
{
	free(o->words.v);
	free(o->formats.v);
	free(o->knowledge.v);
	free(o->bind.zones.v);
	free(o->bind.clocks.v);
}

void options_help(FILE *to, const struct command *c)
{
	fprintf(to, "usage: caseline %s %s\n\n%s\n", c->name, c->words, c->about);
	if (c->more)
		fprintf(to, "\n%s\n", c->more);
	fprintf(to, "\noptions:\n");
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *o = &table[i];
		char left[64];

		if (!takes(c, o))
			continue;
		snprintf(left, sizeof(left), "%c%c%s--%s%s%s", o->letter ? '-' : ' ',
			o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name,
			o->value ? " " : "", o->value ? o->value : "");
		fprintf(to, "  %-28s %s\n", left, o->about);
	}
}

int status_of_error(int code)
{
	switch (code) {
	case E_USAGE: return 2;
	case E_INPUT: return 3;
	case E_OUTPUT: return 4;
	case E_INTERRUPTED: return 5;
	case E_SANDBOX: return 6;
	default: return 3;
	}
}
