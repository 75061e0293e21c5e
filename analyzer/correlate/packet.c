/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/correlate/packet.h"

#include <stdio.h>

#include "analyzer/base/le.h"

#define PACKET_MIN_BYTES 0x28
#define PACKET_SRB_BYTES 0x40
#define SRB_STATUS_MASK 0x3f   /* without autosense-valid and queue-frozen */

bool packet_parse(struct str bytes, uint32_t id, struct io_packet *out)
{
	const uint8_t *p = (const uint8_t *)bytes.p;

	*out = (struct io_packet){ 0 };
	if (bytes.n < PACKET_MIN_BYTES)
		return false;
	out->function = p[0];
	out->retries = p[1];
	out->error = le32(p + 0x0c);
	out->status = le32(p + 0x14);
	out->byte_offset = (uint64_t)le32(p + 0x20) | (uint64_t)le32(p + 0x24) << 32;
	if ((out->error & 0xffff) != id || out->function > 0x1b)
		return false;
	out->has_srb = bytes.n >= PACKET_SRB_BYTES;
	if (!out->has_srb)
		return true;
	out->scsi_status = p[0x38];
	out->srb_status = p[0x39] & SRB_STATUS_MASK;
	out->ascq = p[0x3c];
	out->asc = p[0x3d];
	out->sense_key = p[0x3e] & 0x0f;
	return true;
}

static const char *function_name(uint8_t function)
{
	return function == 3 ? "read" : function == 4 ? "write" : function == 0x0f ? "control" : "request";
}

static const char *srb_name(uint8_t status)
{
	switch (status) {
	case 0x05:
		return "busy";
	case 0x08:
		return "no device";
	case 0x09:
		return "timed out";
	case 0x0a:
		return "selection timed out";
	case 0x0b:
		return "command timed out";
	case 0x0e:
		return "bus reset";
	case 0x0f:
		return "parity error";
	default:
		return "";
	}
}

void buf_packet(struct buf *b, const struct io_packet *p)
{
	buf_printf(b, "%s %s", function_name(p->function), p->status ? "failed" : "will be retried");
	if (p->status)
		buf_printf(b, ", NTSTATUS 0x%08X", p->status);
	if (!p->has_srb)
		return;
	if (p->srb_status > 1) {
		buf_printf(b, ", SRB status 0x%02X", p->srb_status);
		if (*srb_name(p->srb_status))
			buf_printf(b, " (%s)", srb_name(p->srb_status));
	}
	if (p->sense_key)
		buf_printf(b, ", sense %X/%02X/%02X", p->sense_key, p->asc, p->ascq);
}

bool packet_vm_of_sid(struct str sid, char out[GUID_BYTES])
{
	static const char prefix[] = "S-1-5-83-1-";
	struct str rest = str_from(sid, sizeof(prefix) - 1), part;
	uint8_t raw[16];
	size_t n = 0;

	if (!str_istarts(sid, str_of(prefix)))
		return false;
	while (n < 4 && str_split(&rest, '-', &part)) {
		uint64_t v;

		if (!str_to_u64(part, 10, &v) || v > UINT32_MAX)
			return false;
		for (int i = 0; i < 4; i++)
			raw[n * 4 + (size_t)i] = (uint8_t)(v >> (8 * i));
		n++;
	}
	if (n < 4)
		return false;
	guid_format(raw, out);
	return true;
}
