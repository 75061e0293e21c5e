/* SPDX-License-Identifier: Apache-2.0 */
/* From objects to facts and events, as clixml-map.yaml says. */
#include "analyzer/base/embedded.h"
#include "parsers/clixml_parts.h"

#define MAP_FILE "parsers/formats/clixml-map.yaml"
#define WALK_DEPTH_MAX 64

struct yaml *clixml_map_read(struct arena *a, struct err *e)
{
	struct yaml *y = yaml_parse(a, MAP_FILE, embedded_find(MAP_FILE), e);
	struct yaml *list = y ? yaml_get(y, "objects") : NULL;

	if (y && !list)
		yaml_error(e, MAP_FILE, y, "'objects' is needed");
	return list;
}

/* A property by name, through both kinds of property lists. */
static const struct node *property(const struct node *object, struct str name)
{
	for (const struct node *c = object->first; c; c = c->next) {
		if (c->tag != TAG_PROPERTIES)
			continue;
		for (const struct node *p = c->first; p; p = p->next)
			if (p->closed && str_ieq(p->name, name))
				return p;
	}
	return NULL;
}

/* "A.B": property B of the object in property A. */
static const struct node *follow(const struct node *object, struct str path)
{
	struct str part;

	while (object && str_split(&path, '.', &part))
		object = property(object, part);
	return object;
}

static const struct node *child(const struct node *n, enum tag tag)
{
	for (const struct node *c = n->first; c; c = c->next)
		if (c->tag == tag)
			return c;
	return NULL;
}

/* Of an enumeration the word, or with `number` the number; of a list the first value. */
static const struct node *leaf_of(const struct node *n, bool number)
{
	const struct node *word;

	if (!n || n->tag != TAG_OBJECT)
		return n;
	word = child(n, TAG_TO_STRING);
	if (number || !word)
		word = child(n, TAG_SIGNED) ? child(n, TAG_SIGNED) : child(n, TAG_UNSIGNED);
	if (!word && child(n, TAG_LIST))
		return child(n, TAG_LIST)->first;
	return word ? word : child(n, TAG_TEXT);
}

/* "[-]" and an offset, or Z, behind the time of day. */
static bool time_of(struct str s, int64_t *time_100ns, bool *civil)
{
	struct buf b = { 0 };
	bool ok;

	*civil = false;
	if (time_parse_rfc3339(s, time_100ns))
		return true;
	buf_printf(&b, "%.*sZ", STR_ARG(s));
	ok = time_parse_rfc3339(buf_str(&b), time_100ns);
	buf_free(&b);
	*civil = ok;
	return ok;
}

static void put_time(struct sink *out, struct str name, struct str v)
{
	int64_t t;
	bool civil;

	if (!str_ends(name, STR("_raw")) && time_of(v, &t, &civil) && !civil)
		sink_field_number(out, SECTION_EVENTDATA, sink_text(out, name), VALUE_TIME, (uint64_t)t);
	else
		sink_field_text(out, SECTION_EVENTDATA, sink_text(out, name), v);
}

static void put_guid(struct sink *out, uint32_t name, struct str v)
{
	uint8_t raw[16];
	char text[GUID_BYTES];

	if (guid_parse(v, raw))
		v = str_of(guid_format(raw, text));
	sink_field_text(out, SECTION_EVENTDATA, name, v);
}

static void put_leaf(struct sink *out, struct str name, const struct node *n)
{
	uint32_t id = sink_text(out, name);
	uint64_t u;
	int64_t i;

	if (n->tag == TAG_TIME)
		put_time(out, name, n->text);
	else if (n->tag == TAG_GUID || (str_ends(name, STR("id")) && n->text.n >= 36 && n->text.n <= 38))
		put_guid(out, id, n->text);
	else if (n->tag == TAG_UNSIGNED && str_to_u64(n->text, 10, &u))
		sink_field_number(out, SECTION_EVENTDATA, id, VALUE_UINT, u);
	else if (n->tag == TAG_SIGNED && str_to_i64(n->text, &i))
		sink_field_number(out, SECTION_EVENTDATA, id, VALUE_INT, (uint64_t)i);
	else
		sink_field_text(out, SECTION_EVENTDATA, id, n->text);
}

