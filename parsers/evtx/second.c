/* SPDX-License-Identifier: Apache-2.0 */
/* The second reader: not there yet. */
#include "parsers/evtx/reader.h"

int second_record(struct reader *r, const struct record *rec, uint8_t flags, struct err *e)
{
	(void)r;
	(void)rec;
	(void)flags;
	return err_set(e, E_UNSUPPORTED, "no second reader");
}

void second_free(struct second *s)
{
	(void)s;
}

int evtx_parse_second(const struct member_view *m, struct sink *out, struct err *e)
{
	(void)m;
	(void)out;
	return err_set(e, E_UNSUPPORTED, "no second reader");
}
