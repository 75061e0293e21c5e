/* SPDX-License-Identifier: Apache-2.0 */
/* Which spellings are one thing, what lies on what, and how long a number holds. */
#include <criterion/criterion.h>

#include "analyzer/correlate/learn.h"
#include "analyzer/correlate/entity.h"
#include "analyzer/correlate/signal.h"
#include "tests/make_case.h"

#define T0 INT64_C(133600000000000000)

static void volume_fact(struct sink *s, uint64_t line, const char *letter, const char *disk)
{
	sink_fact(s, STR("volume"), line, 0);
	sink_put(s, "letter", str_of(letter));
	sink_put(s, "disk", str_of(disk));
}

static struct entities *learned(struct made *m)
{
	struct entities *en;
	struct err e = { 0 };

	cr_assert_eq(made_build(m, NULL, &e), 0);
	en = entities_new(&m->file);
	entities_learn(en);
	return en;
}

Test(entities, a_volume_lies_on_the_disk_that_facts_of_its_host_name)
{
	struct made m;
	struct sink *s;
	struct entities *en;
	uint32_t here, there;

	made_start(&m);
	s = made_member(&m, "HV01_diskpart.txt");
	volume_fact(s, 1, "D:", "4");
	volume_fact(s, 2, "E:", "1");
	volume_fact(s, 3, "E:", "2");   /* spanned */
	made_close(s);
	s = made_member(&m, "HV02.evtx");
	made_event(s, "HV02", "disk", 153, 1, T0);
	made_close(s);
	s = made_member(&m, "System.evtx");
	made_event(s, "HV01", "disk", 153, 1, T0);
	made_close(s);
	en = learned(&m);
	here = case_find_host(&m.file, STR("HV01"));
	there = case_find_host(&m.file, STR("HV02"));
	cr_assert(here != HOST_NONE && there != HOST_NONE);
	cr_expect_eq(entity_below(en, entity_intern(en, ENTITY_VOLUME, STR("D:\\x"), here), here),
		entity_intern(en, ENTITY_DISK, STR("\\Device\\Harddisk4\\DR7"), here));
	cr_expect_eq(entity_below(en, entity_intern(en, ENTITY_VOLUME, STR("E:"), here), here), MAP_NONE);
	cr_expect_eq(entity_below(en, entity_intern(en, ENTITY_VOLUME, STR("D:"), there), there), MAP_NONE);
	entities_free(en);
	made_free(&m);
}

/* Two events that name disk 4, with or without a start of the system between. */
static bool join_over(bool boot)
{
	static const char rules[] =
		"schema: caseline.knowledge/1\n"
		"marks:\n  - {mark: boot, match: {provider: kernel, id: 12}}\n"
		"signals:\n"
		"  - {id: a, title: a, match: {provider: disk, id: 1}, bind: {disk: Disk}, "
		"seen_in: System, confidence: V}\n"
		"  - {id: b, title: b, match: {provider: disk, id: 2}, bind: {disk: Disk}, "
		"seen_in: System, confidence: V}\n";
	struct knowledge *kb = knowledge_new();
	struct sightings *seen;
	struct made m;
	struct sink *s;
	struct err e = { 0 };
	uint32_t entity;
	bool share;

	knowledge_add(kb, "rules.yaml", str_of(rules), false);
	knowledge_finish(kb);
	made_start(&m);
	s = made_member(&m, "System.evtx");
	made_event(s, "HV01", "disk", 1, 1, T0);
	sink_put(s, "Disk", STR("\\Device\\Harddisk4\\DR4"));
	if (boot)
		made_event(s, "HV01", "kernel", 12, 2, T0 + TICKS_MINUTE);
	made_event(s, "HV01", "disk", 2, 3, T0 + 2 * TICKS_MINUTE);
	sink_put(s, "Disk", STR("PhysicalDrive4"));
	made_close(s);
	cr_assert_eq(made_build(&m, NULL, &e), 0);
	case_learn(&m.file, kb, NULL);
	seen = sightings_find(kb, &m.file);
	cr_assert_eq(seen->episodes.n, 2);
	share = episodes_share(seen, &seen->episodes.v[0], &seen->episodes.v[1], ENTITY_DISK, &entity);
	sightings_free(seen);
	made_free(&m);
	knowledge_free(kb);
	return share;
}

Test(entities, a_disk_number_holds_from_one_start_of_the_system_to_the_next)
{
	cr_expect(join_over(false));
	cr_expect(!join_over(true));
}
