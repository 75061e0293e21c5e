/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON as a stream of tokens, in UTF-8 or UTF-16. Forgiving: commas are not asked for, so that damage
 * costs little; a character that can begin nothing ends the reading.
 */
#ifndef CASELINE_PARSERS_JSON_READ_H
#define CASELINE_PARSERS_JSON_READ_H

#include "analyzer/base/buf.h"

enum json_kind {
	JSON_END, JSON_BAD, JSON_OBJECT, JSON_OBJECT_END, JSON_ARRAY, JSON_ARRAY_END,
	JSON_KEY,                /* of the value that comes next */
	JSON_TEXT, JSON_NUMBER, JSON_TRUE, JSON_FALSE, JSON_NULL,
};

struct json_reader {
	struct str s;            /* as UTF-8 */
	size_t at;
	uint64_t line, offset;   /* of the token at hand, in the member */
	struct buf text;         /* of a key, text or number */
	struct buf decoded;      /* of a member in UTF-16 */
	size_t counted;          /* up to where lines and bytes are counted */
	uint64_t lines, bytes;
	bool wide;
};

void json_read_open(struct json_reader *j, const uint8_t *p, size_t n);
enum json_kind json_read_next(struct json_reader *j);
void json_read_close(struct json_reader *j);

#endif
