#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Same input, same bytes out: whatever the number of workers, the zone and the locale of the machine.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$MKFIXTURE" fixtures/scenarios/cascade.yaml "$work" >/dev/null
bundle=$(ls "$work"/*.zip | head -n 1)

run() { # name, jobs, environment...
	local name=$1 jobs=$2
	shift 2
	env "$@" "$CASELINE" analyze "$bundle" -o "$work/$name" --jobs "$jobs" --output all \
		>"$work/$name.txt" || [ $? = 1 ]
	sed -i "s#$work/$name##" "$work/$name.txt"
}
run one 1 TZ=UTC LC_ALL=C
run four 4 TZ=Asia/Tokyo LC_ALL=C.UTF-8
run again 4 TZ=America/New_York
for other in four again; do
	for file in "$work"/one/*; do
		[ "$(basename "$file")" = manifest.json ] && continue
		cmp "$file" "$work/$other/$(basename "$file")" || exit 1
	done
	diff "$work/one.txt" "$work/$other.txt"
done

# A folder with the same members gives the same incidents as the archive.
mkdir "$work/folder"
(cd "$work/folder" && unzip -qq "$bundle")
"$CASELINE" analyze "$work/folder" -o "$work/asfolder" --quiet || [ $? = 1 ]
brief='[.incidents[] | {rank, cause, confidence, host, vms, start}]'
jq -c "$brief" "$work/one/incidents.json" >"$work/brief.one"
jq -c "$brief" "$work/asfolder/incidents.json" >"$work/brief.folder"
[ "$(jq length "$work/brief.one")" -gt 0 ]
diff "$work/brief.one" "$work/brief.folder"
