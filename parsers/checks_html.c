/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report of a cluster's validation as people get it: tables of tests with a result each, below them
 * what each test said, under its name. No sample of the pages was at hand: rows are known by the words of
 * results, which the wizard shows, and a test's own words by its name standing alone before them.
 */
#include "parsers/checks_html.h"

#include <stdlib.h>

#include "parsers/html.h"
#include "parsers/label.h"

#define CHECKS_MAX 500
#define DETAIL_BYTES_MAX ((size_t)2000)
#define DEPENDENCY_BYTES_MAX ((size_t)16 * 1024)

enum result { NO_RESULT, PASSED, WARNED, FAILED };

struct check {
	struct str name;
	enum result result;
	struct buf detail;
	uint64_t line, offset;
};

struct reader {
	struct arena *a;
	VEC(struct check) checks;
	struct check *at;        /* whose words are being read */
	uint64_t rows;
};

static enum result result_of(struct str word)
{
	static const struct {
		const char *word;
		enum result result;
	} words[] = { { "Success", PASSED }, { "Not Applicable", PASSED }, { "Canceled", PASSED },
		{ "Cancelled", PASSED }, { "Warning", WARNED }, { "Failed", FAILED }, { "Failure", FAILED },
		{ "Erfolg", PASSED }, { "Erfolgreich", PASSED }, { "Nicht zutreffend", PASSED },
		{ "Warnung", WARNED }, { "Fehler", FAILED }, { "Fehlgeschlagen", FAILED }, { "Réussite", PASSED },
		{ "Succès", PASSED }, { "Non applicable", PASSED }, { "Avertissement", WARNED },
		{ "Échec", FAILED }, { "成功", PASSED }, { "警告", WARNED }, { "失敗", FAILED } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_ieq(word, str_of(words[i].word)))
			return words[i].result;
	return NO_RESULT;
}

/* The summary's rows are groups of tests, whose own rows come behind. */
static bool is_group(struct str name)
{
	static const char *const groups[] = { "Cluster Configuration", "Hyper-V Configuration", "Inventory",
		"Network", "Storage", "Storage Spaces Direct", "System Configuration", "Clusterkonfiguration",
		"Hyper-V-Konfiguration", "Inventar", "Netzwerk", "Speicher", "Systemkonfiguration" };

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (str_ieq(name, str_of(groups[i])))
			return true;
	return false;
}

static struct check *find(struct reader *r, struct str name)
{
	for (size_t i = 0; i < r->checks.n; i++)
		if (str_ieq(r->checks.v[i].name, name))
			return &r->checks.v[i];
	return NULL;
}

static void take_row(struct reader *r, const struct html_item *row)
{
	enum result result = NO_RESULT;

	for (size_t i = 1; i < row->n && !result; i++)
		result = result_of(row->cell[i]);
	if (!result || !row->cell[0].n || row->head || is_group(row->cell[0]))
		return;
	r->rows++;
	if (r->checks.n == CHECKS_MAX || find(r, row->cell[0]))
		return;
	vec_push(&r->checks, (struct check){ .name = arena_str(r->a, row->cell[0]), .result = result,
		.line = row->line, .offset = row->offset });
	r->at = NULL;
}

static void take_words(struct reader *r, struct str words)
{
	struct check *c = find(r, words);

	if (c) {
		r->at = c;
	} else if (r->at && r->at->result >= WARNED && words.n && !result_of(words) &&
		r->at->detail.n + words.n + 1 <= DETAIL_BYTES_MAX) {
		if (r->at->detail.n)
			buf_putc(&r->at->detail, '\n');
		buf_puts(&r->at->detail, words);
	}
}

static void take_item(struct reader *r, const struct html_item *item)
{
	if (!item->n)
		return;
	if (item->kind == HTML_ROW) {
		uint64_t rows = r->rows;

		take_row(r, item);
		if (rows != r->rows)
			return;
		for (size_t i = 0; i < item->n; i++)
			take_words(r, item->cell[i]);
		return;
	}
	if (item->kind == HTML_TITLE && !find(r, item->cell[0]))
		r->at = NULL;
	take_words(r, item->cell[0]);
}

static void give(struct reader *r, struct sink *out)
{
	for (size_t i = 0; i < r->checks.n; i++) {
		struct check *c = &r->checks.v[i];

		if (c->result >= WARNED) {
			sink_fact(out, STR("check"), c->line, c->offset);
			sink_put(out, "name", c->name);
			sink_put(out, "result", c->result == FAILED ? STR("failed") : STR("warning"));
			label_put(out, "detail", buf_str(&c->detail));
			sink_put(out, "source", STR("cluster validation"));
		}
		buf_free(&c->detail);
	}
}

uint64_t checks_html_read(const struct member_view *m, struct sink *out)
{
	struct reader r = { .a = m->a };
	struct html *h = html_open(m->data, (size_t)m->held);
	struct html_item item;

	while (html_next(h, &item))
		take_item(&r, &item);
	html_close(h);
	give(&r, out);
	free(r.checks.v);
	return r.rows;
}

/* "HV01_SQL01_DependencyReport.mht.htm" is of the role SQL01 or of the host's: the words decide. */
static struct str without_ending(struct str name)
{
	ptrdiff_t at = str_ifind(name, STR("Dependency"));

	while (at > 0 && (name.p[at - 1] == '_' || name.p[at - 1] == '-' || name.p[at - 1] == ' '))
		at--;
	return at > 0 ? str_sub(name, 0, (size_t)at) : name;
}

static void add_words(struct buf *words, struct str text)
{
	if (!text.n || words->n + text.n + 1 > DEPENDENCY_BYTES_MAX ||
		(str_ends(buf_str(words), text) && words->n >= text.n))
		return;
	if (words->n)
		buf_putc(words, '\n');
	buf_puts(words, text);
}

bool checks_html_dependencies(const struct member_view *m, struct sink *out)
{
	struct html *h = html_open(m->data, (size_t)m->held);
	struct buf words = { 0 };
	struct html_item item;
	bool told;

	while (html_next(h, &item))
		for (size_t i = 0; i < item.n; i++)
			add_words(&words, item.cell[i]);
	html_close(h);
	told = str_chr(buf_str(&words), '\n') > 0;   /* one line is the page's title */
	if (told) {
		sink_fact(out, STR("cluster.dependency"), 1, 0);
		label_put(out, "report", without_ending(m->name));
		label_put(out, "text", buf_str(&words));
	}
	buf_free(&words);
	return told;
}
