/* SPDX-License-Identifier: Apache-2.0 */
/* The program's front door: finds the command, runs it, turns its outcome into an exit status. */
#include <stdio.h>

#include "analyzer/cli/options.h"

static const struct command commands[] = {
	{ "analyze", "BUNDLE... -o DIR", "Read bundles as one case; write ranked incidents and the report.",
		"oibkp", "BUNDLE is an archive (zip, 7z, cab, tar, rar, iso), a folder, a single file, or - for\n"
			 "standard input. Several bundles make one case: host, guest, every cluster node.\n"
			 "Exit status: 0 no incident, 1 at least one, 2 wrong usage, 3 nothing could be read,\n"
			 "4 the output could not be written, 5 interrupted, 6 a sandbox layer is absent.",
		command_analyze },
	{ "inventory", "BUNDLE...", "List every member with type, size, hash and status.", "ip", NULL,
		command_inventory },
	{ "entities", "BUNDLE...", "List which names were taken for one thing, and each host's clock.",
		"ibkp", "Tab-separated: type, name, alias or clock, how sure, what says so, where.", command_entities },
	{ "timeline", "BUNDLE...", "Print the timeline as JSON lines.", "ibkp",
		"One object a line, in the timeline's order; what Timesketch imports.", command_timeline },
	{ "show", "BUNDLE PATH[:RECORD|:LINE|@OFFSET]", "Print one cited record, raw and decoded.", "ibk",
		"PATH is the path as the report cites it, as in pkg.zip!/HOST_evt_System.evtx:4711.",
		command_show },
	{ "why", "BUNDLE...|DIR --cause ID [--vm NAME]", "Say which link of a cause held and which failed.",
		"wibkp", "DIR is an output folder of analyze with its case file (--output sqlite).", command_why },
	{ "explain", "WHAT...", "Tell what is known of an event, code, writer, filter or cause.", "k",
		"WHAT is as in 8229, VSS/12293, 0x800423F4, -2147212302, orphaned-checkpoint or a GUID.",
		command_explain },
	{ "knowledge", "check|coverage|list|show ID|test",
		"Check, list, show or test the knowledge files; tell what they cover.", "k",
		NULL, command_knowledge },
	{ "parsers", "", "List parsers, text formats and outputs.", "kt", NULL, command_parsers },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *to)
{
	fprintf(to, "caseline " CASELINE_VERSION ": why did the backup, checkpoint, VM or storage fail?\n\n"
		    "usage: caseline COMMAND [OPTIONS] ...\n\ncommands:\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].about);
	fprintf(to, "\n'caseline COMMAND --help' tells more. Start with: caseline analyze BUNDLE.zip -o out\n");
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int run(const struct command *c, int argc, char **argv)
{
	struct options o;
	struct err e = { 0 };
	int rc = options_parse(c, argc, argv, &o, &e);

	if (!rc && o.help)
		options_help(stdout, c);
	else if (!rc)
		rc = c->run(&o, &e);
	options_free(&o);
	if (rc < 0) {
		fprintf(stderr, "caseline: %s\n", e.text);
		return status_of_error(rc);
	}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "caseline: standard output could not be written\n");
		return 4;
	}
	return rc;
}

int main(int argc, char **argv)
{
	const struct command *c;

	if (argc < 2) {
		print_usage(stderr);
		return 2;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("caseline " CASELINE_VERSION "\n");
		return 0;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
		strcmp(argv[1], "help") == 0) {
		c = argc > 2 ? find_command(argv[2]) : NULL;
		if (c)
			options_help(stdout, c);
		else
			print_usage(stdout);
		return 0;
	}
	c = find_command(argv[1]);
	if (!c) {
		fprintf(stderr, "caseline: '%s' is no command\n\n", argv[1]);
		print_usage(stderr);
		return 2;
	}
	return run(c, argc - 2, argv + 2);
}
