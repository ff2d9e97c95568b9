#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# A kernel booted with cgroup.memory=nokmem charges no kernel memory to groups: what needs that says so.

load lib

setup() {
	log_begin
	module_load
}

teardown() {
	remove_groups
	module_unload
}

@test "kmem limit is refused with the reason" {
	new_group a
	run memcgctl kmem limit /a 8M
	[ "$status" = 1 ]
	[[ $output == *nokmem* ]]
	[ "${#lines[@]}" = 1 ]
}

@test "status says that kmem is unavailable, and why" {
	run memcgctl status
	[ "$status" = 0 ]
	[[ $output == *kmem*unavailable*nokmem* ]]
}
