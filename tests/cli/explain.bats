#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# explain on this machine's processes, with a tree of ordinary folders in the place of cgroupfs: all processes are in its
# root then. What depends on real groups is tests/kernel/explain.bats.
# shellcheck disable=SC2154 # status, output and error are set by lib.bash

load lib

setup() {
	make_tree
	printf '%s\n' "anon 3145728" "file 2097152" "kernel 1048576" "sock 0" "shmem 0" >"$MEMCGCTL_CGROUP/web/memory.stat"
	echo $((8 << 20)) >"$MEMCGCTL_CGROUP/web/memory.current"
	echo $((1 << 20)) >"$MEMCGCTL_CGROUP/web/memory.swap.current"
}

@test "explain: sentences, and the nearest limit" {
	memcgctl explain /web
	[ "$status" = 0 ]
	grep -qx '/web is charged with 8.0M. Of that,' <<<"$output"
	grep -qx ' *1.0M  the kernel holds for it: slab, page tables, per-CPU memory' <<<"$output"
	grep -qx ' *1.0M  was moved out of memory' <<<"$output"
	grep -qx 'Neither it nor a group above it has a limit.' <<<"$output"
	[[ $output != *sockets* ]]

	echo $((10 << 20)) >"$MEMCGCTL_CGROUP/web/memory.max"
	echo max >"$MEMCGCTL_CGROUP/web/memory.high"
	memcgctl explain /web
	grep -qx 'The nearest limit is its own memory.max, 10M: 2.0M left.' <<<"$output"
	echo $((9 << 20)) >"$MEMCGCTL_CGROUP/web/memory.high"
	memcgctl explain /web
	grep -qx 'The nearest limit is its own memory.high, 9.0M: 1.0M left.' <<<"$output"
	echo $((1 << 20)) >"$MEMCGCTL_CGROUP/web/a/memory.current"
	memcgctl explain /web/a
	grep -qx 'The nearest limit is memory.high of /web, 9.0M: 1.0M left.' <<<"$output"
	echo $((7 << 20)) >"$MEMCGCTL_CGROUP/web/memory.high"
	memcgctl explain /web/a
	grep -qx 'The nearest limit is memory.high of /web, 7.0M: 0B left.' <<<"$output"
}

@test "explain: JSON and CSV have all figures" {
	echo $((10 << 20)) >"$MEMCGCTL_CGROUP/web/memory.max"
	memcgctl explain --json /web
	jq -e '.schema == 1 and .group == "/web" and .figures.charged == 8388608 and .figures.kernel == 1048576 and
		.figures.sockets == 0 and .figures.orphaned == null and .figures.swap == 1048576 and (.advice | type) == "array" and
		.limits == [{"group": "/web", "what": "memory.max", "limit": 10485760, "usage": 8388608}]' <<<"$output"
	memcgctl explain --csv /web
	[ "$(cut -d , -f 1 <<<"$output" | paste -sd ' ')" = \
		"figure charged own lent foreign unmapped kernel sockets orphaned borrowed swap" ]
	# A folder without counters, as the root of v2 is.
	memcgctl explain --json /
	jq -e '.figures.charged == null and .figures.kernel == null' <<<"$output"
	memcgctl explain /
	[[ $output == "/ has no counter of its own."* ]]
}

@test "explain: hostile names" {
	name=$'x\e[31m\xff'
	mkdir "$MEMCGCTL_CGROUP/$name"
	echo 1 >"$MEMCGCTL_CGROUP/$name/memory.current"
	memcgctl explain "/$name"
	[[ $output == '/x\x1b[31m\xff is charged with 1B.'* ]]
}

@test "explain: without privilege it says what it could not read" {
	[ "$(id -u)" = 0 ] || skip "needs another user's processes"
	memcgctl_nobody explain --json /web
	[ "$status" = 0 ]
	jq -e '.figures.own == null and .figures.borrowed == null and .figures.charged == 8388608 and
		(.incomplete | any(.what == "frames"))' <<<"$output"
	memcgctl_nobody explain /web
	[[ $error == "memcgctl: explain: incomplete: "*"no page frame numbers"* ]]
}

@test "explain: bad input" {
	fails 2 "explain: give one group (see memcgctl explain --help)" explain
	fails 2 "explain: give one group (see memcgctl explain --help)" explain /web /web/a
	fails 4 "explain: /nope: no such group" explain /nope
}
