#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# Others look at the functions that are hooked, or hold them: the first does no harm, the second is told.
# limit: 180
# shellcheck disable=SC2034,SC2086,SC2154 # nap is for load_begin; lib.bash and stress.bash set them

load lib
load stress

tracing=/sys/kernel/tracing

setup() {
	stress_setup
	module_load
	hooks=$(memcgctl status --csv | awk -F , '$1 == "hook" { print $2 }')
	[ "$(wc -w <<<"$hooks")" -ge 4 ]
}

teardown() {
	echo nop >$tracing/current_tracer
	echo 0 >$tracing/events/kprobes/enable || :
	echo >$tracing/kprobe_events
	echo >$tracing/set_ftrace_filter
	rmmod ipmodify 2>/dev/null || :
	stress_teardown
}

# under_tracing BEGIN END: limits are set before, while and after a tracer is on, and the module unloaded under it.
under_tracing() {
	local nap=50
	new_group t
	new_group t/a
	load_begin $cg/t/a dentry pipe fork
	"$helpers/limits" set 0x200000 2 $cg/t
	"$1"
	"$helpers/limits" set 0x100000 1 $cg/t/a
	sleep 1
	# The one that was there first ends first, and comes back.
	"$helpers/limits" set 0xffffffffffffffff 0 $cg/t
	"$helpers/limits" set 0x10000000 2 $cg/t
	"$2"
	"$1"
	sleep 0.5
	load_end
	"$helpers/limits" exact $cg/t $cg/t/a
	[ "$(wc -l <$tracing/trace)" -gt 20 ]
	module_unload
	"$2"
	not_ours
}

filter() {
	local hook
	echo >$tracing/set_ftrace_filter
	for hook in $hooks; do
		echo "$hook" >>$tracing/set_ftrace_filter
	done
}

function_on() {
	filter
	echo function >$tracing/current_tracer
}

graph_on() {
	filter
	echo function_graph >$tracing/current_tracer
}

tracer_off() {
	echo nop >$tracing/current_tracer
	echo >$tracing/set_ftrace_filter
}

kprobes_on() {
	local hook
	for hook in $hooks; do
		echo "p:p_$hook $hook" >>$tracing/kprobe_events
		echo "r:r_$hook $hook" >>$tracing/kprobe_events
	done
	echo 1 >$tracing/events/kprobes/enable
}

kprobes_off() {
	echo 0 >$tracing/events/kprobes/enable
	echo >$tracing/kprobe_events
}

@test "the function tracer on every hooked function" {
	under_tracing function_on tracer_off
}

@test "the function graph tracer on every hooked function" {
	under_tracing graph_on tracer_off
}

@test "kprobes and kretprobes on every hooked function" {
	under_tracing kprobes_on kprobes_off
}

@test "a live patch of a hooked function: a limit is refused and says so, until it is gone" {
	local hook
	new_group a
	for hook in $hooks; do
		case $hook in
		try_charge_memcg | __mod_memcg_state | *handle_over_high) ;;
		# This one is held all the time.
		do_madvise)
			run test_module ipmodify function="$hook"
			[ "$status" != 0 ]
			continue
			;;
		# A limit needs no other, or only watches it, so that nobody is in its way.
		*) continue ;;
		esac
		test_module ipmodify function="$hook"
		run memcgctl kmem limit /a 8M
		echo "$output"
		[ "$status" = 1 ]
		[ "${#lines[@]}" = 1 ]
		[[ $output == *"a live patch or another redirect holds a function that charges kernel memory"* ]]
		not_ours
		rmmod ipmodify
	done
	memcgctl kmem limit /a 8M
	run test_module ipmodify function=try_charge_memcg
	[ "$status" != 0 ]
	[[ $output == *"Device or resource busy"* ]]
	memcgctl kmem limit /a max
}
