/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bcdedit /enum: a title, a line of '-', then an element a line, its name and its value parted by
 * blanks. Titles and the first name are translated, the other elements' names are not.
 *
 *   Windows Boot Loader
 *   -------------------
 *   identifier              {current}
 *   hypervisorlaunchtype    Auto
 */
#include "parsers/label.h"
#include "parsers/text.h"

/* What bears on whether a host runs VMs, and starts as it should. */
static const char *const elements[] = { "description", "path", "device", "hypervisorlaunchtype", "safeboot",
	"testsigning", "debug", "truncatememory", "numproc", "vsmlaunchtype" };

#define ELEMENTS (sizeof(elements) / sizeof(elements[0]))

struct entry {
	struct str id, value[ELEMENTS];
	uint64_t line, offset;
};

static bool is_rule(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '-')
			return false;
	return s.n >= 3;
}

/* "hypervisorlaunchtype    Auto"; what goes on in the next line begins with blanks. */
static bool split(struct str line, struct str *name, struct str *value)
{
	ptrdiff_t at = str_chr(line, ' ');

	if (at <= 0)
		return false;
	*name = str_sub(line, 0, (size_t)at);
	*value = str_trim(str_from(line, (size_t)at));
	return value->n > 0;
}

static void take(struct entry *e, struct arena *a, const struct text_line *line)
{
	struct str name, value;

	if (!split(line->text, &name, &value))
		return;
	if (!e->id.n) {
		e->id = arena_str(a, value);
		e->line = line->number;
		e->offset = line->offset;
	}
	for (size_t i = 0; i < ELEMENTS; i++)
		if (str_ieq(name, str_of(elements[i])))
			e->value[i] = arena_str(a, value);
}

/* Only what loads Windows: the boot manager and tools start nothing that the case turns on. */
static void give(const struct entry *e, struct sink *out)
{
	if (!e->id.n || str_ifind(e->value[1], STR("winload")) < 0)
		return;
	sink_fact(out, STR("host.boot_entry"), e->line, e->offset);
	sink_put(out, "id", e->id);
	for (size_t i = 0; i < ELEMENTS; i++)
		label_put(out, elements[i], e->value[i]);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;
	struct entry entry = { .line = 0 };
	bool open = false;

	(void)e;
	while (text_next(t, &line)) {
		if (is_rule(str_trim(line.text))) {
			give(&entry, out);
			entry = (struct entry){ .line = 0 };
			open = true;
		} else if (open) {
			take(&entry, m->a, &line);
		}
	}
	give(&entry, out);
	text_close(t);
	return 0;
}

/* A rule, below it a name and an identifier in braces. */
static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 4096), line, name, value;
	bool rule = false;

	while (str_line(&rest, &line)) {
		if (rule && split(line, &name, &value) && str_starts(value, STR("{")) && str_ends(value, STR("}")))
			return str_ifind(p->text, STR("winload")) > 0 || str_ifind(p->text, STR("bootmgr")) > 0 ?
				70 : 0;
		rule = is_rule(str_trim(line));
	}
	return 0;
}

const struct parser parser_bcdedit = {
	.name = "bcdedit",
	.about = "bcdedit /enum in any language: how Windows is loaded, whether the hypervisor is",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
