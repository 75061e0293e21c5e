/* SPDX-License-Identifier: Apache-2.0 */
/* What case.sqlite holds of the case: bundles, hosts, sources, coverage, events and facts. */
#include <stdlib.h>

#include "analyzer/base/map.h"
#include "analyzer/correlate/wording.h"
#include "reports/json.h"
#include "reports/sqlite_parts.h"

static void put_meta(struct db *d)
{
	sqlite3_stmt *s = db_prepare(d, "INSERT INTO meta VALUES (?, ?)");

	db_put(d, s, "ct", "schema", STR("caseline.sqlite/1"));
	db_put(d, s, "cc", "version", d->in->version);
	db_put(d, s, "ct", "knowledge_sha256", d->in->knowledge_hash);
	db_put(d, s, "ct", "time", STR("100 ns since 1601-01-01 UTC"));
	sqlite3_finalize(s);
}

static void put_bundles(struct db *d)
{
	const struct evidence *ev = d->in->c->ev;
	sqlite3_stmt *s = db_prepare(d, "INSERT INTO bundle VALUES (?, ?, ?, ?, ?)");

	for (size_t i = 0; i < ev->bundles.n; i++)
		db_put(d, s, "itict", (int64_t)i + 1, ev->bundles.v[i].name,
			(int64_t)ev->bundles.v[i].bytes, ev->bundles.v[i].sha256, ev->bundles.v[i].error);
	sqlite3_finalize(s);
	s = db_prepare(d, "INSERT INTO loss VALUES (?)");
	for (size_t i = 0; i < ev->losses.n; i++)
		db_put(d, s, "t", ev->losses.v[i]);
	sqlite3_finalize(s);
}

