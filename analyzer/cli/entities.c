/* SPDX-License-Identifier: Apache-2.0 */
/* caseline entities: the names that were taken for one thing, and each host's clock, tab-separated. */
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/cli/knowing.h"
#include "analyzer/cli/session.h"
#include "analyzer/correlate/signal.h"
#include "reports/report.h"

/* Names are hostile: a control character would break the line or the terminal. */
static void print_cell(struct str text, char end)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < 0x20 || c == 0x7f)
			printf("\\x%02x", c);
		else
			putchar(c);
	}
	putchar(end);
}

static void print_line(struct str type, struct str name, struct str alias, const char *strength,
	struct str why, struct str place)
{
	print_cell(type, '\t');
	print_cell(name, '\t');
	print_cell(alias, '\t');
	print_cell(str_of(strength), '\t');
	print_cell(why, '\t');
	print_cell(place, '\n');
}

static void print_host(const struct case_file *c, const struct entities *en, uint32_t at)
{
	const struct host *h = &c->hosts.v[at];
	uint32_t vm = entity_guest_vm(en, at);
	char clock[160];

	for (size_t i = 0; i < h->aliases.n; i++)
		print_line(STR("host"), h->name, h->aliases.v[i], "sure", STR("the computer of records"),
			STR(""));
	if (vm != MAP_NONE)
		print_line(STR("guest"), h->name, entity_name(en, vm), "candidate",
			STR("the host is called like the VM, or the VM's integration services say so"),
			STR(""));
	snprintf(clock, sizeof(clock), "%.*s %+lld ms", STR_ARG(h->zone), (long long)h->clock_offset_ms);
	print_line(STR("clock"), h->name, str_of(clock), time_source_name(h->time_source), h->zone_why,
		STR(""));
}

static void print_alias(const struct case_file *c, const struct entity_alias *alias)
{
	struct buf place = { 0 };
	struct event_view v;

	if (alias->at.segment != UINT32_MAX) {
		case_view(c, alias->at, &v);
		report_place(&v, &place);
	}
	print_line(entity_type_name(alias->type), alias->name, alias->alias,
		alias->candidate ? "candidate" : "sure", alias->why, buf_str(&place));
	buf_free(&place);
}

static void print_all(const struct case_file *c, const struct entities *en)
{
	struct entity_alias *list;
	size_t n = entities_aliases(en, &list);

	for (uint32_t i = 0; i < c->hosts.n; i++)
		print_host(c, en, i);
	for (size_t i = 0; i < n; i++)
		print_alias(c, &list[i]);
	free(list);
}

int command_entities(const struct options *o, struct err *e)
{
	struct knowledge *kb = NULL;
	struct session s = { 0 };
	struct sightings *seen = NULL;
	int rc = session_need_bundles(o, e);

	if (!rc)
		rc = knowing_load(o, &kb, e);
	if (!rc)
		rc = session_open(&s, o, false, kb, e);
	if (!rc) {
		seen = sightings_find(kb, &s.file);
		if (!o->quiet)
			printf("#type\tname\talias\tstrength\twhy\twhere\n");
		print_all(&s.file, seen->en);
	}
	sightings_free(seen);
	session_close(&s);
	knowledge_free(kb);
	return rc;
}
