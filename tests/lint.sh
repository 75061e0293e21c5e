#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
set -eu
flags="-std=c17 -D_GNU_SOURCE -DCASELINE_VERSION=\"0\" -I. -include analyzer/base/banned.h"
cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr --error-exitcode=1 \
	--suppress=missingInclude --suppress=missingIncludeSystem -I. "$@"
checks='-*,clang-analyzer-*,bugprone-infinite-loop,bugprone-sizeof-expression,bugprone-suspicious-*,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling'
# shellcheck disable=SC2086
clang-tidy --quiet --checks="$checks" --warnings-as-errors='*' "$@" -- $flags
