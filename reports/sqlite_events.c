/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events of case.sqlite. A thread makes messages and fields of a batch of events while the batch
 * before goes into the database: two batches, handed to and fro.
 */
#include <pthread.h>
#include <stdlib.h>

#include "analyzer/base/map.h"
#include "analyzer/correlate/wording.h"
#include "reports/json.h"
#include "reports/sqlite_parts.h"

#define MESSAGES_KEPT (1u << 18) /* so many texts are known again; memory is bounded */
#define BATCH_EVENTS 2048
#define BATCHES 2

struct made_event {
	struct event_view v;
	int64_t kind_id, message_id;
	bool new_kind, new_message;
	size_t message, data, end;   /* where its texts begin and end in the batch's */
};

struct batch {
	struct made_event *v;
	size_t first, n;             /* of the timeline */
	struct buf texts;
	bool full;
};

struct maker {
	struct db *d;
	struct map *kinds, *messages;
	int64_t messages_before;     /* ids given to texts no longer in `messages` */
	int64_t **kind_ids;          /* of each segment: ids of its kinds, 0 = not asked yet */
	struct buf key;
	struct arena *a;
	struct batch batches[BATCHES];
	pthread_mutex_t lock;
	pthread_cond_t turned;       /* a batch became full or empty */
	bool stop;
};

static void add_key(struct buf *b, struct str s)
{
	buf_printf(b, "%zu:", s.n);
	buf_puts(b, s);
}

static int64_t new_kind_id(struct maker *w, const struct kind *k, bool *added)
{
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
	i = map_intern(w->kinds, buf_str(&w->key), added);
	return (int64_t)i + 1;
}

static void make_kind(struct maker *w, struct made_event *e)
{
	int64_t **ids = &w->kind_ids[e->v.ref.segment], *id;

	if (!*ids)
		*ids = arena_array(w->a, int64_t, segment_kinds(e->v.segment) + 1);
	id = &(*ids)[e->v.row.kind];
	if (!*id)
		*id = new_kind_id(w, e->v.kind, &e->new_kind);
	e->kind_id = *id;
}

/* Most messages of a log come again and again: each text is held and indexed once. */
static void make_message(struct maker *w, struct made_event *e, struct buf *texts)
{
	struct str text;

	event_message(w->d->in->kb, &e->v, texts);
	text = str_from(buf_str(texts), e->message);
	if (map_count(w->messages) >= MESSAGES_KEPT) {
		w->messages_before += (int64_t)map_count(w->messages);
		map_free(w->messages);
		w->messages = map_new(false);
	}
	e->message_id = w->messages_before + 1 + map_intern(w->messages, text, &e->new_message);
	if (!e->new_message)
		texts->n = e->message;
}

/* A JSON object of the fields; empty, so NULL, where there is none. */
static void make_data(struct made_event *e, struct buf *texts)
{
	struct json j = { .b = texts };

	e->data = texts->n;
	if (segment_field_count(e->v.segment, e->v.ref.row))
		report_fields_json(&j, &e->v);
	e->end = texts->n;
}

static void make_batch(struct maker *w, struct batch *b, size_t first)
{
	const struct case_file *c = w->d->in->c;

	b->first = first;
	b->texts.n = 0;
	for (b->n = 0; b->n < BATCH_EVENTS && first + b->n < c->timeline_count; b->n++) {
		struct made_event *e = &b->v[b->n];

		*e = (struct made_event){ .message = b->texts.n };
		case_view(c, c->timeline[first + b->n].ref, &e->v);
		make_kind(w, e);
		make_message(w, e, &b->texts);
		make_data(e, &b->texts);
	}
}

/* ---- Handing over ---- */

/* Waits until the batch is as asked; false where the other side gave up. */
static bool batch_wait(struct maker *w, struct batch *b, bool full)
{
	bool go;

	pthread_mutex_lock(&w->lock);
	while (b->full != full && !w->stop)
		pthread_cond_wait(&w->turned, &w->lock);
	go = !w->stop;
	pthread_mutex_unlock(&w->lock);
	return go;
}

static void batch_turn(struct maker *w, struct batch *b, bool stop)
{
	pthread_mutex_lock(&w->lock);
	b->full = !b->full;
	w->stop |= stop;
	pthread_cond_broadcast(&w->turned);
	pthread_mutex_unlock(&w->lock);
}

static void *make_all(void *of)
{
	struct maker *w = of;
	size_t n = w->d->in->c->timeline_count;

	for (size_t i = 0; i * BATCH_EVENTS < n; i++) {
		struct batch *b = &w->batches[i % BATCHES];

		if (!batch_wait(w, b, false))
			break;
		make_batch(w, b, i * BATCH_EVENTS);
		batch_turn(w, b, false);
	}
	return NULL;
}

/* ---- Writing ---- */

struct event_writer {
	struct db *d;
	sqlite3_stmt *event, *copy, *kind, *text;
};

