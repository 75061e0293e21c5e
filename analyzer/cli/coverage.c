/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/cli/coverage.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/base/text.h"
#include "parsers/format.h"
#include "parsers/parser.h"

static const struct rule *rule_named(const struct knowledge *kb, struct str id)
{
	for (size_t i = 0; i < kb->rules.n; i++)
		if (str_eq(kb->rules.v[i].id, id))
			return &kb->rules.v[i];
	return NULL;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "[vss-writer-failed](…): event, state; …": the rules of one file together. */
static void put_rules(const struct knowledge *kb, const struct str_list *rules, struct buf *out)
{
	const char *last = "";

	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = rule_named(kb, rules->v[i]);
		ptrdiff_t slash = str_chr(rules->v[i], '/');

		if (!rule)
			continue;
		if (strcmp(last, rule->place.file) != 0)
			buf_printf(out, "%s[%.*s](../analyzer/knowledge/causes/%s): ", *last ? "; " : "",
				STR_ARG(rule->cause), base_name(rule->place.file));
		else
			buf_puts(out, STR(", "));
		buf_puts(out, str_from(rules->v[i], (size_t)(slash + 1)));
		last = rule->place.file;
	}
}

static void put_list(const struct str_list *list, struct buf *out)
{
	for (size_t i = 0; i < list->n; i++)
		buf_printf(out, "%s`%.*s`", i ? ", " : "", STR_ARG(list->v[i]));
}

static void put_guide(const struct knowledge *kb, const char *kind, const char *title, struct buf *out)
{
	bool reads = strcmp(kind, "collection") == 0;

	buf_printf(out, "\n### %s\n\n| item | %sanswered by |\n|---|---|%s\n", title,
		reads ? "read by | " : "", reads ? "---|" : "");
	for (size_t i = 0; i < kb->coverage.n; i++) {
		const struct kb_coverage *c = &kb->coverage.v[i];

		if (!str_eq(c->kind, str_of(kind)))
			continue;
		buf_printf(out, "| %.*s | ", STR_ARG(c->item));
		if (reads) {
			put_list(&c->reads, out);
			buf_puts(out, STR(" | "));
		}
		put_rules(kb, &c->rules, out);
		buf_puts(out, STR(" |\n"));
	}
}

static void put_patterns(const struct knowledge *kb, struct buf *out)
{
	buf_puts(out, STR("\n## Failure patterns\n\n| pattern | answered by |\n|---|---|\n"));
	for (size_t i = 0; i < kb->coverage.n; i++) {
		const struct kb_coverage *c = &kb->coverage.v[i];

		if (c->kind.n)
			continue;
		buf_printf(out, "| %.*s | ", STR_ARG(c->item));
		put_rules(kb, &c->rules, out);
		buf_puts(out, STR(" |\n"));
	}
}

static void put_causes(const struct knowledge *kb, struct buf *out)
{
	buf_puts(out, STR("\n## Causes\n\n| cause | class | rules |\n|---|---|---|\n"));
	for (size_t i = 0; i < kb->causes.n; i++) {
		const struct cause_id *c = &kb->causes.v[i];
		const char *sep = "";

		buf_printf(out, "| %.*s | %.*s | ", STR_ARG(c->id), STR_ARG(c->class));
		for (size_t r = 0; r < kb->rules.n; r++) {
			const struct rule *rule = &kb->rules.v[r];
			ptrdiff_t slash = str_chr(rule->id, '/');

			if (!str_eq(rule->cause, c->id))
				continue;
			buf_printf(out, "%s[%.*s](../analyzer/knowledge/causes/%s)", sep,
				STR_ARG(str_from(rule->id, (size_t)(slash + 1))),
				base_name(rule->place.file));
			sep = ", ";
		}
		buf_puts(out, STR(" |\n"));
	}
}

static void put_formats(const struct format_info *list, size_t n, struct buf *out)
{
	buf_puts(out, STR("\n## What is read\n\n| by | what |\n|---|---|\n"));
	for (size_t i = 0; parser_list[i]; i++)
		buf_printf(out, "| `%s` | %s |\n", parser_list[i]->name, parser_list[i]->about);
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "| `%s` (text format) | %s |\n", list[i].name, list[i].about);
}

static bool is_reader(struct str name, const struct format_info *list, size_t n)
{
	for (size_t i = 0; parser_list[i]; i++)
		if (str_eq(name, str_of(parser_list[i]->name)))
			return true;
	for (size_t i = 0; i < n; i++)
		if (str_eq(name, str_of(list[i].name)))
			return true;
	return false;
}

static void put_products(const struct knowledge *kb, struct buf *out)
{
	buf_puts(out, STR("\n## Products\n\n`named`: its own log or event source is known by name. "
			  "`generic`: its logs are read as stamped lines, and what they say is known by "
			  "words and error codes only.\n\n| product | kind | read | by | note |\n"
			  "|---|---|---|---|---|\n"));
	for (size_t i = 0; i < kb->products.n; i++) {
		const struct kb_product *p = &kb->products.v[i];

		buf_printf(out, "| %.*s | %.*s | %s | `%.*s` | %.*s |\n", STR_ARG(p->name),
			STR_ARG(p->kind), p->by.n ? "named" : "generic",
			STR_ARG(p->by.n ? p->by : STR("generic")), STR_ARG(p->note));
	}
}

static int check_readers(const struct knowledge *kb, const struct format_info *list, size_t n,
	struct err *e)
{
	for (size_t i = 0; i < kb->coverage.n; i++)
		for (size_t r = 0; r < kb->coverage.v[i].reads.n; r++)
			if (!is_reader(kb->coverage.v[i].reads.v[r], list, n))
				return yaml_error(e, kb->coverage.v[i].place.file, kb->coverage.v[i].place.at,
					"there is no parser '%.*s'", STR_ARG(kb->coverage.v[i].reads.v[r]));
	for (size_t i = 0; i < kb->products.n; i++)
		if (kb->products.v[i].by.n && !is_reader(kb->products.v[i].by, list, n))
			return yaml_error(e, kb->products.v[i].place.file, kb->products.v[i].place.at,
				"there is no parser '%.*s'", STR_ARG(kb->products.v[i].by));
	return 0;
}

int coverage_print(const struct knowledge *kb, const struct options *o, struct err *e)
{
	struct buf out = { 0 };
	const struct format_info *list;
	size_t n;
	int rc = formats_load(o->formats.v, o->formats.n, e);

	if (rc)
		return rc;
	list = formats_list(&n);
	rc = check_readers(kb, list, n, e);
	buf_puts(&out, STR("# What is covered\n\nMade by `caseline knowledge coverage`; a test compares.\n"
			   "\n## The troubleshooting guide\n"));
	put_guide(kb, "symptom", "Symptoms", &out);
	put_guide(kb, "cause", "Causes", &out);
	put_guide(kb, "resolution", "Resolutions", &out);
	put_guide(kb, "collection", "Data to collect", &out);
	put_patterns(kb, &out);
	put_causes(kb, &out);
	put_formats(list, n, &out);
	put_products(kb, &out);
	if (!rc)
		fwrite(out.p, 1, out.n, stdout);
	buf_free(&out);
	formats_free();
	return rc;
}
