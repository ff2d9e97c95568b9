#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 300
#
# kmem limits in guest time. To be run where that counts instructions, one a nanosecond, however busy the host is: there
# a time limit of ours is a promise about work done, and asleep is what is asleep.
# shellcheck disable=SC2154,SC2034 # kmem.bash and lib.bash set variables, assert takes their names

load lib
load kmem

# What cannot be freed fails within this.
failure_us=50000

# fails_in_time KIND [PATH]: fill a group, and then try 20 times more.
fails_in_time() {
	new_group a
	kmem_limit a 4M
	hold_load a -a 20 "$@"
	echo "# $1: $done, slowest $slowest_us us, slowest failure $slowest_failure_us us" >&3
	assert "failures == 20 && slowest_failure_us <= failure_us"
	kmem_read a
	assert "peak <= limit + forced"
}

@test "kmem: pipes fail in time" {
	fails_in_time pipes
}

@test "kmem: sockets fail in time" {
	fails_in_time sockets
}

@test "kmem: threads fail in time" {
	fails_in_time threads
}

@test "kmem: open files fail in time" {
	fails_in_time open
}

@test "kmem: files of a tmpfs fail in time" {
	mkdir -p /tmp/files
	fails_in_time files /tmp/files
	kill_group a
	rm -r /tmp/files
}

@test "kmem: files that are held open fail in time, many though they are" {
	new_dir
	fails_in_time held "$dir"
	kill_group a
	rm -r "$dir"
}

@test "kmem: one that fails in a group of many descendants fails in time" {
	new_group a
	echo +memory >"$cg/a/cgroup.subtree_control"
	mkdir "$cg"/a/{1..200}
	kmem_limit a 4M
	hold_load a/7 -a 20 pipes
	echo "# slowest failure $slowest_failure_us us" >&3
	assert "failures == 20 && slowest_failure_us <= failure_us"
	kill_group a/7
	rmdir "$cg"/a/{1..200}
}

@test "kmem: page tables without a victim are forced in time" {
	new_group a
	kmem_limit a 2M
	kmem_load a -n 400 tables
	free_us=$slowest_us
	in_group a as_unkillable "$helpers/kmem_load" -n 4096 tables >"$BATS_TEST_TMPDIR/load"
	said "$BATS_TEST_TMPDIR/load"
	kmem_read a
	echo "# slowest $slowest_us us, below the limit $free_us us" >&3
	assert "done == 4096 && no_victim >= 1 && slowest_us <= failure_us"
}

as_unkillable() {
	echo -1000 >/proc/self/oom_score_adj
	exec "$@"
}
