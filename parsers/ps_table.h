/* SPDX-License-Identifier: Apache-2.0 */
/* For files that hold lists and tables of PowerShell. */
#ifndef CASELINE_PARSERS_PS_TABLE_H
#define CASELINE_PARSERS_PS_TABLE_H

#include "parsers/parser.h"

extern const struct parser parser_ps_table;

/* True where the text has a ruler under labels anywhere. */
bool ps_table_begins(const struct member_view *m);

#endif
