#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# report.html of many events, measured in a headless Chromium; EVENTS="1000000 2000000" chooses how many.
set -eu
build=$1
here=$(dirname "$0")
mkdir -p "$build/web"
(cd "$here" && npm ci --ignore-scripts --no-audit --no-fund --silent)
for n in ${EVENTS:-1000000 2000000}; do
	"$build/bench/report_page" --profile "$n" "$build/web/profile-$n.html"
	node "$here/bench.mjs" "$build/web/profile-$n.html"
done
