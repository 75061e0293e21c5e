#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the generator writes comes out again: each file of a scenario that says what it holds goes to
# its parser, and gives the facts and events named, with these fields.
set -uo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
says() { echo "sources: $*" >&2; bad=1; }

"$MKFIXTURE" ${SCENARIO_ARGS:-} fixtures/scenarios/every-source.yaml "$work" || exit 1
"$CASELINE" analyze -q "$work/every-source" -o "$work/out" --output sqlite >"$work/log" 2>&1
status=$?
[ "$status" = 1 ] || { cat "$work/log" >&2; says "exit status $status"; }

# A query for each file and each row, which gives a line where it is not as expected. An event may
# stand under another file, with this one as its copy.
jq -r '
	def quoted: "\u0027" + (tostring | gsub("\u0027"; "\u0027\u0027")) + "\u0027";
	def condition: (.value | quoted) as $v |
		if .key == "fact" then " AND f.type = \($v)"
		else " AND CAST(f.data ->> \("$." + .key | quoted) AS TEXT) = \($v) COLLATE NOCASE" end;
	def of_kind: (.value | quoted) as $v |
		if .key == "provider" then " AND coalesce(k.provider, k.source) = \($v)"
		elif .key == "source" then " AND k.source = \($v)" else " AND k.event_id = \($v)" end;
	def row: "SELECT 1 FROM " + if has("fact")
		then "fact f JOIN source s ON s.id = f.source_id WHERE true" + (to_entries | map(condition) | add)
		else "event e JOIN kind k ON k.id = e.kind_id LEFT JOIN copy c ON c.event_id = e.id
			JOIN source s ON s.id IN (e.source_id, c.source_id) WHERE true" + (to_entries | map(of_kind) | add) end;
	.files[] | ("%" + .path | quoted) as $path |
	"SELECT \(.path | quoted) || \u0027 goes to \u0027 || coalesce(max(parser || \u0027, \u0027 || status), \u0027nothing\u0027)
		|| \(", expected " + .parser + ", " + .status | quoted) FROM source WHERE path LIKE \($path)
		HAVING coalesce(max(parser || status), \u0027\u0027) <> \(.parser + .status | quoted);",
	(.path as $name | .holds[] |
		"SELECT \($name + " holds no " + tojson | quoted) WHERE NOT EXISTS (\(row) AND s.path LIKE \($path));")
	' "$work/every-source.expected.json" >"$work/queries"
[ "$(wc -l <"$work/queries")" -gt 250 ] || says "only $(wc -l <"$work/queries") lines of queries"
sqlite3 -readonly "$work/out/case.sqlite" <"$work/queries" >"$work/wrong" 2>&1 || says "the queries failed"
while IFS= read -r line; do says "$line"; done <"$work/wrong"
exit $bad
