/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/cli/session.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "analyzer/correlate/learn.h"
#include "parsers/format.h"
#include "parsers/evtx/evtx.h"

/* The one thing a signal handler may touch. */
static volatile int interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);   /* a file size limit is an error of the write, told as one */
}

int session_need_bundles(const struct options *o, struct err *e)
{
	if (o->words.n)
		return 0;
	return err_set(e, E_USAGE,
		"name at least one bundle: an archive, a folder, a file, or - for standard input");
}

static void tell_members(const struct evidence *ev)
{
	for (size_t i = 0; i < ev->members.n; i++) {
		const struct member *m = &ev->members.v[i];

		fprintf(stderr, "caseline: %s by %.*s: %.*s (%llu events, %llu facts)%s%.*s\n",
			member_status_name(m->status), STR_ARG(m->parser.n ? m->parser : STR("nothing")),
			STR_ARG(m->path), (unsigned long long)m->events, (unsigned long long)m->facts,
			m->error.n ? ": " : "", STR_ARG(m->error));
	}
}

int session_check_bundles(const struct options *o, struct err *e)
{
	for (size_t i = 0; i < o->words.n; i++)
		if (strcmp(o->words.v[i], "-") != 0 && access(o->words.v[i], R_OK) != 0)
			return err_set(e, E_INPUT, "%s: %s", o->words.v[i], strerror(errno));
	return 0;
}

static bool anything_parsed(const struct evidence *ev)
{
	for (size_t i = 0; i < ev->members.n; i++)
		if (ev->members.v[i].status == MEMBER_PARSED || ev->members.v[i].status == MEMBER_PARTLY)
			return true;
	return false;
}

/* Who asks for a judgement must not take "no incident" from files that nothing could read. */
static int nothing_read(const struct evidence *ev, const char *what, struct err *e)
{
	const struct member *first = NULL;
	size_t alike = 0;

	if (ev->losses.n)
		return err_set(e, E_INPUT, "nothing in %s could be read: %.*s", what,
			STR_ARG(ev->losses.v[0]));
	for (size_t i = 0; i < ev->members.n; i++) {
		const struct member *m = &ev->members.v[i];

		if (!first && m->error.n)
			first = m;
		alike += first && m->status == first->status;
	}
	if (!first)
		return err_set(e, E_INPUT, "nothing in %s could be read: %s", what,
			ev->members.n ? "no parser knows any of its files" : "it holds no files");
	return err_set(e, E_INPUT, "nothing in %s could be read; %s: %zu, as %.*s: %.*s", what,
		member_status_name(first->status), alike, STR_ARG(first->path), STR_ARG(first->error));
}

int session_open(struct session *s, const struct options *o, bool inventory_only,
	const struct knowledge *kb, struct err *e)
{
	struct ingest_options ingest = o->ingest;
	int rc = session_need_bundles(o, e);

	*s = (struct session){ .a = arena_new() };
	if (!rc)
		rc = formats_load(o->formats.v, o->formats.n, e);
	if (rc)
		return rc;
	catch_signals();
	progress_start(&s->progress, !o->quiet && !o->progress_never);
	evtx_use_second_reader(o->second_reader);
	ingest.inventory_only = inventory_only;
	ingest.progress = progress_show;
	ingest.progress_to = &s->progress;
	ingest.interrupted = &interrupted;
	rc = ingest_run(&ingest, o->words.v, o->words.n, &s->evidence, e);
	progress_end(&s->progress);
	if (o->verbose)
		tell_members(&s->evidence);
	if (!rc && kb && !anything_parsed(&s->evidence))
		rc = nothing_read(&s->evidence, o->words.n == 1 ? o->words.v[0] : "the bundles", e);
	if (!rc && kb)
		rc = case_build(&s->evidence, &o->bind, &s->file, e);
	if (!rc && kb)
		case_learn(&s->file, kb, &o->bind);
	return rc;
}

void session_close(struct session *s)
{
	case_free(&s->file);
	evidence_free(&s->evidence);
	formats_free();
	arena_free(s->a);
}