static void put_hosts(struct db *d)
{
	sqlite3_stmt *s = db_prepare(d, "INSERT INTO host VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	struct buf words = { 0 };

	for (size_t i = 0; i < d->in->c->hosts.n; i++) {
		const struct host *h = &d->in->c->hosts.v[i];

		words.n = 0;
		case_clock_words(d->in->c, (uint32_t)i, &words);
		db_put(d, s, "ittttttitiTii", (int64_t)i + 1, h->name, h->fqdn, h->os, h->zone, h->zone_why,
			h->culture, h->clock_offset_ms, buf_str(&words), h->doubt_ms, h->collected_100ns,
			(int64_t)h->events, (int64_t)h->facts);
	}
	buf_free(&words);
	sqlite3_finalize(s);
}

static void put_sources(struct db *d)
{
	const struct evidence *ev = d->in->c->ev;
	sqlite3_stmt *s = db_prepare(d, "INSERT INTO source VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

	for (size_t i = 0; i < ev->members.n; i++) {
		const struct member *m = &ev->members.v[i];

		db_put(d, s, "iitttcticii", (int64_t)i + 1, (int64_t)m->bundle + 1, m->path, m->type,
			m->parser, member_status_name(m->status), m->error, (int64_t)m->bytes, m->sha256,
			(int64_t)m->events, (int64_t)m->facts);
	}
	sqlite3_finalize(s);
}

static int64_t host_id(uint32_t host)
{
	return host == HOST_NONE ? 0 : (int64_t)host + 1;
}

static void put_coverage(struct db *d)
{
	sqlite3_stmt *s = db_prepare(d, "INSERT INTO coverage VALUES (?, ?, ?, ?, ?, ?, ?)");
	struct buf remarks = { 0 };

	for (size_t i = 0; i < d->in->c->coverage.n; i++) {
		const struct coverage *c = &d->in->c->coverage.v[i];

		remarks.n = 0;
		coverage_remarks(c, &remarks);
		db_put(d, s, "ItTTitb", host_id(c->host), c->source, c->from_100ns, c->to_100ns,
			(int64_t)c->rows, buf_str(&remarks), c->wrapped);
	}
	buf_free(&remarks);
	sqlite3_finalize(s);
}

void db_case(struct db *d)
{
	put_meta(d);
	put_bundles(d);
	put_hosts(d);
	put_sources(d);
	put_coverage(d);
}

/* ---- Events ---- */

#define MESSAGES_KEPT (1u << 18) /* so many texts are known again; memory is bounded */
#define NAMES_CACHED 1024      /* a power of two */

/* A segment holds each name once: where it lies tells which it is, quicker than its text. */
struct cached_name {
	struct str name;
	int64_t id;
};

struct event_writer {
	struct db *d;
	struct map *kinds, *names, *messages;
	int64_t messages_before; /* ids given to texts no longer in `messages` */
	int64_t **kind_ids;      /* of each segment: ids of its kinds, 0 = not asked yet */
	struct cached_name cache[NAMES_CACHED];
	sqlite3_stmt *event, *copy, *field, *kind, *name, *text;
	struct buf key, message;
	struct arena *a;
};

static void put_kind(struct event_writer *w, int64_t id, const struct kind *k)
{
	char keywords[24];

	snprintf(keywords, sizeof(keywords), "0x%016llx", (unsigned long long)k->keywords);
	db_put(w->d, w->kind, "ittttTittciic", id, k->data_type, k->provider, k->source,
		k->provider_guid, k->has_id ? (int64_t)k->id : TIME_NONE, (int64_t)k->version, k->channel,
		k->computer, level_name(k->level), (int64_t)k->task, (int64_t)k->opcode, keywords);
}

static void add_key(struct buf *b, struct str s)
{
	buf_printf(b, "%zu:", s.n);
	buf_puts(b, s);
}

static int64_t new_kind_id(struct event_writer *w, const struct kind *k)
{
	bool added;
	uint32_t i;

	w->key.n = 0;
	add_key(&w->key, k->data_type);
	add_key(&w->key, k->provider);
	add_key(&w->key, k->source);
	add_key(&w->key, k->provider_guid);
	add_key(&w->key, k->channel);
	add_key(&w->key, k->computer);
	buf_printf(&w->key, "%llx %u %u %u %u %u %d", (unsigned long long)k->keywords, k->id, k->task,
		k->version, k->level, k->opcode, k->has_id);
	i = map_intern(w->kinds, buf_str(&w->key), &added);
	if (added)
		put_kind(w, (int64_t)i + 1, k);
	return (int64_t)i + 1;
}

static int64_t kind_id(struct event_writer *w, const struct event_view *v)
{
	int64_t **ids = &w->kind_ids[v->ref.segment];

	if (!*ids)
		*ids = arena_array(w->a, int64_t, segment_kinds(v->segment) + 1);
	if (!(*ids)[v->row.kind])
		(*ids)[v->row.kind] = new_kind_id(w, v->kind);
	return (*ids)[v->row.kind];
}

static int64_t name_id(struct event_writer *w, struct str name)
{
	struct cached_name *c = &w->cache[((uintptr_t)name.p >> 2) % NAMES_CACHED];
	bool added;
	uint32_t i;

	if (!name.n)
		return 0;
	if (c->name.p == name.p && c->name.n == name.n)
		return c->id;
	i = map_intern(w->names, name, &added);
	if (added)
		db_put(w->d, w->name, "it", (int64_t)i + 1, name);
	*c = (struct cached_name){ name, (int64_t)i + 1 };
	return c->id;
}

/* Most messages of a log come again and again: each text is held and indexed once. */
static int64_t message_id(struct event_writer *w, const struct event_view *v)
{
	bool added;
	int64_t id;

	w->message.n = 0;
	event_message(w->d->in->kb, v, &w->message);
	if (map_count(w->messages) >= MESSAGES_KEPT) {
		w->messages_before += (int64_t)map_count(w->messages);
		map_free(w->messages);
		w->messages = map_new(false);
	}
	id = w->messages_before + 1 + map_intern(w->messages, buf_str(&w->message), &added);
	if (added)
		db_put(w->d, w->text, "it", id, buf_str(&w->message));
	return id;
}

static bool is_number(const struct field *f)
{
	return f->type == VALUE_INT || f->type == VALUE_BOOL ||
		(f->type == VALUE_UINT && f->number <= INT64_MAX);
}

static void put_fields(struct event_writer *w, int64_t event, const struct event_view *v)
{
	size_t n = segment_field_count(v->segment, v->ref.row);
	struct field f;

	for (size_t i = 0; i < n; i++) {
		int64_t name;

		segment_field(v->segment, v->ref.row, i, &f);
		name = name_id(w, f.name);
		w->key.n = 0;
		if (is_number(&f)) {
			db_put(w->d, w->field, "iiIi", event, (int64_t)i, name, (int64_t)f.number);
			continue;
		}
		if (f.type != VALUE_TEXT && f.type != VALUE_SID && f.type != VALUE_NULL) {
			buf_field(&w->key, &f);
			f.bytes = buf_str(&w->key);
		}
		db_put(w->d, w->field, "iiIt", event, (int64_t)i, name, f.bytes);
	}
}

/* Record or line, whichever it is; the other one is 0 and so unknown. */
static int64_t number_of(const struct event_view *v, bool line)
{
	return !(v->row.flags & ROW_LINE) == !line ? (int64_t)v->row.number : 0;
}

static void put_copies(struct event_writer *w, int64_t event, uint32_t first)
{
	const struct case_file *c = w->d->in->c;

	for (uint32_t k = first; k; k = c->copies.v[k - 1].next) {
		struct ref at = c->copies.v[k - 1].ref;
		struct event_view v;

		case_view(c, at, &v);
		db_put(w->d, w->copy, "iiIIib", event, db_source_id(c, at), number_of(&v, false),
			number_of(&v, true), (int64_t)v.row.offset, c->copies.v[k - 1].possible);
	}
}

static void put_event(struct event_writer *w, size_t i, const struct moment *m)
{
	const struct case_file *c = w->d->in->c;
	struct event_view v;

	case_view(c, m->ref, &v);
	db_put(w->d, w->event, "iiiIiIIiIItiici", (int64_t)i + 1, m->time_100ns,
		kind_id(w, &v), host_id(m->host), db_source_id(c, m->ref), number_of(&v, false),
		number_of(&v, true), (int64_t)v.row.offset, (int64_t)v.row.pid, (int64_t)v.row.tid,
		v.row.user, message_id(w, &v), v.doubt_ms, time_source_name(v.time_source),
		(int64_t)(v.row.flags & ROW_RECOVERED ? 1 : 0));
	put_fields(w, (int64_t)i + 1, &v);
	put_copies(w, (int64_t)i + 1, m->copies);
}

static void finish(struct event_writer *w)
{
	sqlite3_finalize(w->event);
	sqlite3_finalize(w->copy);
	sqlite3_finalize(w->field);
	sqlite3_finalize(w->kind);
	sqlite3_finalize(w->name);
	sqlite3_finalize(w->text);
	arena_free(w->a);
	map_free(w->kinds);
	map_free(w->names);
	map_free(w->messages);
	buf_free(&w->key);
	buf_free(&w->message);
}

void db_events(struct db *d)
{
	const struct case_file *c = d->in->c;
	struct event_writer w = { .d = d, .kinds = map_new(false), .names = map_new(false),
		.messages = map_new(false), .a = arena_new() };

	w.kind_ids = arena_array(w.a, int64_t *, c->segments.n + 1);
	w.event = db_prepare(d, "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	w.copy = db_prepare(d, "INSERT INTO copy VALUES (?, ?, ?, ?, ?, ?)");
	w.field = db_prepare(d, "INSERT INTO field VALUES (?, ?, ?, ?)");
	w.kind = db_prepare(d, "INSERT INTO kind VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	w.text = db_prepare(d, "INSERT INTO message VALUES (?, ?)");
	w.name = db_prepare(d, "INSERT INTO field_name VALUES (?, ?)");
	for (size_t i = 0; i < c->timeline_count && !d->rc; i++)
		put_event(&w, i, &c->timeline[i]);
	finish(&w);
}

void db_facts(struct db *d)
{
	const struct case_file *c = d->in->c;
	sqlite3_stmt *s = db_prepare(d, "INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
	struct buf message = { 0 }, data = { 0 };

	for (size_t i = 0; i < c->facts.n && !d->rc; i++) {
		struct json j = { .b = &data };
		struct event_view v;

		case_view(c, c->facts.v[i], &v);
		message.n = data.n = 0;
		event_message(d->in->kb, &v, &message);
		report_fields_json(&j, &v);
		db_put(d, s, "itTIiIitt", (int64_t)i + 1, v.kind->provider, v.time_100ns, host_id(v.host),
			db_source_id(c, c->facts.v[i]), number_of(&v, true), (int64_t)v.row.offset,
			buf_str(&message), buf_str(&data));
	}
	sqlite3_finalize(s);
	buf_free(&message);
	buf_free(&data);
}
