#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 420

# shellcheck disable=SC2154 # set by lib.bash and claim.bash
#
# What a claim moves: afterwards both groups have changed by exactly what the receipt says, and when the memory
# is gone, both are as they were.

load lib
load claim
bats_require_minimum_version 1.5.0

# big [MIB]: how much is claimed.
big() {
	size=$((${1-64} << 20))
	pages=$((size / 4096))
}
big 8

setup() {
	log_begin
	claim_setup
}

teardown() {
	claim_teardown
}

write_file() {
	in_group a dd if=/dev/zero of="$mnt/file" bs=1M count=$((size >> 20)) status=none
}

# The descriptor of the memfd that the process holds.
memfd() {
	find "/proc/$pid/fd" -lname '/memfd:*' | head -n 1
}

# bats test_tags=variant
@test "claim: a file on tmpfs that nobody maps" {
	big
	write_file
	claim_exactly a b $size "file shmem lru_anon" --file "$mnt/file"
	[ "$status" = 0 ]
	skipped none 0
	rm "$mnt/file"
	empty a b
}

@test "claim: a file on tmpfs that a process maps, by file and by range" {
	write_file
	hold_in a "shared:$mnt/file:0:$pages:1"
	claim_exactly a b $size "file shmem file_mapped lru_anon" --file "$mnt/file"
	claim_exactly b c $size "file shmem file_mapped lru_anon" --pid "$pid" "${range[0]}"
	claim_exactly c b $size "file shmem file_mapped lru_anon" --file "$mnt/file"
	claim --to /b --file "$mnt/file"
	skipped target "$pages"
	rm "$mnt/file"
	ended a
	empty a b c
}

@test "claim: a file on tmpfs that two processes map in part" {
	write_file
	hold_in c "shared:$mnt/file:0:$((pages / 2)):1"
	hold_in a "shared:$mnt/file:$((pages / 4)):$((pages / 2)):2"
	claim --to /b --file "$mnt/file"
	[ "${receipt[moved]}" = $size ]
	settle a b
	[ "$(mem_stat b shmem)" = $size ]
	# The first half by one; of the next quarter each second page by the other.
	[ "$(mem_stat b file_mapped)" = $((size / 2 + size / 8)) ]
	[ "$(mem_stat a shmem)" = 0 ]
	[ "$(mem_stat a file_mapped)" -lt $((1 << 20)) ]
	rm "$mnt/file"
	ended a c
	empty a b
}

@test "claim: of a mapped file, by range, also what is present and not mapped" {
	write_file
	hold_in a "shared:$mnt/file:0:$pages:4"
	claim --to /b --pid "$pid" "${range[0]}"
	[ "${receipt[moved]}" = $size ]
	settle a b
	[ "$(mem_stat b shmem)" = $size ]
	[ "$(mem_stat b file_mapped)" = $((size / 4)) ]
	rm "$mnt/file"
	ended a
	empty a b
}

@test "claim: a memfd, a System V segment and shared anonymous memory" {
	hold_in a "memfd:one:$pages"
	claim_exactly a b $size "file shmem file_mapped lru_anon" --file "$(memfd)"
	ended a
	hold_in a "sysv:$pages"
	claim_exactly a b $size "file shmem file_mapped lru_anon" --pid "$pid" "${range[0]}"
	ended a
	hold_in a "zero:$pages"
	claim_exactly a b $size "file shmem file_mapped lru_anon" --pid "$pid" "${range[0]}"
	ended a
	empty a b
}

@test "claim: private memory" {
	big
	hold_in a "anon:$pages:1"
	claim_exactly a b $size "anon lru_anon" --pid "$pid" "${range[0]}"
	[ "$status" = 0 ]
	skipped none 0
	claim_exactly b c $size "anon lru_anon" --pid "$pid" "${range[0]}"
	ended a
	empty a b c
}

@test "claim: locked memory" {
	hold_in a "anon:$pages:1" lock
	claim_exactly a b $size "anon unevictable" --pid "$pid" "${range[0]}"
	ended a
	empty a b
}

@test "claim: a private mapping of a file on tmpfs, whose copies are private memory" {
	write_file
	hold_in a "private:$mnt/file:0:$pages:4"
	claim --to /b --pid "$pid" "${range[0]}"
	# Each page that the range shows: a copy, or the file's.
	[ "${receipt[moved]}" = $size ]
	settle a b
	[ "$(mem_stat b anon)" = $((size / 4)) ]
	[ "$(mem_stat b shmem)" = $((size * 3 / 4)) ]
	[ "$(mem_stat a shmem)" = $((size / 4)) ]
	rm "$mnt/file"
	ended a
	empty a b
}

@test "claim: a part of a file and of a range, and holes" {
	in_group a dd if=/dev/zero of="$mnt/file" bs=4k count=100 status=none
	in_group a dd if=/dev/zero of="$mnt/file" bs=4k seek=1000000 count=7 status=none
	hold_in a "anon:1000:1"
	start=$((0x${range[0]%-*}))
	claim --to /b --pid "$pid" "$(printf '%x-%x' $((start + 4096)) $((start + 101 * 4096)))"
	[ "${receipt[moved]}" = $((100 * 4096)) ]
	claim --to /b --file "$mnt/file"
	[ "${receipt[moved]}" = $((107 * 4096)) ]
	[ "${receipt[present]}" = $((107 * 4096)) ]
	# 8 TiB of nothing.
	hold_in a "reserve:$((1 << 31))"
	SECONDS=0
	claim --to /b --pid "$pid" "${range[0]}"
	[ "${receipt[moved]}" = $((2 * 4096)) ]
	[ "$SECONDS" -lt 5 ]
	rm "$mnt/file"
	ended a
	empty a b
}

@test "claim: to a group with room for half of it" {
	write_file
	echo $((size / 2)) >"$cg/b/memory.max"
	claim --to /b --file "$mnt/file"
	[ "$status" = 5 ]
	skipped limit $((pages / 2))
	[ "${receipt[moved]}" = $((size / 2)) ]
	[ "$(mem_current b)" = $((size / 2)) ]
	grep -q '^oom_kill 0' "$cg/b/memory.events"
	# With room again the rest follows.
	echo max >"$cg/b/memory.max"
	claim --to /b --file "$mnt/file"
	[ "${receipt[moved]}" = $((size / 2)) ]
	[ "${receipt[target]}" = $((size / 2)) ]
	rm "$mnt/file"
	empty a b
}

@test "claim: to a group that must reclaim to have room" {
	in_group b dd if=/dev/zero of="$RIG_SCRATCH/cache" bs=1M count=48 conv=fsync status=none
	echo $((size + (8 << 20))) >"$cg/b/memory.max"
	write_file
	claim --to /b --file "$mnt/file"
	[ "${receipt[moved]}" = $size ]
	[ "$(mem_current b)" -le $((size + (8 << 20))) ]
	grep -q '^oom_kill 0' "$cg/b/memory.events"
	rm "$mnt/file" "$RIG_SCRATCH/cache"
	empty a b
}
