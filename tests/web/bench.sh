#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# report.html of many events, measured in a headless Chromium; EVENTS="1000000 2000000" chooses how many.
# EVIDENCE is real evidence that is measured too: as it is, and told again until there are a million events.
set -eu
build=$1
shared=${CASELINE_SHARED:-../shared}
evidence=${EVIDENCE-$shared/corpus/evtx}
here=$(dirname "$0")
mkdir -p "$build/web"
(cd "$here" && npm ci --ignore-scripts --no-audit --no-fund --silent)
for n in ${EVENTS:-1000000 2000000}; do
	"$build/bench/report_page" --profile "$n" "$build/web/profile-$n.html"
	node "$here/bench.mjs" "$build/web/profile-$n.html"
done
if [ -n "$evidence" ] && [ -e "$evidence" ]; then
	for n in 0 1000000; do
		"$build/bench/real_page" "$n" "$build/web/real-$n.html" "$evidence"
		node "$here/bench.mjs" "$build/web/real-$n.html"
	done
else
	echo "bench-report: skipped: real evidence (EVIDENCE=PATH names some)" >&2
fi
