/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Microsoft's own checks found at the collection:
 *
 *   cluster validation as XML    Channel with Title, and Message with Level Warn or Fail
 *   UpdateDiagRootCause.xml      Item with ID, Detected and Parameters (SDP)
 *   UpdateDiagReport.xml         Item with Name and Verbosity (SDP)
 *   xray_*.txt                   "** Issue 1 Found a potential issue (reported by NAME):" (TSS)
 *
 *   the validation's report      as HTML and web archive: checks_html.c
 *   dependency reports           which resource needs which: the words, as checks_html.c finds them
 */
#include "parsers/checks_html.h"
#include "parsers/label.h"
#include "parsers/text.h"
#include "parsers/text_value.h"
#include "parsers/xml.h"

#define DETAIL_BYTES_MAX ((size_t)4000)

enum { P_TITLE = 1, P_MESSAGE, P_ID, P_DETECTED, P_NAME, P_VERBOSITY, P_PARAMETER };

struct reader {
	struct sink *out;
	struct arena *a;
	bool in_item, in_parameters;
	int part;                /* which text is being read */
	const char *level;       /* of the message at hand: "failed", "warning" */
	struct buf title, detail, id, detected, name, verbosity, root_cause;
	bool failed, warned, titled;
	uint64_t line, offset, checks, told;
};

static void clear(struct reader *r)
{
	r->title.n = r->detail.n = r->id.n = r->detected.n = 0;
	r->name.n = r->verbosity.n = r->root_cause.n = 0;
	r->failed = r->warned = r->titled = false;
	r->level = NULL;
	r->part = 0;
}

static void put_check(struct reader *r, struct str name, const char *result, struct str detail,
	const char *source)
{
	sink_fact(r->out, STR("check"), r->line, r->offset);
	label_put(r->out, "name", str_trim(name));
	sink_put(r->out, "result", str_of(result));
	label_put(r->out, "detail", str_trim(detail));
	sink_put(r->out, "source", str_of(source));
	sink_commit_point(r->out, r->offset);
	r->told++;
}

static void begin(struct reader *r, const struct xml *x)
{
	clear(r);
	r->line = xml_line(x);
	r->offset = xml_offset(x);
}

static void start_validation(void *to, struct xml *x, const char *name, const char **attributes)
{
	struct reader *r = to;

	if (strcmp(name, "Channel") == 0) {
		begin(r, x);
	} else if (strcmp(name, "Title") == 0) {
		r->part = r->titled ? 0 : P_TITLE;
	} else if (strcmp(name, "Message") == 0) {
		struct str level = xml_attribute(attributes, "Level");

		r->level = str_eq(level, STR("Fail")) ? "failed" : str_eq(level, STR("Warn")) ? "warning" : NULL;
		r->failed |= str_eq(level, STR("Fail"));
		r->warned |= str_eq(level, STR("Warn"));
		r->part = r->level ? P_MESSAGE : 0;
		if (r->level && r->detail.n)
			buf_putc(&r->detail, '\n');
	}
}

static void end_validation(void *to, struct xml *x, const char *name)
{
	struct reader *r = to;

	(void)x;
	if (strcmp(name, "Title") == 0) {
		r->titled = true;
		r->part = 0;
	} else if (strcmp(name, "Message") == 0) {
		r->part = 0;
	} else if (strcmp(name, "Channel") == 0) {
		r->checks += r->titled;
		if (r->failed || r->warned)
			put_check(r, buf_str(&r->title), r->failed ? "failed" : "warning",
				buf_str(&r->detail), "cluster validation");
		clear(r);
	}
}

