/* SPDX-License-Identifier: Apache-2.0 */
#include "parsers/evtx/evtx.h"
int evtx_xml(const uint8_t *chunk, uint32_t chunk_bytes, uint32_t at, struct buf *out,
	struct err *e)
{ (void)chunk; (void)chunk_bytes; (void)at; (void)out; return err_set(e, E_UNSUPPORTED, "not yet"); }
