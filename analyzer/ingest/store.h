/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where segments lie: an unlinked file, mapped in windows, that the kernel can page out. Bytes given
 * out stay where they are until the store is freed.
 */
#ifndef CASELINE_ANALYZER_STORE_H
#define CASELINE_ANALYZER_STORE_H

#include "analyzer/base/err.h"

struct store;

/* An unlinked file in `dir` (or in memory where the file system has no O_TMPFILE). */
int unlinked_file(const char *dir, struct err *e);

struct store *store_new(const char *dir, struct err *e);
/* Copies `size_bytes` from the start of a descriptor; NULL with a message on failure. */
const void *store_take(struct store *s, int fd, size_t size_bytes, struct err *e);
void store_free(struct store *s);

#endif
