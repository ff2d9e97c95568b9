#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 300
#
# kmem limits: observe and shrink, changing over, events, and what else may come at the same time.
# shellcheck disable=SC2154,SC2034 # kmem.bash and lib.bash set variables, assert takes their names

load lib
load kmem

@test "kmem: observe counts, and lets through" {
	new_dir
	new_group a
	kmem_limit a 2M --mode observe
	kmem_load a -n 10000 dentries "$dir"
	assert "done == 10000"
	hold_load a -n 100 pipes
	assert "done == 100 && failures == 0"
	kmem_read a
	[ "$mode" = observe ]
	# 64 KiB for a pipe; each page past the limit is a breach of its own.
	assert "usage >= 10000 * dentry_size + 100 * 16 * page && peak >= usage"
	assert "breaches >= (usage - limit) / page"
	assert "failed == 0 && shrunk == 0 && throttled == 0 && forced == 0 && oom_kills == 0"
	assert_exact a
}

@test "kmem: shrink frees what can be freed, and lets through" {
	new_dir
	new_group a
	kmem_limit a 4M --mode shrink
	watch_start kernel a
	kmem_load a -n 60000 dentries "$dir"
	watch_stop kernel
	assert "done == 60000 && failures == 0"
	kmem_read a
	# Each system call ends within the limit again; one that looks up a name takes less than 16 pages.
	most=${max[a]}
	assert "looks >= 3 && most <= limit + stat_lag && peak <= limit + 16 * page"
	assert "shrunk >= (60000 * dentry_size - limit) / 2 && breaches > 0"
	assert "failed == 0 && forced == 0 && oom_kills == 0"
}

@test "kmem: shrink throttles what cannot be freed, and lets through" {
	new_group a
	kmem_limit a 1M --mode shrink
	# One pipe less than the limit, and then on and on.
	spawn a "$helpers/kmem_load" pipes
	wait_for 60 throttled_for a 5
	kmem_read a
	assert "usage > limit && failed == 0 && forced == 0 && oom_kills == 0"
	# A page past the limit costs the share of a second that it is of the limit, and at least a tick: it
	# cannot have come far.
	assert "usage <= limit + (throttled + 16) * 16 * page"
	kill_group a
}

@test "kmem: shrink throttles no task that takes nothing" {
	new_group a
	kmem_limit a 4M
	# shellcheck disable=SC2016 # the group's shell expands it
	spawn a bash -c 'for ((i = 0; i < 30; i++)); do exec {fds[i]}</dev/null; done; kill -STOP $$
		for fd in "${fds[@]}"; do exec {fd}<&-; done; kill -STOP $$'
	closer=$spawned
	wait_for 10 stopped_with 30 "$closer"
	kmem_limit a 4M --mode observe
	hold_load a -n 100 pipes
	kmem_limit a 4M --mode shrink
	kill -CONT "$closer"
	wait_for 60 stopped_with 0 "$closer"
	kmem_read a
	# Closing files is the way out of it. That the shell itself takes a page now and then is no matter.
	assert "usage > limit && throttled <= 3"
	kill_group a
}

# stopped_with N PID: the process has stopped, with N open files beside the standard ones.
stopped_with() {
	grep -q '^State:.T' "/proc/$2/status" &&
		[ "$(find "/proc/$2/fd" -lname /dev/null -name '[1-9][0-9]' | wc -l)" = "$1" ]
}

@test "kmem: the mode changes while at the limit" {
	new_group a
	kmem_limit a 4M
	spawn a "$helpers/kmem_load" -a 1000000000 pipes
	wait_for 60 failed_since a 10
	assert "peak <= limit + forced"

	kmem_limit a 4M --mode observe
	wait_for 30 above_limit a
	[ "$mode" = observe ]
	before=$failed

	kmem_limit a 4M --mode enforce
	# Those who asked before may still land.
	sleep 0.2
	kmem_read a
	high=$usage
	wait_for 60 failed_since a $((before + 10))
	assert "usage > limit && usage <= high"

	kmem_limit a 4M --mode shrink
	wait_for 60 throttled_for a 2
	[ "$mode" = shrink ]
	assert "usage > high"

	kmem_limit a max
	run memcgctl kmem --csv
	[[ $output != *$'\n/a,'* ]]
	wait_for 30 reaches a kernel "high + (8 << 20)"
	# The limit is set again on what grows, and holds from there.
	kmem_limit a 4M
	kmem_read a
	high=$peak
	wait_for 60 failed_since a 10
	assert "peak <= high + forced && usage <= high"
	kill_group a
	wait_for 10 below a
}

failed_since() {
	kmem_read "$1"
	((failed >= $2))
}

above_limit() {
	kmem_read "$1"
	((usage > limit + (1 << 20)))
}

# Where nothing runs there is little: the 64 pages that a CPU keeps for the group, and what is freed by and by.
below() {
	kmem_read "$1"
	((usage <= stat_lag))
}

