/* SPDX-License-Identifier: Apache-2.0 */
/* report.md: the result to paste into a ticket or a wiki. No script, no HTML, no link from evidence. */
#include <stdlib.h>

#include "reports/markdown_text.h"
#include "reports/report.h"

#define ALSO_SHOWN 3
#define PERCENT(milli) (((milli) + 5) / 10)

static void put_line(struct buf *b, const char *before, struct str s, const char *after)
{
	buf_puts(b, str_of(before));
	markdown_text(b, s, false);
	buf_puts(b, str_of(after));
}

static void put_time(struct buf *b, int64_t time_100ns)
{
	char text[RFC3339_BYTES];

	time_rfc3339(time_100ns, text);
	if (*text)
		buf_printf(b, "%.23sZ", text);
}

static void put_place(struct buf *b, const struct case_file *c, struct ref at, bool cell)
{
	struct buf place = { 0 };
	struct event_view v;

	case_view(c, at, &v);
	report_place(&v, &place);
	markdown_code(b, buf_str(&place), cell);
	buf_free(&place);
}

static void put_case(struct buf *b, const struct case_file *c)
{
	struct buf words = { 0 };

	buf_puts(b, STR("## Case\n\n"));
	for (size_t i = 0; i < c->ev->bundles.n; i++) {
		const struct bundle *bundle = &c->ev->bundles.v[i];

		buf_puts(b, STR("- bundle "));
		markdown_code(b, bundle->name, false);
		buf_printf(b, ", %llu bytes", (unsigned long long)bundle->bytes);
		if (*bundle->sha256)
			buf_printf(b, ", SHA-256 `%s`", bundle->sha256);
		buf_putc(b, '\n');
	}
	for (size_t i = 0; i < c->hosts.n; i++) {
		const struct host *h = &c->hosts.v[i];

		put_line(b, "- host ", h->name, "");
		if (h->os.n)
			put_line(b, ", ", h->os, "");
		put_line(b, ", zone ", h->zone, "");
		if (h->zone_why.n)
			put_line(b, " (", h->zone_why, ")");
		words.n = 0;
		case_clock_words(c, (uint32_t)i, &words);
		put_line(b, words.n ? "; " : "", buf_str(&words), "\n");
	}
	buf_free(&words);
	buf_printf(b, "- %zu members, %zu events, %zu facts", c->ev->members.n, c->timeline_count,
		c->facts.n);
	if (c->first_100ns != TIME_NONE) {
		buf_puts(b, STR(", from "));
		put_time(b, c->first_100ns);
		buf_puts(b, STR(" to "));
		put_time(b, c->last_100ns);
	}
	buf_puts(b, STR("\n- times are UTC\n\n"));
}

static void put_verdict(struct buf *b, const struct result *r)
{
	buf_puts(b, STR("## Verdict\n\n"));
	if (!r->incidents.n) {
		buf_puts(b, STR("Nothing in these bundles shows a failed operation.\n\n"));
		return;
	}
	for (size_t i = 0; i < r->incidents.n; i++) {
		const struct incident *inc = &r->incidents.v[i];

		buf_printf(b, "%u. **", inc->rank);
		markdown_text(b, inc->title, false);
		buf_printf(b, "**: cause `%.*s`, confidence %d %%, severity %s, %s\n",
			STR_ARG(inc->cause), PERCENT(inc->confidence_milli),
			severity_name(inc->severity), incident_state_name(inc->state));
	}
	buf_putc(b, '\n');
}

static void put_chain(struct buf *b, const struct incident *inc)
{
	if (!inc->chain.n)
		return;
	buf_puts(b, STR("### What led to it\n\n"));
	for (size_t i = 0; i < inc->chain.n; i++) {
		const struct chain_step *s = &inc->chain.v[i];

		buf_printf(b, "%zu. ", i + 1);
		put_time(b, s->time_100ns);
		put_line(b, s->time_100ns == TIME_NONE ? "" : " ", s->title, "");
		if (s->host.n)
			put_line(b, " (host ", s->host, ")");
		buf_putc(b, '\n');
		if (s->why.n)
			put_line(b, "   - why: ", s->why, "\n");
		if (s->join.n)
			put_line(b, "   - joined by ", s->join, "\n");
		if (s->weight_milli)
			buf_printf(b, "   - weight %d %%\n", PERCENT(s->weight_milli));
	}
	buf_putc(b, '\n');
}

static void put_sources(struct buf *b, const struct case_file *c, const struct incident_evidence *ev)
{
	if (ev->ref.segment != UINT32_MAX) {
		buf_puts(b, STR("\n  - source "));
		put_place(b, c, ev->ref, false);
	}
	for (size_t i = 0; i < ev->also.n && i < ALSO_SHOWN; i++) {
		buf_puts(b, STR(", "));
		put_place(b, c, ev->also.v[i], false);
	}
	if (ev->also.n > ALSO_SHOWN)
		buf_printf(b, " and %zu more", ev->also.n - ALSO_SHOWN);
}

