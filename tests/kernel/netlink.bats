#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # lib.bash sets cg
#
# Messages that make no sense: each is answered, and the module goes on as before.

load lib

setup() {
	log_begin
	module_load
	new_group noise
}

teardown() {
	memcgctl kmem limit /noise max || :
	module_unload
	remove_groups
}

@test "netlink: random messages without privilege change nothing" {
	memcgctl kmem limit /noise 8M --mode observe
	memcgctl kmem --json >"$BATS_TEST_TMPDIR/before"
	setpriv --reuid 65534 --regid 65534 --clear-groups netlink_noise 11 5000 3 3<"$cg/noise/memory.max"
	memcgctl kmem --json | diff "$BATS_TEST_TMPDIR/before" -
	memcgctl status >/dev/null
}

@test "netlink: random messages with privilege and real descriptors" {
	sleep 600 &
	local pid=$!
	echo "$pid" >"$cg/noise/cgroup.procs"
	head -c 65536 /dev/zero >/dev/shm/noise
	# shellcheck disable=SC2094 # none of them is read or written
	netlink_noise 12 5000 3 4 5 6 3<>"$cg/noise/memory.max" 4<"$cg/noise/memory.max" \
		5>"$cg/noise/cgroup.procs" 6<>/dev/shm/noise
	memcgctl status >/dev/null
	memcgctl kmem >/dev/null
	kill "$pid"
	wait "$pid" || :
	rm /dev/shm/noise
	memcgctl kmem limit /noise max
	[ "$(memcgctl kmem --csv | wc -l)" = 1 ]
}
