/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages that SDP packages are read by (HyperV_BPAInfo.HTM, CSVInfo.HTM and their like): sections with a
 * title, whose picture names how grave it is, over rows of a label and a value. Labels come from the
 * collector's style sheets and are English in any language.
 *
 *   best practices   Category, Problem, Impact, Resolution, Rule ID
 *   alerts           Category:, Message:, Recommendation:
 *   shared volumes   "Volume: NAME" over State, Current Owner, Volume Name, Volume Path …
 */
#include "parsers/html.h"
#include "parsers/label.h"
#include "parsers/text_value.h"

#define ROWS_MAX 40

struct pair {
	struct str label, value;
};

struct reader {
	struct sink *out;
	struct arena *a;         /* of one section */
	struct str title;
	struct pair rows[ROWS_MAX];
	size_t n;
	uint64_t line, offset;
	uint64_t told, passed;
};

static struct str value_of(const struct reader *r, const char *label)
{
	for (size_t i = 0; i < r->n; i++)
		if (str_eq(r->rows[i].label, str_of(label)))
			return r->rows[i].value;
	return STR("");
}

/* Takes the word of the picture off the title: "Error", "Warning", "Information". */
static const char *grave(struct str *title)
{
	static const char *const words[][2] = { { "Error", "failed" }, { "Warning", "warning" },
		{ "Information", "passed" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_starts(*title, str_of(words[i][0]))) {
			*title = str_trim(str_from(*title, strlen(words[i][0])));
			return words[i][1];
		}
	return "";
}

static void put_check(struct reader *r, struct str name, const char *result, struct str detail,
	const char *advice, const char *source)
{
	if (strcmp(result, "failed") != 0 && strcmp(result, "warning") != 0) {
		r->passed++;
		return;
	}
	r->told++;
	sink_fact(r->out, STR("check"), r->line, r->offset);
	label_put(r->out, "name", name);
	sink_put(r->out, "result", str_of(result));
	label_put(r->out, "detail", detail);
	label_put(r->out, "advice", value_of(r, advice));
	sink_put(r->out, "source", str_of(source));
}

static void put_volume(struct reader *r, struct str name)
{
	struct str redirected = value_of(r, "Redirected access");
	char guid[GUID_BYTES];
	uint64_t size;

	r->told++;
	sink_fact(r->out, STR("cluster.volume"), r->line, r->offset);
	sink_put(r->out, "name", name);
	label_put(r->out, "path", value_of(r, "Volume Name"));
	label_put(r->out, "owner", value_of(r, "Current Owner"));
	label_put(r->out, "state", value_of(r, "State"));
	label_put(r->out, "redirected", label_lower(r->a, redirected));
	if (value_size(value_of(r, "Volume Size"), &size))
		sink_put_u64(r->out, "size_bytes", size);
	if (value_guid(value_of(r, "Volume Path"), guid))
		sink_put(r->out, "volume_guid", str_of(guid));
}

static void end_section(struct reader *r)
{
	struct str title = r->title, problem = value_of(r, "Problem"), impact = value_of(r, "Impact");
	const char *result = grave(&title);

	if (str_starts(title, STR("Volume: ")) && value_of(r, "Current Owner").n)
		put_volume(r, str_trim(str_from(title, 8)));
	else if (value_of(r, "Message:").n)
		put_check(r, value_of(r, "Category:"), result, value_of(r, "Message:"), "Recommendation:",
			"SDP report");
	else if (problem.n || value_of(r, "Rule ID").n)
		put_check(r, title, result, impact.n ? arena_printf(r->a, "%.*s %.*s", STR_ARG(problem),
			STR_ARG(impact)) : problem, "Resolution", "BPA");
	r->n = 0;
	r->title = STR("");
	if (sink_commit_point(r->out, r->offset) || arena_used(r->a) > 256 * 1024) {
		arena_free(r->a);
		r->a = arena_new();
	}
}

static void take_row(struct reader *r, const struct html_item *item)
{
	if (item->n < 2 || !item->cell[0].n || !item->cell[1].n || r->n == ROWS_MAX)
		return;
	r->rows[r->n++] = (struct pair){ arena_str(r->a, item->cell[0]), arena_str(r->a, item->cell[1]) };
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out, .a = arena_new() };
	struct html *h = html_open(m->data, (size_t)m->held);
	struct html_item item;

	(void)e;
	while (html_next(h, &item)) {
		if (item.kind == HTML_TITLE && item.n) {
			end_section(&r);
			r.title = arena_str(r.a, item.cell[0]);
			r.line = item.line;
			r.offset = item.offset;
		} else if (item.kind == HTML_ROW && !item.head) {
			take_row(&r, &item);
		}
	}
	end_section(&r);
	html_close(h);
	if (r.told + r.passed)
		sink_note(out, NOTE_INFO, 0, 0, 0, "%llu sections that tell something, and %llu that only inform",
			(unsigned long long)r.told, (unsigned long long)r.passed);
	else
		sink_note(out, NOTE_INFO, 0, 0, 0,
			"a page made from logs and lists that the package holds themselves; it adds nothing");
	arena_free(r.a);
	return 0;
}

static int bid(const struct probe *p)
{
	bool page = str_ifind(str_sub(p->text, 0, 2048), STR("<html")) >= 0 &&
		str_find(p->text, STR("class=\"rsopheader\"")) > 0;

	return page && str_find(p->text, STR("Data collected on:")) > 0 &&
			str_find(p->text, STR(">Group Policy Results<")) < 0 ? 55 : 0;
}

const struct parser parser_sdp_report = {
	.name = "sdp_report",
	.about = "pages of SDP packages (HyperV_BPAInfo, CSVInfo …): what Microsoft's rules found, shared volumes",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
