/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Process Explorer saves: its list of processes, with tabs, and the handles or modules of the one
 * that was chosen. The columns are those that its user had; their titles are English everywhere.
 *
 *   Process<tab>CPU<tab>PID<tab>Description<tab>Company Name
 *   System Idle Process<tab>98.01<tab>0<tab><tab>
 *    vmms.exe<tab>0.01<tab>2840<tab>…                        a child stands one blank deeper
 *
 *   Process: vmwp.exe Pid: 4321
 *
 *   Type<tab>Name
 *   File<tab>D:\VM\APP01.vhdx
 */
#include "parsers/label.h"
#include "parsers/text.h"

#define COLUMNS_MAX 64

enum part { NO_PART, PROCESSES, HANDLES };

struct reader {
	struct sink *out;
	struct arena *a;
	enum part part;
	size_t pid, type, name, user, share;  /* columns; COLUMNS_MAX: absent */
	size_t columns;
	struct str process, process_pid;      /* of the handles */
	uint64_t others, others_at;
};

static size_t split(struct str line, struct str *cell)
{
	size_t n = 0;

	while (n < COLUMNS_MAX && str_split(&line, '\t', &cell[n]))
		n++;
	return n;
}

static size_t column(const struct str *cell, size_t n, const char *title)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(str_trim(cell[i]), str_of(title)))
			return i;
	return COLUMNS_MAX;
}

/* "Process: vmwp.exe Pid: 4321" */
static bool chosen_line(struct str line, struct str *process, struct str *pid)
{
	ptrdiff_t at = str_find(line, STR(" Pid: "));
	uint64_t n;

	if (!str_starts(line, STR("Process: ")) || at < 9)
		return false;
	*process = str_trim(str_sub(line, 9, (size_t)at - 9));
	*pid = str_trim(str_from(line, (size_t)at + 6));
	return str_to_u64(*pid, 10, &n);
}

static bool take_header(struct reader *r, const struct str *cell, size_t n)
{
	bool processes = str_eq(cell[0], STR("Process")) && column(cell, n, "PID") < n;
	bool handles = r->process.n && column(cell, n, "Type") < n && column(cell, n, "Name") < n;

	if (n < 2 || (!processes && !handles))
		return false;
	r->part = processes ? PROCESSES : HANDLES;
	r->columns = n;
	r->pid = column(cell, n, "PID");
	r->type = column(cell, n, "Type");
	r->name = column(cell, n, "Name");
	r->user = column(cell, n, "User Name");
	r->share = column(cell, n, "Share Flags");
	return true;
}

static void put_process(struct reader *r, const struct text_line *line, const struct str *cell)
{
	uint64_t pid;

	if (!str_to_u64(str_trim(cell[r->pid]), 10, &pid))
		return;
	sink_fact(r->out, STR("host.process"), line->number, line->offset);
	sink_put(r->out, "name", str_trim(cell[0]));
	sink_put_u64(r->out, "pid", pid);
	if (r->user < r->columns)
		label_put(r->out, "user", str_trim(cell[r->user]));
}

static void put_handle(struct reader *r, const struct text_line *line, const struct str *cell)
{
	if (!str_eq(cell[r->type], STR("File")) || str_chr(cell[r->name], '\\') < 0) {
		r->others_at = r->others++ ? r->others_at : line->offset;
		return;
	}
	sink_fact(r->out, STR("handle"), line->number, line->offset);
	sink_put(r->out, "process", r->process);
	sink_put(r->out, "pid", r->process_pid);
	sink_put(r->out, "path", str_trim(cell[r->name]));
	sink_put(r->out, "kind", STR("File"));
	if (r->share < r->columns)
		label_put(r->out, "share", str_trim(cell[r->share]));
}

static void take_line(struct reader *r, const struct text_line *line)
{
	struct str cell[COLUMNS_MAX], process, pid;
	size_t n;

	if (chosen_line(line->text, &process, &pid)) {
		r->process = arena_str(r->a, process);
		r->process_pid = arena_str(r->a, pid);
		r->part = NO_PART;
		return;
	}
	n = split(line->text, cell);
	/* A row that the end of the file cut lacks columns. */
	if (!n || take_header(r, cell, n) || n < r->columns)
		return;
	if (r->part == PROCESSES)
		put_process(r, line, cell);
	else if (r->part == HANDLES)
		put_handle(r, line, cell);
}

static int parse(const struct member_view *m, struct sink *out, struct err *e)
{
	struct reader r = { .out = out, .a = m->a };
	struct text_reader *t = text_open(m->data, (size_t)m->held);
	struct text_line line;

	(void)e;
	while (text_next_whole(t, &line, m->held, out))
		take_line(&r, &line);
	if (r.others)
		sink_note(out, NOTE_INFO, r.others_at, 0, 0, "%llu handles that name no file are left out",
			(unsigned long long)r.others);
	text_close(t);
	return 0;
}

static int bid(const struct probe *p)
{
	struct str rest = str_sub(p->text, 0, 32768), line, cell[COLUMNS_MAX], process, pid;

	while (str_line(&rest, &line)) {
		if (chosen_line(line, &process, &pid))
			return 88;
		if (str_starts(line, STR("Process\t")) && column(cell, split(line, cell), "PID") < COLUMNS_MAX)
			return 86;
	}
	return 0;
}

const struct parser parser_process_explorer = {
	.name = "process_explorer",
	.about = "what Process Explorer saves: processes, and the files that the chosen one holds",
	.data_type = "fact",
	.version = 1,
	.text = true,
	.bid = bid,
	.parse = parse,
};
