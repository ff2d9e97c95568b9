#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# The module may be unloaded at any time: no warning, nothing left behind.
# limit: 600
# shellcheck disable=SC2034,SC2086,SC2154 # lib.bash and stress.bash set them

load lib
load stress

setup() {
	stress_setup
}

teardown() {
	stress_teardown
}

# bats test_tags=parallel
@test "loaded, used and unloaded 50 times under load" {
	module_unload
	tree u
	# The two CPUs are those of the host, and unloading is mostly waiting: room for others, or all take three times as long.
	# Not in a soak.
	[ "$nap$soak" != 00 ] || nap=400
	load_leaves
	# First in line for the CPUs, or most of the time it would wait for its turn.
	nice -n -19 "$helpers/cycle" $((50 + soak / 4)) 50 "$MODULE" "${groups[@]}"
	load_end
	empties
}

sleeps_in() {
	grep -qs "$1" /proc/[0-9]*/stack
}

@test "unloading waits for a task that is throttled, and lets it go on" {
	new_group t
	module_load
	"$helpers/limits" set 65536 1 $cg/t
	load_begin $cg/t pipe dentry
	within 60 sleeps_in kmem_user_return
	rmmod memcgctl
	[ ! -e /sys/module/memcgctl ]
	kill -0 "$(head -n 1 $cg/t/cgroup.procs)"
	load_end
	empties
}

@test "unloading while tasks shrink inside a refused charge" {
	local i nap=0 group
	new_group s
	for ((i = 0; i < 2; i++)); do
		module_load
		# Room for the programs and then some: what cannot be shrunk below the limit fails at once, and nobody sleeps. Each
		# has a folder of its own, so that there are more names than there is room for.
		"$helpers/limits" set 0x100000 2 $cg/s
		for group in s/a s/b s/c s/d; do
			[ -d $cg/$group ] || new_group $group
			load_begin $cg/$group dentry
		done
		within 60 sleeps_in kmem_breach
		rmmod memcgctl
		[ ! -e /sys/module/memcgctl ]
		load_end
	done
	empties
}
