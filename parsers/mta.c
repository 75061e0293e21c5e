/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LocaleMetaData/NAME_LCID.MTA: the texts of NAME.evtx's records in one language, as Event Viewer
 * and `wevtutil al` save them beside the log. Layout as seen in a file that Windows wrote (compared
 * with Event Viewer's own CSV of the same log); little-endian throughout:
 *
 *   0  "MTAFile\0"   8 u32 1   12 u32 1   16 u32 size of the list below   20 u32 its entries
 *   24 entries: u64 offset, u64 size, u32 size of name, name in UTF-16: EVT, MSG, PUB
 *
 * EVT and MSG are lists of pages, each of up to 100 records; offsets count from the list's start:
 *   0 u32 ~0   4 u32[14] last index so far   60 u32 ~0   64 u64 number of the page
 *   72 u64 next page; the last one's is no later one   80 u64 this page   88 u64[100] records, 0: none
 * A record: u32 index, u32 size, then of EVT u64 EventRecordID, u64 index of its text; of MSG u32
 * size, the text in UTF-16 with its end mark.
 */
#include "analyzer/base/le.h"
#include "parsers/parser.h"

#define HEAD_SIZE 24u
#define PAGE_SIZE 888u
#define PAGE_RECORDS 100u
#define RECORD_HEAD 8u

struct list {
	const uint8_t *p;
	uint64_t n, at;          /* `at` is its offset in the member */
};

struct text_at {
	const uint8_t *p;
	uint32_t n;
	uint64_t at;
};

struct mta {
	const struct member_view *m;
	struct sink *out;
	struct text_at *texts;   /* by index */
	size_t text_count;
	uint64_t bad, rows;
};

typedef void (*record_taker)(struct mta *f, const struct list *l, uint64_t at, uint32_t index,
	uint32_t size);

/* The list of that name, as far as it is held; false with nothing in it where there is none. */
static bool find_list(const struct mta *f, const char *name, struct list *out)
{
	uint64_t at = HEAD_SIZE, held = f->m->held;

	*out = (struct list){ 0 };
	for (uint32_t i = 0, n = le32(f->m->data + 20); i < n && at + 20 <= held; i++) {
		const uint8_t *p = f->m->data + at;
		uint64_t from = le64(p), size = le64(p + 8);
		uint32_t name_size = le32(p + 16);

		if (name_size > held - at - 20)
			return false;
		if (name_size == 6 && p[20] == name[0] && p[22] == name[1] && p[24] == name[2]) {
			from = from < held ? from : held;
			*out = (struct list){ f->m->data + from, size < held - from ? size : held - from, from };
			if (out->n < size)
				sink_note(f->out, NOTE_LOST, held, size - out->n, 0,
					"the file ends within its list %s", name);
			return true;
		}
		at += 20 + name_size;
	}
	return false;
}

static void take_record(struct mta *f, const struct list *l, uint64_t at, record_taker take)
{
	uint32_t size;

	if (at > l->n || l->n - at < RECORD_HEAD) {
		f->bad++;
		return;
	}
	size = le32(l->p + at + 4);
	if (size > l->n - at - RECORD_HEAD)
		f->bad++;
	else
		take(f, l, at + RECORD_HEAD, le32(l->p + at), size);
}

/* Pages stand in order; a next one that is no later one ends the list, whatever wrote it. */
static void each_record(struct mta *f, const struct list *l, record_taker take)
{
	for (uint64_t page = 0, next;; page = next) {
		const uint8_t *p = l->p + page;

		if (page > l->n || l->n - page < PAGE_SIZE || le32(p) != UINT32_MAX ||
			le32(p + 60) != UINT32_MAX) {
			sink_note(f->out, NOTE_DAMAGED, l->at, 0, 0,
				"page %#llx of a list is not there: what follows it is lost",
				(unsigned long long)page);
			return;
		}
		for (size_t i = 0; i < PAGE_RECORDS; i++)
			if (le64(p + 88 + i * 8))
				take_record(f, l, le64(p + 88 + i * 8), take);
		next = le64(p + 72);
		if (next <= page)
			return;
	}
}

static void take_text(struct mta *f, const struct list *l, uint64_t at, uint32_t index, uint32_t size)
{
	const uint8_t *p = l->p + at;
	uint32_t n = size >= 4 ? le32(p) : 0;

	if (size < 4 || n > size - 4 || index >= f->text_count) {
		f->bad++;
		return;
	}
	while (n >= 2 && !p[4 + n - 1] && !p[4 + n - 2])
		n -= 2;
	f->texts[index] = (struct text_at){ p + 4, n, l->at + at - RECORD_HEAD };
}

static void take_event(struct mta *f, const struct list *l, uint64_t at, uint32_t index, uint32_t size)
{
	const struct kind kind = { .data_type = STR("fact"), .provider = STR("evtx.message"),
		.level = LEVEL_UNKNOWN };
	uint64_t record = size >= 16 ? le64(l->p + at) : 0, text = size >= 16 ? le64(l->p + at + 8) : 0;
	struct buf message = { 0 };

	(void)index;
	if (size < 16 || text >= f->text_count || !f->texts[text].p) {
		f->bad++;
		return;
	}
	buf_utf16le(&message, f->texts[text].p, f->texts[text].n);
	sink_row(f->out, &(struct row){ .time_100ns = TIME_NONE, .number = record, .basis = BASIS_NONE,
		.flags = ROW_FACT, .offset = f->texts[text].at, .length = f->texts[text].n,
		.kind = sink_kind(f->out, &kind), .message = buf_str(&message) });
	sink_put_u64(f->out, "record", record);
	f->rows++;
	if (f->rows % PAGE_RECORDS == 0)
		sink_commit_point(f->out, l->at + at);
	buf_free(&message);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct mta f = { .m = m, .out = out };
	struct list texts, events;

	if (m->held < HEAD_SIZE || le32(m->data + 8) != 1)
		return err_set(e, E_DAMAGED, "the head is cut off or of a version other than 1");
	if (!find_list(&f, "MSG", &texts) || !find_list(&f, "EVT", &events))
		return err_set(e, E_DAMAGED, "its lists of events and texts can't be found");
	f.text_count = texts.n / (RECORD_HEAD + 4);
	f.texts = arena_array(m->a, struct text_at, f.text_count + 1);
	each_record(&f, &texts, take_text);
	each_record(&f, &events, take_event);
	if (f.bad)
		sink_note(out, NOTE_DAMAGED, events.at, 0, f.bad,
			"%llu entries point outside of the file or at no text", (unsigned long long)f.bad);
	return 0;
}

static int bid(const struct probe *p)
{
	return p->head.n >= 8 && memcmp(p->head.p, "MTAFile", 8) == 0 ? 95 : 0;
}

const struct parser parser_mta = {
	.name = "mta",
	.about = "texts of an event log's records in one language (LocaleMetaData/NAME_LCID.MTA)",
	.data_type = "fact",
	.version = 1,
	.bid = bid,
	.parse = parse,
};
