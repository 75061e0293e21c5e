/* SPDX-License-Identifier: Apache-2.0 */
/* What the program knows of a thing that somebody named, in words. */
#ifndef CASELINE_ANALYZER_CLI_KNOWN_H
#define CASELINE_ANALYZER_CLI_KNOWN_H

#include "analyzer/correlate/knowledge.h"

/*
 * Prints all that is known of an event (8229, VSS/12293), a code in any written form, a state
 * (32768), a writer, provider or filter by name, id, maker or altitude, a cause, rule or signal. How
 * many things; of none, names that come near are printed.
 */
size_t known_print(const struct knowledge *kb, struct str what);
/* Prints causes, rules and signals, a line each. */
void known_list(const struct knowledge *kb);

#endif
