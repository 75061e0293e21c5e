/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/ingest/worker_fault.h"

#ifdef CASELINE_FAULTS
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE_BYTES ((uintptr_t)4096)
#define EAT_BYTES ((size_t)64 * 1024 * 1024)
#define EAT_MAX 256

static bool fault_for(struct str path, struct str *what, uint64_t *offset)
{
	struct str rest = str_of(getenv("CASELINE_FAULT")), name;

	return str_split(&rest, ':', what) && str_split(&rest, ':', &name) && name.n &&
	       str_to_u64(rest, 10, offset) && str_iends(path, name);
}

static void on_crash(int number)
{
	signal(number, SIG_DFL);     /* the same read again, and this time for good */
}

static void on_hang(int number)
{
	(void)number;
	for (;;)
		pause();
}

/* As xmalloc does when there is no more; the bound is for builds without a limit on memory. */
static void on_memory(int number)
{
	static void *volatile eaten[EAT_MAX];

	(void)number;
	for (int i = 0; i < EAT_MAX; i++)
		if (!(eaten[i] = malloc(EAT_BYTES)))
			break;
	abort();
}

void worker_fault_parse(struct str path, const void *data, size_t size_bytes)
{
	uint64_t offset;
	struct str what;

	if (!fault_for(path, &what, &offset) || offset >= size_bytes)
		return;
	if (str_eq(what, STR("crash")))
		signal(SIGSEGV, on_crash);
	else if (str_eq(what, STR("hang")))
		signal(SIGSEGV, on_hang);
	else if (str_eq(what, STR("memory")))
		signal(SIGSEGV, on_memory);
	else
		return;
	mprotect((void *)(((uintptr_t)data + offset) & ~(PAGE_BYTES - 1)), PAGE_BYTES, PROT_NONE);
}

void worker_fault_archive(struct str name, uint64_t unpacked_bytes)
{
	uint64_t offset;
	struct str what;

	if (fault_for(name, &what, &offset) && str_eq(what, STR("archive")) && unpacked_bytes >= offset)
		raise(SIGKILL);
}
#else
/* ISO C wants a translation unit to hold something. */
extern int worker_fault_unused;
#endif
