/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The knowledge: what stands in the YAML files of analyzer/knowledge and of --knowledge DIR, read,
 * resolved and checked. docs/knowledge.md tells the form. Everything lives until knowledge_free.
 */
#ifndef CASELINE_ANALYZER_KNOWLEDGE_H
#define CASELINE_ANALYZER_KNOWLEDGE_H

#include "analyzer/base/map.h"
#include "analyzer/base/yaml.h"
#include "analyzer/correlate/incident.h"
#include "analyzer/correlate/predicate.h"

#define SIGNAL_NONE UINT32_MAX

struct kb_place {                    /* where an entry was written */
	const char *file;
	const struct yaml *at;
};

struct str_list {            /* in the knowledge's arena */
	struct str *v;
	size_t n;
};

struct id_list {             /* in the knowledge's arena */
	uint32_t *v;
	size_t n;
};

/* Names of signals, resolved into indexes of knowledge.signals once all files are read. */
struct signal_refs {
	struct kb_place place;
	struct str_list names;
	uint32_t *v;                 /* n of them; unknown names are left out */
	size_t n;
};


struct kb_event {
	struct kb_place place;
	struct str_list providers, fields;
	struct id_list ids;
	struct str channel, say, about, role, source;
	char confidence;             /* 'V', 'C' or 'M' */
};

struct kb_code {
	struct kb_place place;
	uint32_t code;
	struct str symbol, family, say;
	char confidence;
};

/* Writers, VSS providers, filters: what is known of a named thing. */
struct kb_thing {
	struct kb_place place;
	struct str id, name, service, recover, risk, kind, vendor, product, class, say;
	uint64_t altitude;
	bool microsoft;
	char confidence;
};

struct kb_altitude {
	struct kb_place place;
	double from, to;
	struct str class;
};

struct kb_state {
	struct kb_place place;
	struct str family, symbol, say;
	uint64_t value;
};

/* Events that several hosts record at one instant, or a host and the guest of a VM that it names. */
struct kb_anchor {
	struct kb_place place;
	struct str_list providers, same;     /* fields whose texts agree; the VM's name where it has a guest's side */
	struct id_list ids;
	struct str_list guest_providers;     /* the guest's side; empty: hosts on both */
	struct id_list guest_ids;
	int64_t within_100ns;                /* how far apart clocks may be */
	int64_t agree_100ns;                 /* how far apart what both record may be */
};

/* An event about the logs or the clock of its host. */
enum mark_kind { MARK_CLEARED, MARK_CLOCK_STEP, MARK_BOOT };

struct kb_mark {
	struct kb_place place;
	enum mark_kind kind;
	struct predicate *match;
	struct str_list log;         /* fields that name the emptied log; none there: its own channel */
	struct str from, to;         /* fields with the clock before and after */
};

struct kb_exclusion {
	struct kb_place place;
	struct str kind, value;
};

/* How to collect a channel or fact type; `*` for a channel that has no entry of its own. */
struct kb_source {
	struct kb_place place;
	struct str source, what, command;   /* {source}, and {file}: the source as a file's name */
	bool guest, hypervisor;              /* it lies inside the guest; on the host of the VM */
};

/* A known failure pattern, or an item of the troubleshooting guide, and the rules that express it. */
struct kb_coverage {
	struct kb_place place;
	struct str item, cause, kind;    /* a pattern has a cause, a guide item a kind */
	struct str_list rules, reads;    /* reads: parsers and text formats that take what is collected */
};

/* A product whose logs a bundle may hold: read by a parser or format of its own, or by the generic. */
struct kb_product {
	struct kb_place place;
	struct str name, kind, by, note; /* by: empty where the generic format reads it */
};

struct signal_bind {
	struct str name;             /* an entity type, or an attribute's name */
	struct str_list fields;      /* the first that is there */
	struct str value;            /* a constant; empty: from the fields */
	struct pattern *pattern;     /* NULL: the whole value */
	bool code;                   /* the first error code in it */
};

struct signal_harmless {
	struct predicate *match;
	struct str because;
};

/* For readers, where it is part of no incident: why it does no harm, and what to do all the same. */
struct signal_observe {
	struct str because, advice, command;
};

