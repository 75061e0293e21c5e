/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/ps_map.h"

#include "analyzer/base/embedded.h"
#include "analyzer/base/yaml.h"
#include "parsers/label.h"
#include "parsers/service.h"
#include "parsers/text_value.h"

#define MAP_FILE "parsers/formats/ps-map.yaml"

struct ps_map {
	const struct yaml *root, *labels, *words, *objects;
};

static bool is_list(const struct yaml *y)
{
	return y && y->kind == YAML_LIST;
}

struct ps_map *ps_map_load(struct arena *a, struct err *e)
{
	struct ps_map *m = arena_alloc(a, sizeof(*m));

	m->root = yaml_parse(a, MAP_FILE, embedded_find(MAP_FILE), e);
	if (!m->root || m->root->kind != YAML_MAP) {
		if (m->root)
			err_set(e, E_INTERNAL, "%s: no map of objects", MAP_FILE);
		return NULL;
	}
	m->labels = yaml_get(m->root, "labels");
	m->words = yaml_get(m->root, "words");
	m->objects = yaml_get(m->root, "objects");
	return m;
}

static bool list_has(const struct yaml *list, struct str text)
{
	for (const struct yaml *y = is_list(list) ? list->first : NULL; y; y = y->next)
		if (str_ieq(y->text, text))
			return true;
	return false;
}

bool ps_map_is_label(const struct ps_map *m, struct str text)
{
	return list_has(m->labels, text);
}

static const struct ps_property *property(const struct ps_object *o, struct str name)
{
	for (size_t i = 0; i < o->n; i++)
		if (str_ieq(o->p[i].name, name))
			return &o->p[i];
	return NULL;
}

/* JSON has the parts of an object within as "Uptime.Ticks". */
static bool is_there(const struct ps_object *o, struct str name)
{
	for (size_t i = 0; i < o->n; i++) {
		struct str p = o->p[i].name;

		if (str_istarts(p, name) && (p.n == name.n || p.p[name.n] == '.'))
			return true;
	}
	return false;
}

/* Each property named has a value that one of its patterns fits. */
static bool is_like(const struct yaml *like, const struct ps_object *o)
{
	for (const struct yaml *l = like ? like->first : NULL; l; l = l->next) {
		const struct ps_property *p = property(o, l->key);
		bool fits = false;

		for (const struct yaml *y = p && is_list(l) ? l->first : NULL; y && !fits; y = y->next)
			fits = str_glob(y->text, p->value);
		if (!fits)
			return false;
	}
	return true;
}

/* "VMs" of "VMs.csv", which is no file about CSVs. */
static struct str without_ending(struct str file)
{
	ptrdiff_t dot = str_rchr(file, '.');

	return dot > 0 && file.n - (size_t)dot <= 5 ? str_sub(file, 0, (size_t)dot) : file;
}

static bool fits(const struct yaml *entry, struct str file, const struct ps_object *o)
{
	const struct yaml *has = yaml_get(entry, "has"), *not = yaml_get(entry, "not");
	const struct yaml *files = yaml_get(entry, "files");
	bool named = !files;

	for (const struct yaml *y = is_list(has) ? has->first : NULL; y; y = y->next)
		if (!is_there(o, y->text))
			return false;
	for (const struct yaml *y = is_list(not) ? not->first : NULL; y; y = y->next)
		if (property(o, y->text))
			return false;
	for (const struct yaml *y = is_list(files) ? files->first : NULL; y && !named; y = y->next)
		named = str_glob(y->text, without_ending(file));
	return named && is_like(yaml_get(entry, "like"), o);
}

/*
 * The word that stands for the first key found in the value. A key "#2" is the number alone, as JSON
 * has enumerations; a list with a key "*" lets pass any other text, but no number.
 */
static struct str word_of(const struct ps_map *m, struct str list, struct str value)
{
	const struct yaml *words = NULL;
	bool number;
	uint64_t n;

	for (const struct yaml *y = m->words ? m->words->first : NULL; y; y = y->next)
		if (str_eq(y->key, list))
			words = y;
	number = str_to_u64(value, 10, &n);
	for (const struct yaml *y = words ? words->first : NULL; y; y = y->next) {
		if (str_starts(y->key, STR("#")) ? str_eq(str_from(y->key, 1), value) :
						   str_ifind(value, y->key) >= 0)
			return y->text;
		if (str_eq(y->key, STR("*")) && !number)
			return value;
	}
	return STR("");
}

/* A GUID with or without braces anywhere in the text. */
static bool put_guid(struct sink *out, const char *name, struct str v)
{
	char text[GUID_BYTES];
	uint8_t raw[16];

	for (size_t i = 0; i + 36 <= v.n; i++) {
		if (!guid_parse(str_sub(v, i, 36), raw))
			continue;
		sink_put(out, name, str_of(guid_format(raw, text)));
		return true;
	}
	return false;
}

