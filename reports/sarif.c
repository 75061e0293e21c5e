/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incidents.sarif: SARIF 2.1.0. An incident is a result, its chain a code flow, its evidence related
 * locations; an observation is an informational result. Members are artifacts; losses and members
 * that could not be read are notifications of the invocation.
 */
#include "analyzer/base/map.h"
#include "reports/sarif.h"

static struct ref step_ref(const struct incident *inc, const struct chain_step *s)
{
	return s->evidence < inc->evidence.n ? inc->evidence.v[s->evidence].ref : REF_NONE;
}

static void put_step(struct json *j, const struct case_file *c, const struct incident *inc, size_t i)
{
	const struct chain_step *s = &inc->chain.v[i];
	struct buf text = { 0 };

	buf_puts(&text, s->title);
	if (s->why.n)
		buf_printf(&text, " (%.*s)", STR_ARG(s->why));
	json_open(j, '{');
	json_key(j, "location");
	json_open(j, '{');
	sarif_text(j, "message", buf_str(&text));
	sarif_place(j, c, step_ref(inc, s), s->host);
	json_close(j, '}');
	json_put_unsigned(j, "executionOrder", i + 1);
	if (s->time_100ns != TIME_NONE)
		json_put_time(j, "executionTimeUtc", s->time_100ns);
	json_put(j, "importance", STR("essential"));
	json_close(j, '}');
	buf_free(&text);
}

static void put_flow(struct json *j, const struct case_file *c, const struct incident *inc)
{
	if (!inc->chain.n)
		return;
	json_key(j, "codeFlows");
	json_open(j, '[');
	json_open(j, '{');
	sarif_text(j, "message", STR("from the root cause to the impact"));
	json_key(j, "threadFlows");
	json_open(j, '[');
	json_open(j, '{');
	json_key(j, "locations");
	json_open(j, '[');
	for (size_t i = 0; i < inc->chain.n; i++)
		put_step(j, c, inc, i);
	json_close(j, ']');
	json_close(j, '}');
	json_close(j, ']');
	json_close(j, '}');
	json_close(j, ']');
}

static void put_evidence(struct json *j, const struct case_file *c, const struct incident *inc)
{
	struct buf text = { 0 };

	json_key(j, "relatedLocations");
	json_open(j, '[');
	for (size_t i = 0; i < inc->evidence.n; i++) {
		const struct incident_evidence *v = &inc->evidence.v[i];

		text.n = 0;
		buf_printf(&text, "%s: %.*s", evidence_role_name(v->role), STR_ARG(v->summary));
		json_open(j, '{');
		json_put_unsigned(j, "id", i);
		sarif_text(j, "message", buf_str(&text));
		sarif_place(j, c, v->ref, v->host);
		json_close(j, '}');
	}
	json_close(j, ']');
	buf_free(&text);
}

static void put_properties(struct json *j, const struct incident *inc)
{
	json_key(j, "properties");
	json_open(j, '{');
	json_put(j, "cause", inc->cause);
	json_key(j, "confidence");
	json_milli(j, inc->confidence_milli);
	json_put(j, "severity", str_of(severity_name(inc->severity)));
	json_put(j, "state", str_of(incident_state_name(inc->state)));
	json_put(j, "host", inc->host);
	json_key(j, "vms");
	json_open(j, '[');
	for (size_t i = 0; i < inc->vms.n; i++)
		json_text(j, inc->vms.v[i]);
	json_close(j, ']');
	json_put_time(j, "start", inc->start_100ns);
	json_put_time(j, "end", inc->end_100ns);
	json_key(j, "remedy");
	json_open(j, '[');
	for (size_t i = 0; i < inc->remedy.n; i++)
		json_text(j, inc->remedy.v[i].step);
	json_close(j, ']');
	json_close(j, '}');
}

static struct str rule_of(const struct incident *inc)
{
	return inc->rule.n ? inc->rule : inc->cause;
}

static struct str result_level(enum severity s)
{
	return s >= SEVERITY_HIGH ? STR("error") : s == SEVERITY_MEDIUM ? STR("warning") : STR("note");
}

static struct ref first_place(const struct incident *inc)
{
	for (size_t i = 0; i < inc->evidence.n; i++)
		if (inc->evidence.v[i].ref.segment != UINT32_MAX)
			return inc->evidence.v[i].ref;
	return REF_NONE;
}

