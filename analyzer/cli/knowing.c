/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/cli/knowing.h"

#include <dirent.h>
#include <stdlib.h>

#include "analyzer/base/embedded.h"
#include "analyzer/base/sha256.h"

int knowing_load(const struct options *o, struct knowledge **out, struct err *e)
{
	if (o->knowledge.n > 1)
		return err_set(e, E_USAGE, "--knowledge can be given once");
	return knowledge_load(o->knowledge.n ? o->knowledge.v[0] : NULL, out, e);
}

static int is_yaml(const struct dirent *entry)
{
	return str_iends(str_of(entry->d_name), STR(".yaml"));
}

static void add_file(struct sha256 *s, const char *dir, const char *name)
{
	char path[4096], block[8192];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "re");
	sha256_add(s, name, strlen(name));
	while (f && (n = fread(block, 1, sizeof(block), f)) > 0)
		sha256_add(s, block, n);
	if (f)
		fclose(f);
}

static void add_dir(struct sha256 *s, const char *dir)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, is_yaml, alphasort);

	for (int i = 0; i < n; i++) {
		add_file(s, dir, names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

struct str knowing_hash(const struct options *o, struct arena *a)
{
	struct sha256 *s = sha256_new();
	char hex[65];

	for (const struct embedded *f = embedded_files; f->name; f++) {
		sha256_add(s, f->name, strlen(f->name));
		sha256_add(s, f->data, (size_t)f->size_bytes);
	}
	for (size_t i = 0; i < o->knowledge.n; i++)
		add_dir(s, o->knowledge.v[i]);
	for (size_t i = 0; i < o->formats.n; i++)
		add_dir(s, o->formats.v[i]);
	sha256_end(s, hex);
	return arena_str(a, str_of(hex));
}
