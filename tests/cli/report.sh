#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# report.html as written: its policy names the hashes of its own script and style, as openssl sees them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$MKFIXTURE" fixtures/scenarios/cascade.yaml "$work" >/dev/null
"$CASELINE" analyze "$work/cascade.zip" -o "$work/report" >/dev/null || [ $? = 1 ]
page=$work/report/report.html

hash_of() { # the tag whose first block is meant
	awk -v RS='\0' -v tag="$1" '{ s = index($0, "<" tag ">"); t = substr($0, s + length(tag) + 2)
		e = index(t, "</" tag ">"); printf "%s", substr(t, 1, e - 1) }' "$page" |
		openssl dgst -sha256 -binary | openssl base64 -A
}
for tag in script style; do
	grep -qF "$tag-src 'sha256-$(hash_of $tag)'" "$page" || {
		echo "report: the policy does not name the hash of the page's $tag" >&2
		exit 1
	}
done
head -c 400 "$page" | grep -qF "default-src 'none'" || { echo "report: the policy is not at the head" >&2; exit 1; }

# How the rules fared stands with the incident: what was concluded, and what a rival found.
awk '/<details class="trace">/,/<\/details>/' "$page" >"$work/trace"
grep -q '^  concluded: storage-reset ' "$work/trace" && grep -q '^    failed: disk-slow: ' "$work/trace" ||
	{ echo "report: the incident does not tell how its rules fared" >&2; exit 1; }

# Nothing in the sources of the page may make markup of text, or code of data.
if grep -nE 'innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|createObjectURL|\.download' reports/web/*.js; then
	echo "report: the page's script uses what it must not" >&2
	exit 1
fi
if grep -nE 'style="| on[a-z]+="' reports/*.c; then
	echo "report: a style or event attribute would be blocked by the policy" >&2
	exit 1
fi

# A command of the remedy names the file, though only the evidence beside the chain does.
"$MKFIXTURE" fixtures/scenarios/orphaned-checkpoint.yaml "$work" >/dev/null || exit 1
"$CASELINE" analyze "$work/orphaned-checkpoint.zip" -o "$work/named" --quiet --output incidents || [ $? = 1 ]
jq -e '[.incidents[0].remedy[].command // empty | select(test("Rename-Item \"[A-Z]:.*[.]avhdx\""))] != []' \
	"$work/named/incidents.json" >/dev/null || { echo "report: the remedy does not name the file" >&2; exit 1; }

# What the incident turns on stands in a tree: the volume on its disk, the VMs on the volume.
"$MKFIXTURE" fixtures/scenarios/iscsi-loss.yaml "$work" >/dev/null || exit 1
"$CASELINE" analyze "$work/iscsi-loss.zip" -o "$work/iscsi" --quiet --output html || [ $? = 1 ]
tr -d '\n' <"$work/iscsi/report.html" |
	grep -q '<b>disk 4</b>.*iqn\.2015-02.*<ul><li><div class="disk leaf"><b>E:</b>.*disks of <b>SQL01</b>' ||
	{ echo "report: the storage of the host is not drawn as a tree" >&2; exit 1; }
