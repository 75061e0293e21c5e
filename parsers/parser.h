/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interface of a parser: one format, one file, one line in parsers.def. A parser turns one
 * member's bytes into rows (events and facts) and notes. It never looks at another member, draws no
 * conclusion, and never trusts a length. This header is all that a parser needs.
 */
#ifndef CASELINE_PARSERS_PARSER_H
#define CASELINE_PARSERS_PARSER_H

#include "analyzer/base/buf.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/err.h"
#include "analyzer/base/str.h"
#include "analyzer/base/text.h"
#include "parsers/segment.h"

#define HEAD_BYTES ((size_t)64 * 1024)   /* what a bid may look at */

/* What a bid sees: the base name and the first bytes (fewer where the member is shorter). */
struct probe {
	struct str name;       /* base name, '/' and '\' cut away */
	struct str path;       /* whole path inside the bundle, '/' as separator; for hints only */
	struct str head;       /* at most HEAD_BYTES */
	struct str text;       /* the head as UTF-8 where it is text in any encoding, else empty */
	uint64_t size;         /* of the whole member */
};

struct member_view {
	struct str name;       /* base name */
	const uint8_t *data;   /* `held` bytes from the start; may be unreadable past EOF: never go there */
	uint64_t held;
	uint64_t size;         /* of the member; more than `held` if only a window was kept */
	const uint8_t *tail;   /* last bytes of a windowed member, else NULL */
	uint64_t tail_held;
	uint64_t from, to;     /* this shard's byte range; 0 and `held` where there is one shard */
	struct arena *a;       /* freed after the parse */
};

struct shard {
	uint64_t from, to;
};

enum parser_needs {
	NEEDS_WHOLE,
	NEEDS_WINDOW,          /* head and tail suffice: virtual disks, dumps */
};

struct parser {
	const char *name;      /* equals the file's name and the fixture folder's */
	const char *about;     /* one line for `caseline parsers` */
	const char *data_type; /* of its rows, for `caseline parsers` */
	unsigned version;      /* raised whenever the rows it gives change */
	enum parser_needs needs;
	bool text;             /* its bytes are text: `probe.text` and text_reader apply */
	/* 0: not mine; 100: certain. Must not allocate; sees only the probe. */
	int (*bid)(const struct probe *p);
	/* 0, or negative with a message; what was given to the sink before counts all the same. */
	int (*parse)(const struct member_view *m, struct sink *out, struct err *e);
	/*
	 * Optional: cuts a big member into ranges that parse on their own, in order. The cut depends on
	 * the bytes alone, never on the number of workers. Returns how many (at most `max`).
	 */
	size_t (*shards)(const struct member_view *m, struct shard *out, size_t max);
	/*
	 * Optional: one cited row as people read it (XML of an EVTX record). `number` and `offset` are
	 * the row's. Without it the lines themselves are shown.
	 */
	int (*show)(const struct member_view *m, uint64_t number, uint64_t offset, struct buf *out,
		struct err *e);
};

/* The visible list: parsers.def, in bidding order; a NULL ends it. */
extern const struct parser *const parser_list[];
const struct parser *parser_find(struct str name);
/* The highest bidder, the first of equals; NULL where nobody bids. */
const struct parser *parser_choose(const struct probe *p, int *bid);

#endif
