#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Names that were taken for one thing, and whose local times were read how.
set -uo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
tells() { # what, file, pattern
	grep -qP -- "$3" "$2" || { echo "entities: $1" >&2; cat "$2" >&2; bad=1; }
}

"$MKFIXTURE" fixtures/scenarios/cascade.yaml "$work" >/dev/null || exit 1
"$CASELINE" entities "$work/cascade.zip" --quiet >"$work/out" 2>"$work/err" || bad=1
tells "a VM's name and GUID are not one, or nothing is cited" "$work/out" '^vm\tSQL01\t\{2B1F6C58-[^\t]*\tsure\t[^\t]*\t[^\t]+:\d+$'
tells "a host's full name is no alias" "$work/out" '^host\tHV01\tHV01\.contoso\.local\tsure\t'
tells "the zone's display name was not understood" "$work/out" '^clock\tHV01\t.*Amsterdam.*\tzone\t'
"$CASELINE" analyze "$work/cascade.zip" -o "$work/o" >"$work/out"
[ "$(jq -r '.case.hosts[0].time_source' "$work/o/incidents.json")" = zone ] || bad=1
! grep -q '^clock ' "$work/out" || { echo "entities: a known zone is told as assumed" >&2; bad=1; }
exit $bad
