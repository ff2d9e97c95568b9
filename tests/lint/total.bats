#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# The total of a test run cannot be better than the run.

setup() {
	results=$BATS_TEST_TMPDIR/results
	export RIG_SKIPS=$BATS_TEST_TMPDIR/skips
	mkdir -p "$results/cli" "$results/kernel/6.1/plain"
	: >"$RIG_SKIPS"
	printf '1..2\nok 1 - one\nok 2 two\n' >"$results/cli/a.tap"
}

# total PASSED FAILED SKIPPED: what the last line and the status must be.
total() {
	run "$BATS_TEST_DIRNAME/../rig/total" "$results"
	echo "$output"
	[ "${lines[-1]}" = "$1 passed, $2 failed, $3 skipped" ]
	[ "$status" = $(($2 > 0)) ]
}

@test "results are added up" {
	printf '1..2\nok 1 x\n# fine\nnot ok 2 y\n# why\n' >"$results/kernel/6.1/plain/b.tap"
	total 3 1 0
	[ "${lines[0]}" = "FAILED kernel/6.1/plain/b: y" ]
	[ "${lines[1]}" = "    # why" ]
}

@test "a file that ended before its plan has failed, once for each test" {
	printf '1..4\nok 1 x\n' >"$results/kernel/6.1/plain/b.tap"
	total 3 3 0
}

@test "a file without a plan, an empty file and a plan of nothing have failed" {
	echo "# noise" >"$results/cli/b.tap"
	: >"$results/cli/c.tap"
	echo 1..0 >"$results/cli/d.tap"
	total 2 3 0
}

@test "more results than planned have failed" {
	printf '1..1\nok 1 x\nok 2 y\n' >"$results/cli/b.tap"
	total 4 1 0
}

@test "a skip that is allowed counts as skipped" {
	printf 'b: x\t6.1\tno such feature\n' >"$RIG_SKIPS"
	printf '1..1\nok 1 x # skip no such feature\n' >"$results/kernel/6.1/plain/b.tap"
	total 2 0 1
}

@test "a skip that is not allowed has failed" {
	printf '1..1\nok 1 x # SKIP because\n' >"$results/kernel/6.1/plain/b.tap"
	total 2 1 0
}

@test "a skip on another kernel than the allowed one has failed" {
	printf 'b: x\t6.12\tno such feature\n' >"$RIG_SKIPS"
	printf '1..1\nok 1 x # skip\n' >"$results/kernel/6.1/plain/b.tap"
	total 2 1 0
}

@test "an allowed skip that did not come true has failed" {
	printf 'b: x\t6.1\tno such feature\n' >"$RIG_SKIPS"
	printf '1..1\nok 1 x\n' >"$results/kernel/6.1/plain/b.tap"
	total 3 1 0
}

@test "an allowed skip of a file that was not run says nothing" {
	printf 'c: x\t6.1\tno such feature\n' >"$RIG_SKIPS"
	printf '1..1\nok 1 x\n' >"$results/kernel/6.1/plain/b.tap"
	total 3 0 0
}
