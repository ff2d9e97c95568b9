#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# swapoff brings memory back in for groups that did not ask: charges with another task as current.
# shellcheck disable=SC2154 # lib.bash sets cg

load lib

setup() {
	log_begin
	module_load
	swapon "$RIG_SWAP"
}

teardown() {
	swapoff "$RIG_SWAP" || :
	remove_groups
	module_unload
}

@test "swapoff under a kmem limit brings every page back to its owner" {
	new_group a
	memcgctl kmem limit /a 16M
	in_group a dd if=/dev/urandom of=/tmp/file bs=1M count=32 status=none
	reclaim a 24M
	[ "$(<"$cg/a/memory.swap.current")" -gt $((8 << 20)) ]
	swapoff "$RIG_SWAP"
	[ "$(<"$cg/a/memory.swap.current")" = 0 ]
	[ "$(mem_stat a shmem)" = $((32 << 20)) ]
	rm /tmp/file
}

@test "swapoff while the groups work" {
	new_group a
	memcgctl kmem limit /a 16M
	echo 24M >"$cg/a/memory.high"
	in_group a stress-ng --temp-path /tmp --vm 1 --vm-bytes 48M --pipe 1 --timeout 60 --quiet &
	for n in 1 2 3; do
		sleep 1
		swapoff "$RIG_SWAP"
		swapon "$RIG_SWAP"
	done
	kill_group a
	[ "$n" = 3 ]
}
