/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.ecs.ndjson: pairs of lines for _bulk. The action is "create" with an id made of the bytes
 * that hold the event, so that importing twice changes nothing; the document follows the Elastic
 * Common Schema, with what is ours under "caseline".
 */
#include "analyzer/base/sha256.h"
#include "analyzer/correlate/wording.h"
#include "reports/csv.h"
#include "reports/json.h"
#include "reports/report.h"

#define FLUSH_BYTES ((size_t)1024 * 1024)
#define ECS_VERSION "8.11.0"

struct ecs {
	const struct report_input *in;
	struct json j;
	struct buf scratch, clean;
};

static void put(struct ecs *w, const char *key, struct str s)
{
	if (s.n)
		json_put(&w->j, key, text_clean(s, &w->clean));
}

static void open_key(struct ecs *w, const char *key)
{
	json_key(&w->j, key);
	json_open(&w->j, '{');
}

static void put_as_text(struct ecs *w, const char *key, uint64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
	json_put(&w->j, key, str_of(text));
}

/* A text line may give several events: the row before has the same place. */
static bool shares_place(const struct event_view *v)
{
	struct row before;

	if (!v->ref.row)
		return false;
	segment_row(v->segment, v->ref.row - 1, &before);
	return before.offset == v->row.offset && before.number == v->row.number;
}

static void put_action(struct ecs *w, const struct event_view *v)
{
	const struct member *m = v->member;
	char id[65];

	w->scratch.n = 0;
	buf_puts(&w->scratch, *m->sha256 ? str_of(m->sha256) : m->path);
	buf_printf(&w->scratch, ":%llu:%llu", (unsigned long long)v->row.offset,
		(unsigned long long)v->row.number);
	if (shares_place(v))
		buf_printf(&w->scratch, ":%llu", w->in->c->segments.v[v->ref.segment].first_row +
			(unsigned long long)v->ref.row);
	sha256_hex(w->scratch.p, w->scratch.n, id);
	json_open(&w->j, '{');
	open_key(w, "create");
	json_put(&w->j, "_id", str_of(id));
	json_close(&w->j, '}');
	json_close(&w->j, '}');
	buf_putc(w->j.b, '\n');
	w->j.comma = false;
}

static void put_list(struct ecs *w, const char *key, struct str one)
{
	json_key(&w->j, key);
	json_open(&w->j, '[');
	json_text(&w->j, one);
	json_close(&w->j, ']');
}

static void put_event(struct ecs *w, const struct event_view *v)
{
	open_key(w, "event");
	json_put(&w->j, "kind", STR("event"));
	put_list(w, "category", STR("host"));
	put_list(w, "type", STR("info"));
	json_put(&w->j, "module", STR("caseline"));
	put(w, "dataset", v->kind->data_type);
	put(w, "provider", v->kind->provider.n ? v->kind->provider : v->kind->source);
	if (v->kind->has_id)
		put_as_text(w, "code", v->kind->id);
	json_close(&w->j, '}');
}

static void put_log(struct ecs *w, const struct event_view *v)
{
	open_key(w, "log");
	put(w, "level", str_of(level_name(v->kind->level)));
	json_put_unsigned(&w->j, "offset", v->row.offset);
	open_key(w, "file");
	put(w, "path", v->member->path);
	json_close(&w->j, '}');
	json_close(&w->j, '}');
}

/* A dot in a name would open an object, and two of a name would be one. */
static void put_field_name(struct ecs *w, const struct event_view *v, size_t i, struct str name)
{
	size_t same = 0;

	for (size_t k = 0; k < i && name.n; k++) {
		struct field f;

		segment_field(v->segment, v->ref.row, k, &f);
		same += str_ieq(f.name, name);
	}
	w->scratch.n = 0;
	if (name.n)
		buf_puts(&w->scratch, name);
	else
		buf_printf(&w->scratch, "param%zu", i + 1);
	if (same)
		buf_printf(&w->scratch, "#%zu", i);
	for (size_t k = 0; k < w->scratch.n; k++)
		if (w->scratch.p[k] == '.')
			w->scratch.p[k] = '_';
	if (w->j.comma)
		buf_putc(w->j.b, ',');
	json_string(w->j.b, text_clean(buf_str(&w->scratch), &w->clean));
	buf_putc(w->j.b, ':');
}

