/* SPDX-License-Identifier: Apache-2.0 */
/* The banners of diskpart and diskshadow, which name the machine in any language. */
#ifndef CASELINE_PARSERS_BANNER_H
#define CASELINE_PARSERS_BANNER_H

#include "parsers/parser.h"

struct banner {
	unsigned left;           /* lines in which the machine may still stand */
};

/* Takes the lines one after the other; gives host.info where one names the machine. */
void banner_line(struct banner *b, struct sink *out, struct str text, uint64_t line, uint64_t offset);

#endif