/* The first of the paths that leads to a value; "Path#" is the number of an enumeration, "Path~" a word. */
static const struct node *find_leaf(const struct node *object, const struct yaml *paths)
{
	const struct yaml *p = paths->kind == YAML_LIST ? paths->first : paths;

	for (; p; p = paths->kind == YAML_LIST ? p->next : NULL) {
		bool number = str_ends(p->text, STR("#"));
		bool marked = number || str_ends(p->text, STR("~"));
		const struct node *n = leaf_of(
			follow(object, str_sub(p->text, 0, p->text.n - marked)), number);

		if (n && n->closed && n->text.n && n->tag != TAG_NIL)
			return n;
	}
	return NULL;
}

/* The texts of a list, ',' between. */
static void put_list(struct sink *out, struct str name, const struct node *n)
{
	const struct node *list = n ? child(n, TAG_LIST) : NULL;
	struct buf all = { 0 };

	for (const struct node *c = list ? list->first : NULL; c && list->closed; c = c->next) {
		if (all.n)
			buf_putc(&all, ',');
		buf_puts(&all, c->text);
	}
	if (all.n)
		sink_field_text(out, SECTION_EVENTDATA, sink_text(out, name), buf_str(&all));
	buf_free(&all);
}

/* In small letters, as all parsers write kinds and formats. */
static void put_word(struct sink *out, struct str name, struct str v)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < v.n; i++)
		buf_putc(&b, ascii_lower(v.p[i]));
	sink_field_text(out, SECTION_EVENTDATA, sink_text(out, name), buf_str(&b));
	buf_free(&b);
}

static void put_fields(struct sink *out, const struct node *object, const struct yaml *fields)
{
	for (const struct yaml *f = fields ? fields->first : NULL; f; f = f->next) {
		const struct node *n;

		if (f->kind == YAML_TEXT && str_starts(f->text, STR("="))) {
			sink_field_text(out, SECTION_EVENTDATA, sink_text(out, f->key), str_from(f->text, 1));
			continue;
		}
		if (f->kind == YAML_TEXT && str_ends(f->text, STR("*"))) {
			put_list(out, f->key, follow(object, str_sub(f->text, 0, f->text.n - 1)));
			continue;
		}
		n = find_leaf(object, f);
		if (n && f->kind == YAML_TEXT && str_ends(f->text, STR("~")))
			put_word(out, f->key, n->text);
		else if (n)
			put_leaf(out, f->key, n);
	}
}

/* ---- events ---- */

static struct str text_at(const struct node *object, const struct yaml *event, const char *key)
{
	const struct yaml *y = yaml_get(event, key);
	const struct node *n = y ? find_leaf(object, y) : NULL;

	return n ? n->text : STR("");
}

static uint64_t number_at(const struct node *object, const struct yaml *event, const char *key,
	uint64_t otherwise)
{
	uint64_t v;

	return str_to_u64(text_at(object, event, key), 10, &v) ? v : otherwise;
}

/* Unnamed values, in order, as the record's own would stand. */
static void put_values(struct sink *out, const struct node *object, const struct yaml *event)
{
	const struct yaml *path = yaml_get(event, "values");
	const struct node *list = path ? follow(object, path->text) : NULL;

	list = list ? child(list, TAG_LIST) : NULL;
	for (const struct node *c = list ? list->first : NULL; c; c = c->next) {
		const struct node *v = c->tag == TAG_OBJECT ? leaf_of(property(c, STR("Value")), false) : c;

		sink_field_text(out, SECTION_EVENTDATA, 0, v ? v->text : STR(""));
	}
}

