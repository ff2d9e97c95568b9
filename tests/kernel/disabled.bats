#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# A kernel booted with cgroup_disable=memory has no charges at all: what needs them says so.

load lib

setup() {
	log_begin
	module_load
}

teardown() {
	remove_groups
	module_unload
}

refused() {
	run memcgctl "$@"
	[ "$status" = 1 ]
	[[ $output == *cgroup_disable=memory* ]]
	[ "${#lines[@]}" = 1 ]
}

@test "kmem limit is refused with the reason" {
	new_group a
	refused kmem limit /a 8M
}

@test "claim is refused with the reason" {
	new_group a
	refused claim --file /bin/true --to /a
}

@test "show is refused with the reason" {
	refused show
}

@test "status says that kmem is unavailable, and why" {
	run memcgctl status
	[ "$status" = 0 ]
	[[ $output == *kmem*unavailable*cgroup_disable=memory* ]]
}
