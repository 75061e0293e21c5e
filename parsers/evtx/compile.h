/* SPDX-License-Identifier: Apache-2.0 */
/* From the tokens of a fragment to the steps of a plan. */
#ifndef CASELINE_PARSERS_EVTX_COMPILE_H
#define CASELINE_PARSERS_EVTX_COMPILE_H

#include "parsers/evtx/plan.h"

/* Appends the steps of everything up to r->end. *fragments: some step always reads a fragment. */
bool compile_fragment(struct plan_set *set, struct bx *r, enum place place, uint32_t path,
	bool *fragments);

/* Where a part of System belongs; an empty attribute means the element's content. */
enum target system_target(struct str element, struct str attribute);

#endif
