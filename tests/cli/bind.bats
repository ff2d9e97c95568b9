#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # status, output and error are set by lib.bash

load lib

HELP="(see memcgctl bind --help)"

setup() {
	make_tree
	FILE=$BATS_TEST_TMPDIR/file
	head -c 8192 /dev/zero >"$FILE"
}

@test "without the module" {
	fails 3 "bind: $NO_MODULE" bind
	fails 3 "bind: $NO_MODULE" bind --file "$FILE" --to /web
	fails 3 "bind: $NO_MODULE" bind --file "$FILE:4K+max" --to /web/a=3 --to /web/b --on-death parent
	fails 3 "bind: $NO_MODULE" bind --file "$FILE" --to /web --on-death /web/a --on-full fail --claim
	fails 3 "bind: $NO_MODULE" bind --file "$FILE" --to /web --on-death faulter --on-full faulter --follow '/web/*'
	fails 3 "unbind: $NO_MODULE" unbind 1
	fails 3 "unbind: $NO_MODULE" unbind all
}

@test "which object" {
	local one="bind: give one of --file, --mount, --shm and --pid $HELP"
	fails 2 "$one" bind --file "$FILE" --mount / --to /web
	fails 2 "$one" bind --shm 1 --pid 1 --to /web
	fails 2 "$one" bind --to /web
	fails 2 "$one" bind --claim
	fails 2 "bind: /web: no argument is expected $HELP" bind /web
	fails 2 "bind: 1000-2000: a range of addresses goes with --pid $HELP" bind --file "$FILE" --to /web 1000-2000
}

@test "files" {
	fails 4 "bind: /nope: no such file" bind --file /nope --to /web
	fails 4 "bind: /nope: no such file" bind --file /nope:0+4K --to /web
	fails 1 "bind: /dev/null: not a regular file" bind --file /dev/null --to /web
	fails 2 "bind: $FILE:0+1: the range does not begin and end at a page (4096 bytes)" \
		bind --file "$FILE:0+1" --to /web
}

@test "directories" {
	fails 4 "bind: /nope: no such directory" bind --mount /nope --to /web
	fails 4 "bind: $FILE: cannot open the directory: Not a directory" bind --mount "$FILE" --to /web
	memcgctl bind --mount "$BATS_TEST_TMPDIR" --to /web
	[ "$status" = 1 ]
	[[ "$error" == "memcgctl: bind: $BATS_TEST_TMPDIR: not the root of its filesystem (that is mounted "* ]]
	fails 1 "bind: /proc/self: not the root of its filesystem (that is mounted at $(
		while read -r _ _ dev root point _; do
			[ "$root" != / ] || [ "$dev" != "$(mountpoint -d /proc)" ] || echo "$point"
		done </proc/self/mountinfo | paste -s -d , | sed 's/,/, /g'))" bind --mount /proc/self --to /web
	fails 3 "bind: $NO_MODULE" bind --mount /proc --to /web
}

