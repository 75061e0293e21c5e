#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs all tests of one build. A sanitizer's finding fails the run even where the test runner would
# not notice (Criterion 2.4.1 passes a test that leaks): its log files decide.
set -euo pipefail
build=$1
log=$build/san
rm -f "$log".*
export ASAN_OPTIONS="log_path=$PWD/$log:detect_leaks=1:allocator_may_return_null=0"
export LSAN_OPTIONS="suppressions=$PWD/tests/lsan.supp:print_suppressions=0"
export UBSAN_OPTIONS="log_path=$PWD/$log:print_stacktrace=1"
export TSAN_OPTIONS="log_path=$PWD/$log"
export CASELINE=$PWD/$build/caseline MKFIXTURE=$PWD/$build/mkfixture
export LC_ALL=C.UTF-8
failed=0 passed=0

step() {
	local name=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		echo "FAILED: $name" >&2
		failed=$((failed + 1))
	fi
}

# Criterion keeps its tests in an arena at an address that the thread sanitizer has for itself.
if [ "${SANITIZER:-}" != tsan ]; then
	step "unit tests" "$build/unit" --jobs "$(nproc)" --timeout 300
fi
for script in tests/cli/*.sh; do
	step "$script" "$script"
done
if [ -z "${SANITIZER:-}" ]; then
	step "faults" make -s --no-print-directory B="$build" faults
	step "style" tests/style.sh
fi
if compgen -G "$log.*" >/dev/null; then
	cat "$log".* >&2
	echo "FAILED: the sanitizer reported the above" >&2
	failed=$((failed + 1))
fi
echo "steps: $passed passed, $failed failed"
[ "$failed" = 0 ]
