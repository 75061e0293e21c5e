#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs/coverage.md is what the knowledge says: the page of `caseline knowledge coverage` and the
# scenarios by cause. Each cause of the contract has a rule and a scenario. `coverage.sh write`
# writes the page anew. Which parsers there are is left out of the comparison.
set -uo pipefail
page=docs/coverage.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

causes_of() { # scenario -> its expected causes
	awk '/^expect:/{in_it=1;next} /^[a-z]/{in_it=0} in_it' "$1" | grep -oE 'cause: *[a-z0-9-]+' |
		sed 's/cause: *//' | sort -u
}

scenarios() {
	printf '\n## Scenarios\n\nWhole bundles that the tests write, analyze and compare (`fixtures/scenarios`).\n\n'
	printf '| expected cause | scenarios |\n|---|---|\n'
	for file in fixtures/scenarios/*.yaml; do
		name=$(basename "$file" .yaml)
		found=$(causes_of "$file")
		[ -n "$found" ] || found="(none: a healthy bundle or a decoy)"
		while read -r cause; do printf '%s\t%s\n' "$cause" "$name"; done <<<"$found"
	done | sort | awk -F'\t' '
		$1 != last { if (last != "") print "| " last " | " list " |"; last = $1; list = $2; next }
		{ list = list ", " $2 }
		END { if (last != "") print "| " last " | " list " |" }'
}

compared() { awk '/^## /{skip = ($0 == "## What is read")} !skip' "$1"; }

{ "$CASELINE" knowledge coverage && scenarios; } >"$work/page" ||
	{ echo "coverage: the page can't be made"; exit 1; }
if [ "${1:-}" = write ]; then
	cp "$work/page" "$page"
	exit 0
fi
compared "$page" >"$work/old"
compared "$work/page" >"$work/new"
diff -u "$work/old" "$work/new" >"$work/diff" || {
	head -20 "$work/diff"
	echo "coverage: $page is stale: CASELINE=build/caseline tests/cli/coverage.sh write"
	bad=1
}
sed -n '/^## Causes/,/^## What is read/p' "$work/page" | grep '^| [a-z]' | grep -v '^| cause |' |
	while read -r _ cause rest; do
		[[ $rest == *'](../'* ]] || echo "coverage: no rule concludes $cause"
		sed -n '/^## Scenarios/,$p' "$work/page" | grep -q "^| $cause | " ||
			echo "coverage: no scenario shows $cause"
	done >"$work/lacks"
# Each type of fact is matched by a signal, or stands among those that none takes.
grep -hoE 'fact: *(\[[^]]*\]|[a-z_.]+)' analyzer/knowledge/signals/*.yaml |
	sed 's/fact: *//' | tr -d '[] ' | tr ',' '\n' >"$work/taken"
sed -n '/These facts no signal takes/,/^Events of/p' docs/facts.md | grep '^| `' | cut -d'|' -f2 |
	grep -oE '`[a-z_.]+`' | tr -d '`' >>"$work/taken"
sed '/These facts no signal takes/,$d' docs/facts.md | grep '^| `' | cut -d'|' -f2 |
	grep -oE '`[a-z_.]+`' | tr -d '`' | sort -u |
	while read -r fact; do
		grep -qxF "$fact" "$work/taken" || echo "coverage: no signal takes $fact, and docs/facts.md says not why"
	done >>"$work/lacks"
if [ -s "$work/lacks" ]; then
	cat "$work/lacks"
	bad=1
fi
exit $bad