@test "kmem: events tell of breaches, forced charges and OOM kills" {
	new_group a
	memcgctl kmem --events --csv >"$BATS_TEST_TMPDIR/events" 3>&- &
	listener=$!
	wait_for 10 listening
	kmem_limit a 2M
	kmem_load a pipes
	wait_for 10 grep -q '^kmem-breach,/a,' "$BATS_TEST_TMPDIR/events"
	run in_group a "$helpers/kmem_load" tables
	[ "$status" = 137 ]
	wait_for 10 grep -q '^kmem-forced,/a,' "$BATS_TEST_TMPDIR/events"
	wait_for 10 grep -q '^kmem-oom,/a,' "$BATS_TEST_TMPDIR/events"
	wait_for 10 told_all
	# EVENT,GROUP,ID,COUNT,USAGE,LIMIT
	sed -i '/^kmem-/!d' "$BATS_TEST_TMPDIR/events"
	run grep -Ev "^kmem-(breach|forced|oom),/a,$(stat -c %i "$cg/a"),[1-9][0-9]*,[0-9]+,$((2 << 20))\$" "$BATS_TEST_TMPDIR/events"
	[ "$status" = 1 ]
	kill $listener
}

# Someone listens on a multicast group of generic netlink (protocol 16).
listening() {
	awk '$2 == 16 && $4 !~ /^0*$/ { found = 1 } END { exit !found }' /proc/net/netlink
}

# told KIND N: the counts of these events add up to it.
told() {
	local sum
	sum=$(awk -F, -v kind="$1" '$1 == kind { sum += $4 } END { print sum + 0 }' "$BATS_TEST_TMPDIR/events")
	[ "$sum" = "$2" ]
}

# What the events add up to is what the table says, which may go on counting until all that was killed has gone.
told_all() {
	kmem_read a
	told kmem-breach "$breaches" && told kmem-oom $((oom_kills + no_victim))
}

@test "kmem: ftrace_enabled=0 is refused while a limit lives" {
	new_group a
	kmem_limit a 2M
	run bash -c 'echo 0 >/proc/sys/kernel/ftrace_enabled'
	[ "$status" != 0 ]
	[[ $output == *"Device or resource busy"* ]]
	[ "$(</proc/sys/kernel/ftrace_enabled)" = 1 ]
	kmem_load a pipes
	kmem_read a
	assert "failed >= 1 && peak <= limit + forced"
}

@test "kmem: memory.max and the kmem limit at once" {
	new_group a
	echo $((12 << 20)) >"$cg/a/memory.max"
	kmem_limit a 8M
	start_load a anon
	mapper=$spawned
	# Which the OOM kill of memory.max must not take for the victim.
	start_load a -a 1000000000 pipes
	filler=$spawned
	echo -1000 >"/proc/$filler/oom_score_adj"
	go
	# The process that maps memory is the largest.
	wait_for 60 gone "$mapper"
	# Once more when another charge is under way before the first kill has freed its memory.
	[[ "$(oom_kill_count a)" = [12] ]]
	[ -d "/proc/$filler" ]
	wait_for 60 failed_since a 10
	assert "peak <= limit + forced && oom_kills == 0"
	[ "$(<"$cg/a/memory.peak")" -le $((12 << 20)) ]
	kill_group a

	# memory.max below the kmem limit: its own OOM kill comes first.
	echo $((4 << 20)) >"$cg/a/memory.max"
	run in_group a "$helpers/kmem_load" pipes
	[ "$status" = 137 ]
	[ "$(oom_kill_count a)" -ge 2 ]
	kmem_read a
	assert "oom_kills == 0"
}

@test "kmem: cgroup.kill at the limit" {
	new_dir
	new_group a
	kmem_limit a 4M
	for kind in pipes sockets open "dentries $dir" threads pipes; do
		# shellcheck disable=SC2086 # the path is a word of its own
		start_load a -a 1000000000 $kind
	done
	go
	wait_for 60 failed_since a 20
	kill_group a
	kmem_read a
	assert "peak <= limit + forced"
	wait_for 10 shrinks_below a
	rmdir "$cg/a"
}

# What is left are dentries, for which a lower limit asks.
shrinks_below() {
	kmem_limit "$1" 64K >/dev/null
	kmem_read "$1"
	((usage <= stat_lag))
}

@test "kmem: zswap stores at the limit, and loses nothing" {
	[ -e /sys/module/zswap ]
	was=$(</sys/module/zswap/parameters/enabled)
	[ "$was" = Y ] || swapon "$RIG_SWAP"
	echo Y >/sys/module/zswap/parameters/enabled
	new_group a
	hold_load a -n 8 anon
	mapper=$load out=$load_out
	# A limit that the filler meets, and that the page tables of the above have room in.
	kmem_limit a 2M
	hold_load a pipes
	assert "failures == 1"
	kmem_read a
	before=$forced
	# It asks for more than is there: what cannot be reclaimed is no error here.
	reclaim a 6M
	[ "$(mem_stat a zswapped)" -ge $((1 << 20)) ]
	kmem_read a
	# Each stored page is 64 words of 4096 bytes at least.
	assert "forced > before && oom_kills == 0"
	kill -USR1 "$mapper"
	wait_for 30 grep -q whole "$out"
	kill_group a
	[ "$was" = Y ] || swapoff "$RIG_SWAP"
	echo "$was" >/sys/module/zswap/parameters/enabled
}