static void put_kind(struct event_writer *w, int64_t id, const struct kind *k)
{
	char keywords[24];

	snprintf(keywords, sizeof(keywords), "0x%016llx", (unsigned long long)k->keywords);
	db_put(w->d, w->kind, "ittttTittciic", id, k->data_type, k->provider, k->source,
		k->provider_guid, k->has_id ? (int64_t)k->id : TIME_NONE, (int64_t)k->version, k->channel,
		k->computer, level_name(k->level), (int64_t)k->task, (int64_t)k->opcode, keywords);
}

/* No case_view here: it places times, which only one thread may do at once. */
static void put_copies(struct event_writer *w, int64_t event, uint32_t first)
{
	const struct case_file *c = w->d->in->c;

	for (uint32_t k = first; k; k = c->copies.v[k - 1].next) {
		struct ref at = c->copies.v[k - 1].ref;
		struct row r;

		segment_row(c->segments.v[at.segment].segment, at.row, &r);
		db_put(w->d, w->copy, "iiIIib", event, db_source_id(c, at), db_number(&r, false),
			db_number(&r, true), (int64_t)r.offset, c->copies.v[k - 1].possible);
	}
}

static void put_event(struct event_writer *w, const struct batch *b, size_t i)
{
	const struct moment *m = &w->d->in->c->timeline[b->first + i];
	const struct made_event *e = &b->v[i];
	const struct event_view *v = &e->v;
	struct str texts = buf_str(&b->texts);
	int64_t id = (int64_t)(b->first + i) + 1;

	if (e->new_kind)
		put_kind(w, e->kind_id, v->kind);
	if (e->new_message)
		db_put(w->d, w->text, "it", e->message_id, str_sub(texts, e->message, e->data - e->message));
	db_put(w->d, w->event, "iiiIiIIiIItiicit", id, m->time_100ns, e->kind_id,
		db_host_id(m->host), db_source_id(w->d->in->c, m->ref), db_number(&v->row, false),
		db_number(&v->row, true), (int64_t)v->row.offset, (int64_t)v->row.pid, (int64_t)v->row.tid,
		v->row.user, e->message_id, v->doubt_ms, time_source_name(v->time_source),
		(int64_t)(v->row.flags & ROW_RECOVERED ? 1 : 0), str_sub(texts, e->data, e->end - e->data));
	put_copies(w, id, m->copies);
}

/* Without a thread the batches are made here, one by one. */
static void put_all(struct event_writer *w, struct maker *from, bool threaded)
{
	size_t n = w->d->in->c->timeline_count;

	for (size_t i = 0; i * BATCH_EVENTS < n && !w->d->rc; i++) {
		struct batch *b = &from->batches[i % BATCHES];

		if (threaded)
			batch_wait(from, b, true);
		else
			make_batch(from, b, i * BATCH_EVENTS);
		for (size_t k = 0; k < b->n && !w->d->rc; k++)
			put_event(w, b, k);
		if (threaded)
			batch_turn(from, b, w->d->rc != 0);
	}
}

static void run(struct event_writer *w, struct maker *m)
{
	pthread_t thread;
	bool threaded = pthread_create(&thread, NULL, make_all, m) == 0;

	put_all(w, m, threaded);
	if (threaded)
		pthread_join(thread, NULL);
}

static void maker_start(struct maker *m, struct db *d)
{
	*m = (struct maker){ .d = d, .kinds = map_new(false), .messages = map_new(false),
		.a = arena_new() };
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->turned, NULL);
	m->kind_ids = arena_array(m->a, int64_t *, d->in->c->segments.n + 1);
	for (size_t i = 0; i < BATCHES; i++)
		m->batches[i].v = arena_array(m->a, struct made_event, BATCH_EVENTS);
}

static void maker_end(struct maker *m)
{
	pthread_mutex_destroy(&m->lock);
	pthread_cond_destroy(&m->turned);
	for (size_t i = 0; i < BATCHES; i++)
		buf_free(&m->batches[i].texts);
	arena_free(m->a);
	map_free(m->kinds);
	map_free(m->messages);
	buf_free(&m->key);
}

void db_events(struct db *d)
{
	struct event_writer w = { .d = d };
	struct maker m;

	if (d->rc)
		return;
	maker_start(&m, d);
	w.event = db_prepare(d,
		"INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	w.copy = db_prepare(d, "INSERT INTO copy VALUES (?, ?, ?, ?, ?, ?)");
	w.kind = db_prepare(d, "INSERT INTO kind VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	w.text = db_prepare(d, "INSERT INTO message VALUES (?, ?)");
	if (!d->rc)
		run(&w, &m);
	sqlite3_finalize(w.event);
	sqlite3_finalize(w.copy);
	sqlite3_finalize(w.kind);
	sqlite3_finalize(w.text);
	maker_end(&m);
}
