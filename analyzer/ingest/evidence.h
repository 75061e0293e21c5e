/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ingest hands to the rest: every member of every bundle with its status, and the segments that
 * the parsers gave. Nothing here knows what an event means.
 */
#ifndef CASELINE_ANALYZER_EVIDENCE_H
#define CASELINE_ANALYZER_EVIDENCE_H

#include "analyzer/base/buf.h"
#include "analyzer/base/err.h"
#include "parsers/parser.h"
#include "parsers/segment.h"

enum member_status {
	MEMBER_PARSED,      /* read whole */
	MEMBER_PARTLY,      /* read in part: `error` and the segments' notes say what is lost */
	MEMBER_UNKNOWN,     /* no parser bid for it */
	MEMBER_EMPTY,       /* zero bytes */
	MEMBER_CONTAINER,   /* an archive whose members are listed on their own */
	MEMBER_FAILED,      /* nothing could be read */
	MEMBER_LIMIT,       /* skipped by a limit, named in `error` */
	MEMBER_ENCRYPTED,
	MEMBER_UNSUPPORTED, /* known and named, but not read (ETL, dumps, Deflate64 …) */
	MEMBER_LISTED,      /* folder, link, device: an inventory entry and nothing else */
};

const char *member_status_name(enum member_status s);   /* "parsed", "partly", … */

struct member {
	struct str path;         /* as contract/incidents.md: nested archives joined with "!/" */
	struct str name;         /* base name */
	uint32_t bundle;         /* index into evidence.bundles */
	enum member_status status;
	struct str error;        /* why not, or what was lost; empty where all is well */
	struct str type;         /* "evtx", "zip", "text" …: what the bytes are */
	struct str parser;       /* empty where none */
	uint64_t bytes;          /* unpacked */
	char sha256[65];         /* empty where the bytes were never read whole */
	int64_t modified_100ns;  /* as the archive says, civil; TIME_NONE where unknown */
	uint64_t events, facts, notes;
	int64_t lead_100ns;      /* set by the case: how long before the end of its collection it was taken */
	int64_t looked_100ns;    /* set by the case: when it was taken, UTC, by its own stamp; 0 where it has none */
	int64_t behind_100ns;    /* set by the case: how long before a later collection in the same bundle */
	bool date_swap;          /* set by the clocks: day and month of its stamps are swapped */
	struct segment **segments;   /* in order of the member's bytes */
	size_t segment_count;
};

struct bundle {
	struct str path;         /* as given on the command line */
	struct str name;         /* base name; "-" of standard input is "stdin" */
	uint64_t bytes;          /* 0 for a folder */
	char sha256[65];         /* of the file; of a folder: of its sorted inventory */
	struct str error;        /* what went wrong with the bundle as a whole */
};

struct evidence {
	struct arena *a;
	VEC(struct bundle) bundles;
	VEC(struct member) members;    /* sorted by path, bytewise: the same in every run */
	VEC(struct str) losses;        /* plain sentences: limits hit, workers lost, archives cut */
	bool wall_clock_struck;        /* a hang was ended by the clock: the run may not repeat */
	unsigned sandbox;              /* enum sandbox_layers that held the workers */
	struct store *store;           /* where the segments lie; freed with the evidence */
};

enum sandbox_layers {
	SANDBOX_LANDLOCK = 1,    /* no paths, no ports */
	SANDBOX_SECCOMP = 2,     /* no calls but the few that reading needs */
	SANDBOX_ALL = 3,
};

void evidence_free(struct evidence *ev);
/* A segment_taker for evidence made in memory: `ev` is the evidence, its last member gets the segment. */
int evidence_take(void *ev, const void *bytes, size_t size_bytes, uint64_t end_offset);

struct ingest_limits {           /* 0 = the default */
	uint64_t member_bytes;   /* unpacked bytes of one member */
	uint64_t total_bytes;    /* unpacked bytes of all */
	uint64_t ratio;          /* unpacked : packed, beyond the first 16 MiB of a member */
	unsigned depth;          /* nesting of archives */
	uint64_t members;
	unsigned name_bytes;
	uint64_t memory_bytes;   /* a member above this is spooled to an unlinked file */
};

struct ingest_progress {
	uint64_t members_done, members_seen, bytes_done, bytes_seen, events;
};

struct ingest_options {
	unsigned jobs;                   /* 0 = as many as cores */
	struct ingest_limits limits;
	const char *work_dir;            /* unlinked spool and store files go there; NULL: $TMPDIR or /tmp */
	const char *passphrase_file;     /* one a line; NULL */
	bool inventory_only;             /* list and hash, parse nothing */
	bool require_sandbox;            /* E_SANDBOX where a layer is absent */
	/* Called now and then by the parent; NULL. */
	void (*progress)(void *to, const struct ingest_progress *p);
	void *progress_to;
	const volatile int *interrupted; /* set by a signal handler: stop with E_INTERRUPTED; NULL */
	/* Called in the fork server before any worker exists: compile patterns, load code pages. */
	int (*prepare)(void *to, struct err *e);
	void *prepare_to;
};

void ingest_defaults(struct ingest_limits *limits);

/*
 * Reads all bundles (archives, folders, single files, "-"). 0 if anything at all could be read;
 * E_INPUT if nothing could, E_INTERRUPTED, E_SANDBOX. The evidence is the caller's, also on failure.
 */
int ingest_run(const struct ingest_options *o, const char *const bundles[], size_t n,
	struct evidence *out, struct err *e);

/*
 * The bytes of one member, by its path as the reports cite it, in a sealed memory file that the
 * caller closes. E_INPUT where no such member is.
 */
int ingest_fetch(const struct ingest_options *o, const char *const bundles[], size_t n,
	struct str path, int *fd, uint64_t *size, struct err *e);

#endif
