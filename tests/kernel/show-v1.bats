#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# show where the memory controller is on cgroup v1: a machine that was booted so (tests/rig/variants), since a
# controller that had groups on v2 does not move over cleanly.

load lib
load show

cg=/run/memory

setup() {
	log_begin
	show_setup
}

teardown() {
	local group pid n
	for group in "$cg"/show*/; do
		[ -d "$group" ] || continue
		while read -r pid; do kill -9 "$pid"; done <"$group/cgroup.procs"
		for ((n = 0; n < 100; n++)); do
			rmdir "$group" 2>/dev/null && break
			sleep 0.1
		done
	done
}

@test "show: on v1 it agrees with a naive count" {
	mkdir "$cg/show1" "$cg/show2"
	hold_in show1 memfd:one:700 "fork:$cg/show2:0" "fork:$cg/show2:3" anon:100:2 huge:1024 "fork:$cg/show2:0"
	compare
}

@test "show: on v1 charged is what the kernel counts" {
	mkdir "$cg/show1"
	hold_in show1 anon:2000:1
	charged=$(memcgctl show --csv /show1 | awk -F , '$1 == "/show1" { print $3 }')
	current=$(<"$cg/show1/memory.usage_in_bytes")
	# Between the two, a CPU may give back the 64 pages that it holds in stock.
	difference=$((charged - current))
	[ "${difference#-}" -le $((64 * 4096 * $(nproc))) ]
	[ "$charged" -ge $((2000 * 4096)) ]
}

@test "show: on v1 the root has a figure, and JSON says which version it is" {
	memcgctl show --json >"$BATS_TEST_TMPDIR/json"
	grep -q '"cgroup": 1,' "$BATS_TEST_TMPDIR/json"
	[ "$(memcgctl show --csv / | awk -F , '$1 == "/" { print $3 }')" -gt 0 ]
}
