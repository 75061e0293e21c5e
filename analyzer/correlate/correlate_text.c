/* SPDX-License-Identifier: Apache-2.0 */
/* Templates of rules filled from the evidence, and the words for what comes again and again. */
#include "analyzer/correlate/correlate_parts.h"
#include "analyzer/correlate/wording.h"

#define ABOUT_A_DAY (90 * TICKS_MINUTE)

struct asker {
	struct correlator *k;
	const struct failure *f;
	const struct incident *in;
	bool command;            /* what the chain does not name may stand in the evidence beside it */
};

/* For people, or as shells read it. */
static bool put_time(int64_t at, bool command, struct buf *out)
{
	struct civil c;

	if (at == TIME_NONE)
		return false;
	civil_from_ticks(at, &c);
	buf_printf(out, "%04d-%02d-%02d%c%02d:%02d:%02d%s", c.year, c.month, c.day, command ? 'T' : ' ',
		c.hour, c.minute, c.second, command ? "Z" : " UTC");
	return true;
}

static bool from_episode(const struct asker *a, uint32_t episode, struct str name, struct buf *out)
{
	const struct episode *e = episode_at(a->k, episode);

	if (str_eq(name, STR("title"))) {
		episode_title(a->k->s, e, out);
		return true;
	}
	if (str_eq(name, STR("time")))
		return put_time(e->fact ? e->observed_100ns : e->start_100ns, a->command, out);
	if (str_eq(name, STR("count"))) {
		buf_u64(out, e->count);
		return true;
	}
	return signal_binding(a->k->s, e->signal, e->ref, name, out);
}

/* What an operation is called when it failed, and what a person does to try it again. */
static const struct {
	const char *operation, *noun, *again;
} words[] = {
	{ "backup", "the backup", "run the backup" }, { "restore", "the restore", "run the restore" },
	{ "checkpoint", "the checkpoint", "take the checkpoint" },
	{ "merge", "the merge", "let the merge run" }, { "start", "the start", "start the VM" },
	{ "stop", "the run", "start the VM" }, { "migration", "the migration", "move the VM" },
	{ "export", "the export", "run the export" }, { "import", "the import", "run the import" },
	{ "io", "the I/O", "start what stopped" },
	{ "cluster", "the cluster role", "bring the role online" },
};

/* False for a state, and for a fault of storage that is the root itself: nothing else failed. */
static bool is_failure(const struct asker *a)
{
	return !episode_at(a->k, a->f->impact)->fact &&
	       !(str_eq(a->in->operation, STR("io")) && root_of_failure(a->f) == a->f->impact);
}

static bool from_failure(const struct asker *a, struct str name, struct buf *out)
{
	bool noun = str_eq(name, STR("failure"));

	if (noun ? !is_failure(a) : !str_eq(name, STR("repeat")))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (str_eq(a->in->operation, str_of(words[i].operation)))
			buf_puts(out, str_of(noun ? words[i].noun : words[i].again));
	for (size_t i = 0; noun && out->n && i < a->in->vms.n && i < 3; i++)
		buf_printf(out, "%s%.*s", i ? ", " : " of ", STR_ARG(a->in->vms.v[i]));
	return out->n > 0;
}

static bool from_incident(const struct asker *a, struct str name, struct buf *out)
{
	if (str_eq(name, STR("operation"))) {
		if (str_eq(a->in->operation, STR("io")))
			buf_puts(out, STR("I/O"));
		else
			buf_puts(out, a->in->operation.n ? a->in->operation : STR("operation"));
		return true;
	}
	if (str_eq(name, STR("vm"))) {
		for (size_t i = 0; i < a->in->vms.n && i < 3; i++)
			buf_printf(out, "%s%.*s", i ? ", " : "", STR_ARG(a->in->vms.v[i]));
		return a->in->vms.n > 0;
	}
	if (str_eq(name, STR("occurrences"))) {
		buf_u64(out, a->in->occurrences);
		return true;
	}
	return false;
}

/*
 * The one value that the incident's evidence has for a name. Where it has several, nobody can tell
 * here which is meant, and the place in the command stays to be filled in.
 */
static bool from_evidence(const struct asker *a, struct str name, struct buf *out)
{
	struct buf value = { 0 }, other = { 0 };
	bool one = true;

	for (size_t i = 0; i < a->in->evidence.n && one; i++) {
		const struct incident_evidence *e = &a->in->evidence.v[i];
		uint32_t signal = knowledge_signal(a->k->kb, e->signal);

		other.n = 0;
		if (e->role == ROLE_COUNTER || e->ref.segment == UINT32_MAX || signal == SIGNAL_NONE ||
			!signal_binding(a->k->s, signal, e->ref, name, &other))
			continue;
		if (!value.n)
			buf_puts(&value, buf_str(&other));
		one = str_ieq(buf_str(&value), buf_str(&other));
	}
	one = one && value.n > 0;
	if (one)
		buf_puts(out, buf_str(&value));
	buf_free(&value);
	buf_free(&other);
	return one;
}

