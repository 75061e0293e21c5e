/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the archive reader: the walk and the unpacking of one entry. */
#ifndef CASELINE_ANALYZER_ARCHIVE_PARTS_H
#define CASELINE_ANALYZER_ARCHIVE_PARTS_H

#include <archive.h>
#include <archive_entry.h>

#include "analyzer/ingest/archive.h"

struct walk {
	const struct archive_job *job;
	struct archive *ar;
	struct arena *a, *all;       /* the entry's, while there is one; the archive's */
	char *block;
	bool compressed_only;        /* a single file under a filter */
	int64_t packed_before;       /* compressed bytes read when the entry began */
	uint64_t index;
	bool encrypted;              /* the entry at hand */
	enum member_status first_status;   /* of a solid archive: why its first entry failed; it holds */
	struct str first_why;              /* for those behind it too */
	bool stop;                   /* going on would mean to unpack what a limit has refused */
};

/* What libarchive says, sorted into what a person can do about it; with the command that helps. */
enum member_status archive_status(const char *text);
struct str archive_explain(struct walk *w, const char *text);

/* Unpacks the entry at hand into info->fd: all of it, or its head and tail. Hashes all of it. */
void archive_unpack(struct walk *w, struct archive_entry_info *info);

#endif
