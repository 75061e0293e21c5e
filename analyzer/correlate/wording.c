/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/correlate/wording.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/correlate/codes.h"
#include "analyzer/correlate/packet.h"

#define LINE_BYTES_MAX 600

void wording_codes(const struct knowledge *kb, struct str text, struct buf *out)
{
	size_t at = 0;
	uint32_t code;
	bool any = false;

	while (code_next(text, &at, &code)) {
		const struct kb_code *known = knowledge_code(kb, code);

		if (any)
			buf_puts(out, STR(", "));
		buf_code(out, code);
		if (known)
			buf_printf(out, " (%.*s)", STR_ARG(known->say));
		any = true;
	}
	if (!any)
		buf_puts(out, text);
}

struct filler {
	const struct knowledge *kb;
	wording_value value;
	void *with;
	bool command;   /* what is not known becomes a place to fill in: <path> */
	size_t from;    /* where its text begins in `out` */
};

/* What the table of writers says for a writer's name or class id. */
static struct str recovery_of(const struct knowledge *kb, struct str writer)
{
	for (size_t i = 0; i < kb->writers.n; i++) {
		const struct kb_thing *w = &kb->writers.v[i];

		if (str_ieq(w->name, writer) || str_ieq(w->id, writer))
			return w->recover;
	}
	return STR("");
}

/* "a VM" for a VM whose name is not known. */
static void put_some(const struct filler *f, struct str name, struct buf *out)
{
	static const char *const words[][2] = { { "vm", "a VM" }, { "vm_id", "a VM" },
		{ "path", "a file" }, { "disk", "a disk" }, { "volume", "a volume" },
		{ "csv", "a cluster volume" }, { "port", "an adapter" }, { "node", "a node" },
		{ "resource", "a resource" }, { "group", "a role" }, { "process", "a process" },
		{ "service", "a service" }, { "user", "somebody" }, { "server", "a server" },
		{ "share", "a share" }, { "filter", "a filter" }, { "switch", "a switch" }, { "time", "that time" } };
	size_t from = out->n;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words) && out->n == from; i++)
		if (str_eq(name, str_of(words[i][0])))
			buf_puts(out, str_of(words[i][1]));
	if (out->n == from)
		buf_puts(out, STR("unknown"));
	else if (from == f->from)
		out->p[from] = (char)(out->p[from] - 'a' + 'A');
}

enum how { AS_IT_IS, CODE, RECOVER, FOLDER, FILE_NAME, LETTER, GUID };

static void put_unknown(const struct filler *f, struct str name, enum how how, struct buf *out)
{
	ptrdiff_t dot = str_chr(name, '.');
	struct str last = str_from(name, (size_t)(dot + 1));

	if (!f->command)
		put_some(f, last, out);
	else if (how == RECOVER)
		buf_puts(out, STR("Restart-Service <service of the writer>"));
	else if (how == FOLDER)
		buf_puts(out, STR("<folder of the VM>"));
	else if (how == FILE_NAME)
		buf_puts(out, STR("<name>"));
	else if (how == LETTER)
		buf_puts(out, STR("<letter>"));
	else
		buf_printf(out, "<%.*s>", STR_ARG(last));
}

static bool in_quotes(struct str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '"';
	return n % 2;
}

/* Blanks only between the items of a list. */
static bool is_plain(struct str value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		bool word = c >= 0x80 || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');

		if (!word && !strchr("_.:\\/-,+~*?", c) && !(c == ' ' && i && value.p[i - 1] == ','))
			return false;
	}
	return true;
}

/*
 * A value from the bundle as one word of a command. Somebody may paste it into a shell, and it may
 * be anybody's text: what would not stay one word is left to be filled in.
 */
static bool put_word(const struct filler *f, struct str value, struct buf *out)
{
	bool quoted = in_quotes(str_from(buf_str(out), f->from));

	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < ' ' || strchr(quoted ? "\"`" : "'`\"", value.p[i]) ||
			(value.p[i] == '$' && i + 1 < value.n && strchr("({", value.p[i + 1])))
			return false;
	if (quoted || is_plain(value))
		buf_puts(out, value);
	else
		buf_printf(out, "'%.*s'", STR_ARG(value));
	return true;
}

/* {code:x}, {recover:x} …: how to fill a name, which is cut down to what follows. */
static enum how how_of(struct str *name)
{
	static const char *const before[] = { "", "code:", "recover:", "folder:", "file:",
		"letter:", "guid:" };

	for (int i = CODE; i <= GUID; i++)
		if (str_starts(*name, str_of(before[i]))) {
			*name = str_from(*name, strlen(before[i]));
			return (enum how)i;
		}
	return AS_IT_IS;
}

/* The folder that a path's file lies in; none of a bare name. */
static struct str folder_of(struct str path)
{
	ptrdiff_t cut = str_rchr(path, '\\');

	return str_sub(path, 0, cut > 2 ? (size_t)cut : 0);
}