static void put_result(struct json *j, const struct case_file *c, const struct incident *inc,
	uint32_t rule)
{
	struct buf text = { 0 };

	buf_printf(&text, "%.*s. %.*s", STR_ARG(inc->title), STR_ARG(inc->explanation));
	json_open(j, '{');
	json_put(j, "ruleId", rule_of(inc));
	json_put_unsigned(j, "ruleIndex", rule);
	json_put(j, "kind", STR("fail"));
	json_put(j, "level", result_level(inc->severity));
	json_key(j, "rank");
	buf_printf(j->b, "%d.%d", inc->confidence_milli / 10, inc->confidence_milli % 10);
	sarif_text(j, "message", buf_str(&text));
	json_key(j, "locations");
	json_open(j, '[');
	json_open(j, '{');
	sarif_place(j, c, first_place(inc), inc->host);
	json_close(j, '}');
	json_close(j, ']');
	put_flow(j, c, inc);
	put_evidence(j, c, inc);
	json_key(j, "partialFingerprints");
	json_open(j, '{');
	json_put(j, "caselineIncident/v1", inc->id);
	json_close(j, '}');
	json_put_unsigned(j, "occurrenceCount", inc->occurrences ? inc->occurrences : 1);
	put_properties(j, inc);
	json_close(j, '}');
	buf_free(&text);
}

static void put_observation(struct json *j, const struct case_file *c, const struct observation *o,
	uint32_t rule)
{
	struct buf text = { 0 };

	json_open(j, '{');
	json_put(j, "ruleId", o->signal);
	json_put_unsigned(j, "ruleIndex", rule);
	json_put(j, "kind", STR("informational"));
	json_put(j, "level", STR("none"));
	buf_printf(&text, "%.*s%s%.*s", STR_ARG(o->title), o->why.n ? ": " : "", STR_ARG(o->why));
	sarif_text(j, "message", buf_str(&text));
	json_key(j, "locations");
	json_open(j, '[');
	json_open(j, '{');
	sarif_place(j, c, o->ref, o->host);
	json_close(j, '}');
	json_close(j, ']');
	text.n = 0;
	buf_printf(&text, "%.*s of %.*s", STR_ARG(o->signal), STR_ARG(o->host));
	json_key(j, "partialFingerprints");
	json_open(j, '{');
	json_put(j, "caselineObservation/v1", buf_str(&text));
	json_close(j, '}');
	json_put_unsigned(j, "occurrenceCount", o->count ? o->count : 1);
	json_key(j, "properties");
	json_open(j, '{');
	json_put_time(j, "first", o->first_100ns);
	json_put_time(j, "last", o->last_100ns);
	json_close(j, '}');
	json_close(j, '}');
	buf_free(&text);
}

/* Once an id; `ids` holds the places of all. */
static void put_rule(struct json *j, struct map *ids, struct str id, struct str text,
	const struct incident *inc)
{
	bool added;

	map_intern(ids, id, &added);
	if (!added)
		return;
	json_open(j, '{');
	json_put(j, "id", id);
	sarif_text(j, "shortDescription", text);
	json_key(j, "properties");
	json_open(j, '{');
	json_put(j, "kind", inc ? STR("cause") : STR("signal"));
	if (inc) {
		json_put(j, "cause", inc->cause);
		json_put(j, "class", inc->cause_class);
	}
	json_close(j, '}');
	json_close(j, '}');
}

/* The rules that concluded something, in order of rank, then the signals that led to nothing. */
static void put_driver(struct json *j, const struct report_input *in, struct map *ids)
{
	const struct result *r = in->result;

	json_key(j, "tool");
	json_open(j, '{');
	json_key(j, "driver");
	json_open(j, '{');
	json_put(j, "name", STR("caseline"));
	json_put(j, "version", str_of(in->version));
	json_key(j, "rules");
	json_open(j, '[');
	for (size_t i = 0; i < r->incidents.n; i++) {
		const struct incident *inc = &r->incidents.v[i];

		put_rule(j, ids, rule_of(inc), inc->cause_meaning.n ? inc->cause_meaning : inc->cause, inc);
	}
	for (size_t i = 0; i < r->observations.n; i++)
		put_rule(j, ids, r->observations.v[i].signal, r->observations.v[i].title, NULL);
	json_close(j, ']');
	json_close(j, '}');
	json_close(j, '}');
}

