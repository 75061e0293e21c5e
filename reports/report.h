/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outputs: each turns a concluded case into one file. They read and never conclude. Same case, same
 * bytes: no clock, path, locale or machine of the run gets into any of them but the manifest.
 */
#ifndef CASELINE_REPORTS_REPORT_H
#define CASELINE_REPORTS_REPORT_H

#include <stdio.h>

#include "analyzer/case/case.h"
#include "analyzer/correlate/incident.h"
#include "analyzer/correlate/knowledge.h"

struct report_input {
	const struct case_file *c;
	const struct result *result;
	const struct knowledge *kb;
	const char *version;
	struct str knowledge_hash;   /* of all knowledge and format files, hex */
	struct str options;          /* as given, for the manifest and the page */
	struct str about;            /* --about, empty where it was not given */
	uint64_t report_bytes;       /* budget of the page, 0 = the default */
};

struct output {
	const char *name;            /* what --output calls it */
	const char *file;            /* in the output folder */
	const char *about;
	bool by_default;
	int (*write)(const struct report_input *in, FILE *to, struct err *e);
};

extern const struct output outputs[];    /* outputs.def; a NULL name ends it */

/*
 * Writes the outputs that `list` names (by comma; NULL: the default ones) into `dir`: each whole, in
 * a file beside it that is then renamed. Files in `dir` that are no output of ours are refused
 * without `force` (E_OUTPUT) and never touched.
 */
int reports_write(const struct report_input *in, const char *dir, const char *list, bool force,
	struct err *e);
/* What reports_write refuses, asked before the work begins. */
int reports_check(const char *dir, const char *list, bool force, struct err *e);

/* Of the outputs that `list` chooses (NULL: the default ones), the file to open first; NULL where none is. */
const char *reports_first(const char *list);
/* The text that fits a ticket. `dir` and `file` are named as where the report is; NULL: not said. */
void report_summary(const struct report_input *in, const char *dir, const char *file, struct buf *out);

/* ---- Shared by the outputs ---- */
/* The path, then ":record", ":line" or "@0xoffset". */
void report_place(const struct event_view *v, struct buf *out);
/* One line of the timeline as JSON, without the line end. */
void report_moment_json(const struct report_input *in, size_t moment, struct buf *out);
const char *level_name(uint8_t level);   /* "error" …; NULL where unknown */
struct str report_time_meaning(const struct event_view *v);   /* Timesketch's timestamp_desc */
struct json;
/* The fields of a row as an object of names and values; unnamed ones as a list under "strings". */
void report_fields_json(struct json *j, const struct event_view *v);

int report_html(const struct report_input *in, FILE *to, struct err *e);
int report_incidents(const struct report_input *in, FILE *to, struct err *e);
int report_timeline(const struct report_input *in, FILE *to, struct err *e);
int report_manifest(const struct report_input *in, FILE *to, struct err *e);
int report_markdown(const struct report_input *in, FILE *to, struct err *e);
int report_sqlite(const struct report_input *in, FILE *to, struct err *e);
int report_timesketch(const struct report_input *in, FILE *to, struct err *e);
int report_sheet(const struct report_input *in, FILE *to, struct err *e);
int report_l2tcsv(const struct report_input *in, FILE *to, struct err *e);
int report_sarif(const struct report_input *in, FILE *to, struct err *e);
int report_ecs(const struct report_input *in, FILE *to, struct err *e);

#endif
