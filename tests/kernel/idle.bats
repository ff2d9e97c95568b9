#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# Nothing costs anything until it is used: without a policy ftrace has no hook of ours, but the one that lets our advices into
# madvise(2).
# shellcheck disable=SC2030,SC2031,SC2086,SC2154 # lib.bash and stress.bash set them

load lib
load stress

setup() {
	stress_setup
	module_load
}

teardown() {
	stress_teardown
}

idle_status() {
	! memcgctl status | grep -v do_madvise | grep '^hook.*live'
}

@test "loaded and without a policy: no hook" {
	module_unload
	not_ours
	module_load
	not_ours
	memcgctl status | grep '^hook.*idle'
	idle_status
}

@test "the first limit registers the hooks, clearing the last removes them within a second" {
	new_group a
	new_group b
	memcgctl kmem limit /a 64M
	ours
	memcgctl kmem limit /b 64M
	memcgctl kmem limit /a max
	ours
	memcgctl status | grep -v do_madvise | grep '^hook.*live'
	memcgctl kmem limit /b max
	within 30 not_ours
	idle_status
}

@test "removing the last limited group removes the hooks within a second" {
	new_group a
	memcgctl kmem limit /a 64M
	ours
	rmdir $cg/a
	within 30 not_ours
	idle_status
	[ "$(memcgctl --csv kmem | wc -l)" = 1 ]
}

@test "a limit that is refused leaves no hook" {
	new_group a
	run memcgctl kmem limit / 64M
	[ "$status" != 0 ]
	run memcgctl kmem limit /a 12x
	[ "$status" = 2 ]
	not_ours
}

enabled() {
	run sysctl kernel.ftrace_enabled=0
	[ "$status" != 0 ]
	[ "$(</proc/sys/kernel/ftrace_enabled)" = 1 ]
}

@test "hooks cannot be disabled silently" {
	new_group a
	enabled
	memcgctl kmem limit /a 64M
	enabled
	ours
	memcgctl kmem limit /a max
	within 30 not_ours
	# That of madvise is still there.
	enabled
}

@test "loaded while ftrace is off, and used when it is on" {
	new_group a
	module_unload
	sysctl kernel.ftrace_enabled=0
	module_load
	run memcgctl kmem limit /a 64M
	sysctl kernel.ftrace_enabled=1
	[ "$status" = 1 ]
	[[ $output == *ftrace* ]]
	memcgctl kmem limit /a 64M
	ours
	enabled
	memcgctl kmem limit /a max
	within 30 not_ours
	# madvise has none, as it was off then: so it can be again.
	sysctl kernel.ftrace_enabled=0
	run memcgctl kmem limit /a 64M
	sysctl kernel.ftrace_enabled=1
	[ "$status" = 1 ]
	[[ $output == *ftrace* ]]
	not_ours
	module_unload
	module_load
	memcgctl kmem limit /a 64M
	ours
}