#define NO_MEMBER SIZE_MAX

static void put_notification(struct json *j, const char *level, struct str text,
	const struct evidence *ev, size_t member)
{
	json_open(j, '{');
	json_put(j, "level", str_of(level));
	sarif_text(j, "message", text);
	if (member != NO_MEMBER)
		sarif_member(j, ev, member);
	json_close(j, '}');
}

static bool is_unread(const struct member *m)
{
	return m->status != MEMBER_PARSED && m->status != MEMBER_CONTAINER &&
		m->status != MEMBER_EMPTY && m->status != MEMBER_LISTED;
}

static void put_unread(struct json *j, const struct evidence *ev, size_t member)
{
	const struct member *m = &ev->members.v[member];
	struct buf text = { 0 };

	buf_printf(&text, "%s: %s%s%.*s", m->status == MEMBER_PARTLY ? "read in part" : "not read",
		member_status_name(m->status), m->error.n ? ": " : "", STR_ARG(m->error));
	put_notification(j, m->status == MEMBER_UNKNOWN ? "note" : "warning", buf_str(&text), ev,
		member);
	buf_free(&text);
}

static void put_missing(struct json *j, const struct missing *m)
{
	struct buf text = { 0 };

	buf_printf(&text, "missing: %.*s", STR_ARG(m->what));
	if (m->host.n)
		buf_printf(&text, " of %.*s", STR_ARG(m->host));
	if (m->why.n)
		buf_printf(&text, ": %.*s", STR_ARG(m->why));
	put_notification(j, "note", buf_str(&text), NULL, NO_MEMBER);
	buf_free(&text);
}

static void put_invocation(struct json *j, const struct report_input *in)
{
	const struct evidence *ev = in->c->ev;

	json_key(j, "invocations");
	json_open(j, '[');
	json_open(j, '{');
	json_key(j, "executionSuccessful");
	json_bool(j, true);
	json_key(j, "toolExecutionNotifications");
	json_open(j, '[');
	for (size_t i = 0; i < ev->losses.n; i++)
		put_notification(j, "warning", ev->losses.v[i], ev, NO_MEMBER);
	for (size_t i = 0; i < ev->members.n; i++)
		if (is_unread(&ev->members.v[i]))
			put_unread(j, ev, i);
	for (size_t i = 0; i < in->result->missing.n; i++)
		put_missing(j, &in->result->missing.v[i]);
	json_close(j, ']');
	json_close(j, '}');
	json_close(j, ']');
}

static void put_bases(struct json *j)
{
	json_key(j, "originalUriBaseIds");
	json_open(j, '{');
	json_key(j, "BUNDLE");
	json_open(j, '{');
	sarif_text(j, "description", STR("the bundle; a nested archive's members follow its name and !/"));
	json_close(j, '}');
	json_close(j, '}');
}

static void put_run(struct json *j, const struct report_input *in)
{
	const struct result *r = in->result;
	struct map *rules = map_new(false);

	json_open(j, '{');
	put_driver(j, in, rules);
	put_invocation(j, in);
	put_bases(j);
	json_put(j, "columnKind", STR("unicodeCodePoints"));
	sarif_artifacts(j, in->c->ev);
	json_key(j, "results");
	json_open(j, '[');
	for (size_t i = 0; i < r->incidents.n; i++)
		put_result(j, in->c, &r->incidents.v[i], map_find(rules, rule_of(&r->incidents.v[i])));
	for (size_t i = 0; i < r->observations.n; i++)
		put_observation(j, in->c, &r->observations.v[i],
			map_find(rules, r->observations.v[i].signal));
	json_close(j, ']');
	json_close(j, '}');
	map_free(rules);
}

int report_sarif(const struct report_input *in, FILE *to, struct err *e)
{
	struct buf b = { 0 };
	struct json j = { .b = &b, .lines = true };

	json_open(&j, '{');
	json_put(&j, "$schema",
		STR("https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"));
	json_put(&j, "version", STR("2.1.0"));
	json_key(&j, "runs");
	json_open(&j, '[');
	put_run(&j, in);
	json_close(&j, ']');
	json_close(&j, '}');
	buf_putc(&b, '\n');
	fwrite(b.p, 1, b.n, to);
	buf_free(&b);
	return ferror(to) ? err_set(e, E_OUTPUT, "the incidents could not be written") : 0;
}
