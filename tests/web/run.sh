#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The browser test: writes the demo's report, gets the two test packages, runs a headless Chromium.
# Without a browser or Node it says so and is skipped; SHOTS=DIR keeps pictures of what was seen.
set -eu
build=$1
out=$build/web
here=$(dirname "$0")

for program in node npm; do
	command -v $program >/dev/null 2>&1 || { echo "test-browser: skipped: no $program"; exit 0; }
done
[ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null 2>&1 || { echo "test-browser: skipped: no chromium"; exit 0; }
echo "test-browser: npm ci --ignore-scripts in $here (playwright-core, axe-core; tests only)"
(cd "$here" && npm ci --ignore-scripts --no-audit --no-fund --silent) ||
	{ echo "test-browser: skipped: npm could not fetch the packages"; exit 0; }
rm -rf "$out"
mkdir -p "$out"
"$build/mkfixture" fixtures/scenarios/cascade.yaml "$out" >/dev/null
status=0
"$build/caseline" analyze "$out/cascade.zip" -o "$out/report" --output all >/dev/null || status=$?
[ "$status" = 1 ] || { echo "test-browser: analyze gave status $status, expected 1" >&2; exit 1; }
for f in reports/web/*.js; do node --check "$f"; done
echo "test-browser: the demo's report"
node "$here/report.test.mjs" "$out/report/report.html" "$out/report/timeline.jsonl" ${SHOTS:+"$SHOTS"}
echo "test-browser: hostile texts in every place"
"$build/bench/report_page" 70000 "$out/hostile.html" "$out/hostile.jsonl"
node "$here/report.test.mjs" "$out/hostile.html" "$out/hostile.jsonl"
for firefox in "${FIREFOX:-}" firefox-esr firefox; do
	command -v "${firefox:-none}" >/dev/null 2>&1 || continue
	echo "test-browser: $firefox"
	FIREFOX=$firefox node "$here/firefox.mjs" "$out/report/report.html" "$out/report/timeline.jsonl"
	FIREFOX=$firefox node "$here/firefox.mjs" "$out/hostile.html" "$out/hostile.jsonl"
	break
done
