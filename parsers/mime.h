/* SPDX-License-Identifier: Apache-2.0 */
/* The text/html part of a web archive, freed from its transfer encoding. */
#ifndef CASELINE_PARSERS_MIME_H
#define CASELINE_PARSERS_MIME_H

#include "analyzer/base/buf.h"

/* Where a line of the archive came to lie in what was decoded. */
struct mime_place {
	size_t decoded;
	uint64_t line, offset;
};

struct mime_places {
	struct mime_place *v;    /* freed by the caller */
	size_t n, cap;
};

/* True where the bytes begin as a web archive: `out` and `places` are filled (perhaps with nothing). */
bool mime_html(struct str bytes, struct buf *out, struct mime_places *places);

#endif
