/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/worker_fault.h"

#ifdef CASELINE_FAULTS
#include <stdlib.h>
#include <unistd.h>

static bool is_meant(struct str path, enum fault_place place, struct str *what)
{
	struct str rest = str_of(getenv("CASELINE_FAULT"));

	if (!str_split(&rest, ':', what) || !rest.n || !str_iends(path, rest))
		return false;
	return (place == FAULT_ARCHIVE) == str_eq(*what, STR("archive"));
}

static void eat_memory(void)
{
	for (;;) {
		char *p = malloc((size_t)64 * 1024 * 1024);

		if (!p)
			abort();
		memset(p, 1, (size_t)64 * 1024 * 1024);
	}
}

void worker_fault(struct str path, enum fault_place place)
{
	struct str what;

	if (!is_meant(path, place, &what))
		return;
	if (str_eq(what, STR("hang")))
		for (;;)
			pause();
	if (str_eq(what, STR("memory")))
		eat_memory();
	abort();
}
#else
/* ISO C wants a translation unit to hold something. */
extern int worker_fault_unused;
#endif
