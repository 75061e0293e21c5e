#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
set -eu
flags="-std=c17 -D_GNU_SOURCE -DCASELINE_VERSION=\"0\" -I. -include analyzer/base/banned.h"
cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr --error-exitcode=1 \
	--suppress=missingInclude --suppress=missingIncludeSystem -I. "$@"
# A file at a time: from the second one on, clang-tidy 14 takes every va_list for uninitialized.
checks='-*,clang-analyzer-*,bugprone-infinite-loop,bugprone-suspicious-*,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling'
# shellcheck disable=SC2086
printf '%s\n' "$@" | xargs -P "$(nproc)" -I FILE \
	clang-tidy --quiet --checks="$checks" --warnings-as-errors='*' FILE -- $flags
