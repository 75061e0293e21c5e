/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The formats that are in force. They are the one thing that outlives a call here: a bid is handed
 * nothing but the probe, so what it bids with is made ready before the workers are forked.
 */
#include "parsers/format_load.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/base/embedded.h"

#define FORMATS_MAX 256
#define FILE_BYTES_MAX ((size_t)1024 * 1024)

static struct format_set {
	struct arena *a;
	struct format *format[FORMATS_MAX];
	struct format_info info[FORMATS_MAX];
	size_t n;
	struct format_engine engine;
} set;

const struct format *const *format_set(size_t *n, struct format_engine **g)
{
	*n = set.n;
	*g = &set.engine;
	return (const struct format *const *)set.format;
}

static struct format **slot_of(struct str name)
{
	for (size_t i = 0; i < set.n; i++)
		if (str_eq(set.format[i]->name, name))
			return &set.format[i];
	return set.n < FORMATS_MAX ? &set.format[set.n] : NULL;
}

static int add_format(const char *file, struct str bytes, struct err *e)
{
	struct yaml *y = yaml_parse(set.a, file, bytes, e);
	struct format *f, **slot = NULL;
	int rc;

	if (!y)
		return e->code;
	f = arena_alloc(set.a, sizeof(*f));
	rc = format_read(f, set.a, file, y, e);
	if (!rc)
		rc = format_check(f, &set.engine, file, y, e);
	if (!rc) {
		slot = slot_of(f->name);
		rc = slot ? 0 : err_set(e, E_LIMIT, "%s: more than %d formats", file, FORMATS_MAX);
	}
	if (!slot) {
		format_release(f);
		return rc;
	}
	if (slot == &set.format[set.n])
		set.n++;
	else
		format_release(*slot);
	*slot = f;
	return 0;
}

static int add_embedded(struct err *e)
{
	int rc = 0;

	for (const struct embedded *f = embedded_files; f->name && !rc; f++)
		if (str_starts(str_of(f->name), STR("parsers/formats/")) &&
			!str_ends(str_of(f->name), STR("-map.yaml")))
			rc = add_format(f->name, str_make(f->data, f->size_bytes), e);
	return rc;
}

static int add_path(const char *path, struct err *e)
{
	FILE *f = fopen(path, "rb");
	char *bytes;
	size_t n;

	if (!f)
		return err_set(e, E_USAGE, "%s: %s", path, strerror(errno));
	bytes = arena_alloc(set.a, FILE_BYTES_MAX);
	n = fread(bytes, 1, FILE_BYTES_MAX, f);
	fclose(f);
	if (n == FILE_BYTES_MAX)
		return err_set(e, E_USAGE, "%s: larger than %zu bytes", path, FILE_BYTES_MAX);
	return add_format(path, str_make(bytes, n), e);
}

static int is_yaml(const struct dirent *d)
{
	return str_ends(str_of(d->d_name), STR(".yaml"));
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_dir(const char *dir, struct err *e)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, is_yaml, by_name), rc = 0;

	if (n < 0)
		return err_set(e, E_USAGE, "%s: %s", dir, strerror(errno));
	for (int i = 0; i < n; i++) {
		struct buf path = { 0 };

		buf_printf(&path, "%s/%s", dir, names[i]->d_name);
		if (!rc)
			rc = add_path(arena_cstr(set.a, buf_str(&path)), e);
		buf_free(&path);
		free(names[i]);
	}
	free(names);
	return rc;
}

/* Highest bid first; of equals, the name decides and not the folder. */
static int by_bid(const void *a, const void *b)
{
	const struct format *x = *(const struct format *const *)a, *y = *(const struct format *const *)b;

	if (x->bid != y->bid)
		return x->bid > y->bid ? -1 : 1;
	return str_cmp(x->name, y->name);
}

int formats_load(const char *const dirs[], size_t n, struct err *e)
{
	int rc;

	formats_free();
	set.a = arena_new();
	if (!format_engine_open(&set.engine)) {
		formats_free();
		return err_set(e, E_INTERNAL, "no memory for patterns");
	}
	rc = add_embedded(e);
	for (size_t i = 0; i < n && !rc; i++)
		rc = add_dir(dirs[i], e);
	if (rc) {
		formats_free();
		return rc;
	}
	if (set.n)
		qsort(set.format, set.n, sizeof(set.format[0]), by_bid);
	for (size_t i = 0; i < set.n; i++)
		set.info[i] = set.format[i]->info;
	return 0;
}

void formats_free(void)
{
	for (size_t i = 0; i < set.n; i++)
		format_release(set.format[i]);
	if (set.engine.data || set.engine.context)
		format_engine_close(&set.engine);
	if (set.a)
		arena_free(set.a);
	memset(&set, 0, sizeof(set));
}

const struct format_info *formats_list(size_t *count)
{
	*count = set.n;
	return set.info;
}
