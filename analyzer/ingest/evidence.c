/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/ingest/evidence.h"

#include <stdlib.h>

#include "analyzer/ingest/store.h"

const char *member_status_name(enum member_status s)
{
	static const char *const names[] = {
		[MEMBER_PARSED] = "parsed", [MEMBER_PARTLY] = "partly", [MEMBER_UNKNOWN] = "unknown",
		[MEMBER_EMPTY] = "empty", [MEMBER_CONTAINER] = "container", [MEMBER_FAILED] = "failed",
		[MEMBER_LIMIT] = "limit", [MEMBER_ENCRYPTED] = "encrypted",
		[MEMBER_UNSUPPORTED] = "unsupported", [MEMBER_LISTED] = "listed",
	};

	return names[s];
}

void evidence_free(struct evidence *ev)
{
	for (size_t i = 0; i < ev->members.n; i++)
		for (size_t s = 0; s < ev->members.v[i].segment_count; s++)
			segment_close(ev->members.v[i].segments[s]);
	free(ev->members.v);
	free(ev->bundles.v);
	free(ev->losses.v);
	store_free(ev->store);
	arena_free(ev->a);
	*ev = (struct evidence){ 0 };
}

int evidence_take(void *ev, const void *bytes, size_t size_bytes, uint64_t end_offset)
{
	struct evidence *to = ev;
	struct member *m = &to->members.v[to->members.n - 1];
	struct segment **more = arena_array(to->a, struct segment *, m->segment_count + 1);
	struct err e = { 0 };

	(void)end_offset;
	if (m->segment_count)
		memcpy(more, m->segments, m->segment_count * sizeof(*more));
	m->segments = more;
	more[m->segment_count] = segment_open(arena_dup(to->a, bytes, size_bytes), size_bytes, &e);
	return more[m->segment_count++] ? 0 : -1;
}