static struct str file_of(struct str path)
{
	return str_from(path, (size_t)(str_rchr(path, '\\') + 1));
}

/* Of "D:" or a path there; none of a volume's GUID, a share or a cluster volume. */
static struct str letter_of(struct str volume)
{
	bool drive = volume.n > 1 && volume.p[1] == ':' && (volume.n < 18 || volume.p[2] == '\\');

	return str_sub(volume, 0, drive && str_ifind(volume, STR("\\ClusterStorage\\")) < 0);
}

static struct str without_braces(struct str guid)
{
	return guid.n > 2 && guid.p[0] == '{' ? str_sub(guid, 1, guid.n - 2) : guid;
}

static struct str value_of(const struct filler *f, struct str name, enum how how, struct buf *text)
{
	struct str value = f->value(f->with, name, text) ? str_trim(buf_str(text)) : STR("");

	return how == RECOVER ? recovery_of(f->kb, value)
	       : how == FOLDER ? folder_of(value) : how == FILE_NAME ? file_of(value)
	       : how == LETTER ? letter_of(value)
	       : how == GUID ? without_braces(value) : value;
}

static bool fill_name(const struct filler *f, struct str name, struct buf *out)
{
	enum how how = how_of(&name);
	struct buf text = { 0 };
	struct str value = value_of(f, name, how, &text);

	if (!value.n)
		put_unknown(f, name, how, out);
	else if (how == CODE)
		wording_codes(f->kb, value, out);
	else if (!f->command || how == RECOVER)
		buf_puts(out, value);
	else if (!put_word(f, value, out))
		put_unknown(f, name, how, out);
	buf_free(&text);
	return value.n > 0;
}

/* A script's block, as in @{Id=41} or { $_.Id }, is no name. */
static bool is_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (strchr("=;$'\"|()[]", name.p[i]))
			return false;
	return name.n > 0;
}

/* False where a name has no value. */
static bool fill_names(const struct filler *f, struct str template, struct buf *out)
{
	bool all = true;

	while (template.n) {
		ptrdiff_t open = str_chr(template, '{'), close;

		if (open < 0) {
			buf_puts(out, template);
			return all;
		}
		buf_puts(out, str_sub(template, 0, (size_t)open));
		template = str_from(template, (size_t)open);
		close = str_chr(template, '}');
		if (close < 0 || !is_name(str_sub(template, 1, (size_t)close - 1))) {
			buf_putc(out, '{');   /* a text like any other */
			template = str_from(template, 1);
			continue;
		}
		all &= fill_name(f, str_sub(template, 1, (size_t)close - 1), out);
		template = str_from(template, (size_t)close + 1);
	}
	return all;
}

static void fill(const struct filler *f, struct str template, struct buf *out)
{
	while (template.n) {
		ptrdiff_t open = str_chr(template, '['), close = str_chr(template, ']');
		size_t from;

		if (open < 0 || close < open)
			break;
		fill_names(f, str_sub(template, 0, (size_t)open), out);
		from = out->n;
		if (str_chr(str_sub(template, (size_t)open, (size_t)(close - open)), '{') < 0)
			buf_puts(out, str_sub(template, (size_t)open, (size_t)(close - open) + 1));
		else if (!fill_names(f, str_sub(template, (size_t)open + 1, (size_t)(close - open) - 1),
				 out))
			out->n = from;
		template = str_from(template, (size_t)close + 1);
	}
	fill_names(f, template, out);
}

void wording_fill(const struct knowledge *kb, struct str template, wording_value value, void *with,
	struct buf *out)
{
	fill(&(struct filler){ kb, value, with, false, out->n }, template, out);
}

void wording_fill_command(const struct knowledge *kb, struct str template, wording_value value,
	void *with, struct buf *out)
{
	fill(&(struct filler){ kb, value, with, true, out->n }, template, out);
}

struct row_asker {
	const struct knowledge *kb;
	const struct kb_event *known;
	const struct event_view *v;
};

/* The catalogue's word for a value, as events name it: "volume" stands in VolumeName or Volume. */
static bool named_alike(const struct event_view *v, struct str word, struct buf *out)
{
	static const char *const others[][5] = { { "group", "ResourceGroup" },
		{ "vm", "VmName", "VMName", "VirtualMachineName" },
		{ "vm_id", "VmId", "VMId", "VirtualMachineId" },
		{ "path", "FileName", "VhdFileName", "FilePath" },
		{ "code", "ErrorCode", "Error", "Status", "HResult" },
		{ "status", "ErrorCode", "Error", "HResult" } };
	char name[48];
	int n = word.n < 40 ? snprintf(name, sizeof(name), "%.*sName", STR_ARG(word)) : 0;

	if (n <= 4)
		return false;
	name[0] = (char)(name[0] >= 'a' && name[0] <= 'z' ? name[0] - 'a' + 'A' : name[0]);
	if (view_text(v, str_make(name, (size_t)n), out) || view_text(v, str_make(name, (size_t)n - 4), out))
		return true;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		for (size_t k = 1; str_eq(word, str_of(others[i][0])) && k < 5 && others[i][k]; k++)
			if (view_text(v, str_of(others[i][k]), out))
				return true;
	return false;
}

