#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# The guest itself: what the other files here take for granted.
# shellcheck disable=SC2154 # lib.bash sets cg

load lib

@test "cgroup v2 with the memory controller, nsdelegate and memory_recursiveprot" {
	grep -q '^cgroup2 /sys/fs/cgroup .*nsdelegate.*memory_recursiveprot' /proc/mounts
	grep -qw memory "$cg"/cgroup.subtree_control
}

@test "a command in a group is charged to it" {
	new_group a
	new_group a/b
	in_group a/b dd if=/dev/zero of=/tmp/file bs=1M count=4 status=none
	[ "$(mem_stat a/b shmem)" -ge $((4 << 20)) ]
	[ "$(mem_current a)" -ge "$(mem_stat a/b shmem)" ]
	rm /tmp/file
}

@test "a report in the kernel's log is found" {
	run "$BATS_TEST_DIRNAME/../rig/log-reports" <<<$'[1] ok\n[2] WARNING: CPU: 0 PID: 1\n[3] Call Trace:'
	[ "${#lines[@]}" = 2 ]
}

@test "the call trace of an OOM kill, or of an allocation that fails, is no report" {
	local why
	for why in "sh invoked oom-killer:" "sh: page allocation failure: order:0" \
		"sh: vmalloc error: size 0, failed to allocate pages, mode:0x400cc2(GFP_KERNEL_ACCOUNT)"; do
		run "$BATS_TEST_DIRNAME/../rig/log-reports" <<<"[1] $why"$'\n[2] Call Trace:\n[3] </TASK>\n[4] Call Trace:'
		[ "${lines[0]}" = "[4] Call Trace:" ]
	done
	# What no limit can refuse must not fail.
	run "$BATS_TEST_DIRNAME/../rig/log-reports" <<<$'[1] vmalloc error: size 0, failed to allocate pages, mode:0xcc2(GFP_KERNEL)\n[2] Call Trace:'
	[ "${lines[0]}" = "[2] Call Trace:" ]
}

@test "two CPUs, a scratch disk and a swap disk" {
	[ "$(nproc)" -ge 2 ]
	grep -q " $RIG_SCRATCH ext4 " /proc/mounts
	swapon "$RIG_SWAP"
	swapoff "$RIG_SWAP"
}
