#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# Where the memory controller is on cgroup v1 (tests/rig/variants): what works, and what says why not.
# memcgctl show there: show-v1.bats.

load lib

cg=/run/memory
refusal="/run/memory: the memory controller is on cgroup v1 (boot with systemd.unified_cgroup_hierarchy=1 or cgroup_no_v1=memory)"

teardown() {
	rmdir "$cg/v1" 2>/dev/null || :
	module_unload
}

@test "v1: status says so" {
	run memcgctl status --csv
	[[ $output == *"cgroup,memory,v1,/run/memory"* ]]
}

@test "v1: kmem and claim refuse, and change nothing" {
	mkdir "$cg/v1"
	run memcgctl kmem limit /v1 8M
	[ "$status" = 1 ]
	[ "$output" = "memcgctl: kmem: $refusal" ]
	run memcgctl kmem /v1
	[ "$status" = 1 ]
	run memcgctl claim --pid $$ 1000-2000 --to /v1
	[ "$status" = 1 ]
	[ "$output" = "memcgctl: claim: $refusal" ]
	rmdir "$cg/v1"
}

@test "v1: dead and explain refuse, and top goes on without the module" {
	module_load
	for arguments in dead "dead --why 1" "dead drain" "explain /"; do
		# shellcheck disable=SC2086 # words
		run memcgctl $arguments
		[ "$status" = 1 ]
		[ "$output" = "memcgctl: ${arguments%% *}: $refusal" ]
	done
	memcgctl top --csv | grep '^/,'
}

@test "v1: exec works, with --create too" {
	run memcgctl exec --create /v1 -- grep memory: /proc/self/cgroup
	[ "$status" = 0 ]
	[[ $output == *:memory:/v1 ]]
	rmdir "$cg/v1"
}
