/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a knowledge file that is wrong: where, and what was expected instead. */
#include <criterion/criterion.h>

#include "analyzer/correlate/knowledge.h"

#define HEAD "schema: caseline.knowledge/1\n"
#define SIGNAL "signals:\n  - {id: a, title: t, match: {id: 1}}\n"

static const struct {
	const char *yaml, *message;
} faults[] = {
	{ HEAD "signals: {id: a}\n",
		"t.yaml:2:10: 'signals' must be a list" },
	{ HEAD "signals:\n  - just text\n",
		"t.yaml:3:5: a map of keys and values was expected" },
	{ HEAD "signals:\n  - {id: a, title: t, match: {id: abc}}\n",
		"t.yaml:3:35: 'abc' is no number" },
	{ HEAD "signals:\n  - {id: a, title: t, match: {id|near: 1}}\n",
		"t.yaml:3:40: unknown modifier '|near'; expected contains, startswith, "
		"endswith, re, all, cased, gt, gte, lt, lte, exists or code" },
	{ HEAD "signals:\n  - {id: a, title: t, match: {'message|re': '('}}\n",
		"t.yaml:3:45: pattern, at character 1: missing closing parenthesis" },
	{ HEAD "signals:\n  - {id: a, title: t, match: {'any|code': [zz]}}\n",
		"t.yaml:3:44: 'zz' is no error code" },
	{ HEAD "signals:\n  - {id: a, title: t, match: {}}\n",
		"t.yaml:3:30: an empty condition would match everything" },
	{ HEAD "signals:\n  - {id: a, title: t, match: {id: 1}, impact: {operation: dance}}\n",
		"t.yaml:3:59: unknown operation 'dance'; expected backup, restore, "
		"checkpoint, merge, start, stop, migration, import, export, io or cluster" },
	{ HEAD "signals:\n  - {id: a, title: t, match: {id: 1}, impact: {operation: "
		"start, severity: huge}}\n",
		"t.yaml:3:76: 'severity' must be low, medium, high or critical" },
	{ HEAD "signals:\n  - {id: a, title: t, match: {id: 1}, impact: {operation: "
		"start, success: nope}}\n",
		"t.yaml:3:75: unknown signal 'nope'" },
	{ HEAD "signals:\n  - {id: a, title: t, match: {id: 1}, ends: nope}\n",
		"t.yaml:3:45: unknown signal 'nope'" },
	{ HEAD "signals:\n  - {id: a, title: t, match: {id: 1}, count: {min: x}}\n",
		"t.yaml:3:52: 'min' must be a number" },
	{ HEAD "signals:\n  - {id: a, title: t, match: {id: 1}, confidence: X}\n",
		"t.yaml:3:51: 'confidence' must be V, C or M" },
	{ HEAD "signals:\n  - {id: a, title: t, match: {id: 1}, bind: {vm: {pattern: x}}}\n",
		"t.yaml:3:50: 'vm' names no field" },
	{ HEAD "signals:\n  - {id: a, title: t, match: {id: 1}, bind: {vm: {field: "
		"VmName, pattern: '('}}}\n",
		"t.yaml:3:75: pattern, at character 1: missing closing parenthesis" },
	{ HEAD "signals:\n  - {id: a, title: t, match: {id: 1}, harmless: [{match: {id: 1}}]}\n",
		"t.yaml:3:50: 'because' is missing" },
	{ HEAD "signals:\n  - {id: a, title: t, match: {id: 1}, standing: yes}\n",
		"t.yaml:3:49: 'standing' must be true or false" },
	{ HEAD SIGNAL "links:\n  - {cause: a, effect: a, why: w}\n",
		"t.yaml:5:5: a link needs 'cause', 'effect' and 'join'" },
	{ HEAD SIGNAL "links:\n  - {cause: a, effect: a, join: [{same: [hoster], weight: "
		"0.5}], why: w}\n",
		"t.yaml:5:5: 'hoster' is no entity type" },
	{ HEAD SIGNAL "links:\n  - {cause: a, effect: a, join: [{same: [host], weight: 0.5}]}\n",
		"t.yaml:5:5: 'why' is missing" },
	{ HEAD SIGNAL "links:\n  - {cause: a, effect: b, join: [{same: [host], weight: 0.5}], "
		"why: w}\n",
		"t.yaml:5:24: unknown signal 'b'" },
	{ HEAD SIGNAL "links:\n  - {cause: a, effect: a, join: [{same: [host]}], why: w}\n",
		"t.yaml:5:34: 'weight' is missing" },
	{ HEAD SIGNAL "causes:\n  - {id: vhd-corrupt, title: t, explanation: e}\n",
		"t.yaml:5:5: 'root' is missing" },
	{ HEAD SIGNAL "causes:\n  - {id: vhd-corrupt, root: zz, title: t, explanation: e}\n",
		"t.yaml:5:29: unknown signal 'zz'" },
	{ HEAD SIGNAL "causes:\n  - {id: vhd-corrupt, root: a, title: t, explanation: e, "
		"base: 2}\n",
		"t.yaml:5:64: 'base' must be between 0 and 1, such as 0.75" },
	{ HEAD SIGNAL "causes:\n  - {id: vhd-corrupt, root: a, title: t, explanation: e, "
		"supports: [{signal: a, why: w}]}\n",
		"t.yaml:5:69: 'add' is missing" },
	{ HEAD SIGNAL "causes:\n  - {id: vhd-corrupt, root: a, title: t, explanation: e, "
		"supports: [{signal: a, add: 0.1, around: moon, why: w}]}\n",
		"t.yaml:5:99: 'around' is root, impact or peers" },
	{ HEAD SIGNAL "causes:\n  - {id: vhd-corrupt, root: a, title: t, explanation: e, "
		"caps: [{unless: a, why: w}]}\n",
		"t.yaml:5:65: 'cap' is missing" },
	{ HEAD SIGNAL "causes:\n  - {id: vhd-corrupt, root: a, title: t, explanation: e, "
		"remedy: [{step: 'a b', cmd: x}]}\n",
		"t.yaml:5:81: unknown key 'cmd'; expected one of: step, command, risk" },
	{ HEAD "tests:\n  - {name: n, cause: vhd-corrupt, rows: [], expect: maybe}\n",
		"t.yaml:3:53: 'expect' is fire, silent or near" },
	{ HEAD "patterns:\n  - {id: P1, cause: vhd-corrupt, rules: [nope]}\n",
		"t.yaml:3:5: unknown rule 'nope'" },
	{ HEAD "guide:\n  - {item: i, kind: thing, rules: [vhd-corrupt/damaged]}\n",
		"t.yaml:3:21: 'kind' is symptom, cause, resolution or collection" },
	{ HEAD "signals:\n\t- x\n",
		"t.yaml:3:1: found character that cannot start any token" },
	{ HEAD "signals: [\n",
		"t.yaml:3:1: did not find expected node content" },
	{ HEAD "signals:\n  - {id: a, id: b, title: t, match: {id: 1}}\n",
		"t.yaml:3:13: the key 'id' stands here twice (first in line 3)" },
	{ HEAD "marks:\n  - {mark: nothing, match: {id: 1}}\n",
		"t.yaml:3:12: 'mark' must be cleared, clock-step or boot" },
	{ HEAD "anchors:\n  - {provider: p, id: 1}\n",
		"t.yaml:3:5: an anchor needs 'provider' and 'same'" },
	{ HEAD "sources:\n  - {source: x, what: y}\n",
		"t.yaml:3:5: 'command' is missing" },
	{ HEAD "signals: &a []\nlinks: *a\n",
		"t.yaml:3:8: aliases are not used here" },
	{ HEAD "filters:\n  - {name: n, altitude: high}\n",
		"t.yaml:3:25: 'altitude' must be a number" },
	{ HEAD "states:\n  - {family: f, value: x, say: s}\n",
		"t.yaml:3:24: 'value' must be a number" },
};

static bool is_told(const struct knowledge *kb, struct str wanted)
{
	for (size_t i = 0; i < kb->problems.n; i++)
		if (kb->problems.v[i].error && str_eq(kb->problems.v[i].text, wanted))
			return true;
	return false;
}

Test(knowledge_faults, each_names_its_place_and_what_was_expected)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		struct knowledge *kb = knowledge_new();

		knowledge_add(kb, "t.yaml", str_of(faults[i].yaml), false);
		knowledge_finish(kb);
		knowledge_check(kb);
		cr_expect(is_told(kb, str_of(faults[i].message)), "'%s' is not told, but: %.*s",
			faults[i].message, STR_ARG(kb->problems.n ? kb->problems.v[0].text : STR("nothing")));
		knowledge_free(kb);
	}
}
