#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# The guest is what its line in tests/rig/variants says; else the tests of that line would show nothing.
# bats file_tags=variant,parallel
# shellcheck disable=SC2154 # lib.bash sets cg

load lib

@test "the variant is in force" {
	case $RIG_VARIANT in
	preempt-mglru-zswap)
		grep -q '(full)' /sys/kernel/debug/sched/preempt
		[ "$(($(</sys/kernel/mm/lru_gen/enabled) & 1))" = 1 ]
		grep -q Y /sys/module/zswap/parameters/enabled && grep -q "^$RIG_SWAP" /proc/swaps
		;;
	numa-no-mglru)
		grep -q 'MemTotal: *[1-9]' /sys/devices/system/node/node1/meminfo
		[ "$(($(</sys/kernel/mm/lru_gen/enabled) & 1))" = 0 ]
		;;
	esac
}
