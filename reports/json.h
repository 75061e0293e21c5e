/* SPDX-License-Identifier: Apache-2.0 */
/* A little writer of JSON: commas and nesting are its business, values are the caller's. */
#ifndef CASELINE_REPORTS_JSON_H
#define CASELINE_REPORTS_JSON_H

#include "analyzer/base/buf.h"

struct json {
	struct buf *b;
	bool comma;              /* something stands before in this object or list */
	bool lines;              /* new lines and indentation, for people */
	unsigned depth;
};

void json_open(struct json *j, char bracket);            /* '{' or '[' as a value */
void json_close(struct json *j, char bracket);
void json_key(struct json *j, const char *key);
void json_text(struct json *j, struct str s);
void json_number(struct json *j, int64_t v);
void json_unsigned(struct json *j, uint64_t v);
void json_milli(struct json *j, int milli);              /* 873 -> 0.873 */
void json_bool(struct json *j, bool v);
void json_null(struct json *j);
void json_time(struct json *j, int64_t time_100ns);      /* RFC 3339, null for TIME_NONE */

/* key and value in one */
void json_put(struct json *j, const char *key, struct str s);
void json_put_unsigned(struct json *j, const char *key, uint64_t v);
void json_put_time(struct json *j, const char *key, int64_t time_100ns);

#endif
