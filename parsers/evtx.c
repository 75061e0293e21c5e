/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/parser.h"
const struct parser parser_evtx = { .name = "evtx" };
