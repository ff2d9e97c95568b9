#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 420

# shellcheck disable=SC2154 # set by lib.bash and claim.bash
#
# How bindings and their targets end, and that neither is held by the other, nor an object by its binding.

load lib
load claim
load bind
bats_require_minimum_version 1.5.0

setup() {
	log_begin
	bind_setup
	was_dying=$(dying)
}

teardown() {
	bind_teardown
}

mib=$((1 << 20))

# bindings N: so many are there.
bindings() {
	[ "$(memcgctl bind --csv | wc -l)" = $(($1 + 1)) ] || { memcgctl bind && return 1; }
}

# none_dying: no more removed groups live than before the test.
none_dying() {
	local n
	for ((n = 0; n < 300; n++)); do
		# A CPU may have charged ahead for it, until it charges for another.
		charge_everywhere c
		settle a c
		[ "$(dying)" -gt "$was_dying" ] || return 0
		sleep 0.1
	done
	echo "$(dying) dying, $was_dying before"
	return 1
}

# page_cache_of GROUP BYTES: at the latest in half a minute. What is clean is forgotten when CPUs are made to settle.
page_cache_of() {
	local n is
	for ((n = 0; n < 300; n++)); do
		flush
		is=$(mem_stat "$1" file)
		[ "$is" != "$2" ] || return 0
		sleep 0.1
	done
	echo "page cache of $1: $is, not $2"
	memcgctl bind
	fincore "$RIG_SCRATCH"/*
	return 1
}

# bats test_tags=variant
@test "bind: a target is removed: its parent pays for what there is and what comes" {
	new_group p
	new_group p/q
	: >"$mnt/file"
	bound --file "$mnt/file" --to /p/q --to /a
	before
	in_group c fill write "$mnt/file" 0 1024
	rmdir "$cg/p/q"
	none_dying
	[ "$(mem_stat p shmem)" = $((2 * mib)) ]
	in_group c fill write "$mnt/file" 1024 512
	flush
	[ "$(mem_stat p shmem)" = $((3 * mib)) ]
	[ "$(mem_stat a shmem)" = $((3 * mib)) ]
	[[ $(memcgctl bind --csv) == *'"/p=1,/a=1"'* ]]
	rm "$mnt/file"
	bindings 0
}

@test "bind: a target is removed: its parent pays for large folios that were claimed, too" {
	new_group p
	new_group p/q
	mount -o remount,huge=always "$mnt"
	in_group c fill write "$mnt/file" 0 2048
	mount -o remount,huge=never "$mnt"
	flush
	[ "$(mem_stat c shmem_thp)" = $((8 * mib)) ]
	memcgctl bind --file "$mnt/file" --to /a --to /p/q --claim
	flush
	[ "$(mem_stat p/q shmem_thp)" = $((4 * mib)) ]
	rmdir "$cg/p/q"
	none_dying
	flush
	[ "$(mem_stat p shmem_thp)" = $((4 * mib)) ]
	[ "$(mem_stat a shmem_thp)" = $((4 * mib)) ]
}

@test "bind: a target is removed: who touches it pays for what comes, and nobody for what there is" {
	new_group p
	new_group p/q
	: >"$mnt/file"
	bound --file "$mnt/file" --to /p/q --on-death faulter
	in_group c fill write "$mnt/file" 0 512
	rmdir "$cg/p/q"
	none_dying
	flush
	[ "$(mem_stat p shmem)" = 0 ]
	in_group c fill write "$mnt/file" 512 256
	flush
	[ "$(mem_stat c shmem)" = $mib ]
	[ "$(mem_stat p shmem)" = 0 ]
	[ "$(listed "$id" redirected)" = $((2 * mib)) ]
}

@test "bind: a target is removed: a group that was named pays, mapped and on disk" {
	local file=$RIG_SCRATCH/file
	new_group d
	: >"$file"
	truncate -s 4M "$mnt/file"
	bound --file "$file" --to /d --on-death /a
	bound --file "$mnt/file" --to /d --on-death /b
	in_group c fill write "$file" 0 512
	hold_in c "shared:$mnt/file:0:512:1"
	rmdir "$cg/d"
	page_cache_of a $((2 * mib))
	none_dying
	[ "$(mem_stat b shmem)" = $((2 * mib)) ]
	[ "$(mem_stat b file_mapped)" = $((2 * mib)) ]
	# And when it goes as well.
	rmdir "$cg/b"
	in_group c fill write "$mnt/file" 512 256
	[ "$(mem_stat c shmem)" = $mib ]
	ended c
	rm "$mnt/file" "$file"
	none_dying
	bindings 0
}

@test "bind: a target is removed: what is being written back just then is waited for" {
	new_group d
	truncate -s 1M "$mnt/file"
	bound --file "$mnt/file" --to /d --on-death /a
	hold_in c "shared:$mnt/file:0:100:1"
	echo 1 >/proc/sys/vm/drop_caches
	test_module claim-keep pid="$pid" address="0x${range[0]%-*}" what=writeback
	rmdir "$cg/d"
	sleep 1
	flush
	[ "$(mem_stat a shmem)" = $((99 * 4096)) ]
	rmmod claim_keep
	page_cache_of a $((100 * 4096))
	ended c
	rm "$mnt/file"
	none_dying
}

@test "bind: a disk: neither the file nor the mount nor the module is held" {
	# ext4 keeps its map of free blocks in page cache, too, and may read it some seconds after the mount.
	local at=$RIG_SCRATCH disk options=noatime,no_prefetch_block_bitmaps
	disk=$(findmnt -no SOURCE "$at")
	: >"$at/one"
	: >"$at/two"
	: >"$at/three"
	ln "$at/one" "$at/link"
	bound --file "$at/one" --to /a
	bound --file "$at/two" --to /a
	bound --file "$at/three" --to /b
	# The last link, and the last user.
	rm "$at/one"
	bindings 3
	rm "$at/link"
	bindings 2
	exec 7<"$at/two"
	rm "$at/two"
	bindings 2
	exec 7<&-
	bindings 1
	# With blocks, so that ext4 does not look for free ones later: what it knows of those is in page cache, too.
	fallocate -l 1M "$at/new"
	umount "$at"
	bindings 0
	mount -o "$options" "$disk" "$at"
	bound --mount "$at" --to /a
	in_group c fill write "$at/new" 0 256
	page_cache_of a $mib
	umount "$at"
	bindings 0
	mount -o noatime "$disk" "$at"
	rm "$at"/[nt]*
}

@test "bind: the module is removed with bindings that are used" {
	local i
	: >"$RIG_SCRATCH/file"
	: >"$mnt/file"
	bound --file "$mnt/file" --to /a --to /b
	bound --file "$RIG_SCRATCH/file" --to /a --to /b
	bound --mount "$mnt" --to /b
	(echo "$BASHPID" >"$cg/c/cgroup.procs" && while fill write "$mnt/file" 0 512 && fill fallocate "$mnt/other" 0 512 &&
		fill write "$RIG_SCRATCH/file" 0 512; do : >"$mnt/file" && : >"$mnt/other" && : >"$RIG_SCRATCH/file"; done) \
		>/dev/null 2>&1 3>&- &
	for ((i = 0; i < 3; i++)); do
		sleep 0.3
		module_unload
		module_load
		bindings 0
		bound --file "$mnt/file" --to /a --to /b
		bound --mount "$mnt" --to /b
	done
	ended c
	rm "$RIG_SCRATCH/file"
}

@test "bind: each new group that matches a pattern pays from then on, and inherits no debts but its own" {
	new_group p
	new_group p/job-1
	: >"$mnt/file"
	bound --file "$mnt/file" --to /p/job-1 --follow '/p/job-*'
	in_group c fill write "$mnt/file" 0 256
	new_group p/other
	new_group p/job-2
	# The first task that enters makes pages at once.
	in_group p/job-2 fill write "$mnt/file" 256 512
	in_group c fill write "$mnt/file" 768 256
	flush
	[ "$(mem_stat p/job-1 shmem)" = $mib ]
	[ "$(mem_stat p/job-2 shmem)" = $((3 * mib)) ]
	[ "$(mem_stat p/other shmem)" = 0 ]
	[ "$(listed "$id" follow)" = '/p/job-*' ]
	[[ $(memcgctl bind --csv) == *,/p/job-2,* ]]
	# One that has been followed no longer is no zombie either.
	rmdir "$cg/p/job-1"
	none_dying
	[ "$(mem_stat p shmem)" = $((4 * mib)) ]
	[ "$(mem_stat p/job-2 shmem)" = $((3 * mib)) ]
	rmdir "$cg/p/job-2"
	none_dying
	in_group c fill write "$mnt/file" 1024 256
	new_group p/job-3
	in_group c fill write "$mnt/file" 1280 256
	flush
	[ "$(mem_stat p shmem)" = $((6 * mib)) ]
	[ "$(mem_stat p/job-3 shmem)" = $mib ]
	run memcgctl bind --file "$mnt/file:64M+1M" --to /a --to /b --follow '/p/*'
	[ "$status" = 2 ]
	run setpriv --reuid 65534 --clear-groups memcgctl bind --file "$mnt/file:64M+1M" --to /a --follow '/p/*'
	[ "$status" != 0 ]
}
