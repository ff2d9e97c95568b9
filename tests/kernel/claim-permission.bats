#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 180
# shellcheck disable=SC2154 # set by lib.bash and claim.bash
#
# Who may claim what, and for whom. Groups: users/own is the caller's; users/other is beside it; a is root's.
# Users: 1000 is the caller, 1001 somebody else.

load lib
load claim
bats_require_minimum_version 1.5.0

procs=cgroup.procs

setup() {
	log_begin
	claim_setup
	new_group users
	new_group users/own
	new_group users/other
	chmod 777 "$mnt"
	# The caller may move its tasks between the two.
	chown 1000 "$cg/users/$procs" "$cg/users/own/$procs" "$cg/users/other/$procs"
	as 1000 head -c 409600 /dev/zero >"$mnt/mine"
	chown 1000 "$mnt/mine"
	in_group a head -c 409600 /dev/zero >"$mnt/roots"
}

teardown() {
	claim_teardown
}

# as UID COMMAND…: in the group users/own, as a user without any privilege.
as() {
	in_group users/own setpriv --reuid "$1" --regid "$1" --clear-groups --inh-caps=-all --bounding-set=-all "${@:2}"
}

# refused TEXT ATTRIBUTE…: a raw claim by the caller, of all of a file, fails with this text.
refused() {
	run as 1000 claim_raw start=0 end=409600 "${@:2}"
	echo "claim_raw ${*:2}: $status, $output"
	[ "$status" = 1 ]
	[[ $output == *"$1"* ]]
}

# permitted FILE TARGET: the caller opens both (these are redirections), and its claim moves all.
permitted() {
	run as 1000 sh -c "claim_raw start=0 end=409600 fd=5 target=6 5$1 6$2"
	echo "claim_raw 5$1 6$2: $status, $output"
	[ "$output" = "present 409600 moved 409600" ]
}

@test "claim permission: to one's own group, what one owns or may write" {
	chown 0 "$cg/users/own/$procs" "$cg/users/$procs"
	memcgctl claim --file "$mnt/mine" --to /a
	# Owned, with a descriptor for reading; of the group, too.
	permitted "<$mnt/mine" "<$cg/users/own/$procs"
	# Not owned, but open for writing.
	chmod 666 "$mnt/roots"
	permitted "<>$mnt/roots" "<$cg/users/own/$procs"
	memcgctl claim --file "$mnt/mine" --to /a
	run as 1000 sh -c "claim_raw start=0 end=409600 fd=5 target=6 5<$mnt/roots 6<$cg/users/own/$procs"
	[ "$output" = "EPERM: claiming a file needs its ownership, or a descriptor open for writing" ]
	# The command finds that out by itself.
	run as 1000 memcgctl claim --file "$mnt/mine" --to /users/own
	[ "$status" = 0 ]
}

@test "claim permission: to another group, as moving a task there" {
	run as 1000 memcgctl claim --file "$mnt/mine" --to /users/other
	echo "$output"
	[ "$status" = 0 ]
	as 1000 sh -c "memcgctl claim --file '$mnt/mine' --to /users/own" >/dev/null

	# Without write on the common ancestor, or on the target, the command is told so.
	chown 0 "$cg/users/$procs"
	run as 1000 memcgctl claim --file "$mnt/mine" --to /users/other
	[ "$status" = 6 ]
	[[ $output == *"common ancestor"* ]]
	run as 1000 memcgctl claim --file "$mnt/mine" --to /a
	[ "$status" = 6 ]
	run as 1000 memcgctl claim --file "$mnt/mine" --to /
	[ "$status" = 6 ]
}

@test "claim permission: descriptors that prove nothing" {
	# Opened by root before it gave up its rights.
	refused "EPERM: the descriptor was opened with other credentials" \
		fd=5 target=6 ancestor=7 5<"$mnt/mine" 6>"$cg/users/other/$procs" 7>"$cg/users/$procs"
	refused "EPERM: the descriptor was opened with other credentials" \
		fd=5 target=6 5<"$mnt/mine" 6>"$cg/a/$procs"
	refused "EBADF" fd=5 target=66 5<"$mnt/mine"
	refused "EBADF" fd=55 target=6 6<"$cg/users/own/$procs"
	refused "EINVAL: the descriptor is not of the right file" fd=5 target=6 5<"$mnt/mine" 6<"$cg/users/own/memory.max"
	refused "EINVAL: the descriptor is not of the right file" fd=5 target=5 5<"$mnt/mine"
	refused "EINVAL: not a regular file" fd=6 target=6 6<"$cg/users/own"
	refused "EINVAL" fd=5 5<"$mnt/mine"
	refused "EINVAL" target=6 6<"$cg/users/own/$procs"
	refused "EINVAL: either a process, a file or a filesystem" fd=5 pidfd=$$ target=6 5<"$mnt/mine" 6<"$cg/users/own/$procs"
	memcgctl claim --file "$mnt/mine" --to /a
}

