/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of text whose width changes within a file. */
#include <criterion/criterion.h>

#include "parsers/text.h"

Test(text_lines, a_line_of_bytes_before_wide_text_is_a_line)
{
	struct buf b = { 0 };
	struct text_reader *t;
	struct text_line line;
	size_t n = 0;

	buf_puts(&b, STR("Header of 18 bytes\r\n"));
	for (const char *p = "wide text that follows it\r\nand more\r\n"; *p; p++) {
		buf_putc(&b, *p);
		buf_putc(&b, '\0');
	}
	t = text_open((const uint8_t *)b.p, b.n);
	while (n < 10 && text_next(t, &line))
		cr_expect(n++ || str_eq(line.text, STR("Header of 18 bytes")), "%.*s", STR_ARG(line.text));
	cr_expect_eq(n, 3);
	cr_expect(str_eq(line.text, STR("and more")), "%.*s", STR_ARG(line.text));
	text_close(t);
	buf_free(&b);
}