static void put_one(struct buf *b, const struct case_file *c, const struct incident_evidence *ev)
{
	buf_printf(b, "- %s, %s: ", evidence_role_name(ev->role), evidence_kind_name(ev->kind));
	put_time(b, ev->time_100ns);
	put_line(b, ev->time_100ns == TIME_NONE ? "" : " ", ev->summary, "");
	if (ev->host.n)
		put_line(b, " (host ", ev->host, ")");
	if (ev->kind == EVIDENCE_FACT && ev->observed_100ns != TIME_NONE) {
		buf_puts(b, STR("; observed "));
		put_time(b, ev->observed_100ns);
	}
	if (ev->kind == EVIDENCE_FACT && ev->held_since_100ns != TIME_NONE) {
		buf_puts(b, STR("; so since "));
		put_time(b, ev->held_since_100ns);
	}
	put_sources(b, c, ev);
	buf_putc(b, '\n');
}

static void put_evidence(struct buf *b, const struct case_file *c, const struct incident *inc,
	bool counter)
{
	size_t shown = 0;

	for (size_t i = 0; i < inc->evidence.n; i++) {
		if ((inc->evidence.v[i].role == ROLE_COUNTER) != counter)
			continue;
		if (!shown++)
			buf_printf(b, "### %s\n\n", counter ? "What speaks against it" : "Evidence");
		put_one(b, c, &inc->evidence.v[i]);
	}
	if (shown)
		buf_putc(b, '\n');
}

static void put_confidence(struct buf *b, const struct incident *inc)
{
	buf_printf(b, "### Confidence: %d %%\n\n", PERCENT(inc->confidence_milli));
	if (inc->parts.n)
		buf_puts(b, STR("| part | value | why |\n|---|---:|---|\n"));
	for (size_t i = 0; i < inc->parts.n; i++) {
		const struct score_part *p = &inc->parts.v[i];

		buf_puts(b, STR("| "));
		markdown_text(b, p->name, true);
		if (p->cap)
			buf_printf(b, " | at most %d %% | ", PERCENT(p->milli));
		else
			buf_printf(b, " | %s%d.%d %% | ", p->milli < 0 ? "-" : "+", abs(p->milli) / 10,
				abs(p->milli) % 10);
		markdown_text(b, p->why, true);
		buf_puts(b, STR(" |\n"));
	}
	if (inc->rivals.n)
		buf_puts(b, STR("\nOther explanations weighed:\n\n"));
	for (size_t i = 0; i < inc->rivals.n; i++) {
		put_line(b, "- ", inc->rivals.v[i].title, "");
		buf_printf(b, " (`%.*s`, %d %%)", STR_ARG(inc->rivals.v[i].cause),
			PERCENT(inc->rivals.v[i].score_milli));
		if (inc->rivals.v[i].decide.n)
			put_line(b, "; what would decide: ", inc->rivals.v[i].decide, "");
		buf_putc(b, '\n');
	}
	buf_putc(b, '\n');
}

static void put_remedy(struct buf *b, const struct incident *inc)
{
	if (inc->remedy.n)
		buf_puts(b, STR("### What to do\n\n"));
	for (size_t i = 0; i < inc->remedy.n; i++) {
		const struct remedy_step *s = &inc->remedy.v[i];

		buf_printf(b, "%zu. ", i + 1);
		put_line(b, "", s->step, "\n");
		if (s->risk.n)
			put_line(b, "\n   Risk: ", s->risk, "\n");
		if (s->command.n) {
			buf_putc(b, '\n');
			markdown_fence(b, s->command, i < 9 ? 3 : 4);
		}
	}
	if (inc->references.n)
		buf_puts(b, STR("\nSee also:\n\n"));
	for (size_t i = 0; i < inc->references.n; i++)
		put_line(b, "- ", inc->references.v[i], "\n");
	if (inc->remedy.n || inc->references.n)
		buf_putc(b, '\n');
}

static void put_facts_of(struct buf *b, const struct incident *inc)
{
	buf_printf(b, "- cause `%.*s`", STR_ARG(inc->cause));
	if (inc->cause_meaning.n)
		put_line(b, ": ", inc->cause_meaning, "");
	buf_printf(b, "\n- rule `%.*s`, incident `%.*s`\n", STR_ARG(inc->rule), STR_ARG(inc->id));
	if (inc->host.n)
		put_line(b, "- host ", inc->host, "\n");
	for (size_t i = 0; i < inc->vms.n; i++)
		put_line(b, i ? ", " : "- VMs ", inc->vms.v[i], i + 1 < inc->vms.n ? "" : "\n");
	if (inc->start_100ns != TIME_NONE) {
		buf_puts(b, STR("- from "));
		put_time(b, inc->start_100ns);
		buf_puts(b, STR(" to "));
		put_time(b, inc->end_100ns);
		buf_putc(b, '\n');
	}
	if (inc->occurrences > 1) {
		buf_printf(b, "- %llu times", (unsigned long long)inc->occurrences);
		put_line(b, inc->rhythm.n ? ": " : "", inc->rhythm, "\n");
	}
	if (inc->about.n)
		put_line(b, "- asked about: ", inc->about, "\n");
	buf_putc(b, '\n');
}

