/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/case/facts.h"

void facts_of(const struct case_file *c, const char *type, fact_list *out)
{
	*out = (fact_list){ 0 };
	for (size_t i = 0; i < c->facts.n; i++) {
		struct ref at = c->facts.v[i];
		const struct case_segment *cs = &c->segments.v[at.segment];
		uint32_t kind = segment_row_kinds(cs->segment)[at.row];

		if (str_eq(segment_kind(cs->segment, kind)->provider, str_of(type)))
			vec_push(out, (struct fact){ at, cs->kind_host[kind], cs->segment });
	}
}

struct str volume_of_path(struct str path)
{
	const struct str root = STR("C:\\ClusterStorage\\");

	if (str_istarts(path, root) && path.n > root.n) {
		ptrdiff_t end = str_chr(str_from(path, root.n), '\\');

		return end < 0 ? path : str_sub(path, 0, root.n + (size_t)end);
	}
	return path.n > 2 && path.p[1] == ':' && path.p[2] == '\\' ? str_sub(path, 0, 2) : STR("");
}

struct str fact_text(const struct fact *f, const char *name, struct arena *a)
{
	struct field field;
	struct buf b = { 0 };
	struct str s;

	if (!segment_find(f->segment, f->ref.row, str_of(name), &field))
		return STR("");
	buf_field(&b, &field);
	s = arena_str(a, buf_str(&b));
	buf_free(&b);
	return s;
}
