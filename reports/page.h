/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of report.html. Each appends its section to a buffer; none concludes anything. */
#ifndef CASELINE_REPORTS_PAGE_H
#define CASELINE_REPORTS_PAGE_H

#include "reports/escape.h"
#include "reports/report.h"

/* Rows of the timeline that incidents cite: moment by ref, in ascending order of both. */
struct page_cited {
	struct ref ref;
	uint32_t moment; /* UINT32_MAX: a fact, or not on the page */
};

struct page {
	const struct report_input *in;
	struct buf *b;
	VEC(struct page_cited) cited; /* sorted by ref */
	uint32_t *kept;		      /* moments that the page holds, ascending; NULL: all */
	size_t kept_count;
	size_t row_base;
};

/* The row of a ref in the page's table, UINT32_MAX where it is no row of it. */
uint32_t page_row(const struct page *p, struct ref at);
void page_cite(struct page *p);
/* Whether an incident cites this row or fact. */
bool page_cites(const struct page *p, struct ref at);
/* Leaves out rows of no weight where the timeline is longer than the page can carry. */
void page_choose(struct page *p);
size_t page_moment(const struct page *p, size_t row);

void page_head(struct page *p); /* first screen */
void page_incidents(struct page *p);
void page_incident(struct page *p, const struct incident *inc);
void page_chain(struct page *p, const struct incident *inc);
struct page_span {
	uint32_t host;
	int64_t from_100ns, to_100ns;
};
typedef VEC(struct page_span) page_spans;

/* Where no log of a host has records, or one of them lacks some; sorted. The list is the caller's. */
void page_blind(const struct case_file *c, page_spans *out);
/* The dated evidence by host and time; nothing where one host tells all. */
void page_lanes(struct page *p, const struct incident *inc);
void page_density(struct page *p);
void page_first_rows(struct page *p);
void page_activities(struct page *p);
void page_missing(struct page *p);
void page_observations(struct page *p);
void page_hosts(struct page *p);
void page_coverage(struct page *p);
/* Disks of VMs as trees, writers and cluster as they were when the bundle was taken. */
void page_state(struct page *p);
void page_disks(struct page *p);
void page_storage(struct page *p);
void page_inventory(struct page *p);
void page_about(struct page *p);
/*
 * The timeline for the script: one JSON block, and one block per chunk of rows. The page's script
 * stands between them, so that it is at work while the browser still reads. Free the data in the end.
 */
struct page_data;
struct json;
/* Zones of hosts, and VMs; times are ticks from `base`. */
void page_zones(struct json *j, const struct page *p, int64_t base);
void page_doubts(struct json *j, const struct page *p);
#define PAGE_LANES_MAX 11
/* Marks the hosts with a lane of their own: those that incidents cite, then those with most events. */
void page_own_lanes(const struct page *p, bool *own);
void page_lane_hosts(struct json *j, const struct page *p);
void page_vms(struct json *j, const struct page *p);
void page_tracks(struct json *j, const struct page *p, int64_t base);
int page_data_make(struct page *p, struct page_data **out, struct err *e);
/* Knows page.row_base: after page_first_rows. */
void page_data_meta(struct page_data *d, struct buf *b);
int page_data_blocks(const struct page_data *d, FILE *to, struct err *e);
void page_data_free(struct page_data *d);   /* NULL is fine */

/* ---- Small parts ---- */
/* <time datetime=…>2024-05-14 03:12:46.118 Z</time>, full digits in the attribute; "—" for none. */
void page_time(struct buf *b, int64_t time_100ns);
/* Thousands kept apart: 1 234 567 with thin spaces. */
void page_count(struct buf *b, uint64_t v);
/* A text as a sentence begins: its first letter is a capital. */
void page_sentence(struct buf *b, struct str s);
void page_bytes(struct buf *b, uint64_t v);
/* "◆ critical" in its colour; the shape and the word tell it without colour. */
void page_severity(struct buf *b, enum severity s);
void page_level(struct buf *b, uint8_t level);
const char *page_severity_class(enum severity s);
/* "87 %" of 870, never 100. */
void page_confidence(struct buf *b, int milli);
/* Opens a table in a box that scrolls sideways; `heads` are parted by '|'. */
void page_table(struct buf *b, const char *label, const char *class, const char *heads);
void page_table_end(struct buf *b);

#endif
