#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every output, read by a reader that is not ours: as many events as the timeline has, the same bytes
# twice, and whole for a bundle with hostile names.
set -uo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
fail() {
	echo "outputs: $*" >&2
	bad=1
}
same() { # what, got, expected
	[ "$2" = "$3" ] || fail "$1: $2, expected $3"
}

# Lines of CSV with quotes, by awk: prints how many records have exactly $1 values, then all records.
csv_records() { # values, file
	awk -v want="$1" '{ n = 1; inside = 0
		for (i = 1; i <= length($0); i++) { c = substr($0, i, 1)
			if (c == "\"") inside = !inside; else if (c == "," && !inside) n++ }
		if (n == want && !inside) good++ } END { print good + 0, NR }' "$2"
}

check_csv() { # folder, events
	local rows=$(($2 + 1)) header
	same "$1/timeline.csv" "$(csv_records 18 "$1/timeline.csv")" "$rows $rows"
	same "$1/timeline-sheet.csv" "$(csv_records 18 "$1/timeline-sheet.csv")" "$rows $rows"
	same "$1/l2t.csv" "$(csv_records 17 "$1/l2t.csv")" "$rows $rows"
	header=date,time,timezone,MACB,source,sourcetype,type,user,host,short,desc,version,filename
	same "$1/l2t.csv's header" "$(head -n 1 "$1/l2t.csv")" "$header,inode,notes,format,extra"
	grep -qE '^"?[=+@-]' "$1/timeline-sheet.csv" && fail "$1/timeline-sheet.csv: a formula"
	head -n 1 "$1/timeline.csv" | grep -q '^message,datetime,timestamp,timestamp_desc,' ||
		fail "$1/timeline.csv: not the fields Timesketch needs"
}

# Fences pair up, no line has a link or a tag outside of backquotes, each incident has its part.
check_markdown() { # folder
	local md=$1/report.md
	same "$md: incidents" "$(grep -cE '^## [0-9]+\. ' "$md")" "$(jq '.incidents | length' "$1/incidents.json")"
	same "$md: odd fences" "$(($(grep -cE '^ *```' "$md") % 2))" 0
	iconv -f UTF-8 -t UTF-8 "$md" >/dev/null || fail "$md: no UTF-8"
	awk '/^ *```/ { fenced = !fenced; next } !fenced { gsub(/`+[^`]*`+/, ""); print }' "$md" |
		grep -nE '\]\(|<[a-zA-Z/!]|://|www\.|@' && fail "$md: something live"
}

