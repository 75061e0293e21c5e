/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the correlator concluded: incidents, observations and missing evidence. Reports read these
 * structs and nothing else of the engine. Texts are UTF-8 and lie in the result, the case or the
 * knowledge: free the result first. Times are UTC in 100 ns; TIME_NONE where nothing tells.
 */
#ifndef CASELINE_ANALYZER_INCIDENT_H
#define CASELINE_ANALYZER_INCIDENT_H

#include "analyzer/case/case.h"

enum incident_state { INCIDENT_OPEN, INCIDENT_RECOVERED, INCIDENT_STANDING };
enum severity { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL };
enum evidence_role { ROLE_CAUSE, ROLE_SYMPTOM, ROLE_CONSEQUENCE, ROLE_CONTEXT, ROLE_COUNTER };
enum evidence_kind { EVIDENCE_EVENT, EVIDENCE_FACT, EVIDENCE_ABSENCE };

#define REF_NONE ((struct ref){ UINT32_MAX, UINT32_MAX })

struct incident_evidence {
	enum evidence_role role;
	enum evidence_kind kind;
	int64_t time_100ns;          /* of events; TIME_NONE for facts and absences */
	int64_t observed_100ns;      /* of facts: when the bundle was taken */
	int64_t held_since_100ns;    /* of facts: since when at the latest it was so; TIME_NONE */
	struct str signal;           /* signal id; of an absence the one not seen */
	struct str summary;          /* one line for a person, with the count where rows are many */
	struct str host;
	struct ref ref;              /* REF_NONE for an absence */
	VEC(struct ref) also;        /* copies and further rows of the same episode (bounded) */
	uint64_t rows;               /* rows of the episode, copies not counted */
	struct str gap;              /* from the evidence before it in time: "8 s", "" for the first */
};

/* One step from the root (first) to the impact (last). */
struct chain_step {
	struct str signal, title;
	struct str host;
	int64_t time_100ns;
	int64_t gap_100ns;           /* from the step before; 0 for the first or where unknown */
	int weight_milli;            /* of the link into this step, 0..1000; 0 for the first */
	struct str why;              /* why the step before can cause this one; "" for the first */
	struct str join;             /* "same host HV01, port \Device\RaidPort2" */
	uint32_t evidence;           /* index into incident.evidence; UINT32_MAX if not listed */
};

/* A named contribution to the confidence. */
struct score_part {
	struct str name;             /* "weakest link", "disk-io-retried", "cap: unchecked" */
	struct str why;
	int milli;                   /* + or -; of a cap the cap itself */
	bool cap;
};

struct rival {
	struct str cause, rule, title;
	int score_milli;
	struct str decide;           /* what would decide between it and the incident's cause */
};

struct remedy_step {
	struct str step, command, risk;   /* command and risk may be empty */
};

struct incident_entity {
	struct str type, name;       /* "vm" "SQL01"; sorted by type, then name */
};

struct incident {
	struct str id;               /* 16 hex digits, from cause, rule, host, entities and start */
	unsigned rank;               /* from 1 */
	struct str cause, cause_class, cause_meaning;
	struct str rule;             /* id of the rule that concluded it */
	int confidence_milli;        /* 0..1000 */
	enum severity severity;
	enum incident_state state;
	struct str title, explanation;
	struct str operation;        /* of the impact: "checkpoint", "backup" …; "" for a standing state */
	struct str host;             /* where the cause lies; "" where nothing tells */
	VEC(struct str) vms;         /* names, sorted */
	int64_t start_100ns, end_100ns;
	uint64_t occurrences;        /* 1, or how often the same thing came again */
	int64_t first_100ns, last_100ns;   /* of the occurrences */
	struct str rhythm;           /* "every night at 02:00 UTC, 7 times", "" where none */
	VEC(struct incident_evidence) evidence;  /* by role's order in time: as it is to be told */
	VEC(struct chain_step) chain;
	VEC(struct score_part) parts;
	VEC(struct rival) rivals;    /* best first */
	struct str trace;            /* how the rules of its cause and of its rivals fared: lines */
	VEC(struct remedy_step) remedy;
	VEC(struct str) references;
	VEC(struct incident_entity) entities;
	struct str about;            /* why it matches what the user asked about; "" if it does not */
};

/* Evidence that would settle an open question. */
struct missing {
	struct str what, why, host, command;
	VEC(struct str) decides;     /* cause ids, sorted */
	bool before_wrap;            /* a ring log: fetch it before it is overwritten */
};

/* An oddity without an impact, or a row known to be harmless. */
struct observation {
	struct str signal, title, host;
	uint64_t count;              /* episodes */
	int64_t first_100ns, last_100ns;
	struct str why;              /* why it carries no weight; "" where it simply led to nothing */
	struct str advice, command;  /* what to do about it all the same; "": nothing */
	struct str reason;           /* `why` before names were filled in: what rows are counted by */
	struct ref ref;              /* the first row */
};

/* What had a start and an end: a job, a merge, an outage. */
struct activity {
	struct str name, title;      /* of its kind; of its first row */
	struct str lane, on, host;   /* entity type and name; "host" and the host where none is named */
	int64_t start_100ns, end_100ns;      /* TIME_NONE: no end was seen */
	bool outage, failed;         /* a lack in itself; work that ended with a failure */
	struct ref from, to;         /* rows; to.segment UINT32_MAX: none */
};

struct result {
	struct arena *a;
	VEC(struct incident) incidents;      /* by rank */
	VEC(struct missing) missing;         /* by host, then what */
	VEC(struct observation) observations;/* those with advice first; by signal, host, first */
	VEC(struct activity) activities;     /* by start, lane, name */
};

const char *incident_state_name(enum incident_state s);   /* "open", "recovered", "standing" */
const char *severity_name(enum severity s);
const char *evidence_role_name(enum evidence_role r);
const char *evidence_kind_name(enum evidence_kind k);

/* A state worth mending on the host of the incident: it is told beside it. */
bool observation_beside(const struct observation *o, const struct incident *in);

void result_free(struct result *r);

#endif
