/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of comma-separated values as RFC 4180 has them, and text that every reader takes. */
#ifndef CASELINE_REPORTS_CSV_H
#define CASELINE_REPORTS_CSV_H

#include "analyzer/base/buf.h"

struct csv {
	struct buf *b;
	bool more;               /* a value stands before on this line */
	bool sheet;              /* a quote before what a spreadsheet would take for a formula */
};

/* One value; line breaks and other controls become blanks, so that a record is one line. */
void csv_text(struct csv *c, struct str s);
void csv_number(struct csv *c, int64_t v);
void csv_end(struct csv *c);

/* `s` where it is UTF-8 without NUL; else a copy in `scratch` with the rest made visible. */
struct str text_clean(struct str s, struct buf *scratch);

#endif
