/* SPDX-License-Identifier: Apache-2.0 */
/* Cases made in memory for tests: members whose segments come from a sink, without ingest. */
#ifndef CASELINE_TESTS_MAKE_CASE_H
#define CASELINE_TESTS_MAKE_CASE_H

#include <stdlib.h>

#include "analyzer/case/case.h"
#include "analyzer/case/case_parts.h"

struct made {
	struct evidence ev;
	struct case_file file;
};

static inline void made_start(struct made *m)
{
	*m = (struct made){ .ev = { .a = arena_new() } };
	vec_push(&m->ev.bundles, (struct bundle){ .path = STR("t.zip"), .name = STR("t.zip") });
}

/* Members must be made in the order of their paths. */
static inline struct sink *made_member(struct made *m, const char *path)
{
	struct member member = { .path = str_of(path), .name = str_of(path), .type = STR("evtx"),
		.parser = STR("evtx"), .status = MEMBER_PARSED };
	ptrdiff_t slash = str_rchr(member.path, '/');

	member.name = str_from(member.path, (size_t)(slash + 1));
	vec_push(&m->ev.members, member);
	return sink_new("evtx", 1, evidence_take, &m->ev);
}

static inline void made_close(struct sink *s)
{
	sink_finish(s);
	sink_free(s);
}

static inline int made_build(struct made *m, const struct case_options *o, struct err *e)
{
	return case_build(&m->ev, o, &m->file, e);
}

static inline void made_free(struct made *m)
{
	case_free(&m->file);
	for (size_t i = 0; i < m->ev.members.n; i++)
		for (size_t s = 0; s < m->ev.members.v[i].segment_count; s++)
			segment_close(m->ev.members.v[i].segments[s]);
	free(m->ev.members.v);
	free(m->ev.bundles.v);
	free(m->ev.losses.v);
	arena_free(m->ev.a);
}

/* An event as an EVTX gives it. */
static inline void made_event(struct sink *s, const char *host, const char *provider, uint32_t id,
	uint64_t record, int64_t time_100ns)
{
	struct kind k = { .data_type = STR("windows:evtx:record"), .provider = str_of(provider),
		.channel = STR("System"), .computer = str_of(host), .id = id, .has_id = true,
		.level = LEVEL_WARNING };
	struct row r = { .time_100ns = time_100ns, .number = record, .offset = record * 512,
		.basis = BASIS_UTC };

	r.kind = sink_kind(s, &k);
	sink_row(s, &r);
}

#endif
