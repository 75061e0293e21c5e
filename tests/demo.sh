#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The demo: a bundle as a support engineer gets it, analyzed. An incident is what it must find, so
# exit status 1 is the expected result, and the cause at rank 1 is checked.
set -eu
build=$1
scenario=fixtures/scenarios/cascade.yaml
out=$build/demo

rm -rf "$out"
mkdir -p "$out"
echo "demo: writing a support bundle from $scenario"
"$build/mkfixture" "$scenario" "$out" >/dev/null
bundle=$(ls "$out"/*.zip | head -n 1)
echo "demo: caseline analyze $bundle -o $out/report"
echo
status=0
"$build/caseline" analyze "$bundle" -o "$out/report" || status=$?
if [ "$status" != 1 ]; then
	echo "demo: FAILED: exit status $status, expected 1 (at least one incident)" >&2
	exit 1
fi
cause=$(sed -n 's/.*"cause": *"\([a-z-]*\)".*/\1/p' "$out/report/incidents.json" | head -n 1)
if [ "$cause" != storage-io-reset ]; then
	echo "demo: FAILED: cause at rank 1 is '$cause', expected storage-io-reset" >&2
	exit 1
fi
echo
echo "demo: the cause at rank 1 is $cause, as it should be"
echo "demo: open $(cd "$out/report" && pwd)/report.html"
