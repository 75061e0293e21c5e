/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of ChkSym, or of the script in its place: files with version, vendor, size, date.
 *
 *   CSV   "[KERNEL-MODE DRIVERS]" over a head (",,,Module Path,Symbol Status,…") and records
 *   TXT   "Module[  1] [C:\Windows\System32\drivers\mpio.sys]", then "  File Version:      (…)"
 *
 * A driver is told as one; other files as files. Of processes only the program itself and modules that
 * are not Microsoft's: each process has some hundred modules, mostly the same.
 */
#include "parsers/csv.h"
#include "parsers/label.h"
#include "parsers/text.h"

struct module {
	struct str path, version, vendor, description, size, linked, modified;
	struct str process, pid;
	uint64_t line, offset;
};

struct reader {
	struct sink *out;
	struct arena *a;
	uint64_t modules, passed_over;
};

/* "(10.0:17763.1\t)" and "(10.0.17763.1)": 10.0.17763.1 */
static struct str version_of(struct arena *a, struct str s)
{
	char *copy;

	s = str_trim(s);
	if (str_starts(s, STR("(")) && str_ends(s, STR(")")))
		s = str_trim(str_sub(s, 1, s.n - 2));
	copy = arena_dup(a, s.p ? s.p : "", s.n);
	for (size_t i = 0; i < s.n; i++)
		if (copy[i] == ':')
			copy[i] = '.';
	return str_make(copy, s.n);
}

static struct str base_of(struct str path)
{
	return str_from(path, (size_t)(str_rchr(path, '\\') + 1));
}

static void put_module(struct reader *r, const struct module *m)
{
	struct str name = base_of(m->path);
	bool driver = str_iends(name, STR(".sys"));
	uint64_t size;

	if (!m->path.n)
		return;
	r->modules++;
	if (m->process.n && !str_ieq(name, m->process) &&
		(!m->vendor.n || str_ifind(m->vendor, STR("Microsoft")) >= 0)) {
		r->passed_over++;
		return;
	}
	sink_fact(r->out, driver ? STR("host.driver") : STR("file"), m->line, m->offset);
	if (driver)
		sink_put(r->out, "name", str_sub(name, 0, name.n - 4));
	sink_put(r->out, "path", m->path);
	label_put(r->out, "version", version_of(r->a, m->version));
	label_put(r->out, "vendor", str_trim(m->vendor));
	label_put(r->out, "description", str_trim(m->description));
	if (str_to_u64(str_trim(m->size), 10, &size))
		sink_put_u64(r->out, "size_bytes", size);
	label_put(r->out, driver ? "date_raw" : "linked_raw", str_trim(m->linked));
	label_put(r->out, "modified_raw", str_trim(m->modified));
	label_put(r->out, "process", m->process);
	label_put(r->out, "pid", m->pid);
	if (sink_commit_point(r->out, m->offset) || arena_used(r->a) > 1024 * 1024) {
		arena_free(r->a);
		r->a = arena_new();
	}
}

/* ---- CSV ---- */

enum { PROCESS, PID, PATH, LINKED, VERSION, VENDOR, DESCRIPTION, SIZE, MODIFIED, COLUMNS };

static bool read_head(const struct csv_record *head, size_t at[COLUMNS])
{
	static const char *const names[COLUMNS] = { "Process Name", "Process ID", "Module Path",
		"Time/Date String", "File Version", "Company Name", "File Description", "File Size",
		"File Time/Date String" };

	if (csv_column(head, "Module Path") == SIZE_MAX)
		return false;
	for (size_t i = 0; i < COLUMNS; i++)
		at[i] = csv_column(head, names[i]);
	return true;
}

static struct str cell(const struct csv_record *r, size_t at)
{
	return at < r->n ? str_trim(r->column[at]) : STR("");
}

static void parse_csv(struct reader *r, const struct member_view *m)
{
	struct csv *c = csv_open(m->data, (size_t)m->held);
	size_t at[COLUMNS];
	struct csv_record rec;
	bool open = false;

	while (csv_next(c, &rec)) {
		if (read_head(&rec, at)) {
			open = true;
		} else if (rec.n == 1) {
			open = false;            /* the next section's name */
		} else if (open && rec.n > at[PATH]) {
			struct module module = { .path = cell(&rec, at[PATH]), .version = cell(&rec, at[VERSION]),
				.vendor = cell(&rec, at[VENDOR]), .description = cell(&rec, at[DESCRIPTION]),
				.size = cell(&rec, at[SIZE]), .linked = cell(&rec, at[LINKED]),
				.modified = cell(&rec, at[MODIFIED]), .process = cell(&rec, at[PROCESS]),
				.pid = cell(&rec, at[PID]), .line = rec.line, .offset = rec.offset };

			put_module(r, &module);
		}
	}
	csv_close(c, r->out);
}

