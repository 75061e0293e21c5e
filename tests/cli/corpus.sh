#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Real files that nobody here wrote, as one case: all are read, nothing crashes, the counts agree with
# another reader's, and no incident above 0.5 comes of machines that had no such failure.
set -euo pipefail
shared=${CASELINE_SHARED:-../shared}
if [ ! -d "$shared/corpus/evtx" ]; then
	echo "corpus: skipped, $shared/corpus is not here"
	exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$CASELINE" analyze "$shared/corpus/evtx" -o "$work/out" --quiet --output incidents || [ $? = 1 ]
out=$work/out/incidents.json

jq -e '[.files[] | select(.status == "failed")] == []' "$out" >/dev/null ||
	{ echo "corpus: files failed:"; jq -r '.files[] | select(.status == "failed") | .path' "$out"; exit 1; }
# Each file gives at least the records that the oracle read, but for those the oracle invented or we
# know to be unreadable: see the differences listed in tests/evtx_oracle_allow.tsv.
jq -r '.files[] | [.path, .events] | @tsv' "$out" | sort >"$work/ours"
grep -v '^#' "$shared/corpus/evtx/files.tsv" | cut -f 1,4 | sort >"$work/oracle"
join -t "$(printf '\t')" "$work/oracle" "$work/ours" |
	awk -F'\t' '$3 < $2 { print "corpus: " $1 ": " $3 " records, the oracle read " $2; bad = 1 } END { exit bad }'
[ "$(join -t "$(printf '\t')" "$work/oracle" "$work/ours" | wc -l)" = "$(wc -l <"$work/oracle")" ] ||
	{ echo "corpus: files are missing from the inventory"; exit 1; }
jq -e '[.incidents[] | select(.confidence > 0.5)] == []' "$out" >/dev/null ||
	{ echo "corpus: incidents above 0.5:"; jq -c '.incidents[] | select(.confidence > 0.5) | {cause, confidence, host, title, evidence: [.evidence[] | {role, summary, source}]}' "$out"; exit 1; }