struct signal {
	struct kb_place place;
	struct str id, title;
	struct predicate *match, *unless;    /* unless may be NULL */
	VEC(struct signal_harmless) harmless;
	struct signal_observe observe;
	VEC(struct signal_bind) binds;
	bool impact, standing;
	struct str operation;
	enum severity severity;
	int64_t retry_100ns;         /* 0: no retry cancels it */
	struct signal_refs success, ends;
	uint64_t count_min;          /* 0 or 1: one is enough */
	int64_t count_100ns;
	struct str_list count_per;
	int64_t episode_100ns;
	struct str_list seen_in;
	char confidence;
};

struct link_join {
	struct str_list same;        /* all of these; empty with guest */
	bool guest;
	int weight_milli;
};

struct link {
	struct kb_place place;
	struct signal_refs causes, effects;
	int64_t within_100ns, after_100ns;
	VEC(struct link_join) joins;
	struct str why;
};

/* What has a start and an end, and a lane in the timeline: a job, a merge, an outage. */
struct kb_activity {
	struct kb_place place;
	struct str name;
	struct signal_refs from, to;
	struct str_list lane;        /* entity types, the first that the start or the end names; else the host */
	int64_t longest_100ns;       /* an end later than this is of another one */
	bool outage;                 /* in itself a lack; others are work that may fail */
};

enum rule_where { AT_ROOT, AT_IMPACT, AT_PEERS, AT_GUEST };   /* of the failed VM */

struct rule_support {
	struct kb_place place;
	struct signal_refs signals;  /* any of them */
	bool absent;
	enum rule_where around, on;
	int64_t within_100ns;
	struct str_list same;
	int milli;                   /* positive in both lists */
	struct str why;
};

struct rule_cap {
	struct signal_refs unless;
	int milli;
	int64_t within_100ns;        /* 0: as the support of the same signal has it */
	struct str_list same;
	struct str why;
};

/* The rule whose words stand where no other has concluded; it has no root. */
#define RULE_UNDETERMINED "undetermined"

struct rule_missing {
	struct str what, why, source, command;
	enum rule_where on;
};

struct rule {
	struct kb_place place;
	struct str cause, id, title, explanation;
	struct signal_refs roots;
	struct str_list reached;
	int base_milli;
	VEC(struct rule_support) supports;
	VEC(struct rule_support) against;
	VEC(struct rule_cap) caps;
	VEC(struct remedy_step) remedy;
	struct str_list references, patterns, guide;
	VEC(struct rule_missing) missing;
};

struct cause_id {
	struct kb_place place;
	struct str id, class, means;
};

struct kb_test {
	struct kb_place place;
	struct str name, cause, rule, expect, host, near;
	struct str observes;             /* a signal that must, or must not, be observed; then no cause */
	struct str pattern;              /* the known failure pattern that it shows; empty: none */
	struct str_list vms;
	int above_milli, below_milli;    /* -1: no bound */
	const struct yaml *rows, *facts;
};

struct kb_problem {
	bool error;                  /* else a warning */
	bool own;                    /* in a file of --knowledge, not a built-in one */
	struct str text;             /* "file:line:column: …" */
};

/* Ways to bind an entity that several signals share. */
struct kb_binds {
	struct str id;
	const struct yaml *of;
};

struct knowledge {
	struct arena *a;
	VEC(struct kb_binds) binds;
	VEC(struct kb_event) events;
	VEC(struct kb_code) codes;
	VEC(struct kb_thing) writers;
	VEC(struct kb_thing) vss_providers;
	VEC(struct kb_thing) filters;
	VEC(struct kb_altitude) altitudes;
	VEC(struct kb_state) states;
	VEC(struct kb_anchor) anchors;
	VEC(struct kb_mark) marks;
	VEC(struct kb_exclusion) exclusions;
	VEC(struct signal) signals;      /* sorted by id once all files are in */
	VEC(struct link) links;
	VEC(struct kb_activity) activities;
	VEC(struct rule) rules;          /* sorted by id */
	VEC(struct cause_id) causes;     /* sorted by id */
	VEC(struct kb_test) tests;
	VEC(struct kb_coverage) coverage;
	VEC(struct kb_product) products;
	VEC(struct kb_source) sources;
	VEC(struct kb_problem) problems;
	struct map *event_ids;           /* event id -> list through event_next */
	VEC(uint32_t) event_next;
	struct map *code_index;          /* "80070020" -> index + 1 */
};

