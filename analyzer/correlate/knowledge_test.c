/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/correlate/knowledge_test.h"

#include "analyzer/correlate/correlate.h"

/* A near miss is about a link: a root that is a failure by itself stays one. */
static const struct incident *fired(const struct kb_test *t, const struct result *r)
{
	bool near = str_eq(t->expect, STR("near"));

	for (size_t i = 0; i < r->incidents.n; i++)
		if ((!near || r->incidents.v[i].chain.n > 1) &&
			str_eq(r->incidents.v[i].cause, t->cause) &&
			(!t->rule.n || str_eq(r->incidents.v[i].rule, t->rule)))
			return &r->incidents.v[i];
	return NULL;
}

static void say_incidents(const struct result *r, struct buf *why)
{
	if (!r->incidents.n)
		buf_puts(why, STR("no incident"));
	for (size_t i = 0; i < r->incidents.n; i++)
		buf_printf(why, "%s%.*s (%.*s) %d.%03d", i ? ", " : "",
			STR_ARG(r->incidents.v[i].cause), STR_ARG(r->incidents.v[i].rule),
			r->incidents.v[i].confidence_milli / 1000,
			r->incidents.v[i].confidence_milli % 1000);
}

static bool same_vms(const struct kb_test *t, const struct incident *in)
{
	for (size_t i = 0; i < t->vms.n; i++) {
		bool there = false;

		for (size_t n = 0; n < in->vms.n; n++)
			there |= str_ieq(in->vms.v[n], t->vms.v[i]);
		if (!there)
			return false;
	}
	return true;
}

static bool check_fire(const struct kb_test *t, const struct result *r, struct buf *why)
{
	const struct incident *in = fired(t, r);

	if (!in) {
		buf_puts(why, STR("it should fire; what came out: "));
		say_incidents(r, why);
		return false;
	}
	if (t->pattern.n && in != r->incidents.v) {
		buf_puts(why, STR("it should stand first; what came out: "));
		say_incidents(r, why);
		return false;
	}
	if (t->above_milli >= 0 && in->confidence_milli < t->above_milli)
		buf_printf(why, "confidence is 0.%03d, at least 0.%03d was expected ", in->confidence_milli,
			t->above_milli);
	if (t->below_milli >= 0 && in->confidence_milli > t->below_milli)
		buf_printf(why, "confidence is 0.%03d, at most 0.%03d was expected ", in->confidence_milli,
			t->below_milli);
	if (t->host.n && !str_ieq(t->host, in->host))
		buf_printf(why, "host is '%.*s', not '%.*s' ", STR_ARG(in->host), STR_ARG(t->host));
	if (!same_vms(t, in)) {
		buf_puts(why, STR("vms are"));
		for (size_t i = 0; i < in->vms.n; i++)
			buf_printf(why, " '%.*s'", STR_ARG(in->vms.v[i]));
	}
	return why->n == 0;
}

static bool names_failed(struct str trace, struct str signal)
{
	struct str line;

	while (str_line(&trace, &line))
		if (str_find(line, STR("failed:")) >= 0 && str_find(line, signal) >= 0)
			return true;
	return false;
}

static bool check_silent(const struct knowledge *kb, const struct kb_test *t,
	const struct case_file *c, const struct result *r, struct buf *why)
{
	struct trace_telling trace = { 0 };
	struct err e = { 0 };
	bool good = !fired(t, r);

	if (!good) {
		buf_puts(why, STR("it should stay silent; what came out: "));
		say_incidents(r, why);
		return false;
	}
	if (str_eq(t->expect, STR("near")) && t->near.n) {
		good = !correlate_trace(kb, c, t->cause, trace_tell, &trace, &e) &&
		       names_failed(buf_str(&trace.out), t->near);
		if (!good)
			buf_printf(why, "the trace does not name '%.*s' as what failed:\n%.*s",
				STR_ARG(t->near), STR_ARG(buf_str(&trace.out)));
	}
	buf_free(&trace.out);
	return good;
}

/* Observed or not; and never a failure beside it. */
static bool check_observed(const struct kb_test *t, const struct result *r, struct buf *why)
{
	bool wanted = str_eq(t->expect, STR("fire")), seen = false;

	for (size_t i = 0; i < r->observations.n; i++)
		seen |= str_eq(r->observations.v[i].signal, t->observes);
	if (seen == wanted && !r->incidents.n)
		return true;
	buf_puts(why, seen ? STR("it is observed; ") : STR("it is not observed; "));
	say_incidents(r, why);
	return false;
}

bool knowledge_test(const struct knowledge *kb, size_t i, struct buf *why)
{
	const struct kb_test *t = &kb->tests.v[i];
	struct kb_case c;
	struct result r = { 0 };
	struct err e = { 0 };
	bool good = false;

	if (kb_case_build(t, NULL, &c, &e)) {
		buf_puts(why, str_of(e.text));
	} else {
		correlate(kb, &c.file, NULL, &r);
		good = t->observes.n ? check_observed(t, &r, why)
			: str_eq(t->expect, STR("fire")) ? check_fire(t, &r, why)
			: check_silent(kb, t, &c.file, &r, why);
	}
	result_free(&r);
	kb_case_free(&c);
	return good;
}

size_t knowledge_test_all(const struct knowledge *kb, struct buf *out, size_t *run)
{
	size_t failed = 0;

	for (size_t i = 0; i < kb->tests.n; i++) {
		const struct kb_test *t = &kb->tests.v[i];
		struct buf why = { 0 };

		if (!knowledge_test(kb, i, &why)) {
			failed++;
			buf_printf(out, "%s:%u:%u: %.*s (%.*s): %.*s\n", t->place.file, t->place.at->line,
				t->place.at->column, STR_ARG(t->name), STR_ARG(t->observes.n ? t->observes : t->cause),
				STR_ARG(buf_str(&why)));
		}
		buf_free(&why);
	}
	if (run)
		*run = kb->tests.n;
	return failed;
}
