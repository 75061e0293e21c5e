/* SPDX-License-Identifier: Apache-2.0 */
/* caseline inventory: every member, one line each, tab-separated so that pipes can take it. */
#include <stdio.h>

#include "analyzer/cli/session.h"

/* Names are hostile: a control character would break the line or the terminal. */
static void print_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (c < 0x20 || c == 0x7f)
			printf("\\x%02x", c);
		else
			putchar(c);
	}
}

static void print_member(const struct member *m)
{
	printf("%s\t%llu\t%s\t%.*s\t", member_status_name(m->status), (unsigned long long)m->bytes,
		m->sha256[0] ? m->sha256 : "-", STR_ARG(m->type.n ? m->type : STR("-")));
	print_name(m->path);
	if (m->error.n) {
		putchar('\t');
		print_name(m->error);
	}
	putchar('\n');
}

int command_inventory(const struct options *o, struct err *e)
{
	struct session s;
	int rc = session_open(&s, o, true, NULL, e);

	if (!rc && !o->quiet)
		printf("#status\tbytes\tsha256\ttype\tpath\tremark\n");
	for (size_t i = 0; !rc && i < s.evidence.members.n; i++)
		print_member(&s.evidence.members.v[i]);
	for (size_t i = 0; !rc && i < s.evidence.losses.n; i++)
		fprintf(stderr, "caseline: %.*s\n", STR_ARG(s.evidence.losses.v[i]));
	session_close(&s);
	return rc;
}
