/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs whose stamps have no year or no date, so that no event can be made of a line: the errors in them
 * are told as facts, with the stamp as it stands.
 *
 *   DPM's and the Azure backup agent's *.errlog (support articles of Microsoft on 0x8007173D, offline
 *   seeding and MAB's speed), by tabs or blanks:
 *     44B4 3968 10/21 21:02:21.611 71 backupasync.cpp(1184) [000000001B73B830] TASK-GUID WARNING text
 *   Commvault's (line heads as public readers of vsbkp.log take them): process, thread, stamp, job, text
 *   NetBackup's legacy logs (Logging Reference Guide) where the file's name has lost the date:
 *     13:30:21.969 [26628.6884] <16> bpfis: FTL - snapshot creation failed, status 156
 */
#include "parsers/label.h"
#include "parsers/text.h"

#define ERRORS_MAX 5000
#define TEXT_BYTES_MAX ((size_t)600)
#define HEAD_TOKENS_MAX 3

struct line {
	struct str date, clock, component, task, level, text, job;
	const char *product;     /* where the line's form tells it */
};

/* ---- one line ---- */

static bool digits(struct str s, size_t at, size_t n)
{
	for (size_t i = at; i < at + n; i++)
		if (i >= s.n || s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

/* Takes the next word off; blanks and tabs stand between. */
static struct str word_off(struct str *rest)
{
	struct str word;
	size_t n = 0;

	*rest = str_trim(*rest);
	while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
		n++;
	word = str_sub(*rest, 0, n);
	*rest = str_from(*rest, n);
	return word;
}

/* "10/21", a month and a day. */
static bool is_date(struct str s)
{
	uint64_t month, day;

	return s.n == 5 && s.p[2] == '/' && str_to_u64(str_sub(s, 0, 2), 10, &month) &&
		str_to_u64(str_from(s, 3), 10, &day) && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static bool is_clock(struct str s)
{
	return s.n >= 8 && digits(s, 0, 2) && s.p[2] == ':' && digits(s, 3, 2) && s.p[5] == ':' &&
		digits(s, 6, 2) && (s.n == 8 || (s.p[8] == '.' && digits(s, 9, s.n - 9)));
}

static bool is_level(struct str s)
{
	static const char *const words[] = { "NORMAL", "WARNING", "FATAL", "CRITICAL", "ERROR", "ACTIVITY" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq(s, str_of(words[i])))
			return true;
	return false;
}

/* "backupasync.cpp(1184)" */
static bool is_place(struct str s)
{
	ptrdiff_t open = str_chr(s, '(');

	return open > 3 && str_ends(s, STR(")")) && str_chr(str_sub(s, 0, (size_t)open), '.') > 0;
}

/* The words between stamp and text, as far as they are of a kind that is known. */
static void take_words(struct line *l, struct str rest)
{
	for (int i = 0; i < 6; i++) {
		struct str before = rest, word = word_off(&rest);
		uint8_t guid[16];

		if (is_level(word)) {
			l->level = word;
			before = rest;
			l->text = str_trim(before);
			return;
		}
		if (is_place(word) && !l->component.n)
			l->component = word;
		else if (guid_parse(word, guid))
			l->task = word;
		else if (i == 0 && digits(word, 0, word.n) && word.n)
			l->job = word;
		else if (!(str_starts(word, STR("[")) && str_ends(word, STR("]")) && word.n == 18) &&
			!(i == 0 && str_starts(word, STR("###")))) {
			l->text = str_trim(before);
			return;
		}
	}
	l->text = str_trim(rest);
}

/* "[26628.6884]" */
static bool is_process(struct str s)
{
	ptrdiff_t dot = str_chr(s, '.');

	return s.n > 4 && s.p[0] == '[' && s.p[s.n - 1] == ']' && dot > 1 && digits(s, 1, (size_t)dot - 1) &&
		(size_t)dot + 2 < s.n && digits(s, (size_t)dot + 1, s.n - (size_t)dot - 2);
}

/* Severities 16 and 32 are errors; a status of exit but 0 is one whatever the severity. */
static struct str netbackup_level(struct str severity, struct str text)
{
	ptrdiff_t status = str_find(text, STR("EXIT STATUS "));

	if (str_eq(severity, STR("<16>")) || str_find(text, STR("ERR - ")) >= 0 || str_find(text, STR("FTL - ")) >= 0 ||
		(status >= 0 && !str_starts(str_from(text, (size_t)status), STR("EXIT STATUS 0"))))
		return STR("ERROR");
	return str_eq(severity, STR("<32>")) ? STR("CRITICAL") : STR("");
}

static bool netbackup_line(struct str text, struct line *out)
{
	struct str rest = text, clock = word_off(&rest), word = word_off(&rest), severity;
	size_t hours = clock.n && digits(clock, 0, 2) ? 2 : 1, n = clock.n;
	ptrdiff_t colon;

	if (str_starts(word, STR("AM")) || str_starts(word, STR("PM"))) {
		n = (size_t)(word.p + 2 - clock.p);
		word = word_off(&rest);
	}
	severity = word_off(&rest);
	rest = str_trim(rest);
	colon = str_find(rest, STR(": "));
	if (!digits(clock, 0, hours) || clock.n < hours + 10 || clock.p[hours] != ':' ||
		!digits(clock, hours + 1, 2) || clock.p[hours + 6] != '.' || !is_process(word) ||
		severity.n < 3 || severity.p[0] != '<' || !digits(severity, 1, severity.n - 2) || colon <= 0)
		return false;
	*out = (struct line){ .clock = str_make(clock.p, n), .component = str_sub(rest, 0, (size_t)colon),
		.text = str_trim(str_from(rest, (size_t)colon + 2)), .product = "NetBackup" };
	out->level = netbackup_level(severity, out->text);
	return true;
}

static bool read_line(struct str text, struct line *out)
{
	struct str rest = text, word = STR(""), clock;
	size_t before;

	*out = (struct line){ .text = STR("") };
	if (netbackup_line(text, out))
		return true;
	for (size_t i = 0; i <= HEAD_TOKENS_MAX; i++) {
		word = word_off(&rest);
		if (is_date(word))
			break;
	}
	before = rest.n;
	clock = word_off(&rest);
	if (!is_date(word) || before == rest.n || !is_clock(clock))
		return false;
	out->date = word;
	out->clock = clock;
	take_words(out, rest);
	if (out->component.n)
		out->job = STR("");      /* the number of a module */
	return true;
}

/* "0x8007173d", "0xC0000022": where a code of failure begins, -1 where there is none. */
static ptrdiff_t failure_code(struct str s)
{
	uint64_t code;

	for (size_t i = 0; i + 10 <= s.n; i++)
		if (s.p[i] == '0' && (s.p[i + 1] == 'x' || s.p[i + 1] == 'X') &&
			str_to_u64(str_sub(s, i + 2, 8), 16, &code) && code >= 0x80000000 &&
			(i + 10 == s.n || !digits(s, i + 10, 1)))
			return (ptrdiff_t)i;
	return -1;
}

static bool is_error(const struct line *l)
{
	if (str_eq(l->level, STR("FATAL")) || str_eq(l->level, STR("CRITICAL")) || str_eq(l->level, STR("ERROR")))
		return true;
	return failure_code(l->text) >= 0;
}

/* ---- all of them ---- */

static struct str product_of(struct str name)
{
	static const char *const names[][2] = { { "*dpm*.errlog*", "Microsoft DPM" },
		{ "LAAgent*.errlog*", "Microsoft DPM" }, { "*CBEngine*.errlog*", "Azure Recovery Services agent" },
		{ "*vsbkp*.log", "Commvault" }, { "*vsrst*.log", "Commvault" }, { "*cvd*.log", "Commvault" } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_glob(str_of(names[i][0]), name))
			return str_of(names[i][1]);
	return STR("");
}

static void put_error(struct sink *out, const struct line *l, const struct text_line *at, struct str product)
{
	struct str text = str_sub(l->text, 0, TEXT_BYTES_MAX);
	ptrdiff_t code = failure_code(text);
	char stamp[64];

	snprintf(stamp, sizeof(stamp), "%.*s%s%.*s", STR_ARG(l->date), l->date.n ? " " : "",
		STR_ARG(str_sub(l->clock, 0, 20)));
	sink_fact(out, STR("log.error"), at->number, at->offset);
	label_put(out, "product", l->product ? str_of(l->product) : product);
	label_put(out, "level", l->level);
	label_put(out, "component", l->component);
	label_put(out, "job", l->job);
	label_put(out, "task", l->task);
	if (code >= 0)
		sink_put(out, "code", str_sub(text, (size_t)code, 10));
	sink_put(out, "text", text);
	sink_put(out, "time_raw", str_of(stamp));
	sink_commit_point(out, at->offset);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct str product = product_of(m->name);
	uint64_t lines = 0, errors = 0;
	struct text_line line;
	struct line l;

	(void)e;
	while (text_next(t, &line)) {
		if (!read_line(line.text, &l))
			continue;
		lines++;
		if (is_error(&l) && errors++ < ERRORS_MAX)
			put_error(out, &l, &line, product);
	}
	sink_note(out, NOTE_INFO, 0, 0, 0,
		"the stamps have no year or no date: of %llu lines %llu errors are told, without a place in time",
		(unsigned long long)lines, (unsigned long long)(errors < ERRORS_MAX ? errors : ERRORS_MAX));
	if (errors > ERRORS_MAX)
		sink_note(out, NOTE_LIMIT, 0, 0, errors - ERRORS_MAX, "more than %d errors", ERRORS_MAX);
	text_close(t);
	return 0;
}

static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 16384), text;
	struct line l;
	int lines = 0, stamped = 0, placed = 0;

	while (str_line(&rest, &text) && lines < 60) {
		if (!str_trim(text).n)
			continue;
		lines++;
		if (read_line(text, &l)) {
			stamped++;
			placed += l.component.n && (l.level.n || l.product);
		}
	}
	if (placed * 3 > lines)
		return 60;
	return stamped * 2 > lines ? 12 : 0;
}

const struct parser parser_yearless = {
	.name = "yearless",
	.about = "errors of logs whose stamps lack year or date (DPM and Azure agent .errlog, Commvault, NetBackup)",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
