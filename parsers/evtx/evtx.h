/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EVTX, the Windows event log: a header of 4 KiB, then chunks of 64 KiB. A chunk stands alone: its
 * records, the names and the template definitions that they use. Header counts are not trusted.
 *
 * What is read by default: every record up to a chunk's free-space offset, whatever the checksums
 * say. Past that offset lie old records:
 * - of a chunk whose own header is damaged they are recovered, because its offset tells nothing;
 * - of a sound chunk they are counted in a note and left alone (EVTX_READ_SLACK), because they were
 *   overwritten on purpose and half of all files have them; but a row of them that goes on with the
 *   next record number right at the offset is taken, because the header is older than the records.
 * Recovered rows carry ROW_RECOVERED; none is given that the file still holds as a live record.
 */
#ifndef CASELINE_PARSERS_EVTX_H
#define CASELINE_PARSERS_EVTX_H

#include "parsers/parser.h"

#define EVTX_READ_SLACK false
#define EVTX_HEADER_BYTES 4096u
#define EVTX_CHUNK_BYTES 65536u
#define EVTX_RECORD_HEAD 24u       /* magic, size, number, time */
#define EVTX_RECORD_MIN 28u
#define EVTX_DATA_TYPE "windows:evtx:record"

/* The whole member through libevtx; rows carry ROW_SECOND_READER. Values have no names. */
int evtx_parse_second(const struct member_view *m, struct sink *out, struct err *e);
/* From now on parser_evtx reads with libevtx. To be called before anything is parsed. */
void evtx_use_second_reader(bool yes);

/* XML of the record whose head is at `at` in the chunk, as the event viewer lays it out. */
int evtx_xml(const uint8_t *chunk, uint32_t chunk_bytes, uint32_t at, struct buf *out,
	struct err *e);

#endif
