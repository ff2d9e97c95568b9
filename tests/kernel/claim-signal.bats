#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 300
# shellcheck disable=SC2154 # lib.bash sets cg
#
# A claim that is interrupted: its receipt is true, and what it did stays. What a claim moves: claim.bats.

load lib

setup() {
	log_begin
	module_load
	new_group from
	new_group to
}

teardown() {
	rm -f /dev/shm/file
	module_unload
	remove_groups
}

@test "claim: a signal ends it with a true receipt and status 5" {
	local delay=100 early=0 late=0 moved status=0 before tries
	in_group from dd if=/dev/zero of=/dev/shm/file bs=1M count=400 status=none
	# When a signal comes at the right moment is luck; after one that comes too late or too early, in ms, one between them is tried.
	for ((tries = 0; tries < 20; tries++)); do
		before=$(mem_stat to shmem)
		[ "$before" = 0 ] || memcgctl claim --file /dev/shm/file --to /from >/dev/null
		status=0
		timeout --preserve-status -s INT "${delay}e-3" \
			memcgctl claim --file /dev/shm/file --to /to --csv >"$BATS_TEST_TMPDIR/csv" 2>"$BATS_TEST_TMPDIR/err" ||
			status=$?
		moved=$(awk -F , '$1 == "moved" { print $3 }' "$BATS_TEST_TMPDIR/csv")
		[ "$status" != 5 ] || [ "${moved:-0}" = 0 ] || break
		[ "$status" = 0 ] && late=$delay || early=$delay
		# Neither is certain on a busy machine.
		[ $((late - early)) -gt 10 ] || early=$((early / 2)) late=$((late * 2))
		delay=$((late > early ? (early + late) / 2 : 2 * delay))
	done
	[ "$status" = 5 ]
	grep -qx 'memcgctl: claim: /dev/shm/file: interrupted; the receipt says what was done' "$BATS_TEST_TMPDIR/err"
	[ "$moved" -lt $((400 << 20)) ]
	[ "$(mem_stat to shmem)" = "$moved" ]
	[ "$(mem_stat from shmem)" = $(((400 << 20) - moved)) ]
	# It can be finished, and says what was the target's already.
	memcgctl claim --file /dev/shm/file --to /to --csv >"$BATS_TEST_TMPDIR/csv"
	grep -qx "moved,,$(((400 << 20) - moved))" "$BATS_TEST_TMPDIR/csv"
	grep -qx "skipped,target,$moved" "$BATS_TEST_TMPDIR/csv"
}