@test "segments" {
	local id
	for id in x -1 1x 99999999999; do
		fails 2 "bind: $id: not an id of shared memory $HELP" bind --shm "$id" --to /web
	done
	fails 4 "bind: 2147483647: no such shared memory segment" bind --shm 2147483647 --to /web
	id=$(ipcmk -M 8192)
	id=${id##* }
	memcgctl bind --shm "$id" --to /web
	ipcrm -m "$id"
	# Root finds it; others may not follow the mapping.
	[ "$status" = 3 ] || [[ "$status $error" == "6 memcgctl: bind: segment $id: cannot open the file: "*CAP_CHECKPOINT_RESTORE* ]]
}

@test "processes" {
	local pid
	for pid in 0 x 1x 99999999999; do
		fails 2 "bind: $pid: not a process id $HELP" bind --pid "$pid" --to /web 1000-2000
	done
	fails 4 "bind: 4194305: no such process" bind --pid 4194305 --to /web 1000-2000
	fails 2 "bind: --pid needs one range, START-END $HELP" bind --pid $$ --to /web
	fails 2 "bind: 2000-1000: the range ends before it starts" bind --pid $$ --to /web 2000-1000
	fails 3 "bind: $NO_MODULE" bind --pid $$ --to /web 1000-2000
}

@test "targets and their weights" {
	local weight
	fails 2 "bind: --to says who is to pay $HELP" bind --file "$FILE"
	fails 4 "bind: /nope: no such group" bind --file "$FILE" --to /nope
	fails 4 "bind: /nope: no such group" bind --file "$FILE" --to /web --to /nope=2
	fails 4 "bind: /nope: no such group" bind --file "$FILE" --to /web --on-death /nope
	for weight in 0 1001 99999999999999999999999; do
		fails 2 "bind: /web=$weight: a weight is a number from 1 to 1000 $HELP" \
			bind --file "$FILE" --to "/web=$weight"
	done
	# What is no number is part of the name; a name that ends in one takes a weight.
	fails 4 "bind: /web=x: no such group" bind --file "$FILE" --to /web=x
	fails 4 "bind: /web=: no such group" bind --file "$FILE" --to /web=
	mkdir "$MEMCGCTL_CGROUP/a=1"
	: >"$MEMCGCTL_CGROUP/a=1/cgroup.procs"
	: >"$MEMCGCTL_CGROUP/a=1/memory.max"
	fails 4 "bind: /a: no such group" bind --file "$FILE" --to /a=1
	fails 3 "bind: $NO_MODULE" bind --file "$FILE" --to /a=1=1
	local -a many=()
	for weight in {1..65}; do
		many+=(--to "/web=$weight")
	done
	fails 2 "bind: /web=65: more than 64 targets $HELP" bind --file "$FILE" "${many[@]}"
	fails 3 "bind: $NO_MODULE" bind --file "$FILE" "${many[@]:0:128}"
}

@test "the other options" {
	fails 2 "bind: --drop-on-oom: belongs to a later version $HELP" bind --file "$FILE" --to /web --drop-on-oom
	fails 2 "bind: x: --on-full is faulter or fail $HELP" bind --file "$FILE" --to /web --on-full x
	fails 2 "bind: --follow: goes with one --to only $HELP" bind --file "$FILE" --to /web/a --to /web/b --follow 'x*'
	fails 2 "bind: --follow: not a pattern of 1 to 255 bytes $HELP" bind --file "$FILE" --to /web --follow ''
	fails 2 "bind: --follow: not a pattern of 1 to 255 bytes $HELP" \
		bind --file "$FILE" --to /web --follow "$(printf '%0256d' 0)"
	fails 3 "bind: $NO_MODULE" bind --file "$FILE" --to /web --follow "$(printf '%0255d' 0)"
}

@test "unbind" {
	local id hint="(see memcgctl unbind --help)"
	fails 2 "unbind: give the id of one binding, or all $hint" unbind
	fails 2 "unbind: 2: give the id of one binding, or all $hint" unbind 1 2
	for id in 0 x 1x 4294967296 ALL; do
		fails 2 "unbind: $id: not the id of a binding $hint" unbind "$id"
	done
}

@test "not permitted" {
	chmod -R a+rX "$MEMCGCTL_CGROUP"
	chmod a+r "$FILE"
	chmod a-rw "$MEMCGCTL_CGROUP/web/cgroup.procs"
	memcgctl_nobody bind --file "$FILE" --to /web
	[ "$status" = 6 ]
	[ "$error" = "memcgctl: bind: /web: cannot open cgroup.procs: Permission denied" ]
}

@test "completion" {
	candidates() {
		"$MEMCGCTL" complete -- "$@" | cut -f 1 | sort | xargs
	}
	[ "$(candidates bind --on-full '')" = "fail faulter" ]
	[ "$(candidates bind --on-death /web/)" = "/web/a /web/b" ]
	[ "$(candidates bind --on-death pa)" = parent ]
	[ "$(candidates bind --to /web/)" = "/web/a /web/b" ]
	[ "$(candidates bind --file '')" = :file ]
	[ "$(candidates bind --mount '')" = :file ]
	[ "$(candidates unbind '')" = all ]
}
