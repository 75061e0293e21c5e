#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Speed as ratios within one run, because seconds depend on the machine: to unpacking alone, and of our
# EVTX reader to libevtx. Each command runs three times; the median counts.
set -euo pipefail
build=$1
work=$build/bench-data
mkdir -p "$work"
bundle=$work/healthy-noisy.zip
[ -f "$bundle" ] || "$build/mkfixture" fixtures/scenarios/healthy-noisy.yaml "$work" --scale "${BENCH_SCALE:-60}" >/dev/null

median() { # command...: seconds
	for _ in 1 2 3; do
		local start end
		start=$(date +%s%N)
		"$@" >/dev/null 2>&1 || [ $? = 1 ]
		end=$(date +%s%N)
		echo $(((end - start) / 1000000))
	done | sort -n | sed -n 2p
}
row() { # name, milliseconds
	printf '%-34s %8d ms %8.2f x unpacking\n' "$1" "$2" "$(echo "scale=3; $2 / $base" | bc)"
}
events=$("$build/caseline" analyze "$bundle" -o "$work/out" --progress never --output incidents |
	sed -n 's/.* \([0-9]*\) events.*/\1/p' || true)
size=$(unzip -l "$bundle" | tail -n 1 | awk '{print $1}')
echo "bundle: $events events, $((size / 1000000)) MB unpacked, $(nproc) cores"
base=$(median unzip -p "$bundle")
row "unzip -p (unpacking alone)" "$base"
row "caseline inventory" "$(median "$build/caseline" inventory "$bundle" --quiet)"
row "caseline analyze, incidents" "$(median "$build/caseline" analyze "$bundle" -o "$work/out" --quiet --output incidents)"
row "the same with --jobs 1" "$(median "$build/caseline" analyze "$bundle" -o "$work/out" --quiet --output incidents --jobs 1)"
row "caseline analyze, report.html" "$(median "$build/caseline" analyze "$bundle" -o "$work/out" --quiet --output html)"
row "caseline timeline" "$(median "$build/caseline" timeline "$bundle" --quiet)"
rm -rf "$work/evtx"
mkdir -p "$work/evtx"
unzip -qqjo "$bundle" '*.evtx' -d "$work/evtx"
"$build/bench/evtx_bench" "$work"/evtx/*.evtx
"$build/bench/correlate_bench" "$bundle"
