/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between the parent, the fork server and the workers: one fixed part, two texts, at most
 * two descriptors, over a SOCK_SEQPACKET socket. What comes from a worker is as untrusted as the
 * bundle: lengths are checked here, meanings by the receiver.
 */
#ifndef CASELINE_ANALYZER_IPC_H
#define CASELINE_ANALYZER_IPC_H

#include "analyzer/base/str.h"

#define IPC_TEXT_BYTES 66000u    /* both texts together */

enum ipc_type {
	/* parent -> fork server */
	IPC_SPAWN = 1,       /* fds: the worker's end of its socket, its progress page */
	IPC_REAP,            /* number: pid of a worker whose socket closed */
	IPC_SANDBOX,         /* which layers hold a worker? Answered in code */
	/* fork server -> parent */
	IPC_SPAWNED,         /* number: pid, 0 = failed; of IPC_REAP: code as waitpid gives it */
	/* parent -> worker */
	IPC_PARSE,           /* fds: the member; number: size; from, to; more: head held, 0 = all; text: its
				path, second: base name */
	IPC_ARCHIVE,         /* fds: the archive; number: first entry wanted; text: its name */
	IPC_NEXT,            /* go on with the next entry; number: bytes that it may still have */
	IPC_SPOOL,           /* fds: an unlinked file for a member that is too large for memory */
	IPC_HASH,            /* fds: a file to hash */
	/* worker -> parent */
	IPC_SHARDS,          /* one shard a message: from, to; number: how many in all */
	IPC_CHOSEN,          /* text: parser's name, second: type */
	IPC_SEGMENT,         /* fds: sealed memory file; number: its size; from: offset reached */
	IPC_PARSED,          /* code, text: message; sha */
	IPC_ENTRY_START,     /* number: index; text: name */
	IPC_ENTRY,           /* the entry is whole: see struct ipc */
	IPC_WANT_SPOOL,
	IPC_ARCHIVE_END,     /* code, text: message, second: format; number: entries seen */
	IPC_HASHED,
};

enum parse_flags { PARSE_HASH = 1, PARSE_CHOOSE_ONLY = 2 };

struct ipc {
	uint32_t type;
	int32_t code;
	uint64_t number, from, to, more;
	int64_t time_100ns;
	uint32_t flags;              /* of an entry: its enum member_status; of IPC_PARSE: parse_flags */
	char sha256[65];
	uint32_t text_bytes, second_bytes;
	int fds[2];                  /* -1 where there is none; received ones are the receiver's */
	struct str text, second;     /* received: views into the caller's buffer */
};

/* 0; -1 when the other side is gone. Never raises SIGPIPE. Blocks. */
int ipc_send(int socket, const struct ipc *m);
/* 1: a message; 0: the other side is gone; -1: nothing there now (non-blocking) or no message. */
int ipc_receive(int socket, struct ipc *m, char buffer[IPC_TEXT_BYTES], bool wait);

#endif
