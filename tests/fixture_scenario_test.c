/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios become bundles, the same each time; mistakes in them are named with their line. */
#include <archive.h>
#include <archive_entry.h>
#include <criterion/criterion.h>
#include <ftw.h>
#include <glob.h>
#include <unistd.h>

#include "fixtures/generator.h"

#define SCENARIOS "fixtures/scenarios/*.yaml"

struct place {
	char path[64];
};

static void place_make(struct place *p)
{
	snprintf(p->path, sizeof(p->path), "/tmp/fixture_test.XXXXXX");
	cr_assert_not_null(mkdtemp(p->path));
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

static void place_free(struct place *p)
{
	cr_assert_eq(nftw(p->path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static int generate(
	const char *scenario, const struct options *o, const char *folder, struct err *e)
{
	struct generator g;
	int rc = generator_open(&g, scenario, o, e);

	if (!rc)
		rc = story_add(&g);
	if (!rc)
		rc = noise_add(&g);
	logs_finish(&g);
	if (!rc)
		rc = bundles_write(&g, folder);
	if (!rc)
		rc = expected_write(&g, folder);
	generator_close(&g);
	return rc;
}

static void file_load(const char *folder, const char *name, struct buf *b)
{
	char path[200];
	int c;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "rb");
	cr_assert_not_null(f, "%s", path);
	while ((c = getc(f)) != EOF)
		buf_putc(b, (char)c);
	fclose(f);
}

static void same_files(const char *a, const char *b, const char *name)
{
	struct buf x = {0}, y = {0};

	file_load(a, name, &x);
	file_load(b, name, &y);
	cr_expect_eq(x.n, y.n);
	cr_expect(x.n == y.n && !memcmp(x.p, y.p, x.n), "%s differs", name);
	buf_free(&x);
	buf_free(&y);
}

/* Does the archive hold a member whose name ends so? Its bytes' number is `size`. */
static bool archive_has(const char *folder, const char *name, const char *end, size_t *size)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	char path[200];
	bool found = false;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	archive_read_support_format_all(a);
	archive_read_support_filter_all(a);
	cr_assert_eq(archive_read_open_filename(a, path, 65536), ARCHIVE_OK);
	while (!found && archive_read_next_header(a, &entry) == ARCHIVE_OK) {
		found = str_ends(str_of(archive_entry_pathname(entry)), str_of(end));
		if (found && size)
			*size = (size_t)archive_entry_size(entry);
	}
	archive_read_free(a);
	return found;
}

Test(fixture_scenario, every_scenario_can_be_made)
{
	struct options o = {.scale = 1};
	struct err e = {0};
	struct place p;
	glob_t all;

	place_make(&p);
	cr_assert_eq(glob(SCENARIOS, 0, NULL, &all), 0);
	cr_assert_geq(all.gl_pathc, 15u);
	for (size_t i = 0; i < all.gl_pathc; i++)
		cr_expect_eq(generate(all.gl_pathv[i], &o, p.path, &e), 0, "%s", e.text);
	globfree(&all);
	place_free(&p);
}

Test(fixture_scenario, the_same_seed_gives_the_same_bytes_and_another_does_not)
{
	struct options o = {.scale = 1}, other = {.scale = 1, .seed = 99};
	struct buf x = {0}, y = {0};
	struct place a, b, c;
	struct err e = {0};

	place_make(&a);
	place_make(&b);
	place_make(&c);
	cr_assert_eq(generate("fixtures/scenarios/cascade.yaml", &o, a.path, &e), 0, "%s", e.text);
	cr_assert_eq(generate("fixtures/scenarios/cascade.yaml", &o, b.path, &e), 0);
	cr_assert_eq(generate("fixtures/scenarios/cascade.yaml", &other, c.path, &e), 0);
	same_files(a.path, b.path, "cascade.zip");
	same_files(a.path, b.path, "cascade.expected.json");
	file_load(a.path, "cascade.zip", &x);
	file_load(c.path, "cascade.zip", &y);
	cr_expect(x.n != y.n || memcmp(x.p, y.p, x.n));
	buf_free(&x);
	buf_free(&y);
	place_free(&a);
	place_free(&b);
	place_free(&c);
}

Test(fixture_scenario, layouts_name_the_members)
{
	static const char *const members[][2] = {
		{"tss", "HV01-Microsoft-Windows-Hyper-V-VMMS-Admin.evtx"},
		{"sdp", "HV01_evt_HyperVVMMS-Admin.evtx"},
		{"sddc", "Node_hv01.contoso.local/System.EVTX"},
		{"plain", "HV01_Microsoft-Windows-TaskScheduler%4Operational.evtx"},
		{"nested", "tss_260121-081000_HV01_psSDP_HyperV.zip"},
	};
	struct place p;
	struct err e = {0};

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		struct options o = {.scale = 1, .layout = members[i][0]};
		place_make(&p);
		cr_assert_eq(generate("fixtures/scenarios/cascade.yaml", &o, p.path, &e), 0, "%s",
			e.text);
		cr_expect(archive_has(p.path, "cascade.zip", members[i][1], NULL), "%s: no %s",
			members[i][0], members[i][1]);
		place_free(&p);
	}
}

Test(fixture_scenario, scale_multiplies_noise)
{
	struct options one = {.scale = 1}, five = {.scale = 5};
	struct place a, b;
	struct err e = {0};
	size_t small = 0, big = 0;

	place_make(&a);
	place_make(&b);
	cr_assert_eq(generate("fixtures/scenarios/not-ours.yaml", &one, a.path, &e), 0);
	cr_assert_eq(generate("fixtures/scenarios/not-ours.yaml", &five, b.path, &e), 0);
	cr_assert(archive_has(a.path, "not-ours.zip", "_evt_System.evtx", &small));
	cr_assert(archive_has(b.path, "not-ours.zip", "_evt_System.evtx", &big));
	cr_expect_gt(big, 3 * small);
	place_free(&a);
	place_free(&b);
}

/* The data files are looked for above the scenario's folder. */
static void data_link(const struct place *p)
{
	static const char *const names[] = {"providers.yaml", "noise.yaml", "layouts.yaml", "texts"};
	char here[200], from[300], to[100];

	cr_assert_not_null(getcwd(here, sizeof(here)));
	for (size_t i = 0; i < 4; i++) {
		snprintf(from, sizeof(from), "%s/fixtures/%s", here, names[i]);
		snprintf(to, sizeof(to), "%s/%s", p->path, names[i]);
		cr_assert_eq(symlink(from, to), 0);
	}
}

static void refused(const char *scenario, const char *words)
{
	struct options o = {.scale = 1};
	struct err e = {0};
	struct place p;
	char path[100];

	place_make(&p);
	data_link(&p);
	cr_assert_eq(file_write(p.path, STR("scenarios/s.yaml"), str_of(scenario), &e), 0);
	snprintf(path, sizeof(path), "%s/scenarios/s.yaml", p.path);
	cr_expect_neq(generate(path, &o, p.path, &e), 0);
	cr_expect_not_null(strstr(e.text, words), "\"%s\" lacks \"%s\"", e.text, words);
	place_free(&p);
}

Test(fixture_scenario, mistakes_are_named)
{
	refused("hosts: {A: {}}\nstory:\n  - {at: 0s, event: no-such}\n", "no event \"no-such\"");
	refused("hosts: {A: {}}\nstory:\n  - {at: soon, event: vss-8224}\n", ":3:");
	refused("hosts: {A: {}}\nstory:\n  - {at: 0s, event: vmms-19080}\n", "unknown name \"vm\"");
	refused("hosts: {A: {}}\nstory:\n  - {at: 0s, host: B, event: vss-8224}\n",
		"no host \"B\"");
	refused("hosts: {A: {}}\nfiles:\n  - {path: a.txt, file: get-vmhost, form: poem}\n", "no form \"poem\"");
	refused("hosts: {A: {}}\nfiles:\n  - {path: a.hiv, hive: {keys: {K: {V(float): 1}}}}\n",
		"unknown type \"float\"");
	refused("hosts: {A: {}}\nfiles:\n  - {path: a.pml, pml: {operations: [{operation: Sing}]}}\n",
		"no operation \"Sing\"");
	refused("layout: other\nhosts: {A: {}}\n", "no layout \"other\"");
}
