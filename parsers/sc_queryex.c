/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sc query and sc queryex, in any language: two lines at the left edge (name, shown name), then
 * indented lines in a fixed order: type, state, exit code, the service's own exit code, checkpoint,
 * wait hint, process id, flags. The state is told by its number. sc qc has other lines, again in a
 * fixed order: type, start, error control, path, group, tag, shown name, dependencies, account.
 */
#include "parsers/label.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

enum { TYPE, STATE, EXIT_CODE, SERVICE_EXIT_CODE, CHECKPOINT, WAIT_HINT, PROCESS };
enum { START = 1, PATH = 3, DISPLAY = 6, ACCOUNT = 8, VALUES = 64 };

struct service {
	struct str name, display, value[VALUES];
	size_t values;
	uint64_t line, offset;
};

static bool leading_number(struct str v, uint64_t *n)
{
	ptrdiff_t blank = str_chr(v, ' ');

	return str_to_u64(blank > 0 ? str_sub(v, 0, (size_t)blank) : v, 10, n);
}

/* "2   AUTO_START": in this place stands a state in what sc query prints. */
static const char *start_word(struct str v)
{
	static const char *const words[][2] = { { "BOOT_START", "boot" }, { "SYSTEM_START", "system" },
		{ "AUTO_START", "auto" }, { "DEMAND_START", "demand" }, { "DISABLED", "disabled" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_find(v, str_of(words[i][0])) >= 0)
			return words[i][1];
	return NULL;
}

static bool put_settings(struct sink *out, const struct service *s)
{
	const char *start = s->values > PATH ? start_word(s->value[START]) : NULL;

	if (!start)
		return false;
	sink_fact(out, STR("service.state"), s->line, s->offset);
	sink_put(out, "name", s->name);
	if (s->values > DISPLAY)
		label_put(out, "display", s->value[DISPLAY]);
	sink_put(out, "start", str_of(start));
	label_put(out, "path", s->value[PATH]);
	/* Dependencies may take more lines than one; the account stands last. */
	if (s->values > ACCOUNT)
		label_put(out, "account", s->value[s->values - 1]);
	return true;
}

static void put_service(struct sink *out, const struct service *s)
{
	static const char *const states[] = { "", "stopped", "start-pending", "stop-pending", "running",
		"continue-pending", "pause-pending", "paused" };
	uint64_t n;

	if (!s->name.n || put_settings(out, s))
		return;
	if (s->values <= STATE || !leading_number(s->value[STATE], &n)) {
		sink_note(out, NOTE_DAMAGED, s->offset, 0, 1, "the state of %.*s can't be read", STR_ARG(s->name));
		return;
	}
	sink_fact(out, STR("service.state"), s->line, s->offset);
	/* Without the line of the name its place is taken by the shown one, which has blanks or capitals. */
	if (s->display.n || str_chr(s->name, ' ') < 0)
		sink_put(out, "name", s->name);
	label_put(out, "display", s->display.n || str_chr(s->name, ' ') < 0 ? s->display : s->name);
	if (n < sizeof(states) / sizeof(states[0]))
		sink_put(out, "state", str_of(states[n]));
	sink_put_u64(out, "state_number", n);
	if (s->values > EXIT_CODE && leading_number(s->value[EXIT_CODE], &n))
		sink_put_u64(out, "exit_code", n);
	if (s->values > PROCESS && leading_number(s->value[PROCESS], &n) && n)
		sink_put_u64(out, "pid", n);
}

static void take_line(struct service *s, const struct text_line *line, struct sink *out, struct arena *a)
{
	struct str label, v;

	if (!label_split(line->text, &label, &v))
		return;
	if (value_indent(line->text)) {
		if (s->name.n && s->values < VALUES)
			s->value[s->values++] = arena_str(a, v);
		return;
	}
	if (s->name.n && !s->values && !s->display.n) {
		s->display = arena_str(a, v);
		return;
	}
	put_service(out, s);
	*s = (struct service){ .name = arena_str(a, v), .line = line->number, .offset = line->offset };
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct service s = { 0 };
	struct text_line line;

	(void)e;
	while (text_next(t, &line))
		take_line(&s, &line, out, m->a);
	put_service(out, &s);
	text_close(t);
	return 0;
}

/* The names of service types and the exit codes' shape are the same in every language. */
static int bid(const struct probe *p)
{
	struct str head = str_sub(p->text, 0, 8192);
	bool type = str_find(head, STR("  WIN32")) >= 0 || str_find(head, STR("  KERNEL_DRIVER")) >= 0 ||
		    str_find(head, STR("  FILE_SYSTEM_DRIVER")) >= 0;

	return type && (str_find(head, STR(": 0  (0x0)")) >= 0 || str_find(head, STR("   AUTO_START")) >= 0 ||
		str_find(head, STR("   DEMAND_START")) >= 0 || str_find(head, STR("   DISABLED")) >= 0) ? 75 : 0;
}

const struct parser parser_sc_queryex = {
	.name = "sc_queryex",
	.about = "sc query, queryex and qc in any language: state and start of services and drivers",
	.data_type = "fact",
	.version = 3,
	.text = true,
	.bid = bid,
	.parse = parse,
};
