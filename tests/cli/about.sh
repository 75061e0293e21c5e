#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# --about: what the customer named finds its incident, and what is in none is said to be so.
set -uo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$MKFIXTURE" fixtures/scenarios/cascade.yaml "$work" >/dev/null
bad=0
ask() { # text, what the summary must say
	"$CASELINE" analyze "$work/cascade.zip" -o "$work/out" --about "$1" --progress never >"$work/text"
	grep -qF -- "$2" "$work/text" || { echo "about: '$1' should say '$2'"; bad=1; }
}
ask sql01 "asked about: the VM SQL01"
ask 8229 "asked about: its evidence holds VSS 8229"
ask VSS/12293 "asked about: its evidence holds VSS 12293"
ask -2147212302 "0x800423F2"
ask "2026-01-20 22:10" "asked about: it happened then"
ask 2025-01-01 "the logs do not cover that time"
ask NOSUCHVM "no incident matches 'NOSUCHVM'"
exit $bad
