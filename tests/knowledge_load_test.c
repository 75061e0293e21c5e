/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "analyzer/base/err.h"
#include "analyzer/correlate/knowledge.h"
#include "analyzer/correlate/wording.h"

#define HEAD "schema: caseline.knowledge/1\n"
#define CAUSE "cause-ids: [{id: c, class: k, means: m}]\n"

/* The first problem of a text, or "". */
static void refuses(const char *yaml, const char *wanted)
{
	struct knowledge *kb = knowledge_new();
	struct str first = STR("");

	knowledge_add(kb, "t.yaml", str_of(yaml), false);
	knowledge_finish(kb);
	knowledge_check(kb);
	for (size_t i = kb->problems.n; i-- > 0;)
		if (kb->problems.v[i].error || strstr(wanted, "leads nowhere"))
			first = kb->problems.v[i].text;
	cr_expect(*wanted ? str_find(first, str_of(wanted)) >= 0 : first.n == 0, "'%.*s' lacks '%s'",
		STR_ARG(first), wanted);
	knowledge_free(kb);
}

Test(loader, faults_are_told_with_file_line_and_column)
{
	refuses("signals: []\n", "t.yaml:1:1: the file must start with 'schema: caseline.knowledge/1'");
	refuses("schema: caseline.knowledge/2\n", "must start with");
	refuses(HEAD "signal: []\n", "t.yaml:2:1: unknown key 'signal'");
	refuses(HEAD "signals:\n  - {id: a, title: t, match: {id: 1}, harmles: []}\n",
		"t.yaml:3:39: unknown key 'harmles'");
	refuses(HEAD "signals:\n  - {id: a, title: t}\n", "'match' is missing");
	refuses(HEAD "signals:\n  - {id: a, title: t, match: {id: 1}, episode: soon}\n",
		"duration such as 90s");
	refuses(HEAD "signals:\n  - {id: a, title: t, match: {id: 1}}\n"
		     "  - {id: a, title: t, match: {id: 2}}\n", "stands already in t.yaml:3");
	refuses(HEAD "links:\n  - {cause: a, effect: b, join: [{same: [host], weight: 0.5}], why: w}\n",
		"unknown signal 'a'");
	refuses(HEAD "links:\n  - {cause: a, effect: b, join: [{same: [host], weight: 5}], why: w}\n",
		"between 0 and 1");
	refuses(HEAD "signals:\n  - {id: a, title: t, match: {id: 1}}\n"
		     "causes:\n  - {id: vhd-corrupt, root: a, title: t, explanation: e, remedy: [{step: I}]}\n",
		"a remedy's step is a sentence");
	refuses(HEAD "signals:\n  - {id: a, title: t, match: {id: 1}, bind: {vm: [{use: b}]}}\n",
		"t.yaml:3:57: no binds of the name 'b' were read before this");
	refuses(HEAD "codes: [{code: xyz, say: s}]\n", "no error code");
	refuses(HEAD "events: [{id: 1, say: s}]\n", "an id alone means nothing");
	refuses("a: [\n", "t.yaml:");
}

Test(loader, binds_that_signals_share_stand_in_their_place)
{
	struct knowledge *kb = knowledge_new();
	const struct signal *s;

	knowledge_add(kb, "t.yaml", str_of(HEAD
		"binds:\n  - {id: b, of: [{field: message, pattern: 'VM (x+)'}, Name]}\n"
		"signals:\n  - {id: a, title: t, match: {id: 1}, bind: {vm: [VmName, {use: b}], csv: {use: b}}}\n"),
		false);
	cr_assert_eq(kb->problems.n, 0, "%.*s", STR_ARG(kb->problems.v[0].text));
	s = &kb->signals.v[0];
	cr_assert_eq(s->binds.n, 5);
	cr_expect(str_eq(s->binds.v[0].fields.v[0], STR("VmName")));
	cr_expect_not_null(s->binds.v[1].pattern);
	cr_expect(str_eq(s->binds.v[2].fields.v[0], STR("Name")));
	cr_expect(str_eq(s->binds.v[4].name, STR("csv")));
	knowledge_finish(kb);
	knowledge_free(kb);
}

Test(loader, what_leads_nowhere_or_is_not_tested_is_told)
{
	refuses(HEAD "signals: [{id: a, title: t, match: {id: 1}}]\n", "leads nowhere");
	refuses(HEAD CAUSE "signals: [{id: a, title: t, match: {id: 1}, impact: {operation: backup}}]\n"
			   "causes: [{id: c, root: [a], title: t, explanation: e}]\n",
		"no test shows that 'c' fires");
	refuses(HEAD "signals: [{id: a, title: t, match: {id: 1}, impact: {operation: backup}}]\n"
		     "causes: [{id: zz, root: [a], title: t, explanation: e}]\n", "unknown cause 'zz'");
}

