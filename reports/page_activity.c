/* SPDX-License-Identifier: Apache-2.0 */
/* What had a start and an end: tracks below the hosts in the picture, and the same as a table. */
#include <stdlib.h>

#include "analyzer/correlate/wording.h"
#include "reports/json.h"
#include "reports/page.h"

enum { TRACKS_MAX = 10, DRAWN_MAX = 1500, LISTED_MAX = 100 };

/* A VM, volume, job or host with activities. */
struct track {
	struct str lane, on;
	size_t count;
	bool concerned;              /* an incident names it */
};

typedef VEC(struct track) track_list;

static bool in_incident(const struct result *r, struct str on)
{
	for (size_t i = 0; i < r->incidents.n; i++) {
		const struct incident *inc = &r->incidents.v[i];

		for (size_t k = 0; k < inc->entities.n; k++)
			if (str_ieq(inc->entities.v[k].name, on))
				return true;
		for (size_t k = 0; k < inc->vms.n; k++)
			if (str_ieq(inc->vms.v[k], on))
				return true;
	}
	return false;
}

static size_t track_of(const track_list *tracks, const struct activity *a)
{
	size_t i = 0;

	while (i < tracks->n && !(str_eq(tracks->v[i].lane, a->lane) && str_eq(tracks->v[i].on, a->on)))
		i++;
	return i;
}

/* What incidents name first, then what has most. */
static int by_weight(const void *a, const void *b)
{
	const struct track *x = a, *y = b;
	int order;

	if (x->concerned != y->concerned)
		return x->concerned ? -1 : 1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	order = str_cmp(x->lane, y->lane);
	return order ? order : str_cmp(x->on, y->on);
}

static void list_tracks(const struct result *r, track_list *out)
{
	*out = (track_list){ 0 };
	for (size_t i = 0; i < r->activities.n; i++) {
		const struct activity *a = &r->activities.v[i];
		size_t at = track_of(out, a);

		if (at == out->n)
			vec_push(out, (struct track){ a->lane, a->on, 0, in_incident(r, a->on) });
		out->v[at].count++;
	}
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_weight);
}

/* [track, name, start, end or null, 0 work | 1 work that failed | 2 outage, title] each */
static void put_drawn(struct json *j, const struct activity *a, size_t track, int64_t base)
{
	json_open(j, '[');
	json_unsigned(j, track);
	json_text(j, a->name);
	json_number(j, a->start_100ns - base);
	if (a->end_100ns == TIME_NONE)
		json_null(j);
	else
		json_number(j, a->end_100ns - base);
	json_unsigned(j, a->outage ? 2 : a->failed);
	json_text(j, a->title);
	json_close(j, ']');
}

void page_tracks(struct json *j, const struct page *p, int64_t base)
{
	const struct result *r = p->in->result;
	track_list tracks;
	size_t drawn = 0;

	list_tracks(r, &tracks);
	if (tracks.n > TRACKS_MAX)
		tracks.n = TRACKS_MAX;
	json_key(j, "tracks");
	json_open(j, '[');
	for (size_t i = 0; i < tracks.n; i++) {
		json_open(j, '[');
		json_text(j, tracks.v[i].lane);
		json_text(j, tracks.v[i].on);
		json_close(j, ']');
	}
	json_close(j, ']');
	json_key(j, "activities");
	json_open(j, '[');
	for (size_t i = 0; i < r->activities.n && drawn < DRAWN_MAX; i++) {
		size_t at = track_of(&tracks, &r->activities.v[i]);

		if (at < tracks.n) {
			put_drawn(j, &r->activities.v[i], at, base);
			drawn++;
		}
	}
	json_close(j, ']');
	free(tracks.v);
}

static void put_row(struct page *p, const struct activity *a)
{
	struct buf lasted = { 0 };

	if (a->end_100ns != TIME_NONE)
		buf_duration(&lasted, a->end_100ns - a->start_100ns);
	page_put(p->b, "<tr><th scope=\"row\">{t}{c}</th><td>{t} {t}</td><td>{t}</td><td>", a->name,
		a->failed ? " ✕ failed" : "", a->lane, a->on, a->host);
	page_time(p->b, a->start_100ns);
	buf_puts(p->b, STR("</td><td>"));
	if (a->end_100ns == TIME_NONE)
		buf_puts(p->b, STR("no end was seen"));
	else
		page_time(p->b, a->end_100ns);
	page_put(p->b, "</td><td>{t}</td></tr>\n", buf_str(&lasted));
	buf_free(&lasted);
}

/* Those of what incidents name, then the others. */
static void put_rows(struct page *p, const track_list *tracks, bool concerned, size_t *shown)
{
	const struct result *r = p->in->result;

	for (size_t i = 0; i < r->activities.n && *shown < LISTED_MAX; i++)
		if (tracks->v[track_of(tracks, &r->activities.v[i])].concerned == concerned) {
			put_row(p, &r->activities.v[i]);
			++*shown;
		}
}

void page_activities(struct page *p)
{
	const struct result *r = p->in->result;
	track_list tracks;
	size_t shown = 0;

	if (!r->activities.n)
		return;
	list_tracks(r, &tracks);
	page_put(p->b, "<details class=\"lasting\"><summary>What had a start and an end: jobs, merges, "
		"outages ({n})</summary>\n", (unsigned long long)r->activities.n);
	page_table(p->b, "What had a start and an end", "lasting", "What|Of|Host|From (UTC)|To (UTC)|Lasted");
	put_rows(p, &tracks, true, &shown);
	put_rows(p, &tracks, false, &shown);
	free(tracks.v);
	page_table_end(p->b);
	if (shown < r->activities.n)
		page_put(p->b, "<p class=\"dim\">{n} more: the table activity of case.sqlite has all.</p>\n",
			(unsigned long long)(r->activities.n - shown));
	buf_puts(p->b, STR("</details>\n"));
}
