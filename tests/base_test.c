/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "analyzer/base/clock.h"
#include "analyzer/base/map.h"
#include "analyzer/base/sha256.h"
#include "analyzer/base/text.h"
#include "analyzer/base/yaml.h"

Test(str, splits_lines_at_every_kind_of_end)
{
	struct str rest = STR("a\nb\r\n\rc"), line;
	const char *want[] = { "a", "b", "", "c" };

	for (size_t i = 0; i < 4; i++) {
		cr_assert(str_line(&rest, &line));
		cr_assert(str_eq(line, str_of(want[i])), "line %zu is '%.*s'", i, STR_ARG(line));
	}
	cr_assert(!str_line(&rest, &line));
}

Test(str, glob_folds_case_and_takes_stars_anywhere)
{
	cr_assert(str_glob(STR("LSI_SAS*"), STR("lsi_sas2i")));
	cr_assert(str_glob(STR("*storport*"), STR("xStorPorty")));
	cr_assert(str_glob(STR("a?c*"), STR("abc")));
	cr_assert(!str_glob(STR("a*b"), STR("abc")));
	cr_assert(str_glob(STR("*"), STR("")));
	cr_assert(!str_glob(STR(""), STR("x")));
}

Test(str, numbers_must_fill_the_text_and_fit)
{
	uint64_t u;
	int64_t i;

	cr_assert(str_to_u64(STR("ffffffffffffffff"), 16, &u) && u == UINT64_MAX);
	cr_assert(!str_to_u64(STR("18446744073709551616"), 10, &u));
	cr_assert(!str_to_u64(STR("12x"), 10, &u));
	cr_assert(!str_to_u64(STR(""), 10, &u));
	cr_assert(str_to_i64(STR("-9223372036854775808"), &i) && i == INT64_MIN);
	cr_assert(!str_to_i64(STR("9223372036854775808"), &i));
}

Test(clock, ticks_and_civil_are_inverse_over_four_centuries)
{
	for (int64_t t = -TICKS_DAY; t < 146097 * TICKS_DAY * 2; t += 13 * TICKS_DAY + 12345678901) {
		struct civil c;
		int64_t back = 0;

		civil_from_ticks(t, &c);
		if (c.year < 1601)
			continue;
		cr_assert(civil_to_ticks(&c, &back), "%d-%d-%d", c.year, c.month, c.day);
		cr_assert_eq(back, t);
	}
}

Test(clock, rfc3339_keeps_seven_digits_and_offsets)
{
	char out[RFC3339_BYTES];
	int64_t t;

	cr_assert(time_parse_rfc3339(STR("2024-05-14T03:12:46.1234567Z"), &t));
	cr_assert_str_eq(time_rfc3339(t, out), "2024-05-14T03:12:46.1234567Z");
	cr_assert(time_parse_rfc3339(STR("2024-05-14T05:12:46.1234567+02:00"), &t));
	cr_assert_str_eq(time_rfc3339(t, out), "2024-05-14T03:12:46.1234567Z");
	cr_assert(!time_parse_rfc3339(STR("2024-02-30T00:00:00Z"), &t));
	cr_assert(!time_parse_rfc3339(STR("2024-05-14T03:12:46"), &t));
	cr_assert_str_eq(time_rfc3339(TICKS_UNIX_EPOCH, out), "1970-01-01T00:00:00.0000000Z");
}

Test(text, guid_and_its_text_are_inverse)
{
	uint8_t raw[16];
	char out[GUID_BYTES];

	cr_assert(guid_parse(STR("66841cd4-6ded-4f4b-8f17-fd23f8ddc3de"), raw));
	cr_assert_str_eq(guid_format(raw, out), "{66841CD4-6DED-4F4B-8F17-FD23F8DDC3DE}");
	cr_assert_eq(raw[0], 0xd4);
	cr_assert(!guid_parse(STR("66841cd4-6ded-4f4b-8f17-fd23f8ddc3dg"), raw));
}

Test(text, utf16_becomes_utf8_and_lone_surrogates_survive)
{
	static const uint8_t in[] = { 'a', 0, 0xe4, 0, 0x3d, 0xd8, 0x00, 0xde, 0x3d, 0xd8, 'b', 0 };
	struct buf b = { 0 }, json = { 0 };

	buf_utf16le(&b, in, sizeof(in));
	cr_assert(str_eq(buf_str(&b), STR("a\xc3\xa4\xf0\x9f\x98\x80\xed\xa0\xbd" "b")));
	json_string(&json, buf_str(&b));
	cr_assert(str_eq(buf_str(&json), STR("\"a\xc3\xa4\xf0\x9f\x98\x80‹U+D83D›b\"")));
	buf_free(&b);
	buf_free(&json);
}

