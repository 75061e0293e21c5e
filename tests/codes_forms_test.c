/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "analyzer/correlate/codes.h"
#include "analyzer/correlate/packet.h"

static void reads(const char *text, uint32_t wanted)
{
	uint32_t code = 0;

	cr_expect(code_first(str_of(text), &code), "no code in '%s'", text);
	cr_expect_eq(code, wanted, "'%s' gave 0x%08X", text, code);
}

static void reads_none(const char *text)
{
	uint32_t code = 0;

	cr_expect(!code_first(str_of(text), &code), "'%s' gave 0x%08X", text, code);
}

Test(codes, are_read_in_every_written_form)
{
	reads("failed with 0x80070020.", 0x80070020);
	reads("in use (0x80070020)", 0x80070020);
	reads("error -2147024864", 0x80070020);
	reads("-2147024864", 0x80070020);
	reads("2147942432", 0x80070020);
	reads("%%2147942432", 0x80070020);
	reads("%%32", 32);
	reads("checkpoint: -0x800423F2", 0x800423F2);
	reads("c00000b5", 0xC00000B5);
	reads("Status: c00000b5", 0xC00000B5);
	reads("hr = 80070020", 0x80070020);
	reads("AUTO_PAUSE_ERROR(c0130021)", 0xC0130021);
	reads("[0x80080005]", 0x80080005);
	reads("not found (0x2)", 2);
	reads("0xFFFFFFFF80070020", 0x80070020);
}

Test(codes, are_not_seen_in_names_and_dates)
{
	reads_none("{80070020-1111-2222-3333-444444444444}");
	reads_none("S-1-5-83-1-3655396106-1351506743-3915871121-3476744365");
	reads_none("2024-05-14 10:00:00 build 20348");
	reads_none("event 129 on port 3");
	reads_none("the file 80070020 was copied");
	reads_none("10.0.2147942432.1");
	reads_none("x80070020");
	reads_none("");
}

Test(codes, small_ones_are_found_as_words)
{
	uint32_t wanted = 32768;

	cr_expect(code_among(STR("Job failed ('Checkpoint failed. Error code: 32768')"), &wanted, 1));
	cr_expect(!code_among(STR("132768"), &wanted, 1));
	cr_expect(!code_among(STR("v32768x"), &wanted, 1));
}

Test(codes, a_vms_account_is_its_guid)
{
	char guid[GUID_BYTES];

	cr_assert(packet_vm_of_sid(STR("S-1-5-83-1-3655396106-1351506743-3915871121-3476744365"), guid));
	cr_expect_str_eq(guid, "{D9E0EB0A-5B37-508E-9173-67E9ADE83ACF}");
	cr_expect(!packet_vm_of_sid(STR("S-1-5-83-0"), guid));
	cr_expect(!packet_vm_of_sid(STR("S-1-5-18"), guid));
	cr_expect(!packet_vm_of_sid(STR("S-1-5-83-1-99999999999-1-2-3"), guid));
}

Test(codes, a_drivers_error_packet_is_read)
{
	char bytes[0x48] = { 4, 2, [0x0c] = 0x33, [0x0f] = (char)0x80, [0x14] = 0x0e,
		[0x17] = (char)0xc0, [0x39] = (char)0x89 };
	struct io_packet p;
	struct buf b = { 0 };

	cr_assert(packet_parse(str_make(bytes, sizeof(bytes)), 51, &p));
	buf_packet(&b, &p);
	cr_expect(str_eq(buf_str(&b),
		STR("write failed, NTSTATUS 0xC000000E, SRB status 0x09 (timed out)")),
		"%.*s", STR_ARG(buf_str(&b)));
	cr_expect(!packet_parse(str_make(bytes, sizeof(bytes)), 129, &p));
	cr_expect(!packet_parse(str_make(bytes, 20), 51, &p));
	buf_free(&b);
}
