#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Packages as collectors lay them out, of the golden cases' texts: under its real name each member goes
# to the parser whose golden case it is, and no member is left without one, also in an SDDC package and
# an SDP package within a TSS package.
set -uo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

while IFS=$'\t' read -r parser name path; do
	[[ $parser == '#'* ]] && continue
	mkdir -p "$work/$(dirname "$path")"
	cp fixtures/"$parser/$name"/input.* "$work/$path" || bad=1
	echo "$parser	$path" >>"$work/all"
done <fixtures/packages.tsv

tar -C "$work" -cf "$work/tss/_Sddc-Diag-CLU1-20240514-0312.tar" sddc
tar -C "$work" -czf "$work/tss/tss_240514-021246_HV01_psSDP_Cluster.tgz" sdp
"$CASELINE" inventory -q "$work/tss" "$work/vendor" >"$work/list" 2>"$work/err" || bad=1
cut -f 4,5 "$work/list" | sed 's,!/,/,g' >"$work/got"

while IFS=$'\t' read -r parser path; do
	got=$(awk -F'\t' -v end="$path" '{
		at = length($2) - length(end)
		if ($2 == end || (at > 0 && substr($2, at) == "/" end)) print $1
	}' "$work/got")
	[ "$got" = "$parser" ] || { echo "packages: $path goes to '$got', expected $parser" >&2; bad=1; }
done <"$work/all"
exit $bad
