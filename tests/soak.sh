#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every scenario again in other layouts, languages and with another seed: the answers stay the same.
set -euo pipefail
export MKFIXTURE=$PWD/$1/mkfixture CASELINE=$PWD/$1/caseline LC_ALL=C.UTF-8
bad=0
for layout in tss sdp sddc nested folder plain; do
	for culture in de fr ja; do
		SCENARIO_ARGS="--layout $layout --culture $culture --seed 99" bash tests/cli/scenarios.sh |
			sed "s/^/$layout $culture: /" || bad=1
	done
done
exit $bad
