/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts and values of an EVTX record become. */
#include "tests/evtx_build.h"
#include "tests/evtx_rows.h"

#define WRITTEN UINT64_C(133601299661234567)   /* 2024-05-14T03:12:46.1234567Z */
#define V(type, literal) { type, literal, sizeof(literal) - 1 }

/* One record of one template: EventData with a Data element a value, called a, b, c … */
static struct build *one_template(const struct b_value *values, unsigned n)
{
	struct build *b = b_new();
	char name[2] = "a";

	b_record(b, 1, WRITTEN);
	b_template(b);
	b_event(b);
	b_system(b, "P", "7");
	b_open(b, "EventData", false);
	b_done(b);
	for (unsigned i = 0; i < n; i++, name[0]++)
		b_data_slot(b, name, i, values[i].type);
	b_close(b);
	b_close(b);
	b_template_end(b);
	b_values(b, values, n);
	b_record_end(b);
	b_chunk_end(b);
	return b;
}

static void expect_fields(struct build *b, const char *expected)
{
	struct rows r = rows_of(b->bytes, b_size(b));
	char text[1000];

	cr_assert_eq(r.n, 1);
	cr_expect_str_eq(rows_fields(&r, 0, text), expected);
	rows_free(&r);
	free(b);
}

static void expect_values(const struct b_value *values, unsigned n, const char *expected)
{
	expect_fields(one_template(values, n), expected);
}

Test(evtx_values, negative_integers_keep_their_sign)
{
	const struct b_value v[] = { V(0x07, "\x02\x00\x07\x80"), V(0x03, "\xff"),
		V(0x05, "\xfe\xff"), V(0x09, "\xff\xff\xff\xff\xff\xff\xff\xff") };

	expect_values(v, 4, "a=-2147024894|b=-1|c=-2|d=-1");
}

Test(evtx_values, each_type_becomes_what_it_is)
{
	const struct b_value v[] = { V(0x04, "\xff"), V(0x06, "\xff\xff"),
		V(0x08, "\xff\xff\xff\xff"),
		V(0x0a, "\xff\xff\xff\xff\xff\xff\xff\xff"), V(0x0b, "\0\0\xc0\x3f"),
		V(0x0c, "\0\0\0\0\0\0\xf8\x3f"), V(0x0d, "\x02\0\0\0"), V(0x0d, "\0\0\0\0"),
		V(0x10, "\xe7\x03\0\0"), V(0x10, "\xe7\x03\0\0\0\0\0\0"), V(0x14, "\x05\0\0\xc0"),
		V(0x15, "\0\0\0\0\0\0\0\x80"), V(0x20, "\x01\0\0\0"), V(0x02, "ansi\0") };

	expect_values(v, 14, "a=255|b=65535|c=4294967295|d=18446744073709551615|e=1.5|f=1.5|g=true|"
		"h=false|i=0x3e7|j=0x3e7|k=0xc0000005|l=0x8000000000000000|m=0x1|n=ansi");
}

Test(evtx_values, guids_sids_times_and_bytes)
{
	const struct b_value v[] = {
		V(0x0f, "\x1d\xc4\x84\x66\xed\x6d\x4b\x4f\x8f\x17\xfd\x23\xf8\xdd\xc3\xde"),
		V(0x13, "\x01\x02\0\0\0\0\0\x05\x20\0\0\0\x20\x02\0\0"),
		V(0x11, "\x00\x80\x3e\xd5\xde\xb1\x9d\x01"),
		V(0x12, "\xe8\x07\x05\0\x02\0\x0e\0\x03\0\x0c\0\x2e\0\x7b\0"),
		V(0x12, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), V(0x0e, "\xde\xad\x00"),
		V(0x11, "\xff\xff\xff\xff\xff\xff\xff\x7f") };

	expect_values(v, 7, "a={6684C41D-6DED-4F4B-8F17-FD23F8DDC3DE}|b=S-1-5-32-544|"
		"c=1970-01-01T00:00:00.0000000Z|d=2024-05-14T03:12:46.1230000Z|"
		"e=00000000000000000000000000000000|f=DEAD00|g=0x7fffffffffffffff");
}

