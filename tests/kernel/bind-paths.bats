#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 420

# shellcheck disable=SC2154 # set by lib.bash and claim.bash
#
# What goes round the common way that memory of files is made is bound as well.

load lib
load claim
load bind
bats_require_minimum_version 1.5.0

setup() {
	log_begin
	bind_setup
	# As in claim_setup: group c is not to be the first that runs it.
	truncate -s 8k "$mnt/warm"
	fill fill "$mnt/warm" 0 1
	fill zero "$mnt/warm" 1 1
	rm "$mnt/warm"
}

teardown() {
	echo 3 >/proc/sys/vm/page-cluster
	bind_teardown
}

mib=$((1 << 20))

@test "bind: pages that userfaultfd fills" {
	truncate -s 4M "$mnt/file"
	bound --file "$mnt/file" --to /a --to /b
	before
	in_group c fill fill "$mnt/file" 0 512
	in_group c fill zero "$mnt/file" 512 512
	grown $((2 * mib)) $((2 * mib)) 0 "file shmem lru_anon"
}

@test "bind: a huge page that pages are collapsed into" {
	truncate -s 4M "$mnt/file"
	in_group c fill write "$mnt/file" 0 1024
	bound --file "$mnt/file" --to /a --to /b
	in_group c fill collapse "$mnt/file" 0 512
	settle a b c
	# What the lines of memory.stat are after that is the kernel's affair: only the charge is looked at. 256 KiB are what else a
	# group is charged with: nothing, and what is in the CPUs' stock.
	[ "$(mem_current a)" -ge $((2 * mib)) ]
	[ "$(mem_current a)" -le $((2 * mib + 262144)) ]
	# One that has no room stays without, and nobody else is charged.
	echo $((mib / 2)) >"$cg/b/memory.max"
	run in_group c fill collapse "$mnt/file" 512 512
	[ "$status" = 1 ]
	[ "$(mem_current b)" -le $((mib / 2)) ]
}

# paged_out GROUP: its shared memory is in swap, and no longer in memory on its way there.
paged_out() {
	local n
	for ((n = 0; n < 20; n++)); do
		reclaim "$1" 4M
		settle "$1"
		[ "$(mem_stat "$1" shmem) $(mem_stat "$1" swapcached)" != "0 0" ] || return 0
	done
	cat "$cg/$1/memory.stat"
	return 1
}

@test "bind: pages that come back from swap" {
	swapon "$RIG_SWAP"
	echo 0 >/proc/sys/vm/page-cluster
	truncate -s 4M "$mnt/file"
	in_group c fill write "$mnt/file" 0 1024
	paged_out c
	bound --file "$mnt/file" --to /a --to /b
	before
	in_group c fill read "$mnt/file" 0 1024
	flush
	[ "$(mem_stat a shmem)" = $((2 * mib)) ]
	[ "$(mem_stat b shmem)" = $((2 * mib)) ]
	[ "$(listed "$id" redirected)" = $((4 * mib)) ]
}
