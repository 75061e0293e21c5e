/* SPDX-License-Identifier: Apache-2.0 */
/* What case.sqlite holds of the result: incidents with all that belongs to them. */
#include "analyzer/base/map.h"
#include "analyzer/correlate/correlate.h"
#include "reports/sqlite_parts.h"

static bool same_ref(struct ref a, struct ref b)
{
	return a.segment == b.segment && a.row == b.row;
}

static bool moment_has(const struct case_file *c, const struct moment *m, struct ref at)
{
	if (same_ref(m->ref, at))
		return true;
	for (uint32_t k = m->copies; k; k = c->copies.v[k - 1].next)
		if (same_ref(c->copies.v[k - 1].ref, at))
			return true;
	return false;
}

int64_t db_event_id(const struct case_file *c, struct ref at)
{
	struct event_view v;

	if (at.segment == UINT32_MAX)
		return 0;
	case_view(c, at, &v);
	if (v.row.flags & ROW_FACT)
		return 0;
	for (size_t i = case_lower_bound(c, v.time_100ns); i < c->timeline_count; i++) {
		if (c->timeline[i].time_100ns != v.time_100ns)
			break;
		if (moment_has(c, &c->timeline[i], at))
			return (int64_t)i + 1;
	}
	return 0;
}

int64_t db_fact_id(const struct case_file *c, struct ref at)
{
	size_t low = 0, high = c->facts.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		struct ref m = c->facts.v[mid];

		if (m.segment < at.segment || (m.segment == at.segment && m.row < at.row))
			low = mid + 1;
		else
			high = mid;
	}
	return low < c->facts.n && same_ref(c->facts.v[low], at) ? (int64_t)low + 1 : 0;
}

int64_t db_source_id(const struct case_file *c, struct ref at)
{
	return at.segment == UINT32_MAX ? 0 : (int64_t)c->segments.v[at.segment].member + 1;
}

struct result_writer {
	struct db *d;
	sqlite3_stmt *incident, *evidence, *link, *entity, *member, *part, *rival, *remedy;
	struct map *entities;
	int64_t evidence_id;     /* of the last row */
};

static void join_texts(struct buf *b, const struct str *v, size_t n)
{
	b->n = 0;
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_puts(b, STR(", "));
		buf_puts(b, v[i]);
	}
}

static void put_head(struct result_writer *w, int64_t id, const struct incident *inc)
{
	struct buf vms = { 0 };

	join_texts(&vms, inc->vms.v, inc->vms.n);
	db_put(w->d, w->incident, "ittttrcctttttTTit", id, inc->id, inc->cause, inc->cause_class,
		inc->rule, inc->confidence_milli, severity_name(inc->severity),
		incident_state_name(inc->state), inc->title, inc->explanation, inc->operation, inc->host,
		buf_str(&vms), inc->start_100ns, inc->end_100ns, (int64_t)inc->occurrences, inc->rhythm);
	buf_free(&vms);
}

static void put_evidence(struct result_writer *w, int64_t id, const struct incident *inc)
{
	const struct case_file *c = w->d->in->c;

	for (size_t i = 0; i < inc->evidence.n; i++) {
		const struct incident_evidence *v = &inc->evidence.v[i];

		db_put(w->d, w->evidence, "iiccTTTtttIIIi", ++w->evidence_id, id,
			evidence_role_name(v->role), evidence_kind_name(v->kind), v->time_100ns,
			v->observed_100ns, v->held_since_100ns, v->signal, v->summary, v->host,
			db_event_id(c, v->ref), db_fact_id(c, v->ref), db_source_id(c, v->ref),
			(int64_t)v->rows);
	}
}

static void put_links(struct result_writer *w, int64_t id, const struct incident *inc)
{
	int64_t first = w->evidence_id - (int64_t)inc->evidence.n + 1;

	for (size_t i = 0; i < inc->chain.n; i++) {
		const struct chain_step *s = &inc->chain.v[i];

		db_put(w->d, w->link, "iitttTirttI", id, (int64_t)i + 1, s->signal, s->title, s->host,
			s->time_100ns, s->gap_100ns, s->weight_milli, s->why, s->join,
			s->evidence == UINT32_MAX ? (int64_t)0 : first + s->evidence);
	}
}

static void put_entities(struct result_writer *w, int64_t id, const struct incident *inc)
{
	struct buf key = { 0 };

	for (size_t i = 0; i < inc->entities.n; i++) {
		const struct incident_entity *en = &inc->entities.v[i];
		bool added;
		uint32_t at;

		key.n = 0;
		buf_puts(&key, en->type);
		buf_putc(&key, '\n');
		buf_puts(&key, en->name);
		at = map_intern(w->entities, buf_str(&key), &added);
		if (added)
			db_put(w->d, w->entity, "itt", (int64_t)at + 1, en->type, en->name);
		db_put(w->d, w->member, "ii", id, (int64_t)at + 1);
	}
	buf_free(&key);
}

