/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the format parser share. Private to parsers/format*.c. */
#ifndef CASELINE_PARSERS_FORMAT_PARTS_H
#define CASELINE_PARSERS_FORMAT_PARTS_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "analyzer/base/yaml.h"
#include "parsers/format.h"
#include "parsers/parser.h"

#define FORMAT_PATTERNS_MAX 16
#define FORMAT_LISTS_MAX 32
#define FORMAT_GROUPS_MAX 32
#define FORMAT_NAMED_MAX 8
#define FORMAT_DATE_BYTES 48

/* What a named group fills; other names become fields. */
enum group_use {
	USE_FIELD,
	USE_TIME,
	USE_ZONE,
	USE_LEVEL,
	USE_MESSAGE,
	USE_COMPONENT,
	USE_ID,
	USE_PID,
	USE_TID,
	USE_USER,
	USE_COMPUTER,
};

struct group {
	struct str name;
	uint32_t number;
	enum group_use use;
};

struct pattern {
	pcre2_code *code;
	struct group group[FORMAT_GROUPS_MAX];
	size_t groups;
};

enum format_zone { ZONE_HOST, ZONE_UTC, ZONE_UNKNOWN };

struct format_level {
	struct str word;
	uint8_t level;
};

struct format_hint {
	struct str field;        /* of a fact: its type */
	struct pattern pattern;
};

struct format {
	struct format_info info;
	struct str name, data_type, provider;
	struct str files[FORMAT_LISTS_MAX];
	size_t file_count;
	struct pattern head;     /* found anywhere in the head: bids whatever the name */
	struct pattern date;     /* in the base name: what stands there goes before each line's time */
	struct pattern line[FORMAT_PATTERNS_MAX];
	size_t lines;
	struct str time[FORMAT_PATTERNS_MAX];
	size_t times;
	enum format_zone zone;
	struct format_level level[FORMAT_LISTS_MAX];
	size_t levels;
	struct format_hint hint[FORMAT_LISTS_MAX];    /* fields that stand in the message */
	size_t hints;
	struct format_hint fact[FORMAT_LISTS_MAX];    /* facts that a line states */
	size_t facts;
	struct format_hint named[FORMAT_NAMED_MAX];   /* fields that stand in the file's name */
	size_t named_count;
	bool own;                /* a line without a stamp is a row, not part of the one before */
	unsigned share;          /* of the head's lines, in percent, that must match */
	unsigned bid;
};

struct format_field {
	struct str name, value;
};

/* What patterns run with: made once, since matching may not allocate. */
struct format_engine {
	pcre2_match_data *data;
	pcre2_match_context *context;
	uint64_t stopped;        /* matches that ran into a limit */
	char date[FORMAT_DATE_BYTES]; /* from the name of the file at hand, where the format wants it */
	struct format_field named[FORMAT_NAMED_MAX];   /* the same; views into that name */
	size_t named_count;
};

/* One line as a format reads it. Views into the line. */
struct format_match {
	struct str part[USE_COMPUTER + 1];
	struct format_field field[FORMAT_GROUPS_MAX];
	size_t fields;
	int64_t time_100ns;
	uint8_t basis, flags, level;
};

extern const char *const format_use_names[];    /* by enum group_use */
extern const char *const format_level_names[];  /* by enum level, up to verbose */

/* ---- format_time.c ---- */
/*
 * Reads `s` by a pattern of yyyy yy MMM MM M dd d HH H hh h mm m ss s f… tt zzz, [optional] parts and
 * 'literal' texts; "any" takes what value_date takes. The whole of `s` must fit.
 */
bool format_time(struct str pattern, struct str s, enum format_zone zone, int64_t *time_100ns,
	uint8_t *basis, uint8_t *flags);
/* NULL where the pattern can be used, else what is wrong with it. */
const char *format_time_check(struct str pattern);

/* ---- format_match.c ---- */
bool format_engine_open(struct format_engine *g);
void format_engine_close(struct format_engine *g);
/* Called for each file before its lines: takes the date and fields from its name. */
void format_name(struct format_engine *g, const struct format *f, struct str name);
/* Whether `p` is found in `s`; *ovector is the engine's until the next call. */
bool format_find(struct format_engine *g, const struct pattern *p, struct str s, size_t **ovector);
/* The text of a group after a match; empty where it took no part. */
struct str format_group(const size_t *ovector, const struct group *g, struct str s);
bool format_line(struct format_engine *g, const struct format *f, struct str line,
	struct format_match *out);
uint8_t format_level(const struct format *f, struct str word);

/* ---- format_read.c ---- */
/* A format from the file's tree; what it holds lives in `a`. */
int format_read(struct format *f, struct arena *a, const char *file, const struct yaml *y,
	struct err *e);
void format_release(struct format *f);
/* Runs the samples that stand in the file. */
int format_check(const struct format *f, struct format_engine *g, const char *file,
	const struct yaml *y, struct err *e);

#endif
