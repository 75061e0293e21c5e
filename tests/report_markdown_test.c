/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "reports/markdown_text.h"

static void expect(const char *text, bool cell, const char *want)
{
	struct buf b = { 0 };

	markdown_text(&b, str_of(text), cell);
	cr_expect(str_eq(buf_str(&b), str_of(want)), "'%s' gave '%.*s', expected '%s'", text,
		(int)b.n, b.p, want);
	buf_free(&b);
}

Test(report_markdown, plain_words_stay_as_they_are)
{
	expect("The backup of SQL01 failed (2 times).", false, "The backup of SQL01 failed (2 times).");
	expect("  two\n\nlines ", false, "two lines");
	expect("", false, "");
}

Test(report_markdown, words_with_effect_stand_in_backquotes)
{
	expect("see [x](http://e.example/)", false, "see `[x](http://e.example/`)");
	expect("www.e.example", false, "`www.e.example`");
	expect("ask @team about #12", false, "ask `@team` about `#12`");
	expect("<img src=x>", false, "`<img` `src=x>`");
	expect("reset \\Device\\RaidPort2,", false, "reset `\\Device\\RaidPort2`,");
	expect("- 1. === +", false, "`-` `1.` `===` `+`");
}

Test(report_markdown, backquotes_inside_get_a_longer_fence)
{
	expect("a`b", false, "``a`b``");
	expect("``", false, "``` `` ```");
}

Test(report_markdown, a_pipe_never_splits_a_cell)
{
	expect("a|b", true, "`a\\|b`");
	expect("a\\|b", true, "`a\\‹U+007C›b`");
}

Test(report_markdown, a_command_can_not_close_its_own_fence)
{
	struct buf b = { 0 };

	markdown_fence(&b, STR("echo 1\n```\n# out"), 2);
	cr_expect(str_eq(buf_str(&b), STR("  ````powershell\n  echo 1\n  ```\n  # out\n  ````\n")));
	buf_free(&b);
}