Test(text, json_escapes_what_could_end_a_script)
{
	struct buf b = { 0 };

	json_string(&b, STR("</script>\"\\\n\x01\xff\xe2\x80\xa8&"));
	cr_assert(str_eq(buf_str(&b),
		STR("\"\\u003c/script\\u003e\\\"\\\\\\n\\u0001‹0xFF›\\u2028\\u0026\"")),
		"%.*s", (int)b.n, b.p);
	buf_free(&b);
}

Test(map, keeps_insertion_order_and_folds_case_where_asked)
{
	struct map *m = map_new(true);
	bool added;

	for (int i = 0; i < 1000; i++) {
		char key[16];

		snprintf(key, sizeof(key), "Key%d", i);
		cr_assert_eq(map_intern(m, str_of(key), &added), (uint32_t)i);
		cr_assert(added);
	}
	cr_assert_eq(map_find(m, STR("kEY512")), 512u);
	cr_assert_eq(map_find(m, STR("kEY1000")), MAP_NONE);
	map_free(m);
}

Test(sha256, agrees_with_the_published_vector)
{
	char hex[65];

	sha256_hex("abc", 3, hex);
	cr_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static const char *yaml_fault(const char *text, struct err *e)
{
	struct arena *a = arena_new();
	struct yaml *y = yaml_parse(a, "f.yaml", str_of(text), e);

	cr_assert_null(y);
	arena_free(a);
	return e->text;
}

Test(yaml, keeps_texts_as_written_with_their_places)
{
	struct arena *a = arena_new();
	struct err e = { 0 };
	struct yaml *y = yaml_parse(a, "f", STR("on: 0x800423F4\nlist: [1, 'two']\n"), &e);

	cr_assert_not_null(y, "%s", e.text);
	cr_assert(str_eq(yaml_text(y, "on", STR("")), STR("0x800423F4")));
	cr_assert_eq(yaml_get(y, "list")->count, 2);
	cr_assert(yaml_get(y, "list")->first->next->quoted);
	cr_assert_eq(yaml_get(y, "list")->key_line, 2);
	arena_free(a);
}

Test(yaml, refuses_what_would_be_misread_and_says_where)
{
	struct err e = { 0 };

	cr_assert_not_null(strstr(yaml_fault("a: 1\na: 2\n", &e), "f.yaml:2:1: the key 'a' stands here twice"));
	cr_assert_not_null(strstr(yaml_fault("a: &x 1\nb: *x\n", &e), "f.yaml:1:"));
	cr_assert_not_null(strstr(yaml_fault("", &e), "empty"));
	cr_assert_not_null(strstr(yaml_fault("a: [1\n", &e), "f.yaml:2:"));
}

Test(yaml, survives_any_cut)
{
	static const char text[] = "schema: x\nlist:\n  - {a: 1, b: [c, 'd']}\n  - \"e\\n\"\n";

	for (size_t n = 0; n < sizeof(text); n++) {
		struct arena *a = arena_new();
		struct err e = { 0 };

		yaml_parse(a, "f", str_make(text, n), &e);
		arena_free(a);
	}
}

Test(clock, a_duration_is_told_to_the_nearest_unit_that_is_shown)
{
	static const struct { int64_t ticks; const char *text; } table[] = {
		{ 0, "0 ms" }, { 8509999, "851 ms" }, { 9999999, "1 s" }, { 29999321, "3 s" },
		{ -59999999, "-6 s" }, { 599999999, "1 min 0 s" }, { 36000 * TICKS_MS, "36 s" },
		{ TICKS_HOUR - 1, "1 h 0 min" }, { TICKS_DAY - 1, "1 d 0 h" },
		{ TICKS_HOUR + 89 * TICKS_SECOND, "1 h 1 min" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct buf b = { 0 };

		buf_duration(&b, table[i].ticks);
		cr_expect(str_eq(buf_str(&b), str_of(table[i].text)), "%.*s is not %s",
			STR_ARG(buf_str(&b)), table[i].text);
		buf_free(&b);
	}
}
