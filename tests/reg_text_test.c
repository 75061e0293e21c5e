/* SPDX-License-Identifier: Apache-2.0 */
/* Values without end in exported registries: cut with a note, and what follows is read. */
#include "tests/vm_facts.h"

static void facts_of_text(const struct buf *text, struct buf *out)
{
	facts_of_window("reg_text", "x.reg", (const uint8_t *)text->p, text->n, text->n, 0, out);
}

static void expect_cut(struct buf *text)
{
	struct buf out = { 0 };

	buf_puts(text, STR("[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\VSS]\r\n"
			   "\"Start\"=dword:00000003\r\n"));
	facts_of_text(text, &out);
	cr_expect(str_find(buf_str(&out), STR("note a value longer than 65536 bytes is cut")) >= 0, "%.*s",
		(int)out.n, out.p);
	cr_expect(str_find(buf_str(&out), STR("name=VSS")) >= 0, "%.*s", (int)out.n, out.p);
	buf_free(&out);
	buf_free(text);
}

Test(reg_text, a_first_line_without_end_that_goes_on)
{
	struct buf text = { 0 };

	buf_puts(&text, STR("Windows Registry Editor Version 5.00\r\n\r\n\""));
	for (size_t i = 0; i < 70000; i++)
		buf_putc(&text, 'x');
	buf_puts(&text, STR("\\\r\n"));
	expect_cut(&text);
}

Test(reg_text, a_value_of_many_lines)
{
	struct buf text = { 0 };

	buf_puts(&text, STR("Windows Registry Editor Version 5.00\r\n\r\n"
			    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\A]\r\n\"b\"=hex:00,\\\r\n"));
	for (size_t i = 0; i < 4000; i++)
		buf_puts(&text, STR("  00,01,02,03,04,05,06,07,08,09,0a,0b,\\\r\n"));
	buf_puts(&text, STR("  00\r\n"));
	expect_cut(&text);
}