static void put_related(struct buf *b, const struct result *r, const struct incident *inc)
{
	bool any = false;

	for (size_t i = 0; i < r->observations.n; i++)
		if (observation_beside(&r->observations.v[i], inc)) {
			buf_puts(b, any ? STR("") : STR("Worth mending on that host (see the observations):\n\n"));
			put_line(b, "- ", r->observations.v[i].title, "\n");
			any = true;
		}
	buf_puts(b, any ? STR("\n") : STR(""));
}

static void put_incident(struct buf *b, const struct case_file *c, const struct result *r,
	const struct incident *inc)
{
	buf_printf(b, "## %u. ", inc->rank);
	put_line(b, "", inc->title, "\n\n");
	put_line(b, "", inc->explanation, "\n\n");
	put_facts_of(b, inc);
	put_chain(b, inc);
	put_evidence(b, c, inc, false);
	put_evidence(b, c, inc, true);
	put_confidence(b, inc);
	put_remedy(b, inc);
	put_related(b, r, inc);
}

static void put_missing(struct buf *b, const struct result *r)
{
	if (r->missing.n)
		buf_puts(b, STR("## Evidence that is missing\n\n"));
	for (size_t i = 0; i < r->missing.n; i++) {
		const struct missing *m = &r->missing.v[i];

		put_line(b, "- ", m->what, "");
		if (m->host.n)
			put_line(b, " (host ", m->host, ")");
		put_line(b, m->why.n ? ": " : "", m->why, "");
		buf_puts(b, m->before_wrap ? STR(" Fetch it before it is overwritten.\n") : STR("\n"));
		if (m->command.n) {
			buf_putc(b, '\n');
			markdown_fence(b, m->command, 2);
		}
	}
	if (r->missing.n)
		buf_putc(b, '\n');
}

static void put_observations(struct buf *b, const struct case_file *c, const struct result *r)
{
	if (r->observations.n)
		buf_puts(b, STR("## Observations\n\nSeen, and not part of an incident.\n\n"));
	for (size_t i = 0; i < r->observations.n; i++) {
		const struct observation *o = &r->observations.v[i];

		put_line(b, "- ", o->title, "");
		if (o->count > 1)
			buf_printf(b, ", %llu times", (unsigned long long)o->count);
		put_line(b, ": ", o->why.n ? o->why : STR("it led to nothing"), ".");
		put_line(b, o->advice.n ? " To do: " : "", o->advice, " (");
		put_place(b, c, o->ref, false);
		buf_puts(b, STR(")\n"));
		if (o->command.n) {
			buf_putc(b, '\n');
			markdown_fence(b, o->command, 2);
		}
	}
	if (r->observations.n)
		buf_putc(b, '\n');
}

static bool is_unread(const struct member *m)
{
	return m->status != MEMBER_PARSED && m->status != MEMBER_CONTAINER &&
		m->status != MEMBER_EMPTY && m->status != MEMBER_LISTED;
}

static void put_unread(struct buf *b, const struct evidence *ev)
{
	size_t shown = 0;

	buf_puts(b, STR("## What was not read\n\n"));
	for (size_t i = 0; i < ev->losses.n; i++)
		put_line(b, "- ", ev->losses.v[i], i + 1 < ev->losses.n ? "\n" : "\n\n");
	for (size_t i = 0; i < ev->members.n; i++) {
		const struct member *m = &ev->members.v[i];

		if (!is_unread(m))
			continue;
		if (!shown++)
			buf_puts(b, STR("| member | bytes | status | why |\n|---|---:|---|---|\n"));
		buf_puts(b, STR("| "));
		markdown_code(b, m->path, true);
		buf_printf(b, " | %llu | %s | ", (unsigned long long)m->bytes,
			member_status_name(m->status));
		markdown_text(b, m->error, true);
		buf_puts(b, STR(" |\n"));
	}
	if (!shown && !ev->losses.n)
		buf_puts(b, STR("Every member was read whole.\n"));
}

int report_markdown(const struct report_input *in, FILE *to, struct err *e)
{
	struct buf b = { 0 };

	buf_puts(&b, STR("# caseline report\n\n"));
	put_verdict(&b, in->result);
	put_case(&b, in->c);
	for (size_t i = 0; i < in->result->incidents.n; i++)
		put_incident(&b, in->c, in->result, &in->result->incidents.v[i]);
	put_missing(&b, in->result);
	put_observations(&b, in->c, in->result);
	put_unread(&b, in->c->ev);
	buf_printf(&b, "\ncaseline %s, knowledge `%.*s`\n", in->version, STR_ARG(in->knowledge_hash));
	fwrite(b.p, 1, b.n, to);
	buf_free(&b);
	return ferror(to) ? err_set(e, E_OUTPUT, "the report could not be written") : 0;
}
