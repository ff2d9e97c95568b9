#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 180
# shellcheck disable=SC2154 # set by lib.bash and claim.bash
#
# What is present of a binding's object: seen, and claimed with the binding. Charged to a at first.

load lib
load claim
bats_require_minimum_version 1.5.0

setup() {
	log_begin
	claim_setup
}

teardown() {
	memcgctl unbind all >/dev/null
	claim_teardown
}

# listed COLUMN: of the only binding, as CSV has it.
listed() {
	memcgctl bind --csv | sed 's/"[^"]*"/-/g' | awk -F , -v name="$1" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) column = i }
		NR == 2 { print $column }'
}

# charged KEY PAGES-OF-A PAGES-OF-B PAGES-OF-C: by memory.stat.
charged() {
	local n is
	settle a b c
	for ((n = SECONDS; SECONDS < n + 30 * ${RIG_SLOW:-1}; )); do
		is="$(($(mem_stat a "$1") / 4096)) $(($(mem_stat b "$1") / 4096)) $(($(mem_stat c "$1") / 4096))"
		[ "$is" != "${*:2}" ] || return 0
		flush
		sleep 0.1
	done
	echo "$1 is $is, not ${*:2}"
	return 1
}

@test "bind --claim: a file, shared out by page index" {
	in_group a dd if=/dev/zero of="$mnt/file" bs=4k count=100 status=none
	charged shmem 100 0 0
	run memcgctl bind --file "$mnt/file" --to /b=3 --to /c --claim
	echo "$output"
	[ "$status" = 0 ]
	[ "${lines[1]}" = "moved 400K of 400K present" ]
	[ "${#lines[@]}" = 2 ]
	charged shmem 0 75 25
	[ "$(listed present)" = 409600 ]
	# What was claimed was not redirected; what comes is.
	[ "$(listed redirected)" = 0 ]
	in_group a dd if=/dev/zero of="$mnt/file" bs=4k seek=100 count=100 status=none conv=notrunc
	charged shmem 0 150 50
	[ "$(listed present)" = 819200 ]
	[ "$(listed redirected)" = 409600 ]
	# Of a part of a file just that part.
	memcgctl unbind all
	memcgctl bind --file "$mnt/file:40K+80K" --to /a --claim --csv >"$BATS_TEST_TMPDIR/made"
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/made" | cut -d , -f 2-)" = 81920,81920 ]
	charged shmem 20 135 45
	[ "$(listed present)" = 81920 ]
}

@test "bind --claim: a filesystem" {
	in_group a sh -c "dd if=/dev/zero of='$mnt/file' bs=4k count=100 status=none; dd if=/dev/zero of='$mnt/other' bs=4k count=50 status=none"
	in_group a dd if=/dev/zero of=/dev/shm/outside bs=4k count=10 status=none
	run --separate-stderr memcgctl bind --mount "$mnt" --to /b --to /c --claim
	echo "$output"
	[ "$status" = 0 ]
	[ "${lines[1]}" = "moved 600K of 600K present" ]
	charged shmem 10 75 75
	[ "$(listed present)" = 614400 ]
	[ "$(listed kind)" = mount ]
	rm /dev/shm/outside
}

@test "bind --claim: many small files of a filesystem, and new ones" {
	in_group a tee "$mnt/"{1..40} <<<x >/dev/null
	charged shmem 40 0 0
	memcgctl bind --mount "$mnt" --to /b --to /c --claim
	charged shmem 0 20 20
	in_group a tee "$mnt/"{41..60} <<<x >/dev/null
	charged shmem 0 30 30
}

@test "bind --claim: private memory of a process, and none of its files" {
	hold_in a anon:100:1
	run memcgctl bind --pid "$pid" --to /b --to /c --claim "${range[0]}"
	echo "$output"
	[ "$status" = 0 ]
	[ "${lines[1]}" = "moved 400K of 400K present" ]
	settle b c
	[ "$(mem_stat b anon)" = 204800 ]
	[ "$(mem_stat c anon)" = 204800 ]
	[ "$(listed present)" = 409600 ]
	[ "$(listed pid)" = "$pid" ]
	ended a
	# With the process the binding ends.
	[ "$(memcgctl bind --csv | wc -l)" = 1 ]
}

@test "bind --claim: what has to stay is said, and the binding stands" {
	hold_in a memfd:ring:100 splice:4
	run memcgctl bind --file "/proc/$pid/fd/$(cd "/proc/$pid/fd" && find . -lname '*memfd:ring*' -printf '%f\n')" --to /b --claim
	echo "$output"
	[ "$status" = 5 ]
	[ "${lines[1]}" = "moved 384K of 400K present" ]
	[ "${lines[2]}" = "skipped 16K: pinned" ]
	charged shmem 4 96 0
	[ "$(listed present)" = 409600 ]
	ended a
}

@test "bind: what is present is counted when a target has gone and nobody inherits" {
	in_group a dd if=/dev/zero of="$mnt/file" bs=4k count=100 status=none
	memcgctl bind --file "$mnt/file" --to /b --to /c --on-death faulter >/dev/null
	rmdir "$cg/c"
	[ "$(listed present)" = 409600 ]
	settle a b
	[ "$(mem_stat a shmem)" = 409600 ]
}
