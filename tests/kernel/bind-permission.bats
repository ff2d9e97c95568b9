#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 240
# shellcheck disable=SC2154 # set by lib.bash and claim.bash
#
# Who may bind what, and to whom; and a claim of the same. Groups: users/own is the caller's; users/other is beside it,
# users/own/below is below; a is root's. Users: 1000 is the caller, 1001 somebody else.

load lib
load claim
bats_require_minimum_version 1.5.0

procs=cgroup.procs
size=409600

# One binding is there all the time: the hooks that the first one registers take half a second in an emulated machine.
setup_file() {
	module_load
	mkdir "$cg/kept"
	: >/dev/shm/kept
	memcgctl bind --file /dev/shm/kept --to /kept >/dev/null
}

teardown_file() {
	memcgctl unbind all >/dev/null
	rm /dev/shm/kept
	rmdir "$cg/kept"
}

setup() {
	log_begin
	claim_setup
	new_group users
	new_group users/own
	new_group users/other
	chmod 777 "$mnt"
	# The caller may move its tasks between the two.
	chown 1000 "$cg/users/$procs" "$cg/users/own/$procs" "$cg/users/other/$procs"
	# Written by the caller, who owns the one, and may read the other.
	as 1000 head -c $size /dev/zero >"$mnt/mine"
	as 1000 head -c $size /dev/zero >"$mnt/roots"
	chown 1000 "$mnt/mine"
}

teardown() {
	claim_teardown
}

# as UID COMMAND…: in the group users/own, as a user without any privilege.
as() {
	in_group users/own setpriv --reuid "$1" --regid "$1" --clear-groups --inh-caps=-all --bounding-set=-all "${@:2}"
}

# said STATUS TEXT COMMAND…: it ends so, and says that.
said() {
	run "${@:3}"
	echo "${*:3}: $status, $output"
	[ "$status" = "$1" ]
	[[ $output == *"$2"* ]]
}

# bound COMMAND…: it makes a binding, which is ended.
bound() {
	run "${@}"
	echo "$*: $status, $output"
	[ "$status" = 0 ]
	memcgctl unbind "$output" >/dev/null
}

@test "bind permission: to one's own group, what one owns or may write" {
	chown 0 "$cg/users/own/$procs" "$cg/users/$procs"
	bound as 1000 memcgctl bind --file "$mnt/mine" --to /users/own
	bound as 1000 memcgctl bind --file "$mnt/mine" --to self
	# Owned, with descriptors for reading.
	bound as 1000 sh -c "bind_raw fd=5 target=6 5<'$mnt/mine' 6<'$cg/users/own/$procs'"
	# Not owned: a descriptor for writing is as good, one for reading proves nothing.
	said 6 "EPERM" as 1000 sh -c "bind_raw fd=5 target=6 5<'$mnt/roots' 6<'$cg/users/own/$procs' || exit 6"
	said 6 "" as 1000 memcgctl bind --file "$mnt/roots" --to self
	chmod 666 "$mnt/roots"
	bound as 1000 memcgctl bind --file "$mnt/roots" --to self
	# A file that cannot even be opened.
	chmod 600 "$mnt/roots"
	said 6 "Permission denied" as 1000 memcgctl bind --file "$mnt/roots" --to self
}

@test "bind permission: to another group, as moving a task there" {
	bound as 1000 memcgctl bind --file "$mnt/mine" --to /users/other
	bound as 1000 memcgctl bind --file "$mnt/mine" --to /users/other=3 --to /users/own
	# Each of several targets counts, and so does the heir.
	said 6 "" as 1000 memcgctl bind --file "$mnt/mine" --to /users/other --to /a
	said 6 "" as 1000 memcgctl bind --file "$mnt/mine" --to /users/own --on-death /a
	bound as 1000 memcgctl bind --file "$mnt/mine" --to /users/own --on-death /users/other
	said 6 "" as 1000 memcgctl bind --file "$mnt/mine" --to /
	# Without the common ancestor.
	chown 0 "$cg/users/$procs"
	said 6 "common ancestor" as 1000 memcgctl bind --file "$mnt/mine" --to /users/other
	said 6 "" as 1000 memcgctl bind --file "$mnt/mine" --to /users/own --on-death /users/other
	# The header, and the one that is always there.
	[ "$(memcgctl bind --csv | wc -l)" = 2 ]
}

@test "bind permission: a delegated subtree" {
	# The caller's group cannot have children with controllers while it has processes; so one below users.
	new_group users/own/below
	new_group users/own/beside
	chown -R 1000 "$cg/users/own"
	chown 0 "$cg/users/$procs"
	inside() {
		in_group users/own/below setpriv --reuid 1000 --regid 1000 --clear-groups --bounding-set=-all "$@"
	}
	bound inside memcgctl bind --file "$mnt/mine" --to /users/own/beside
	bound inside memcgctl bind --file "$mnt/mine" --to /users/own/beside --to self
	said 6 "" inside memcgctl bind --file "$mnt/mine" --to /users/other
	inside memcgctl claim --file "$mnt/mine" --to /users/own/beside
	said 6 "" inside memcgctl claim --file "$mnt/mine" --to /users/other
}

