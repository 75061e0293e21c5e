/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/ingest/fork_server.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/base/sha256.h"
#include "analyzer/ingest/ipc.h"

#define PAGE_BYTES 4096
#define REAP_TRIES 1000

static _Noreturn void worker_main(int socket, int page, const struct worker_setup *setup)
{
	void *progress = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, page, 0);

	if (progress == MAP_FAILED)
		_exit(1);
	signal(SIGINT, SIG_IGN);     /* the parent decides when to end */
	worker_lock_down(socket);
	worker_run(socket, progress, setup);
}

/* How a worker ended: waitpid's status, or -1. One whose socket is closed but that lives is ended. */
static int reap(pid_t pid)
{
	int status = 0;

	for (int i = 0; i < REAP_TRIES; i++) {
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got != 0)
			return got == pid ? status : -1;
		usleep(1000);
	}
	kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid ? status : -1;
}

static int try_sandbox(int socket)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit((int)worker_lock_down(socket));
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 0;
	return WEXITSTATUS(status);
}

static int spawn(const struct ipc *m, const struct worker_setup *setup)
{
	pid_t pid = m->fds[1] < 0 ? -1 : fork();

	if (pid == 0)
		worker_main(m->fds[0], m->fds[1], setup);
	for (int i = 0; i < 2; i++)
		if (m->fds[i] >= 0)
			close(m->fds[i]);
	return pid > 0 ? pid : 0;
}

static _Noreturn void serve(int socket, const struct worker_setup *setup)
{
	char *buffer = xmalloc(IPC_TEXT_BYTES), hex[65];
	struct ipc m = { .type = 0 };

	signal(SIGINT, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Zip stamps are civil times, which libarchive reads in the zone of the machine. */
	setenv("TZ", "UTC", 1);
	tzset();
	/* libcrypto looks for its configuration when it is first used: here it still can. */
	sha256_hex("", 0, hex);
	while (ipc_receive(socket, &m, buffer, true) == 1) {
		struct ipc answer = { .type = IPC_SPAWNED, .fds = { -1, -1 } };

		if (m.type == IPC_REAP)
			answer.code = reap((pid_t)m.number);
		else if (m.type == IPC_SANDBOX)
			answer.code = try_sandbox(socket);
		else
			answer.number = (uint64_t)spawn(&m, setup);
		if (ipc_send(socket, &answer) < 0)
			break;
	}
	_exit(0);
}

int fork_server_start(struct fork_server *s, const struct worker_setup *setup,
	int (*prepare)(void *to, struct err *e), void *prepare_to, struct err *e)
{
	int pair[2];

	/* Before the fork, in this process: what fails here is told before any work begins. */
	setlocale(LC_CTYPE, "C.UTF-8");
	if (prepare) {
		int rc = prepare(prepare_to, e);

		if (rc)
			return rc;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, E_INTERNAL, "no socket: %s", strerror(errno));
	fflush(NULL);
	s->pid = fork();
	if (s->pid < 0)
		return err_set(e, E_INTERNAL, "no process: %s", strerror(errno));
	if (s->pid == 0) {
		close(pair[0]);
		serve(pair[1], setup);
	}
	close(pair[1]);
	s->socket = pair[0];
	return 0;
}

static bool ask(struct fork_server *s, struct ipc *m)
{
	char *buffer = xmalloc(IPC_TEXT_BYTES);
	int got = -1;

	if (ipc_send(s->socket, m) == 0)
		got = ipc_receive(s->socket, m, buffer, true);
	free(buffer);
	return got == 1 && m->type == IPC_SPAWNED;
}

static int ask_for_worker(struct fork_server *s, int its_socket, int page, pid_t *pid,
	struct err *e)
{
	struct ipc m = { .type = IPC_SPAWN, .fds = { its_socket, page } };

	if (!ask(s, &m) || !m.number)
		return err_set(e, E_INTERNAL, "the fork server made no worker");
	*pid = (pid_t)m.number;
	return 0;
}

unsigned fork_server_sandbox(struct fork_server *s)
{
	struct ipc m = { .type = IPC_SANDBOX, .fds = { -1, -1 } };

	return ask(s, &m) ? (unsigned)m.code & SANDBOX_ALL : 0;
}

int fork_server_reap(struct fork_server *s, pid_t pid)
{
	struct ipc m = { .type = IPC_REAP, .number = (uint64_t)pid, .fds = { -1, -1 } };

	return ask(s, &m) ? m.code : -1;
}

int fork_server_spawn(struct fork_server *s, pid_t *pid, int *socket, volatile uint64_t **progress,
	struct err *e)
{
	int pair[2], page = memfd_create("progress", MFD_CLOEXEC), rc;
	void *map = MAP_FAILED;

	if (page >= 0 && ftruncate(page, PAGE_BYTES) == 0)
		map = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, page, 0);
	if (map == MAP_FAILED || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, E_INTERNAL, "no means for a worker: %s", strerror(errno));
	rc = ask_for_worker(s, pair[1], page, pid, e);
	close(pair[1]);
	close(page);
	if (rc) {
		close(pair[0]);
		munmap(map, PAGE_BYTES);
		return rc;
	}
	*socket = pair[0];
	*progress = map;
	return 0;
}

void fork_server_stop(struct fork_server *s)
{
	if (s->pid <= 0)
		return;
	close(s->socket);
	waitpid(s->pid, NULL, 0);
	s->pid = 0;
}