static bool ask(void *with, struct str name, struct buf *out)
{
	const struct asker *a = with;
	const struct candidate *c = chosen_of(a->f);
	uint32_t first = root_of_failure(a->f), second = a->f->impact;
	struct str rest = name;

	if (str_starts(name, STR("root."))) {
		rest = str_from(name, 5);
	} else if (str_starts(name, STR("impact."))) {
		rest = str_from(name, 7);
		first = a->f->impact;
		second = root_of_failure(a->f);
		if (str_eq(rest, STR("operation")))
			return from_incident(a, rest, out);
	} else if (str_eq(name, STR("operation")) || str_eq(name, STR("occurrences"))) {
		return from_incident(a, name, out);
	} else if (from_failure(a, name, out)) {
		return true;
	}
	if (from_episode(a, first, rest, out))
		return true;
	for (size_t i = 0; c && i < c->links; i++)   /* what lies between knows it at times */
		if (!str_eq(rest, STR("host")) && from_episode(a, c->chain[i].cause, rest, out))
			return true;
	return from_episode(a, second, rest, out) || from_incident(a, rest, out) ||
	       (a->command && from_evidence(a, rest, out));
}

struct str fill_template(struct correlator *k, struct str template, const struct failure *f,
	const struct incident *in)
{
	struct asker a = { k, f, in, false };
	struct buf b = { 0 };
	struct str text;

	wording_fill(k->kb, template, ask, &a, &b);
	text = arena_str(k->a, buf_str(&b));
	buf_free(&b);
	return text;
}

struct str fill_command(struct correlator *k, struct str template, const struct failure *f,
	const struct incident *in)
{
	struct asker a = { k, f, in, true };
	struct buf b = { 0 };
	struct str text;

	wording_fill_command(k->kb, template, ask, &a, &b);
	text = arena_str(k->a, buf_str(&b));
	buf_free(&b);
	return text;
}

static bool near_to(int64_t v, int64_t wanted, int64_t slack)
{
	return v >= wanted - slack && v <= wanted + slack;
}

static bool all_near(const int64_t *times, size_t n, int64_t wanted, int64_t slack)
{
	for (size_t i = 1; i < n; i++)
		if (!near_to(times[i] - times[i - 1], wanted, slack))
			return false;
	return true;
}

/* Whole days lie between them: the same time of day, some days left out. */
static bool same_time_of_day(const int64_t *times, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		int64_t rest = (times[i] - times[0]) % TICKS_DAY;

		if (rest > ABOUT_A_DAY && rest < TICKS_DAY - ABOUT_A_DAY)
			return false;
		if (times[i] - times[i - 1] < TICKS_DAY / 2)
			return false;
	}
	return true;
}

static void put_clock(struct buf *b, int64_t at)
{
	struct civil c;

	civil_from_ticks(at, &c);
	buf_printf(b, "%02d:%02d UTC", c.hour, c.minute);
}

struct str rhythm_text(struct correlator *k, const int64_t *times, size_t n)
{
	struct buf b = { 0 };
	struct str text;

	if (n < 2)
		return STR("");
	if (n >= 3 && all_near(times, n, TICKS_DAY, ABOUT_A_DAY)) {
		buf_puts(&b, STR("every day at about "));
		put_clock(&b, times[0]);
	} else if (n >= 3 && all_near(times, n, 7 * TICKS_DAY, ABOUT_A_DAY)) {
		buf_puts(&b, STR("every week at about "));
		put_clock(&b, times[0]);
	} else if (n >= 3 && same_time_of_day(times, n)) {
		buf_puts(&b, STR("on several days at about "));
		put_clock(&b, times[0]);
	} else if (n >= 4 && all_near(times, n, (times[n - 1] - times[0]) / (int64_t)(n - 1),
					 (times[n - 1] - times[0]) / (int64_t)(n - 1) / 5)) {
		buf_puts(&b, STR("about every "));
		buf_duration(&b, (times[n - 1] - times[0]) / (int64_t)(n - 1));
	} else {
		buf_puts(&b, STR("within "));
		buf_duration(&b, times[n - 1] - times[0]);
	}
	buf_printf(&b, ", %zu times", n);
	text = arena_str(k->a, buf_str(&b));
	buf_free(&b);
	return text;
}