check_sqlite() { # folder, events
	local db=$1/case.sqlite
	ask() { sqlite3 -readonly "$db" "$1"; }
	same "$db: integrity" "$(ask 'PRAGMA integrity_check')" ok
	same "$db: foreign keys" "$(ask 'PRAGMA foreign_key_check')" ""
	same "$db: application and version" "$(ask 'PRAGMA application_id; PRAGMA user_version')" \
		$'1129532494\n3'
	same "$db: events" "$(ask 'SELECT count(*) FROM v_timeline')" "$2"
	same "$db: facts" "$(ask 'SELECT count(*) FROM fact')" "$(jq .case.facts "$1/incidents.json")"
	same "$db: incidents" "$(ask 'SELECT count(*) FROM v_incident')" \
		"$(jq '.incidents | length' "$1/incidents.json")"
	same "$db: evidence without a row" "$(ask "SELECT count(*) FROM evidence WHERE kind <> 'absence'
		AND event_id IS NULL AND fact_id IS NULL")" 0
	same "$db: chain" "$(ask 'SELECT count(*) FROM link')" \
		"$(jq '[.incidents[].chain[]] | length' "$1/incidents.json")"
	same "$db: sources" "$(ask 'SELECT count(*) FROM source')" "$(jq '.files | length' "$1/incidents.json")"
	same "$db: activities end after they begin" "$(ask 'SELECT count(*) FROM activity WHERE end < start')" 0
	same "$db: activities of the page" "$(ask 'SELECT count(*) FROM activity')" \
		"$(grep -o 'jobs, merges, outages ([0-9]*)' "$1/report.html" | tr -dc 0-9 | sed 's/^$/0/')"
	# Times, in the order of the timeline; the text index against a plain search.
	ask 'SELECT time FROM v_timeline ORDER BY id' >"$work/times.db"
	jq -r .datetime "$1/timeline.jsonl" | cmp - "$work/times.db" || fail "$db: times differ"
	ask 'SELECT message FROM v_timeline ORDER BY id' >"$work/messages.db"
	jq -r .message "$1/timeline.jsonl" | cmp - "$work/messages.db" || fail "$db: messages differ"
	ask "SELECT coalesce(data, '{}') FROM event ORDER BY id" | jq -cS . >"$work/fields.db"
	jq -cS .data "$1/timeline.jsonl" | cmp - "$work/fields.db" || fail "$db: fields differ"
	# Each value is a row of the view, by its name or, of those without one, its position.
	ask "SELECT json_array(event_id, coalesce(name, position), value) FROM v_field" |
		jq -c . | sort >"$work/values.db"
	jq -c 'input_line_number as $id | .data | to_entries[] | if .key == "strings" then .value |
		to_entries[] else . end | .value |= (if . == true then 1 elif . == false then 0 else . end) |
		[$id, .key, .value]' "$1/timeline.jsonl" | sort | cmp - "$work/values.db" ||
		fail "$db: values differ"
	same "$db: text index" "$(ask "SELECT count(*) FROM event WHERE message_id IN
		(SELECT rowid FROM message_text WHERE message_text MATCH 'opened')")" \
		"$(jq -r .message "$1/timeline.jsonl" | grep -ciw opened)"
}

# What the standard and its schema demand of what we use: properties that must be, kinds and levels
# that go together, relative addresses, indexes that exist and mean the same.
check_sarif() { # folder
	local sarif=$1/incidents.sarif incidents=$1/incidents.json
	is() { jq -e "$2" "$sarif" >/dev/null || fail "$sarif: $1"; }
	[ -z "$schema_classes" ] || /usr/bin/python3 tests/sarif_schema.py "$sarif" || fail "$sarif: not by its schema"
	is "no SARIF" '(keys - ["$schema", "runs", "version"]) == [] and .version == "2.1.0" and (.runs | length) == 1'
	same "$sarif: fingerprints" "$(jq -c '[.runs[0].results[] | select(.kind == "fail") |
		.partialFingerprints["caselineIncident/v1"]]' "$sarif")" "$(jq -c '[.incidents[].id]' "$incidents")"
	same "$sarif: observations" "$(jq -c '[.runs[0].results[] | select(.kind == "informational") |
		.ruleId]' "$sarif")" "$(jq -c '[.observations[].signal]' "$incidents")"
	same "$sarif: chains" "$(jq '[.runs[0].results[].codeFlows[]?.threadFlows[].locations[]] | length' \
		"$sarif")" "$(jq '[.incidents[].chain[]] | length' "$incidents")"
	same "$sarif: artifacts" "$(jq -c '[.runs[0].artifacts[] | .hashes["sha-256"]?]' "$sarif")" \
		"$(jq -c '[.files[] | if .sha256 == "" then null else .sha256 end]' "$incidents")"
	is "a rule or the tool is not as it should be" '.runs[0].tool.driver | .name == "caseline" and
		(.rules | length) == (.rules | map(.id) | unique | length)
		and all(.rules[]; (.shortDescription.text | length) > 0)'
	is "a result is not as it should be" '.runs[0] | (.tool.driver.rules | map(.id)) as $rules |
		all(.results[]; $rules[.ruleIndex] == .ruleId and (.message.text | length) > 0 and
		.occurrenceCount >= 1 and if .kind == "fail" then (.level | IN("error", "warning", "note"))
		and .rank >= 0 and .rank <= 100 else .kind == "informational" and .level == "none" end)'
	is "an invocation is not as it should be" 'all(.runs[0].invocations[]; .executionSuccessful == true
		and all(.toolExecutionNotifications[]; (.message.text | length) > 0 and
		(.level | IN("warning", "note"))))'
	is "a message with a link" '[.. | .text? // empty | strings | select(test("\\]\\("))] == []'
	is "an address leads elsewhere" '[.. | .artifactLocation? // empty | .uri] | all(
		test("^[-A-Za-z0-9._~!%/]+$") and (startswith("/") | not) and (split("/") | all(. != ".." and . != "")))'
	is "an address is another artifact" '.runs[0] as $run | [$run | .. | .artifactLocation? // empty] |
		all(. == $run.artifacts[.index].location and $run.originalUriBaseIds[.uriBaseId])'
	is "a region without a place" '[.. | .region? // empty] | all(.startLine >= 1 or
		(.byteOffset >= 0 and .byteLength >= 0))'
	same "$sarif: unread" "$(jq '[.runs[0].invocations[0].toolExecutionNotifications[] |
		select(.locations)] | length' "$sarif")" "$(jq '[.files[] | select(.status |
		IN("parsed", "container", "empty", "listed") | not)] | length' "$incidents")"
}

