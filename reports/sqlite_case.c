/* SPDX-License-Identifier: Apache-2.0 */
/* What case.sqlite holds of the case: bundles, hosts, sources, coverage and facts. */
#include "analyzer/correlate/wording.h"
#include "reports/json.h"
#include "reports/sqlite_parts.h"

static void put_meta(struct db *d)
{
	sqlite3_stmt *s = db_prepare(d, "INSERT INTO meta VALUES (?, ?)");

	db_put(d, s, "ct", "schema", STR("caseline.sqlite/2"));
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

int64_t db_host_id(uint32_t host)
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
		db_put(d, s, "ItTTitb", db_host_id(c->host), c->source, c->from_100ns, c->to_100ns,
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
		db_put(d, s, "itTIiIitt", (int64_t)i + 1, v.kind->provider, v.time_100ns, db_host_id(v.host),
			db_source_id(c, c->facts.v[i]), db_number(&v.row, true), (int64_t)v.row.offset,
			buf_str(&message), buf_str(&data));
	}
	sqlite3_finalize(s);
	buf_free(&message);
	buf_free(&data);
}
