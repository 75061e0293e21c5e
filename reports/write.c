/* SPDX-License-Identifier: Apache-2.0 */
/* Writing outputs: whole or not at all. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reports/report.h"

const struct output outputs[] = {
#define OUTPUT(name, file, function, by_default, about) { name, file, about, by_default, function },
#include "reports/outputs.def"
#undef OUTPUT
	{ 0 },
};

static const struct output *output_find(struct str name)
{
	for (const struct output *o = outputs; o->name; o++)
		if (str_eq(name, str_of(o->name)))
			return o;
	return NULL;
}

static bool is_listed(const struct output *o, const char *list)
{
	struct str rest = str_of(list), part;

	if (!list)
		return o->by_default;
	while (str_split(&rest, ',', &part))
		if (str_eq(str_trim(part), str_of(o->name)) || str_eq(str_trim(part), STR("all")))
			return true;
	return false;
}

const char *reports_first(const char *list)
{
	for (const struct output *o = outputs; o->name; o++)
		if (is_listed(o, list))
			return o->file;
	return NULL;
}

static int check_list(const char *list, struct err *e)
{
	struct str rest = str_of(list), part;
	struct buf known = { 0 };
	int rc = 0;

	while (list && !rc && str_split(&rest, ',', &part)) {
		part = str_trim(part);
		if (str_eq(part, STR("all")) || output_find(part))
			continue;
		for (const struct output *o = outputs; o->name; o++)
			buf_printf(&known, "%s%s", known.n ? ", " : "", o->name);
		rc = err_set(e, E_USAGE, "--output: '%.*s' is no output; there are %.*s, all",
			STR_ARG(part), (int)known.n, known.p);
	}
	buf_free(&known);
	return rc;
}

static bool is_ours(const char *name)
{
	struct str s = str_of(name);

	for (const struct output *o = outputs; o->name; o++)
		if (str_eq(s, str_of(o->file)))
			return true;
	return str_eq(s, STR(".")) || str_eq(s, STR("..")) || str_starts(s, STR(".caseline-"));
}

static int check_dir(const char *dir, struct err *e)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	int rc = 0;

	if (!d && errno == ENOENT)
		return 0;
	if (!d)
		return err_set(e, E_OUTPUT, "%s: %s", dir, strerror(errno));
	while (!rc && (entry = readdir(d)))
		if (!is_ours(entry->d_name))
			rc = err_set(e, E_OUTPUT,
				"%s holds '%s', which caseline did not write; give another folder, or --force",
				dir, entry->d_name);
	closedir(d);
	return rc;
}

/* With the folders above it. */
static int make_dir(const char *dir, struct err *e)
{
	struct buf path = { 0 };
	int rc = 0;

	for (size_t i = dir[0] == '/'; !rc; i++) {
		bool end = !dir[i];

		if (!end && dir[i] != '/')
			continue;
		path.n = 0;
		buf_put(&path, dir, i);
		buf_putc(&path, '\0');
		if (mkdir(path.p, 0777) != 0 && errno != EEXIST)
			rc = err_set(e, E_OUTPUT, "%s can't be made: %s", path.p, strerror(errno));
		if (end)
			break;
	}
	buf_free(&path);
	return rc;
}

int reports_check(const char *dir, const char *list, bool force, struct err *e)
{
	int rc = check_list(list, e);

	if (!rc && !force)
		rc = check_dir(dir, e);
	if (!rc)
		rc = make_dir(dir, e);
	if (!rc && access(dir, W_OK | X_OK) != 0)
		rc = err_set(e, E_OUTPUT, "%s can't be written: %s", dir, strerror(errno));
	return rc;
}

static int write_aside(const struct report_input *in, const struct output *o, const char *path,
	struct err *e)
{
	FILE *f = fopen(path, "we");
	int rc;

	if (!f)
		return err_set(e, E_OUTPUT, "%s: %s", path, strerror(errno));
	rc = o->write(in, f, e);
	if (!rc && (fflush(f) != 0 || ferror(f) || fsync(fileno(f)) != 0))
		rc = err_set(e, E_OUTPUT, "%s: %s", path, strerror(errno));
	fclose(f);
	return rc;
}

static void aside_name(char *out, size_t n, const char *dir, const struct output *o)
{
	snprintf(out, n, "%s/.caseline-%s", dir, o->file);
}

/* All are written aside before the first is renamed, so that a failure leaves the folder as it was. */
int reports_write(const struct report_input *in, const char *dir, const char *list, bool force,
	struct err *e)
{
	int rc = reports_check(dir, list, force, e);
	char aside[4096], final[4096];

	for (const struct output *o = outputs; o->name && !rc; o++) {
		aside_name(aside, sizeof(aside), dir, o);
		if (is_listed(o, list))
			rc = write_aside(in, o, aside, e);
	}
	for (const struct output *o = outputs; o->name; o++) {
		aside_name(aside, sizeof(aside), dir, o);
		snprintf(final, sizeof(final), "%s/%s", dir, o->file);
		if (!is_listed(o, list))
			continue;
		if (rc)
			unlink(aside);
		else if (rename(aside, final) != 0)
			rc = err_set(e, E_OUTPUT, "%s: %s", final, strerror(errno));
	}
	return rc;
}