Test(evtx_values, arrays_give_a_field_an_item)
{
	const struct b_value v[] = { V(0x81, "x\0\0\0\0\0y\0\0\0"), V(0x88, "\1\0\0\0\2\0\0\0"),
		V(0x82, "p\0q\0"), V(0x95, "\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0") };

	expect_values(v, 4, "a=x|a=|a=y|b=1|b=2|c=p|c=q|d=0x1|d=0x2");
}

Test(evtx_values, null_is_left_out_and_keeps_the_numbering_of_slots)
{
	const struct b_value v[] = { V(0x00, ""), V(0x08, ""), V(0x01, ""), V(0x08, "\1\0\0\0") };

	expect_values(v, 4, "c=|d=1");
}

Test(evtx_values, a_value_of_a_wrong_size_is_kept_as_bytes_and_marked)
{
	const struct b_value v[] = { V(0x08, "\1\2\3") };
	struct build *b = one_template(v, 1);
	struct rows r = rows_of(b->bytes, b_size(b));

	cr_expect_eq(rows_row(&r, 0).flags, ROW_DAMAGED);
	rows_free(&r);
	expect_fields(b, "a=010203");
}

static struct build *classic(const struct b_value *values, unsigned n)
{
	struct build *b = b_new();

	b_record(b, 1, WRITTEN);
	b_template(b);
	b_event(b);
	b_system(b, "P", "7");
	b_open(b, "EventData", false);
	b_done(b);
	for (unsigned i = 0; i + 1 < n; i++)
		b_data_slot(b, NULL, i, 0x81);
	b_open(b, "Binary", false);
	b_done(b);
	b_slot(b, n - 1, 0x0e);
	b_close(b);
	b_close(b);
	b_close(b);
	b_template_end(b);
	b_values(b, values, n);
	b_record_end(b);
	b_chunk_end(b);
	return b;
}

Test(evtx_values, classic_strings_keep_their_order_and_empty_ones)
{
	const struct b_value v[] = { V(0x81, "\0\0x\0\0\0\0\0"), V(0x0e, "\1\2") };

	expect_fields(classic(v, 2), "=|=x|=|2:=0102");
}

Test(evtx_values, one_of_several_unnamed_values_keeps_its_place_when_null)
{
	const struct b_value v[] = { V(0x01, "x\0"), V(0x00, ""), V(0x01, "z\0"), V(0x00, "") };

	expect_fields(classic(v, 4), "=x|=|=z");
}

/* <UserData> whose content is a fragment of its own. */
static struct build *user_data(void)
{
	struct build *b = b_new();
	uint32_t descriptor;

	b_record(b, 1, WRITTEN);
	b_template(b);
	b_event(b);
	b_system(b, "Microsoft-Windows-Hyper-V-VMMS", "19100");
	b_open(b, "UserData", false);
	b_done(b);
	b_slot(b, 0, 0x21);
	b_close(b);
	b_close(b);
	b_template_end(b);
	b_u32(b, 1);
	descriptor = b->at;
	b_u32(b, 0);
	b_head(b);
	b_open(b, "VmlEventLog", true);
	b_attribute(b, "xmlns");
	b_text(b, "http://www.microsoft.com/Windows/Virtualization/Events");
	b_done(b);
	b_leaf(b, "VmName", "vm1");
	b_leaf(b, "Parameter0", "p");
	b_open(b, "Outer", true);
	b_attribute(b, "kind");
	b_text(b, "k");
	b_done(b);
	b_leaf(b, "Inner", "deep");
	b_close(b);
	b_close(b);
	b_set32(b, descriptor, (b->at - descriptor - 4) | 0x210000);
	b_record_end(b);
	b_chunk_end(b);
	return b;
}

Test(evtx_values, user_data_in_a_fragment_has_names_and_paths)
{
	expect_fields(user_data(), "6:userdata=VmlEventLog|1:VmName=vm1|1:Parameter0=p|"
		"1:Outer@kind=k|1:Outer/Inner=deep");
}

/* A record without templates: everything is text, and the same rows come out. */
static struct build *inline_record(void (*body)(struct build *b))
{
	struct build *b = b_new();

	b_record(b, 1, WRITTEN);
	b_event(b);
	b_system(b, "P", "0x0007");
	body(b);
	b_close(b);
	b_record_end(b);
	b_chunk_end(b);
	return b;
}

static void inline_user_data(struct build *b)
{
	b_open(b, "UserData", false);
	b_done(b);
	b_open(b, "EventXML", false);
	b_done(b);
	b_leaf(b, "Param1", "one");
	b_close(b);
	b_close(b);
}

