/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker gives up before it sees the first byte of a bundle. Two layers, each enough alone to
 * keep files, programs and the network out of reach: Landlock takes the paths and ports, seccomp leaves
 * only the calls that reading, counting and answering need. What is refused fails with EPERM, so that a
 * library that tries something optional goes on without it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "analyzer/ingest/worker.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER 1    /* a finding must still reach its log file */
#else
#define UNDER_SANITIZER 0
#endif

/* Only the worker's socket stays, and 0 to 2, which lead nowhere: no byte of a bundle's reaches a tty. */
static void close_others(int keep)
{
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd < 3 && nowhere >= 0 && !UNDER_SANITIZER; fd++)
		dup2(nowhere, fd);
	if (keep > 3)
		close_range(3, (unsigned)keep - 1, 0);
	close_range((unsigned)keep + 1, ~0u, 0);
}

/* As the kernel's ABI has it; the header may be older than the kernel. */
struct landlock_rights {
	uint64_t files, network, scopes;
};

static bool lock_paths(void)
{
	struct landlock_rights all = { (1u << 13) - 1, 0, 0 };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	size_t size = sizeof(all.files);
	int rules;
	bool done;

	if (abi < 1)
		return false;
	all.files |= abi >= 2 ? 1u << 13 : 0;    /* rename and link across folders */
	all.files |= abi >= 3 ? 1u << 14 : 0;    /* truncate */
	all.files |= abi >= 5 ? 1u << 15 : 0;    /* ioctl of devices */
	if (abi >= 4) {
		all.network = 3;             /* bind and connect */
		size = 2 * sizeof(uint64_t);
	}
	if (abi >= 6) {
		all.scopes = 3;              /* abstract sockets and signals */
		size = sizeof(all);
	}
	rules = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
	if (rules < 0)
		return false;
	done = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	close(rules);
	return done;
}

static bool allow_calls(scmp_filter_ctx filter)
{
	static const char *const names[] = { "read", "write", "readv", "writev", "pread64", "pwrite64",
		"lseek", "close", "fstat", "newfstatat", "munmap", "mremap", "brk", "madvise", "futex",
		"recvmsg", "sendmsg", "memfd_create", "fcntl", "ftruncate", "exit", "exit_group",
		"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall",
		"getrandom", "clock_gettime", "gettimeofday", "getpid", "gettid", "sysinfo",
		"sched_yield", "sched_getaffinity", "pause", "ppoll" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int call = seccomp_syscall_resolve_name(names[i]);

		/* "pause" and the like are not on every machine. */
		if (call >= 0 && seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) < 0)
			return false;
	}
	return true;
}

/* No memory that is code, no signal but to itself, no limits but its own. */
static bool allow_narrowly(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
		       SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0 &&
	       seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
		       SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0 &&
	       seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
		       SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0)) == 0 &&
	       seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1,
		       SCMP_A0(SCMP_CMP_EQ, 0, 0)) == 0;
}

static bool lock_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	bool done = filter && allow_calls(filter) && allow_narrowly(filter) && seccomp_load(filter) == 0;

	if (filter)
		seccomp_release(filter);
	return done;
}

unsigned worker_lock_down(int socket)
{
	struct rlimit core = { 0, 0 };
	unsigned layers = 0;

	close_others(socket);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &core);
	worker_allow_memory(0);
	if (UNDER_SANITIZER)
		return 0;
	layers |= lock_paths() ? SANDBOX_LANDLOCK : 0;
	layers |= lock_calls() ? SANDBOX_SECCOMP : 0;
	return layers;
}
