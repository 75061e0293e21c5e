#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# why: how near a cause came, told alike from the bundle and from the case file of an output folder.
set -uo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
fail() { echo "why: $1" >&2; bad=1; }
"$MKFIXTURE" fixtures/scenarios/cascade.yaml "$work" >/dev/null
"$CASELINE" analyze "$work/cascade.zip" -o "$work/out" --output html,manifest,sqlite --quiet
for ask in "storage-io-reset" "storage-io-reset --vm SQL01" "storage-io-reset --vm NOSUCH" \
	"iscsi-connection-lost" "vss-writer-failed --vm SQL01" "storage-io-reset/reset"; do
	# shellcheck disable=SC2086
	"$CASELINE" why "$work/cascade.zip" --cause $ask --quiet >"$work/bundle" || fail "$ask: status $?"
	# shellcheck disable=SC2086
	"$CASELINE" why "$work/out" --cause $ask >"$work/file" || fail "$ask of the case file: status $?"
	diff "$work/bundle" "$work/file" >&2 || fail "$ask differs"
	grep -q "^rule " "$work/file" || fail "$ask says nothing"
done
"$CASELINE" why "$work/out" --cause storage-io-reset >"$work/all"
grep -q '^  concluded: ' "$work/all" || fail "the cause is not concluded"
"$CASELINE" why "$work/out" --cause storage-io-reset --vm NOSUCH >"$work/none"
! grep -q '^  concluded: ' "$work/none" || fail "a VM that is not there has a cause"
refuse() { # status, words, command...
	local want=$1 words=$2 got
	shift 2
	"$@" >"$work/text" 2>&1
	got=$?
	[ "$got" = "$want" ] && grep -qF -- "$words" "$work/text" ||
		{ fail "$*: status $got instead of $want, or not '$words':"; cat "$work/text" >&2; }
}
refuse 2 "no rule concludes" "$CASELINE" why "$work/out" --cause nonsense
rm "$work/out/case.sqlite"
refuse 3 "--output" "$CASELINE" why "$work/out" --cause storage-io-reset
echo "no database" >"$work/out/case.sqlite"
refuse 3 "is no case file" "$CASELINE" why "$work/out" --cause storage-io-reset
exit $bad
