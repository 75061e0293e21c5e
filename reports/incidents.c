/* SPDX-License-Identifier: Apache-2.0 */
/* incidents.json: the result for other tools. Names and meanings are fixed by its schema. */
#include "reports/json.h"
#include "reports/report.h"

static void put_clock_steps(struct json *j, const struct host *h)
{
	json_key(j, "clock_steps");
	json_open(j, '[');
	for (size_t i = 0; i < h->steps.n; i++) {
		json_open(j, '{');
		json_put_time(j, "at", h->steps.v[i].at_100ns);
		json_key(j, "by_ms");
		json_number(j, h->steps.v[i].by_ms);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_case(struct json *j, const struct report_input *in)
{
	const struct case_file *c = in->c;
	uint64_t failed = 0;

	json_key(j, "case");
	json_open(j, '{');
	json_key(j, "bundles");
	json_open(j, '[');
	for (size_t i = 0; i < c->ev->bundles.n; i++) {
		const struct bundle *b = &c->ev->bundles.v[i];

		json_open(j, '{');
		json_put(j, "path", b->name);
		json_put(j, "sha256", str_of(b->sha256));
		json_put_unsigned(j, "bytes", b->bytes);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_key(j, "hosts");
	json_open(j, '[');
	for (size_t i = 0; i < c->hosts.n; i++) {
		const struct host *h = &c->hosts.v[i];

		json_open(j, '{');
		json_put(j, "name", h->name);
		json_put(j, "os", h->os);
		json_put(j, "timezone", h->zone);
		json_key(j, "clock_offset_ms");
		json_number(j, h->clock_offset_ms);
		json_put(j, "timezone_source", h->zone_why);
		json_put(j, "time_source", str_of(time_source_name(h->time_source)));
		if (h->clock_anchors) {
			json_key(j, "clock_measured_ms");
			json_number(j, h->clock_measured_ms);
			json_key(j, "clock_spread_ms");
			json_number(j, h->clock_spread_ms);
			json_put_unsigned(j, "clock_anchors", h->clock_anchors);
			json_put(j, "clock_against", case_host_name(c, h->clock_against));
			json_key(j, "clock_applied");
			json_bool(j, h->clock_applied);
		}
		if (h->steps.n)
			put_clock_steps(j, h);
		json_key(j, "clock_doubt_ms");
		json_number(j, h->doubt_ms);
		json_put_unsigned(j, "events", h->events);
		json_put_unsigned(j, "facts", h->facts);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_put_time(j, "first_event", c->first_100ns);
	json_put_time(j, "last_event", c->last_100ns);
	json_put_unsigned(j, "events", c->timeline_count);
	json_put_unsigned(j, "facts", c->facts.n);
	json_put_unsigned(j, "files", c->ev->members.n);
	for (size_t i = 0; i < c->ev->members.n; i++)
		failed += c->ev->members.v[i].status == MEMBER_FAILED;
	json_put_unsigned(j, "files_failed", failed);
	json_close(j, '}');
}

static void put_source(struct json *j, const struct case_file *c, struct ref at)
{
	struct event_view v;

	case_view(c, at, &v);
	json_open(j, '{');
	json_put(j, "path", v.member->path);
	if (v.row.number)
		json_put_unsigned(j, v.row.flags & ROW_LINE ? "line" : "record", v.row.number);
	else
		json_put_unsigned(j, "offset", v.row.offset);
	if (!v.row.number && v.row.length)
		json_put_unsigned(j, "length", v.row.length);
	if (!(v.row.flags & ROW_FACT) && v.kind->provider.n)   /* named as in the timeline */
		json_put(j, "source_name", v.kind->provider);
	if (v.kind->has_id)
		json_put_unsigned(j, "event_identifier", v.kind->id);
	json_close(j, '}');
}

static void put_raw_time(struct json *j, const struct case_file *c, struct ref at)
{
	struct event_view v;
	struct buf b = { 0 };

	case_view(c, at, &v);
	if (event_text(&v, STR("raw_time"), &b))
		json_put(j, "raw_time", buf_str(&b));
	buf_free(&b);
}

static void put_evidence(struct json *j, const struct case_file *c, const struct incident_evidence *ev)
{
	json_open(j, '{');
	json_put(j, "role", str_of(evidence_role_name(ev->role)));
	json_put(j, "kind", str_of(evidence_kind_name(ev->kind)));
	if (ev->time_100ns != TIME_NONE)
		json_put_time(j, "time", ev->time_100ns);
	if (ev->kind == EVIDENCE_FACT && ev->observed_100ns != TIME_NONE)
		json_put_time(j, "observed_at", ev->observed_100ns);
	if (ev->held_since_100ns != TIME_NONE && ev->kind == EVIDENCE_FACT)
		json_put_time(j, "held_since", ev->held_since_100ns);
	json_put(j, "summary", ev->summary);
	json_put(j, "signal", ev->signal);
	json_put(j, "host", ev->host);
	if (ev->rows > 1)
		json_put_unsigned(j, "rows", ev->rows);
	if (ev->ref.segment != UINT32_MAX) {
		put_raw_time(j, c, ev->ref);
		json_key(j, "source");
		put_source(j, c, ev->ref);
	}
	json_key(j, "also");
	json_open(j, '[');
	for (size_t i = 0; i < ev->also.n; i++)
		put_source(j, c, ev->also.v[i]);
	json_close(j, ']');
	json_close(j, '}');
}

static void put_chain(struct json *j, const struct incident *inc)
{
	json_key(j, "chain");
	json_open(j, '[');
	for (size_t i = 0; i < inc->chain.n; i++) {
		const struct chain_step *s = &inc->chain.v[i];

		json_open(j, '{');
		json_put(j, "signal", s->signal);
		json_put(j, "title", s->title);
		json_put(j, "host", s->host);
		json_put_time(j, "time", s->time_100ns);
		json_key(j, "gap_ms");
		json_number(j, s->gap_100ns / TICKS_MS);
		json_key(j, "weight");
		json_milli(j, s->weight_milli);
		json_put(j, "why", s->why);
		json_put(j, "join", s->join);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_parts(struct json *j, const struct incident *inc)
{
	json_key(j, "parts");
	json_open(j, '[');
	for (size_t i = 0; i < inc->parts.n; i++) {
		json_open(j, '{');
		json_put(j, "name", inc->parts.v[i].name);
		json_put(j, "why", inc->parts.v[i].why);
		json_key(j, inc->parts.v[i].cap ? "cap" : "value");
		json_milli(j, inc->parts.v[i].milli);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_key(j, "rivals");
	json_open(j, '[');
	for (size_t i = 0; i < inc->rivals.n; i++) {
		json_open(j, '{');
		json_put(j, "cause", inc->rivals.v[i].cause);
		json_put(j, "rule", inc->rivals.v[i].rule);
		json_put(j, "title", inc->rivals.v[i].title);
		json_key(j, "score");
		json_milli(j, inc->rivals.v[i].score_milli);
		json_put(j, "decide", inc->rivals.v[i].decide);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_remedy(struct json *j, const struct incident *inc)
{
	json_key(j, "remedy");
	json_open(j, '[');
	for (size_t i = 0; i < inc->remedy.n; i++) {
		json_open(j, '{');
		json_put(j, "step", inc->remedy.v[i].step);
		if (inc->remedy.v[i].command.n)
			json_put(j, "command", inc->remedy.v[i].command);
		if (inc->remedy.v[i].risk.n)
			json_put(j, "risk", inc->remedy.v[i].risk);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_texts(struct json *j, const char *key, const struct str *v, size_t n)
{
	json_key(j, key);
	json_open(j, '[');
	for (size_t i = 0; i < n; i++)
		json_text(j, v[i]);
	json_close(j, ']');
}

static void put_head(struct json *j, const struct incident *inc)
{
	json_put(j, "id", inc->id);
	json_put_unsigned(j, "rank", inc->rank);
	json_put(j, "cause", inc->cause);
	json_put(j, "cause_class", inc->cause_class);
	json_key(j, "confidence");
	json_milli(j, inc->confidence_milli);
	json_put(j, "severity", str_of(severity_name(inc->severity)));
	json_put(j, "title", inc->title);
	json_put(j, "explanation", inc->explanation);
	json_put(j, "operation", inc->operation);
	json_put(j, "host", inc->host);
	put_texts(j, "vms", inc->vms.v, inc->vms.n);
	json_put_time(j, "start", inc->start_100ns);
	json_put_time(j, "end", inc->end_100ns);
	json_put(j, "state", str_of(incident_state_name(inc->state)));
	json_put(j, "rule", inc->rule);
	json_put_unsigned(j, "occurrences", inc->occurrences);
	if (inc->rhythm.n)
		json_put(j, "rhythm", inc->rhythm);
	if (inc->about.n)
		json_put(j, "about", inc->about);
}

static void put_related(struct json *j, const struct result *r, const struct incident *inc)
{
	json_key(j, "related");
	json_open(j, '[');
	for (size_t i = 0; i < r->observations.n; i++) {
		if (!observation_beside(&r->observations.v[i], inc))
			continue;
		json_open(j, '{');
		json_put(j, "signal", r->observations.v[i].signal);
		json_put(j, "title", r->observations.v[i].title);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_incident(struct json *j, const struct case_file *c, const struct result *r,
	const struct incident *inc)
{
	json_open(j, '{');
	put_head(j, inc);
	json_key(j, "evidence");
	json_open(j, '[');
	for (size_t i = 0; i < inc->evidence.n; i++)
		put_evidence(j, c, &inc->evidence.v[i]);
	json_close(j, ']');
	put_chain(j, inc);
	put_parts(j, inc);
	put_remedy(j, inc);
	put_texts(j, "references", inc->references.v, inc->references.n);
	put_related(j, r, inc);
	json_key(j, "entities");
	json_open(j, '[');
	for (size_t i = 0; i < inc->entities.n; i++) {
		json_open(j, '{');
		json_put(j, "type", inc->entities.v[i].type);
		json_put(j, "name", inc->entities.v[i].name);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
}

static void put_missing(struct json *j, const struct result *r)
{
	json_key(j, "missing");
	json_open(j, '[');
	for (size_t i = 0; i < r->missing.n; i++) {
		const struct missing *m = &r->missing.v[i];

		json_open(j, '{');
		json_put(j, "what", m->what);
		json_put(j, "why", m->why);
		json_put(j, "host", m->host);
		json_put(j, "command", m->command);
		put_texts(j, "decides", m->decides.v, m->decides.n);
		json_key(j, "before_wrap");
		json_bool(j, m->before_wrap);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_observations(struct json *j, const struct report_input *in)
{
	json_key(j, "observations");
	json_open(j, '[');
	for (size_t i = 0; i < in->result->observations.n; i++) {
		const struct observation *o = &in->result->observations.v[i];

		json_open(j, '{');
		json_put(j, "signal", o->signal);
		json_put(j, "title", o->title);
		json_put(j, "host", o->host);
		json_put_unsigned(j, "count", o->count);
		json_put_time(j, "first", o->first_100ns);
		json_put_time(j, "last", o->last_100ns);
		json_put(j, "why", o->why);
		if (o->advice.n)
			json_put(j, "advice", o->advice);
		if (o->command.n)
			json_put(j, "command", o->command);
		if (o->ref.segment != UINT32_MAX) {
			json_key(j, "source");
			put_source(j, in->c, o->ref);
		}
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_files(struct json *j, const struct evidence *ev)
{
	json_key(j, "files");
	json_open(j, '[');
	for (size_t i = 0; i < ev->members.n; i++) {
		const struct member *m = &ev->members.v[i];

		json_open(j, '{');
		json_put(j, "path", m->path);
		json_put_unsigned(j, "bytes", m->bytes);
		json_put(j, "sha256", str_of(m->sha256));
		json_put(j, "type", m->type);
		json_put(j, "parser", m->parser);
		json_put_unsigned(j, "events", m->events);
		json_put_unsigned(j, "facts", m->facts);
		json_put(j, "status", str_of(member_status_name(m->status)));
		if (m->error.n)
			json_put(j, "error", m->error);
		json_close(j, '}');
	}
	json_close(j, ']');
}

int report_incidents(const struct report_input *in, FILE *to, struct err *e)
{
	struct buf b = { 0 };
	struct json j = { .b = &b, .lines = true };

	(void)e;
	json_open(&j, '{');
	json_put(&j, "schema", STR("caseline.incidents/1"));
	put_case(&j, in);
	json_key(&j, "incidents");
	json_open(&j, '[');
	for (size_t i = 0; i < in->result->incidents.n; i++)
		put_incident(&j, in->c, in->result, &in->result->incidents.v[i]);
	json_close(&j, ']');
	put_missing(&j, in->result);
	put_observations(&j, in);
	put_texts(&j, "losses", in->c->ev->losses.v, in->c->ev->losses.n);
	put_files(&j, in->c->ev);
	json_close(&j, '}');
	buf_putc(&b, '\n');
	fwrite(b.p, 1, b.n, to);
	buf_free(&b);
	return 0;
}
