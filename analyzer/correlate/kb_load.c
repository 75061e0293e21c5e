/* SPDX-License-Identifier: Apache-2.0 */
/* Where the knowledge comes from: what is built in, then the files of a folder. */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "analyzer/base/embedded.h"
#include "analyzer/correlate/knowledge.h"

#define FILE_MAX_BYTES ((size_t)16 << 20)

static int add_embedded(struct knowledge *kb)
{
	for (const struct embedded *f = embedded_files; f->name; f++)
		if (str_starts(str_of(f->name), STR("analyzer/knowledge/")))
			knowledge_add(kb, f->name, str_make(f->data, f->size_bytes), false);
	return 0;
}

static int add_file(struct knowledge *kb, const char *path, struct err *e)
{
	FILE *f = fopen(path, "rb");
	struct buf b = { 0 };
	size_t n;

	if (!f)
		return err_set(e, E_INPUT, "%s: %s", path, strerror(errno));
	do {
		buf_reserve(&b, 65536);
		n = fread(b.p + b.n, 1, 65536, f);
		b.n += n;
	} while (n && b.n <= FILE_MAX_BYTES);
	fclose(f);
	if (b.n > FILE_MAX_BYTES) {
		buf_free(&b);
		return err_set(e, E_INPUT, "%s: larger than %zu bytes", path, FILE_MAX_BYTES);
	}
	knowledge_add(kb, path, buf_str(&b), true);
	buf_free(&b);
	return 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_yaml(const struct dirent *d)
{
	return str_ends(str_of(d->d_name), STR(".yaml")) || str_ends(str_of(d->d_name), STR(".yml"));
}

static int add_folder(struct knowledge *kb, const char *dir, struct err *e)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, is_yaml, by_name), rc = 0;

	if (n < 0)
		return err_set(e, E_INPUT, "%s: %s", dir, strerror(errno));
	for (int i = 0; i < n; i++) {
		if (!rc)
			rc = add_file(kb, arena_printf(kb->a, "%s/%s", dir, names[i]->d_name).p, e);
		free(names[i]);
	}
	free(names);
	return rc;
}

int knowledge_load(const char *dir, struct knowledge **out, struct err *e)
{
	struct knowledge *kb = knowledge_new();
	int rc = add_embedded(kb);

	*out = kb;
	if (!rc && dir)
		rc = add_folder(kb, dir, e);
	if (rc)
		return rc;
	knowledge_finish(kb);
	for (size_t i = 0; i < kb->problems.n; i++)
		if (kb->problems.v[i].own && kb->problems.v[i].error)
			return err_set(e, E_USAGE, "%.*s", STR_ARG(kb->problems.v[i].text));
	return 0;
}