check_ecs() { # folder, events
	local ecs=$1/events.ecs.ndjson
	same "$ecs: lines" "$(wc -l <"$ecs")" "$((2 * $2))"
	same "$ecs: documents" "$(jq -c 'select(.["@timestamp"] and .ecs.version and .event.kind == "event" and
		.message and .log.file.path)' "$ecs" | wc -l)" "$2"
	same "$ecs: ids" "$(jq -r '.create._id // empty' "$ecs" | grep -cE '^[0-9a-f]{64}$')" "$2"
	jq -r '.["@timestamp"] // empty' "$ecs" | cmp - <(jq -r .datetime "$1/timeline.jsonl") ||
		fail "$ecs: times differ"
	jq -e -n '[inputs | select(.winlog) | .winlog.event_data[] | type] | all(. == "string")' "$ecs" \
		>/dev/null || fail "$ecs: a field that is no text"
}

check() { # name, bundle...
	local name=$1 out=$work/$1 status events
	shift
	"$CASELINE" analyze "$@" -o "$out" --output all --quiet >"$work/log" 2>&1
	status=$?
	[ "$status" -le 1 ] || { fail "$name: exit status $status: $(cat "$work/log")"; return; }
	events=$(wc -l <"$out/timeline.jsonl")
	[ "$events" -gt 0 ] || fail "$name: no events"
	check_csv "$out" "$events"
	check_markdown "$out"
	check_sqlite "$out" "$events"
	check_sarif "$out"
	check_ecs "$out" "$events"
	"$CASELINE" analyze "$@" -o "$out.again" --output all --quiet >"$work/log" 2>&1
	for file in "$out"/*; do
		[ "$(basename "$file")" = manifest.json ] || cmp "$file" "$out.again/$(basename "$file")" || bad=1
	done
}

# Debian's classes of the SARIF schema are for Debian's own Python.
schema_classes=$(/usr/bin/python3 -c 'import sarif_om; print("yes")' 2>/dev/null)
[ -n "$schema_classes" ] || echo "outputs: skipped: SARIF by its schema (python3-sarif-python-om is missing)" >&2

for name in cascade hostile; do
	"$MKFIXTURE" "fixtures/scenarios/$name.yaml" "$work" >/dev/null || fail "$name can't be written"
done
check cascade "$work/cascade.zip"
same "ecs: ids that come twice" "$(jq -r '.create._id // empty' "$work/cascade/events.ecs.ndjson" |
	sort | uniq -d | wc -l)" 0
check hostile "$work/hostile.zip" "$work/hostile-packed.7z"
exit $bad
