/* SPDX-License-Identifier: Apache-2.0 */
/* The list of parsers.def, and the choice among its bidders. */
#include "parsers/parser.h"

#define PARSER(name) extern const struct parser parser_##name;
#include "parsers/parsers.def"
#undef PARSER

const struct parser *const parser_list[] = {
#define PARSER(name) &parser_##name,
#include "parsers/parsers.def"
#undef PARSER
	NULL,
};

const struct parser *parser_find(struct str name)
{
	for (size_t i = 0; parser_list[i]; i++)
		if (str_eq(name, str_of(parser_list[i]->name)))
			return parser_list[i];
	return NULL;
}

const struct parser *parser_choose(const struct probe *p, int *bid)
{
	const struct parser *best = NULL;

	*bid = 0;
	for (size_t i = 0; parser_list[i]; i++) {
		int offer = parser_list[i]->bid(p);

		if (offer > *bid) {
			*bid = offer;
			best = parser_list[i];
		}
	}
	return best;
}