static void put_score(struct result_writer *w, int64_t id, const struct incident *inc)
{
	for (size_t i = 0; i < inc->parts.n; i++)
		db_put(w->d, w->part, "ittrb", id, inc->parts.v[i].name, inc->parts.v[i].why,
			inc->parts.v[i].milli, inc->parts.v[i].cap);
	for (size_t i = 0; i < inc->rivals.n; i++)
		db_put(w->d, w->rival, "itttrt", id, inc->rivals.v[i].cause, inc->rivals.v[i].rule,
			inc->rivals.v[i].title, inc->rivals.v[i].score_milli, inc->rivals.v[i].decide);
	for (size_t i = 0; i < inc->remedy.n; i++)
		db_put(w->d, w->remedy, "iittt", id, (int64_t)i + 1, inc->remedy.v[i].step,
			inc->remedy.v[i].command, inc->remedy.v[i].risk);
}

static void put_incidents(struct db *d)
{
	const struct result *r = d->in->result;
	struct result_writer w = { .d = d, .entities = map_new(false) };

	w.incident = db_prepare(d, "INSERT INTO incident VALUES"
		" (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	w.evidence = db_prepare(d, "INSERT INTO evidence VALUES"
		" (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	w.link = db_prepare(d, "INSERT INTO link VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	w.entity = db_prepare(d, "INSERT INTO entity VALUES (?, ?, ?)");
	w.member = db_prepare(d, "INSERT INTO incident_entity VALUES (?, ?)");
	w.part = db_prepare(d, "INSERT INTO part VALUES (?, ?, ?, ?, ?)");
	w.rival = db_prepare(d, "INSERT INTO rival VALUES (?, ?, ?, ?, ?, ?)");
	w.remedy = db_prepare(d, "INSERT INTO remedy VALUES (?, ?, ?, ?, ?)");
	for (size_t i = 0; i < r->incidents.n; i++) {
		put_head(&w, (int64_t)i + 1, &r->incidents.v[i]);
		put_evidence(&w, (int64_t)i + 1, &r->incidents.v[i]);
		put_links(&w, (int64_t)i + 1, &r->incidents.v[i]);
		put_entities(&w, (int64_t)i + 1, &r->incidents.v[i]);
		put_score(&w, (int64_t)i + 1, &r->incidents.v[i]);
	}
	sqlite3_finalize(w.incident);
	sqlite3_finalize(w.evidence);
	sqlite3_finalize(w.link);
	sqlite3_finalize(w.entity);
	sqlite3_finalize(w.member);
	sqlite3_finalize(w.part);
	sqlite3_finalize(w.rival);
	sqlite3_finalize(w.remedy);
	map_free(w.entities);
}

static void put_missing(struct db *d)
{
	const struct result *r = d->in->result;
	sqlite3_stmt *s = db_prepare(d, "INSERT INTO missing VALUES (?, ?, ?, ?, ?, ?)");
	struct buf decides = { 0 };

	for (size_t i = 0; i < r->missing.n; i++) {
		const struct missing *m = &r->missing.v[i];

		join_texts(&decides, m->decides.v, m->decides.n);
		db_put(d, s, "tttttb", m->what, m->why, m->host, m->command, buf_str(&decides),
			m->before_wrap);
	}
	sqlite3_finalize(s);
	buf_free(&decides);
}

static void put_observations(struct db *d)
{
	const struct result *r = d->in->result;
	sqlite3_stmt *s = db_prepare(d, "INSERT INTO observation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

	for (size_t i = 0; i < r->observations.n; i++) {
		const struct observation *o = &r->observations.v[i];

		db_put(d, s, "tttiTTtttI", o->signal, o->title, o->host, (int64_t)o->count,
			o->first_100ns, o->last_100ns, o->why, o->advice, o->command,
			db_event_id(d->in->c, o->ref));
	}
	sqlite3_finalize(s);
}

static void put_activities(struct db *d)
{
	const struct result *r = d->in->result;
	sqlite3_stmt *s = db_prepare(d, "INSERT INTO activity VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

	for (size_t i = 0; i < r->activities.n; i++) {
		const struct activity *a = &r->activities.v[i];

		db_put(d, s, "ttttTTbbtII", a->name, a->lane, a->on, a->host, a->start_100ns, a->end_100ns,
			a->outage, a->failed, a->title, db_event_id(d->in->c, a->from),
			db_event_id(d->in->c, a->to));
	}
	sqlite3_finalize(s);
}

struct trace_writer {
	struct db *d;
	sqlite3_stmt *trace;
};

static void put_trace(void *to, const struct trace_row *row)
{
	struct trace_writer *w = to;

	db_put(w->d, w->trace, "ttttbb", row->cause, row->rule, row->vm, row->text, row->linked,
		row->lacked);
}

static void put_traces(struct db *d)
{
	struct trace_writer w = { d, db_prepare(d, "INSERT INTO trace VALUES (?, ?, ?, ?, ?, ?)") };

	if (!d->rc)
		d->rc = correlate_trace(d->in->kb, d->in->c, STR(""), put_trace, &w, d->e);
	sqlite3_finalize(w.trace);
}

void db_result(struct db *d)
{
	put_incidents(d);
	put_missing(d);
	put_observations(d);
	put_activities(d);
	put_traces(d);
}