/* All values are texts: an index takes one type for a name. */
static void put_fields(struct ecs *w, const struct event_view *v)
{
	size_t n = segment_field_count(v->segment, v->ref.row);

	open_key(w, "event_data");
	for (size_t i = 0; i < n; i++) {
		struct field f;

		segment_field(v->segment, v->ref.row, i, &f);
		if (f.type == VALUE_NULL)
			continue;
		if (f.section == SECTION_BINARY && !f.name.n)
			f.name = STR("Binary");
		put_field_name(w, v, i, f.name);
		w->scratch.n = 0;
		buf_field(&w->scratch, &f);
		json_text(&w->j, text_clean(buf_str(&w->scratch), &w->clean));
	}
	json_close(&w->j, '}');
}

static void put_winlog(struct ecs *w, const struct event_view *v)
{
	open_key(w, "winlog");
	put(w, "channel", v->kind->channel);
	put(w, "provider_name", v->kind->provider);
	put(w, "provider_guid", v->kind->provider_guid);
	put(w, "computer_name", v->kind->computer);
	if (v->kind->has_id)
		put_as_text(w, "event_id", v->kind->id);
	if (v->row.number)
		put_as_text(w, "record_id", v->row.number);
	put_fields(w, v);
	json_close(&w->j, '}');
}

static void put_process(struct ecs *w, const struct event_view *v)
{
	if (v->row.pid) {
		open_key(w, "process");
		json_put_unsigned(&w->j, "pid", v->row.pid);
		if (v->row.tid) {
			open_key(w, "thread");
			json_put_unsigned(&w->j, "id", v->row.tid);
			json_close(&w->j, '}');
		}
		json_close(&w->j, '}');
	}
	if (v->row.user.n) {
		open_key(w, "user");
		put(w, str_starts(v->row.user, STR("S-1-")) ? "id" : "name", v->row.user);
		json_close(&w->j, '}');
	}
}

static void put_own(struct ecs *w, const struct event_view *v)
{
	open_key(w, "caseline");
	if (v->row.flags & ROW_LINE)
		json_put_unsigned(&w->j, "line", v->row.number);
	if (!str_starts(v->kind->data_type, STR("windows:evtx")))
		put_fields(w, v);
	json_key(&w->j, "time_doubt_ms");
	json_number(&w->j, v->doubt_ms);
	json_put(&w->j, "time_source", str_of(time_source_name(v->time_source)));
	json_key(&w->j, "recovered");
	json_bool(&w->j, v->row.flags & ROW_RECOVERED);
	json_close(&w->j, '}');
}

static void put_moment(struct ecs *w, const struct moment *m)
{
	struct event_view v;
	struct str host = case_host_name(w->in->c, m->host);

	case_view(w->in->c, m->ref, &v);
	put_action(w, &v);
	json_open(&w->j, '{');
	json_put_time(&w->j, "@timestamp", m->time_100ns);
	open_key(w, "ecs");
	json_put(&w->j, "version", STR(ECS_VERSION));
	json_close(&w->j, '}');
	w->scratch.n = 0;
	event_message(w->in->kb, &v, &w->scratch);
	put(w, "message", buf_str(&w->scratch));
	put_event(w, &v);
	if (host.n) {
		open_key(w, "host");
		put(w, "name", host);
		json_close(&w->j, '}');
	}
	put_log(w, &v);
	if (str_starts(v.kind->data_type, STR("windows:evtx")))
		put_winlog(w, &v);
	put_process(w, &v);
	put_own(w, &v);
	json_close(&w->j, '}');
	buf_putc(w->j.b, '\n');
	w->j.comma = false;
}

int report_ecs(const struct report_input *in, FILE *to, struct err *e)
{
	struct buf b = { 0 };
	struct ecs w = { .in = in, .j = { .b = &b } };

	for (size_t i = 0; i < in->c->timeline_count; i++) {
		put_moment(&w, &in->c->timeline[i]);
		if (b.n < FLUSH_BYTES)
			continue;
		if (fwrite(b.p, 1, b.n, to) != b.n)
			break;
		b.n = 0;
	}
	fwrite(b.p, 1, b.n, to);
	buf_free(&b);
	buf_free(&w.scratch);
	buf_free(&w.clean);
	return ferror(to) ? err_set(e, E_OUTPUT, "the events could not be written") : 0;
}
