/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: one table of options, from which parsing and --help both come. */
#ifndef CASELINE_ANALYZER_CLI_OPTIONS_H
#define CASELINE_ANALYZER_CLI_OPTIONS_H

#include "analyzer/case/case.h"

struct options {
	VEC(const char *) words;         /* what is no option: bundles, ids, paths */
	VEC(const char *) formats, knowledge;
	struct ingest_options ingest;
	struct case_options bind;
	const char *out_dir, *about, *output_list, *cause, *vm, *try_file;
	bool force, quiet, verbose, progress_never, second_reader, help;
	uint64_t report_bytes;
};

struct command {
	const char *name;
	const char *words;       /* how its words are written, for --help */
	const char *about;       /* one line */
	const char *options;     /* letters of the option groups it takes, see options.c */
	const char *more;        /* paragraphs for its own --help */
	int (*run)(const struct options *o, struct err *e);   /* an exit status, or negative with e */
};

int options_parse(const struct command *c, int argc, char **argv, struct options *out,
	struct err *e);
void options_free(struct options *o);
void options_help(FILE *to, const struct command *c);

/* The status for an error code, as the contract has it. */
int status_of_error(int code);

int command_analyze(const struct options *o, struct err *e);
int command_inventory(const struct options *o, struct err *e);
int command_entities(const struct options *o, struct err *e);
int command_timeline(const struct options *o, struct err *e);
int command_parsers(const struct options *o, struct err *e);
int command_show(const struct options *o, struct err *e);
int command_why(const struct options *o, struct err *e);
int command_explain(const struct options *o, struct err *e);
int command_knowledge(const struct options *o, struct err *e);

#endif
