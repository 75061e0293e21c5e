/* SPDX-License-Identifier: Apache-2.0 */
/* Guest state and the files beside disks. */
#include <libdeflate.h>

#include "tests/vm_facts.h"

static const char name[] = "11111111-2222-3333-4444-555555555555.vmgs";

static void put32(uint8_t *p, uint32_t v)
{
	for (size_t i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static void write_header(uint8_t *h, uint32_t sequence)
{
	memcpy(h, "GUESTRTS", 8);
	put32(h + 8, 0x00030000);
	put32(h + 16, sequence);
	put32(h + 20, 168);
	put32(h + 24, 2);
	put32(h + 28, 1);
	h[32] = (uint8_t)(sequence & 1);
	put32(h + 12, libdeflate_crc32(0, h, 168));
}

/* Holds nvram and a TPM; the second header is the newer one. */
static uint8_t *state_new(size_t sector, size_t n)
{
	uint8_t *p = memset(xmalloc(n), 0, n), *entry = p + 2 * 4096;

	write_header(p, UINT32_MAX);
	write_header(p + sector, 0);
	put32(entry + 64, 3);
	put32(entry + 64 + 4, 1);
	put32(entry + 64 + 8, 100);
	put32(entry + 3 * 64, 4);
	put32(entry + 3 * 64 + 4, 2);
	return p;
}

Test(vm_state, a_guest_state_tells_what_it_holds_and_no_content)
{
	for (size_t sector = 512; sector <= 4096; sector += 3584) {
		uint8_t *p = state_new(sector, 65536);
		struct buf out = { 0 };

		facts_of_window("vmgs", name, p, 65536, 65536, 0, &out);
		cr_expect(facts_have(&out, "vm.guest_state path=11111111-2222-3333-4444-555555555555.vmgs "
			"id={11111111-2222-3333-4444-555555555555} size_bytes=65536 version=3.0 sequence=0 "
			"encrypted=false holds=nvram,tpm"), "%s", out.p);
		cr_expect(!facts_have(&out, "finding") && !facts_have(&out, "error"), "%s", out.p);
		buf_free(&out);
		free(p);
	}
}

Test(vm_state, either_header_suffices_and_none_is_told)
{
	uint8_t *p = state_new(4096, 65536);
	struct buf out = { 0 };

	p[4096 + 40] ^= 1;
	facts_of_window("vmgs", name, p, 65536, 65536, 0, &out);
	cr_expect(facts_have(&out, "finding=header-invalid") && facts_have(&out, "sequence=4294967295"), "%s",
		out.p);
	p[40] ^= 1;
	out.n = 0;
	facts_of_window("vmgs", name, p, 65536, 65536, 0, &out);
	cr_expect(facts_have(&out, "error neither header") && !facts_have(&out, "holds="), "%s", out.p);
	buf_free(&out);
	free(p);
}

Test(vm_state, a_part_that_lies_outside_is_told)
{
	uint8_t *p = state_new(4096, 65536);
	struct buf out = { 0 };

	facts_of_window("vmgs", name, p, 5 * 4096, 5 * 4096, 0, &out);
	cr_expect(facts_have(&out, "finding=table-invalid"), "%s", out.p);
	buf_free(&out);
	free(p);
}

Test(vm_state, files_beside_disks_are_known_by_name)
{
	static const char *const names[] = { "a.vhdx.rct", "a.vhdx.mrt", "a.hrl", "a.vhds" };

	for (size_t i = 0; i < 4; i++) {
		struct probe p = { .name = str_of(names[i]), .head = STR("\x01\x02\x03\x00\x00\x05\x06\x07") };
		const struct parser *chosen;
		int bid;

		chosen = parser_choose(&p, &bid);
		cr_expect(chosen && strcmp(chosen->name, "vm_side") == 0, "%s: %s", names[i],
			chosen ? chosen->name : "nobody");
	}
}