@test "claim permission: root needs a descriptor for writing, and no ancestor; never the root group" {
	run claim_raw start=0 end=409600 fd=5 target=6 5<"$mnt/mine" 6<"$cg/a/$procs"
	[[ $output == "EPERM: the descriptor is not open for writing" ]]
	run claim_raw start=0 end=409600 fd=5 target=6 5<"$mnt/mine" 6>"$cg/$procs"
	[[ $output == "EPERM: nothing is charged to the root group" ]]
	run claim_raw start=0 end=409600 fd=5 target=6 5<"$mnt/mine" 6>"$cg/a/$procs"
	[ "$output" = "present 409600 moved 409600" ]
}

@test "claim permission: ranges that are none" {
	run claim_raw start=1 end=4096 fd=5 target=6 5<"$mnt/mine" 6>"$cg/a/$procs"
	[[ $output == "EINVAL: the range does not begin and end at a page" ]]
	run claim_raw start=0 end=4097 fd=5 target=6 5<"$mnt/mine" 6>"$cg/a/$procs"
	[[ $output == "EINVAL: the range does not begin and end at a page" ]]
	run claim_raw start=4096 end=4096 fd=5 target=6 5<"$mnt/mine" 6>"$cg/a/$procs"
	[[ $output == "EINVAL: the range is empty" ]]
	run claim_raw start=0 end=0xffffffffffffffff fd=5 target=6 5<"$mnt/mine" 6>"$cg/a/$procs"
	[ "$output" = "present 409600 moved 409600" ]
	run claim_raw start=0xfffffffffffff000 end=0xffffffffffffffff fd=5 target=6 5<"$mnt/mine" 6>"$cg/a/$procs"
	[ "$output" = "present 0 moved 0" ]
}

@test "claim permission: another process needs what attaching a debugger to it needs" {
	as 1000 sleep 600 3>&- &
	as 1001 sleep 600 3>&- &
	sleep 1
	mine=$(pgrep -u 1000 -x sleep)
	others=$(pgrep -u 1001 -x sleep)
	run as 1000 memcgctl claim --pid "$mine" 0-7ffffffff000 --to /users/own
	[ "$status" = 0 ] || [ "$status" = 5 ]
	run as 1000 memcgctl claim --pid "$others" 0-7ffffffff000 --to /users/own
	[ "$status" = 6 ]
	[[ $output == *"attaching a debugger"* ]]
	run as 1000 memcgctl claim --pid 1 0-7ffffffff000 --to /users/own
	[ "$status" = 6 ]
	run memcgctl claim --pid 2 0-7ffffffff000 --to /a
	[[ $output == *"no memory"* ]]
}

@test "claim permission: another's file stays, though one's own process maps it, unless one may write it" {
	local pid range
	as 1000 hold "$mnt/ready" "private:$mnt/roots:0:100:10" 3>&- &
	until [ -e "$mnt/ready" ]; do
		sleep 0.1
	done
	pid=$(pgrep -u 1000 -x hold)
	range=$(<"$mnt/ready")
	run as 1000 memcgctl claim --csv --pid "$pid" "$range" --to /users/own
	echo "$output"
	[ "$status" = 5 ]
	[[ $output == *"skipped,permission,$((90 * 4096))"* ]]
	[[ $output == *"skipped,target,$((10 * 4096))"* ]]
	chmod 666 "$mnt/roots"
	run as 1000 memcgctl claim --csv --pid "$pid" "$range" --to /users/own
	[[ $output == *"moved,,$((90 * 4096))"* ]]
	# And root may claim anything.
	chmod 600 "$mnt/roots"
	run memcgctl claim --csv --pid "$pid" "$range" --to /a
	[[ $output == *"moved,,$((100 * 4096))"* ]]
}

@test "claim permission: in a container's namespaces nothing outside is seen" {
	mkdir -p "$mnt/fs"
	# Root of its own user, cgroup and mount namespace, below users/own.
	run as 1000 unshare --user --map-root-user --cgroup --mount sh -c "
		mount -t cgroup2 none '$mnt/fs' || exit 9
		memcgctl claim --file '$mnt/mine' --to / 2>&1; echo \$?
		claim_raw start=0 end=409600 fd=5 target=6 5<'$mnt/mine' 6<'$cg/a/$procs'
		claim_raw start=0 end=409600 fd=5 target=6 5<'$mnt/mine' 6<'$cg/users/other/$procs'"
	echo "$status $output"
	[[ $output == *"EPERM: the group is outside the caller's cgroup namespace"*"EPERM: the group is outside"* ]]
}
