#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whole bundles: every scenario is written, analyzed and compared with what it expects: each incident
# at its rank with its cause, host and VMs, its key events cited; a healthy one gives none. An incident
# that was not expected is a failure as well.
set -uo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
for scenario in fixtures/scenarios/*.yaml; do
	name=$(basename "$scenario" .yaml)
	"$MKFIXTURE" "$scenario" "$work" >/dev/null || { echo "scenarios: $name can't be written"; bad=1; continue; }
	expected=$work/$name.expected.json
	mapfile -t bundles < <(jq -r '.bundles[]' "$expected" | sed "s#^#$work/#")
	"$CASELINE" analyze "${bundles[@]}" -o "$work/$name.out" --quiet >"$work/log" 2>&1
	status=$?
	out=$work/$name.out/incidents.json
	want=$(jq 'if (.incidents | length) > 0 then 1 else 0 end' "$expected")
	if [ "$status" != "$want" ]; then
		echo "scenarios: $name: exit status $status, expected $want"
		cat "$work/log"
		bad=1
		continue
	fi
	# Every expected incident: same rank, cause, host, VMs; each key event among the evidence.
	jq -r --slurpfile got "$out" '
		.incidents[] as $w | ($got[0].incidents[] | select(.rank == ($w.rank // 1))) as $g |
		[ (if $g.cause != $w.cause then "cause \($g.cause), expected \($w.cause)" else empty end),
		  (if $w.host and ($g.host | ascii_downcase) != ($w.host | ascii_downcase)
			then "host \($g.host), expected \($w.host)" else empty end),
		  (if $w.state and $g.state != $w.state then "state \($g.state), expected \($w.state)" else empty end),
		  (($w.vms // []) - $g.vms | if . != [] then "VMs \(.) are missing from \($g.vms)" else empty end),
		  ((($w.evidence // []) | map([.[0], .[1]])) -
			[$g.evidence[] | .source, .also[] | [.source_name // "", .event_identifier // 0]] |
			if . != [] then "not cited: \(.)" else empty end)
		] | .[] | "rank \($w.rank // 1): " + .' "$expected" >"$work/faults"
	jq -r --slurpfile got "$out" '
		(.incidents | length) as $n | ($got[0].incidents | length) as $m |
		if $m < $n then "\($m) incidents, expected \($n)"
		elif $m > $n then "\($m - $n) more than expected: " +
			([$got[0].incidents[$n:][] | "\(.cause) on \(.host): \(.title)"] | join("; "))
		else empty end' "$expected" >>"$work/faults"
	if [ -s "$work/faults" ]; then
		sed "s/^/scenarios: $name: /" "$work/faults"
		bad=1
	fi
done
exit $bad
