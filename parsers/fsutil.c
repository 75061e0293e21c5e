/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fsutil volume diskfree, dirty query and fsinfo volumeinfo, and chkdsk, by the order and shape of
 * what they print. diskfree does not name its volume: the command does, where it is the part's name.
 *
 *   Total free bytes        :  81,103,310,848 ( 75.5 GB)
 *   Total bytes             : 249,381,777,408 (232.3 GB)
 *
 *    117210208 KB total disk space.
 *         4 KB in bad sectors.
 */
#include "parsers/label.h"
#include "parsers/text.h"
#include "parsers/text_value.h"

#define FREE_LINES 2
#define VOLUME_BYTES_MIN 1000000u
#define CHECK_LINES 7            /* total, files, indexes, bad, system, log, free */

struct reader {
	struct sink *out;
	struct arena *a;
	char letter;
	uint64_t bytes[FREE_LINES], kb[CHECK_LINES];
	size_t frees, kbs;
	uint64_t line, offset, kb_line, kb_offset;
	struct str verdict, result;
};

/* "81,103,310,848 ( 75.5 GB)", "26 914 537 472 ( 25,1 GB)", "0": the digits before '('. */
static bool whole_number(struct str s, uint64_t *n)
{
	ptrdiff_t open = str_chr(s, '(');
	size_t digits = 0;

	*n = 0;
	s = str_trim(open < 0 ? s : str_sub(s, 0, (size_t)open));
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= '0' && c <= '9') {
			*n = *n * 10 + (uint64_t)(c - '0');
			digits++;
		} else if (c != ',' && c != '.' && c != ' ' && c != '\'' && c < 0x80) {
			return false;
		}
	}
	return digits >= 1 && digits <= 18;
}

static void put_letter(struct reader *r, char letter)
{
	if (letter)
		sink_put(r->out, "letter", str_make(&letter, 1));
}

static void end_free(struct reader *r)
{
	/* Without its name a volume's free space says nothing. */
	if (r->letter && r->frees == FREE_LINES && r->bytes[0] <= r->bytes[1]) {
		sink_fact(r->out, STR("volume"), r->line, r->offset);
		put_letter(r, r->letter);
		sink_put_u64(r->out, "free_bytes", r->bytes[0]);
		sink_put_u64(r->out, "size_bytes", r->bytes[1]);
	}
	r->frees = 0;
}

static void end_check(struct reader *r)
{
	const uint64_t *kb = r->kb;

	if (r->kbs == CHECK_LINES && kb[0] >= kb[6] && (r->letter || kb[3])) {
		sink_fact(r->out, STR("volume"), r->kb_line, r->kb_offset);
		put_letter(r, r->letter);
		sink_put_u64(r->out, "size_bytes", kb[0] * 1024);
		sink_put_u64(r->out, "bad_bytes", kb[3] * 1024);
		sink_put_u64(r->out, "free_bytes", kb[6] * 1024);
	}
	if (r->verdict.n) {
		sink_fact(r->out, STR("check"), r->kb_line, r->kb_offset);
		sink_put(r->out, "name", STR("chkdsk"));
		sink_put(r->out, "result", r->result);
		sink_put(r->out, "detail", r->verdict);
		sink_put(r->out, "source", STR("chkdsk"));
		put_letter(r, r->letter);
	}
	r->kbs = 0;
	r->verdict = STR("");
}

/* "  117210208 KB total disk space." in any language: a number, then a unit of K. */
static bool kilobytes(struct str line, uint64_t *kb)
{
	struct str s = str_trim(line);
	size_t i = 0;

	while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
		i++;
	return i && i < 16 && str_to_u64(str_sub(s, 0, i), 10, kb) && i + 3 < s.n && s.p[i] == ' ' &&
	       s.p[i + 1] == 'K' && (s.p[i + 2] == 'B' || s.p[i + 2] == 'o') && s.p[i + 3] == ' ';
}

