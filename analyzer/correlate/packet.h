/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two fixed layouts inside event data: the error packet that storage drivers append to their
 * records (IO_ERROR_LOG_PACKET), and the account number of a VM, which is the VM's GUID.
 */
#ifndef CASELINE_ANALYZER_PACKET_H
#define CASELINE_ANALYZER_PACKET_H

#include "analyzer/base/buf.h"
#include "analyzer/base/text.h"

struct io_packet {
	uint8_t function;        /* IRP major function: 3 read, 4 write, 15 control */
	uint8_t retries;
	uint32_t error;          /* message id as the driver logged it */
	uint32_t status;         /* final NTSTATUS; 0: it will be tried again */
	bool has_srb;            /* a SCSI request follows */
	uint8_t scsi_status, srb_status, sense_key, asc, ascq;
	uint64_t byte_offset;
};

/* False where the bytes are too few or can't be such a packet for event `id`. */
bool packet_parse(struct str bytes, uint32_t id, struct io_packet *out);
/* "write failed, NTSTATUS 0xC000000E, SRB status 0x09 (timed out)". */
void buf_packet(struct buf *b, const struct io_packet *p);

/* "S-1-5-83-1-a-b-c-d" to "{GUID}"; false for any other text. */
bool packet_vm_of_sid(struct str sid, char out[GUID_BYTES]);

#endif
