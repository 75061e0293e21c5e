#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The limits of docs/architecture.md, measured: sizes of functions and files, length of lines,
# direction of includes, licence lines, files that no build names.
set -euo pipefail
cd "$(dirname "$0")/.."
bad=0
say() {
	echo "style: $*" >&2
	bad=1
}
sources=$(git ls-files '*.c' '*.h' | grep -v '^tests/web/' || true)

for f in $sources; do
	head -n 1 "$f" | grep -q 'SPDX-License-Identifier: Apache-2.0' || say "$f: no SPDX line"
	n=$(wc -l <"$f")
	[ "$n" -le 700 ] || say "$f: $n lines (at most 700)"
	long=$(expand -t 8 "$f" | awk 'length > 120' | wc -l)
	[ "$long" = 0 ] || say "$f: $long lines over 120 columns"
done

# reports -> analyzer -> parsers -> analyzer/base; the command line ties them together.
arrow() { # files, forbidden pattern, words
	local hits
	hits=$(git grep -nE "#include \"$2" -- $1 || true)
	[ -z "$hits" ] || say "$3:"$'\n'"$hits"
}
arrow 'analyzer/base' '(analyzer/(case|cli|correlate|ingest)/|parsers/|reports/)' 'base includes something above it'
arrow 'parsers' '(analyzer/(case|cli|correlate|ingest)/|reports/)' 'a parser includes something above it'
arrow 'analyzer/ingest' 'analyzer/(case|cli|correlate)/' 'ingest includes something above it'
arrow 'analyzer/case' 'analyzer/(cli|correlate)/' 'the case includes something above it'
arrow 'analyzer/correlate' 'analyzer/cli/' 'the correlator includes a command'
arrow 'analyzer :!analyzer/main.c :!analyzer/cli' 'reports/' 'the analyzer includes a report'

if command -v ctags >/dev/null 2>&1; then
	git ls-files 'analyzer/*.c' 'parsers/*.c' 'reports/*.c' |
		xargs ctags --languages=C --kinds-C=f --fields=+ne -f - 2>/dev/null |
		awk -F'\t' '{ n = e = 0; for (i = 4; i <= NF; i++) { if ($i ~ /^line:/) n = substr($i, 6);
			if ($i ~ /^end:/) e = substr($i, 5) } if (e) print e - n + 1, $2 ":" n, $1 }' |
		sort -n >build/functions.txt
	awk '{ a[NR] = $1 } END { m = a[int((NR + 1) / 2)]; p = a[int(NR * 0.95)];
		printf "style: %d functions, median %d lines, p95 %d, longest %d\n", NR, m, p, a[NR];
		exit m > 14 || p > 60 || a[NR] > 100 }' build/functions.txt || {
		tail -n 5 build/functions.txt >&2
		say "functions are too long"
	}
fi
exit $bad
