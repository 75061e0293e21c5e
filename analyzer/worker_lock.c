/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker gives up before it sees the first byte of a bundle. */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "analyzer/worker.h"

/* Only the worker's own descriptors stay: 0 to 2 and its socket. */
static void close_others(int keep)
{
	if (keep > 3)
		close_range(3, (unsigned)keep - 1, 0);
	close_range((unsigned)keep + 1, ~0u, 0);
}

void worker_lock_down(int socket)
{
	struct rlimit core = { 0, 0 };

	close_others(socket);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &core);
	worker_allow_memory(0);
}