/* "Volume - C: is NOT Dirty"; in other languages only the text is told. */
static bool dirty_line(struct reader *r, const struct text_line *line)
{
	struct str s = str_trim(line->text);
	ptrdiff_t dash = str_find(s, STR(" - "));
	char letter;

	if (dash < 3 || dash > 40 || (size_t)dash + 5 >= s.n || s.p[dash + 4] != ':' || s.p[dash + 5] != ' ')
		return false;
	letter = (char)(ascii_lower(s.p[dash + 3]) - 32);
	if (letter < 'A' || letter > 'Z')
		return false;
	sink_fact(r->out, STR("volume"), line->number, line->offset);
	put_letter(r, letter);
	if (str_ends(s, STR(" is NOT Dirty")))
		sink_put(r->out, "dirty", STR("false"));
	else if (str_ends(s, STR(" is Dirty")))
		sink_put(r->out, "dirty", STR("true"));
	else
		sink_put(r->out, "dirty_raw", str_from(s, (size_t)dash + 6));
	return true;
}

/* What chkdsk says at last. */
static void verdict_line(struct reader *r, struct str s)
{
	static const struct {
		const char *text, *result;
	} known[] = { { "found no problems", "passed" }, { "has made corrections", "warning" },
		{ "found problems", "failed" }, { "An unspecified error occurred", "failed" },
		{ "cannot continue in read-only mode", "failed" },
		{ "keine Probleme", "passed" }, { "Probleme festgestellt", "failed" },
		{ "Probleme gefunden", "failed" }, { "aucun problème", "passed" },
		{ "trouvé des problèmes", "failed" }, { "détecté des problèmes", "failed" },
		{ "問題は見つかりませんでした", "passed" },
		{ "問題が見つかりました", "failed" } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (r->verdict.n || str_find(s, str_of(known[i].text)) < 0)
			continue;
		r->verdict = arena_str(r->a, s);
		r->result = str_of(known[i].result);
	}
}

static void take_line(struct reader *r, const struct text_line *line)
{
	struct str s = str_trim(line->text);
	uint64_t n;

	if (kilobytes(s, &n) && r->kbs < CHECK_LINES) {
		if (!r->kbs) {
			r->kb_line = line->number;
			r->kb_offset = line->offset;
		}
		r->kb[r->kbs++] = n;
	} else if (str_find(s, STR(":")) > 0 && whole_number(value_after_colon(s), &n)) {
		if (!r->frees) {
			r->line = line->number;
			r->offset = line->offset;
		}
		if (r->frees < FREE_LINES)
			r->bytes[r->frees++] = n;
		if (r->frees == 2 && (r->bytes[0] > r->bytes[1] || r->bytes[1] < VOLUME_BYTES_MIN))
			r->frees = 0;    /* the second is the whole */
	} else if (!dirty_line(r, line)) {
		end_free(r);
		verdict_line(r, s);
	}
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out, .a = m->a, .letter = value_letter(m->name) };
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;

	(void)e;
	while (text_next(t, &line)) {
		bool kb = r.kbs > 0;

		take_line(&r, &line);
		/* The summary of one check ends with the blank line behind its last number. */
		if (kb && !str_trim(line.text).n)
			end_check(&r);
	}
	end_free(&r);
	end_check(&r);
	text_close(t);
	return 0;
}

static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 16384), line;
	size_t run = 0, numbers = 0, lines = 0;
	uint64_t n;

	if (str_ifind(p->name, STR("fsutil")) >= 0 && p->text.n &&
		(str_ifind(p->name, STR("free")) > 0 || str_ifind(p->name, STR("dirty")) > 0))
		return 60;
	while (str_line(&rest, &line)) {
		if (!str_trim(line).n)
			continue;
		lines++;
		run = kilobytes(line, &n) ? run + 1 : 0;
		if (run >= 6)
			return 66;
		if (lines <= 3 && str_chr(value_after_colon(line), '(') > 0 &&
			whole_number(value_after_colon(line), &n))
			numbers++;
		if (lines == 1 && (str_ends(line, STR(" is NOT Dirty")) || str_ends(line, STR(" is Dirty"))))
			return 60;
	}
	return numbers == 3 ? 60 : 0;
}

const struct parser parser_fsutil = {
	.name = "fsutil",
	.about = "fsutil volume diskfree and dirty query, chkdsk: free space, dirty bit, bad sectors",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
