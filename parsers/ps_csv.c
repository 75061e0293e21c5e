/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PowerShell's Export-Csv of objects: names of properties in the head, one object a line. What an
 * object means is told by parsers/formats/ps-map.yaml.
 */
#include <stdlib.h>

#include "parsers/csv.h"
#include "parsers/ps_map.h"

#define OBJECTS_PER_ARENA 200

struct reader {
	struct sink *out;
	struct ps_map *map;
	struct str file;
	struct str name[CSV_COLUMNS_MAX];
	size_t names;
	struct ps_object *object;
	uint64_t unknown, objects;
};

static bool is_type(struct str v)
{
	return str_starts(v, STR("System.")) || str_starts(v, STR("Microsoft."));
}

static void put(struct reader *r, const struct csv_record *line, struct arena *a)
{
	struct ps_object *o = r->object;

	o->n = 0;
	o->line = line->line;
	o->offset = line->offset;
	for (size_t i = 0; i < line->n && i < r->names && o->n < PS_PROPERTIES_MAX; i++) {
		struct str v = str_trim(line->column[i]);

		/* A list or an object of its own is told by its type alone: that is no value. */
		if (is_type(v))
			v = STR("");
		o->p[o->n++] = (struct ps_property){ .name = r->name[i], .value = arena_str(a, v) };
	}
	r->objects++;
	r->unknown += !ps_map_put(r->map, r->out, r->file, o, a);
	sink_commit_point(r->out, line->offset);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out, .map = ps_map_load(m->a, e), .file = m->name };
	struct csv_record line;
	struct arena *a;
	struct csv *c;

	if (!r.map)
		return e->code;
	a = arena_new();
	r.object = xmalloc(sizeof(*r.object));
	c = csv_open(m->data, (size_t)m->held);
	if (csv_next(c, &line))
		for (; r.names < line.n; r.names++)
			r.name[r.names] = arena_str(m->a, str_trim(line.column[r.names]));
	while (csv_next(c, &line)) {
		if (!line.cut)
			put(&r, &line, a);
		if (r.objects % OBJECTS_PER_ARENA == 0) {
			arena_free(a);
			a = arena_new();
		}
	}
	if (r.unknown)
		sink_note(out, NOTE_INFO, 0, 0, 0, "%llu objects of a kind that ps-map.yaml does not list",
			(unsigned long long)r.unknown);
	csv_close(c, out);
	free(r.object);
	arena_free(a);
	return 0;
}

/* "Name" of letters alone, as properties are called. */
static bool is_property(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= 'a' && s.p[i] <= 'z') ||
			(i && s.p[i] >= '0' && s.p[i] <= '9')))
			return false;
	return s.n > 0;
}

/* How many names a head has, all of them quoted; 0 where one is no property. */
static size_t names_in(struct str line)
{
	size_t n = 0;

	while (line.n && line.p[0] == '"') {
		ptrdiff_t end = str_chr(str_from(line, 1), '"');

		if (end <= 0 || !is_property(str_sub(line, 1, (size_t)end)))
			return 0;
		n++;
		line = str_from(line, (size_t)end + 2);
		if (!line.n)
			return n;
		if (line.p[0] != ',' && line.p[0] != ';' && line.p[0] != '\t')
			return 0;
		line = str_from(line, 1);
	}
	return 0;
}

static size_t bare_names_in(struct str line)
{
	struct str part;
	size_t n = 0;

	while (str_split(&line, ',', &part))
		if (!is_property(str_trim(part)))
			return 0;
		else
			n++;
	return n;
}

static int bid(const struct probe *p)
{
	struct str rest = p->text, line;
	bool typed = false;

	if (!str_line(&rest, &line))
		return 0;
	if (str_starts(line, STR("#TYPE "))) {
		typed = true;
		if (!str_line(&rest, &line))
			return 0;
	}
	if (str_starts(line, STR("Node,")))   /* wmic /format:csv: no quotes, the host first */
		return bare_names_in(line) >= 4 ? 45 : 0;
	return names_in(line) >= 3 ? typed ? 60 : 45 : 0;
}

const struct parser parser_ps_csv = {
	.name = "ps_csv",
	.about = "PowerShell Export-Csv: VMs, checkpoints, jobs of SCVMM, cluster and storage objects",
	.data_type = "fact",
	.version = 2,
	.text = true,
	.bid = bid,
	.parse = parse,
};