Test(loader, a_users_file_replaces_an_entry)
{
	struct knowledge *kb = knowledge_new();

	knowledge_add(kb, "a", STR(HEAD "signals: [{id: a, title: old, match: {id: 1}}]\n"), false);
	knowledge_add(kb, "b", STR(HEAD "signals: [{id: a, title: new, match: {id: 2}}]\n"), true);
	knowledge_finish(kb);
	cr_assert_eq(kb->signals.n, 1);
	cr_expect(str_eq(kb->signals.v[0].title, STR("new")));
	cr_expect_eq(kb->problems.n, 0);
	knowledge_free(kb);
}

static bool no_value(void *with, struct str name, struct buf *out)
{
	(void)with;
	if (str_eq(name, STR("code")))
		buf_puts(out, STR("%%2147942432"));
	return str_eq(name, STR("code"));
}

static bool three_values(void *with, struct str name, struct buf *out)
{
	(void)with;
	if (str_eq(name, STR("root.vm")))
		buf_puts(out, STR("Mail server"));
	else if (str_eq(name, STR("root.path")))
		buf_puts(out, STR("D:\\a\"; Remove-Item x"));
	else if (str_eq(name, STR("root.writer")))
		buf_puts(out, STR("SqlServerWriter"));
	else if (str_eq(name, STR("root.disk")))
		buf_puts(out, STR("D:\\VMs\\Mail 1\\a.avhdx"));
	else if (str_eq(name, STR("root.csv")))
		buf_puts(out, STR("C:\\ClusterStorage\\Volume1"));
	else if (str_eq(name, STR("root.vm_id")))
		buf_puts(out, STR("{2B1F6C58-7C0F-4C0A-9D5E-5A0B6F3E1A11}"));
	return out->n > 0;
}

Test(loader, commands_hold_values_as_single_words)
{
	static const struct {
		const char *template, *text;
	} cases[] = {
		{ "Get-VM -Name {root.vm}", "Get-VM -Name 'Mail server'" },
		{ "icacls \"C:\\{root.vm}\"", "icacls \"C:\\Mail server\"" },
		{ "Test-VHD -Path \"{root.path}\"", "Test-VHD -Path \"<path>\"" },
		{ "Start-VM {impact.vm}", "Start-VM <vm>" },
		{ "{recover:root.writer}; x", "Restart-Service SQLWriter; x" },
		{ "{recover:root.vm}", "Restart-Service <service of the writer>" },
		{ "Get-WinEvent @{Id=41}", "Get-WinEvent @{Id=41}" },
		{ "robocopy \"{folder:root.disk}\" x", "robocopy \"D:\\VMs\\Mail 1\" x" },
		{ "robocopy {folder:root.vm} x", "robocopy <folder of the VM> x" },
		{ "ren \"{file:root.disk}\"", "ren \"a.avhdx\"" },
		{ "ren {file:root.path}", "ren <name>" },
		{ "-DriveLetter {letter:root.disk}", "-DriveLetter D" },
		{ "-DriveLetter {letter:root.csv}", "-DriveLetter <letter>" },
		{ "-DriveLetter {letter:root.vm}", "-DriveLetter <letter>" },
		{ "{guid:root.vm_id}", "2B1F6C58-7C0F-4C0A-9D5E-5A0B6F3E1A11" },
	};
	struct knowledge *kb = knowledge_new();

	knowledge_add(kb, "a", STR(HEAD "writers: [{id: '{A65FAA63-5EA8-4EBC-9DBD-A0C4DB26912A}', "
		"name: SqlServerWriter, service: SQLWriter, recover: Restart-Service SQLWriter}]\n"), false);
	knowledge_finish(kb);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf b = { 0 };

		wording_fill_command(kb, str_of(cases[i].template), three_values, NULL, &b);
		cr_expect(str_eq(buf_str(&b), str_of(cases[i].text)), "%.*s", STR_ARG(buf_str(&b)));
		buf_free(&b);
	}
	knowledge_free(kb);
}

Test(loader, templates_decode_codes_and_never_break)
{
	struct knowledge *kb = knowledge_new();
	struct buf b = { 0 };

	knowledge_add(kb, "a", STR(HEAD "codes: [{code: 0x80070020, say: in use}]\n"), false);
	knowledge_finish(kb);
	wording_fill(kb, STR("{vm} failed[ on {host}]: {code:code}, {x} {path}, {} {"), no_value, NULL, &b);
	cr_expect(str_eq(buf_str(&b), STR("A VM failed: 0x80070020 (in use), unknown a file, {} {")),
		"%.*s", STR_ARG(buf_str(&b)));
	buf_free(&b);
	knowledge_free(kb);
}
