/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a row by the names that knowledge files use. */
#include "analyzer/case/case.h"
#include "analyzer/base/text.h"

static bool put_text(struct buf *out, struct str s)
{
	buf_puts(out, s);
	return s.n > 0;
}

static bool put_level(struct buf *out, const struct kind *k)
{
	if (k->level == LEVEL_UNKNOWN)
		return false;
	buf_u64(out, k->level);
	return true;
}

static bool put_id(struct buf *out, const struct kind *k)
{
	if (k->has_id)
		buf_u64(out, k->id);
	return k->has_id;
}

static bool put_pid(struct buf *out, uint32_t pid)
{
	if (pid)
		buf_u64(out, pid);
	return pid != 0;
}

static bool put_unnamed(struct buf *out, const struct event_view *v, struct str index)
{
	uint64_t n;
	struct field f;

	if (!str_to_u64(index, 10, &n) || !segment_unnamed(v->segment, v->ref.row, n, &f))
		return false;
	buf_field(out, &f);
	return true;
}

bool event_text(const struct event_view *v, struct str name, struct buf *out)
{
	struct field f;

	if (str_ieq(name, STR("provider")))
		return put_text(out, v->kind->provider);
	if (str_ieq(name, STR("source")))
		return put_text(out, v->kind->source);
	if (str_ieq(name, STR("channel")))
		return put_text(out, v->kind->channel);
	if (str_ieq(name, STR("computer")))
		return put_text(out, v->kind->computer);
	if (str_ieq(name, STR("data_type")))
		return put_text(out, v->kind->data_type);
	if (str_ieq(name, STR("id")))
		return put_id(out, v->kind);
	if (str_ieq(name, STR("level")))
		return put_level(out, v->kind);
	if (str_istarts(name, STR("data.")) && put_unnamed(out, v, str_from(name, 5)))
		return true;
	if (segment_find(v->segment, v->ref.row, name, &f)) {
		buf_field(out, &f);
		return true;
	}
	if (str_ieq(name, STR("user")))
		return put_text(out, v->row.user);
	if (str_ieq(name, STR("message")))
		return put_text(out, v->row.message);
	if (str_ieq(name, STR("pid")))
		return put_pid(out, v->row.pid);
	return false;
}
