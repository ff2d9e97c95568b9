#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# kmem limits and how a charge asks: what may sleep, what may not, what must not fail.
# shellcheck disable=SC2154,SC2034 # kmem.bash and lib.bash set variables, assert takes their names

load lib
load kmem

setup_file() {
	module_load
	test_module charge-gfp
	keep_hooked
}

teardown_file() {
	unkeep_hooked
	rmmod charge_gfp
	module_unload
}

setup() {
	log_begin
	new_group a
}

teardown() {
	echo free >/proc/charge_gfp
	remove_groups
}

# charge LINE: from a task in the group; sets done, failures, slept, slowest_us; and the module's counters, as they
# were before in forced_before, failed_before, usage_before.
charge() {
	kmem_read a
	forced_before=$forced failed_before=$failed usage_before=$usage
	result=$("$helpers/kmem_charge" "$cg/a" "$1") || :
	# One that was killed could not say it.
	[ -n "$result" ] || result=$(</proc/charge_gfp)
	# shellcheck disable=SC2086,SC2163 # words of the form name=value
	declare -g ${result/failed=/failures=}
	kmem_read a
}

# flushed GROUP KEY: a line of memory.stat as it is, since more changed than the 64 pages for each CPU that the kernel
# lets be; what is forced shrinks nothing.
flushed() {
	"$helpers/kmem_charge" "$cg/$1" "page nofail $((100 * $(nproc)))" free >/dev/null
	mem_stat "$1" "$2"
}

# Full of what nobody can free, to the last page.
fill() {
	kmem_limit a 2M
	hold_load a pipes
	failed_with ENOMEM ENFILE
	# The first of these may still find objects of the load to shrink.
	charge "page kernel 64"
	echo free >/proc/charge_gfp
	charge "page kernel 64"
}

# refused N: none was had, none was forced; each was refused once.
refused() {
	assert "done + failures == $1 && failures >= $1 - 16"
	assert "failed - failed_before == failures"
	assert "forced == forced_before && usage <= limit + forced && peak <= limit + forced"
}

# forced_all N: all were had, and what is past the limit is known as forced, to the page.
forced_all() {
	assert "done == $1 && failures == 0 && failed == failed_before"
	assert "usage - usage_before == $1 * page"
	assert "forced - forced_before == usage - (usage_before > limit ? usage_before : limit)"
	assert "peak <= limit + forced"
}

@test "kmem: with room, every kind of charge goes through" {
	kmem_limit a 2M
	for line in "page kernel 8" "page atomic 8" "page nowait 8" "page nofs 8" "page nofail 8" "page atomic 8 irq" \
		"page atomic 8 nopreempt" "page kernel 8 memalloc" "page kernel 8 exiting"; do
		charge "$line"
		assert "done == 8 && failures == 0 && failed == 0 && forced == 0 && usage - usage_before == 8 * page"
	done
	# Bytes of objects are charged by the page, and the rest is kept for the next. With red zones they are larger.
	most=64
	[ "$RIG_KERNEL" != debug ] || most=128
	charge "slab kernel 64"
	assert "done == 64 && usage - usage_before >= 31 * page && usage - usage_before <= most * page"
	echo free >/proc/charge_gfp
	assert_exact a
}

@test "kmem: GFP_KERNEL fails at the limit" {
	fill
	charge "page kernel 32"
	refused 32
	charge "slab kernel 32"
	assert "failures >= 16 && forced == forced_before && usage <= limit + forced"
}

@test "kmem: GFP_ATOMIC and GFP_NOWAIT fail at the limit, and never sleep" {
	fill
	charge "page atomic 64"
	refused 64
	assert "slept == 0"
	charge "page nowait 64"
	refused 64
	assert "slept == 0"
	# Where a sleep would be a bug.
	charge "page atomic 64 nopreempt"
	refused 64
	charge "slab atomic 64 nopreempt"
	assert "failures >= 32 && forced == forced_before"
}

@test "kmem: a charge from an interrupt fails at the limit" {
	fill
	charge "page atomic 64 irq"
	refused 64
	assert "slept == 0"
	charge "slab atomic 64 irq"
	assert "failures >= 32 && forced == forced_before"
}

@test "kmem: GFP_NOFS does not shrink a filesystem, and fails" {
	new_dir
	kmem_limit a 2M
	kmem_load a -n 12000 dentries "$dir"
	before=$(flushed a slab_reclaimable)
	kmem_read a
	freed=$shrunk
	# More than there can be room for.
	charge "page nofs 512"
	assert "failures >= 32 && done + failures == 512 && failed - failed_before == failures"
	assert "usage == usage_before + done * page && shrunk == freed && forced == forced_before"
	more=$((done + 32))
	charge "page noio 16"
	assert "failures == 16 && shrunk == freed && forced == forced_before"
	after=$(flushed a slab_reclaimable)
	assert "after == before"

	# Whoever may, does, and has it.
	charge "page kernel $more"
	assert "done == more && failures == 0 && shrunk > freed && forced == forced_before && peak <= limit + forced"
}

@test "kmem: GFP_NOFAIL is forced at the limit" {
	fill
	charge "page nofail 32"
	forced_all 32
	charge "page atomic 8"
	refused 8
	assert "failures == 8"
}

@test "kmem: PF_MEMALLOC is forced at the limit" {
	fill
	charge "page kernel 32 memalloc"
	forced_all 32
	charge "page nofs 32 memalloc"
	forced_all 32
}

@test "kmem: a task that exits is forced at the limit" {
	fill
	charge "page kernel 32 exiting"
	forced_all 32
}

@test "kmem: a task that is to die is forced at the limit" {
	fill
	charge "page kernel 32 fatal"
	forced_all 32
}

@test "kmem: what was forced is given back" {
	fill
	charge "page nofail 64"
	forced_all 64
	echo free >/proc/charge_gfp
	kmem_read a
	assert "usage <= usage_before"
	assert_exact a
	kill_group a
	kmem_load a -n 8 pipes
	assert "done == 8 && failures == 0"
}
