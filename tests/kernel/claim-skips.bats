#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 240
# shellcheck disable=SC2154 # set by lib.bash and claim.bash
#
# What a claim does not move: it is still there, still charged to its group, and named in the receipt.

load lib
load claim
bats_require_minimum_version 1.5.0

setup() {
	log_begin
	claim_setup
}

teardown() {
	[ ! -e /sys/module/claim_keep ] || rmmod claim_keep
	echo 0 >/proc/sys/vm/nr_hugepages
	claim_teardown
}

# The file behind a descriptor of the process.
memfd() {
	find "/proc/$pid/fd" -lname '/memfd:*' | head -n 1
}

# part FIRST LAST: these pages of the last mapping, from where its huge pages begin.
part() {
	local start=$((0x${range[0]%-*} + (2 << 20) - 1))
	start=$((start - start % (2 << 20)))
	printf '%x-%x' $((start + $1 * 4096)) $((start + $2 * 4096))
}

@test "claim skips: its own already" {
	hold_in b anon:100:1
	claim --to /b --pid "$pid" "${range[0]}"
	[ "$status" = 0 ]
	skipped target 100
}

@test "claim skips: pinned, in a pipe" {
	hold_in a memfd:one:100 splice:10 unmap
	claim --to /b --file "$(memfd)"
	[ "$status" = 5 ]
	skipped pinned 10
	[ "${receipt[moved]}" = $((90 * 4096)) ]
	hold_in a anon:100:1 splice:10
	claim --to /b --pid "$pid" "${range[0]}"
	skipped pinned 10
}

@test "claim skips: huge pages of a memfd and of hugetlbfs" {
	echo 4 >/proc/sys/vm/nr_hugepages
	hold_in a huge-file:1024
	claim --to /b --pid "$pid" "${range[0]}"
	skipped hugetlb 1024
	[ "${receipt[present]}" = $((1024 * 4096)) ]
	claim --to /b --file "$(memfd)"
	skipped hugetlb 1024
}

@test "claim skips: a part of a large folio" {
	hold_in a "huge:1024"
	claim --to /b --pid "$pid" "$(part 100 300)"
	skipped large 200
	# Of a folio that has lost pages, too, which are still charged.
	hold_in a "huge:1024" drop:2
	claim --to /b --pid "$pid" "${range[0]}"
	skipped large 512
	mount -o remount,huge=always "$mnt"
	in_group a dd if=/dev/zero of="$mnt/huge" bs=2M count=2 status=none
	claim --to /b --file "$mnt/huge:1M+1M"
	skipped large 256
	# A copy is in place of one of its pages.
	hold_in a "private:$mnt/huge:0:1024:600"
	claim --to /b --pid "$pid" "${range[0]}"
	skipped large 1022
	[ "${receipt[moved]}" = 8192 ]
}

@test "claim skips: page cache that is mapped privately, of a whole process" {
	in_group a dd if=/dev/zero of="$RIG_SCRATCH/file" bs=4k count=100 conv=fsync status=none
	hold_in a "private:$RIG_SCRATCH/file:0:100:10"
	run claim_raw start="0x${range[0]%-*}" end="0x${range[0]#*-}" pidfd="$pid" flags=4 target=6 6>"$cg/b/cgroup.procs"
	[ "$output" = "present 409600 moved 40960" ]
	claim --to /b --pid "$pid" "${range[0]}"
	[ "${receipt[moved]}" = $((90 * 4096)) ]
	ended a
	rm "$RIG_SCRATCH/file"
}

@test "claim skips: private memory that a child shares" {
	hold_in a anon:100:1 "fork:$cg/a:10"
	claim --to /b --pid "$pid" "${range[0]}"
	# The child has copied each tenth.
	skipped shared 90
	[ "${receipt[moved]}" = $((10 * 4096)) ]
}

@test "claim skips: swapped out" {
	swapon "$RIG_SWAP"
	hold_in a anon:100:1 pageout
	claim --to /b --pid "$pid" "${range[0]}"
	skipped swapped 100
	[ "${receipt[present]}" = 0 ]
	hold_in a memfd:one:100 pageout
	claim --to /b --file "$(memfd)"
	skipped swapped 100
	claim --to /b --pid "$pid" "${range[0]}"
	skipped swapped 100
}

@test "claim skips: the zero page, and what is charged to no group" {
	hold_in a anon:100:10
	claim --to /b --pid "$pid" "${range[0]}"
	skipped uncharged 90
	dd if=/dev/zero of="$mnt/root" bs=4k count=100 status=none
	claim --to /b --file "$mnt/root"
	skipped uncharged 100
}

@test "claim skips: merged by KSM" {
	echo 1000 >/sys/kernel/mm/ksm/pages_to_scan
	echo 1 >/sys/kernel/mm/ksm/run
	hold_in a anon:100:1 same
	for ((n = 0; n < 300; n++)); do
		[ "$(</sys/kernel/mm/ksm/pages_sharing)" -lt 99 ] || break
		sleep 0.2
	done
	claim --to /b --pid "$pid" "${range[0]}"
	echo 2 >/sys/kernel/mm/ksm/run
	skipped ksm 100
}

@test "claim skips: memory of a device" {
	for bar in /sys/bus/pci/devices/*/resource[0-9]; do
		[ "$(stat -c %s "$bar")" -lt 4096 ] || break
	done
	# A step has no other colons.
	ln -s "$bar" "$mnt/device"
	hold_in a "device:$mnt/device:1"
	claim --to /b --pid "$pid" "${range[0]}"
	skipped device 1
}

@test "claim skips: kernel memory that a process maps" {
	hold_in a kernel:100
	claim --to /b --pid "$pid" "${range[0]}"
	skipped kind 100
}

@test "claim skips: broken memory" {
	hold_in a anon:100:1
	test_module claim-keep pid="$pid" address="0x${range[0]%-*}" what=poisoned
	claim --to /b --pid "$pid" "${range[0]}"
	skipped broken 1
	[ "${receipt[moved]}" = $((99 * 4096)) ]
}

@test "claim skips: locked by somebody, off its list, and under writeback" {
	for what in locked isolated writeback; do
		hold_in a anon:100:1
		# Else it may be on no list yet.
		echo 1 >/proc/sys/vm/drop_caches
		test_module claim-keep pid="$pid" address="0x${range[0]%-*}" what=$what
		claim --to /b --pid "$pid" "${range[0]}"
		rmmod claim_keep
		skipped $what 1
		[ "${receipt[moved]}" = $((99 * 4096)) ]
		# And then not any more.
		claim --to /b --pid "$pid" "${range[0]}"
		[ "${receipt[moved]}" = 4096 ]
		ended a
	done
	empty a b
}
