/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The case: all evidence of one problem, with hosts, clocks, coverage and the one timeline. Late
 * binding happens here: which host a row belongs to, which zone a civil stamp was written in, which
 * rows are copies of one another.
 */
#ifndef CASELINE_ANALYZER_CASE_H
#define CASELINE_ANALYZER_CASE_H

#include "analyzer/base/map.h"
#include "analyzer/ingest/evidence.h"

#define HOST_NONE UINT32_MAX

enum time_source { TIME_FROM_UTC, TIME_FROM_ZONE, TIME_FROM_OFFSET, TIME_ASSUMED };

/* "utc", "zone", "offset", "assumed" */
const char *time_source_name(enum time_source source);

/* A row, by place. The order of refs is the order of members, then of bytes. */
struct ref {
	uint32_t segment, row;
};

/* A clock was set while the log was written. */
struct clock_step {
	int64_t at_100ns;            /* UTC, on the new scale */
	int64_t by_ms;               /* forward is positive */
	struct ref ref;
};

struct host {
	struct str name;             /* the short name, upper case as most sources have it */
	struct str fqdn;             /* empty where unknown */
	VEC(struct str) aliases;     /* every spelling seen */
	struct str os;               /* "" where unknown */
	struct str zone;             /* as named by the source: IANA, Windows or "UTC+01:00" */
	struct str zone_why;         /* which member told, or "assumed UTC" */
	struct str culture;          /* "de-DE", "" where unknown */
	int64_t clock_offset_ms;     /* added to the host's stamps: --clock, or measured */
	bool clock_given;            /* by --clock */
	bool clock_applied;          /* the offset is a measured one */
	/* Against another host, from events that both record at one instant. */
	int64_t clock_measured_ms;   /* this host's clock less the other's */
	int64_t clock_spread_ms;     /* median distance from that */
	uint64_t clock_anchors;      /* events that agree; 0: not measured */
	bool guest_clock;            /* compared as the guest of a VM */
	uint32_t clock_against;      /* the other host */
	VEC(int64_t) boots;          /* when the system started, in order; as far as logs tell */
	VEC(struct clock_step) steps;    /* of a second and more, the first of them, in order */
	uint64_t clock_steps;        /* how many there are */
	int64_t doubt_ms;            /* half-width of what is not known about its clock */
	int64_t collected_100ns;     /* when the bundle was taken there, UTC; TIME_NONE */
	/* While the collector logged its own run; TIME_NONE. What it starts or tests leaves events too. */
	int64_t collecting_from_100ns, collecting_to_100ns;
	enum time_source time_source;
	bool day_first;              /* order of day and month in its local stamps … */
	bool day_first_known;        /* … and whether anything proves it */
	uint64_t events, facts;
};

struct record_texts;

/* One segment placed in the case. */
struct case_segment {
	struct segment *segment;
	uint32_t member;             /* index into evidence.members */
	uint32_t first_row;          /* rows of the same member in earlier segments */
	uint32_t *kind_host;         /* host index a kind (its computer, else the member's host) */
	const struct record_texts *texts;   /* saved beside the log; NULL where none are */
};

/* One line of the timeline, 24 bytes. Facts are not on it: see case_facts. */
struct moment {
	int64_t time_100ns;          /* UTC, corrected by the host's clock */
	struct ref ref;
	uint32_t copies;             /* index + 1 into case.copies: other places of the same event */
	uint32_t host;
};

struct copy {
	struct ref ref;
	uint32_t next;               /* index + 1 of the next copy, 0 = none */
	bool possible;               /* not proven the same: stays on the timeline, adds no weight */
};

/* A stretch of a log whose records are not here. */
struct coverage_gap {
	int64_t from_100ns, to_100ns;   /* between the records on either side, themselves not in it */
	uint64_t records;               /* that the record numbers lack; 0: the numbers start again */
};

