#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whole bundles: every scenario is written, analyzed and compared with what it expects: each incident
# at its rank with its cause, host, state and VMs, its key events cited; a healthy one gives none. An
# incident that was not expected is a failure as well. `scenarios.sh NAME...` runs some of them;
# SCENARIO_ARGS are mkfixture's (--layout, --culture, --seed, --scale).
set -uo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export work

# Every expected incident: same rank, cause, host, state, VMs; each key event among the evidence.
compare() { # expected, incidents
	jq -r --slurpfile got "$2" '
		.incidents[] as $w | ($got[0].incidents[] | select(.rank == ($w.rank // 1))) as $g |
		[ (if $g.cause != $w.cause then "cause \($g.cause), expected \($w.cause)" else empty end),
		  (if $w.host and ($g.host | ascii_downcase) != ($w.host | ascii_downcase)
			then "host \($g.host), expected \($w.host)" else empty end),
		  (if $w.state and $g.state != $w.state then "state \($g.state), expected \($w.state)" else empty end),
		  (($w.vms // []) - $g.vms | if . != [] then "VMs \(.) are missing from \($g.vms)" else empty end),
		  ($g.vms | map(select(startswith("{"))) | if . != [] then "no VM: \(.)" else empty end),
		  ((($w.evidence // []) | map([.[0], .[1]])) -
			[$g.evidence[] | .source, .also[] | [.source_name // "", .event_identifier // 0]] |
			if . != [] then "not cited: \(.)" else empty end)
		] | .[] | "rank \($w.rank // 1): " + .' "$1"
	jq -r '(.missing[] | select((.command // "") == "" or .why == "") |
			"no command collects \(.what)"),
		(.incidents[] | select((.remedy | length) < 2) | "\(.cause) has no remedy"),
		([.missing[].decides | length] | if . != (sort | reverse)
			then "missing evidence does not stand in the order of what it settles" else empty end)' "$2"
	jq -r --slurpfile got "$2" '
		([$got[0].observations[].signal] | unique) as $seen |
		((.observed // []) - $seen | if . != [] then "not observed: \(.)" else empty end),
		((.unobserved // []) | map(select(IN($seen[]))) |
			if . != [] then "observed: \(.)" else empty end)' "$1"
	jq -r '.observations[] | select((.advice != null or .command != null) and .why == "") |
		"no reason beside the advice of \(.signal)"' "$2"
	jq -r --slurpfile got "$2" '
		(.incidents | length) as $n | ($got[0].incidents | length) as $m |
		if $m < $n then "\($m) incidents, expected \($n)"
		elif $m > $n then "\($m - $n) more than expected: " +
			([$got[0].incidents[$n:][] | "\(.cause) on \(.host): \(.title)"] | join("; "))
		else empty end' "$1"
}

run() { # scenario
	name=$(basename "$1" .yaml)
	here=$work/$name
	mkdir "$here"
	"$MKFIXTURE" ${SCENARIO_ARGS:-} "$1" "$here" >/dev/null || { echo "can't be written"; return; }
	expected=$here/$name.expected.json
	mapfile -t bundles < <(jq -r '.bundles[]' "$expected" | sed "s#^#$here/#")
	"$CASELINE" analyze "${bundles[@]}" -o "$here/out" --quiet >"$here/log" 2>&1
	status=$?
	want=$(jq 'if (.incidents | length) > 0 then 1 else 0 end' "$expected")
	if [ "$status" != "$want" ]; then
		echo "exit status $status, expected $want"
		cat "$here/log"
	elif [ ! -f "$here/out/incidents.json" ]; then
		echo "no incidents.json"
	else
		compare "$expected" "$here/out/incidents.json"
	fi
	rm -rf "$here"
}

one() {
	run "$1" 2>&1 | sed "s/^/scenarios: $(basename "$1" .yaml): /" >>"$work/faults.$$"
}
export -f compare run one

if [ $# -gt 0 ]; then
	printf 'fixtures/scenarios/%s.yaml\n' "$@"
else
	printf '%s\n' fixtures/scenarios/*.yaml
fi | xargs -P "$(nproc)" -I{} bash -c 'one {}'
cat "$work"/faults.* | sort
[ -z "$(cat "$work"/faults.*)" ]