struct knowledge *knowledge_new(void);
void knowledge_free(struct knowledge *kb);               /* NULL is fine */
/* Reads one file. Faulty entries are left out and told in `problems`. `own`: may replace entries. */
void knowledge_add(struct knowledge *kb, const char *file, struct str bytes, bool own);
/* Sorts, resolves names, builds the tables. Call once after the last knowledge_add. */
void knowledge_finish(struct knowledge *kb);
/* Adds what knowledge_finish does not need to know: unreachable signals, causes without tests. */
void knowledge_check(struct knowledge *kb);
/*
 * All built-in files, then those of `dir` (NULL: none). E_USAGE with the first fault of a user's
 * file, E_INPUT if the folder can't be read. Faults of built-in files are only kept as problems.
 */
int knowledge_load(const char *dir, struct knowledge **out, struct err *e);

uint32_t knowledge_signal(const struct knowledge *kb, struct str id);   /* SIGNAL_NONE */
const struct cause_id *knowledge_cause(const struct knowledge *kb, struct str id);
const struct kb_code *knowledge_code(const struct knowledge *kb, uint32_t code);
/* The catalogue's entry for a row's kind, the most specific provider first; NULL. */
const struct kb_event *knowledge_event(const struct knowledge *kb, const struct kind *k);
const struct kb_state *knowledge_state(const struct knowledge *kb, struct str family, uint64_t v);

/* ---- For the readers of the single lists, kb_*.c ---- */
struct kb_reader {
	struct knowledge *kb;
	const char *file;
	bool own;
	struct err e;
};

int kb_text(struct kb_reader *r, const struct yaml *map, const char *key, struct str *out);
int kb_need(struct kb_reader *r, const struct yaml *map, const char *key, struct str *out);
int kb_list(struct kb_reader *r, const struct yaml *map, const char *key, struct str_list *out);
int kb_duration(struct kb_reader *r, const struct yaml *map, const char *key, int64_t *ticks);
int kb_number(struct kb_reader *r, const struct yaml *map, const char *key, uint64_t *out);
int kb_milli(struct kb_reader *r, const struct yaml *map, const char *key, int *milli);
int kb_bool(struct kb_reader *r, const struct yaml *map, const char *key, bool *out);
int kb_letter(struct kb_reader *r, const struct yaml *map, char *out);

int kb_read_event(struct kb_reader *r, const struct yaml *at);
int kb_read_code(struct kb_reader *r, const struct yaml *at);
int kb_read_writer(struct kb_reader *r, const struct yaml *at);
int kb_read_vss_provider(struct kb_reader *r, const struct yaml *at);
int kb_read_filter(struct kb_reader *r, const struct yaml *at);
int kb_read_altitude(struct kb_reader *r, const struct yaml *at);
int kb_read_state(struct kb_reader *r, const struct yaml *at);
int kb_read_mark(struct kb_reader *r, const struct yaml *at);
int kb_read_anchor(struct kb_reader *r, const struct yaml *at);
int kb_read_exclusion(struct kb_reader *r, const struct yaml *at);
int kb_read_signal(struct kb_reader *r, const struct yaml *at);
int kb_read_activity(struct kb_reader *r, const struct yaml *at);
int kb_read_link(struct kb_reader *r, const struct yaml *at);
int kb_read_rule(struct kb_reader *r, const struct yaml *at);
int kb_read_cause_id(struct kb_reader *r, const struct yaml *at);
int kb_read_test(struct kb_reader *r, const struct yaml *at);
int kb_read_binds(struct kb_reader *r, const struct yaml *at);
int kb_read_pattern(struct kb_reader *r, const struct yaml *at);
int kb_read_guide(struct kb_reader *r, const struct yaml *at);
int kb_read_product(struct kb_reader *r, const struct yaml *at);
int kb_read_source(struct kb_reader *r, const struct yaml *at);
void kb_check_coverage(struct knowledge *kb);

int kb_refs(struct kb_reader *r, const struct yaml *map, const char *key, struct signal_refs *out);

/* What an entry holds outside the arena; for entries that are refused or replaced. */
void signal_drop(struct signal *s);
void link_drop(struct link *l);
void rule_drop(struct rule *r);
void kb_problem(struct knowledge *kb, bool error, struct kb_place place, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
