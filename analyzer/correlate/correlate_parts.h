/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the correlator share. Nothing outside correlate*.c includes this. */
#ifndef CASELINE_ANALYZER_CORRELATE_PARTS_H
#define CASELINE_ANALYZER_CORRELATE_PARTS_H

#include "analyzer/correlate/correlate.h"
#include "analyzer/correlate/signal.h"

#define DEPTH_MAX 8              /* links in a chain */
#define FLOOR_MILLI 300          /* a weaker link is no step */
#define WEAK_MILLI 450           /* a root that scores less takes no stronger one's place */
#define EPISODE_NONE UINT32_MAX

/* One step back: from an effect to what may have caused it. */
struct edge {
	uint32_t cause, effect;      /* episodes */
	uint32_t link, join;
	int weight_milli;
	int64_t gap_100ns;           /* effect minus cause; 0 where a fact has no onset */
	int64_t cause_100ns;         /* the row that counts; TIME_NONE of facts */
	bool timed;                  /* both are events */
	bool host_only;              /* nothing but the host joins them */
	bool doubtful;               /* the clocks leave the order open */
	bool order_unknown;          /* a fact that has no onset */
	bool same_row;
	bool twin;                   /* found for the same happening as another host saw it */
};

struct edges {
	struct edge *v;
	size_t n, cap;
	bool known;
};

/* A rule that could explain an impact. */
struct candidate {
	const struct rule *rule;
	uint32_t root;               /* episode */
	struct edge chain[DEPTH_MAX];/* from the impact back to the root */
	size_t links;
	int score_milli;
	bool beaten;                 /* something explains its root in turn */
	VEC(struct score_part) parts;
	VEC(uint32_t) supports;      /* episodes */
	VEC(uint32_t) against;
	VEC(const struct rule_support *) absences;   /* that hold, and count */
	VEC(const struct rule_support *) unseen;     /* nobody can tell: the source is not here */
};

/* One impact that no retry cancelled, and how it came about. */
struct failure {
	uint32_t impact;             /* episode */
	VEC(struct candidate) candidates;
	size_t chosen;               /* SIZE_MAX: undetermined */
	VEC(uint32_t) between;       /* episodes between the impact and the root, besides the chain */
	uint32_t group;              /* union-find over failures */
};

struct correlator {
	const struct knowledge *kb;
	const struct case_file *c;
	struct sightings *s;
	struct arena *a;             /* of the result */
	struct edges *own_edges;     /* of each episode, found when asked for … */
	struct edges *edges;         /* … and with what explains its twins on other hosts */
	uint32_t *node_at;           /* of each episode: scratch of one walk */
	int8_t *background;          /* of each episode's signal and host: 0 not asked, 1 yes, -1 no */
	int64_t *longest_100ns;      /* of each signal: the longest episode */
	int64_t doubt_100ns;         /* twice the most doubtful stamp */
	VEC(uint32_t) *by_effect;    /* of each signal: links that end in it */
	VEC(struct failure) failures;
	VEC(uint32_t) cancelled;     /* impacts that a retry made good */
	bool *told;                  /* of each episode: it stands in an incident */
	struct result *out;
};

/* ---- correlate_edge.c: steps back ---- */
const struct edges *edges_into(struct correlator *k, uint32_t episode);
/* Whether a signal on this host comes as often away from impacts as before them. */
bool is_background(struct correlator *k, uint32_t episode);
/* ---- correlate_walk.c ---- */
/* All rules that the impact can be walked back to, scored and sorted, and the best chosen. */
void explain(struct correlator *k, struct failure *f);

/* ---- correlate_join.c: whether two episodes can belong together ---- */
bool edge_between(struct correlator *k, uint32_t link, uint32_t cause, uint32_t effect,
	struct edge *out);
int64_t pair_doubt(const struct correlator *k, const struct sighting *a, const struct sighting *b);
/* How far apart one instant may stand in two logs of which one is read in a zone that nothing tells. */
int64_t zone_slack(const struct correlator *k, const struct episode *a, const struct episode *b);
/* Both name a disk, a port or a target, and not the same. */
bool disks_differ(const struct correlator *k, const struct episode *a, const struct episode *b);
bool same_types(const struct correlator *k, const struct str_list *same, const struct episode *a,
	const struct episode *b);
