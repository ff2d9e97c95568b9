#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# Who may ask the module for what: users without privilege, a delegated subtree, descriptors of others,
# a container-like set of namespaces.
# limit: 180
# shellcheck disable=SC2086,SC2154 # lib.bash and stress.bash set them

load lib
load stress

user=1000

setup() {
	stress_setup
	module_load
	new_group root
	new_group root/user
	new_group root/other
	memcgctl kmem limit /root/other 64M
	# What delegation gives to a user, and the right to limit.
	chown -R $user $cg/root/user
}

teardown() {
	drop_box
	stress_teardown
}

as_user() {
	setpriv --reuid $user --regid $user --clear-groups "$@"
}

unlimited() {
	[ "$("$helpers/ask" 0 0 get "$cg/$1")" = "the group has no kmem limit of its own" ]
}

@test "a user may not limit a group whose memory.max is not writable" {
	run as_user memcgctl kmem limit /root 8M
	[ "$status" = 6 ]
	[ "${#lines[@]}" = 1 ]
	run as_user memcgctl kmem limit /root/other max
	[ "$status" = 6 ]
	memcgctl --csv kmem | grep -q '^/root/other,.*67108864'
	unlimited root
}

@test "a user may limit a delegated group, and clear the limit" {
	as_user memcgctl kmem limit /root/user 8M
	[[ $(memcgctl --csv --bytes kmem) == */root/user,*8388608* ]]
	as_user memcgctl kmem limit /root/user max
	unlimited root/user
}

@test "a descriptor that another user opened is refused" {
	run "$helpers/ask" $user 0 set $cg/root/user
	echo "$output"
	[ "$status" = 6 ]
	[ "$output" = "the descriptor was opened with other credentials" ]
	run "$helpers/ask" 1001 $user set $cg/root/user
	[ "$status" = 6 ]
	unlimited root/user
	run "$helpers/ask" $user 0 get $cg/root/other
	[ "$status" = 6 ]
	# Whoever may do anything may also use what a user gives him.
	"$helpers/ask" 0 $user set $cg/root/user
	"$helpers/ask" $user $user get $cg/root/user
}

@test "events are for CAP_SYS_ADMIN only" {
	"$helpers/ask" 0 - events
	run "$helpers/ask" $user - events
	[ "$status" = 6 ]
	run as_user timeout 5 memcgctl kmem --events
	[ "$status" = 6 ]
	[ "${#lines[@]}" = 1 ]
}

@test "everybody may ask for the status, and for the limits in the own cgroup namespace" {
	as_user memcgctl status | grep '^feature.*kmem.*available'
	as_user memcgctl kmem | grep /root/other
}

# contained COMMAND…: as the user, in a group of his, in new namespaces of every kind that matters, as their root.
contained() {
	local pid child=
	(
		echo "$BASHPID" >$cg/root/user/box/cgroup.procs
		exec setpriv --reuid $user --regid $user --clear-groups \
			unshare --user --map-root-user --net --cgroup --mount --pid --fork --mount-proc "$@"
	) &
	pid=$!
	# What stays outside of the namespaces leaves the group, too: then there is nobody in it but the container.
	# A short command may have ended by then.
	{
		until [ "$child" ]; do
			sleep 0.1
			child=$(pgrep -P $pid) || [ -d /proc/$pid ] || break
		done
		echo "$pid" >$cg/cgroup.procs || :
	} 2>/dev/null
	wait "$pid"
}

make_box() {
	echo +memory >$cg/root/user/cgroup.subtree_control
	mkdir $cg/root/user/box
	chown -R $user $cg/root/user
	echo root/user/box >>"$BATS_TEST_TMPDIR/groups"
	memcgctl kmem limit /root/user 64M
}

# A process may not limit itself from within: what it may limit is below its own.
in_box='mount -t tmpfs none /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir /sys/fs/cgroup/main /sys/fs/cgroup/small
echo 1 >/sys/fs/cgroup/main/cgroup.procs
until echo +memory >/sys/fs/cgroup/cgroup.subtree_control; do sleep 0.1; done 2>/dev/null
'

drop_box() {
	rmdir $cg/root/user/box/main $cg/root/user/box/small 2>/dev/null || :
}

@test "in a container: its own groups may be limited, and no others are seen" {
	make_box
	contained bash -euc "$in_box"'
		memcgctl status | grep "^feature.*kmem.*available"
		memcgctl kmem limit /small 8M
		memcgctl --csv kmem
	' >"$BATS_TEST_TMPDIR/inside"
	cat "$BATS_TEST_TMPDIR/inside"
	drop_box
	grep -q '^/small,' "$BATS_TEST_TMPDIR/inside"
	[ "$(grep -c '^/' "$BATS_TEST_TMPDIR/inside")" = 2 ]
	[ "$(grep -cE 'root|user|box|other' "$BATS_TEST_TMPDIR/inside")" = 0 ]
}

@test "in a container: an ancestor's limit is told without its path" {
	make_box
	contained bash -euc "$in_box"'
		'"$helpers"'/ask 0 0 set /sys/fs/cgroup/small 0x10000000
		'"$helpers"'/ask 0 - list
	' >"$BATS_TEST_TMPDIR/inside"
	cat "$BATS_TEST_TMPDIR/inside"
	drop_box
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/inside")" = "/small (hidden)" ]
}

@test "in a container: events and other groups are not permitted, rather than no module" {
	make_box
	run contained bash -uc "$in_box"'
		timeout 5 memcgctl kmem --events
		echo "events $?"
		memcgctl kmem limit /none 8M
		echo "none $?"
		memcgctl kmem limit /small 12x
		echo "size $?"
	'
	drop_box
	echo "$output"
	[[ $output == *"events 6"* ]]
	[[ $output == *"none 4"* ]]
	[[ $output == *"size 2"* ]]
	[[ $output != *"not loaded"* ]]
}

@test "in a container: a descriptor of a group outside is refused" {
	make_box
	# Opened by the same user, so that only the namespace is in the way.
	run contained bash -c 'exec 5<>/sys/fs/cgroup/root/user/memory.max; '"$helpers"'/ask 0 0 set /sys/fs/cgroup/root/user'
	drop_box
	echo "$output"
	[ "$status" = 6 ]
	[ "$output" = "the group is outside the caller's cgroup namespace" ]
	[[ $(memcgctl --csv --bytes kmem) == */root/user,*67108864* ]]
}

@test "exit statuses: no such group, a bad size, no module" {
	run memcgctl kmem limit /none 8M
	[ "$status" = 4 ]
	run memcgctl kmem limit /root 12x
	[ "$status" = 2 ]
	run memcgctl kmem limit /root -- -1
	[ "$status" = 2 ]
	run memcgctl kmem limit /root 99999999999999999999
	[ "$status" = 2 ]
	unlimited root
	rmmod memcgctl
	run memcgctl kmem
	[ "$status" = 3 ]
	run memcgctl kmem limit /root 8M
	[ "$status" = 3 ]
	run as_user memcgctl kmem
	[ "$status" = 3 ]
}