static void start_item(void *to, struct xml *x, const char *name, const char **attributes)
{
	static const struct {
		const char *name;
		int part;
	} parts[] = { { "ID", P_ID }, { "Detected", P_DETECTED }, { "Name", P_NAME },
		{ "Verbosity", P_VERBOSITY } };
	struct reader *r = to;

	if (strcmp(name, "Item") == 0) {
		begin(r, x);
		r->in_item = true;
		buf_puts(&r->root_cause, xml_attribute(attributes, "RootCauseID"));
	} else if (r->in_parameters) {
		if (r->detail.n)
			buf_puts(&r->detail, STR(", "));
		buf_printf(&r->detail, "%s=", name);
		r->part = P_PARAMETER;
	} else if (strcmp(name, "Parameters") == 0) {
		r->in_parameters = r->in_item;
	} else {
		r->part = 0;
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && r->in_item; i++)
			if (strcmp(name, parts[i].name) == 0)
				r->part = parts[i].part;
	}
}

/* Of a root cause: what was looked for and not found is a check that passed, and not told. */
static void end_of_item(struct reader *r)
{
	struct str verbosity = buf_str(&r->verbosity), detected = buf_str(&r->detected);
	bool bad = str_ieq(verbosity, STR("Error")), odd = str_ieq(verbosity, STR("Warning"));

	if (detected.n) {
		r->checks++;
		if (str_ieq(detected, STR("True")))
			put_check(r, buf_str(&r->id), "failed", buf_str(&r->detail), "SDP root cause");
	} else if (bad || odd || r->root_cause.n) {
		r->checks++;
		put_check(r, r->root_cause.n ? buf_str(&r->root_cause) : buf_str(&r->id),
			bad ? "failed" : "warning", buf_str(&r->name), "SDP report");
	}
}

static void end_item(void *to, struct xml *x, const char *name)
{
	struct reader *r = to;

	(void)x;
	r->part = 0;
	if (strcmp(name, "Parameters") == 0) {
		r->in_parameters = false;
	} else if (strcmp(name, "Item") == 0) {
		end_of_item(r);
		clear(r);
		r->in_item = r->in_parameters = false;
	}
}

static void add_text(void *to, struct str text)
{
	struct reader *r = to;
	struct buf *const where[] = { NULL, &r->title, &r->detail, &r->id, &r->detected, &r->name,
		&r->verbosity, &r->detail };

	if (r->part && where[r->part]->n + text.n <= DETAIL_BYTES_MAX)
		buf_puts(where[r->part], text);
}

static bool is_rule(struct str line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] != '*' && line.p[i] != ' ')
			return false;
	return line.n > 0;
}

static void end_issue(struct reader *r)
{
	if (r->title.n)
		put_check(r, buf_str(&r->title), r->failed ? "failed" : "warning", buf_str(&r->detail), "xray");
	clear(r);
}

/* "** Issue 1<tab>Found a potential issue (reported by net_dnscli_KB…):" */
static bool issue_line(struct reader *r, const struct text_line *line)
{
	static const char by[] = "(reported by ";
	ptrdiff_t at = str_find(line->text, str_of(by)), end;
	struct str name;

	if (!str_starts(line->text, STR("** Issue ")) || at < 0)
		return false;
	name = str_from(line->text, (size_t)at + sizeof(by) - 1);
	end = str_rchr(name, ')');
	end_issue(r);
	buf_puts(&r->title, end < 0 ? name : str_sub(name, 0, (size_t)end));
	r->line = line->number;
	r->offset = line->offset;
	r->checks++;
	return true;
}

static void read_xray(struct reader *r, const struct member_view *m)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;
	bool issues = str_ifind(m->name, STR("ISSUES-FOUND")) >= 0;

	while (text_next(t, &line)) {
		if (issue_line(r, &line))
			r->failed = issues;
		else if (r->title.n && !is_rule(line.text) && str_trim(line.text).n &&
			r->detail.n + line.text.n < DETAIL_BYTES_MAX)
			buf_printf(&r->detail, "%.*s\n", STR_ARG(str_trim(line.text)));
	}
	end_issue(r);
	text_close(t);
}

