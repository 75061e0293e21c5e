/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incidents.sarif: SARIF 2.1.0. An incident is a result, its chain a code flow, its evidence related
 * locations; losses and members that could not be read are notifications of the invocation.
 */
#include "analyzer/base/map.h"
#include "reports/csv.h"
#include "reports/json.h"
#include "reports/report.h"

static void put_text(struct json *j, const char *key, struct str text)
{
	struct buf scratch = { 0 };

	json_key(j, key);
	json_open(j, '{');
	json_put(j, "text", text_clean(text.n ? text : STR("-"), &scratch));
	json_close(j, '}');
	buf_free(&scratch);
}

static bool is_uri_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c && strchr("-._~!", c));
}

/* One step of a path. Names that lead elsewhere ("..", nothing) are put in brackets. */
static void put_uri_part(struct buf *b, struct str part)
{
	bool leads = !part.n || str_eq(part, STR(".")) || str_eq(part, STR(".."));

	if (leads)
		buf_puts(b, STR("%5B"));
	for (size_t i = 0; i < part.n; i++) {
		if (is_uri_char(part.p[i]))
			buf_putc(b, part.p[i]);
		else
			buf_printf(b, "%%%02X", (unsigned)(unsigned char)part.p[i]);
	}
	if (leads)
		buf_puts(b, STR("%5D"));
}

static void put_uri(struct json *j, struct str path)
{
	struct buf uri = { 0 };
	struct str part;

	while (str_split(&path, '/', &part)) {
		if (uri.n)
			buf_putc(&uri, '/');
		put_uri_part(&uri, part);
	}
	json_put(j, "uri", buf_str(&uri));
	json_put(j, "uriBaseId", STR("BUNDLE"));
	buf_free(&uri);
}

static void put_artifact_location(struct json *j, struct str path)
{
	json_key(j, "artifactLocation");
	json_open(j, '{');
	put_uri(j, path);
	json_close(j, '}');
}

static void put_region(struct json *j, const struct event_view *v)
{
	json_key(j, "region");
	json_open(j, '{');
	if (v->row.flags & ROW_LINE && v->row.number) {
		json_put_unsigned(j, "startLine", v->row.number);
	} else {
		json_put_unsigned(j, "byteOffset", v->row.offset);
		json_put_unsigned(j, "byteLength", v->row.length);
	}
	json_close(j, '}');
}

/* The members of a location; the object is the caller's. */
static void put_place(struct json *j, const struct case_file *c, struct ref at, struct str host)
{
	struct event_view v;
	struct buf place = { 0 };

	if (at.segment != UINT32_MAX) {
		case_view(c, at, &v);
		report_place(&v, &place);
		json_key(j, "physicalLocation");
		json_open(j, '{');
		put_artifact_location(j, v.member->path);
		put_region(j, &v);
		json_close(j, '}');
	}
	json_key(j, "logicalLocations");
	json_open(j, '[');
	if (host.n) {
		json_open(j, '{');
		json_put(j, "name", host);
		json_put(j, "kind", STR("host"));
		json_close(j, '}');
	}
	json_close(j, ']');
	if (place.n) {
		json_key(j, "properties");
		json_open(j, '{');
		json_put(j, "place", buf_str(&place));
		json_close(j, '}');
	}
	buf_free(&place);
}

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
	put_text(j, "message", buf_str(&text));
	put_place(j, c, step_ref(inc, s), s->host);
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
	put_text(j, "message", STR("from the root cause to the impact"));
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
		put_text(j, "message", buf_str(&text));
		put_place(j, c, v->ref, v->host);
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
	json_put(j, "ruleId", inc->rule.n ? inc->rule : inc->cause);
	json_put_unsigned(j, "ruleIndex", rule);
	json_put(j, "kind", STR("fail"));
	json_put(j, "level", result_level(inc->severity));
	json_key(j, "rank");
	buf_printf(j->b, "%d.%d", inc->confidence_milli / 10, inc->confidence_milli % 10);
	put_text(j, "message", buf_str(&text));
	json_key(j, "locations");
	json_open(j, '[');
	json_open(j, '{');
	put_place(j, c, first_place(inc), inc->host);
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

/* The rules that concluded something, in order of rank; `ids` holds their places. */
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
		bool added;

		map_intern(ids, inc->rule.n ? inc->rule : inc->cause, &added);
		if (!added)
			continue;
		json_open(j, '{');
		json_put(j, "id", inc->rule.n ? inc->rule : inc->cause);
		put_text(j, "shortDescription", inc->cause_meaning.n ? inc->cause_meaning : inc->cause);
		json_key(j, "properties");
		json_open(j, '{');
		json_put(j, "cause", inc->cause);
		json_put(j, "class", inc->cause_class);
		json_close(j, '}');
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
	json_close(j, '}');
}

static void put_notification(struct json *j, const char *level, struct str text, struct str path)
{
	json_open(j, '{');
	json_put(j, "level", str_of(level));
	put_text(j, "message", text);
	if (path.n) {
		json_key(j, "locations");
		json_open(j, '[');
		json_open(j, '{');
		json_key(j, "physicalLocation");
		json_open(j, '{');
		put_artifact_location(j, path);
		json_close(j, '}');
		json_close(j, '}');
		json_close(j, ']');
	}
	json_close(j, '}');
}

static bool is_unread(const struct member *m)
{
	return m->status != MEMBER_PARSED && m->status != MEMBER_CONTAINER &&
		m->status != MEMBER_EMPTY && m->status != MEMBER_LISTED;
}

static void put_unread(struct json *j, const struct member *m)
{
	struct buf text = { 0 };

	buf_printf(&text, "%s: %s%s%.*s", m->status == MEMBER_PARTLY ? "read in part" : "not read",
		member_status_name(m->status), m->error.n ? ": " : "", STR_ARG(m->error));
	put_notification(j, m->status == MEMBER_UNKNOWN ? "note" : "warning", buf_str(&text), m->path);
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
	put_notification(j, "note", buf_str(&text), STR(""));
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
		put_notification(j, "warning", ev->losses.v[i], STR(""));
	for (size_t i = 0; i < ev->members.n; i++)
		if (is_unread(&ev->members.v[i]))
			put_unread(j, &ev->members.v[i]);
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
	put_text(j, "description", STR("the bundle; a nested archive's members follow its name and !/"));
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
	json_key(j, "results");
	json_open(j, '[');
	for (size_t i = 0; i < r->incidents.n; i++) {
		const struct incident *inc = &r->incidents.v[i];

		put_result(j, in->c, inc, map_find(rules, inc->rule.n ? inc->rule : inc->cause));
	}
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