static void give_event(struct sink *out, const struct node *object, const struct yaml *event)
{
	uint64_t id = number_at(object, event, "id", UINT64_MAX), level = number_at(object, event,
		"level", LEVEL_UNKNOWN);
	struct kind k = { .data_type = STR("windows:evtx:export"),
		.provider = text_at(object, event, "provider"), .channel = text_at(object, event, "channel"),
		.computer = text_at(object, event, "computer"), .id = (uint32_t)id,
		.has_id = id <= UINT32_MAX, .level = level <= LEVEL_VERBOSE ? (uint8_t)level : LEVEL_UNKNOWN };
	struct row row = { .time_100ns = TIME_NONE, .basis = BASIS_NONE, .flags = ROW_LINE,
		.number = object->line, .offset = object->offset, .user = text_at(object, event, "user"),
		.message = str_trim(text_at(object, event, "message")),
		.pid = (uint32_t)number_at(object, event, "pid", 0),
		.tid = (uint32_t)number_at(object, event, "tid", 0) };
	struct str time = text_at(object, event, "time"), record = text_at(object, event, "record");
	bool civil;

	if (time_of(time, &row.time_100ns, &civil))
		row.basis = civil ? BASIS_HOST : BASIS_UTC;
	row.kind = sink_kind(out, &k);
	sink_row(out, &row);
	put_values(out, object, event);
	if (record.n)
		sink_field_text(out, SECTION_META, sink_text(out, STR("record_id")), record);
	if (civil && time.n)
		sink_field_text(out, SECTION_META, sink_text(out, STR("raw_time")), time);
}

/* ---- objects ---- */

static size_t give_each(struct sink *out, const struct node *object, const struct yaml *each)
{
	const struct node *list = follow(object, yaml_text(each, "list", STR("")));
	size_t rows = 0;

	list = list ? child(list, TAG_LIST) : NULL;
	for (const struct node *c = list ? list->first : NULL; c; c = c->next) {
		if (c->tag != TAG_OBJECT || !c->closed)
			continue;
		sink_fact(out, yaml_text(each, "fact", STR("")), c->line, c->offset);
		put_fields(out, object, yaml_get(each, "of"));
		put_fields(out, c, yaml_get(each, "fields"));
		rows++;
	}
	return rows;
}

static bool has_type(const struct node *object, const struct yaml *types)
{
	const struct yaml *t = types->kind == YAML_LIST ? types->first : types;
	struct str name, rest;

	for (; t; t = types->kind == YAML_LIST ? t->next : NULL)
		for (rest = object->types; str_split(&rest, '\n', &name);)
			if (name.n && str_glob(t->text, name))
				return true;
	return false;
}

static size_t give_object(struct sink *out, const struct node *object, const struct yaml *rule)
{
	const struct yaml *each = yaml_get(rule, "each"), *event = yaml_get(rule, "event");
	struct str fact = yaml_text(rule, "fact", STR(""));
	size_t rows = 0;

	if (event) {
		give_event(out, object, event);
		return 1;
	}
	if (fact.n) {
		sink_fact(out, fact, object->line, object->offset);
		put_fields(out, object, yaml_get(rule, "fields"));
		rows++;
	}
	for (const struct yaml *c = each ? each->first : NULL; c; c = c->next)
		rows += give_each(out, object, c);
	return rows;
}

/* What no rule knows may hold objects that one does: an array, a hash table. */
static size_t walk(const struct yaml *map, const struct node *n, struct sink *out, int depth)
{
	size_t rows = 0;
	bool known = false;

	for (const struct yaml *rule = map->first; n->tag == TAG_OBJECT && n->closed && rule;
		rule = rule->next) {
		const struct yaml *types = yaml_get(rule, "type");

		if (types && has_type(n, types)) {
			known = true;
			rows += give_object(out, n, rule);
		}
	}
	for (const struct node *c = n->first; !known && c && depth < WALK_DEPTH_MAX; c = c->next)
		rows += walk(map, c, out, depth + 1);
	return rows;
}

size_t clixml_map_give(const struct yaml *map, const struct node *top, struct sink *out)
{
	return walk(map, top, out, 0);
}