/* The catalogue may name unnamed values, in order. */
static bool row_value(void *with, struct str name, struct buf *out)
{
	const struct row_asker *a = with;
	struct field f;

	if (view_text(a->v, name, out))
		return true;
	for (size_t i = 0; i < a->known->fields.n; i++)
		if (str_eq(a->known->fields.v[i], name) &&
			segment_unnamed(a->v->segment, a->v->ref.row, i, &f)) {
			buf_field(out, &f);
			return true;
		}
	return named_alike(a->v, name, out);
}

/* How many bytes have no byte below a blank and no blank but between two others; eight at a time. */
static size_t clean_bytes(const char *p, size_t n)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7, blanks = ones * ' ';
	size_t i = 0;

	for (; i + 8 <= n; i += 7) {
		uint64_t v, blank;

		memcpy(&v, p + i, 8);
		blank = ~(((v ^ blanks) & ~high) + (high - ones)) & ~v & high;   /* 0x80 where a blank is */
		if (((v - blanks) & ~v & high) || (blank & blank >> 8))
			break;
	}
	while (i < n && ((unsigned char)p[i] > ' ' || (p[i] == ' ' && i + 1 < n && (unsigned char)p[i + 1] > ' ')))
		i++;
	return i;
}

static size_t blank_bytes(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && (unsigned char)p[i] <= ' ')
		i++;
	return i;
}

/* What was written behind `from`, on one line: breaks and runs of blanks become one blank. */
static void make_line(struct buf *out, size_t from)
{
	char *p = out->p + from;
	size_t n = out->n - from, i = blank_bytes(p, n), to = 0;

	while (i < n && to <= LINE_BYTES_MAX) {
		size_t clean = clean_bytes(p + i, n - i < LINE_BYTES_MAX ? n - i : LINE_BYTES_MAX), blank;

		memmove(p + to, p + i, clean);
		to += clean;
		i += clean;
		blank = blank_bytes(p + i, n - i);
		i += blank;
		if (blank && i < n)
			p[to++] = ' ';
	}
	out->n = from + to;
	if (to <= LINE_BYTES_MAX)
		return;
	for (to = LINE_BYTES_MAX; from + to < out->n && (p[to] & 0xc0) == 0x80;)
		to++;
	if (from + to == out->n)
		return;
	out->n = from + to;
	buf_puts(out, STR("…"));
}

static void put_values(const struct event_view *v, struct buf *line)
{
	size_t n = segment_field_count(v->segment, v->ref.row), shown = 0;

	for (size_t i = 0; i < n; i++) {
		size_t before = line->n, from;
		struct field f;

		segment_field(v->segment, v->ref.row, i, &f);
		if (f.section == SECTION_META || f.section == SECTION_SYSTEM || f.type == VALUE_BINARY ||
			f.type == VALUE_NULL)
			continue;
		buf_puts(line, shown ? STR(", ") : STR(": "));
		buf_puts(line, f.name);
		buf_puts(line, f.name.n ? STR("=") : STR(""));
		from = line->n;
		buf_field(line, &f);
		if (str_trim(str_make(line->p + from, line->n - from)).n)
			shown++;
		else
			line->n = before;
	}
}

static void put_packet(const struct event_view *v, struct buf *line)
{
	size_t n = segment_field_count(v->segment, v->ref.row);

	for (size_t i = 0; i < n; i++) {
		struct field f;
		struct io_packet p;

		segment_field(v->segment, v->ref.row, i, &f);
		if (f.type != VALUE_BINARY || !packet_parse(f.bytes, v->kind->id, &p))
			continue;
		buf_puts(line, STR(" ["));
		buf_packet(line, &p);
		buf_putc(line, ']');
		return;
	}
}

static void put_head(const struct event_view *v, struct buf *line)
{
	struct str provider = v->kind->provider.n ? v->kind->provider : v->kind->data_type;

	buf_puts(line, provider.n ? provider : STR("row"));
	if (!v->kind->has_id)
		return;
	buf_putc(line, ' ');
	buf_u64(line, v->kind->id);
}

void event_message(const struct knowledge *kb, const struct event_view *v, struct buf *out)
{
	bool told = v->row.message.n > 0;
	struct row_asker a = { kb, told ? NULL : knowledge_event(kb, v->kind), v };
	size_t from = out->n;

	if (told) {
		buf_puts(out, v->row.message);
	} else if (a.known) {
		wording_fill(kb, a.known->say, row_value, &a, out);
	} else {
		put_head(v, out);
		put_values(v, out);
	}
	if (!told)
		put_packet(v, out);
	make_line(out, from);
	if (out->n == from)
		put_head(v, out);
}
