/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/ingest/ipc.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS_MAX 2

int ipc_send(int socket, const struct ipc *m)
{
	struct ipc head = *m;
	struct iovec iov[3] = { { &head, sizeof(head) }, { (void *)(uintptr_t)m->text.p, m->text.n },
		{ (void *)(uintptr_t)m->second.p, m->second.n } };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
	} control = { 0 };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 3 };
	size_t fds = 0;
	ssize_t n;

	if (m->text.n + m->second.n > IPC_TEXT_BYTES)
		return -1;
	head.text_bytes = (uint32_t)m->text.n;
	head.second_bytes = (uint32_t)m->second.n;
	while (fds < FDS_MAX && m->fds[fds] > 0)
		fds++;
	if (fds) {
		struct cmsghdr *c;

		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(fds * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(fds * sizeof(int));
		memcpy(CMSG_DATA(c), m->fds, fds * sizeof(int));
	}
	do
		n = sendmsg(socket, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

static void take_fds(struct msghdr *msg, struct ipc *m)
{
	m->fds[0] = m->fds[1] = -1;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n && i < FDS_MAX; i++)
			memcpy(&m->fds[i], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
	}
}

int ipc_receive(int socket, struct ipc *m, char buffer[IPC_TEXT_BYTES], bool wait)
{
	struct iovec iov[2] = { { m, sizeof(*m) }, { buffer, IPC_TEXT_BYTES } };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
	} control = { 0 };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2, .msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	ssize_t n;

	do
		n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
	while (n < 0 && errno == EINTR && wait);
	if (n < 0)
		return errno == ECONNRESET ? 0 : -1;
	if (n == 0)
		return 0;
	take_fds(&msg, m);
	m->sha256[64] = '\0';
	if ((size_t)n < sizeof(*m) || msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ||
		(uint64_t)m->text_bytes + m->second_bytes != (uint64_t)n - sizeof(*m)) {
		for (int i = 0; i < FDS_MAX; i++)
			if (m->fds[i] >= 0)
				close(m->fds[i]);
		return -1;
	}
	m->text = str_make(buffer, m->text_bytes);
	m->second = str_make(buffer + m->text_bytes, m->second_bytes);
	return 1;
}
