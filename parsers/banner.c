/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   Microsoft DiskShadow version 1.0
 *   Copyright (C) 2013 Microsoft Corporation
 *   On computer:  HV01,  3/12/2024 10:15:03 PM
 */
#include "parsers/banner.h"

#include "parsers/label.h"

#define BANNER_LINES 5

static struct str first_word(struct str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != ',' && s.p[n] != ' ' && s.p[n] != '\t')
		n++;
	return str_sub(s, 0, n);
}

void banner_line(struct banner *b, struct sink *out, struct str text, uint64_t line, uint64_t offset)
{
	struct str name, value;

	if (str_starts(text, STR("Microsoft DiskPart")) || str_starts(text, STR("Microsoft DiskShadow"))) {
		b->left = BANNER_LINES;
		return;
	}
	if (!b->left)
		return;
	b->left--;
	if (!label_split(text, &name, &value) || !first_word(value).n || first_word(value).n > 63)
		return;
	b->left = 0;
	sink_fact(out, STR("host.info"), line, offset);
	sink_put(out, "name", first_word(value));
}
