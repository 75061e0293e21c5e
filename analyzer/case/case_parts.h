/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of case_build, in their order; private to analyzer/case*.c. */
#ifndef CASELINE_ANALYZER_CASE_PARTS_H
#define CASELINE_ANALYZER_CASE_PARTS_H

#include "analyzer/case/case.h"

/* Who wrote what: hosts from records, facts and paths, and the host of every kind. */
void case_bind_hosts(struct case_file *c);
/* Zone, culture, offsets and order of day and month of each host. */
int case_bind_clocks(struct case_file *c, const struct case_options *o, struct err *e);
/* How far before the end of a run of TSS its _Start_ files were taken. */
void case_find_phases(struct case_file *c);
/* The first host that each member tells of, HOST_NONE of those without rows; in the case's arena. */
uint32_t *case_hosts_of_members(const struct case_file *c);
/* collected_utc of a host.clock; TIME_NONE where it has none. */
int64_t case_collected_utc(const struct case_file *c, struct ref at);
/* When a bundle was taken of a host, and what its archive says of a member's last change; UTC or TIME_NONE. */
int64_t case_taken(const struct case_file *c, uint32_t host, uint32_t bundle);
int64_t case_modified(const struct case_file *c, uint32_t member, uint32_t host);
/* _Start_ and _Stop_ files without a stamp of their own take that of another of their phase. */
void case_spread_stamps(struct case_file *c);
/* How far parts of a bundle lie behind another that holds the same files of the same host. */
void case_find_repeats(struct case_file *c);
/* Kept beside the hosts, index by index. */
struct clock {
	struct zone *zone;       /* NULL: assumed UTC */
};

struct clocks {
	struct clock *of;
	size_t n;
};

/* The UTC of one row, or TIME_NONE. */
int64_t case_row_time(const struct case_file *c, uint32_t segment, uint32_t row, uint32_t host);
/* The distance of local time from UTC as the same events in EVTX and exports show it. */
struct inferred_offset {
	int minutes;
	size_t pairs;                /* that agree on it */
	uint32_t member;             /* one that holds the records */
};
bool case_infer_offset(const struct case_file *c, uint32_t host, struct inferred_offset *out);
/* Whether a specific word of a record (a name, number, path or id) stands in an export's text. */
enum agreement { TEXTS_AGREE, TEXTS_UNSURE, TEXTS_DIFFER };
enum agreement case_compare_texts(const struct segment *s, uint32_t row, struct str message);
/* By the zone of the host; as it is where that is not known. */
int64_t case_local_to_utc(const struct case_file *c, uint32_t host, int64_t civil_100ns);
/* Day and month changed places; the time as it is where that gives no date. */
int64_t case_swapped_date(int64_t time_100ns);
/* What daylight saving leaves open of a local stamp at a time, where only an offset is known. */
int64_t case_season_doubt_ms(const struct case_file *c, uint32_t host, int64_t time_100ns);
/* Where a clock was set back, the hour it repeats can't be put in order by times. */
int64_t case_step_doubt_ms(const struct host *h, int64_t time_100ns);
void case_free_clocks(struct case_file *c);
/* Texts that were saved beside a log, and the one of a record; empty where there is none. */
bool case_holds_texts(const struct member *m);
void case_bind_texts(struct case_file *c);
struct str case_text_of(const struct case_file *c, const struct record_texts *t, uint64_t record);
/* The merged timeline, then copies taken off it, then what it covers. */
void case_merge(struct case_file *c, const struct case_options *o);
void case_fold_copies(struct case_file *c);
void case_find_coverage(struct case_file *c);
/* What a kind's rows are a source of: the name that coverage goes by. */
struct str case_source_name(const struct kind *k);
/* Holes in the record numbers of each log that coverage lists. */
void case_find_gaps(struct case_file *c);

#endif
