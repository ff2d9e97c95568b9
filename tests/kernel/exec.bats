#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # lib.bash sets cg
#
# memcgctl exec on a real hierarchy; what it refuses without one: tests/cli/exec.bats.

load lib

teardown() {
	rmdir "$cg"/exec/b/c "$cg"/exec/b "$cg"/exec "$cg/with blank" 2>/dev/null || :
	remove_groups
}

@test "exec: the command runs in the group, with its own arguments and status" {
	new_group exec
	# shellcheck disable=SC2016 # for the inner shell
	run memcgctl exec /exec -- sh -c 'cat /proc/self/cgroup; echo "$1"; exit 7' - --json
	[ "$status" = 7 ]
	[ "$output" = $'0::/exec\n--json' ]
}

@test "exec: memory is charged to the group from the beginning" {
	new_group exec
	memcgctl exec /exec -- dd if=/dev/zero of=/tmp/file bs=1M count=4 status=none
	[ "$(mem_stat exec shmem)" -ge $((4 << 20)) ]
	rm /tmp/file
}

@test "exec: it becomes the command, and stays the same process" {
	new_group exec
	sh -c 'echo $$; exec memcgctl exec /exec -- sh -c "echo \$\$"' >"$BATS_TEST_TMPDIR/pids"
	[ "$(sort -u "$BATS_TEST_TMPDIR/pids" | wc -l)" = 1 ]
}

@test "exec: --create makes the group and those above it, with the memory controller" {
	run memcgctl exec --create /exec/b/c -- cat /proc/self/cgroup
	[ "$status" = 0 ]
	[ "$output" = 0::/exec/b/c ]
	[ -e "$cg/exec/b/c/memory.max" ]
	run memcgctl exec --create "$cg/exec/b/c/" -- true
	[ "$status" = 0 ]
	run memcgctl exec --create "/with blank" -- cat /proc/self/cgroup
	[ "$output" = "0::/with blank" ]
}

@test "exec: a command that cannot be run leaves nothing behind" {
	new_group keep
	run memcgctl exec --create /exec/b/c -- no-such-command
	[ "$status" = 4 ]
	[ "$output" = "memcgctl: exec: no-such-command: no such command" ]
	[ ! -e "$cg/exec" ]
	run memcgctl exec --create /keep/b -- /proc/version
	[ "$status" = 6 ]
	[ ! -e "$cg/keep/b" ]
	[ -e "$cg/keep" ]
	[ -z "$(<"$cg/keep/cgroup.procs")" ]
}

@test "exec: a group that takes no process says why" {
	new_group exec
	new_group exec/b
	run memcgctl exec /exec -- true
	[ "$status" = 1 ]
	[[ $output == "memcgctl: exec: /exec: cannot enter the group: Device or resource busy (a group with "* ]]
}

@test "exec: not permitted" {
	new_group exec
	run setpriv --reuid 65534 --regid 65534 --clear-groups memcgctl exec /exec -- true
	[ "$status" = 6 ]
	run setpriv --reuid 65534 --regid 65534 --clear-groups memcgctl exec --create /exec/b -- true
	[ "$status" = 6 ]
	[ "$output" = "memcgctl: exec: /exec/b: cannot create the group: Permission denied" ]
	[ ! -e "$cg/exec/b" ]
}