/* ---- TXT ---- */

/* "Module[  1] [C:\…\mpio.sys] (PDB …)" */
static bool module_line(struct reader *r, const struct text_line *line, struct module *out)
{
	struct str s = str_trim(line->text), path;
	ptrdiff_t open, end;

	if (!str_starts(s, STR("Module[")) || (open = str_find(s, STR("] ["))) < 0)
		return false;
	path = str_from(s, (size_t)open + 3);
	end = str_chr(path, ']');
	*out = (struct module){ .path = arena_str(r->a, end < 0 ? path : str_sub(path, 0, (size_t)end)),
		.process = out->process, .pid = out->pid, .line = line->number, .offset = line->offset };
	return true;
}

/* "Process Name [VMMS.EXE] - PID=2860 - 123 modules recorded" */
static bool process_line(struct arena *lasting, struct str s, struct module *out)
{
	ptrdiff_t end = str_find(s, STR("] - PID="));
	struct str rest, pid = STR("");

	if (!str_starts(s, STR("Process Name [")) || end < 14)
		return false;
	rest = str_from(s, (size_t)end + 8);
	str_split(&rest, ' ', &pid);
	*out = (struct module){ .process = arena_str(lasting, str_sub(s, 14, (size_t)end - 14)),
		.pid = arena_str(lasting, str_trim(pid)) };
	return true;
}

static void label_line(struct reader *r, struct str line, struct module *m)
{
	struct {
		const char *label;
		struct str *to;
	} labels[] = { { "Company Name", &m->vendor }, { "File Description", &m->description },
		{ "File Version", &m->version }, { "File Size (bytes)", &m->size },
		{ "File Date", &m->modified } };
	struct str name, value;
	ptrdiff_t stamp = str_find(line, STR("Module TimeDateStamp")), dash;

	if (stamp >= 0 && (dash = str_find(line, STR(" - "))) > 0)
		m->linked = arena_str(r->a, str_trim(str_from(line, (size_t)dash + 3)));
	if (!label_split(line, &name, &value))
		return;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (str_eq(name, str_of(labels[i].label)))
			*labels[i].to = arena_str(r->a, value);
}

static void end_module(struct reader *r, struct module *m)
{
	put_module(r, m);
	*m = (struct module){ .process = m->process, .pid = m->pid };
}

static void parse_text(struct reader *r, const struct member_view *m)
{
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct module module = { .line = 0 };
	struct text_line line;

	while (text_next(t, &line)) {
		struct str s = str_trim(line.text);

		if (str_starts(s, STR("Module[")) || str_starts(s, STR("Process Name [")) ||
			str_starts(s, STR("****")))
			end_module(r, &module);
		if (str_starts(s, STR("****")))
			module = (struct module){ .line = 0 };
		else if (!module_line(r, &line, &module) && !process_line(m->a, s, &module) && module.path.n)
			label_line(r, line.text, &module);
	}
	end_module(r, &module);
	text_close(t);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out, .a = arena_new() };
	char *text = arena_alloc(m->a, 8192 * 3);
	size_t n = text_head(m->data, m->held < 8192 ? (size_t)m->held : 8192, text, 8192 * 3);

	(void)e;
	if (str_find(str_make(text, n), STR("Module Path,Symbol Status")) >= 0)
		parse_csv(&r, m);
	else
		parse_text(&r, m);
	if (r.passed_over || !r.modules)
		sink_note(out, NOTE_INFO, 0, 0, 0,
			"%llu modules, of which %llu of Microsoft within processes are passed over",
			(unsigned long long)r.modules, (unsigned long long)r.passed_over);
	arena_free(r.a);
	return 0;
}

static int bid(const struct probe *p)
{
	struct str head = str_sub(p->text, 0, 8192);
	ptrdiff_t module = str_find(head, STR("\nModule["));

	if (str_find(head, STR("Module Path,Symbol Status")) >= 0)
		return 85;
	if (module > 0 && str_find(str_sub(head, (size_t)module, 40), STR("] [")) > 0)
		return 80;
	return str_find(head, STR("***** COLLECTION OPTIONS *****")) >= 0 &&
			str_ifind(p->name, STR("sym_")) >= 0 ? 60 : 0;
}

const struct parser parser_chksym = {
	.name = "chksym",
	.about = "ChkSym's lists (sym_*.CSV, .TXT) of SDP and TSS: drivers and files with version and vendor",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
