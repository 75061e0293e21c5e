/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manage-bde -status, in any language: a line with the volume and its label in brackets, then values
 * in a fixed order, of which the seventh tells whether the volume is locked.
 *
 *   Volume D: [Data]
 *   [Data Volume]
 *
 *       Size:                 Unknown GB
 *       BitLocker Version:    2.0
 *       Conversion Status:    Unknown
 *       …
 *       Lock Status:          Locked
 */
#include "parsers/label.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

enum { SIZE, VERSION, CONVERSION, PERCENTAGE, METHOD, PROTECTION, LOCK, VALUES };

struct reader {
	struct sink *out;
	struct arena *a;
	bool open;
	struct str letter, label, guid, value[VALUES];
	size_t values;
	uint64_t line, offset;
};

/* "Locked" as Windows has it in some languages; the word for unlocked often holds that for locked. */
static const char *locked_word(struct str s)
{
	static const struct {
		const char *word, *locked;
	} words[] = { { "Locked", "true" }, { "Unlocked", "false" }, { "Gesperrt", "true" },
		{ "Entsperrt", "false" }, { "Verrouillé", "true" }, { "Déverrouillé", "false" },
		{ "Bloqueado", "true" }, { "Desbloqueado", "false" }, { "Bloccato", "true" },
		{ "Sbloccato", "false" }, { "ロック", "true" }, { "ロック解除", "false" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_ieq(s, str_of(words[i].word)))
			return words[i].locked;
	return NULL;
}

static void end_volume(struct reader *r)
{
	uint64_t size;
	const char *locked;

	if (r->open && r->values > CONVERSION) {
		sink_fact(r->out, STR("volume"), r->line, r->offset);
		label_put(r->out, "letter", r->letter);
		label_put(r->out, "guid", r->guid);
		label_put(r->out, "label", r->label);
		if (value_size(r->value[SIZE], &size))
			sink_put_u64(r->out, "size_bytes", size);
		sink_put(r->out, "encryption", r->value[CONVERSION]);
		label_put(r->out, "protection", r->value[PROTECTION]);
		locked = locked_word(r->value[LOCK]);
		if (locked)
			sink_put(r->out, "locked", str_of(locked));
		else
			label_put(r->out, "locked_raw", r->value[LOCK]);
	}
	*r = (struct reader){ .out = r->out, .a = r->a };
}

/* "Volume D: [Data]", in French with a blank before the colon; or the volume's name with its GUID. */
static bool volume_line(struct str line, struct str *letter, struct str *guid, struct str *label,
	char room[GUID_BYTES])
{
	ptrdiff_t open = str_rchr(line, '[');
	struct str head;

	*letter = *guid = *label = STR("");
	if (open <= 2 || value_indent(line) || line.p[line.n - 1] != ']')
		return false;
	*label = str_sub(line, (size_t)open + 1, line.n - (size_t)open - 2);
	head = str_trim(str_sub(line, 0, (size_t)open));
	if (str_find(head, STR("Volume{")) >= 0 && value_guid(head, room)) {
		*guid = str_of(room);
		return true;
	}
	if (!str_ends(head, STR(":")))
		return false;
	head = str_trim(str_sub(head, 0, head.n - 1));
	if (head.n < 3 || head.p[head.n - 2] != ' ' || head.p[head.n - 1] < 'A' || head.p[head.n - 1] > 'Z')
		return false;
	*letter = str_from(head, head.n - 1);
	return true;
}

static void take_line(struct reader *r, const struct text_line *line)
{
	struct str text = line->text, letter, guid, label, v;
	char room[GUID_BYTES];

	while (text.n && text.p[text.n - 1] == ' ')
		text.n--;
	if (volume_line(text, &letter, &guid, &label, room)) {
		end_volume(r);
		r->open = true;
		r->letter = arena_str(r->a, letter);
		r->guid = arena_str(r->a, guid);
		r->label = arena_str(r->a, label);
		r->line = line->number;
		r->offset = line->offset;
		return;
	}
	v = value_after_colon(text);
	/* Protectors stand deeper. */
	if (r->open && value_indent(text) == 4 && v.n && r->values < VALUES)
		r->value[r->values++] = arena_str(r->a, v);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out, .a = m->a };
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;

	(void)e;
	while (text_next_whole(t, &line, m->held, out))
		take_line(&r, &line);
	end_volume(&r);
	text_close(t);
	return 0;
}

/* The product keeps its name in every language. */
static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 4096), line, letter, guid, label;
	bool named = str_find(str_sub(p->text, 0, 1024), STR("BitLocker")) >= 0;
	char room[GUID_BYTES];

	while (named && str_line(&rest, &line))
		if (volume_line(line, &letter, &guid, &label, room))
			return 75;
	return 0;
}

const struct parser parser_manage_bde = {
	.name = "manage_bde",
	.about = "manage-bde -status in any language: volumes, whether BitLocker keeps them locked",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
