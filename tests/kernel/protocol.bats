#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# Requests that are wrong in any way get one clear text, change nothing and leave nothing behind.
# limit: 180
# shellcheck disable=SC2086,SC2154 # lib.bash and stress.bash set them

load lib
load stress

setup() {
	stress_setup
	module_load
	new_group n
	memcgctl kmem limit /n 100M
	before=$(limits_now)
}

teardown() {
	remove_made
	stress_teardown
}

# Groups that a program of a test made.
remove_made() {
	find $cg/n -mindepth 1 -depth -type d -exec rmdir {} + 2>/dev/null || :
}

limits_now() {
	memcgctl --json kmem | grep -E '"(group|limit|mode)"'
}

nothing_changed() {
	diff <(echo "$before") <(limits_now)
}

# unreferenced: nobody uses the module, so it can be unloaded, and no group lives on.
unreferenced() {
	[ "$(</sys/module/memcgctl/refcnt)" = 0 ]
	remove_made
	remove_groups
	within 30 none_dying
	rmmod memcgctl
}

@test "every attribute missing, of a wrong size or unknown is refused with a text" {
	"$helpers/protocol" attributes $cg/n
	nothing_changed
	unreferenced
}

@test "every other kind of descriptor is refused with a text" {
	echo +memory >$cg/n/cgroup.subtree_control
	"$helpers/protocol" descriptors $cg/n
	nothing_changed
	unreferenced
}

@test "thousands of cut and random messages change nothing" {
	"$helpers/protocol" random 20240229 $((4000 + soak * 1000)) $cg/n
	nothing_changed
	unreferenced
}

@test "a dump in many parts lists every group once while others come and go" {
	echo +memory >$cg/n/cgroup.subtree_control
	"$helpers/protocol" dump $cg/n $((20 + soak * 10))
	# Or what is being removed is still listed in the next test.
	unreferenced
}

@test "a dump that is closed or left half-way keeps nothing" {
	echo +memory >$cg/n/cgroup.subtree_control
	"$helpers/protocol" half $cg/n
	nothing_changed
	unreferenced
}

@test "requests from several threads at once" {
	tree p
	load_begin "${leaves[0]}" dentry pipe
	"$helpers/protocol" parallel 7 $((4 + soak)) "${groups[@]}"
	load_end
	"$helpers/limits" set 0x10000000 0 "${groups[@]}"
	"$helpers/limits" exact "${groups[@]}"
	unreferenced
}
