#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every scenario again in other layouts, languages and with another seed: the answers stay the same.
# An SDDC package has no place for exported tables: what consists of them alone is left out there.
set -euo pipefail
export MKFIXTURE=$PWD/$1/mkfixture CASELINE=$PWD/$1/caseline LC_ALL=C.UTF-8
bad=0
for layout in tss sdp sddc nested folder plain; do
	names=()
	if [ $layout = sddc ]; then
		mapfile -t names < <(grep -L '^evtx: none' fixtures/scenarios/*.yaml | xargs -n1 basename -s .yaml)
	fi
	for culture in de fr ja; do
		SCENARIO_ARGS="--layout $layout --culture $culture --seed 99" \
			bash tests/cli/scenarios.sh "${names[@]}" |
			sed "s/^/$layout $culture: /" || bad=1
	done
done
exit $bad
