/* SPDX-License-Identifier: Apache-2.0 */
/* caseline parsers: what can be read; with --try, who bids what for a file. */
#include <errno.h>
#include <stdio.h>

#include "analyzer/cli/session.h"
#include "analyzer/ingest/worker.h"
#include "parsers/format.h"

#define ROWS_SHOWN 5

static void list_parsers(void)
{
	printf("parsers (the highest bid wins, the first of equals):\n");
	for (size_t i = 0; parser_list[i]; i++)
		printf("  %-18s %-26s %s\n", parser_list[i]->name,
			parser_list[i]->data_type ? parser_list[i]->data_type : "",
			parser_list[i]->about);
}

static int list_formats(const struct options *o, struct err *e)
{
	size_t n;
	int rc = formats_load(o->formats.v, o->formats.n, e);
	const struct format_info *list = formats_list(&n);

	if (rc)
		return rc;
	printf("text formats (bid, name, what; read by the parser 'format'):\n");
	for (size_t i = 0; i < n; i++)
		printf("  %3u %-14s %-26s %s\n", list[i].bid, list[i].name, list[i].data_type,
			list[i].about);
	formats_free();
	return 0;
}

static int read_head(const char *path, char *head, size_t *n, uint64_t *size, struct err *e)
{
	FILE *f = fopen(path, "rb");

	if (!f)
		return err_set(e, E_INPUT, "%s: %s", path, strerror(errno));
	*n = fread(head, 1, HEAD_BYTES, f);
	*size = fseek(f, 0, SEEK_END) == 0 && ftell(f) > 0 ? (uint64_t)ftell(f) : *n;
	fclose(f);
	return 0;
}

static int list_bids(const char *path, struct err *e)
{
	char *head = xmalloc(HEAD_BYTES), *text = xmalloc(PROBE_TEXT_BYTES);
	struct probe p = { .path = str_of(path), .name = str_of(path) };
	ptrdiff_t slash = str_rchr(p.name, '/');
	size_t n = 0;
	int rc = read_head(path, head, &n, &p.size, e);

	p.name = str_from(p.name, (size_t)(slash + 1));
	probe_make(&p, str_make(head, n), text);
	for (size_t i = 0; !rc && parser_list[i]; i++) {
		int bid = parser_list[i]->bid(&p);
		bool data = strcmp(parser_list[i]->name, "format") == 0;
		const struct format_info *f = data ? format_for(p.name, p.text) : NULL;

		if (bid > 0)
			printf("  %3d  %s%s%s\n", bid, parser_list[i]->name, f ? " " : "", f ? f->name : "");
	}
	free(head);
	free(text);
	return rc;
}

static void print_first_rows(const struct member *m)
{
	size_t shown = 0;

	for (size_t s = 0; s < m->segment_count; s++) {
		for (size_t r = 0; r < segment_rows(m->segments[s]) && shown < ROWS_SHOWN; r++) {
			struct row row;
			char time[RFC3339_BYTES];
			struct buf b = { 0 };

			segment_row(m->segments[s], r, &row);
			for (size_t i = 0; i < segment_field_count(m->segments[s], r); i++) {
				struct field f;

				segment_field(m->segments[s], r, i, &f);
				buf_printf(&b, " %.*s=", STR_ARG(f.name));
				buf_field(&b, &f);
			}
			printf("  %llu  %s  %.*s  %.*s%.*s\n", (unsigned long long)row.number,
				time_rfc3339(row.time_100ns, time),
				STR_ARG(segment_kind(m->segments[s], row.kind)->provider),
				STR_ARG(row.message), (int)b.n, b.p);
			buf_free(&b);
			shown++;
		}
	}
}

static int try_file(const struct options *o, struct err *e)
{
	struct options one = *o;
	struct session s;
	int rc = formats_load(o->formats.v, o->formats.n, e);

	if (!rc)
		rc = list_bids(o->try_file, e);
	if (rc)
		return rc;
	one.words.v = &one.try_file;
	one.words.n = 1;
	one.quiet = true;
	rc = session_open(&s, &one, false, NULL, e);
	for (size_t i = 0; !rc && i < s.evidence.members.n; i++) {
		const struct member *m = &s.evidence.members.v[i];

		printf("%.*s: %s by %.*s, %llu events, %llu facts, %llu notes\n", STR_ARG(m->path),
			member_status_name(m->status), STR_ARG(m->parser.n ? m->parser : STR("nothing")),
			(unsigned long long)m->events, (unsigned long long)m->facts,
			(unsigned long long)m->notes);
		print_first_rows(m);
	}
	session_close(&s);
	return rc;
}

int command_parsers(const struct options *o, struct err *e)
{
	if (o->try_file)
		return try_file(o, e);
	list_parsers();
	return list_formats(o, e);
}