/* Which span of which source the case really holds. */
struct coverage {
	uint32_t host;
	struct str source;           /* channel of event logs, else data type */
	int64_t from_100ns, to_100ns;
	uint64_t rows;
	struct str filter;           /* what the export left out, in words; empty = nothing known */
	bool wrapped;                /* older records were overwritten or cleared before `from` */
	bool facts;                  /* a state at the collection, not a span of events */
	bool selected;               /* an export held records back here and there: see `filter` */
	int64_t cleared_100ns;       /* somebody emptied the log then; TIME_NONE */
	VEC(struct coverage_gap) gaps;   /* in order of time */
};

struct case_options {
	int64_t since_100ns, until_100ns;  /* TIME_NONE: open */
	struct str host;                   /* only this host's rows; empty: all */
	VEC(struct str) zones;             /* "HOST=ZONE" */
	VEC(struct str) clocks;            /* "HOST=±SECONDS" */
};

struct clocks;

struct case_file {
	struct arena *a;
	struct clocks *clocks;       /* private to the case: the zones of its hosts */
	struct evidence *ev;
	VEC(struct host) hosts;
	VEC(struct case_segment) segments;
	struct moment *timeline;
	size_t timeline_count;
	VEC(struct ref) facts;       /* in order of ref; derived ones last */
	VEC(struct segment *) derived;   /* segments of derived facts, see derive.h */
	VEC(struct copy) copies;
	VEC(struct coverage) coverage;   /* sorted by host, source */
	int64_t first_100ns, last_100ns; /* of the timeline; TIME_NONE if empty */
	int64_t collected_100ns;     /* the latest collection instant, else last_100ns */
	/* Of several bundles, when each was taken on each host: [host * bundles + bundle], TIME_NONE; else NULL. */
	int64_t *taken_100ns;
};

int case_build(struct evidence *ev, const struct case_options *o, struct case_file *out,
	struct err *e);
void case_free(struct case_file *c);
/* Makes the timeline, copies and coverage anew, after clocks were changed. */
void case_arrange(struct case_file *c, const struct case_options *o);

/* A row with everything bound: what reports and the correlator look at. */
struct event_view {
	const struct segment *segment;
	const struct kind *kind;
	const struct member *member;
	struct row row;              /* row.time_100ns as written; see time_100ns for UTC */
	int64_t time_100ns;          /* UTC; TIME_NONE for a fact whose time nothing tells */
	int64_t doubt_ms;
	enum time_source time_source;
	uint32_t host;               /* HOST_NONE where nothing tells */
	struct ref ref;
};

void case_view(const struct case_file *c, struct ref at, struct event_view *out);
/* The host's name, or "" for HOST_NONE. */
struct str case_host_name(const struct case_file *c, uint32_t host);
/* What is known of a host's clock beyond its zone, in a sentence; nothing where nothing is. */
void case_clock_words(const struct case_file *c, uint32_t host, struct buf *out);
/* False only where the host is known to have started anew between the two times. */
bool case_same_boot(const struct case_file *c, uint32_t host, int64_t a_100ns, int64_t b_100ns);
/* True where a host's collector ran at that time. */
bool case_collecting(const struct case_file *c, uint32_t host, int64_t time_100ns);
/* By any alias, case folded; HOST_NONE. */
uint32_t case_find_host(const struct case_file *c, struct str name);
/* The first moment at or after a time. */
size_t case_lower_bound(const struct case_file *c, int64_t time_100ns);
/* True only if nothing of the span can be missing: inside, no gap touched, nothing held back. */
bool coverage_holds(const struct coverage *cov, int64_t from_100ns, int64_t to_100ns);
/* What keeps it from being whole, in words; nothing where nothing does. */
void coverage_remarks(const struct coverage *cov, struct buf *out);
/* True only if the source is shown to cover the whole span on that host. */
bool case_covers(const struct case_file *c, uint32_t host, struct str source, int64_t from_100ns,
	int64_t to_100ns);

/*
 * A field by the name that knowledge uses: "provider", "id", "channel", "level", "computer",
 * "user", "message", "pid", "host", "data.N" (N-th unnamed value), else a named field, ASCII case
 * folded. Appends its text to `out`; false where the row has no such field. Knows no event ids.
 */
bool event_text(const struct event_view *v, struct str name, struct buf *out);

#endif