/* True where the value gave something. */
static bool put_value(const struct ps_map *m, struct sink *out, const char *name, struct str how,
	struct str v, struct arena *a)
{
	uint64_t n;

	if (str_eq(how, STR("number")) || str_eq(how, STR("size"))) {
		bool ok = str_to_u64(v, 10, &n) || (how.p[0] == 's' && value_size(v, &n));

		if (ok)
			sink_put_u64(out, name, n);
		return ok;
	}
	if (str_eq(how, STR("last-number"))) {
		for (n = v.n; n && v.p[n - 1] >= '0' && v.p[n - 1] <= '9';)
			n--;
		if (!str_to_u64(str_from(v, (size_t)n), 10, &n))
			return false;
		sink_put_u64(out, name, n);
		return true;
	}
	if (str_eq(how, STR("guid")))
		return put_guid(out, name, v);
	if (str_eq(how, STR("letter"))) {
		if (v.n && v.n <= 3 && (v.n == 1 || v.p[1] == ':'))
			sink_put(out, name, str_sub(v, 0, 1));
		return v.n > 0;
	}
	if (str_eq(how, STR("real")) && str_istarts(v, STR("Not")))
		return false;
	if (str_eq(how, STR("id")))
		label_put_id(out, name, v);
	else if (str_eq(how, STR("lower")))
		sink_put(out, name, label_lower(a, v));
	else if (str_eq(how, STR("service-state")))
		service_put_state(out, v);
	else if (str_eq(how, STR("service-start")))
		service_put_start(out, v);
	else if (how.n && !str_eq(how, STR("real")) && !str_eq(how, STR("bool")))
		label_put(out, name, v = word_of(m, how, v));
	else
		sink_put(out, name, v);
	return v.n > 0;
}

static bool put_source(const struct ps_map *m, struct sink *out, const struct yaml *field,
	struct str source, const struct ps_object *o, struct arena *a)
{
	ptrdiff_t bar = str_chr(source, '|');
	const struct ps_property *p = property(o, bar > 0 ? str_sub(source, 0, (size_t)bar) : source);
	const char *name = arena_cstr(a, field->key);

	if (str_starts(source, STR("="))) {
		sink_put(out, name, str_from(source, 1));
		return true;
	}
	if (!p || !p->value.n)
		return false;
	if (p->cut) {
		sink_put(out, arena_cstr(a, arena_printf(a, "%s_cut", name)), p->value);
		return true;
	}
	return put_value(m, out, name, bar > 0 ? str_from(source, (size_t)bar + 1) : STR(""), p->value, a);
}

/* Without these an object says nothing: a hotfix without its number. */
static bool is_filled(const struct yaml *entry, const struct ps_object *o)
{
	const struct yaml *filled = yaml_get(entry, "filled");

	for (const struct yaml *y = is_list(filled) ? filled->first : NULL; y; y = y->next)
		if (!property(o, y->text) || !property(o, y->text)->value.n)
			return false;
	return true;
}

/* Which machine was asked, as Hyper-V's cmdlets and those that run remotely say. */
static struct str machine_of(const struct ps_object *o)
{
	static const char *const names[] = { "PSComputerName", "ComputerName" };

	for (size_t i = 0; i < 2; i++) {
		const struct ps_property *p = property(o, str_of(names[i]));

		if (p && p->value.n && !p->cut && !str_ieq(p->value, STR("localhost")) && !str_eq(p->value, STR(".")) &&
			str_chr(p->value, ' ') < 0)
			return p->value;
	}
	return STR("");
}

static void put_fact(const struct ps_map *m, struct sink *out, const struct yaml *entry,
	const struct ps_object *o, struct arena *a)
{
	const struct yaml *fields = yaml_get(entry, "fields");

	sink_fact_of(out, yaml_text(entry, "fact", STR("")), machine_of(o), o->line, o->offset);
	for (const struct yaml *f = fields ? fields->first : NULL; f; f = f->next) {
		if (f->kind == YAML_TEXT) {
			put_source(m, out, f, f->text, o, a);
			continue;
		}
		for (const struct yaml *y = f->first; y; y = y->next)
			if (put_source(m, out, f, y->text, o, a))
				break;
	}
}

bool ps_map_put(const struct ps_map *m, struct sink *out, struct str file, const struct ps_object *o,
	struct arena *a)
{
	const struct yaml *entry = is_list(m->objects) ? m->objects->first : NULL;
	bool any = false, more = true;

	for (; entry && more; entry = entry->next) {
		if (!fits(entry, file, o))
			continue;
		more = yaml_get(entry, "further") != NULL;
		if (!is_filled(entry, o))
			continue;
		put_fact(m, out, entry, o, a);
		any = true;
	}
	return any;
}