@test "bind permission: descriptors that root opened prove nothing" {
	said 1 "EPERM: the descriptor was opened with other credentials" \
		as 1000 bind_raw fd=5 target=6,7 5<"$mnt/mine" 6>"$cg/users/other/$procs" 7>"$cg/users/$procs"
	said 1 "EPERM: the descriptor was opened with other credentials" \
		as 1000 bind_raw fd=5 target=6 5<"$mnt/mine" 6>"$cg/a/$procs"
	# As an heir, too.
	said 1 "EPERM" as 1000 sh -c "bind_raw fd=5 target=6 death=2 heir=7 5<'$mnt/mine' 6<'$cg/users/own/$procs'" \
		7>"$cg/a/$procs"
	# A descriptor of a file is permission to use the file, whoever opened it: but for writing only.
	said 1 "EPERM" as 1000 sh -c "bind_raw fd=5 target=6 6<'$cg/users/own/$procs'" 5<"$mnt/roots"
	bound as 1000 sh -c "bind_raw fd=5 target=6 6<'$cg/users/own/$procs'" 5<>"$mnt/roots"
	# And what is no such descriptor.
	said 1 "EBADF" as 1000 sh -c "bind_raw fd=55 target=6 6<'$cg/users/own/$procs'"
	said 1 "EINVAL" as 1000 sh -c "bind_raw fd=5 target=5 5<'$mnt/mine'"
	said 1 "EINVAL" as 1000 sh -c "bind_raw fd=5 target=6 5<'$mnt' 6<'$cg/users/own/$procs'"
	said 1 "E" as 1000 sh -c "bind_raw fd=5 target=6 5</dev/null 6<'$cg/users/own/$procs'"
}

@test "bind permission: nothing is bound to the root group, by nobody" {
	said 6 "root group" memcgctl bind --file "$mnt/mine" --to /
	said 6 "root group" memcgctl bind --file "$mnt/mine" --to /a --on-death /
	said 1 "EPERM" bind_raw fd=5 target=6 5<"$mnt/mine" 6<"$cg/a/$procs"
}

@test "bind permission: another process needs what attaching a debugger to it needs" {
	local mine others setuid
	cp "$(type -P sleep)" "$mnt/setuid"
	chmod 4755 "$mnt/setuid"
	as 1000 sleep 600 3>&- &
	as 1001 sleep 600 3>&- &
	# By now root's, though the caller has started it.
	in_group users/own setpriv --reuid 1000 --regid 1000 --clear-groups "$mnt/setuid" 600 3>&- &
	until mine=$(pgrep -u 1000 -x sleep) && others=$(pgrep -u 1001 -x sleep) && setuid=$(pgrep -u 0 -x setuid); do
		sleep 0.1
	done
	# The heap of each: private memory.
	range() {
		awk '$NF == "[heap]" { print $1 }' "/proc/$1/maps"
	}
	bound as 1000 memcgctl bind --pid "$mine" --to self "$(range "$mine")"
	said 6 "" as 1000 memcgctl bind --pid "$others" --to self "$(range "$others")"
	said 6 "" as 1000 memcgctl bind --pid "$setuid" --to self "$(range "$setuid")"
	said 6 "" as 1000 memcgctl bind --pid 1 --to self 10000-20000
	said 6 "" as 1000 memcgctl claim --pid "$setuid" --to self "$(range "$setuid")"
	# Not by the number alone.
	said 1 "EPERM" as 1000 sh -c "bind_raw pid=$others start=0x10000 end=0x20000 target=6 6<'$cg/users/own/$procs'"
	said 1 "EPERM" as 1000 sh -c "bind_raw pid=$setuid start=0x10000 end=0x20000 target=6 6<'$cg/users/own/$procs'"
	bound memcgctl bind --pid "$others" --to /a "$(range "$others")"
}

@test "bind permission: memory that a process maps for reading only" {
	local ready=$mnt/ready pid range
	as 1000 hold "$ready" "read:$mnt/roots:0:100:1" 3>&- &
	until [ -s "$ready" ]; do
		sleep 0.1
	done
	pid=$(pgrep -u 1000 -x hold)
	range=$(<"$ready")
	# It is the caller's process, and not the caller's file.
	said 6 "" as 1000 memcgctl bind --pid "$pid" --to self "$range"
	[ "$(memcgctl bind --csv | wc -l)" = 2 ]
	# Shared memory is no private range, for nobody.
	said 1 "EINVAL" bind_raw pid="$pid" start="0x${range%-*}" end="0x${range#*-}" target=6 6>"$cg/a/$procs"
	# For root it is the file, and a claim of it for another group.
	bound memcgctl bind --pid "$pid" --to /a "$range"
}