enum shape { SHAPE_NONE, SHAPE_VALIDATION, SHAPE_ITEMS, SHAPE_XRAY, SHAPE_HTML, SHAPE_DEPENDENCY };

static enum shape shape_of(struct str name, struct str text)
{
	struct str head = str_sub(text, 0, 16384);
	bool html = str_iends(name, STR(".htm")) || str_iends(name, STR(".html")) || str_iends(name, STR(".mht"));

	if (str_find(head, STR("<Channel")) >= 0 && str_find(head, STR("<Report")) >= 0 &&
		(str_find(head, STR("ChannelName")) >= 0 || str_find(head, STR("<Title")) >= 0))
		return SHAPE_VALIDATION;
	if (str_find(head, STR("<Root><Item")) >= 0 ||
		(str_istarts(name, STR("UpdateDiag")) && str_find(head, STR("<Root")) >= 0))
		return str_istarts(name, STR("UpdateDiag")) || str_find(head, STR("<Detected>")) > 0 ? SHAPE_ITEMS :
			SHAPE_NONE;
	if (str_starts(head, STR("xray by ")) && str_find(head, STR("** Issue ")) > 0)
		return SHAPE_XRAY;
	if (!html || !head.n)
		return SHAPE_NONE;
	if (str_ifind(name, STR("Dependency")) >= 0 && str_ifind(name, STR("Report")) >= 0)
		return SHAPE_DEPENDENCY;
	return (str_ifind(name, STR("Validation")) >= 0 && str_ifind(name, STR("Report")) >= 0) ||
			str_find(head, STR("Failover Cluster Validation Report")) >= 0 ? SHAPE_HTML : SHAPE_NONE;
}

static void free_texts(struct reader *r)
{
	struct buf *const all[] = { &r->title, &r->detail, &r->id, &r->detected, &r->name, &r->verbosity,
		&r->root_cause };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		buf_free(all[i]);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	static const struct xml_handler validation = { start_validation, end_validation, add_text };
	static const struct xml_handler items = { start_item, end_item, add_text };
	struct reader r = { .out = out, .a = m->a };
	char *text = arena_alloc(m->a, (size_t)16384 * 3 + 16);
	size_t n = text_head(m->data, m->held < 16384 ? (size_t)m->held : 16384, text, (size_t)16384 * 3);
	int rc = 0;

	switch (shape_of(m->name, str_make(text, n))) {
	case SHAPE_VALIDATION:
		rc = xml_read(m, &validation, &r, e);
		break;
	case SHAPE_ITEMS:
		rc = xml_read(m, &items, &r, e);
		break;
	case SHAPE_XRAY:
		read_xray(&r, m);
		break;
	case SHAPE_HTML:
		if (!checks_html_read(m, out))
			sink_note(out, NOTE_UNSUPPORTED, 0, 0, 0, "no results stand in this validation report in "
				"words that are known; the XML beside it in Cluster\\Reports is read");
		break;
	case SHAPE_DEPENDENCY:
		if (!checks_html_dependencies(m, out))
			sink_note(out, NOTE_UNSUPPORTED, 0, 0, 0, "this dependency report holds pictures alone; "
				"Get-ClusterResourceDependency tells the same in words");
		break;
	case SHAPE_NONE:
		break;
	}
	if (r.checks)
		sink_note(out, NOTE_INFO, 0, 0, 0, "%llu checks, of which %llu found something",
			(unsigned long long)r.checks, (unsigned long long)r.told);
	free_texts(&r);
	return rc;
}

static int bid(const struct probe *p)
{
	static const int bids[] = { 0, 80, 80, 85, 60, 60 };

	return p->text.n ? bids[shape_of(p->name, p->text)] : 0;
}

const struct parser parser_checks = {
	.name = "checks",
	.about = "what Microsoft's checks found: cluster validation (XML, HTML), SDP root causes, xray of TSS",
	.data_type = "fact",
	.version = 2,
	.text = true,
	.bid = bid,
	.parse = parse,
};