Test(evtx_values, a_record_without_templates_gives_the_same_rows)
{
	struct build *b = inline_record(inline_user_data);
	struct rows r = rows_of(b->bytes, b_size(b));
	const struct kind *k = rows_kind(&r, 0);

	cr_expect(str_eq(k->provider, STR("P")) && str_eq(k->channel, STR("Test")));
	cr_expect(str_eq(k->computer, STR("host")) && k->id == 7 && k->level == 2 && k->has_id);
	cr_expect_eq(rows_row(&r, 0).time_100ns, (int64_t)WRITTEN);
	cr_expect_eq(rows_row(&r, 0).offset, 4096 + 512);
	cr_expect_eq(rows_row(&r, 0).length, b->at - 512);
	rows_free(&r);
	expect_fields(b, "6:userdata=EventXML|1:Param1=one");
}

static void inline_errors(struct build *b)
{
	b_open(b, "ProcessingErrorData", false);
	b_done(b);
	b_leaf(b, "ErrorCode", "15005");
	b_leaf(b, "EventPayload", "0102");
	b_close(b);
	b_open(b, "RenderingInfo", true);
	b_attribute(b, "Culture");
	b_text(b, "en-US");
	b_done(b);
	b_leaf(b, "Message", "It failed.");
	b_leaf(b, "Level", "Error");
	b_close(b);
}

Test(evtx_values, rendered_message_and_processing_error_have_their_places)
{
	struct build *b = inline_record(inline_errors);
	struct rows r = rows_of(b->bytes, b_size(b));

	cr_expect(str_eq(rows_row(&r, 0).message, STR("It failed.")));
	rows_free(&r);
	expect_fields(b, "4:ErrorCode=15005|4:EventPayload=0102|5:Culture=en-US|5:Level=Error");
}

static void inline_text_kinds(struct build *b)
{
	b_open(b, "EventData", true);
	b_attribute(b, "Name");
	b_text(b, "Kind");
	b_done(b);
	b_open(b, "Data", true);
	b_attribute(b, "Name");
	b_text(b, "mixed");
	b_done(b);
	b_text(b, "a");
	b_u8(b, 0x08);
	b_u16(b, 0xe9);
	b_u8(b, 0x09);
	b_name(b, "amp");
	b_u8(b, 0x07);
	b_u16(b, 2);
	b_utf16(b, "<b");
	b_close(b);
	b_open(b, "Data", false);
	b_u8(b, 0x03);
	b_leaf(b, "Binary", "0aFF");
	b_close(b);
}

Test(evtx_values, cdata_and_references_are_text)
{
	expect_fields(inline_record(inline_text_kinds),
		"6:eventdata=Kind|mixed=a\xc3\xa9&<b|=|2:=0AFF");
}

Test(evtx_values, a_header_time_far_from_the_event_is_kept_beside_it)
{
	struct build *b = inline_record(inline_user_data);
	uint64_t written = WRITTEN + 20000000;

	memcpy(b->bytes + 4096 + 512 + 16, &written, 8);
	b_chunk_end(b);
	expect_fields(b, "6:userdata=EventXML|1:Param1=one|"
		"6:written_time=2024-05-14T03:12:48.1234567Z");
}

Test(evtx_values, xml_of_a_record_is_escaped_and_closed)
{
	struct build *b = inline_record(inline_text_kinds);
	struct member_view m = { .data = b->bytes, .held = b_size(b), .size = b_size(b) };
	struct buf out = { 0 };
	struct err e = { 0 };

	cr_assert_eq(parser_find(STR("evtx"))->show(&m, 1, 4608, &out, &e), 0, "%s", e.text);
	buf_putc(&out, '\0');
	cr_expect(strstr(out.p, "<Data Name=\"mixed\">a\xc3\xa9&amp;&lt;b</Data>"), "%s", out.p);
	cr_expect(strstr(out.p, "\n  <EventData Name=\"Kind\">"), "%s", out.p);
	cr_expect(strstr(out.p, "</Event>\n"), "%s", out.p);
	buf_free(&out);
	cr_expect_lt(parser_find(STR("evtx"))->show(&m, 1, 4616, &out, &e), 0);
	cr_expect_lt(parser_find(STR("evtx"))->show(&m, 1, UINT64_MAX, &out, &e), 0);
	free(b);
}