@test "bind permission: a filesystem" {
	said 6 "" as 1000 memcgctl bind --mount "$mnt" --to self
	said 1 "EPERM" as 1000 sh -c "bind_raw mount=5 target=6 5<'$mnt' 6<'$cg/users/own/$procs'"
	# A directory in it that is the caller's is not its root.
	as 1000 mkdir "$mnt/dir"
	said 1 "E" as 1000 sh -c "bind_raw mount=5 target=6 5<'$mnt/dir' 6<'$cg/users/own/$procs'"
	bound memcgctl bind --mount "$mnt" --to /a
}

@test "bind permission: to follow new groups is for CAP_SYS_ADMIN" {
	said 6 "" as 1000 memcgctl bind --file "$mnt/mine" --to /users/own --follow '/users/*'
	bound memcgctl bind --file "$mnt/mine" --to /users/own --follow '/users/*'
}

@test "bind permission: a user's bindings are counted" {
	local n
	truncate -s 32M "$mnt/mine"
	run as 1000 sh -c "bind_raw fd=5 times=5000 target=6 5<'$mnt/mine' 6<'$cg/users/own/$procs'"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == "ENOSPC: "*"after "* ]]
	n=${output##* }
	[ "$n" -ge 16 ]
	[ "$n" -lt 4096 ]
	# Nobody else is kept from it.
	bound memcgctl bind --file "$mnt/roots" --to /a
	as 1000 memcgctl unbind all >/dev/null
	bound as 1000 memcgctl bind --file "$mnt/mine" --to self
}

# contained COMMAND: as root of its own user, network, cgroup and mount namespace, in users/own.
contained() {
	as 1000 unshare --user --map-root-user --net --cgroup --mount sh -uc "$1"
}

@test "bind permission: in a container's namespaces" {
	mkdir -p "$mnt/fs" "$mnt/own"
	run contained "
		mount -t cgroup2 none '$mnt/fs' || exit 9
		export MEMCGCTL_CGROUP='$mnt/fs'
		memcgctl bind --file '$mnt/mine' --to / ; echo \"own \$?\"
		memcgctl bind --csv | wc -l
		memcgctl unbind all; echo \"unbind \$?\"
		memcgctl bind --file '$mnt/roots' --to / ; echo \"roots \$?\"
		memcgctl bind --file '$mnt/mine' --to / --follow '*'; echo \"follow \$?\"
		memcgctl bind --mount '$mnt' --to / ; echo \"mount \$?\"
		bind_raw fd=5 target=6 5<'$mnt/mine' 6<'$cg/a/$procs'
		bind_raw fd=5 target=6 5<'$mnt/mine' 6<'$cg/users/other/$procs'
		mount -t tmpfs none '$mnt/own' && memcgctl bind --mount '$mnt/own' --to / ; echo \"tmpfs \$?\""
	echo "$status $output"
	[[ $output == *"own 0"*"2"*"unbind 0"*"roots 6"*"follow 6"*"mount 6"*"EPERM: the group is outside"*"EPERM: the group is outside"*"tmpfs 0"* ]]
	[[ $output != *"not loaded"* ]]
}

@test "bind permission: whose bindings are seen, claimed and ended" {
	local roots mine
	roots=$(memcgctl bind --file "$mnt/roots" --to /a)
	mine=$(as 1000 memcgctl bind --file "$mnt/mine" --to self)
	[[ "$(memcgctl bind --csv | cut -d , -f 1 | xargs)" == "id "*" $roots $mine" ]]
	[ "$(as 1000 memcgctl bind --csv | cut -d , -f 1 | xargs)" = "id $mine" ]
	[ "$(as 1001 memcgctl bind --csv | cut -d , -f 1 | xargs)" = id ]
	said 4 "no such binding" as 1000 memcgctl unbind "$roots"
	said 4 "no such binding" as 1001 memcgctl unbind "$mine"
	said 1 "ENOENT" as 1001 bind_raw claim="$mine"
	said 0 "" as 1001 memcgctl unbind all
	[ "$(memcgctl bind --csv | wc -l)" = 4 ]
	said 0 "present $size moved" as 1000 bind_raw claim="$mine"
	said 0 "$mine" as 1000 memcgctl unbind all
	said 4 "no such binding" as 1000 memcgctl unbind "$mine"
	mine=$(as 1000 memcgctl bind --file "$mnt/mine" --to self)
	# No id comes back, and root may end all.
	[ "$mine" -gt "$roots" ]
	memcgctl unbind all >/dev/null
	[ "$(memcgctl bind --csv | wc -l)" = 1 ]
}
