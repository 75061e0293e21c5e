/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the signals of the knowledge occur in a case. Each matching row is a sighting; sightings of
 * one signal with the same entities close together are one episode, and episodes are all that the
 * correlator looks at.
 */
#ifndef CASELINE_ANALYZER_SIGNAL_H
#define CASELINE_ANALYZER_SIGNAL_H

#include "analyzer/correlate/entity.h"
#include "analyzer/correlate/knowledge.h"

struct sighting {
	int64_t time_100ns;      /* TIME_NONE of facts without a time */
	int64_t doubt_100ns;
	struct ref ref;
	uint32_t signal, host, tuple;
	uint32_t copies;         /* as moment.copies */
	bool utc;                /* its stamp needed no zone */
};

struct slot {
	enum entity_type type;
	uint32_t spelling;
};

/* The entities of a row. */
struct tuple {
	uint32_t first, count;   /* into sightings.slots */
	struct str text;         /* "csv=volume1;vm=SQL01": one order on every run */
	uint32_t same;           /* the first tuple with the same text */
};

struct episode {
	uint32_t signal, host, tuple;
	bool fact;
	int64_t start_100ns, end_100ns;  /* TIME_NONE of facts */
	int64_t observed_100ns;          /* of facts */
	int64_t held_since_100ns;        /* of facts: TIME_NONE where nothing tells */
	size_t first, count;             /* into sightings.rows, in order of time */
	struct ref ref;                  /* the first row */
};

struct harmless {
	struct sighting row;
	struct str because;
};

struct sightings {
	const struct case_file *c;
	const struct knowledge *kb;
	struct arena *a;
	struct entities *en;
	VEC(struct sighting) rows;
	VEC(struct episode) episodes;    /* by signal, then time, host, entities */
	VEC(struct slot) slots;
	VEC(struct tuple) tuples;
	VEC(struct harmless) harmless;
	struct map *tuple_keys;
	uint32_t *host_spelling;         /* of each host of the case */
	size_t *of_signal;               /* first episode of each signal; one more than signals */
	uint64_t *below_count;           /* of each signal: rows too few to count */
};

struct sightings *sightings_find(const struct knowledge *kb, const struct case_file *c);
void sightings_free(struct sightings *s);

static inline size_t episodes_of(const struct sightings *s, uint32_t signal, size_t *end)
{
	*end = s->of_signal[signal + 1];
	return s->of_signal[signal];
}

const struct signal *episode_signal(const struct sightings *s, const struct episode *e);
/* When it began as far as order goes: start, or of a fact held_since. TIME_NONE: not known. */
int64_t episode_onset(const struct episode *e);
/* The last row at or before `time`, the first row if all are later. */
const struct sighting *episode_row_before(const struct sightings *s, const struct episode *e,
	int64_t time_100ns);
/* The entity of a type (or of its class) that an episode names; MAP_NONE. */
uint32_t episode_entity(const struct sightings *s, const struct episode *e, enum entity_type t);
/* The VM that it names, or whose guest its host is; MAP_NONE. An entity, not a spelling. */
uint32_t episode_vm(const struct sightings *s, const struct episode *e);
/* They name the same thing of that type. Of ENTITY_HOST: they lie on one host. */
bool episodes_share(const struct sightings *s, const struct episode *a, const struct episode *b,
	enum entity_type t, uint32_t *entity);
/* The text of a binding (or a field, or "host") in a row of the signal; false where absent. */
bool signal_binding(const struct sightings *s, uint32_t signal, struct ref at, struct str name,
	struct buf *out);
/* The signal's title with its {bindings} filled in from the episode's first row. */
void episode_title(const struct sightings *s, const struct episode *e, struct buf *out);

#endif