/* They speak of the same object: all they both name agrees, or neither names any and the host does. */
bool same_object(const struct correlator *k, const struct episode *a, const struct episode *b);
/* The episode of a later signal on the same entity that says it is over, or of a later success; UINT32_MAX. */
uint32_t ending_of(const struct correlator *k, uint32_t episode);
/* Whether a success is of what failed: one that names no VM says nothing of one VM's failure. */
bool makes_good(const struct correlator *k, const struct episode *bad, const struct episode *good);
/* The first of a signal's episodes [low, high), sorted by time, that starts at `time` or later. */
size_t later_than(const struct correlator *k, size_t low, size_t high, int64_t time_100ns);
/* The nearest episode of any of these signals around an instant (TIME_NONE: any time). */
uint32_t find_around(const struct correlator *k, const struct signal_refs *refs,
	const struct episode *anchor, int64_t at_100ns, int64_t within_100ns,
	const struct str_list *same);
/* The host's log or tool output that shows a source is here, and holds that span. */
bool source_here(const struct correlator *k, uint32_t host, struct str source, int64_t from_100ns,
	int64_t to_100ns);

/* ---- correlate_score.c ---- */
void score(struct correlator *k, const struct failure *f, struct candidate *c);
void add_part(struct candidate *c, struct str name, struct str why, int milli, bool cap);

/* ---- correlate_run.c: each failure with its candidates; also on their own, for a trace ---- */
void correlator_run(struct correlator *k, const struct knowledge *kb, const struct case_file *c,
	struct result *out);
void correlator_free(struct correlator *k);

/* ---- correlate_group.c: which failures are one incident ---- */
void group_failures(struct correlator *k);
uint32_t group_of(const struct correlator *k, uint32_t failure);

/* ---- correlate_story.c: which way is told ---- */
#define STORY_MAX (DEPTH_MAX + 4)
/* The failure whose way from the lead's root is shown; the lead itself where none tells more. */
const struct failure *story_of(const struct correlator *k, const struct failure *lead,
	const uint32_t *list, size_t n);
/* Its steps, from the impact back to the root. How many. */
size_t story_chain(struct correlator *k, const struct failure *f, struct edge steps[STORY_MAX]);

/* ---- correlate_tell.c, correlate_missing.c: the result ---- */
void tell_incidents(struct correlator *k, const struct correlate_options *o);
/* correlate_trace.c: how the rules of the incident's cause and of its rivals fared with the failure. */
struct str trace_incident(struct correlator *k, const struct failure *f, const struct incident *in);
/* correlate_rank.c */
void rank_incidents(struct correlator *k, const struct correlate_options *o);
/* NULL where the knowledge has none. */
const struct rule *undetermined_rule(const struct knowledge *kb);
void tell_missing(struct correlator *k, const struct failure *lead);
void tell_observations(struct correlator *k);
void finish_missing(struct correlator *k);
/* correlate_activity.c */
void tell_activities(struct correlator *k);
void add_evidence(struct correlator *k, struct incident *in, const struct failure *f,
	const uint32_t *failures, size_t n);
struct str fill_template(struct correlator *k, struct str template, const struct failure *f,
	const struct incident *in);
/* The same for a command: what is not known stays as a place to fill in. */
struct str fill_command(struct correlator *k, struct str template, const struct failure *f,
	const struct incident *in);
struct str rhythm_text(struct correlator *k, const int64_t *times, size_t n);

/* ---- shared looks ---- */
static inline const struct episode *episode_at(const struct correlator *k, uint32_t i)
{
	return &k->s->episodes.v[i];
}

static inline const struct candidate *chosen_of(const struct failure *f)
{
	return f->chosen == SIZE_MAX ? NULL : &f->candidates.v[f->chosen];
}

static inline uint32_t root_of_failure(const struct failure *f)
{
	return chosen_of(f) ? chosen_of(f)->root : f->impact;
}

#endif
