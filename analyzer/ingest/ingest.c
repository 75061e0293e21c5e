/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/ingest/evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "analyzer/base/sha256.h"
#include "analyzer/ingest/ingest_parts.h"

#define HANG_S 120.0
#define NAME_BYTES_MAX 32768u   /* what a message can carry */
#define MB ((uint64_t)1024 * 1024)

void ingest_defaults(struct ingest_limits *l)
{
	if (!l->member_bytes)
		l->member_bytes = 16 * 1024 * MB;
	if (!l->total_bytes)
		l->total_bytes = 256 * 1024 * MB;
	if (!l->ratio)
		l->ratio = 1000;
	if (!l->depth)
		l->depth = 6;
	if (!l->members)
		l->members = 500000;
	if (!l->name_bytes)
		l->name_bytes = 4096;
	if (l->name_bytes > NAME_BYTES_MAX)
		l->name_bytes = NAME_BYTES_MAX;
	if (!l->memory_bytes)
		l->memory_bytes = 256 * MB;
}

static const char *work_dir(const struct ingest_options *o)
{
	const char *tmp = getenv("TMPDIR");

	if (o->work_dir)
		return o->work_dir;
	return tmp && *tmp ? tmp : "/tmp";
}

static int read_passphrases(struct run *r, struct str *out)
{
	struct buf b = { 0 };
	char block[4096];
	size_t n;
	FILE *f;

	*out = STR("");
	if (!r->o->passphrase_file)
		return 0;
	f = fopen(r->o->passphrase_file, "re");
	if (!f)
		return err_set(r->e, E_USAGE, "--passphrase-file %s: %s", r->o->passphrase_file,
			strerror(errno));
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		buf_put(&b, block, n);
	fclose(f);
	*out = arena_str(r->ev->a, buf_str(&b));
	buf_free(&b);
	return 0;
}

static int check_sandbox(struct run *r)
{
	unsigned have = r->ev->sandbox = fork_server_sandbox(&r->server);

	if (!r->o->require_sandbox || have == SANDBOX_ALL)
		return 0;
	return err_set(r->e, E_SANDBOX, "this system gives workers no %s%s%s, and --require-sandbox asks for it",
		have & SANDBOX_LANDLOCK ? "" : "Landlock", have ? "" : " and no ",
		have & SANDBOX_SECCOMP ? "" : "seccomp filter");
}

static int start(struct run *r, const struct ingest_options *o, struct evidence *out, struct err *e)
{
	struct worker_setup *setup;
	const char *hang = getenv("CASELINE_HANG_SECONDS");
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	int rc;

	*out = (struct evidence){ .a = arena_new() };
	*r = (struct run){ .o = o, .ev = out, .e = e, .limits = o->limits, .fetch_fd = -1,
		.paths = map_new(false), .hang_s = HANG_S, .work_dir = work_dir(o),
		.buffer = xmalloc(IPC_TEXT_BYTES) };
	if (hang && strtod(hang, NULL) > 0)
		r->hang_s = strtod(hang, NULL);
	r->jobs = o->jobs ? o->jobs : cores > 0 ? (unsigned)cores : 1;
	ingest_defaults(&r->limits);
	setup = arena_alloc(out->a, sizeof(*setup));
	setup->limits = r->limits;
	rc = read_passphrases(r, &setup->passphrases);
	if (!rc)
		rc = fork_server_start(&r->server, setup, o->prepare, o->prepare_to, e);
	if (!rc)
		rc = check_sandbox(r);
	if (rc)
		return rc;
	out->store = store_new(r->work_dir, e);
	return out->store ? 0 : e->code;
}

/* A folder's hash is that of its sorted inventory: path, size and hash of each member, a line each. */
static void hash_inventory(struct evidence *ev, uint32_t bundle, char hex[65])
{
	struct sha256 *s = sha256_new();

	for (size_t i = 0; i < ev->members.n; i++) {
		const struct member *m = &ev->members.v[i];
		char size[32];

		if (m->bundle != bundle)
			continue;
		snprintf(size, sizeof(size), "\t%llu\t", (unsigned long long)m->bytes);
		sha256_add(s, m->path.p, m->path.n);
		sha256_add(s, size, strlen(size));
		sha256_add(s, m->sha256, strlen(m->sha256));
		sha256_add(s, "\n", 1);
	}
	sha256_end(s, hex);
}

static void hash_folders(struct evidence *ev)
{
	for (uint32_t i = 0; i < ev->bundles.n; i++) {
		struct bundle *b = &ev->bundles.v[i];

		if (!b->sha256[0] && !b->bytes && !b->error.n)
			hash_inventory(ev, i, b->sha256);
	}
}

static bool anything_read(const struct evidence *ev)
{
	for (size_t i = 0; i < ev->members.n; i++)
		if (ev->members.v[i].status != MEMBER_FAILED && ev->members.v[i].status != MEMBER_EMPTY)
			return true;
	return false;
}

static int read_all(struct run *r, const char *const bundles[], size_t n)
{
	int rc = 0;

	for (size_t i = 0; i < n && !rc && !r->stop; i++)
		rc = source_add(r, bundles[i], n > 1);
	return rc ? rc : run_workers(r);
}

static void end(struct run *r)
{
	workers_stop(r);
	for (size_t i = 0; i < r->items.n; i++)
		if (r->items.v[i].fd >= 0)
			close(r->items.v[i].fd);
	sources_close(r);
	items_finish(r);
	map_free(r->paths);
	free(r->sources.v);
	free(r->buffer);
}

/*
 * Archives are unpacked side by side. Where a limit on all members together strikes, it would depend
 * on the workers which of them it hits: then all is read again, one archive after the other.
 */
static int run_once(const struct ingest_options *o, const char *const bundles[], size_t n,
	bool sequential, struct evidence *out, struct err *e)
{
	struct run r;
	int rc = start(&r, o, out, e);
	bool again;

	r.sequential = sequential;
	if (!rc)
		rc = read_all(&r, bundles, n);
	end(&r);
	again = !rc && r.limit_struck && !sequential;
	if (!again)
		return rc;
	evidence_free(out);
	return run_once(o, bundles, n, true, out, e);
}

static bool reads_stdin(const char *const bundles[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(bundles[i], "-") == 0)
			return true;
	return false;
}

int ingest_run(const struct ingest_options *o, const char *const bundles[], size_t n,
	struct evidence *out, struct err *e)
{
	/* Standard input is there once: no second try. */
	int rc = run_once(o, bundles, n, o->jobs == 1 || reads_stdin(bundles, n), out, e);

	if (rc)
		return rc;
	hash_folders(out);
	if (!anything_read(out))
		return err_set(e, E_INPUT, "nothing in %s could be read%s%.*s",
			n == 1 ? bundles[0] : "the bundles", out->losses.n ? ": " : "",
			STR_ARG(out->losses.n ? out->losses.v[0] : STR("")));
	return 0;
}

int ingest_fetch(const struct ingest_options *o, const char *const bundles[], size_t n,
	struct str path, int *fd, uint64_t *size, struct err *e)
{
	struct evidence ev;
	struct run r;
	int rc = start(&r, o, &ev, e);

	r.fetch = path;
	if (!rc)
		rc = read_all(&r, bundles, n);
	end(&r);
	*fd = r.fetch_fd;
	*size = r.fetch_size;
	if (!rc && *fd < 0)
		rc = err_set(e, E_INPUT, "no member is called '%.*s'", STR_ARG(path));
	evidence_free(&ev);
	return rc;
}
