/* SPDX-License-Identifier: Apache-2.0 */
/* A worker that is taken over can read what it was handed, answer, and nothing else. */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "analyzer/ingest/worker.h"
#include "tests/ingest_make.h"

/* Each gives 0 if it could do its harm. */
static int reads_a_file(void) { return open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0; }
static int writes_a_file(void) { return open("/tmp/caseline-harm", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0; }
static int lists_a_folder(void) { return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) < 0; }
static int removes_a_file(void) { return unlink("/tmp/caseline-harm-not-there") < 0 && errno == EPERM; }
static int calls_out(void) { return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0; }
static int talks_locally(void) { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0; }
static int forks(void) { return fork() < 0; }
static int kills_its_parent(void) { return kill(getppid(), 0) < 0; }
static int traces_its_parent(void) { return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) < 0; }

static int runs_a_program(void)
{
	char path[] = "/bin/true", *const argv[] = { path, NULL };

	return execve(path, argv, NULL) < 0;
}

static int makes_code(void)
{
	return mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

static int works_on(void)
{
	char *p = malloc((size_t)64 << 20);
	int fd = memfd_create("x", MFD_CLOEXEC);
	int ok = p && fd >= 0 && write(fd, "abc", 3) == 3 && lseek(fd, 0, SEEK_CUR) == 3;

	free(p);
	return !ok;
}

/* 1: could not; 0: could; 2: no sandbox here. */
static int in_worker(int (*deed)(void))
{
	int status, ends[2];
	pid_t pid;

	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	pid = fork();
	if (pid == 0)
		_exit(worker_lock_down(ends[1]) == SANDBOX_ALL ? deed() : 2);
	close(ends[0]);
	close(ends[1]);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

Test(ingest_sandbox, a_worker_can_do_no_harm)
{
	static int (*const deeds[])(void) = { reads_a_file, writes_a_file, lists_a_folder, removes_a_file,
		calls_out, talks_locally, forks, kills_its_parent, traces_its_parent, runs_a_program,
		makes_code };

	if (in_worker(works_on) == 2)
		cr_skip_test("no Landlock or seccomp here, or a sanitizer's build");
	cr_expect_eq(in_worker(works_on), 0);
	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
		cr_expect_eq(in_worker(deeds[i]), 1, "deed %zu was possible", i);
}

Test(ingest_sandbox, the_layers_are_told_and_can_be_required)
{
	struct run r;

	run_start(&r);
	run_bundle(&r, "b.txt", STR("text"));
	r.o.require_sandbox = true;
	run_go(&r);
	if (r.ev.sandbox == SANDBOX_ALL) {
		cr_expect_eq(r.rc, 0, "%s", r.e.text);
	} else {
		cr_expect_eq(r.rc, E_SANDBOX);
		cr_expect_not_null(strstr(r.e.text, "--require-sandbox"));
	}
	run_end(&r);
}
