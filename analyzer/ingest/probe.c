/* SPDX-License-Identifier: Apache-2.0 */
/* What the head of a member shows: its text, for bids, and what it is where nobody bids. */
#include "analyzer/ingest/worker.h"
#include "parsers/text.h"

void probe_make(struct probe *p, struct str head, char text[PROBE_TEXT_BYTES])
{
	p->head = str_sub(head, 0, HEAD_BYTES);
	p->text = str_make(text, text_head((const uint8_t *)p->head.p, p->head.n, text,
					 PROBE_TEXT_BYTES));
}

static const char *type_by_magic(struct str head)
{
	static const struct {
		const char *type, *bytes;
		size_t at, n;
	} known[] = {
		{ "png", "\x89PNG", 0, 4 }, { "jpeg", "\xff\xd8\xff", 0, 3 }, { "minidump", "MDMP", 0, 4 },
		{ "kernel dump", "PAGEDU", 0, 6 }, { "procmon log", "PML_", 0, 4 }, { "pdf", "%PDF", 0, 4 },
		{ "program", "MZ", 0, 2 }, { "registry hive", "regf", 0, 4 }, { "iso", "CD001", 32769, 5 },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_starts(str_from(head, known[i].at), str_make(known[i].bytes, known[i].n)))
			return known[i].type;
	return NULL;
}

struct str probe_type(const struct probe *p)
{
	const char *type = type_by_magic(p->head);

	if (type)
		return str_of(type);
	if (str_iends(p->name, STR(".etl")))
		return STR("etl");
	if (str_iends(p->name, STR(".blg")))
		return STR("blg");
	return p->text.n ? STR("text") : STR("binary");
}
