#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 600
# shellcheck disable=SC2154 # lib.bash sets cg
#
# Every allocation of the module fails once, in turn: an error that says so and nothing is changed, or a true receipt of what was done;
# and nothing is leaked, which is looked for after this file. Only for a kernel that can fail them.

load lib

faults=(/sys/kernel/debug/failslab /sys/kernel/debug/fail_page_alloc)

# below START END: allocations with code from there on the stack count, whatever they are of.
below() {
	local fault
	for fault in "${faults[@]}"; do
		echo N >"$fault/ignore-gfp-wait"
		echo 32 >"$fault/stacktrace-depth"
		echo "$1" >"$fault/require-start"
		echo "$2" >"$fault/require-end"
		echo 0 >"$fault/verbose"
	done
	echo N >/sys/kernel/debug/failslab/cache-filter
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
	echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem
}

setup() {
	log_begin
	module_unload
	new_group a
	new_group b
}

teardown() {
	below 0 0
	remove_groups
	module_unload
}

# in_module: load it; its allocations count.
in_module() {
	local start size
	module_load
	start=$(</sys/module/memcgctl/sections/.text)
	size=$(awk '$1 == "memcgctl" { print $2 }' /proc/modules)
	below "$start" "$(printf "%#x" $((start + size)))"
}

# failing ARGUMENT…: and at least one of what is done allocates.
failing() {
	run "$BATS_TEST_DIRNAME/../../build/helpers/failing" "$@"
	printf '# %s\n' "${lines[@]}" >&3
	[ "$status" = 0 ]
	[[ $output =~ ": "[1-9][0-9]*" allocations, "[1-9] ]]
}

@test "failing: the module is not loaded, or works" {
	# The function, and where the next begins.
	mapfile -t lines < <(grep -m 1 -A 1 ' do_one_initcall$' /proc/kallsyms)
	below "0x${lines[0]%% *}" "0x${lines[1]%% *}"
	failing load "$MODULE"
}

@test "failing: kmem limits, and what is told of them" {
	in_module
	failing kmem "$cg/a"
}

@test "failing: a claim of a file and of private memory" {
	in_module
	in_group a head -c $((520 * 4096)) /dev/zero >/tmp/file
	failing claim "$cg/a" "$cg/b" /tmp/file
	rm /tmp/file
}

@test "failing: bindings of a file and of private memory" {
	in_module
	in_group a head -c $((520 * 4096)) /dev/zero >/tmp/file
	failing bind "$cg/a" /tmp/file
	rm /tmp/file
}

@test "failing: a claim by madvise" {
	in_module
	failing madvise "$cg/a" "$cg/b"
}

@test "failing: who pays and who maps" {
	in_module
	failing attribution "$cg/a"
}

@test "failing: dead groups" {
	in_module
	new_group gone
	echo "+memory" >"$cg/gone/cgroup.subtree_control"
	# More than a message holds: where one is nearly full, a path needs room of its own.
	dead_groups "$cg/gone" 250 >"$BATS_TEST_TMPDIR/ready" 3>&- &
	until grep -q ready "$BATS_TEST_TMPDIR/ready"; do
		kill -0 $!
		sleep 0.1
	done
	failing dead "$cg/a"
	kill $!
}
