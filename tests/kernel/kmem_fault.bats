#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 300
#
# kmem limits and page faults: they never fail, never loop, and end in the group's own OOM kill.
# shellcheck disable=SC2154,SC2034 # kmem.bash and lib.bash set variables, assert takes their names

load lib
load kmem

# How far page faults may go past a limit: 1 MiB, or 1% of it.
allowed=$((1 << 20))

@test "kmem: at the limit no system call fails with EFAULT, and no signal comes" {
	dd if=/dev/zero of="$RIG_SCRATCH/file" bs=4k count=64 status=none
	sync
	new_group a
	kmem_limit a 4M
	in_group a "$helpers/kmem_fault" "$RIG_SCRATCH/file" >"$BATS_TEST_TMPDIR/ways"
	cat "$BATS_TEST_TMPDIR/ways"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/ways")" = 20 ]
	# What allocates something beside may fail, but only with that reason: io_uring, for its requests.
	run grep -vE ' ok=8 efault=0 other=0 |^uring.* ok=[1-8] efault=0 .*(EAGAIN|ENOMEM)$' "$BATS_TEST_TMPDIR/ways"
	[ "$status" = 1 ]
	kmem_read a
	# There was no room: each of the 19 ways but file_map took 8 page tables, by force.
	assert "forced >= 19 * 8 * page && forced <= allowed + 16 * page"
	assert "peak <= limit + forced && oom_kills == 0 && no_victim == 0"
	assert_exact a
}

# idle_in GROUP: a process that does nothing, as $idle.
idle_in() {
	spawn "$1" sleep 1000
	idle=$spawned
	wait_for 60 grep -q sleep "/proc/$idle/comm"
}

# mapper KIND: maps sparsely until its page tables pass the limit, in a group with another task, beside another group.
mapper() {
	new_group a
	new_group b
	kmem_limit a 4M
	kmem_limit b 4M
	idle_in a
	bystander=$idle
	idle_in b
	neighbour=$idle
	run in_group a "$helpers/kmem_load" "$1"
}

@test "kmem: page tables past the limit end in the group's own OOM kill" {
	mapper tables
	[ "$status" = 137 ]
	[ "$(oom_kill_count a)" = 1 ]
	[ "$(oom_kill_count b)" = 0 ]
	[ -d "/proc/$bystander" ]
	[ -d "/proc/$neighbour" ]
	dmesg | grep -q 'past its kmem limit of 4096 KiB'
	kmem_read a
	assert "oom_kills == 1 && no_victim == 0 && failed == 0 && peak <= limit + forced"
	# The kill comes at the first fault past what is allowed; the victim then may fault a few times yet.
	assert "forced > allowed / 2 && forced <= allowed + 64 * page"
	assert_exact a
}

@test "kmem: page tables through read(2) past the limit end the same, and never in EFAULT" {
	mapper reads
	[ "$status" = 137 ]
	[ "$(oom_kill_count a)" = 1 ]
	[ -d "/proc/$bystander" ]
	kmem_read a
	assert "oom_kills == 1 && failed == 0 && forced <= allowed + 64 * page"
}

@test "kmem: with nobody to kill page tables are forced, and counted" {
	new_group a
	kmem_limit a 2M
	in_group a as_unkillable "$helpers/kmem_load" -n 4096 tables >"$BATS_TEST_TMPDIR/load"
	said "$BATS_TEST_TMPDIR/load"
	# 16 MiB of them.
	assert "done == 4096 && failures == 0"
	kmem_read a
	assert "no_victim >= 1 && oom_kills == 0 && failed == 0"
	assert "forced >= (16 << 20) - limit && peak <= limit + forced"
	[ "$(oom_kill_count a)" = 0 ]
	# The kernel's report of it is long: not one for each fault. One in ten seconds, and one to begin with.
	assert "no_victim <= 2 + SECONDS / 10"
	assert_exact a
	# It has all ended well: the group is as any other.
	assert "usage <= stat_lag"
	kmem_load a -n 8 pipes
	assert "done == 8"
}

as_unkillable() {
	echo -1000 >/proc/self/oom_score_adj
	exec "$@"
}

@test "kmem: memory.oom.group takes all tasks of the group" {
	new_group a
	kmem_limit a 2M
	echo 1 >"$cg/a/memory.oom.group"
	idle_in a
	bystander=$idle
	run in_group a "$helpers/kmem_load" tables
	[ "$status" = 137 ]
	wait_for 10 gone "$bystander"
	grep -q '^oom_group_kill 1' "$cg/a/memory.events"
}

@test "kmem: the limit of an ancestor ends a task below it" {
	new_group a
	new_group a/b
	new_group a/c
	kmem_limit a 3M
	kmem_limit a/b 64M
	idle_in a/c
	bystander=$idle
	run in_group a/b "$helpers/kmem_load" tables
	[ "$status" = 137 ]
	[ -d "/proc/$bystander" ]
	[ "$(oom_kill_count a/b)" = 1 ]
	[ "$(oom_kill_count a/c)" = 0 ]
	kmem_read a
	assert "oom_kills == 1 && peak <= limit + forced"
	kmem_read a/b
	assert "oom_kills == 0 && peak <= limit && forced == 0"
}

@test "kmem: observe and shrink never kill" {
	new_group a
	kmem_limit a 1M --mode observe
	kmem_load a -n 1500 tables
	assert "done == 1500 && failures == 0"
	kmem_read a
	assert "peak > limit + (4 << 20) && oom_kills == 0 && no_victim == 0 && failed == 0"

	# Which takes ever longer the further it is past the limit.
	kmem_limit a 1M --mode shrink
	spawn a "$helpers/kmem_load" -n 1500 tables
	wait_for 60 throttled_for a 10
	assert "oom_kills == 0 && no_victim == 0 && failed == 0"
	[ "$(oom_kill_count a)" = 0 ]
	kill_group a
}
